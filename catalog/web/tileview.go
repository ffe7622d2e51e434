package web

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/dashboard"
)

// tileView is a tile with its ways on: what a click on each of its values leads to.
type tileView struct {
	dashboard.Result
	IsDrawn    bool // as a chart; the table is there too
	Table      []rowView
	Cards      []counterView
	API, CSV   string // addresses
	RowsBehind string
	Questions  []string // that ask for the same
	Unusual    []string // what is pointed out as such, in words
}

// rowView is a row of a tile's table.
type rowView struct {
	Cells []cellView
	Marks []dashboard.Mark
	Later bool // it is not on the first page of the table
}

// cellView is a value as text.
type cellView struct {
	Text     string
	IsNumber bool
	Tone     string // good, bad: of a change; what it is stands in the text
	Link     string // where a click leads: filters the page by it, or shows the rows behind it
	IsFilter bool   // it filters
	IsPick   bool   // and a click on the row's mark of the chart does the same
	Is       bool   // the page is filtered by it
	Share    string // of a hundred, for a bar behind it; "" for none
}

// counterView is a figure with its change and its months.
type counterView struct {
	Label, Value, Exact string
	Change, Tone        string // "" where there is nothing to compare with
	Now, Before         string // what it is from and to
	Line, Area, Open    string // points of the sparkline, and of its last stretch where the last month goes on
}

// tile makes a view of what a tile shows.
func (v *visit) tile(board *dashboard.Board, shown *dashboard.Page, selection dashboard.Selection, result dashboard.Result, data dashboard.Data) tileView {
	path := boardPath(board, shown)
	api := "/api" + strings.Replace(path, "/dashboard/", "/dashboards/", 1) + "/tiles/" + result.ID
	t := tileView{
		Result: result, API: selectionAddress(api, selection), CSV: selectionAddress(api, selection, "format", "csv"),
		RowsBehind: selectionAddress(path+"/rows", selection),
	}
	drawn := []string{"bar", "pie", "line", "area", "heatmap", "scatter"}
	t.IsDrawn = v.server.static.has(chartLibrary) && len(result.Rows) > 0 && slices.Contains(drawn, result.Chart.Kind)
	for i, row := range result.Rows {
		t.Table = append(t.Table, v.row(path, selection, result, i, row))
	}
	for _, mark := range result.Marks {
		if mark.Kind == dashboard.MarkAnomaly {
			t.Unusual = append(t.Unusual, v.cell(result.Rows[mark.Row][0], result.Columns[0])+": "+mark.Text)
		}
	}
	for _, counter := range result.Counters {
		t.Cards = append(t.Cards, v.counter(counter, data))
	}
	return t
}

// row makes a row of a tile's table: a value of a dimension filters the page, the first figure leads to the rows behind it.
func (v *visit) row(path string, selection dashboard.Selection, result dashboard.Result, i int, row []any) rowView {
	view := rowView{Later: result.PageSize > 0 && i >= result.PageSize}
	for _, mark := range result.Marks {
		if mark.Row == i {
			view.Marks = append(view.Marks, mark)
		}
	}
	behind, picks := selection, 0
	for at, dimension := range result.Filters {
		if dimension != "" {
			behind, picks = behind.With(dimension, row[at]), picks+1
		}
	}
	picked := pickColumn(result)
	for at, value := range row {
		column := result.Columns[at]
		if len(result.Counters) > i && at > 0 && column.Unit == "" {
			column.Unit = result.Counters[i].Unit
		}
		cell := cellView{Text: v.cell(value, column), IsNumber: column.Type == "number"}
		switch dimension := result.Filters[at]; {
		case dimension != "":
			narrowed := selection.With(dimension, value)
			cell.IsFilter, cell.IsPick, cell.Is = true, at == picked, selectionAddress("", narrowed) == selectionAddress("", selection)
			if cell.Is {
				narrowed = selection.Without(dimension)
			}
			cell.Link = selectionAddress(path, narrowed)
		case v.IsNumber(value, column) && picks > 0 && column.Unit != "%":
			cell.Link, picks = selectionAddress(path+"/rows", behind), 0
		}
		amount, isNumber := toFloat(value)
		switch {
		case isNumber && isChange(column):
			cell.Text, cell.Tone = v.change(amount), tone(amount)
		case isNumber && (column.Name == "share_pct" || column.Name == "largest_pct" || column.Name == "first_10_pct" || column.Name == "make_80_pct"):
			cell.Share = fmt.Sprintf("%.1f%%", max(0, min(100, amount)))
		}
		view.Cells = append(view.Cells, cell)
	}
	return view
}

// pickColumn is the column whose value a click on a mark of the chart filters by: what the marks are of.
func pickColumn(result dashboard.Result) int {
	for at, column := range result.Columns {
		if result.Filters[at] != "" && (column.Name == result.Chart.Label || result.Chart.Label == "" && column.Name == result.Chart.X) {
			return at
		}
	}
	for at, dimension := range slices.Backward(result.Filters) {
		if dimension != "" {
			return at
		}
	}
	return -1
}

func isChange(column ask.Column) bool {
	return strings.HasSuffix(column.Name, "growth_pct") || column.Name == "change_pct"
}

