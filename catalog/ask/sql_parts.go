package ask

import (
	"fmt"
	"slices"
	"strings"
)

// fixed is the condition that a thing is among the first of the whole.
func (b *builder) fixed() string {
	q := &b.q
	expr, direction := b.expr(q.Fixed.Dimension), " desc"
	if !q.Fixed.Descending {
		direction = " asc"
	}
	return fmt.Sprintf("%s in (select %s%s%s%s order by %s%s, %s limit %d)", expr, expr, b.from(), b.where(), groupBy([]string{expr}), b.measure(q.Measures[0]), direction, expr, q.Fixed.Limit)
}

// parts is the name of the part that a row belongs to.
func (b *builder) parts() string {
	b.columns = append([]Column{{Name: "part", Label: b.dimensionLabelIn(b.q.Parts[0].Dimension, b.language), Type: "text"}}, b.columns...)
	cases := "case"
	for _, part := range b.q.Parts {
		cases += " when " + b.filter(part) + " then " + quote(part.Name)
	}
	return cases + " end"
}

// rankIs is the condition on a rank: the first so many, or the second alone.
func rankIs(q *Query) string {
	if q.Offset > 0 {
		return fmt.Sprintf("= %d", q.Offset+1)
	}
	return fmt.Sprintf("<= %d", q.Limit)
}

// topShare is what the first of a ranking make of the whole, together.
func (b *builder) topShare() string {
	q := &b.q
	subject := q.Groups[0]
	direction := " desc"
	if !q.Descending {
		direction = " asc"
	}
	measure := b.measure(q.Measures[0])
	b.column("share_pct", b.word("Share", "Part"), "%")
	b.column(measureColumn(q.Measures[0]), b.measureLabelIn(q.Measures[0], b.language), b.unit(q.Measures[0]))
	return fmt.Sprintf("with ranked as (select %s, %s as amount, sum(%s) over () as total%s%s%s order by amount%s, %s limit %d) select 100.0 * sum(amount) / max(total) as share_pct, sum(amount) as %s from ranked",
		alias(b.expr(subject), subject), measure, measure, b.from(), b.where(), groupBy([]string{b.expr(subject)}), direction, subject, q.Limit, measureColumn(q.Measures[0]))
}

// countGroups is the number of groups that pass the thresholds.
func (b *builder) countGroups() string {
	q := &b.q
	dimensions := b.dimensions()
	subject := dimensions[len(dimensions)-1]
	outer := dimensions[:len(dimensions)-1]
	var having []string
	for _, h := range q.Having {
		having = append(having, h.sql(b.measure(h.Measure)))
	}
	var items []string
	for _, d := range dimensions {
		items = append(items, alias(b.expr(d), d))
	}
	inner := "select " + strings.Join(items, ", ") + b.from() + b.where() + groupBy(b.exprs(dimensions))
	if len(having) > 0 {
		inner += " having " + strings.Join(having, " and ")
	}
	for _, d := range outer {
		b.addDimension(d)
	}
	name := subject + "_count"
	b.column(name, b.word("Number", "Nombre"), "")
	sql := "select " + strings.Join(append(slices.Clone(outer), "count(*) as "+name), ", ") + " from (" + inner + ") as counted" + groupBy(outer)
	if len(outer) > 0 {
		sql += " order by " + strings.Join(outer, ", ")
	}
	return sql
}
