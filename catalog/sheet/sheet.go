package sheet

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/fmcg/fmcg/catalog"
)

// Formats write rows, by the ending of a file. The title is that of a workbook's sheet.
var Formats = map[string]func(out io.Writer, rows catalog.Table, title string) error{"csv": writeCSV, "xlsx": writeXLSX}

// Kinds are the media types of Formats.
var Kinds = map[string]string{
	"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

// writeCSV writes rows as CSV; an empty field is a null.
func writeCSV(out io.Writer, result catalog.Table, _ string) error {
	writer := csv.NewWriter(out)
	header := make([]string, len(result.Columns))
	for i, name := range result.Columns {
		header[i] = WithoutFormula(name)
	}
	if err := writer.Write(header); err != nil {
		return err
	}
	for _, row := range result.Rows {
		record := make([]string, len(row))
		for i, value := range row {
			if value == nil {
				continue
			}
			if record[i] = fmt.Sprint(value); result.Types[i] == "VARCHAR" {
				record[i] = WithoutFormula(record[i])
			}
		}
		if err := writer.Write(record); err != nil {
			return err
		}
	}
	writer.Flush()
	return writer.Error()
}

// WithoutFormula puts an apostrophe before a text that a spreadsheet would run.
func WithoutFormula(text string) string {
	if first := strings.TrimLeft(text, " \u00a0"); first != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(first)[0]) {
		return "'" + text
	}
	return text
}

const (
	mostCells  = 40  // width of a column, in characters
	textFormat = 49  // @: a text stays one, even where somebody edits its cell
	dateFormat = 14  // the reader's own way to write a day
	mostRows   = 1e6 // and a header, of the 1,048,576 that a sheet holds
)

// writeXLSX writes rows as a workbook of one sheet: dates, numbers and texts as such, the header frozen.
func writeXLSX(out io.Writer, result catalog.Table, title string) (err error) {
	if len(result.Rows) > mostRows {
		return fmt.Errorf("%s rows are more than a sheet holds: export csv, or ask for fewer", strconv.Itoa(len(result.Rows)))
	}
	book := excelize.NewFile()
	defer func() { err = errors.Join(err, book.Close()) }()
	if err := book.SetSheetName("Sheet1", title); err != nil {
		return err
	}
	sheet, err := book.NewStreamWriter(title)
	if err != nil {
		return err
	}
	styles := map[string]int{}
	timeFormat, moneyFormat := "yyyy-mm-dd hh:mm:ss", "#,##0.00"
	for kind, style := range map[string]*excelize.Style{
		"header": {Font: &excelize.Font{Bold: true}}, "VARCHAR": {NumFmt: textFormat}, "DATE": {NumFmt: dateFormat},
		"TIMESTAMP": {CustomNumFmt: &timeFormat}, "DECIMAL": {CustomNumFmt: &moneyFormat}, "DOUBLE": {NumFmt: 0}, "BIGINT": {NumFmt: 3},
	} {
		if styles[kind], err = book.NewStyle(style); err != nil {
			return err
		}
	}
	for i, name := range result.Columns {
		widest := len(name)
		for _, row := range result.Rows[:min(len(result.Rows), 1000)] {
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
	header := make([]any, len(result.Columns))
	for i, name := range result.Columns {
		header[i] = excelize.Cell{StyleID: styles["header"], Value: name}
	}
	if err := sheet.SetRow("A1", header); err != nil {
		return err
	}
	for i, row := range result.Rows {
		cells := make([]any, len(row))
		for j, value := range row {
			kind, _, _ := strings.Cut(result.Types[j], "(")
			if cells[j], err = sheetCell(kind, value, styles[kind]); err != nil {
				return err
			}
		}
		if err := sheet.SetRow("A"+strconv.Itoa(i+2), cells); err != nil {
			return err
		}
	}
	if err := sheet.Flush(); err != nil {
		return err
	}
	return book.Write(out)
}

// sheetCell turns a value of a query into one of a sheet; a cell of text is never a formula.
func sheetCell(kind string, value any, style int) (any, error) {
	var err error
	if text, isText := value.(string); isText {
		switch kind {
		case "DATE":
			value, err = time.Parse(time.DateOnly, text)
		case "TIMESTAMP":
			value, err = time.Parse(time.DateTime, text)
		case "DECIMAL":
			value, err = strconv.ParseFloat(text, 64)
		}
	}
	if number, isNumber := value.(json.Number); isNumber {
		value, err = number.Float64()
	}
	if value == nil {
		return nil, nil
	}
	return excelize.Cell{StyleID: style, Value: value}, err
}
