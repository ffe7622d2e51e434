package ask

import (
	"fmt"
	"slices"
	"strings"
)

// key is what tells two things of a dimension apart: customers have codes.
func (b *builder) key(dimension string) string {
	if dimension == "customer" {
		return "customer_code"
	}
	return b.expr(dimension)
}

func (b *builder) list() string {
	q := &b.q
	dimensions := b.dimensions()
	if !slices.Contains(dimensions, q.Subject) {
		dimensions = append(dimensions, q.Subject)
	}
	var items []string
	for _, d := range dimensions {
		items = append(items, b.addDimension(d))
	}
	return "select distinct " + strings.Join(items, ", ") + b.from() + b.where() + " order by " + strings.Join(dimensions, ", ")
}

func (b *builder) pareto() string {
	q := &b.q
	subject := "product"
	if len(q.Groups) > 0 {
		subject = q.Groups[0]
	}
	b.q.Groups = []string{subject}
	measure := b.measure(q.Measures[0])
	column := measureColumn(q.Measures[0])
	head := "with totals as (select " + alias(b.expr(subject), subject) + ", " + measure + " as amount" + b.from() + b.where() + groupBy([]string{b.expr(subject)}) +
		"), running as (select " + subject + ", amount, sum(amount) over (order by amount desc, " + subject + ") as cumulative, sum(amount) over () as total from totals) "
	condition := fmt.Sprintf(" from running where cumulative - amount < %s * total", plainNumber(q.Percent/100))
	if q.CountRows {
		b.column(subject+"_count", b.word("Number", "Nombre"), "")
		return head + "select count(*) as " + subject + "_count, 100.0 * count(*) / (select count(*) from totals) as of_all_pct" + b.paretoColumn() + condition
	}
	b.addDimension(subject)
	b.column(column, b.measureLabelIn(q.Measures[0], b.language), b.unit(q.Measures[0]))
	b.column("cumulative_pct", b.word("Running share", "Part cumulée"), "%")
	return head + "select " + subject + ", amount as " + column + ", 100.0 * cumulative / total as cumulative_pct" + condition + " order by amount desc, " + subject
}

func (b *builder) paretoColumn() string {
	b.column("of_all_pct", b.word("Of all", "De tous"), "%")
	return ""
}

func (b *builder) anomaly() string {
	q := &b.q
	grain := q.Grain
	if grain == "" || len(q.Groups) > 0 && !isGrain(grain) {
		grain = "month"
	}
	q.Grain = grain
	measure, column := b.measure(q.Measures[0]), measureColumn(q.Measures[0])
	b.addDimension(grain)
	var names []string
	items := []string{b.expr(grain) + " as " + grain, "min(date) as starts"}
	groups := []string{b.expr(grain)}
	partition := ""
	for _, g := range q.Groups {
		b.addDimension(g)
		names = append(names, g)
		items, groups = append(items, alias(b.expr(g), g)), append(groups, b.expr(g))
	}
	if len(names) > 0 {
		partition = "partition by " + strings.Join(names, ", ")
	}
	b.column(column, b.measureLabelIn(q.Measures[0], b.language), b.unit(q.Measures[0]))
	b.column("z_score", "z", "")
	out := strings.Join(append([]string{grain}, names...), ", ")
	outer := between("starts", q.Periods)
	if outer != "" {
		outer = " and (" + outer + ")"
	}
	return "with series as (select " + strings.Join(items, ", ") + ", " + measure + " as amount" + b.from() + b.conditions(q.Filters, nil, q.NotPeriods) + groupBy(groups) +
		"), scored as (select " + out + ", starts, amount, " + ZScore("amount", partition) + " as z_score from series) select " + out +
		", amount as " + column + fmt.Sprintf(", z_score from scored where abs(z_score) > %d", Unusual) + outer + " order by starts, " + out
}

func (b *builder) volatility() string {
	q := &b.q
	measure := b.measure(q.Measures[0])
	var items, groups []string
	for _, g := range q.Groups {
		b.addDimension(g)
		items, groups = append(items, alias(b.expr(g), g)), append(groups, b.expr(g))
	}
	b.column("cv_pct", b.word("Coefficient of variation", "Coefficient de variation"), "%")
	sql := "with series as (select " + strings.Join(append(items, "date", measure+" as amount"), ", ") + b.from() + b.where() + groupBy(append(groups, "date")) + ") select " +
		strings.Join(append(slices.Clone(q.Groups), Variation("amount", "")+" as cv_pct"), ", ") + " from series" + groupBy(q.Groups)
	if len(q.Groups) == 0 {
		return sql
	}
	direction := " desc"
	if !q.Descending {
		direction = " asc"
	}
	sql += " order by cv_pct" + direction + " nulls last, " + strings.Join(q.Groups, ", ")
	if q.Limit > 0 {
		sql += fmt.Sprintf(" limit %d", q.Limit)
	}
	return sql
}

