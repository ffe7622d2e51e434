package ask

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// amountName is the name inside of the SQL of what the i-th measure comes to.
func amountName(i int) string {
	if i == 0 {
		return "amount"
	}
	return fmt.Sprintf("amount_%d", i+1)
}

// amounts are the measures under those names.
func (b *builder) amounts() []string {
	var out []string
	for i, m := range b.q.Measures {
		out = append(out, b.measure(m)+" as "+amountName(i))
	}
	return out
}

// prefix tells the change of the second measure and those after it from that of the first.
func (b *builder) prefix(i int) string {
	if i == 0 {
		return ""
	}
	return measureColumn(b.q.Measures[i]) + "_"
}

// moved is the label of a change, with the measure's where there are several.
func (b *builder) moved(i int, en, fr string) string {
	label := b.word(en, fr)
	if len(b.q.Measures) > 1 {
		label += " · " + b.measureLabelIn(b.q.Measures[i], b.language)
	}
	return label
}

// growthSeries compares each period of a series with the real one before it, inside or outside of what is shown.
func (b *builder) growthSeries() string {
	q := &b.q
	start := map[string]string{"month": "date", "quarter": "date_trunc('quarter', date)", "year": "date_trunc('year', date)"}[q.Grain]
	interval := map[string]string{"month": "interval 1 month", "quarter": "interval 3 month", "year": "interval 1 year"}[q.Step]
	items, groups, join, order := []string{}, []string{}, "", []string{}
	for _, g := range q.Groups {
		items = append(items, alias(b.expr(g), g))
		groups = append(groups, b.expr(g))
		join += " and earlier." + g + " is not distinct from series." + g
	}
	series := "with series as (select " + strings.Join(append(items, "cast("+start+" as date) as starts, "+b.expr(q.Grain)+" as period, "+strings.Join(b.amounts(), ", ")), ", ") + b.from() +
		b.conditions(q.Filters, nil, q.NotPeriods) + groupBy(append(groups, "cast("+start+" as date)", b.expr(q.Grain))) + ")"
	b.addDimension(q.Grain)
	out := []string{"series.period as " + q.Grain}
	order = append(order, "series.starts")
	for _, g := range q.Groups {
		b.addDimension(g)
		out = append(out, "series."+g)
		order = append(order, "series."+g)
	}
	for i, m := range q.Measures {
		amount, prefix, label := amountName(i), b.prefix(i), b.measureLabelIn(m, b.language)
		out = append(out, "series."+amount+" as "+measureColumn(m))
		b.column(measureColumn(m), label, b.unit(m))
		if q.Calc == CalcDifference {
			out = append(out, "series."+amount+" - earlier."+amount+" as "+prefix+"difference")
			b.column(prefix+"difference", b.moved(i, "Difference", "Écart"), b.unit(m))
		}
		out = append(out, "100.0 * (series."+amount+" / nullif(earlier."+amount+", 0) - 1) as "+prefix+"growth_pct")
		b.column(prefix+"growth_pct", b.moved(i, "Growth", "Croissance"), "%")
	}
	where := ""
	if in := between("series.starts", q.Periods); in != "" {
		where = " where (" + in + ")"
	}
	for _, h := range q.Having {
		expr := "series.amount"
		if h.Measure == string(CalcGrowth) || h.Percent {
			expr = "100.0 * (series.amount / nullif(earlier.amount, 0) - 1)"
		}
		if where == "" {
			where = " where "
		} else {
			where += " and "
		}
		where += h.sql(expr)
	}
	sql := series + " select " + strings.Join(out, ", ") + " from series left join series as earlier on earlier.starts = cast(series.starts - " + interval + " as date)" + join + where
	if q.Ranked {
		by := "growth_pct"
		if q.Calc == CalcDifference {
			by = "difference"
		}
		direction := " desc"
		if !q.Descending {
			direction = " asc"
		}
		order = append([]string{by + direction + " nulls last"}, order...)
	}
	sql += " order by " + strings.Join(order, ", ")
	if q.Ranked && q.Limit > 0 {
		sql += fmt.Sprintf(" limit %d", q.Limit)
	}
	return sql
}

