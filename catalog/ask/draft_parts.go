package ask

import (
	"slices"
	"strings"
)

// parts are what a Query is made of: a head, and a name where there may be several.
func (q *Query) parts() []string {
	var out []string
	add := func(is bool, part string) {
		if is && !slices.Contains(out, part) {
			out = append(out, part)
		}
	}
	each := func(head string, names []string) {
		for _, name := range names {
			add(true, head+" "+name)
		}
	}
	filters := func(head string, all []Filter) {
		for _, f := range all {
			add(!f.Negated, head+" "+f.Dimension)
			add(f.Negated, "except "+f.Dimension)
		}
	}
	add(q.Kind != KindFigures, "kind "+string(q.Kind))
	each("measure", q.Measures)
	each("group", q.Groups)
	add(q.Grain != "", "grain "+q.Grain)
	filters("filter", q.Filters)
	filters("but", q.ButFilters)
	filters("part", q.Numerator)
	if q.Sides != nil {
		filters("compare", []Filter{*q.Sides})
	}
	add(len(q.Periods) > 0, "period")
	add(len(q.NotPeriods) > 0, "except_period")
	add(len(q.ButPeriods) > 0, "but_period")
	add(q.Aggregate != "", "aggregate "+q.Aggregate)
	add(q.Over != "", "over "+q.Over)
	add(q.Calc != "", "calc "+string(q.Calc))
	add(q.Step != "", "step "+q.Step)
	add(q.Span > 0, "span")
	add(q.Versus, "versus")
	for _, h := range q.Having {
		add(true, "having "+h.Measure)
	}
	add(q.Ranked, "ranking")
	each("within", q.Within)
	add(q.CountRows, "count")
	add(q.TopShare, "top_share")
	add(q.Percent > 0, "percent")
	add(q.Subject != "", "subject "+q.Subject)
	add(q.Chart != "", "chart "+q.Chart)
	return out
}

// fits are the heads of the parts that each kind has a place for.
var fits = map[Kind]string{
	KindFigures: "measure group grain filter except part compare period except_period aggregate over calc step span versus having ranking within count top_share chart",
	KindList:    "subject group grain filter except period except_period chart", KindPareto: "measure group filter except period except_period count percent chart",
	KindAnomaly: "measure group grain filter except period except_period chart", KindVolatility: "measure group filter except period except_period ranking chart",
	KindSeasonality: "measure filter except period except_period chart", KindNew: "subject grain filter except period count chart", KindLost: "subject filter except period count chart",
	KindSet: "subject filter period but but_period count chart", KindWhy: "measure filter except period versus step chart",
	KindPeriod: "filter except", KindRefresh: "", KindMeaning: "subject", KindColumns: "",
}

