package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/fmcg/fmcg/catalog"
)

// printJSON writes a value for programs to read.
func printJSON(out io.Writer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

// printTable writes rows under a header for people to read; numbers stand to the right.
func printTable(out io.Writer, header []string, rows [][]any) {
	writer := table.NewWriter()
	style := table.StyleLight
	style.Format.Header = text.FormatDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Options.SeparateHeader = true
	writer.SetStyle(style)
	names := make(table.Row, len(header))
	for i, name := range header {
		names[i] = name
	}
	writer.AppendHeader(names)
	var columns []table.ColumnConfig
	for i := range header {
		if numeric(rows, i) {
			columns = append(columns, table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight})
		}
	}
	writer.SetColumnConfigs(columns)
	for _, row := range rows {
		cells := make(table.Row, len(row))
		for i, value := range row {
			cells[i] = cell(value)
		}
		writer.AppendRow(cells)
	}
	fmt.Fprintln(out, writer.Render())
}

func numeric(rows [][]any, column int) bool {
	for _, row := range rows {
		switch value := row[column].(type) {
		case nil, int, int32, int64, float64:
		case string:
			if _, err := strconv.ParseFloat(strings.ReplaceAll(value, ",", ""), 64); err != nil || strings.HasPrefix(value, "0") && len(value) > 1 && value[1] != '.' {
				return false
			}
		default:
			return false
		}
	}
	return len(rows) > 0
}

func cell(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case int:
		return thousands(int64(value))
	case string:
		return value
	}
	return fmt.Sprint(value)
}

// printCSV writes a result as CSV; an empty field is a null.
func printCSV(out io.Writer, result catalog.Table) error {
	writer := csv.NewWriter(out)
	if err := writer.Write(result.Columns); err != nil {
		return err
	}
	for _, row := range result.Rows {
		record := make([]string, len(row))
		for i, value := range row {
			if value != nil {
				record[i] = fmt.Sprint(value)
			}
		}
		if err := writer.Write(record); err != nil {
			return err
		}
	}
	writer.Flush()
	return writer.Error()
}

// thousands groups digits: 1,234,567.
func thousands(number int64) string { return groupDigits(strconv.FormatInt(number, 10)) }

// groupDigits groups the digits of a whole number of any size.
func groupDigits(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// grouped groups the digits of a decimal before its point: 1,234,567.80.
func grouped(decimal string) string {
	whole, places, found := strings.Cut(decimal, ".")
	number, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return decimal
	}
	text := thousands(number)
	if number == 0 && strings.HasPrefix(whole, "-") { // -0.50
		text = "-0"
	}
	if found {
		text += "." + places
	}
	return text
}

func bytesText(size int64) string {
	const unit = 1024
	value, suffix := float64(size), "B"
	for _, next := range []string{"KiB", "MiB", "GiB", "TiB"} {
		if value < unit {
			break
		}
		value, suffix = value/unit, next
	}
	if suffix == "B" {
		return fmt.Sprintf("%d B", size)
	}
	return fmt.Sprintf("%.1f %s", value, suffix)
}

// ago says how long ago something was, in the largest unit.
func ago(now, then time.Time) string {
	passed := now.Sub(then)
	switch {
	case passed < time.Minute:
		return fmt.Sprintf("%d s ago", int(passed.Seconds()))
	case passed < time.Hour:
		return fmt.Sprintf("%d min ago", int(passed.Minutes()))
	case passed < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(passed.Hours()))
	}
	return fmt.Sprintf("%d days ago", int(passed.Hours()/24))
}
