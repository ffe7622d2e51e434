package dashboard_test

import (
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"

	"github.com/fmcg/fmcg/catalog/dashboard"
	"github.com/fmcg/fmcg/catalog/guard"
	"github.com/fmcg/fmcg/catalog/semantic"
)

// house is a published file with all that reads it.
type house struct {
	db     *guard.DB
	model  *semantic.Model
	source *dashboard.Source
	board  *dashboard.Board
}

func openDB(t testing.TB, file string) *guard.DB {
	t.Helper()
	db, err := guard.Open(t.Context(), file, guard.Limits{Keep: dashboard.RowsInMemory})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func open(t testing.TB, file string) house {
	t.Helper()
	db := openDB(t, file)
	model, err := semantic.Open("")
	if err != nil {
		t.Fatal(err)
	}
	source, err := dashboard.NewSource(t.Context(), db, model)
	if err != nil {
		t.Fatal(err)
	}
	boards, err := dashboard.Open("", model)
	if err != nil {
		t.Fatal(err)
	}
	return house{db: db, model: model, source: source, board: boards[0]}
}