// pivot puts two periods side by side, with what changed.
func (b *builder) pivot() string {
	q := &b.q
	dimensions := q.Groups
	side := func(name string, filters []Filter, periods []Period) string {
		var items []string
		for _, d := range dimensions {
			items = append(items, alias(b.expr(d), d))
		}
		return name + " as (select " + strings.Join(append(items, b.amounts()...), ", ") + b.from() + b.conditions(filters, periods, q.NotPeriods) + groupBy(b.exprs(dimensions)) + ")"
	}
	var items []string
	for _, d := range dimensions {
		b.addDimension(d)
		items = append(items, d)
	}
	var suffixes, labels []string
	var earlier, later string
	if q.Sides != nil {
		second, first := q.Sides.Values[1], q.Sides.Values[0]
		suffixes, labels = []string{"second", "first"}, []string{second, first}
		earlier = side("earlier", append(slices.Clone(q.Filters), Filter{Dimension: q.Sides.Dimension, Values: []string{second}}), q.Periods)
		later = side("later", append(slices.Clone(q.Filters), Filter{Dimension: q.Sides.Dimension, Values: []string{first}}), q.Periods)
	} else {
		for _, period := range q.Periods {
			suffixes, labels = append(suffixes, periodName(period)), append(labels, b.labelIn(period, b.language))
		}
		earlier, later = side("earlier", q.Filters, q.Periods[:1]), side("later", q.Filters, q.Periods[1:])
	}
	difference := func(i int) string {
		amount := amountName(i)
		if len(dimensions) > 0 && b.additive(q.Measures[i]) { // what came or went counts too
			return "coalesce(later." + amount + ", 0) - coalesce(earlier." + amount + ", 0)"
		}
		return "later." + amount + " - earlier." + amount
	}
	growth := func(amount string) string {
		return "100.0 * (later." + amount + " / nullif(earlier." + amount + ", 0) - 1)"
	}
	for i, m := range q.Measures {
		amount, prefix := amountName(i), b.prefix(i)
		for k, from := range []string{"earlier.", "later."} {
			name := measureColumn(m) + "_" + suffixes[k]
			items = append(items, from+amount+" as "+name)
			b.column(name, b.measureLabelIn(m, b.language)+" "+labels[k], b.unit(m))
		}
		items = append(items, difference(i)+" as "+prefix+"difference", growth(amount)+" as "+prefix+"growth_pct")
		b.column(prefix+"difference", b.moved(i, "Difference", "Écart"), b.unit(m))
		b.column(prefix+"growth_pct", b.moved(i, "Growth", "Croissance"), "%")
	}
	join := " cross join later"
	if len(dimensions) > 0 {
		join = " full join later using (" + strings.Join(dimensions, ", ") + ")"
	}
	sql := "with " + earlier + ", " + later + " select " + strings.Join(items, ", ") + " from earlier" + join
	var where []string
	for _, h := range q.Having {
		expr := "later." + amountName(max(0, slices.Index(q.Measures, h.Measure)))
		switch {
		case h.Measure == string(CalcGrowth) || h.Percent:
			expr = growth("amount")
		case h.Measure == string(CalcDifference):
			expr = difference(0)
		}
		where = append(where, h.sql(expr))
	}
	if len(where) > 0 {
		sql += " where " + strings.Join(where, " and ")
	}
	switch {
	case q.Ranked:
		by := "growth_pct"
		if q.Calc == CalcDifference {
			by = "difference"
		}
		if q.Calc == "" {
			by = measureColumn(q.Measures[0]) + "_" + suffixes[1]
		}
		direction := " desc"
		if !q.Descending {
			direction = " asc"
		}
		sql += " order by " + strings.Join(append([]string{by + direction + " nulls last"}, dimensions...), ", ")
		if q.Limit > 0 {
			sql += fmt.Sprintf(" limit %d", q.Limit)
		}
	case len(dimensions) > 0:
		sql += " order by " + strings.Join(dimensions, ", ")
	}
	return sql
}

func periodName(p Period) string {
	switch p.grain() {
	case "year":
		return strconv.Itoa(p.From / 12)
	case "quarter":
		return fmt.Sprintf("%d_q%d", p.From/12, p.From%12/3+1)
	case "month":
		return fmt.Sprintf("%d_%02d", p.From/12, p.From%12+1)
	}
	return fmt.Sprintf("%d_%02d_to_%d_%02d", p.From/12, p.From%12+1, p.To/12, p.To%12+1)
}
