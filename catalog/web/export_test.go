package web

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Addresses are the routes, as "GET /api/status".
func (s *Server) Addresses() (found []string) {
	for _, route := range s.routes() {
		found = append(found, route.method+" "+route.path)
	}
	return found
}

func contains(text, part string) bool { return strings.Contains(text, part) }

// smallFile is the small view as a published file.
func smallFile(t *testing.T) string {
	t.Helper()
	view, err := os.ReadFile("../ask/testdata/view.sql")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "fmcg.duckdb")
	db, err := sql.Open("duckdb", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(string(view)); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}