// seasonality is the average month of the year against the average month.
func (b *builder) seasonality() string {
	q := &b.q
	column := measureColumn(q.Measures[0])
	b.columns = append(b.columns, Column{Name: "month_name", Label: b.word("Month", "Mois"), Type: "text"})
	b.column("average_"+column, b.aggregateLabel("average")+" · "+b.measureLabelIn(q.Measures[0], b.language), b.unit(q.Measures[0]))
	b.column("index_pct", b.word("Of an average month", "D'un mois moyen"), "%")
	if len(q.Groups) > 0 {
		return b.seasonalityOfEach(column)
	}
	return "with series as (select date, month_name, " + b.measure(q.Measures[0]) + " as amount" + b.from() + b.where() + " group by date, month_name) select month_name, avg(amount) as average_" + column +
		", 100.0 * avg(amount) / (select avg(amount) from series) as index_pct from series group by month_name, month(date) order by month(date)"
}

// seasonalityOfEach is the same for each group, against the average month of the group.
func (b *builder) seasonalityOfEach(column string) string {
	q := &b.q
	columns := []Column{}
	var items, groups []string
	for _, g := range q.Groups {
		items, groups = append(items, alias(b.expr(g), g)), append(groups, b.expr(g))
		columns = append(columns, Column{Name: g, Label: b.dimensionLabelIn(g, b.language), Type: "text"})
	}
	b.columns = append(columns, b.columns...)
	names := strings.Join(q.Groups, ", ")
	return "with series as (select " + strings.Join(items, ", ") + ", date, month_name, " + b.measure(q.Measures[0]) + " as amount" + b.from() + b.where() + groupBy(append(groups, "date", "month_name")) +
		") select " + names + ", month_name, avg(amount) as average_" + column + ", 100.0 * avg(amount) / nullif(sum(sum(amount)) over (partition by " + names + ") / sum(count(*)) over (partition by " + names +
		"), 0) as index_pct from series group by " + names + ", month_name, month(date) order by " + names + ", month(date)"
}

// bridge explains the change between two periods: customers and products that came and went, then price, volume and mix
// of what was sold in both. The parts sum exactly: mix is what price and volume leave.
func (b *builder) bridge() string {
	q := &b.q
	b.columns = []Column{{Name: "effect", Label: b.word("Effect", "Effet"), Type: "text"}}
	b.column("amount_inr", b.word("Amount", "Montant"), "INR")
	before, after := within(q.Periods[:1]), within(q.Periods[1:])
	var steps, amounts []string
	for i, effect := range [][3]string{
		{"New customers", "Nouveaux clients", "new_customers"}, {"Lost customers", "Clients perdus", "lost_customers"},
		{"New products", "Nouveaux produits", "new_products"}, {"Lost products", "Produits perdus", "lost_products"},
		{"Price", "Prix", "price"}, {"Volume", "Volume", "volume"}, {"Mix", "Mix", "change - price - volume"}, {"Total change", "Variation totale", "total"},
	} {
		steps = append(steps, fmt.Sprintf("(%d, %s)", i+1, quote(b.word(effect[0], effect[1]))))
		amounts = append(amounts, fmt.Sprintf("when %d then %s", i+1, effect[2]))
	}
	return fmt.Sprintf(`with cells as (select customer_code, product_code, count(*) filter (where %[1]s) as rows_before, count(*) filter (where %[2]s) as rows_after`+
		`, coalesce(sum(sold_quantity) filter (where %[1]s), 0) as quantity_before, coalesce(sum(sold_quantity) filter (where %[2]s), 0) as quantity_after`+
		`, coalesce(sum(total_amount_inr) filter (where %[1]s), 0) as revenue_before, coalesce(sum(total_amount_inr) filter (where %[2]s), 0) as revenue_after%[3]s group by customer_code, product_code)`+
		`, marked as (select *, case when sum(rows_before) over (partition by customer_code) = 0 then 'new' when sum(rows_after) over (partition by customer_code) = 0 then 'lost' else 'kept' end as customers from cells)`+
		`, products as (select customers, product_code, sum(rows_before) > 0 as had, sum(rows_after) > 0 as has, sum(quantity_before) as quantity_before, sum(quantity_after) as quantity_after`+
		`, sum(revenue_before) as revenue_before, sum(revenue_after) as revenue_after from marked group by customers, product_code)`+
		`, totals as (select coalesce(sum(revenue_after) filter (where customers = 'new'), 0) as new_customers, -coalesce(sum(revenue_before) filter (where customers = 'lost'), 0) as lost_customers`+
		`, coalesce(sum(revenue_after) filter (where customers = 'kept' and not had), 0) as new_products, -coalesce(sum(revenue_before) filter (where customers = 'kept' and not has), 0) as lost_products`+
		`, coalesce(sum(revenue_after - revenue_before) filter (where customers = 'kept' and had and has), 0) as change`+
		`, coalesce(cast(sum(revenue_after - 1.0 * revenue_before / nullif(quantity_before, 0) * quantity_after) filter (where customers = 'kept' and had and has) as decimal(38, 2)), 0) as price`+
		`, coalesce(cast(sum(quantity_after - quantity_before) filter (where customers = 'kept' and had and has) * 1.0 * sum(revenue_before) filter (where customers = 'kept' and had and has)`+
		` / nullif(sum(quantity_before) filter (where customers = 'kept' and had and has), 0) as decimal(38, 2)), 0) as volume, sum(revenue_after) - sum(revenue_before) as total from products)`+
		` select effect, case step %[4]s end as amount_inr from totals cross join (values %[5]s) as steps(step, effect) order by step`,
		before, after, b.from()+b.conditions(q.Filters, q.Periods, q.NotPeriods), strings.Join(amounts, " "), strings.Join(steps, ", "))
}
