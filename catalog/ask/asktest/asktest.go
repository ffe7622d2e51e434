// Package asktest makes the published file that the tests of ask, and of what shows its answers, are run on: view.sql, a small
// view in the shape of the company's.
package asktest

import (
	"database/sql"
	_ "embed" // the view
	"path/filepath"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2" // the engine
)

//go:embed view.sql
var view string

// File writes the view, changed by more statements, to a folder of the test's own and returns its path.
func File(t testing.TB, more ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fmcg.duckdb")
	Write(t, path, more...)
	return path
}

// Write writes the view, changed by more statements, to a path.
func Write(t testing.TB, path string, more ...string) {
	t.Helper()
	db, err := sql.Open("duckdb", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range append([]string{view}, more...) {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
