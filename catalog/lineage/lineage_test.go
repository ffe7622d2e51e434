package lineage

import (
	"bytes"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"
)

// house has the tables silver.t (a, b, c), silver.u (a, x, y) and silver.s (p struct, list integer[]).
var house = map[string]Table{
	"silver.t": {Columns: []TableColumn{{"a", "integer"}, {"b", "integer"}, {"c", "varchar"}}},
	"silver.u": {Columns: []TableColumn{{"a", "integer"}, {"x", "integer"}, {"y", "varchar"}}},
	"silver.s": {Columns: []TableColumn{{"p", "struct(f integer)"}, {"l", "integer[]"}}},
}

func emptyEngine(t *testing.T) *sqlx.DB {
	t.Helper()
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		t.Fatal(err)
	}
	db := sqlx.NewDb(sql.OpenDB(connector), "duckdb")
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func read(t *testing.T, files map[string]string) *Lineage {
	t.Helper()
	found, err := Read(t.Context(), emptyEngine(t), files, house)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// told writes the lineage of gold.m, a line a column, "rows" last.
func told(t *testing.T, query string) string {
	t.Helper()
	model, _ := read(t, map[string]string{"gold/m.sql": query}).model("gold.m")
	var lines []string
	line := func(name string, sources []Source, gaps []string) {
		var parts []string
		for _, source := range sources {
			parts = append(parts, fmt.Sprintf("%s %s", strings.TrimPrefix(source.Column.String(), "silver."), source.Use))
		}
		if len(gaps) > 0 {
			parts = append(parts, "untraced")
		}
		lines = append(lines, name+": "+strings.Join(parts, "; "))
	}
	for _, column := range model.Columns {
		line(column.Name, column.Sources, column.Untraced)
	}
	line("rows", model.Rows, model.Untraced)
	return strings.Join(lines, "\n")
}

func TestEveryConstructIsFollowed(t *testing.T) {
	for name, test := range map[string]struct{ query, want string }{
		"the value itself":             {"select a from silver.t", "a: t.a identity\nrows: "},
		"a computed value":             {"select a + b as d from silver.t", "d: t.a transformation; t.b transformation\nrows: "},
		"an aggregate and its group":   {"select sum(b) as d from silver.t group by a", "d: t.b aggregation\nrows: t.a group"},
		"group by place":               {"select a, sum(b) as d from silver.t group by 1", "a: t.a identity\nd: t.b aggregation\nrows: t.a group"},
		"group by all":                 {"select a, count(c) as n from silver.t group by all", "a: t.a identity\nn: t.c aggregation\nrows: t.a group; t.c group"},
		"count(*)":                     {"select count(*) as n from silver.t where b > 1", "n: t.* aggregation\nrows: t.b filter"},
		"a filtered aggregate":         {"select sum(b) filter (where c = 'x') as d from silver.t", "d: t.b aggregation; t.c filter\nrows: "},
		"case":                         {"select case when a = 1 then b end as d from silver.t", "d: t.a condition; t.b transformation\nrows: "},
		"where":                        {"select a from silver.t where b is null", "a: t.a identity\nrows: t.b filter"},
		"a join":                       {"select t.b, u.x from silver.t inner join silver.u on t.a = u.a", "b: t.b identity\nx: u.x identity\nrows: t.a join; u.a join"},
		"using":                        {"select a, x from silver.t full join silver.u using (a)", "a: t.a identity; u.a identity\nx: u.x identity\nrows: t.a join; u.a join"},
		"a star over using":            {"select * from silver.t inner join silver.u using (a)", "a: t.a identity; u.a identity\nb: t.b identity\nc: t.c identity\nx: u.x identity\ny: u.y identity\nrows: t.a join; u.a join"},
		"a natural join":               {"select * from silver.t natural join silver.u", "a: t.a identity; u.a identity\nb: t.b identity\nc: t.c identity\nx: u.x identity\ny: u.y identity\nrows: t.a join; u.a join"},
		"a semi join":                  {"select * from silver.t semi join silver.u using (a)", "a: t.a identity; u.a identity\nb: t.b identity\nc: t.c identity\nrows: t.a join; u.* join; u.a join"},
		"exclude and replace":          {"select * exclude (c) replace (b + 1 as b) from silver.t", "a: t.a identity\nb: t.b transformation\nrows: "},
		"a table's star":               {"select u.* from silver.t as t cross join silver.u as u", "a: u.a identity\nx: u.x identity\ny: u.y identity\nrows: "},
		"a common table expression":    {"with k as (select a as n from silver.t where b = 1) select n from k", "n: t.a identity\nrows: t.b filter"},
		"one named like its table":     {"with t as (select a from silver.t), k as (select * from t) select * from k", "a: t.a identity\nrows: "},
		"a subquery":                   {"select n from (select max(a) as n from silver.t) as k", "n: t.a aggregation\nrows: "},
		"a scalar subquery":            {"select (select max(x) from silver.u where u.a = t.b) as n from silver.t", "n: t.b filter; u.a filter; u.x aggregation\nrows: "},
		"exists":                       {"select c from silver.t where exists (select 1 from silver.u where u.a = t.a)", "c: t.c identity\nrows: t.a filter; u.* filter; u.a filter"},
		"in":                           {"select c from silver.t where a in (select x from silver.u)", "c: t.c identity\nrows: t.a filter; u.x filter"},
		"union":                        {"select a from silver.t union all select x from silver.u", "a: t.a identity; u.x identity\nrows: "},
		"union that keeps one of each": {"select a from silver.t union select x from silver.u", "a: t.a identity; u.x identity\nrows: t.a group; u.x group"},
		"union by name":                {"select a, b from silver.t union all by name select x, a from silver.u", "a: t.a identity; u.a identity\nb: t.b identity\nx: u.x identity\nrows: "},
		"except":                       {"select a from silver.t except all select x from silver.u", "a: t.a identity\nrows: t.a filter; u.x filter"},
		"a window":                     {"select row_number() over (partition by a order by b) as n from silver.t", "n: t.a window; t.b window\nrows: "},
		"a window's value":             {"select lag(c) over (order by b) as n from silver.t", "n: t.b window; t.c transformation\nrows: "},
		"qualify":                      {"select a from silver.t qualify row_number() over (partition by b order by c) = 1", "a: t.a identity\nrows: t.b window; t.c window"},
		"distinct":                     {"select distinct a from silver.t", "a: t.a identity\nrows: t.a group"},
		"distinct on":                  {"select distinct on (b) a from silver.t", "a: t.a identity\nrows: t.b group"},
		"order and limit":              {"select a from silver.t order by b limit 3", "a: t.a identity\nrows: t.b sort"},
		"an alias used again":          {"select a + 1 as n, n * 2 as m from silver.t where n > 3", "n: t.a transformation\nm: t.a transformation\nrows: t.a filter"},
		"a column that hides an alias": {"select b as a, c from silver.t where a = 1", "a: t.b identity\nc: t.c identity\nrows: t.a filter"},
		"a lambda":                     {"select list_transform(l, lambda e: e + 1) as n from silver.s", "n: s.l transformation\nrows: "},
		"a field of a struct":          {"select p.f, s.p.f as g from silver.s", "f: s.p identity\ng: s.p identity\nrows: "},
		"a whole row":                  {"select to_json(t) as n from silver.t", "n: t.a transformation; t.b transformation; t.c transformation\nrows: "},
		"unnest":                       {"select unnest(l) as n from silver.s", "n: s.l transformation\nrows: s.l filter"},
		"a lateral function":           {"select i from silver.t, range(1, t.a) as r(i)", "i: t.a transformation\nrows: t.a filter"},
		"values":                       {"select v.k, t.b from silver.t cross join (values (1), (2)) as v(k)", "k: \nb: t.b identity\nrows: "},
		"renamed columns":              {"select n from silver.t as k(n, m)", "n: t.a identity\nrows: "},
		"grouping sets":                {"select a, b, sum(1) as n from silver.t group by grouping sets ((a), (b))", "a: t.a identity\nb: t.b identity\nn: \nrows: t.a group; t.b group"},
		"a variable":                   {"select a from silver.t where b = getvariable('v')", "a: t.a identity\nrows: t.b filter; variable.v filter"},
		"a cast and a comparison":      {"select cast(a as varchar) as n, a between b and 3 as m from silver.t", "n: t.a transformation\nm: t.a transformation; t.b transformation\nrows: "},
		"what judges and its reason":   {"select a, case when b = 1 then 'loaded' else c end as outcome, c as reason from silver.t", "a: t.a identity\noutcome: t.b condition; t.c transformation\nreason: t.c identity\nrows: t.b condition; t.c filter"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, told(t, test.query)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.query, diff)
			}
		})
	}
}

