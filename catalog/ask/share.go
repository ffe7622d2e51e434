package ask

// What dashboards compute and say as answers do, so that a figure is the same in both.

// Unusual is the number of standard deviations from the mean beyond which a figure of a series is an anomaly.
const Unusual = 2

// ZScore is the SQL of how many standard deviations each row's amount lies from the mean of its partition ("partition by
// product", "" for all rows).
func ZScore(amount, partition string) string {
	return "(" + amount + " - avg(" + amount + ") over (" + partition + ")) / nullif(stddev_samp(" + amount + ") over (" + partition + "), 0)"
}

// Variation is the SQL of the coefficient of variation in percent: of the rows of a group, or over a window ("over ()").
func Variation(amount, over string) string {
	if over != "" {
		over = " " + over
	}
	return "100.0 * stddev_samp(" + amount + ")" + over + " / nullif(avg(" + amount + ")" + over + ", 0)"
}

// Within is the SQL condition that a row of the view lies in one of the periods, of which there is at least one.
func Within(periods []Period) string { return within(periods) }

// Between is the SQL condition that a date, a first day of a month, lies in one of the periods; "" for none.
func Between(column string, periods []Period) string { return between(column, periods) }

// MonthDate is the SQL of the first day of a month, counted as in Period.
func MonthDate(month int) string { return monthDate(month) }

// Label is a period in words that a question with them reads back as the same period.
func (p Period) Label(language string) string { return (*Engine)(nil).labelIn(p, language) }

// Grain is the unit that a period is one of: "year", "quarter", "month", or "".
func (p Period) Grain() string { return p.grain() }

// Shift is the period so many months later.
func (p Period) Shift(months int) Period { return p.shift(months) }

// Exact makes the decimals of a result numbers of JSON with all their places. The types are the engine's names.
func Exact(rows [][]any, types []string) [][]any { return exact(rows, types) }

// Understand is what a question means, and whether it is answered by the grammar. Nothing is queried.
func (e *Engine) Understand(question string) (q Query, answered bool) {
	p := e.parse(question, nil)
	return p.q, p.stop == nil
}
