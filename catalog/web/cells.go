package web

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/ask"
)

// longestCell is how many letters of a value are shown.
const longestCell = 240

// cell is a value of a table as a page shows it.
type cell struct {
	Text   string
	Number bool
	Null   bool
}

// cells are the rows of a table as a page shows them: numbers grouped, but not those that name something; long texts cut.
func (v *visit) cells(table catalog.Table) [][]cell {
	rows := make([][]cell, len(table.Rows))
	for i, row := range table.Rows {
		rows[i] = make([]cell, len(row))
		for j, value := range row {
			rows[i][j] = v.rawCell(table.Columns[j], table.Types[j], value)
		}
	}
	return rows
}

func (v *visit) rawCell(column, kind string, value any) cell {
	if value == nil {
		return cell{Text: "–", Null: true}
	}
	kind, _, _ = strings.Cut(kind, "(")
	switch {
	case !isNumeric(kind):
		return cell{Text: shorten(fmt.Sprint(value), longestCell)}
	case column == "line" || column == "year" || strings.HasSuffix(column, "_key") || strings.HasSuffix(column, "_id"):
		return cell{Text: fmt.Sprint(value), Number: true}
	case kind == "DECIMAL":
		return cell{Text: v.exact(fmt.Sprint(value)), Number: true}
	}
	return cell{Text: v.Number(value), Number: true}
}

func isNumeric(kind string) bool {
	return strings.HasSuffix(kind, "INT") || strings.HasSuffix(kind, "INTEGER") || kind == "DECIMAL" || kind == "DOUBLE" || kind == "FLOAT"
}

// exact groups the digits of an exact number and keeps its places.
func (v *visit) exact(text string) string {
	whole, places, has := strings.Cut(text, ".")
	number, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || number == 0 && strings.HasPrefix(whole, "-") {
		return text
	}
	point := "."
	if v.prefs.Language == "fr" {
		point = ","
	}
	grouped := v.Figure(number, ask.Column{Type: "number"})
	if has {
		return grouped + point + places
	}
	return grouped
}
