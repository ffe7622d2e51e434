package dashboard

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/ask"
)

// builder writes the SQL of one tile and makes its result of the rows.
type builder struct {
	*Source
	*Tile
	scope
	language string
	columns  []ask.Column
	click    []string // for each column, see Result.Filters
}

// draft is the SQL of a tile, how it is drawn, and what is done with its rows.
type draft struct {
	sql    string
	chart  Chart
	finish func(*Result) // of the rows; nil where they are as they shall be
}

var drafts = map[Kind]func(*builder) draft{
	KindCounters:      (*builder).counters,
	KindRanking:       (*builder).ranking,
	KindConcentration: (*builder).concentration,
	KindSeries:        (*builder).series,
	KindSeasonality:   (*builder).seasonality,
	KindScatter:       (*builder).scatter,
	KindVariation:     (*builder).variation,
}

func (s *Source) compute(ctx context.Context, t *Tile, selection Selection, language string) (Result, error) {
	b := &builder{Source: s, Tile: t, scope: s.scope(selection), language: language}
	result := Result{ID: t.ID, Title: t.Title.In(language), Kind: t.Kind, Width: t.Width, PageSize: t.PageSize, Rows: [][]any{}, Notes: b.notes()}
	d := drafts[t.Kind](b)
	result.Chart, result.SQL, result.Columns, result.Filters = d.chart, d.sql, b.columns, b.click
	if result.Chart.Kind == "" {
		result.Chart.Kind = t.Chart
	}
	if b.chosen && len(b.now) == 0 {
		result.SQL = ""
		result.Empty = fmt.Sprintf(say(language, "The chosen time holds no data: they go from %s to %s.", "La période choisie n'a pas de données : elles vont de %s à %s."),
			monthLabel(s.first, language), monthLabel(s.last, language))
		return result, nil
	}
	table, err := s.query(ctx, d.sql)
	if err != nil {
		return result, err
	}
	result.Rows = ask.Exact(table.Rows, table.Types)
	if d.finish != nil {
		d.finish(&result)
	}
	if table.Truncated {
		result.Notes = append(result.Notes, fmt.Sprintf(say(language, "Only the first %d rows are shown.", "Seules les %d premières lignes sont montrées."), len(result.Rows)))
	}
	if len(result.Rows) == 0 && result.Empty == "" {
		result.Empty = say(language, "Nothing was sold under these filters.", "Rien n'a été vendu avec ces filtres.")
	}
	return result, nil
}

// notes say what of the selected time is not complete.
func (b *builder) notes() []string {
	includesLast := !b.chosen
	for _, p := range b.now {
		includesLast = includesLast || p.To == b.last
	}
	if b.unfinished == "" || !includesLast {
		return nil
	}
	return []string{b.incomplete(ask.Period{From: b.last, To: b.last})}
}

// incomplete says that the data end within a period.
func (b *builder) incomplete(p ask.Period) string {
	if b.unfinished == "" {
		return fmt.Sprintf(say(b.language, "%s is not complete: the data end with %s", "%s est incomplet : les données s'arrêtent en %s"), p.Label(b.language), monthLabel(b.last, b.language))
	}
	return fmt.Sprintf(say(b.language, "%s is not complete: orders go to %s", "%s est incomplet : les commandes vont jusqu'au %s"), p.Label(b.language), b.unfinished)
}

func monthLabel(month int, language string) string {
	return ask.Period{From: month, To: month}.Label(language)
}

// dimension notes the column of a dimension, and returns its select item.
func (b *builder) dimension(name string) string {
	d := b.model.Dimension(name)
	kind := "text"
	switch d.Grain {
	case "month":
		kind = "date"
	case "year", "month_of_year":
		kind = "number"
	}
	b.column(ask.Column{Name: name, Label: d.Label(b.language), Type: kind}, name)
	return alias(d.Expr, name)
}

func (b *builder) column(c ask.Column, click string) {
	b.columns, b.click = append(b.columns, c), append(b.click, click)
}

func alias(expr, name string) string {
	if expr == name {
		return name
	}
	return expr + " as " + name
}

// measure notes the column of a measure, and returns its select item.
func (b *builder) measure(name string) string {
	m := b.model.Measure(name)
	b.figure(name, m.Label(b.language), m.Label(b.language), m.Unit)
	return m.Expr + " as " + name
}