// cell is a value as a table shows it: a month by its name, a share with one decimal.
func (v *visit) cell(value any, column ask.Column) string {
	amount, isNumber := toFloat(value)
	text, isText := value.(string)
	switch {
	case value == nil:
		return "–"
	case isText && column.Type == "date" && column.Name == "month" && len(text) >= len("2025-07"):
		return v.Month(text[:len("2025-07")])
	case isNumber && column.Name == "month_of_year":
		return v.T(fmt.Sprintf("month.%d", int(amount)))
	case isNumber && column.Unit == "%":
		return v.decimal(amount, 1) + " %"
	case isNumber && column.Name == "hhi":
		return v.decimal(amount, 0)
	}
	return v.Figure(value, column)
}

func (v *visit) decimal(amount float64, places int) string {
	return message.NewPrinter(language.MustParse(v.prefs.Locale())).Sprint(number.Decimal(amount, number.MaxFractionDigits(places), number.MinFractionDigits(places)))
}

// change is a growth in percent, which a reader without colours sees the side of.
func (v *visit) change(amount float64) string {
	rounded := math.Round(amount*10) / 10
	switch {
	case rounded > 0:
		return "▲ +" + v.decimal(rounded, 1) + " %"
	case rounded < 0:
		return "▼ −" + v.decimal(-rounded, 1) + " %"
	}
	return "± " + v.decimal(0, 1) + " %"
}

func tone(amount float64) string {
	switch rounded := math.Round(amount * 10); {
	case rounded > 0:
		return "good"
	case rounded < 0:
		return "bad"
	}
	return ""
}

// magnitude is a unit of large figures.
type magnitude struct {
	size float64
	name string
}

// magnitudes are the units, the largest first, with lakh and crore or not. What has four digits stands as it is.
var magnitudes = map[bool][]magnitude{
	false: {{1e12, "trillion"}, {1e9, "billion"}, {1e6, "million"}, {1e3, "thousand"}},
	true:  {{1e7, "crore"}, {1e5, "lakh"}},
}

// Short is a figure at a glance: ₹40.2 B, ₹4,016.6 Cr, ₹3,113.33.
func (v *visit) Short(value any, unit string) string {
	amount, isNumber := toFloat(value)
	if !isNumber {
		return "–"
	}
	text := ""
	for _, step := range magnitudes[v.prefs.Indian] {
		if math.Abs(amount) >= max(step.size, 1e4) {
			text = v.decimal(amount/step.size, 1) + " " + v.T("js."+step.name)
			break
		}
	}
	if text == "" {
		text = v.Figure(value, ask.Column{Type: "number"})
	}
	switch {
	case strings.HasPrefix(unit, "INR"):
		if rest, negative := strings.CutPrefix(text, "-"); negative {
			return "-₹" + rest
		}
		return "₹" + text
	case unit == "%":
		return text + " %"
	}
	return text
}

// counter makes a view of one figure.
func (v *visit) counter(c dashboard.Counter, data dashboard.Data) counterView {
	view := counterView{Label: c.Label, Value: v.Short(c.Value, c.Unit), Exact: v.Figure(c.Value, ask.Column{Type: "number", Unit: c.Unit})}
	if c.Change != nil {
		view.Change, view.Tone = v.change(*c.Change), tone(*c.Change)
		view.Now, view.Before = v.Short(c.Now, c.Unit), v.Short(c.Before, c.Unit)
	}
	points := sparkline(c.Series)
	if len(points) < 2 {
		return view
	}
	view.Area = "0,30 " + strings.Join(points, " ") + " 100,30"
	if whole := len(points) - 1; data.Unfinished != "" && c.Months[whole] == data.LastMonth+"-01" {
		view.Open, points = strings.Join(points[whole-1:], " "), points[:whole]
	}
	view.Line = strings.Join(points, " ")
	return view
}

// sparkline are the points of a line of 100 by 30, from the lowest to the highest.
func sparkline(series []float64) (points []string) {
	if len(series) == 0 {
		return nil
	}
	low, high := slices.Min(series), slices.Max(series)
	for i, value := range series {
		y := 15.0
		if high > low {
			y = 28 - 26*(value-low)/(high-low)
		}
		points = append(points, fmt.Sprintf("%.1f,%.1f", 100*float64(i)/float64(max(1, len(series)-1)), y))
	}
	return points
}

// Drawing is what chart.js draws of a tile.
func (t tileView) Drawing() map[string]any {
	return map[string]any{"chart": t.Chart, "columns": t.Columns, "rows": t.Rows, "marks": t.Marks}
}

// IsFew says that the chart has few bars, and needs little height.
func (t tileView) IsFew() bool {
	return t.Chart.Kind == "bar" && t.Kind != dashboard.KindSeries && len(t.Rows) < 5
}

// Fact is the value of a figure of a whole tile.
func (p page) Fact(fact dashboard.Fact) string {
	return p.cell(fact.Value, ask.Column{Type: "number", Unit: fact.Unit})
}

// Period is a period in words without what leads to it: "January 2025 to November 2025".
func (p page) Period(words string) string {
	return strings.TrimPrefix(words, map[string]string{"en": "from ", "fr": "de "}[p.prefs.Language])
}