// What the walk does not know is never left out without a word.
func TestWhatIsNotKnownIsUntracedWithItsReason(t *testing.T) {
	for name, test := range map[string]struct{ query, want string }{
		"a pivot":           {"pivot (select * from silver.t) on c in ('x', 'y') using sum(b) group by a", "pivot"},
		"a recursive query": {"with recursive r as (select a from silver.t union all select a + 1 from r where a < 3) select a from r", "recursive_cte_node"},
		"a table function":  {"select * from read_parquet('nothing.parquet')", "read_parquet"},
		"its column":        {"select z from glob('*')  as g(z)", "glob"},
		"a macro":           {"select mystery(a) as n from silver.t", "mystery"},
		"columns(…)":        {"select columns('a|b') from silver.t", "columns("},
		"an expression":     {"select max(columns(*)) from silver.t", "columns("},
		"a sample":          {"select a from silver.t using sample 2 rows", "sample"},
		"a positional join": {"select t.a from silver.t positional join silver.u", "positional"},
		"no schema":         {"select z from nowhere", "nowhere"},
		"an unknown table":  {"select z from silver.nowhere", "silver.nowhere"},
		"an unknown column": {"select nothing from silver.t", "nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			model, _ := read(t, map[string]string{"gold/m.sql": test.query}).model("gold.m")
			reasons := slices.Clone(model.Untraced)
			for _, column := range model.Columns {
				reasons = append(reasons, column.Untraced...)
			}
			if !strings.Contains(strings.ToLower(strings.Join(reasons, "\n")), test.want) {
				t.Errorf("%s: reasons %q, want one that names %s", test.query, reasons, test.want)
			}
		})
	}
}

