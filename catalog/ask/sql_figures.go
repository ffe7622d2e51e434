package ask

import (
	"fmt"
	"slices"
	"strings"
)

// figures are measures by groups and time, with shares and running totals.
func (b *builder) figures() string {
	q := &b.q
	if q.Versus && q.Grain == "" {
		if grain := q.Periods[0].grain(); grain != "" && grain == q.Periods[1].grain() {
			q.Grain = grain
		}
	}
	dimensions := b.dimensions()
	groups := b.exprs(dimensions)
	var items, order []string
	for _, d := range dimensions {
		items = append(items, b.addDimension(d))
		order = append(order, d)
	}
	if q.Versus && q.Grain == "" {
		cases := "case"
		for _, p := range q.Periods {
			cases += " when " + within([]Period{p}) + " then " + quote(b.labelIn(p, b.language))
		}
		cases += " end"
		b.columns = append(b.columns, Column{Name: "period", Label: b.word("Period", "Période"), Type: "text"})
		items, groups, order = append(items, cases+" as period"), append(groups, cases), append(order, "min(date)")
	}
	main := b.measure(q.Measures[0])
	by := main
	where := b.where()
	if q.Fixed != nil {
		where = b.conditions(q.Filters, q.Periods, q.NotPeriods, b.fixed())
	}
	if len(q.Parts) > 0 {
		cases := b.parts()
		items, groups, order = append([]string{cases + " as part"}, items...), append([]string{cases}, groups...), append([]string{"part"}, order...)
	}
	switch {
	case q.Calc == CalcCumulative:
		over := "sum(" + main + ") over ("
		if len(q.Groups) > 0 {
			over += "partition by " + strings.Join(b.exprs(q.Groups), ", ") + " "
		}
		items = append(items, b.addMeasure(q.Measures[0]), over+"order by "+b.expr(q.Grain)+") as cumulative_"+measureColumn(q.Measures[0]))
		b.column("cumulative_"+measureColumn(q.Measures[0]), b.word("Running total", "Cumul"), b.unit(q.Measures[0]))
	case q.Calc == CalcShare && len(q.Numerator) > 0:
		part := main + " filter (where " + strings.TrimPrefix(b.conditions(q.Numerator, nil, nil), " where ") + ")"
		items = append(items, "100.0 * "+part+" / nullif("+main+", 0) as share_pct")
		b.column("share_pct", b.word("Share", "Part"), "%")
		by = "share_pct"
	default:
		for _, m := range q.Measures {
			items = append(items, b.addMeasure(m))
		}
	}
	share := ""
	if q.Calc == CalcShare && len(q.Numerator) == 0 {
		var partition []string
		for _, w := range dimensions {
			if slices.Contains(q.Within, w) || w == q.Grain && len(q.Groups) > 0 {
				partition = append(partition, b.expr(w))
			}
		}
		over := "over ()"
		if len(partition) > 0 {
			over = "over (partition by " + strings.Join(partition, ", ") + ")"
		}
		share = "100.0 * " + main + " / nullif(sum(" + main + ") " + over + ", 0)"
		if !b.additive(q.Measures[0]) { // of all there are, not of the sum
			share = "100.0 * " + main + " / nullif((select " + main + b.from() + b.where() + "), 0)"
		}
		items = append(items, share+" as share_pct")
		b.column("share_pct", b.word("Share", "Part"), "%")
	}
	if q.Calc == "" && slices.ContainsFunc(q.Having, func(h Threshold) bool { return h.Percent }) {
		share = "100.0 * " + main + " / nullif(sum(" + main + ") over (), 0)"
		items = append(items, share+" as share_pct")
		b.column("share_pct", b.word("Share", "Part"), "%")
	}
	sql := "select " + strings.Join(items, ", ") + b.from() + where + groupBy(groups)
	var having, qualify []string
	for _, h := range q.Having {
		switch {
		case h.Percent:
			if share == "" {
				share = "100.0 * " + main + " / nullif(sum(" + main + ") over (), 0)"
			}
			qualify = append(qualify, h.sql(share))
		case q.Calc == CalcShare:
			qualify = append(qualify, h.sql(b.measure(h.Measure)))
		default:
			having = append(having, h.sql(b.measure(h.Measure)))
		}
	}
	direction := " desc"
	if !q.Descending {
		direction = " asc"
	}
	if q.Ranked && len(q.Within) > 0 && q.Limit > 0 {
		qualify = append(qualify, fmt.Sprintf("rank() over (partition by %s order by %s%s) %s", strings.Join(b.exprs(q.Within), ", "), by, direction, rankIs(q)))
	}
	if len(having) > 0 {
		sql += " having " + strings.Join(having, " and ")
	}
	if len(qualify) > 0 {
		sql += " qualify " + strings.Join(qualify, " and ")
	}
	measure := measureColumn(q.Measures[0])
	if by == "share_pct" {
		measure = by
	}
	switch {
	case q.Ranked && len(q.Within) > 0:
		sql += " order by " + strings.Join(append(slices.Clone(q.Within), measure+direction), ", ")
	case q.Ranked:
		sql += " order by " + strings.Join(append([]string{measure + direction}, order...), ", ")
		if q.Limit > 0 {
			sql += fmt.Sprintf(" limit %d", q.Limit)
		}
		if q.Offset > 0 {
			sql += fmt.Sprintf(" offset %d", q.Offset)
		}
	case len(order) > 0 && share != "" && q.Grain == "":
		sql += " order by " + strings.Join(append([]string{"share_pct desc"}, order...), ", ")
	case len(order) > 0:
		sql += " order by " + strings.Join(order, ", ")
	}
	return sql
}

