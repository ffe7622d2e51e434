package ask

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// draftQuery is a Query as a language model writes it, see draftSchema.
type draftQuery struct {
	Kind       string        `json:"kind"`
	Measures   []string      `json:"measures"`
	Groups     []string      `json:"groups"`
	Grain      string        `json:"grain"`
	Filters    []draftFilter `json:"filters"`
	Periods    []draftPeriod `json:"periods"`
	Aggregate  string        `json:"aggregate"`
	Over       string        `json:"over"`
	Calc       string        `json:"calc"`
	Step       string        `json:"step"`
	Span       int           `json:"span"`
	Versus     bool          `json:"versus"`
	Having     []draftHaving `json:"having"`
	Ranked     bool          `json:"ranked"`
	Descending bool          `json:"descending"`
	Limit      int           `json:"limit"`
	Within     []string      `json:"within"`
	Count      bool          `json:"count"`
	TopShare   bool          `json:"top_share"`
	Percent    float64       `json:"percent"`
	Subject    string        `json:"subject"`
	Chart      string        `json:"chart"`
	Words      []claim       `json:"words"`
}

type draftFilter struct {
	Dimension string   `json:"dimension"`
	Values    []string `json:"values"`
	Use       string   `json:"use"`
}

type draftPeriod struct {
	From string `json:"from"`
	To   string `json:"to"`
	Use  string `json:"use"`
}

type draftHaving struct {
	Measure string  `json:"measure"`
	Op      string  `json:"op"`
	Value   float64 `json:"value"`
	And     float64 `json:"and"`
	Percent bool    `json:"percent"`
}

// claim says which part of the query some words of the question became.
type claim struct {
	Words string `json:"words"`
	Part  string `json:"part"`
}

// Uses of filters and periods.
const (
	useKeep    = "keep"
	useExcept  = "except"
	useBut     = "but"
	usePart    = "part"
	useCompare = "compare"
)

// cannot is the kind that a model gives for questions that no query answers.
const cannot = "cannot"

var (
	draftKinds = []Kind{KindFigures, KindList, KindPareto, KindAnomaly, KindVolatility, KindSeasonality, KindNew, KindLost, KindSet, KindWhy, KindPeriod, KindRefresh, KindMeaning, KindColumns}
	draftCalcs = []Calc{CalcShare, CalcGrowth, CalcDifference, CalcCumulative, CalcMoving}
	aggregates = []string{"average", "median", "minimum", "maximum"}
	charts     = []string{"counter", "bar", "line", "area", "pie", "histogram", "scatter", "heatmap", "table"}
	steps      = []string{"month", "quarter", "year"}
	operators  = []string{"gt", "ge", "lt", "le", "equal", "between"}
)

// Limits of a draft, beyond which it is none.
const (
	mostListed = 6
	mostValues = 50 // of a question, and of a filter
	mostLimit  = 1000
	mostSpan   = 60
)

// readDraft reads a model's reply. Every name in the Query is one of the semantic model, every value one of the index.
func (p *parser) readDraft(reply []byte) (Query, []claim, error) {
	var d draftQuery
	if err := decode(reply, &d); err != nil {
		return Query{}, nil, unfit("%v", err)
	}
	if d.Kind == cannot {
		return Query{}, nil, unfit("the model finds no query for it")
	}
	q, err := p.draftedQuery(d)
	return q, d.Words, err
}

func (p *parser) draftedQuery(d draftQuery) (Query, error) {
	q := Query{Kind: Kind(d.Kind), Measures: d.Measures, Groups: d.Groups, Grain: d.Grain, Aggregate: d.Aggregate, Over: d.Over, Calc: Calc(d.Calc), Step: d.Step, Span: d.Span,
		Versus: d.Versus, Ranked: d.Ranked || d.Limit > 0, Descending: d.Descending, Limit: d.Limit, Within: d.Within, CountRows: d.Count, TopShare: d.TopShare, Percent: d.Percent,
		Subject: d.Subject, Chart: d.Chart}
	for _, h := range d.Having {
		q.Having = append(q.Having, Threshold(h))
	}
	if err := cmp.Or(p.checkNames(&q), p.addFilters(&q, d.Filters), p.addPeriods(&q, d.Periods)); err != nil {
		return Query{}, err
	}
	return q, nil
}

