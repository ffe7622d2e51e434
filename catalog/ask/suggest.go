package ask

import (
	"slices"
	"strings"
)

const suggestionsOffered = 3

// suggestions are questions to go on with, near the one that was asked: another grain, a narrower period, another measure.
// Each is one that the grammar answers.
func (e *Engine) suggestions(b *builder) []string {
	q := b.q
	measure := "revenue"
	if len(q.Measures) > 0 && e.Model.Measure(q.Measures[0]) != nil {
		measure = q.Measures[0]
	}
	other := "quantity"
	if measure == other {
		other = "revenue"
	}
	scope := ""
	for _, f := range q.Filters {
		join := b.word(" for ", " pour ")
		if f.Negated {
			join = b.word(" excluding ", " sauf ")
		}
		scope += join + b.lower(f.Dimension) + " " + strings.Join(f.Values, b.word(" and ", " et "))
	}
	by := ""
	for _, d := range b.dimensions() {
		if !strings.HasSuffix(d, "_of_year") {
			by += b.word(" by ", " par ") + b.lower(d)
		}
	}
	period := ""
	if len(q.Periods) == 1 {
		period = " " + e.labelIn(q.Periods[0], b.language)
	}
	grain := "quarter"
	if q.Grain == grain {
		grain = "month"
	}
	year := e.labelIn(Period{From: e.last - e.last%12, To: e.last - e.last%12 + 11}, b.language)
	quarter := e.labelIn(Period{From: e.last - e.last%3, To: e.last - e.last%3 + 2}, b.language)
	narrower := year
	if len(q.Periods) == 1 && q.Periods[0].months() <= 12 {
		narrower = quarter
	}
	lower := func(m string) string { return strings.ToLower(b.measureLabelIn(m, b.language)) }
	candidates := []string{
		lower(measure) + b.word(" by ", " par ") + b.lower(grain) + scope + period,
		lower(measure) + by + scope + " " + narrower,
		lower(other) + by + scope + period,
		lower(measure) + b.word(" by division", " par division") + period,
		lower(measure) + b.word(" by channel", " par canal") + " " + year,
		lower(other) + b.word(" by quarter", " par trimestre"),
	}
	var out []string
	for _, c := range candidates {
		if len(out) < suggestionsOffered && !slices.Contains(out, c) && e.parse(c, nil).stop == nil {
			out = append(out, c)
		}
	}
	return out
}