// figure notes a column that is computed from a measure.
func (b *builder) figure(name, en, fr, unit string) {
	b.column(ask.Column{Name: name, Label: say(b.language, en, fr), Type: "number", Unit: unit}, "")
}

func (b *builder) from() string { return " from " + b.model.Source }

// exprs are the expressions of dimensions.
func (b *builder) exprs(dimensions []string) string {
	exprs := make([]string, len(dimensions))
	for i, name := range dimensions {
		exprs[i] = b.model.Dimension(name).Expr
	}
	return strings.Join(exprs, ", ")
}

// grain is the expression of a time.
func (b *builder) grain(grain string) string {
	for _, d := range b.model.Dimensions {
		if d.Grain == grain {
			return d.Expr
		}
	}
	return map[string]string{"month": "date", "quarter": "year_quarter", "year": "year", "month_of_year": "month(date)"}[grain]
}

// order is the order of a ranking, ties by name, and its limit.
func (b *builder) order(by string, names []string) string {
	sql := " order by " + strings.Join(append([]string{by + " " + b.Order + " nulls last"}, names...), ", ")
	if b.Limit > 0 {
		sql += fmt.Sprintf(" limit %d", b.Limit)
	}
	return sql
}

// change is the SQL of a growth in percent, null where there is nothing to compare with.
func change(now, before string) string {
	return "100.0 * (" + now + " / nullif(" + before + ", 0) - 1)"
}

// counters are all totals, changes and months of the measures in one scan.
func (b *builder) counters() draft {
	items := []string{"part", "date as month"}
	for _, name := range b.Measures {
		items = append(items, b.model.Measure(name).Expr+" as "+name)
	}
	b.column(ask.Column{Name: "measure", Label: say(b.language, "Figure", "Chiffre"), Type: "text"}, "")
	b.figure("value", "Value", "Valeur", "")
	if c := b.comparison(b.language); c != nil {
		b.figure("now", c.Now, c.Now, "")
		b.figure("before", c.Before, c.Before, "")
		b.figure("change_pct", "Change", "Variation", "%")
	}
	sql := "select " + strings.Join(items, ", ") + b.from() + b.parts(b.scope) + " group by grouping sets ((part), (part, date)) order by part, month nulls first"
	return draft{sql: sql, chart: Chart{Y: []string{"value"}}, finish: b.finishCounters}
}

func (b *builder) finishCounters(result *Result) {
	rows := result.Rows
	result.Rows, result.Compared = [][]any{}, b.comparison(b.language)
	if !slices.ContainsFunc(rows, func(row []any) bool { return row[0] == b.shown() }) {
		return
	}
	for i, name := range b.Measures {
		m, at := b.model.Measure(name), i+2
		c := Counter{Measure: name, Label: m.Label(b.language), Unit: m.Unit, Months: []string{}, Series: []float64{}}
		for _, row := range rows {
			part, month := row[0], row[1]
			if n, ok := number(row[at]); month != nil && part == b.shown() && ok {
				c.Months, c.Series = append(c.Months, month.(string)), append(c.Series, n)
			}
			if month != nil {
				continue
			}
			if part == b.shown() {
				c.Value = row[at]
			}
			switch part {
			case partNow:
				c.Now = row[at]
			case partBefore:
				c.Before = row[at]
			}
		}
		now, isNow := number(c.Now)
		if before, ok := number(c.Before); ok && isNow && before != 0 {
			pct := 100 * (now/before - 1)
			c.Change = &pct
		}
		row := []any{c.Label, c.Value}
		if b.before != nil {
			row = append(row, c.Now, c.Before, nil)
			if c.Change != nil {
				row[4] = *c.Change
			}
		}
		result.Counters, result.Rows = append(result.Counters, c), append(result.Rows, row)
	}
}

// number is a value as one of floating point.
func number(value any) (float64, bool) {
	switch v := value.(type) {
	case json.Number:
		n, err := v.Float64()
		return n, err == nil
	case float64:
		return v, v == v
	case int64:
		return float64(v), true
	case int32:
		return float64(v), true
	}
	return 0, false
}
