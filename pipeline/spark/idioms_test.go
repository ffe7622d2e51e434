package spark

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/pipeline"
)

// The scope that the idioms see.
var (
	scopeOfDuckDB = []string{"set variable files = ['a.csv', 'b.csv']", "set variable months = [date '2025-07-01']"}
	scopeOfSpark  = map[string]string{
		"files":  "create or replace temporary function fmcg_in_files(value string) returns boolean return value is null or value in ('a.csv', 'b.csv')",
		"months": "create or replace temporary function fmcg_in_months(value date) returns boolean return value is null or value in (date '2025-07-01')",
	}
)

func TestBothEnginesAnswerEachIdiomAlike(t *testing.T) {
	s := spark(t).compiling(t)
	withSQLGlot(t)
	described, err := pipeline.Describe(t.Context(), pipeline.Config{})
	if err != nil {
		t.Fatal(err)
	}
	turned, err := Transpile(t.Context(), "", described)
	if err != nil {
		t.Fatal(err)
	}
	idioms, err := Idioms()
	if err != nil {
		t.Fatal(err)
	}
	type answer struct {
		Columns []string    `json:"columns"`
		Rows    [][]*string `json:"rows"`
	}
	var answers struct {
		Found  map[string]answer `json:"found"`
		Errors map[string]string `json:"errors"`
	}
	s.ask(t, map[string]any{"sql": scopeOfSpark}, &answers)
	queries := map[string]string{}
	for _, idiom := range idioms {
		if idiom.runs() {
			queries[idiom.Path] = turned[idiom.Path]
		}
	}
	s.ask(t, map[string]any{"sql": queries}, &answers)
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, statement := range scopeOfDuckDB {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	for _, idiom := range idioms {
		if !idiom.runs() {
			continue
		}
		t.Run(idiom.Path, func(t *testing.T) {
			if problem := answers.Errors[idiom.Path]; problem != "" {
				t.Fatalf("Spark: %s\n%s", problem, queries[idiom.Path])
			}
			columns, want := rowsOf(t, db, idiom.SQL)
			got := answers.Found[idiom.Path]
			var rows []string
			for _, row := range got.Rows {
				rows = append(rows, rowText(row))
			}
			slices.Sort(rows)
			if diff := gocmp.Diff(columns, got.Columns); diff != "" {
				t.Errorf("columns, -DuckDB +Spark:\n%s", diff)
			}
			if diff := gocmp.Diff(want, rows); diff != "" {
				t.Errorf("rows, -DuckDB +Spark:\n%s\n%s", diff, queries[idiom.Path])
			}
			if len(want) == 0 {
				t.Error("it returns no row, so nothing is compared")
			}
		})
	}
}

func rowsOf(t *testing.T, db *sql.DB, query string) (columns, found []string) {
	t.Helper()
	rows, err := db.Query(fmt.Sprintf("select columns(*)::varchar from (%s\n)", query))
	if err != nil {
		t.Fatalf("DuckDB: %v", err)
	}
	defer rows.Close()
	if columns, err = rows.Columns(); err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		row, into := make([]*string, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		found = append(found, rowText(row))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	return columns, found
}

func rowText(row []*string) string {
	var values []string
	for _, value := range row {
		if value == nil {
			values = append(values, "null")
		} else {
			values = append(values, fmt.Sprintf("%q", *value))
		}
	}
	return strings.Join(values, ", ")
}
