package pipeline

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/google/go-cmp/cmp"
)

// told is what an error tells of itself.
type told struct {
	Line, Column int
	Text         string
}

// Errors of the real engine, in statements as the pipeline makes them of a file.
func TestASQLErrorNamesLineAndColumnShowsTheLineAndKeepsTheSuggestion(t *testing.T) {
	e := emptyEngine(t)
	long := strings.Repeat("1 as column_with_a_long_name, ", 10)
	for _, wrong := range []struct {
		name, sql string
		line      int
		column    int
		says      []string
	}{
		{"a column", "-- One row.\nselect\n    rang\nfrom range(3)\n", 3, 5,
			[]string{"run sql/silver/x.sql:3:5: Binder Error", `Candidate bindings: "range"`, "  3 |     rang\n          ^"}},
		{"a table", "select 1 from information_schema.tabels\n", 1, 15, []string{`Did you mean "tables"?`}},
		{"a function", "select strpfime('a', 'b')\n", 1, 8, []string{`Did you mean "strptime"?`}},
		{"beyond column 80", "select\n    " + long + "rang, " + long + "2 as b\nfrom range(3)\n", 2, 305, []string{"  2 | ...", "...\n"}},
		{"CRLF", "-- One row.\r\nselect\r\n    rang\r\nfrom range(3)\r\n", 3, 5, []string{"  3 |     rang\n          ^"}},
		{"characters of several bytes and two cells", "select 'Köln 日本 👍🏽' as city, rang from range(3)\n", 1, 30, nil},
		{"long, CRLF and characters of several bytes", "select\r\n    'Köln', " + long + "'日本' as city, rang, " + long + "1 as b\r\nfrom range(3)\r\n", 2, 327, nil},
		{"a tab", "select\n\t1 as a,\trang from range(3)\n", 2, 10, nil},
		{"a value that no cast takes", "select\n    cast(x as integer) as y\nfrom (values ('a')) as t(x)\nwhere cast(x as integer) > 0\n", 4, 7, []string{"Could not convert string 'a' to INT32"}},
	} {
		for _, statement := range []string{"create or replace temporary table judged as " + wrong.sql, "select count(*) from (" + wrong.sql + ")"} {
			err := e.exec(context.Background(), statement)
			if err == nil {
				t.Fatalf("%s: no error", wrong.name)
			}
			failure := sqlError("silver/x.sql", err).locate(wrong.sql)
			want := told{wrong.line, wrong.column, strings.TrimSuffix(strings.Split(wrong.sql, "\n")[wrong.line-1], "\r")}
			if diff := cmp.Diff(want, told{failure.Line, failure.Column, failure.text}); diff != "" {
				t.Errorf("%s (-want +got):\n%s%v", wrong.name, diff, err)
			}
			for _, says := range wrong.says {
				if !strings.Contains(failure.Error(), says) {
					t.Errorf("%s: %q does not say %q", wrong.name, failure.Error(), says)
				}
			}
			if strings.Contains(failure.Error(), "LINE ") {
				t.Errorf("%s: the place is told twice: %v", wrong.name, failure)
			}
			if cause := new(duckdb.Error); !errors.As(failure, &cause) {
				t.Errorf("%s: the engine's error is lost", wrong.name)
			}
		}
	}
}

func TestAnErrorOfWhichTheEngineKnowsNoPlaceNamesTheFileAndSaysSo(t *testing.T) {
	e := emptyEngine(t)
	const sql = "select error('that cannot be') from range(3)\n"
	failure := sqlError("silver/x.sql", e.exec(context.Background(), "create temporary table judged as "+sql)).locate(sql)
	if failure.Line != 0 || failure.Column != 0 || !strings.HasPrefix(failure.Error(), "run sql/silver/x.sql: Invalid Input Error: that cannot be\n") ||
		!strings.Contains(failure.Error(), "the engine names no place") {
		t.Errorf("got %v", failure)
	}
	// Nor is the place in a statement of the pipeline's own taken for one in the file.
	failure = sqlError("silver/x.sql", e.exec(context.Background(), "select nix from (select 1 as a)")).locate("select 1 as a\n")
	if failure.Line != 0 {
		t.Errorf("got %v", failure)
	}
}

