package ask

import "slices"

// Chart is how the rows are best drawn.
type Chart struct {
	Kind   string   `json:"kind"` // counter, bar, line, area, pie, table
	X      string   `json:"x"`
	Y      []string `json:"y"`
	Series string   `json:"series"`
}

const mostSlices = 6

// chartOf chooses the chart of a query's rows.
func chartOf(q Query, columns []Column, rows int) Chart {
	var dims, numbers []string
	percent := false
	for _, c := range columns {
		known := isGrain(c.Name) || c.Type == "text" || c.Type == "date"
		if known {
			dims = append(dims, c.Name)
		} else {
			numbers = append(numbers, c.Name)
			percent = percent || c.Name == "share_pct"
		}
	}
	chart := Chart{Kind: "table", Y: numbers}
	if len(dims) > 0 {
		chart.X = dims[0]
	}
	if len(dims) > 1 {
		chart.Series = dims[1]
		if isGrain(dims[1]) {
			chart.X, chart.Series = dims[1], dims[0]
		}
	}
	switch {
	case len(numbers) == 0:
	case q.Kind == KindWhy:
		chart.Kind = "bar"
	case rows <= 1 && len(dims) == 0, rows == 1 && len(dims) == 1 && q.Limit == 1:
		chart.Kind = "counter"
	case q.Kind == KindAnomaly:
	case len(q.Within) > 0, len(dims) > 2:
	case q.Versus:
		chart.Kind = "bar"
	case q.Ranked && q.Limit > 0, len(q.Having) > 0:
		chart.Kind = "bar"
	case len(dims) > 0 && slices.ContainsFunc(dims, isGrain) || q.Kind == KindSeasonality:
		chart.Kind = "line"
		if q.Grain == "year" || rows <= 2 {
			chart.Kind = "bar"
		}
	case percent && rows <= mostSlices:
		chart.Kind = "pie"
	case len(dims) > 1 && rows > 40:
	default:
		chart.Kind = "bar"
	}
	if percent && len(numbers) > 1 {
		chart.Y = []string{"share_pct"}
	}
	if q.Chart != "" {
		chart.Kind = q.Chart
	}
	return chart
}
