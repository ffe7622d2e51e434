package ask

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// holdsKnown holds that a drafted Query has exactly the values that the question names, its periods and its numbers. What a
// follow-up does not name is as it was.
func (p *parser) holdsKnown(known *skeleton, q *Query) error {
	before := Query{}
	if p.previous != nil {
		before = *p.previous
	}
	follows := p.previous != nil && (len(known.tokens) == 0 || !known.complete())
	shares := known.q.Calc == CalcShare
	drafted, named, kept := q.values(shares), known.q.values(shares), before.values(shares)
	for _, value := range inOrder(named) {
		if !drafted[value] {
			return unfit("%s %s is left out", value.dimension, value.value)
		}
	}
	for _, value := range inOrder(drafted) {
		if !named[value] && !kept[value] {
			return unfit("%s %s is not in the question", value.dimension, value.value)
		}
	}
	for _, value := range inOrder(kept) {
		again := func(v valueUse) bool { return v.dimension == value.dimension }
		if follows && !drafted[value] && !slices.ContainsFunc(slices.Collect(maps.Keys(named)), again) {
			return unfit("%s %s of the question before is left out", value.dimension, value.value)
		}
	}
	months, said, was := q.months(), known.q.months(), before.months()
	for _, month := range inOrder(said) {
		if !months[month] {
			return unfit("%s is left out", draftMonthText(month.month))
		}
	}
	for _, month := range inOrder(months) {
		if len(said) > 0 && !said[month] && !was[month] && !(q.Versus && (said[month.later(12)] || said[month.later(known.q.length())])) {
			return unfit("%s is not in the question", draftMonthText(month.month))
		}
	}
	for _, month := range inOrder(was) {
		if follows && len(said) == 0 && !months[month] {
			return unfit("%s of the question before is left out", draftMonthText(month.month))
		}
	}
	for _, number := range [][2]float64{{float64(known.q.Limit), float64(q.Limit)}, {float64(known.q.Span), float64(q.Span)}, {known.q.Percent, q.Percent}} {
		if number[0] > 0 && number[0] != number[1] {
			return unfit("%s is another number", plainNumber(number[0]))
		}
	}
	numbers := []float64{float64(q.Limit), float64(q.Span), q.Percent}
	for _, h := range q.Having {
		numbers = append(numbers, h.Value, h.And)
	}
	for _, t := range known.tokens {
		rising := t.Meaning == "bottom" || t.Meaning == "asc"
		switch {
		case t.Role == semantic.RoleNumber && !slices.Contains(numbers, t.number):
			return unfit("%s is left out", t.Text)
		case t.Role == semantic.RoleOrder && q.Ranked && q.Descending == rising && !isCalc(string(q.Calc)): // the biggest drop is the lowest growth
			return unfit("%s goes the other way", t.Text)
		case t.Role == semantic.RoleThreshold && len(q.Having) > 0 && !slices.ContainsFunc(q.Having, func(h Threshold) bool { return h.Op == t.Meaning }):
			return unfit("%s is another comparison", t.Text)
		}
	}
	if len(known.q.Having) > 0 {
		for i, h := range known.q.Having {
			if i >= len(q.Having) || q.Having[i].Op != h.Op || q.Having[i].Value != h.Value || q.Having[i].And != h.And {
				return unfit("a threshold of the question is another one in the draft")
			}
		}
	}
	return nil
}

// inOrder are the keys, so that the same draft is turned down with the same words.
func inOrder[K comparable](set map[K]bool) []K {
	return slices.SortedFunc(maps.Keys(set), func(a, b K) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
}

// valueUse is a value with what it does in a query.
type valueUse struct {
	dimension, value, use string
}

// values are those of all filters; the parts of a share are told from the whole if both are known to be meant.
func (q *Query) values(shares bool) map[valueUse]bool {
	out := map[valueUse]bool{}
	note := func(filters []Filter, use string) {
		for _, f := range filters {
			as := use
			if f.Negated {
				as = useExcept
			}
			for _, v := range f.Values {
				out[valueUse{f.Dimension, v, as}] = true
			}
		}
	}
	note(q.Filters, useKeep)
	note(q.ButFilters, useBut)
	if shares {
		note(q.Numerator, usePart)
	} else {
		note(q.Numerator, useKeep)
	}
	if q.Sides != nil {
		note([]Filter{*q.Sides}, useKeep)
	}
	return out
}

// monthUse is a month with what it does in a query.
type monthUse struct {
	month int
	use   string
}

func (m monthUse) later(months int) monthUse { return monthUse{m.month + months, m.use} }

func (q *Query) months() map[monthUse]bool {
	out := map[monthUse]bool{}
	note := func(periods []Period, use string) {
		for _, period := range periods {
			for month := period.From; month <= period.To; month++ {
				out[monthUse{month, use}] = true
			}
		}
	}
	note(q.Periods, useKeep)
	note(q.NotPeriods, useExcept)
	note(q.ButPeriods, useBut)
	return out
}

// length is the number of months of the one period, 0 if there is not one.
func (q *Query) length() int {
	if len(q.Periods) != 1 {
		return 0
	}
	return q.Periods[0].months()
}
