package ask

import (
	"fmt"
	"math"
	"slices"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// Chart is how the rows are best drawn. X, Y and Series name columns of the answer.
//
//	counter                X and Series are empty: one figure, Y
//	bar, line, area, pie   Y by X, one series for each value of Series, or for each Y
//	scatter                a point for each Series at X and Y[0], both figures; Y[1], if there, is its size
//	heatmap                a cell for each X and Series, coloured by Y[0]
//	histogram              how many rows lie in each range of Y[0]; X names them
//	table                  nothing to draw
type Chart struct {
	Kind   string   `json:"kind"`
	X      string   `json:"x"`
	Y      []string `json:"y"`
	Series string   `json:"series"`
}

// Limits of what can be read in a chart.
const (
	mostSlices = 6  // of a pie
	mostBars   = 40 // of two dimensions
	fewPoints  = 12 // up to which bars tell more than points or ranges
)

// chartData is what the choice of a chart looks at.
type chartData struct {
	dims, numbers []string // columns
	times         bool     // one of dims is a time
	units         int      // different ones
	percent       bool
	negative      bool // a figure below zero
	rows          int
}

// chartOf chooses the chart of a query's rows; where another was asked for, that one if it can show them; note says why not.
// all are those that can show the rows, the chosen one first.
func (b *builder) chartOf(columns []Column, rows [][]any) (chart Chart, all []Chart, note string) {
	data := chartData{rows: len(rows)}
	units := map[string]bool{}
	for i, c := range columns {
		if isGrain(c.Name) || c.Type == "text" || c.Type == "date" {
			data.dims = append(data.dims, c.Name)
			data.times = data.times || isGrain(c.Name) || c.Type == "date"
			continue
		}
		data.numbers = append(data.numbers, c.Name)
		data.percent = data.percent || c.Name == "share_pct"
		units[c.Unit] = true
		for _, row := range rows {
			n, known := toNumber(row[i])
			data.negative = data.negative || known && n < 0
		}
	}
	data.units = len(units)
	kind := naturalChart(b.q, data)
	if asked := b.q.Chart; asked != "" && asked != kind {
		if data.draws(asked) {
			kind = asked
		} else {
			note = fmt.Sprintf(b.word("a %s cannot show these rows, so they are shown as a %s", "%s : ces lignes ne s'y prêtent pas, elles sont montrées autrement (%s)"), b.chartName(asked), b.chartName(kind))
		}
	}
	chart = data.chart(kind)
	all = []Chart{chart}
	for _, other := range semantic.Charts {
		if other != kind && data.offers(other) {
			all = append(all, data.chart(other))
		}
	}
	return chart, all, note
}

// offers says that a kind of chart shows the rows well enough to be offered beside the natural one.
func (d chartData) offers(kind string) bool {
	switch kind {
	case "line", "area":
		return d.times && d.rows > 1 && d.draws(kind) && len(d.dims) <= 2
	case "bar":
		return d.rows > 1 && d.draws(kind) && len(d.dims) <= 2
	case "pie":
		return d.rows > 1 && !d.negative && d.draws(kind)
	case "histogram":
		return len(d.dims) == 1 && d.draws(kind)
	case "scatter", "heatmap":
		return d.rows > 1 && d.draws(kind)
	}
	return d.draws(kind)
}

// chart names the columns that a kind draws.
func (d chartData) chart(kind string) Chart {
	chart := Chart{Kind: kind, Y: append([]string{}, d.numbers...)}
	if len(d.dims) > 0 {
		chart.X = d.dims[0]
	}
	if len(d.dims) > 1 {
		chart.Series = d.dims[1]
		if isGrain(d.dims[1]) {
			chart.X, chart.Series = d.dims[1], d.dims[0]
		}
	}
	switch kind {
	case "scatter":
		chart.X, chart.Y, chart.Series = d.numbers[0], d.numbers[1:], d.dims[0]
	case "histogram", "heatmap":
		chart.Y = d.numbers[:1]
	}
	if d.percent && len(d.numbers) > 1 && kind != "scatter" {
		chart.Y = []string{"share_pct"}
	}
	return chart
}

// draws says that a kind of chart can show the rows.
func (d chartData) draws(kind string) bool {
	switch kind {
	case "table":
		return true
	case "counter":
		return d.rows == 1 && len(d.numbers) > 0
	case "pie":
		return len(d.dims) == 1 && len(d.numbers) > 0 && d.rows > 0
	case "scatter":
		return len(d.numbers) > 1 && len(d.dims) > 0
	case "heatmap":
		return len(d.dims) == 2 && len(d.numbers) > 0
	case "histogram":
		return len(d.dims) > 0 && len(d.numbers) > 0 && d.rows > fewPoints
	}
	return len(d.dims) > 0 && len(d.numbers) > 0
}

// naturalChart is the kind that shows rows best where none was asked for.
func naturalChart(q Query, d chartData) string {
	plainDims := len(d.dims) > 0 && !d.times
	switch {
	case len(d.numbers) == 0, q.Kind == KindAnomaly:
		return "table"
	case q.Kind == KindWhy:
		return "bar"
	case d.rows <= 1 && len(d.dims) == 0, d.rows == 1 && len(d.dims) == 1 && q.Limit == 1:
		return "counter"
	case len(q.Within) > 0, len(d.dims) > 2:
		return "table"
	case q.Versus, q.Ranked && q.Limit > 0, len(q.Having) > 0:
		return "bar"
	case d.times, q.Kind == KindSeasonality:
		if q.Grain == "year" || d.rows <= 2 {
			return "bar"
		}
		return "line"
	case d.percent && d.rows <= mostSlices:
		return "pie"
	case plainDims && q.Calc == "" && len(d.numbers) > 1 && d.units > 1 && d.rows > fewPoints && len(d.dims) == 1:
		return "scatter"
	case len(d.dims) == 2 && d.rows > mostBars:
		return "heatmap"
	}
	return "bar"
}

var chartNames = map[string][2]string{
	"counter": {"single number", "Chiffre unique"}, "bar": {"bar chart", "Barres"}, "line": {"line chart", "Courbe"}, "area": {"area chart", "Aires"},
	"pie": {"pie", "Camembert"}, "scatter": {"scatter plot", "Nuage de points"}, "heatmap": {"heatmap", "Carte de chaleur"},
	"histogram": {"histogram", "Histogramme"}, "table": {"table", "Tableau"},
}

func (b *builder) chartName(kind string) string {
	return b.word(chartNames[kind][0], chartNames[kind][1])
}

// correlation is Pearson's coefficient of two columns over the rows that have both; ok is false where it says nothing.
func correlation(rows [][]any, x, y int) (r float64, n int, ok bool) {
	var sx, sy, sxx, syy, sxy float64
	for _, row := range rows {
		a, isA := toNumber(row[x])
		b, isB := toNumber(row[y])
		if !isA || !isB {
			continue
		}
		n++
		sx, sy, sxx, syy, sxy = sx+a, sy+b, sxx+a*a, syy+b*b, sxy+a*b
	}
	count := float64(n)
	spread := (count*sxx - sx*sx) * (count*syy - sy*sy)
	if n < 3 || spread <= 0 {
		return 0, n, false
	}
	return (count*sxy - sx*sy) / math.Sqrt(spread), n, true
}

// correlationText says how two figures of a scatter go together.
func (b *builder) correlationText(chart Chart, columns []Column, rows [][]any) string {
	at := func(name string) int { return slices.IndexFunc(columns, func(c Column) bool { return c.Name == name }) }
	if chart.Kind != "scatter" {
		return ""
	}
	r, n, ok := correlation(rows, at(chart.X), at(chart.Y[0]))
	if !ok {
		return ""
	}
	return fmt.Sprintf(b.word(" The correlation of the two over %d points is %.2f.", " La corrélation des deux sur %d points est de %.2f."), n, r)
}
