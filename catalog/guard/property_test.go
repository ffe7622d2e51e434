package guard_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/guard"
)

// writer makes up statements out of all that reads, allowed or not, with names that shadow each other.
type writer struct {
	*rapid.T
	depth int
}

func (w *writer) one(of ...string) string { return rapid.SampledFrom(of).Draw(w.T, "of") }

// names are of tables, views and functions of the file and the engine, and of common table expressions.
func (w *writer) name() string {
	return w.one("secret", "secret", "secret", "SECRET", "duckdb_tables", "vw_fact_orders_enriched", "a")
}

func (w *writer) relation() string {
	w.depth++
	defer func() { w.depth-- }()
	kind := rapid.IntRange(0, 11).Draw(w.T, "relation")
	if w.depth > 3 {
		kind %= 6
	}
	switch kind {
	case 0, 1, 2:
		return view
	case 3, 4:
		return w.name()
	case 5:
		return w.one("bronze.orders", "gold.fact_orders", "main.secret", "published.ops.runs", "duckdb_tables()", "'file.csv'", "leaks()", "information_schema.tables", "query('from secret')",
			"range(3)", "(values (1, 'x')) as t(quantity, product)", "gold.main.vw_fact_orders_enriched", "pragma_database_list()")
	case 6, 7:
		return "(" + w.query() + ")"
	case 8:
		return w.relation() + w.one(" cross join ", ", ", ", lateral ", " natural join ") + w.relation()
	case 9:
		return w.relation() + " left join " + w.relation() + " on " + w.expression()
	case 10:
		return w.relation() + " semi join " + w.relation() + " on " + w.expression()
	default:
		return "(from " + w.relation() + ")"
	}
}

func (w *writer) expression() string {
	w.depth++
	defer func() { w.depth-- }()
	kind := rapid.IntRange(0, 8).Draw(w.T, "expression")
	if w.depth > 3 {
		kind %= 4
	}
	switch kind {
	case 0, 1:
		return w.one("1", "true", "'x'", "null", "count(*)", "sum(1)", "'secret'")
	case 2:
		return w.one("leak()", "getenv('HOME')", "current_user", "current_setting('threads')", "current_database()", "read_text('x')", "count(*) over ()", "version()")
	case 3:
		return w.one("1 = 1", "1 + 1", "abs(-1)", "'a' || 'b'")
	case 4:
		return "(" + w.query() + ")"
	case 5:
		return "exists (" + w.query() + ")"
	case 6:
		return "1 in (" + w.query() + ")"
	case 7:
		return "case when " + w.expression() + " then " + w.expression() + " end"
	default:
		return "coalesce(" + w.expression() + ", " + w.expression() + ")"
	}
}

func (w *writer) query() string {
	var query strings.Builder
	if ctes := rapid.IntRange(0, 2).Draw(w.T, "expressions"); ctes > 0 && w.depth < 4 {
		w.depth++
		query.WriteString(w.one("with ", "with ", "with recursive "))
		for i := range ctes {
			if i > 0 {
				query.WriteString(", ")
			}
			fmt.Fprintf(&query, "%s as %s(%s)", w.name(), w.one("", "", "materialized ", "not materialized "), w.query())
		}
		query.WriteString(" ")
		w.depth--
	}
	query.WriteString("select " + w.one("*", "count(*)", w.expression()))
	query.WriteString(" from " + w.relation())
	if w.depth < 4 {
		switch rapid.IntRange(0, 5).Draw(w.T, "clause") {
		case 0:
			query.WriteString(" where " + w.expression())
		case 1:
			query.WriteString(" order by " + w.expression())
		case 2:
			query.WriteString(w.one(" union all ", " except ", " intersect ") + "select " + w.expression() + " from " + w.relation())
		case 3:
			query.WriteString(" qualify " + w.expression())
		}
	}
	return query.String()
}

// ask runs a statement in one of the two ways.
type ask func(*guard.DB, *testing.T, string) (catalog.Table, error)

// The law: what is accepted answers from a file that holds only what may be read as it does from one that holds secrets too. So
// it reads nothing else, under whatever names, and no copy in memory stands for another table.
func TestNoAcceptedStatementReadsAnythingElse(t *testing.T) {
	for name, scope := range map[string]struct {
		file string
		ask  ask
	}{
		"the view": {only, func(db *guard.DB, t *testing.T, query string) (catalog.Table, error) {
			return db.Query(t.Context(), query)
		}},
		"all published tables": {published, func(db *guard.DB, t *testing.T, query string) (catalog.Table, error) {
			return db.QueryPublished(t.Context(), query, 0)
		}},
	} {
		t.Run(name, func(t *testing.T) { holdsLaw(t, scope.file, scope.ask) })
	}
}

func holdsLaw(t *testing.T, file string, ask ask) {
	limits := guard.Limits{Threads: 1}
	full, bare := open(t, whole, limits), open(t, file, limits)
	kept := open(t, whole, guard.Limits{Threads: 1, Keep: 2})
	answered := 0
	rapid.Check(t, func(r *rapid.T) {
		for range 40 {
			query := (&writer{T: r}).query()
			got, err := ask(full, t, query)
			if refusal := (*guard.Refusal)(nil); errors.As(err, &refusal) {
				continue
			}
			want, wantErr := ask(bare, t, query)
			if (err == nil) != (wantErr == nil) {
				r.Fatalf("%s\n\twith secrets %v\n\twithout %v", query, err, wantErr)
			}
			copied, copiedErr := ask(kept, t, query)
			if (err == nil) != (copiedErr == nil) {
				r.Fatalf("%s\n\tfrom the file %v\n\tfrom its copy %v", query, err, copiedErr)
			}
			if err == nil && !got.Truncated {
				answered++
				if diff := cmp.Diff(inOrder(want), inOrder(got)); diff != "" {
					r.Fatalf("%s\n%s", query, diff)
				}
				if diff := cmp.Diff(inOrder(want), inOrder(copied)); diff != "" {
					r.Fatalf("%s\nof a copy%s", query, diff)
				}
			}
		}
	})
	if answered < 20 {
		t.Errorf("%d answered, which says little", answered)
	}
}

// inOrder makes rows comparable that came in any order.
func inOrder(table catalog.Table) []string {
	var rows []string
	for _, row := range table.Rows {
		rows = append(rows, fmt.Sprint(row))
	}
	slices.Sort(rows)
	return rows
}

// Whatever the bytes, a statement is judged: refused, or it runs to an end.
func FuzzCheckJudgesAnything(f *testing.F) {
	for _, seed := range []string{"select 1", "select * from " + view, "with a as (select 1) select * from a", "select 'a''b' -- x", "/*", "select $$x$$", "\x00", "select * from \"a\"\"b\""} {
		f.Add(seed)
	}
	db := open(f, whole, guard.Limits{})
	f.Fuzz(func(t *testing.T, query string) {
		table, err := db.Query(t.Context(), query)
		if err == nil && strings.Contains(fmt.Sprint(table.Rows), "secret") && !strings.Contains(strings.ToLower(query), "secret") {
			t.Errorf("%q gave %v", query, table.Rows)
		}
	})
}
