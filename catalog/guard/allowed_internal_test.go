package guard

import (
	"database/sql"
	"errors"
	"fmt"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"
)

// texts are the single column of a query.
func texts(t *testing.T, db *sql.DB, query string) (found []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		found = append(found, text)
	}
	return found
}

func engine(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// What the engine says of itself: a function on the list exists, and gives the same for the same arguments.
func TestAllowedFunctionsExistAndDependOnTheirArgumentsAlone(t *testing.T) {
	db := engine(t)
	consistent := map[string]bool{}
	for _, name := range texts(t, db, `
		select function_name from duckdb_functions()
		where function_type in ('scalar', 'aggregate', 'macro') and database_name = 'system'
		group by all having bool_and(coalesce(stability, 'CONSISTENT') = 'CONSISTENT' and not coalesce(has_side_effects, false))`) {
		consistent[name] = true
	}
	consistent["unnest"] = true // which the engine does not list: it gives a row for each value of its argument
	for _, list := range []map[string]bool{allowedFunctions, moreFunctions, gatherers} {
		for name := range list {
			if !consistent[name] {
				t.Errorf("%s is on the list, and the engine has no such function that depends on its arguments alone", name)
			}
		}
	}
	for name := range joins {
		if !moreFunctions[name] {
			t.Errorf("%s is counted, and not allowed", name)
		}
	}
}

func TestEveryOtherFunctionTableFunctionAndViewOfTheEngineIsRefused(t *testing.T) {
	db := engine(t)
	refused := func(query string) {
		t.Helper()
		for scope, tables := range map[string]tables{"the view": nil, "all tables": {View: true}} {
			if _, err := check(t.Context(), db, query, tables); !errors.As(err, new(*Refusal)) {
				t.Errorf("%s is not refused where %s may be read", query, scope)
			}
		}
	}
	for _, name := range texts(t, db, "select distinct function_name from duckdb_functions() where function_type not in ('table', 'table_macro', 'pragma')") {
		if !allowedFunctions[name] && !moreFunctions[name] {
			if gatherers[name] {
				refused(fmt.Sprintf(`select length("%s"(product)) from %s`, name, View))
			} else {
				refused(fmt.Sprintf(`select "%s"('x') from %s`, name, View))
			}
			refused(fmt.Sprintf(`select "%s"(product) over () from %s`, name, View))
		}
	}
	for _, name := range texts(t, db, "select distinct function_name from duckdb_functions() where function_type in ('table', 'table_macro', 'pragma')") {
		if !allowedTableFunctions[name] {
			refused(fmt.Sprintf(`select * from "%s"('x')`, name))
		}
	}
	for _, name := range texts(t, db, "select schema_name || '.' || view_name from duckdb_views() union all select view_name from duckdb_views()") {
		refused("select * from " + name)
	}
}
