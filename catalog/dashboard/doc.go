// Package dashboard is dashboards as data: pages of tiles over the measures and dimensions of the semantic model, each tile
// computed from the one view under what a reader has selected. It knows no HTTP and no HTML.
//
// A Board is a YAML file, checked strictly against the model when it is loaded (Open, Load); sales.yaml is the built-in one.
// A Selection is what an address says is selected (ParseSelection, Selection.Encode): times, values of dimensions, and what to
// compare with. A Source, made once for a release, computes a Tile or a whole Page under a selection, the Options that each
// filter still has, the rows of the view behind a figure (Drill), and the question that asks for the same (AskAbout).
//
// The words: a scope (scope.go) is what a selection means on the data of a release, with the months it is compared with.
// A tile of each Kind has a draft: its SQL, its chart, and what is done with its rows (tile.go holds the table of drafts and
// counters; ranking.go, series.go the others). Measures are the model's expressions, and what ask computes too (its periods,
// the rule of anomalies, variation) is ask's, so that a figure is the same in both. All SQL passes package guard; values stand
// in it as quoted literals, so that it runs as it is in any client.
//
// The kinds: counters are totals of measures, each with its change and its months; a ranking is measures by dimensions, with
// share and growth if asked for; a concentration tells for each dimension the share of its largest value and of the first ten,
// how many make 80 %, and the Herfindahl-Hirschman index (the sum of squared shares in percent, 10,000 for one alone); a series
// is a measure over time with growth, the year before and z-scores; seasonality is month of the year by year; a scatter is two
// or three measures of a dimension's values; a variation is the coefficient of variation of their months.
//
// What is compared: the selected time, as far as there are data, with as many months before it (a year or quarter that is not
// over with the same months of the one before), or with the same months a year before. With no time selected it is the last
// year, as far as its months are complete. Where the data do not hold all of the months before, there is no comparison, and
// growth is absent, never 0. The last month is incomplete where the last day with orders (ops.freshness) lies inside of it.
//
// Results are kept by their SQL, so that equal tiles and going back cost nothing; a release never changes. A guard.DB that is
// opened with guard.Limits.Keep set to RowsInMemory takes less than half of the time; BenchmarkPage measures pages.
//
// Start reading at Source.Page, then scope, builder.counters and builder.ranking.
package dashboard
