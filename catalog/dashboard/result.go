package dashboard

import "github.com/fmcg/fmcg/catalog/ask"

// Result is what a tile shows.
type Result struct {
	ID       string       `json:"id"`
	Title    string       `json:"title"`
	Kind     Kind         `json:"kind"`
	Width    string       `json:"width"`
	Columns  []ask.Column `json:"columns"`
	Rows     [][]any      `json:"rows"` // numbers exact (json.Number), dates as 2025-07-01; nil is no value, never 0
	PageSize int          `json:"page_size,omitempty"`
	Chart    Chart        `json:"chart"`
	SQL      string       `json:"sql"`     // what was run, as it is
	Filters  []string     `json:"filters"` // for each column the dimension that a click on its value filters by, "" for none
	Counters []Counter    `json:"counters,omitempty"`
	Facts    []Fact       `json:"facts,omitempty"` // figures of the whole tile: variability
	Marks    []Mark       `json:"marks,omitempty"`
	Compared *Comparison  `json:"compared,omitempty"` // nil where there is nothing to compare with
	Notes    []string     `json:"notes,omitempty"`    // what a reader must know, in words: what is not complete
	Empty    string       `json:"empty,omitempty"`    // why there are no rows, in words
}

// Chart is how the rows are drawn.
type Chart struct {
	Kind   string   `json:"kind"`             // counters, bar, pie, line, area, heatmap, scatter, table
	X      string   `json:"x,omitempty"`      // name of a column
	Y      []string `json:"y"`                // names of columns
	Series string   `json:"series,omitempty"` // the column that a heatmap's rows are by
	Size   string   `json:"size,omitempty"`   // the column of a bubble's size
	Label  string   `json:"label,omitempty"`  // the column that names a bubble
}

// Counter is a measure as one figure.
type Counter struct {
	Measure string    `json:"measure"`
	Label   string    `json:"label"`
	Unit    string    `json:"unit"`
	Value   any       `json:"value"`      // over the selection; nil where nothing was sold
	Now     any       `json:"now"`        // over Comparison.Now, which is the selection's own period if it has one
	Before  any       `json:"before"`     // over Comparison.Before; nil where there is nothing to compare with
	Change  *float64  `json:"change_pct"` // from Before to Now; nil where there is nothing, or 0, to compare with
	Months  []string  `json:"months"`     // of the sparkline, "2025-07-01"
	Series  []float64 `json:"series"`     // the measure in each of them
}

// Fact is a figure of a whole tile.
type Fact struct {
	Name  string `json:"name"` // variation
	Label string `json:"label"`
	Value any    `json:"value"`
	Unit  string `json:"unit"`
}

// Kinds of marks.
const (
	MarkAnomaly    = "anomaly"    // more than ask.Unusual standard deviations from the mean of all months
	MarkPeak       = "peak"       // the highest of what is shown
	MarkTrough     = "trough"     // the lowest of what is shown, what is incomplete left out
	MarkIncomplete = "incomplete" // the data end within it
)

// Mark is something to point out in a row.
type Mark struct {
	Row  int    `json:"row"` // of Result.Rows
	Kind string `json:"kind"`
	Text string `json:"text"` // in words
}

// Comparison is what changes are from and to.
type Comparison struct {
	Now    string `json:"now"`    // in words: "2025", "from January 2025 to November 2025"
	Before string `json:"before"` // likewise
}

// Option is a value that a filter can take.
type Option struct {
	Value    any    `json:"value"` // text, or the number of a year; nil for rows without a value
	Param    string `json:"param"` // as it stands in a selection
	Rows     int64  `json:"rows"`  // of the view that there are under the other filters
	Revenue  any    `json:"revenue"`
	Selected bool   `json:"selected"`
}

// Options are the values of a filter, those with the most revenue first, times in order.
type Options struct {
	Dimension string   `json:"dimension"`
	Label     string   `json:"label"`
	Values    []Option `json:"values"`
	More      bool     `json:"more"` // there are more than were asked for
}

// Rows are rows of the view behind a figure.
type Rows struct {
	Columns []ask.Column `json:"columns"`
	Rows    [][]any      `json:"rows"`
	Total   int64        `json:"total"` // of all pages
	SQL     string       `json:"sql"`
}
