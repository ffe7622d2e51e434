package sheet

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/fmcg/fmcg/catalog"
)

// writeCSV writes rows as CSV. An empty field is a null, an empty text is "".
func writeCSV(out io.Writer, rows catalog.Rows, _ string) error {
	writer := bufio.NewWriter(out) // keeps the first error for Flush
	header := make([]string, len(rows.Columns))
	for i, name := range rows.Columns {
		header[i] = quoted(WithoutFormula(name))
	}
	writeLine(writer, header)
	record := make([]string, len(rows.Columns))
	for row, err := range rows.All {
		if err != nil {
			return err
		}
		for i, value := range row {
			text, isText := value.(string)
			switch {
			case value == nil:
				record[i] = ""
			case isText && rows.Types[i] == "VARCHAR":
				record[i] = quoted(WithoutFormula(text))
			default:
				record[i] = quoted(fmt.Sprint(value))
			}
		}
		writeLine(writer, record)
	}
	return writer.Flush()
}

func writeLine(out *bufio.Writer, fields []string) {
	for i, field := range fields {
		if i > 0 {
			_ = out.WriteByte(',')
		}
		_, _ = out.WriteString(field)
	}
	_ = out.WriteByte('\n')
}

// quoted is a field of CSV, between quotes where it needs them.
func quoted(text string) string {
	if text == "" || strings.ContainsAny(text, ",\"\r\n") || text[0] == ' ' || text[len(text)-1] == ' ' {
		return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	return text
}

// WithoutFormula puts an apostrophe before a text that a spreadsheet would run.
func WithoutFormula(text string) string {
	if first := strings.TrimLeft(text, " \u00a0"); first != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(first)[0]) {
		return "'" + text
	}
	return text
}
