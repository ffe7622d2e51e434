package dashboard

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/ask"
)

// ranking is measures by dimensions, the first measure's highest or lowest first.
func (b *builder) ranking() draft {
	main := b.Measures[0]
	d := draft{chart: Chart{X: b.By[0], Y: []string{main}}}
	if b.Growth && b.before != nil {
		d.sql = b.comparedRanking(main)
		d.finish = func(result *Result) { result.Compared = b.comparison(b.language) }
		return d
	}
	var items []string
	for _, name := range b.By {
		items = append(items, b.dimension(name))
	}
	for i, name := range b.Measures {
		items = append(items, b.measure(name))
		if i == 0 && b.Share {
			items = append(items, b.share(b.model.Measure(main).Expr))
		}
	}
	d.sql = "select " + strings.Join(items, ", ") + b.from() + b.where() + " group by " + b.exprs(b.By) + b.order(main, b.By)
	return d
}

// share notes the column of an amount's share of all rows, and returns its select item.
func (b *builder) share(amount string) string {
	b.figure("share_pct", "Share", "Part", "%")
	return "100.0 * " + amount + " / nullif(sum(" + amount + ") over (), 0) as share_pct"
}

// comparedRanking has the first measure of the period before beside it. What sold nothing in the selection is no row.
func (b *builder) comparedRanking(main string) string {
	var inner, out []string
	for _, name := range b.By {
		inner, out = append(inner, b.dimension(name)), append(out, name)
	}
	inner = append(inner, "part")
	pick := func(measure, part string) string {
		return fmt.Sprintf("max(%s) filter (where part = '%s')", measure, part)
	}
	for i, name := range b.Measures {
		inner = append(inner, b.measure(name))
		shown := pick(name, b.shown())
		out = append(out, shown+" as "+name)
		if i == 0 && b.Share {
			out = append(out, b.share(shown))
		}
	}
	now, before := pick(main, partNow), pick(main, partBefore)
	m, c := b.model.Measure(main), b.comparison(b.language)
	period := func(column, period string) {
		label := m.Label(b.language) + ", " + period
		b.figure(column, label, label, m.Unit)
	}
	if !b.chosen {
		out = append(out, now+" as "+main+"_now")
		period(main+"_now", c.Now)
	}
	period(main+"_before", c.Before)
	out = append(out, before+" as "+main+"_before", change(now, before)+" as growth_pct")
	b.figure("growth_pct", "Growth", "Croissance", "%")
	return "with sales as (select " + strings.Join(inner, ", ") + b.from() + b.parts(b.scope) + " group by " + b.exprs(b.By) + ", part) select " + strings.Join(out, ", ") +
		" from sales group by " + strings.Join(b.By, ", ") + fmt.Sprintf(" having count(*) filter (where part = '%s') > 0", b.shown()) + b.order(main, b.By)
}

// scatter is two or three measures of a dimension's values.
func (b *builder) scatter() draft {
	items := []string{b.dimension(b.By[0])}
	for _, name := range b.Measures {
		items = append(items, b.measure(name))
	}
	d := draft{chart: Chart{Label: b.By[0], X: b.Measures[0], Y: []string{b.Measures[1]}}}
	size := b.Measures[len(b.Measures)-1]
	if len(b.Measures) > 2 {
		d.chart.Size = size
	}
	d.sql = "select " + strings.Join(items, ", ") + b.from() + b.where() + " group by " + b.exprs(b.By) + " order by " + size + " desc nulls last, " + b.By[0]
	return d
}

// Of a concentration.
const (
	firstOnes  = 10  // whose share is shown
	mostOfIt   = 80  // percent that the largest are counted for
	hhiOfWhole = 100 // shares are in percent, so that one alone makes 10,000
)

// concentration is a row for each dimension: how much hangs on its largest values. The largest that make 80 % are counted by
// the rule of ask: those before which less than that was reached.
func (b *builder) concentration() draft {
	measure := b.model.Measure(b.Measures[0])
	var kinds, sets, names, order []string
	for i, name := range b.By {
		d := b.model.Dimension(name)
		kinds = append(kinds, fmt.Sprintf("when grouping(%s) = 0 then %s", d.Expr, quote(d.Label(b.language))))
		sets, names = append(sets, "("+d.Expr+")"), append(names, "cast("+d.Expr+" as varchar)")
		order = append(order, fmt.Sprintf("when grouping(%s) = 0 then %d", d.Expr, i))
	}
	name := names[0]
	if len(names) > 1 {
		name = "coalesce(" + strings.Join(names, ", ") + ")"
	}
	b.column(ask.Column{Name: "dimension", Label: say(b.language, "By", "Par"), Type: "text"}, "")
	b.figure("members", "Number", "Nombre", "")
	b.column(ask.Column{Name: "largest", Label: say(b.language, "Largest", "Premier"), Type: "text"}, "")
	b.figure("largest_pct", "Share of the largest", "Part du premier", "%")
	b.figure("first_10_pct", fmt.Sprintf("Share of the first %d", firstOnes), fmt.Sprintf("Part des %d premiers", firstOnes), "%")
	b.figure("make_80", fmt.Sprintf("How many make %d %%", mostOfIt), fmt.Sprintf("Combien font %d %%", mostOfIt), "")
	b.figure("make_80_pct", "Of all", "De tous", "%")
	b.figure("hhi", "Concentration (HHI, 0 to 10,000)", "Concentration (HHI, de 0 à 10 000)", "")
	sql := "with totals as (select case " + strings.Join(order, " ") + " end as place, case " + strings.Join(kinds, " ") + " end as dimension, " + name + " as name, " + measure.Expr + " as amount" +
		b.from() + b.where() + " group by grouping sets (" + strings.Join(sets, ", ") + "))" +
		", ranked as (select *, row_number() over (partition by place order by amount desc nulls last, name) as nth, sum(amount) over (partition by place) as total" +
		", sum(amount) over (partition by place order by amount desc nulls last, name rows between unbounded preceding and current row) as running from totals)" +
		" select dimension, count(*) as members, max(name) filter (where nth = 1) as largest, 100.0 * max(amount) filter (where nth = 1) / nullif(max(total), 0) as largest_pct" +
		fmt.Sprintf(", 100.0 * sum(amount) filter (where nth <= %d) / nullif(max(total), 0) as first_10_pct", firstOnes) +
		fmt.Sprintf(", count(*) filter (where running - amount < 0.%[1]d * total) as make_80, 100.0 * count(*) filter (where running - amount < 0.%[1]d * total) / count(*) as make_80_pct", mostOfIt) +
		fmt.Sprintf(", sum(power(%d.0 * amount / nullif(total, 0), 2)) as hhi from ranked group by place, dimension order by place", hhiOfWhole)
	return draft{sql: sql, chart: Chart{X: "dimension", Y: []string{"largest_pct", "first_10_pct"}}}
}

// variation is how much the months of a dimension's values differ from their mean.
func (b *builder) variation() draft {
	items := []string{b.dimension(b.By[0])}
	b.figure("variation_pct", "Coefficient of variation", "Coefficient de variation", "%")
	items = append(items, "date", b.model.Measure(b.Measures[0]).Expr+" as amount")
	sql := "with series as (select " + strings.Join(items, ", ") + b.from() + b.where() + " group by " + b.exprs(b.By) + ", date) select " + b.By[0] + ", " + ask.Variation("amount", "") +
		" as variation_pct from series group by " + b.By[0] + b.order("variation_pct", slices.Clone(b.By))
	return draft{sql: sql, chart: Chart{X: b.By[0], Y: []string{"variation_pct"}}}
}
