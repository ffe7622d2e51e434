package dashboard

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/semantic"
)

func quote(text string) string { return semantic.Quote(text) }

const mostOptions = 1000

// Options are the values that a filter can take under the others: with any one of them instead of the filter's own, there are
// rows. Search keeps those that hold a text, case and accents aside; limit < 1 means as many as there may be. A time is year,
// quarter or month. ErrUnknown says that it is no filter.
func (s *Source) Options(ctx context.Context, dimension string, selection Selection, search string, limit int, language string) (Options, error) {
	d := s.model.Dimension(dimension)
	if d == nil || d.Kind == semantic.KindTime && !isPeriod(s.model, dimension) {
		return Options{}, fmt.Errorf("filter %q: %w", dimension, ErrUnknown)
	}
	if limit < 1 || limit > mostOptions {
		limit = mostOptions
	}
	out := Options{Dimension: dimension, Label: d.Label(language), Values: []Option{}}
	c := s.scope(selection.Without(dimension))
	if c.chosen && len(c.now) == 0 {
		return out, nil
	}
	var more []string
	if search = strings.TrimSpace(search); search != "" {
		if unfit(search) != [2]string{} {
			return out, nil
		}
		more = append(more, fmt.Sprintf("contains(strip_accents(lower(cast(%s as varchar))), strip_accents(lower(%s)))", d.Expr, quote(search)))
	}
	order := "revenue desc nulls last, value"
	if d.Kind == semantic.KindTime {
		order = "value"
	}
	measure := s.model.Measure(s.model.Defaults.Measure)
	sql := fmt.Sprintf("select %s as value, count(*) as row_count, %s as revenue from %s%s group by %s order by %s limit %d", d.Expr, measure.Expr, s.model.Source, c.where(more...), d.Expr, order, limit+1)
	table, err := s.query(ctx, sql)
	if err != nil {
		return out, err
	}
	rows := ask.Exact(table.Rows, table.Types)
	out.More = len(rows) > limit
	for _, row := range rows[:min(limit, len(rows))] {
		option := Option{Value: row[0], Revenue: row[2]}
		option.Rows, _ = row[1].(int64)
		if row[0] != nil {
			option.Param = fmt.Sprint(row[0])
		}
		if d.Kind == semantic.KindTime && d.Grain == "month" {
			option.Param = option.Param[:len("2025-07")]
		}
		option.Selected = selection.Has(dimension, option.Param)
		out.Values = append(out.Values, option)
	}
	return out, nil
}

const mostDrilled = 1000

// Drill are the rows of the view under a selection, newest first, so many from an offset on. Rows behind a figure are those
// of the selection With the value of its row.
func (s *Source) Drill(ctx context.Context, selection Selection, offset, limit int, language string) (Rows, error) {
	offset, limit = max(offset, 0), min(max(limit, 1), mostDrilled)
	out := Rows{Columns: []ask.Column{}, Rows: [][]any{}}
	c := s.scope(selection)
	if c.chosen && len(c.now) == 0 {
		return out, nil
	}
	count, err := s.query(ctx, "select count(*) from "+s.model.Source+c.where())
	if err != nil {
		return out, err
	}
	out.Total, _ = value(count, 0, 0).(int64)
	out.SQL = fmt.Sprintf("select * from %s%s order by date desc, product_code, customer_code limit %d offset %d", s.model.Source, c.where(), limit, offset)
	table, err := s.query(ctx, out.SQL)
	if err != nil {
		return out, err
	}
	out.Rows = ask.Exact(table.Rows, table.Types)
	for i, name := range table.Columns {
		out.Columns = append(out.Columns, s.viewColumn(name, table.Types[i], language))
	}
	return out, nil
}

// viewColumn names a column of the view as the model does, where it has a dimension or a sum of that.
func (s *Source) viewColumn(name, kind, language string) ask.Column {
	column := ask.Column{Name: name, Label: strings.ReplaceAll(name, "_", " "), Type: "text"}
	switch {
	case kind == "DATE":
		column.Type = "date"
	case strings.HasPrefix(kind, "DECIMAL"), slices.Contains([]string{"INTEGER", "BIGINT", "HUGEINT", "DOUBLE"}, kind):
		column.Type = "number"
	}
	for i := range s.model.Dimensions {
		if d := &s.model.Dimensions[i]; d.Expr == name {
			column.Label = d.Label(language)
		}
	}
	for i := range s.model.Measures {
		if m := &s.model.Measures[i]; m.Expr == "sum("+name+")" {
			column.Label, column.Unit = m.Label(language), m.Unit
		}
	}
	return column
}