// wellFormed stops what the SQL would leave out, or has no words for.
func wellFormed(q *Query, isDimension func(name string) bool) error {
	for _, part := range q.parts() {
		if head, _, _ := strings.Cut(part, " "); head != "kind" && !slices.Contains(strings.Fields(fits[q.Kind]), head) {
			return unfit("%s has no place for %s", q.Kind, part)
		}
	}
	series, grouped := slices.Contains(steps, q.Grain), len(q.Groups) > 0 || q.Grain != ""
	overTime := q.Calc == CalcCumulative || q.Calc == CalcMoving
	since := q.Calc == CalcGrowth || q.Calc == CalcDifference
	pivoted := q.Sides != nil || q.Versus && (since || len(q.Groups) > 0)
	customers := q.Subject == "customer" || q.Subject == "product"
	if q.Kind == KindList && isGrain(q.Subject) {
		q.Grain = q.Subject
	}
	for _, stop := range []struct {
		is  bool
		why string
	}{
		{q.Versus && (len(q.Periods) != 2 || q.Periods[0].To >= q.Periods[1].From), "two periods are compared, one after the other"},
		{q.Sides != nil && (q.Versus || !since && q.Calc != ""), "two values are compared, and nothing else"},
		{pivoted && q.Grain != "", "what is compared side by side is no series"},
		{(since || overTime || q.Kind == KindAnomaly) && q.Grain != "" && !series, "a series goes by month, quarter or year"},
		{since && !pivoted && (len(q.Within) > 0 || q.Versus), "a series of growth is ranked as one"},
		{pivoted && len(q.Within) > 0, "what is compared side by side is ranked as one"},
		{overTime && (q.Ranked || len(q.Having) > 0 || q.Versus), "a running figure is neither ranked nor cut"},
		{q.Ranked && !grouped && q.Kind == KindFigures, "a ranking of nothing"},
		{q.Limit > 0 && !q.Ranked, "a limit without a ranking"},
		{len(q.Within) > 0 && (!q.Ranked || len(q.Within) >= len(q.Groups)+boolInt(q.Grain != "")), "a ranking within all that is shown"},
		{slices.ContainsFunc(q.Within, func(name string) bool { return name != q.Grain && !slices.Contains(q.Groups, name) }), "a ranking within what is not shown"},
		{q.TopShare && (q.Calc != CalcShare || len(q.Groups) != 1 || q.Grain != "" || q.Limit == 0 || len(q.Numerator) > 0), "the share of a ranking is of one dimension, with a limit"},
		{len(q.Numerator) > 0 && q.Calc != CalcShare, "a part of a whole without a share"},
		{q.CountRows && q.Kind == KindFigures && (len(q.Having) == 0 || !grouped || q.Calc != "" || q.Versus || q.Sides != nil || q.Ranked), "only what passes a threshold is counted"},
		{q.CountRows && q.Kind == KindFigures && slices.ContainsFunc(q.Measures, func(m string) bool {
			return !slices.ContainsFunc(q.Having, func(h Threshold) bool { return h.Measure == m })
		}), "a figure beside a count"},
		{slices.ContainsFunc(q.Having, func(h Threshold) bool {
			return (h.Measure == string(CalcGrowth) || h.Measure == string(CalcDifference)) != since && isCalc(h.Measure)
		}), "a threshold on a growth that is not asked for"},
		{slices.ContainsFunc(q.Having, func(h Threshold) bool { return h.Percent && !isCalc(h.Measure) && q.Calc != CalcShare }), "a threshold in percent of nothing"},
		{q.Over != "" && (q.Aggregate == "" || slices.Contains(q.Groups, q.Over) || q.Grain == q.Over), "an average over what is shown"},
		{q.Aggregate != "" && (q.Sides != nil || q.Versus), "an average is not compared"},
		{q.Step != "" && (q.Versus || q.Sides != nil || !since && (q.Kind != KindWhy || q.Step != "year")), "a step without growth"},
		{q.Versus && q.Calc != "" && !since, "two periods are compared, and nothing else"},
		{q.Span > 0 && (q.Calc != CalcMoving || q.Span < 2), "a span without a moving average"},
		{q.Kind == KindPareto && (q.Percent == 0 || len(q.Groups) > 1), "a share of how many per cent, and of which things"},
		{(q.Kind == KindAnomaly || q.Kind == KindVolatility) && len(q.Groups) > 1, "more than one dimension"},
		{(q.Kind == KindNew || q.Kind == KindLost || q.Kind == KindSet) && !customers, "customers or products"},
		{q.Kind == KindNew && q.Grain != "" && (!series || !q.CountRows), "a list is no series"},
		{q.Kind == KindVolatility && q.Ranked && !grouped, "a ranking of nothing"},
		{q.Kind == KindSet && len(q.ButFilters)+len(q.ButPeriods) == 0, "a set that leaves nothing out"},
		{q.Kind == KindWhy && (len(q.Measures) > 1 || len(q.Measures) == 1 && q.Measures[0] != "revenue"), "only moves of revenue are explained"},
		{(q.Kind == KindList || q.Kind == KindMeaning) && q.Subject == "", "nothing is listed"},
		{q.Kind == KindList && (!isGrain(q.Subject) && q.Grain != "" || !isDimension(q.Subject)), "what is listed is a dimension"},
	} {
		if stop.is {
			return unfit("%s", stop.why)
		}
	}
	return nil
}

func isCalc(name string) bool { return name == string(CalcGrowth) || name == string(CalcDifference) }
