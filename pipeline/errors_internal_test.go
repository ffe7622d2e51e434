package pipeline

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// The engine's own errors, of statements as the pipeline makes them of a file's SQL.
func TestAnErrorOfSQLTellsItsPlaceAndWhatTheEngineSuggests(t *testing.T) {
	e, err := openEngine(t.Context(), "", false, EngineConfig{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.close() })
	if err := e.exec(t.Context(), "create table orders as select 1 as order_quantity, 'a' as city"); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("1 as a, ", 40)
	for _, c := range []struct {
		about, sql   string
		line, column int
		says         string
	}{
		{"a column that is not there", "-- head\nselect\n    order_quantiti\nfrom orders", 3, 5, "order_quantity"},
		{"a table that is not there", "-- head\nselect 1\nfrom order_s", 3, 6, "orders"},
		{"a word that is no SQL", "-- head\nselect 1\nfrom orders wher city = 'x'", 3, 18, "syntax error"},
		{"far to the right", "-- head\nselect " + long + "order_quantiti from orders", 2, 8 + len(long), "order_quantity"},
		{"after characters of several bytes", "-- head\nselect 'Zürich', order_quantiti from orders", 2, 18, "order_quantity"},
		{"in a file with CRLF", "-- head\r\nselect\r\n    order_quantiti\r\nfrom orders", 3, 5, "order_quantity"},
		{"of a value", "-- head\nselect cast(city as integer) from orders", 2, 8, "Could not convert"},
		{"that has no place", "-- head\nselect error('too much') from orders", 0, 0, "too much"},
	} {
		t.Run(c.about, func(t *testing.T) {
			failed := e.exec(t.Context(), fmt.Sprintf("create or replace table t as %s", c.sql))
			if failed == nil {
				t.Fatal("it runs")
			}
			var got *Error
			if !errors.As(sqlError("gold/t.sql", c.sql, failed), &got) {
				t.Fatal("no Error")
			}
			if got.Line != c.line || got.Column != c.column || !strings.Contains(got.Error(), c.says) {
				t.Errorf("line %d, column %d, want %d, %d, and %q in:\n%s", got.Line, got.Column, c.line, c.column, c.says, got)
			}
		})
	}
}

func TestASELECTThatCannotBeParsedTellsItsPlace(t *testing.T) {
	e, err := openEngine(t.Context(), "", false, EngineConfig{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.close() })
	tree := Tree{Models: []*Model{{Path: "gold/t.sql", Table: "gold.t", SQL: "-- head\nselect 'Zürich' as city,, 1"}}}
	var got *Error
	if err := tree.resolve(t.Context(), e); !errors.As(err, &got) {
		t.Fatalf("%v", err)
	}
	if got.Line != 2 || got.Column != 25 || got.Subject != "sql/gold/t.sql" {
		t.Errorf("%s at line %d, column %d, want sql/gold/t.sql, 2, 25: %v", got.Subject, got.Line, got.Column, got)
	}
}
