package semantic

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/guard"
)

// Finding is a mistake in a model that only the real view shows.
type Finding struct {
	Subject string // "measure revenue", "value Tent of category", "verified question …"
	Problem string
}

func (f Finding) String() string { return f.Subject + ": " + f.Problem }

// Lint checks a model against the view of a published file: every expression passes the guard and binds, measures that are
// said to add up do, names and aliases mean one thing, aliases are of values that exist, verified SQL passes the guard and
// runs. All findings are returned; the error says that the file could not be read.
func Lint(ctx context.Context, from Querier, model *Model) ([]Finding, error) {
	l := &linter{ctx: ctx, from: from, model: model}
	for _, step := range []func() error{l.expressions, l.sums, l.names, l.verified} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return l.findings, nil
}

type linter struct {
	ctx      context.Context
	from     Querier
	model    *Model
	findings []Finding
	unbound  []string // subjects whose expression failed
}

func (l *linter) find(subject, format string, args ...any) {
	l.findings = append(l.findings, Finding{Subject: subject, Problem: fmt.Sprintf(format, args...)})
}

// runs finds a statement that the guard refuses or the engine rejects, and returns the first number of it otherwise.
func (l *linter) runs(subject, query string) (first float64, ok bool, err error) {
	refusal, rejected := (*guard.Refusal)(nil), (*duckdb.Error)(nil)
	err = guard.Check(l.ctx, l.from, query)
	if err == nil {
		first, err = l.number(query)
	}
	switch {
	case l.ctx.Err() != nil:
		return 0, false, l.ctx.Err()
	case errors.As(err, &refusal):
		l.find(subject, "%s", refusal.Reason)
	case errors.As(err, &rejected):
		l.find(subject, "the engine rejects it: %s", strings.SplitN(rejected.Msg, "\n", 2)[0])
	case err != nil:
		return 0, false, err
	}
	return first, err == nil, nil
}

// number runs a query to its end, and returns the first value of its first row, if that is a number.
func (l *linter) number(query string) (first float64, err error) {
	table, err := catalog.Fetch(l.ctx, l.from, query, 1)
	if err != nil || len(table.Rows) == 0 {
		return math.NaN(), err
	}
	if _, err := fmt.Sscan(fmt.Sprint(table.Rows[0][0]), &first); err != nil {
		first = math.NaN()
	}
	return first, nil
}

// where is the model's filter as a clause.
func (m *Model) where() string {
	if m.Filter == "" {
		return ""
	}
	return " where " + m.Filter
}

// expressions binds the expressions of dimensions, measures and calculations.
func (l *linter) expressions() error {
	m := l.model
	from := fmt.Sprintf(" from %s%s", m.Source, m.where())
	queries := [][2]string{{"source and filter", "select 1" + from + " limit 1"}}
	for _, d := range m.Dimensions {
		queries = append(queries, [2]string{"dimension " + d.Name, "select (" + d.Expr + ")" + from + " limit 1"})
	}
	for _, measure := range m.Measures { // what is no aggregate cannot stand beside the group
		queries = append(queries, [2]string{"measure " + measure.Name, "select " + measure.Expr + ", " + m.timeExpr() + from + " group by " + m.timeExpr() + " limit 1"})
	}
	for _, c := range m.Calculations {
		expr := c.SQL(map[string]string{"measure": m.Measure(m.Defaults.Measure).Expr, "time": m.timeExpr(), "group": m.timeExpr(), "n": "1"})
		queries = append(queries, [2]string{"calculation " + c.Name, "select " + expr + from + " group by " + m.timeExpr()})
	}
	for _, query := range queries {
		_, ok, err := l.runs(query[0], query[1])
		if err != nil {
			return err
		}
		if !ok {
			l.unbound = append(l.unbound, query[0])
		}
	}
	return nil
}

// timeExpr is the expression of the default time.
func (m *Model) timeExpr() string {
	for _, d := range m.Dimensions {
		if d.Kind == KindTime && d.Grain == m.Defaults.Grain {
			return d.Expr
		}
	}
	return "1"
}

// sums proves that additive measures add up: the groups of each dimension sum to the whole.
func (l *linter) sums() error {
	m := l.model
	for _, measure := range m.Measures {
		subject := "measure " + measure.Name
		if !measure.Additive || slices.Contains(l.unbound, subject) {
			continue
		}
		for _, d := range m.Dimensions {
			if slices.Contains(l.unbound, "dimension "+d.Name) {
				continue
			}
			from := fmt.Sprintf(" from %s%s", m.Source, m.where())
			ratio, ok, err := l.runs(subject, fmt.Sprintf(
				"select (select sum(part) from (select %[1]s as part%[2]s group by %[3]s)) / nullif((select cast(%[1]s as double)%[2]s), 0)", measure.Expr, from, d.Expr))
			if err != nil {
				return err
			}
			if ok && math.Abs(ratio-1) > 1e-9 {
				l.find(subject, "it is said to add up, but its sum over %s is %.3f times the whole", d.Name, ratio)
				break
			}
		}
	}
	return nil
}

// names finds words that mean two things, and aliases of values that are not there.
func (l *linter) names() error {
	if len(l.unbound) > 0 {
		return nil // the values cannot be read
	}
	index, err := BuildIndex(l.ctx, l.from, l.model)
	if err != nil {
		return err
	}
	for _, word := range l.model.Lexicon.Words {
		if word.Role != RoleMeasure && word.Role != RoleDimension {
			continue
		}
		for _, match := range index.Find(word.Phrase) {
			if match.How == HowExact || match.How == HowAlias {
				l.find(word.Role+" "+word.Meaning, "%q is also a value of %s, %s", word.Phrase, match.Dimension, match.Value)
			}
		}
	}
	owners := map[[2]string]string{} // of an alias in a dimension
	for _, alias := range l.model.Aliases {
		subject := fmt.Sprintf("value %s of %s", alias.Value, alias.Dimension)
		if !index.Has(alias.Dimension, alias.Value) {
			l.find(subject, "there is no such value")
		}
		for _, name := range alias.Names {
			key := [2]string{alias.Dimension, valueForm(name)}
			if owner := owners[key]; owner != "" {
				l.find(subject, "%q is also an alias of %s", name, owner)
			}
			owners[key] = alias.Value
			for _, match := range Best(index.Find(name)) {
				if match.How == HowExact {
					l.find(subject, "%q is a value itself, of %s", name, match.Dimension)
				}
			}
		}
	}
	for _, from := range slices.Sorted(maps.Keys(l.model.Spellings)) {
		to := l.model.Spellings[from]
		if index.byWord[singular(to)] == nil {
			l.find("spelling "+from, "no value has the word %s", to)
		}
	}
	return nil
}

// verified runs the SQL of verified questions.
func (l *linter) verified() error {
	for _, v := range l.model.Verified {
		if _, _, err := l.runs("verified question "+v.Question, v.SQL); err != nil {
			return err
		}
	}
	return nil
}