// An engine that adds a part or a class to its tree is noticed: each object of known trees is given one more.
func TestANewPartOfTheTreeIsUntraced(t *testing.T) {
	query := `with k as (select * from silver.t where a in (select a from silver.u))
		select case when k.a = 1 then sum(k.b) filter (where k.b > 0) end as n, max(u.x) over (partition by k.c) as m,
			cast(k.a between 1 and 2 as varchar) as o, list_transform([k.a], lambda e: e) as p
		from k inner join silver.u on k.a = u.a union all select 1, 2, 'a', [1] limit 2`
	reader := &reader{engine: emptyEngine(t), tables: house, known: map[string][]string{}}
	if err := reader.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	gaps := func(tree node) int {
		w := &walker{functions: reader.functions, columns: func(table string) []string { return reader.known[table] }}
		result := w.query(tree, nil)
		count := len(result.rows.untraced)
		for i, field := range result.fields {
			count += len(result.column(i, field.name).untraced)
		}
		if result.open != nil {
			count += len(result.open("*").untraced)
		}
		return count
	}
	parsed, err := reader.parse(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	if gaps(parsed.tree) > 0 {
		t.Fatal("the query itself is not traced")
	}
	mutated := 0
	each(map[string]any(parsed.tree), func(n node) {
		kind := n.text("class")
		if kind == "" {
			kind = n.text("type")
		}
		if kind == "" || kind == "CONSTANT" || kind == "COLUMN_REF" || kind == "VARCHAR" || strings.HasPrefix(kind, "ORDER_") || n["id"] != nil {
			return // leaves, types, and modifiers, which are told apart by type
		}
		mutated++
		n["new_part"] = []any{map[string]any{"class": "COLUMN_REF"}}
		if gaps(parsed.tree) == 0 {
			t.Errorf("a new part of a %s goes unnoticed", kind)
		}
		delete(n, "new_part")
		for _, key := range []string{"class", "type"} {
			before, ok := n[key]
			if !ok || key == "type" && n["class"] != nil {
				continue
			}
			n[key] = "NEW_KIND"
			if gaps(parsed.tree) == 0 {
				t.Errorf("a new kind in place of %s goes unnoticed", kind)
			}
			n[key] = before
		}
	})
	if mutated < 20 {
		t.Errorf("only %d objects", mutated)
	}
}

func each(tree any, do func(node)) {
	switch tree := tree.(type) {
	case map[string]any:
		do(tree)
		for _, child := range tree {
			each(child, do)
		}
	case []any:
		for _, child := range tree {
			each(child, do)
		}
	}
}

var chain = map[string]string{
	"silver/m.sql": "select t.a, t.b + u.x as d from silver.t inner join silver.u using (a)",
	"gold/n.sql":   "select sum(d) as e, max(a) as f from silver.m",
	"gold/o.sql":   "select e * 2 as g from gold.n",
}

func trace(t *testing.T, q Question) Graph {
	t.Helper()
	graph, err := read(t, chain).Trace(q)
	if err != nil {
		t.Fatal(err)
	}
	return graph
}

func TestAColumnIsTracedUpAndDownAsFarAsAsked(t *testing.T) {
	for name, test := range map[string]struct {
		question Question
		want     []string
	}{
		"all the way up":   {Question{Table: "gold.o", Column: "g", Up: true}, []string{"gold.n.e→gold.o.g", "silver.m.d→gold.n.e", "silver.t.b→silver.m.d", "silver.u.x→silver.m.d"}},
		"one step up":      {Question{Table: "gold.o", Column: "g", Up: true, Depth: 1}, []string{"gold.n.e→gold.o.g"}},
		"all the way down": {Question{Table: "silver.u", Column: "x", Down: true}, []string{"silver.u.x→silver.m.d", "silver.m.d→gold.n.e", "gold.n.e→gold.o.g"}},
		"both ways":        {Question{Table: "gold.n", Column: "e", Depth: 1}, []string{"silver.m.d→gold.n.e", "gold.n.e→gold.o.g"}},
		"a table":          {Question{Table: "gold.n", Depth: 1}, []string{"silver.m→gold.n", "gold.n→gold.o"}},
		"what decides":     {Question{Table: "gold.o", Column: "g", Up: true, Depth: 1, Indirect: true}, []string{"gold.n.e→gold.o.g", "gold.o.*→gold.o.g"}},
	} {
		t.Run(name, func(t *testing.T) {
			graph := trace(t, test.question)
			var got []string
			for _, edge := range graph.Edges {
				got = append(got, graph.name(edge.From)+"→"+graph.name(edge.To))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if _, err := read(t, chain).Trace(Question{Table: "gold.o", Column: "h"}); err == nil || !strings.Contains(err.Error(), "it has g") {
		t.Errorf("an unknown column gave %v", err)
	}
}

func TestTheSameGraphGivesTheSameDrawing(t *testing.T) {
	question := Question{Table: "gold.o", Column: "g"}
	draw := func() []byte {
		var drawn bytes.Buffer
		if err := trace(t, question).WriteSVG(&drawn); err != nil {
			t.Fatal(err)
		}
		return drawn.Bytes()
	}
	first := draw()
	if second := draw(); !bytes.Equal(first, second) {
		t.Error("two drawings of one graph differ")
	}
	for _, name := range []string{"silver.t", "gold.o", ">g<", ">x<"} {
		if !bytes.Contains(first, []byte(name)) {
			t.Errorf("the drawing does not show %s", name)
		}
	}
}

func TestModelsThatReadEachOtherAreRefused(t *testing.T) {
	_, err := Read(t.Context(), emptyEngine(t), map[string]string{"gold/a.sql": "select 1 from gold.b", "gold/b.sql": "select 1 from gold.a"}, nil)
	if err == nil || !strings.Contains(err.Error(), "gold.a, gold.b") {
		t.Errorf("error %v, want both names", err)
	}
}

// A refresh of chosen tasks takes the SQL of what it leaves behind out of the file.
func TestATableWithoutItsSQLIsUntraced(t *testing.T) {
	graph := trace(t, Question{Table: "gold.o", Column: "g", Up: true})
	if graph.Untraced["silver.t"] == nil || graph.Untraced["gold.n"] != nil {
		t.Errorf("untraced %v, want silver.t and silver.u, which no file makes", graph.Untraced)
	}
}
