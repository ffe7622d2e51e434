package sheet

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/fmcg/fmcg/catalog"
)

const (
	mostCells  = 40 // width of a column, in characters
	widthRows  = 1000
	textFormat = 49 // @: a text stays one, even where somebody edits its cell
	dateFormat = 14 // the reader's own way to write a day

	mostRows   = excelize.TotalRows - 1 // and a header
	mostText   = excelize.TotalCellChars
	mostDigits = 15 // of a number in a cell
)

// ErrTooManyRows says that rows are more than a sheet holds.
var ErrTooManyRows = fmt.Errorf("more than the %d rows that a sheet holds: export csv or parquet, or ask for fewer", mostRows)

// writeXLSX writes rows as a workbook of one sheet: dates, numbers and texts as such, the header frozen.
func writeXLSX(out io.Writer, rows catalog.Rows, title string) (err error) {
	book := excelize.NewFile()
	defer func() { err = errors.Join(err, book.Close()) }()
	if err := book.SetSheetName("Sheet1", title); err != nil {
		return err
	}
	sheet, err := book.NewStreamWriter(title)
	if err != nil {
		return err
	}
	styles, err := newStyles(book)
	if err != nil {
		return err
	}
	next, stop := iter.Pull2(rows.All)
	defer stop()
	first, err := take(next, widthRows)
	if err != nil {
		return err
	}
	for i, name := range rows.Columns {
		widest := len(name)
		for _, row := range first {
			if row[i] != nil {
				widest = max(widest, len(fmt.Sprint(row[i])))
			}
		}
		if err := sheet.SetColWidth(i+1, i+1, float64(min(widest, mostCells)+2)); err != nil {
			return err
		}
	}
	if err := sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	header := make([]any, len(rows.Columns))
	for i, name := range rows.Columns {
		header[i] = excelize.Cell{StyleID: styles["header"], Value: name}
	}
	if err := sheet.SetRow("A1", header); err != nil {
		return err
	}
	for written := 0; len(first) > 0; {
		for _, row := range first {
			if written++; written > mostRows {
				return ErrTooManyRows
			}
			cells := make([]any, len(row))
			for j, value := range row {
				kind, _, _ := strings.Cut(rows.Types[j], "(")
				if cells[j], err = styles.cell(kind, value); err != nil {
					return fmt.Errorf("row %d, %s: %w", written, rows.Columns[j], err)
				}
			}
			if err := sheet.SetRow("A"+strconv.Itoa(written+1), cells); err != nil {
				return err
			}
		}
		if first, err = take(next, widthRows); err != nil {
			return err
		}
	}
	if err := sheet.Flush(); err != nil {
		return err
	}
	return book.Write(out)
}

// take are the next rows, none at the end.
func take(next func() ([]any, error, bool), most int) (rows [][]any, err error) {
	for len(rows) < most {
		row, err, more := next()
		if err != nil || !more {
			return rows, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// styles are those of a workbook, by the type of a column.
type styles map[string]int

func newStyles(book *excelize.File) (styles, error) {
	found := styles{}
	timeFormat, moneyFormat := "yyyy-mm-dd hh:mm:ss", "#,##0.00"
	for kind, style := range map[string]*excelize.Style{
		"header": {Font: &excelize.Font{Bold: true}}, "VARCHAR": {NumFmt: textFormat}, "DATE": {NumFmt: dateFormat},
		"TIMESTAMP": {CustomNumFmt: &timeFormat}, "DECIMAL": {CustomNumFmt: &moneyFormat}, "DOUBLE": {NumFmt: 0}, "BIGINT": {NumFmt: 3},
	} {
		var err error
		if found[kind], err = book.NewStyle(style); err != nil {
			return nil, err
		}
	}
	found["HUGEINT"], found["TIMESTAMPTZ"] = found["BIGINT"], found["TIMESTAMP"]
	return found, nil
}

// cell turns a value of a query into one of a sheet. A cell of text is never a formula; what a number or a day of a sheet cannot be
// stands there as a text.
func (s styles) cell(kind string, value any) (any, error) {
	switch number := value.(type) {
	case nil:
		return nil, nil
	case json.Number:
		value = numberOf(number.String())
	case int64:
		value = numberOf(strconv.FormatInt(number, 10))
	case uint64:
		value = numberOf(strconv.FormatUint(number, 10))
	case float64:
		if math.IsNaN(number) || math.IsInf(number, 0) {
			value = fmt.Sprint(number)
		}
	case string:
		switch kind {
		case "DATE":
			value = timeOf(time.DateOnly, number)
		case "TIMESTAMP", "TIMESTAMPTZ":
			value = timeOf(time.DateTime, number)
		case "DECIMAL", "HUGEINT", "UHUGEINT":
			value = numberOf(number)
		}
	}
	if text, isText := value.(string); isText {
		if n := utf8.RuneCountInString(text); n > mostText {
			return nil, fmt.Errorf("a text of %d letters is more than the %d that a cell holds: export csv or parquet", n, mostText)
		}
		kind = "VARCHAR"
	}
	return excelize.Cell{StyleID: s[kind], Value: value}, nil
}

// numberOf is a number where a cell holds all of its digits, else the text.
func numberOf(text string) any {
	digits := strings.Trim(strings.ReplaceAll(strings.TrimLeft(text, "-"), ".", ""), "0")
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || len(digits) > mostDigits {
		return text
	}
	return number
}

// firstDay is the first that all spreadsheets count alike.
var firstDay = time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC)

// timeOf is a day or a time where a cell can be one, else the text.
func timeOf(layout, text string) any {
	at, err := time.Parse(layout, text)
	if err != nil || at.Before(firstDay) || at.Year() > 9999 {
		return text
	}
	return at
}
