package ask

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// Column is a column of an answer.
type Column struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	Type  string `json:"type"` // text, number, date
	Unit  string `json:"unit"`
}

// builder writes the SQL of a query.
type builder struct {
	*Engine
	language string
	q        Query
	columns  []Column
}

func quote(text string) string { return semantic.Quote(text) }

// between is the condition that a date lies in one of the periods; "" for none.
func between(column string, periods []Period) string {
	var all []string
	for _, p := range periods {
		all = append(all, fmt.Sprintf("%s between %s and %s", column, monthDate(p.From), monthDate(p.To)))
	}
	return strings.Join(all, " or ")
}

func monthDate(month int) string { return fmt.Sprintf("date '%04d-%02d-01'", month/12, month%12+1) }

// within is the condition that a row's month lies in one of the periods, in the view's own columns where they say it.
func within(periods []Period) string {
	byGrain := map[string][]string{}
	var ranges []string
	for _, p := range periods {
		switch grain := p.grain(); {
		case grain == "year":
			byGrain[grain] = append(byGrain[grain], strconv.Itoa(p.From/12))
		case grain == "quarter":
			byGrain[grain] = append(byGrain[grain], quote(fmt.Sprintf("%d-Q%d", p.From/12, p.From%12/3+1)))
		case grain == "month":
			byGrain[grain] = append(byGrain[grain], monthDate(p.From))
		default:
			ranges = append(ranges, fmt.Sprintf("date between %s and %s", monthDate(p.From), monthDate(p.To)))
		}
	}
	for _, c := range [][2]string{{"year", "year"}, {"quarter", "year_quarter"}, {"month", "date"}} {
		switch list := byGrain[c[0]]; len(list) {
		case 0:
		case 1:
			ranges = append(ranges, c[1]+" = "+list[0])
		default:
			ranges = append(ranges, c[1]+" in ("+strings.Join(list, ", ")+")")
		}
	}
	if len(ranges) == 1 {
		return ranges[0]
	}
	return "(" + strings.Join(ranges, " or ") + ")"
}

func (b *builder) filter(f Filter) string {
	return semantic.Condition(b.expr(f.Dimension), f.Values, f.Negated)
}

func (b *builder) conditions(filters []Filter, periods, not []Period, more ...string) string {
	var all []string
	if b.Model.Filter != "" {
		all = append(all, "("+b.Model.Filter+")")
	}
	for _, f := range filters {
		all = append(all, b.filter(f))
	}
	if len(periods) > 0 {
		all = append(all, within(periods))
	}
	if len(not) > 0 {
		all = append(all, "not "+parens(within(not)))
	}
	for _, m := range more {
		if m != "" {
			all = append(all, m)
		}
	}
	if len(all) == 0 {
		return ""
	}
	return " where " + strings.Join(all, " and ")
}

func parens(condition string) string {
	if strings.HasPrefix(condition, "(") {
		return condition
	}
	return "(" + condition + ")"
}

func (b *builder) from() string { return " from " + b.Model.Source }

func (b *builder) where() string { return b.conditions(b.q.Filters, b.q.Periods, b.q.NotPeriods) }

// expr is the SQL of a dimension.
func (b *builder) expr(dimension string) string {
	if d := b.Model.Dimension(dimension); d != nil {
		return d.Expr
	}
	return dimension
}

// measure is the SQL of a measure.
func (b *builder) measure(name string) string {
	if dimension, ok := strings.CutPrefix(name, countPrefix); ok {
		return "count(distinct " + b.expr(dimension) + ")"
	}
	if m := b.Model.Measure(name); m != nil {
		return m.Expr
	}
	return name
}

func measureColumn(name string) string {
	if dimension, ok := strings.CutPrefix(name, countPrefix); ok {
		return dimension + "_count"
	}
	return name
}

// addDimension notes the column of a dimension, and returns its select item.
func (b *builder) addDimension(name string) string {
	kind := "text"
	switch name {
	case "month":
		kind = "date"
	case "year", "month_of_year":
		kind = "number"
	}
	b.columns = append(b.columns, Column{Name: name, Label: b.dimensionLabelIn(name, b.language), Type: kind})
	return alias(b.expr(name), name)
}

func alias(expr, name string) string {
	if expr == name {
		return name
	}
	return expr + " as " + name
}

func (b *builder) addMeasure(name string) string {
	b.column(measureColumn(name), b.measureLabelIn(name, b.language), b.unit(name))
	return b.measure(name) + " as " + measureColumn(name)
}

func (b *builder) column(name, label, unit string) {
	b.columns = append(b.columns, Column{Name: name, Label: label, Type: "number", Unit: unit})
}

func (b *builder) unit(measure string) string {
	if m := b.Model.Measure(measure); m != nil {
		return m.Unit
	}
	return ""
}

func (b *builder) word(en, fr string) string {
	if b.language == french {
		return fr
	}
	return en
}

// dimensions are the groups with the time among them, in the order they are shown: what ranking is within first, then time.
func (b *builder) dimensions() []string {
	out := slices.Clone(b.q.Within)
	if b.q.Grain != "" && !slices.Contains(out, b.q.Grain) {
		out = append(out, b.q.Grain)
	}
	for _, g := range b.q.Groups {
		if !slices.Contains(out, g) {
			out = append(out, g)
		}
	}
	return out
}

func (b *builder) exprs(dimensions []string) []string {
	var out []string
	for _, d := range dimensions {
		out = append(out, b.expr(d))
	}
	return out
}

func groupBy(exprs []string) string {
	if len(exprs) == 0 {
		return ""
	}
	return " group by " + strings.Join(exprs, ", ")
}

var comparison = map[string]string{"gt": ">", "ge": ">=", "lt": "<", "le": "<=", "equal": "="}

func (h Threshold) sql(expr string) string {
	if h.Op == "between" {
		return expr + " between " + plainNumber(h.Value) + " and " + plainNumber(h.And)
	}
	return expr + " " + comparison[h.Op] + " " + plainNumber(h.Value)
}

func plainNumber(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// build writes the SQL.
func (b *builder) build() string {
	switch b.q.Kind {
	case KindList:
		return b.list()
	case KindPareto:
		return b.pareto()
	case KindAnomaly:
		return b.anomaly()
	case KindVolatility:
		return b.volatility()
	case KindSeasonality:
		return b.seasonality()
	case KindNew:
		return b.newcomers()
	case KindLost:
		return b.lost()
	case KindSet:
		return b.set()
	case KindWhy:
		return b.bridge()
	case KindPeriod:
		b.columns = []Column{{Name: "first_month", Label: b.word("First month", "Premier mois"), Type: "date"}, {Name: "last_month", Label: b.word("Last month", "Dernier mois"), Type: "date"}}
		return "select min(date) as first_month, max(date) as last_month" + b.from() + b.where()
	}
	switch {
	case b.q.Sides != nil:
		return b.pivot()
	case b.q.TopShare:
		return b.topShare()
	case b.q.CountRows:
		return b.countGroups()
	case b.q.Aggregate != "":
		return b.aggregate()
	case (b.q.Calc == CalcGrowth || b.q.Calc == CalcDifference) && !b.q.Versus:
		return b.growthSeries()
	case b.q.Versus && (b.q.Calc == CalcGrowth || b.q.Calc == CalcDifference || len(b.q.Groups) > 0 && b.q.Grain == ""):
		return b.pivot()
	case b.q.Calc == CalcMoving:
		return b.moving()
	}
	return b.figures()
}