// aggregate is the average, median, lowest or highest of totals.
func (b *builder) aggregate() string {
	q := &b.q
	functions := map[string]string{"average": "avg", "median": "median", "minimum": "min", "maximum": "max"}
	dimensions := b.dimensions()
	over := q.Over
	names := append([]string{q.Aggregate}, q.MoreAggregates...)
	var inner, items []string
	for _, d := range dimensions {
		inner = append(inner, alias(b.expr(d), d))
		items = append(items, d)
		b.addDimension(d)
	}
	groups := append(b.exprs(dimensions), b.expr(over))
	for _, m := range q.Measures {
		inner = append(inner, b.measure(m)+" as "+measureColumn(m))
		for _, aggregate := range names {
			name := aggregate + "_" + measureColumn(m)
			items = append(items, functions[aggregate]+"("+measureColumn(m)+") as "+name)
			b.column(name, b.aggregateLabel(aggregate)+" · "+b.measureLabelIn(m, b.language), b.unit(m))
		}
	}
	sql := "with totals as (select " + strings.Join(inner, ", ") + b.from() + b.where() + groupBy(groups) + ") select " + strings.Join(items, ", ") + " from totals" + groupBy(dimensions)
	if len(dimensions) > 0 {
		sql += " order by " + strings.Join(dimensions, ", ")
	}
	return sql
}

func (b *builder) aggregateLabel(name string) string {
	labels := map[string][2]string{"average": {"Average", "Moyenne"}, "median": {"Median", "Médiane"}, "minimum": {"Lowest", "Minimum"}, "maximum": {"Highest", "Maximum"}}
	return b.word(labels[name][0], labels[name][1])
}

// moving is the average of a period and those before it, those outside of what is shown included.
func (b *builder) moving() string {
	q := &b.q
	measure, column := b.measure(q.Measures[0]), measureColumn(q.Measures[0])
	var items, groups, names []string
	for _, g := range q.Groups {
		items, groups, names = append(items, alias(b.expr(g), g)), append(groups, b.expr(g)), append(names, g)
	}
	partition := ""
	if len(names) > 0 {
		partition = "partition by " + strings.Join(names, ", ") + " "
	}
	b.addDimension(q.Grain)
	for _, g := range q.Groups {
		b.addDimension(g)
	}
	b.column(column, b.measureLabelIn(q.Measures[0], b.language), b.unit(q.Measures[0]))
	b.column("moving_average", fmt.Sprintf(b.word("Moving average over %d", "Moyenne mobile sur %d"), q.Span), b.unit(q.Measures[0]))
	out := append([]string{q.Grain}, names...)
	sql := "with series as (select " + strings.Join(append(items, "min(date) as starts", b.expr(q.Grain)+" as "+q.Grain, measure+" as "+column), ", ") + b.from() + b.conditions(q.Filters, nil, q.NotPeriods) +
		groupBy(append(groups, b.expr(q.Grain))) + "), averaged as (select " + strings.Join(append(slices.Clone(out), "starts", column,
		fmt.Sprintf("avg(%s) over (%sorder by starts rows between %d preceding and current row) as moving_average", column, partition, q.Span-1)), ", ") + " from series) select " +
		strings.Join(append(slices.Clone(out), column, "moving_average"), ", ") + " from averaged"
	if in := between("starts", q.Periods); in != "" {
		sql += " where " + in
	}
	return sql + " order by " + strings.Join(append([]string{"starts"}, names...), ", ")
}
