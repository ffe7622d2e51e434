package ask

import (
	"fmt"
	"slices"
	"strings"
)

// newcomers are those with their first sale in the period, or their number in each.
func (b *builder) newcomers() string {
	q := &b.q
	key, subject := b.key(q.Subject), q.Subject
	inner := []string{key + " as member", "min(date) as date"}
	if !q.CountRows {
		inner = append(inner, "min("+b.expr(subject)+") as "+subject)
	}
	var split []string
	for _, g := range q.Groups {
		if g != subject {
			split = append(split, g)
			inner = append(inner, "min("+b.expr(g)+") as "+g)
		}
	}
	head := "with firsts as (select " + strings.Join(inner, ", ") + b.from() + b.conditions(q.Filters, nil, nil) + " group by " + key + ")"
	where := ""
	if in := between("date", q.Periods); in != "" {
		where = " where " + in
	}
	if !q.CountRows {
		b.addDimension(subject)
		b.columns = append(b.columns, Column{Name: "first_month", Label: b.word("First month", "Premier mois"), Type: "date"})
		for _, g := range split {
			b.addDimension(g)
		}
		return head + " select " + strings.Join(append([]string{subject, "date as first_month"}, split...), ", ") + " from firsts" + where + " order by date, " + subject
	}
	name := "new_" + subject + "s"
	if q.Grain == "" {
		for _, g := range split {
			b.addDimension(g)
		}
		b.column(name, b.word("New", "Nouveaux"), "")
		sql := head + " select " + strings.Join(append(slices.Clone(split), "count(*) as "+name), ", ") + " from firsts" + where + groupBy(split)
		if len(split) > 0 {
			sql += " order by " + strings.Join(split, ", ")
		}
		return sql
	}
	expr := map[string]string{"month": "date", "quarter": "concat(year(date), '-Q', quarter(date))", "year": "year(date)"}[q.Grain]
	b.addDimension(q.Grain)
	for _, g := range split {
		b.addDimension(g)
	}
	b.column(name, b.word("New", "Nouveaux"), "")
	sql := head + " select " + strings.Join(append(append([]string{alias(expr, q.Grain)}, split...), "count(*) as "+name), ", ") + " from firsts" + where + groupBy(append([]string{expr}, split...))
	if q.Ranked {
		direction := " asc"
		if q.Descending {
			direction = " desc"
		}
		return sql + " order by " + name + direction + ", 1" + fmt.Sprintf(" limit %d", q.Limit)
	}
	return sql + " order by " + strings.Join(append([]string{"1"}, split...), ", ")
}

// lost are those with sales in the period before and none in the period.
func (b *builder) lost() string {
	q := b.q
	before := q.Periods[0].before()
	b.q.ButPeriods, b.q.Periods, b.q.ButFilters = q.Periods, []Period{before}, q.Filters
	return b.set()
}

// set is what has rows of some kinds and none of another, or a figure of those.
func (b *builder) set() string {
	q := &b.q
	key := b.key(q.Subject)
	b.columns = nil
	var holds []string
	for _, c := range q.All {
		holds = append(holds, key+" in (select "+key+b.from()+b.conditions(slices.Concat(q.Filters, c.Filters), slices.Concat(q.Periods, c.Periods), q.NotPeriods)+")")
	}
	if len(q.ButFilters)+len(q.ButPeriods) > 0 {
		holds = append(holds, key+" not in (select "+key+b.from()+b.conditions(q.ButFilters, q.ButPeriods, nil)+")")
	}
	if len(q.Measures) > 0 {
		return b.figureOfSet(key, holds)
	}
	where := b.conditions(q.Filters, q.Periods, q.NotPeriods, holds...)
	if q.CountRows {
		b.column(q.Subject+"_count", b.word("Number", "Nombre"), "")
		return "select count(distinct " + key + ") as " + q.Subject + "_count" + b.from() + where
	}
	return "select distinct " + b.addDimension(q.Subject) + b.from() + where + " order by " + q.Subject
}

// figureOfSet is a measure of all that the members of a set have in the period, ranked or together.
func (b *builder) figureOfSet(key string, holds []string) string {
	q := &b.q
	if len(q.Filters) > 0 && len(q.All) == 0 {
		holds = append([]string{key + " in (select " + key + b.from() + b.conditions(q.Filters, q.Periods, q.NotPeriods) + ")"}, holds...)
	}
	where := b.conditions(nil, q.Periods, q.NotPeriods, holds...)
	if !q.Ranked {
		return "select " + b.addMeasure(q.Measures[0]) + b.from() + where
	}
	direction := " desc"
	if !q.Descending {
		direction = " asc"
	}
	sql := "select " + b.addDimension(q.Subject) + ", " + b.addMeasure(q.Measures[0]) + b.from() + where + groupBy([]string{b.expr(q.Subject)}) +
		" order by " + measureColumn(q.Measures[0]) + direction + ", " + q.Subject
	if q.Limit > 0 {
		sql += fmt.Sprintf(" limit %d", q.Limit)
	}
	return sql
}

// setWords restates a set.
func (b *builder) setWords() string {
	q := &b.q
	words := fmt.Sprintf(b.word("Each %s with sales%s", "Chaque %s avec des ventes%s"), b.lower(q.Subject), bracket(b.scope(q.Filters, q.Periods, nil)))
	for _, c := range q.All {
		words += b.word(", and with any of ", ", et avec ") + b.scope(c.Filters, c.Periods, nil)
	}
	if len(q.ButFilters)+len(q.ButPeriods) > 0 {
		words += fmt.Sprintf(b.word(", but without any (%s)", ", mais sans aucune (%s)"), b.scope(q.ButFilters, q.ButPeriods, nil))
	}
	if len(q.Measures) > 0 {
		words = b.measures() + b.word(" of: ", " de : ") + words
	}
	return words
}