// checkNames holds that every text of a Query is one of a closed list: no word of a model's own gets further.
func (p *parser) checkNames(q *Query) error {
	one := func(what, name string, known ...string) error {
		if name != "" && !slices.Contains(known, name) {
			return unfit("%s %q is not known", what, name)
		}
		return nil
	}
	texts := func(what string, names []string, known []string) error {
		if len(names) > mostListed {
			return unfit("more than %d %s", mostListed, what)
		}
		for i, name := range names {
			if name == "" || slices.Contains(names[:i], name) {
				return unfit("%s %q is empty or said twice", what, name)
			}
			if err := one(what, name, known...); err != nil {
				return err
			}
		}
		return nil
	}
	things, times, measures := p.draftNames()
	all := slices.Concat(things, times)
	err := cmp.Or(
		one("kind", string(q.Kind), asTexts(draftKinds)...), texts("measures", q.Measures, measures), texts("groups", q.Groups, things), one("grain", q.Grain, times...),
		one("aggregate", q.Aggregate, aggregates...), one("over", q.Over, all...), one("calc", string(q.Calc), asTexts(draftCalcs)...), one("step", q.Step, steps...),
		texts("within", q.Within, all), one("chart", q.Chart, charts...), one("subject", q.Subject, slices.Concat(all, measures)...))
	for _, h := range q.Having {
		err = cmp.Or(err, one("threshold", h.Op, operators...), one("measure", h.Measure, slices.Concat(measures, []string{string(CalcGrowth), string(CalcDifference)})...))
		if h.Op == "" || h.Measure == "" {
			err = cmp.Or(err, unfit("a threshold without its measure or comparison"))
		}
	}
	switch {
	case err != nil:
		return err
	case q.Kind == "":
		return unfit("no kind")
	case len(q.Having) > mostListed || q.Limit < 0 || q.Limit > mostLimit || q.Span < 0 || q.Span > mostSpan || q.Percent < 0 || q.Percent >= 100:
		return unfit("a number is out of bounds")
	}
	return nil
}

func asTexts[T ~string](names []T) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = string(name)
	}
	return out
}

// draftNames are the dimensions that are no times, the times, and the measures, those the grammar counts included.
func (e *Engine) draftNames() (things, times, measures []string) {
	for i := range e.Model.Measures {
		measures = append(measures, e.Model.Measures[i].Name)
	}
	for i := range e.Model.Dimensions {
		d := &e.Model.Dimensions[i]
		switch {
		case isGrain(d.Name):
			times = append(times, d.Name)
		case d.Kind != semantic.KindTime:
			things = append(things, d.Name)
			if counted[d.Name] == "" {
				measures = append(measures, countPrefix+d.Name)
			}
		}
	}
	return things, times, measures
}

func (e *Engine) isDimension(name string) bool { return e.Model.Dimension(name) != nil }

func (p *parser) addFilters(q *Query, filters []draftFilter) error {
	if len(filters) > mostListed {
		return unfit("more than %d filters", mostListed)
	}
	for _, f := range filters {
		if len(f.Values) == 0 || len(f.Values) > mostValues {
			return unfit("a filter with %d values", len(f.Values))
		}
		for _, value := range f.Values {
			if !p.Index.Has(f.Dimension, value) {
				return unfit("%q is no value of %q", value, f.Dimension)
			}
		}
		filter := Filter{Dimension: f.Dimension, Values: slices.Clone(f.Values), Negated: f.Use == useExcept}
		switch f.Use {
		case useKeep, useExcept:
			q.Filters = addFilter(q.Filters, filter)
		case useBut:
			q.ButFilters = addFilter(q.ButFilters, filter)
		case usePart:
			q.Numerator = addFilter(q.Numerator, filter)
		case useCompare:
			if q.Sides != nil || len(f.Values) != 2 {
				return unfit("two values are compared, not more or less")
			}
			q.Sides = &filter
		default:
			return unfit("use %q of a filter", f.Use)
		}
	}
	return nil
}

func (p *parser) addPeriods(q *Query, periods []draftPeriod) error {
	if len(periods) > mostListed {
		return unfit("more than %d periods", mostListed)
	}
	for _, d := range periods {
		from, ok := draftMonth(d.From)
		to, too := draftMonth(d.To)
		period := Period{From: from, To: to}
		switch {
		case !ok || !too || to < from:
			return unfit("period %q to %q", d.From, d.To)
		case to < p.first || from > p.last:
			return unfit("period %s to %s is outside of the data", d.From, d.To)
		}
		switch d.Use {
		case useKeep:
			q.Periods = append(q.Periods, period)
		case useExcept:
			q.NotPeriods = append(q.NotPeriods, period)
		case useBut:
			q.ButPeriods = append(q.ButPeriods, period)
		default:
			return unfit("use %q of a period", d.Use)
		}
	}
	slices.SortStableFunc(q.Periods, func(a, b Period) int { return a.From - b.From })
	return nil
}

func draftMonth(text string) (int, bool) {
	year, month, found := strings.Cut(text, "-")
	y, err := strconv.Atoi(year)
	m, err2 := strconv.Atoi(month)
	return monthIndex(y, m), found && err == nil && err2 == nil && len(text) == len("2025-01") && m >= 1 && m <= 12
}

func draftMonthText(month int) string {
	return monthDate(month)[len("date '") : len("date '")+len("2025-01")]
}

// clone is a copy that shares no list with the Query.
func (q Query) clone() Query {
	filters := func(from []Filter) []Filter {
		out := slices.Clone(from)
		for i := range out {
			out[i].Values = slices.Clone(out[i].Values)
		}
		return out
	}
	q.Measures, q.Groups, q.Within, q.Having = slices.Clone(q.Measures), slices.Clone(q.Groups), slices.Clone(q.Within), slices.Clone(q.Having)
	q.Filters, q.Numerator, q.ButFilters = filters(q.Filters), filters(q.Numerator), filters(q.ButFilters)
	q.Periods, q.NotPeriods, q.ButPeriods = slices.Clone(q.Periods), slices.Clone(q.NotPeriods), slices.Clone(q.ButPeriods)
	if q.Sides != nil {
		sides := filters([]Filter{*q.Sides})[0]
		q.Sides = &sides
	}
	return q
}
