package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/fmcg/fmcg/catalog"
)

// exports are the forms in which rows are handed to people who open them in a spreadsheet.
var exports = map[string]func(io.Writer, catalog.Table) error{"csv": exportCSV, "xlsx": exportXLSX}

// writeWhole writes a file whole or not at all.
func writeWhole(path string, write func(io.Writer) error) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	err = write(file)
	if err = errors.Join(err, file.Chmod(0o644), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// exportCSV writes rows as CSV in which no text can be taken for a formula: what lies in a lake was written by others.
func exportCSV(out io.Writer, result catalog.Table) error {
	rows := make([][]any, len(result.Rows))
	for i, row := range result.Rows {
		rows[i] = make([]any, len(row))
		for j, value := range row {
			if result.Types[j] == "VARCHAR" && value != nil {
				value = withoutFormula(fmt.Sprint(value))
			}
			rows[i][j] = value
		}
	}
	return printCSV(out, catalog.Table{Columns: result.Columns, Types: result.Types, Rows: rows})
}

// withoutFormula puts an apostrophe before a text that a spreadsheet would run.
func withoutFormula(text string) string {
	if first := strings.TrimLeft(text, " \u00a0"); first != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(first)[0]) {
		return "'" + text
	}
	return text
}

const (
	sheetName  = "quarantine"
	mostCells  = 40  // width of a column, in characters
	textFormat = 49  // @: a text stays one, even where somebody edits its cell
	dateFormat = 14  // the reader's own way to write a day
	mostRows   = 1e6 // and a header, of the 1,048,576 that a sheet holds
)

// exportXLSX writes rows as a workbook of one sheet: dates, numbers and texts as such, the header frozen.
func exportXLSX(out io.Writer, result catalog.Table) (err error) {
	if len(result.Rows) > mostRows {
		return fmt.Errorf("%s rows are more than a sheet holds: export csv, or ask for fewer", thousands(int64(len(result.Rows))))
	}
	book := excelize.NewFile()
	defer func() { err = errors.Join(err, book.Close()) }()
	if err := book.SetSheetName("Sheet1", sheetName); err != nil {
		return err
	}
	sheet, err := book.NewStreamWriter(sheetName)
	if err != nil {
		return err
	}
	styles := map[string]int{}
	timeFormat, moneyFormat := "yyyy-mm-dd hh:mm:ss", "#,##0.00"
	for kind, style := range map[string]*excelize.Style{
		"header": {Font: &excelize.Font{Bold: true}}, "VARCHAR": {NumFmt: textFormat}, "DATE": {NumFmt: dateFormat},
		"TIMESTAMP": {CustomNumFmt: &timeFormat}, "DECIMAL": {CustomNumFmt: &moneyFormat}, "BIGINT": {NumFmt: 3},
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
	if value == nil {
		return nil, nil
	}
	return excelize.Cell{StyleID: style, Value: value}, err
}
