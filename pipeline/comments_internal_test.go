package pipeline

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	sqltree "github.com/fmcg/fmcg/sql"
)

// uncommented makes the warehouse of a SQL tree without rows, and names the tables and columns that no comment tells of.
func uncommented(t *testing.T, files fs.FS) []string {
	t.Helper()
	ctx := t.Context()
	e, err := openEngine(ctx, "", false, EngineConfig{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.close() }()
	tree, err := LoadTree(files)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.migrate(ctx, tree.Migrations); err != nil {
		t.Fatal(err)
	}
	if err := tree.resolve(ctx, e); err != nil {
		t.Fatal(err)
	}
	corrections := t.TempDir()
	for name, body := range tree.Corrections {
		if err := os.WriteFile(filepath.Join(corrections, name), body, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.exec(ctx, "set variable corrections = ?", corrections); err != nil {
		t.Fatal(err)
	}
	for _, model := range tree.Models {
		kind, columns := "table", "*"
		if model.Load == View {
			kind = "view"
		}
		if model.judged() {
			columns = "* exclude (" + outcomeColumn + ", " + reasonColumn + ")"
		}
		if model.Load != ByFile { // those are made by migrations
			if err := e.exec(ctx, "create "+kind+" "+model.Table+" as select "+columns+" from ("+model.SQL+"\n) limit 0"); err != nil {
				t.Fatalf("%s: %v", model.Path, err)
			}
		}
		if err := e.comment(ctx, model); err != nil {
			t.Fatalf("%s: %v", model.Path, err)
		}
	}
	found, err := e.texts(ctx, `
		select schema_name || '.' || table_name from duckdb_tables() where not internal and trim(coalesce(comment, '')) = ''
		union all
		select schema_name || '.' || view_name from duckdb_views() where not internal and trim(coalesce(comment, '')) = ''
		union all
		select schema_name || '.' || table_name || '.' || column_name from duckdb_columns() where not internal and trim(coalesce(comment, '')) = ''
		order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(found, func(name string) bool { return strings.HasPrefix(name, versionTable) }) // goose's own
}

// A part of make lint: DBeaver, the catalog and questions show what a comment says.
func TestEveryTableAndColumnHasAComment(t *testing.T) {
	for _, name := range uncommented(t, sqltree.Files) {
		t.Errorf("%s has no comment: say what it holds, in the head of its SQL file or by comment on in its migration", name)
	}
}

func TestATableOrColumnWithoutACommentIsFound(t *testing.T) {
	tree := fstest.MapFS{}
	if err := fs.WalkDir(sqltree.Files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			var body []byte
			body, err = fs.ReadFile(sqltree.Files, path)
			tree[path] = &fstest.MapFile{Data: body}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	tree["migrations/99998_more.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\ncreate table ops.more (thing varchar);\nalter table bronze.orders add column remark varchar;\n")}
	model := tree["gold/dim_date.sql"]
	model.Data = []byte(strings.Replace(string(model.Data), "--   quarter: Q3\n", "", 1))
	want := []string{"bronze.orders.remark", "gold.dim_date.quarter", "ops.more", "ops.more.thing"}
	if got := uncommented(t, tree); !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
}