func TestSQLThatCannotBeParsedIsToldWithItsPlace(t *testing.T) {
	e := emptyEngine(t)
	for _, wrong := range []struct {
		sql          string
		line, column int
	}{
		{"-- Ein Wort über Köln.\r\nselect\r\n    'é' as a,, 2 as b\r\n", 3, 14},
		{"select\n    (1\n", 3, 1}, // the end of the file
		{"select " + strings.Repeat("1, ", 50) + "from from x\n", 1, 163},
	} {
		tree := Tree{Models: []*Model{{Path: "silver/x.sql", Table: "silver.x", SQL: wrong.sql}}}
		var failure *Error
		if err := tree.resolve(context.Background(), e); !errors.As(err, &failure) {
			t.Fatalf("%q gave %v", wrong.sql, err)
		}
		if failure.Line != wrong.line || failure.Column != wrong.column || failure.Subject != "sql/silver/x.sql" || !strings.Contains(failure.Error(), "syntax error") {
			t.Errorf("%q gave %d:%d, %v, want %d:%d", wrong.sql, failure.Line, failure.Column, failure, wrong.line, wrong.column)
		}
	}
}

func TestACheckThatCannotRunIsToldWithItsPlace(t *testing.T) {
	e := emptyEngine(t)
	for _, wrong := range []struct{ sql, want string }{
		{"-- For whom.\nselect *\nfrom information_schema.tabels", "run sql/checks/x.sql:3:6: Catalog Error: Table with name tabels does not exist!\nDid you mean"},
		{"-- Für wen, in Köln.\nselect *\nfrom from tables", "run sql/checks/x.sql:3:6: Parser Error: syntax error"},
	} {
		tree := Tree{Checks: []*Check{{Path: "checks/x.sql", Name: "x", SQL: wrong.sql}}}
		if _, err := e.runChecks(context.Background(), tree, func(CheckResult) {}); err == nil || !strings.HasPrefix(err.Error(), wrong.want) {
			t.Errorf("got %v, want %s", err, wrong.want)
		}
	}
}

func TestAMigrationThatFailsIsToldWithItsPlace(t *testing.T) {
	const good = "-- +goose Up\ncreate schema if not exists bronze;\ncreate table bronze.customers (name varchar);\n"
	for _, wrong := range []struct{ body, want string }{
		{"-- +goose Up\n-- Über Köln.\nalter table bronze.customers add column city varchar;\ncreate view bronze.x as\nselect\n    nmae\nfrom bronze.customers;\n",
			"migrate sql/migrations/00002_x.sql:6:5: Binder Error"},
		{"-- +goose Up\r\nalter table bronze.customers add column city varchar;\r\ncreate tabel x (a integer);\r\n", "migrate sql/migrations/00002_x.sql:3:8: Parser Error"},
		// The parser counts characters as bytes, so the engine shows another place.
		{"-- +goose Up\ncreate table x (ä integer, ö integer,\n    ü integer,\n    c integer c);\n", "migrate sql/migrations/00002_x.sql: Parser Error"},
		{"-- +goose Up\ninsert into bronze.customers values ('a');\nalter table bronze.customers alter name set data type integer;\n", "migrate sql/migrations/00002_x.sql: "},
	} {
		e, err := openEngine(context.Background(), "", false, EngineConfig{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = e.migrate(context.Background(), fstest.MapFS{"00001_good.sql": {Data: []byte(good)}, "00002_x.sql": {Data: []byte(wrong.body)}})
		if err == nil || !strings.HasPrefix(err.Error(), wrong.want) {
			t.Errorf("got %v, want %s", err, wrong.want)
		}
		if err := e.close(); err != nil {
			t.Error(err)
		}
	}
}

func emptyEngine(t *testing.T) *engine {
	t.Helper()
	e, err := openEngine(context.Background(), "", false, EngineConfig{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.close(); err != nil {
			t.Error(err)
		}
	})
	return e
}
