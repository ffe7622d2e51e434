package pipeline_test

import (
	"database/sql"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fmcg/fmcg/pipeline"
	"github.com/fmcg/fmcg/pipeline/journal"
	sqltree "github.com/fmcg/fmcg/sql"
)

// ownTree is a copy of the SQL tree that a test may edit.
func ownTree(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, sqltree.Files); err != nil {
		t.Fatal(err)
	}
	return dir
}

func edit(t testing.TB, path, from, to string) {
	t.Helper()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.Replace(string(body), from, to, 1)
	if edited == string(body) {
		t.Fatalf("%s does not hold %q", path, from)
	}
	if err := os.WriteFile(path, []byte(edited), 0o644); err != nil {
		t.Fatal(err)
	}
}

// refreshWith runs a refresh with a tree and returns the models that ran.
func (h *house) refreshWith(dir string) (ran []string) {
	h.t.Helper()
	h.refresh(func(config *pipeline.Config) {
		config.SQL = os.DirFS(dir)
		config.Observe = func(event journal.Event) {
			if event.Kind == journal.ModelBuilt || event.Kind == journal.FileRead {
				ran = append(ran, event.Name)
			}
		}
	})
	return ran
}

// Law 8.
func TestEditedSQLRebuildsItselfAndWhatDependsOnItAndNothingElse(t *testing.T) {
	h := tiny(t)
	h.refresh()
	tree := ownTree(t)
	if ran := h.refreshWith(tree); ran != nil {
		t.Errorf("the same SQL from a folder ran %v", ran)
	}
	edit(t, filepath.Join(tree, "gold", "dim_products.sql"), "parent_products", "parents_products")
	edit(t, filepath.Join(tree, "gold", "dim_products.sql"), "from parent_products", "from parents_products")
	edit(t, filepath.Join(tree, "gold", "dim_products.sql"), "join parent_products", "join parents_products")
	edit(t, filepath.Join(tree, "gold", "dim_products.sql"), "parent_products.product_code\n", "parents_products.product_code\n")
	edit(t, filepath.Join(tree, "gold", "dim_products.sql"), "where parent_products", "where parents_products")
	want := []string{"gold/dim_products.sql", "gold/vw_fact_orders_enriched.sql"}
	if ran := h.refreshWith(tree); !slices.Equal(ran, want) {
		t.Errorf("ran %v, want %v", ran, want)
	}
	h.wantRules(os.DirFS(h.lake))
	if ran := h.refreshWith(tree); ran != nil {
		t.Errorf("with nothing edited ran %v", ran)
	}
}

func TestAnEditedCorrectionRebuildsWhatItCorrects(t *testing.T) {
	h := tiny(t)
	h.refresh()
	tree := ownTree(t)
	edit(t, filepath.Join(tree, "corrections", "category_divisions.csv"), "Energy Bars,Nutrition Bars", "Energy Bars,Bars of Energy")
	ran := h.refreshWith(tree)
	if !slices.Contains(ran, "silver/products.sql") || slices.Contains(ran, "silver/customers.sql") {
		t.Errorf("ran %v", ran)
	}
	if got := h.rows("select count(*) > 0 from gold.dim_products where division = 'Bars of Energy'"); got[0] != "true" {
		t.Error("the correction is not in gold")
	}
}

func TestAnEditedBronzeFileReadsTheLakeAgain(t *testing.T) {
	h := tiny(t)
	h.refresh()
	tree := ownTree(t)
	edit(t, filepath.Join(tree, "bronze", "customers.sql"), "-- Nothing is judged here", "-- Here nothing is judged")
	ran := h.refreshWith(tree)
	if !slices.Contains(ran, "child/customers/customers.csv") || slices.ContainsFunc(ran, func(name string) bool { return strings.HasPrefix(name, "orders_") }) {
		t.Errorf("read and ran %v", ran)
	}
	h.wantRules(os.DirFS(h.lake))
}

func TestANewTableIsBuiltAndADeletedOneIsDropped(t *testing.T) {
	h := tiny(t)
	h.refresh()
	tree := ownTree(t)
	path := filepath.Join(tree, "gold", "sales_by_division.sql")
	body := "-- One row is one division.\n--\n-- task: fact_processing_orders\n-- load: replace\n-- columns:\n--   division: division\n--   sold_quantity: pieces\n\n" +
		"select division, sum(sold_quantity) as sold_quantity from gold.vw_fact_orders_enriched group by division\n"
	if err := os.WriteFile(path, []byte(body), 0o644); err != nil {
		t.Fatal(err)
	}
	if ran := h.refreshWith(tree); !slices.Equal(ran, []string{"gold/sales_by_division.sql"}) {
		t.Errorf("ran %v", ran)
	}
	if got := h.rows("select count(*) > 3 from gold.sales_by_division"); got[0] != "true" {
		t.Error("the new table is empty")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	h.refreshWith(tree)
	if got := h.rows("select count(*) from information_schema.tables where table_name = 'sales_by_division'"); got[0] != "0" {
		t.Error("the deleted table is still there")
	}
}

func TestAMigrationThatFailsHarmsNothing(t *testing.T) {
	h := tiny(t)
	h.refresh()
	before := h.bytesOf()
	tree := ownTree(t)
	migration := filepath.Join(tree, "migrations", "00099_remark.sql")
	if err := os.WriteFile(migration, []byte("-- +goose Up\nalter table bronze.nothing add column remark varchar;\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := h.tryRefresh(func(config *pipeline.Config) { config.SQL = os.DirFS(tree) })
	if err == nil || h.bytesOf() != before {
		t.Fatalf("error %v, published file changed: %t", err, h.bytesOf() != before)
	}
	if err := os.WriteFile(migration, []byte("-- +goose Up\nalter table bronze.customers add column remark varchar;\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	h.refreshWith(tree)
	if got := h.rows("select count(*) from information_schema.columns where table_schema = 'bronze' and column_name = 'remark'"); got[0] != "1" {
		t.Error("the migration was not applied")
	}
	if _, err := h.tryRefresh(); pipeline.CodeOf(err) != pipeline.WrongUse {
		t.Errorf("an older tree gave %v, want code 2", err)
	}
}

func TestACheckOfSeverityErrorThatFailsPublishesNothing(t *testing.T) {
	h := tiny(t)
	h.refresh()
	before := h.bytesOf()
	tree := ownTree(t)
	check := "-- Rows that are there. For this test.\n--\n-- severity: error\n\nselect * from gold.dim_date\n"
	if err := os.WriteFile(filepath.Join(tree, "checks", "nothing_is_there.sql"), []byte(check), 0o644); err != nil {
		t.Fatal(err)
	}
	h.put(nextDay, nextDayBody(h))
	_, err := h.tryRefresh(func(config *pipeline.Config) { config.SQL = os.DirFS(tree) })
	if pipeline.CodeOf(err) != pipeline.ChecksFailed || !strings.Contains(err.Error(), "nothing_is_there") {
		t.Errorf("error %v, want code 3 and the check's name", err)
	}
	if h.bytesOf() != before {
		t.Error("the published file changed")
	}
}

// Law 9: every model is one SELECT that runs as it is, once its variables are set; silver and gold with none set at all.
func TestEveryModelRunsAsItIsInAnyClient(t *testing.T) {
	h := tiny(t)
	h.refresh()
	db := h.open()
	for _, pattern := range []string{"silver/*.sql", "gold/*.sql", "ops/*.sql", "checks/*.sql"} {
		paths, err := fs.Glob(sqltree.Files, pattern)
		if err != nil || len(paths) == 0 {
			t.Fatal(pattern, err)
		}
		for _, path := range paths {
			body, err := fs.ReadFile(sqltree.Files, path)
			if err != nil {
				t.Fatal(err)
			}
			query := string(body)
			if strings.Contains(query, "getvariable('corrections')") {
				query = strings.ReplaceAll(query, "getvariable('corrections')", "'"+filepath.Join("..", "sql", "corrections")+"'")
			}
			if _, err := db.Exec(query); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
}

// A key is named in the head of its table's file, and the check that it is unique groups by it.
func TestTheChecksOfUniqueKeysHoldTheKeysThatTheHeadsName(t *testing.T) {
	tree, err := pipeline.LoadTree(sqltree.Files)
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, model := range tree.Models {
		if model.Schema == "silver" && len(model.Key) == 0 {
			t.Errorf("%s names no key", model.Path)
		}
		name := "checks/" + model.Name + "_unique.sql"
		body, err := fs.ReadFile(sqltree.Files, name)
		if err != nil || model.Schema != "gold" {
			continue
		}
		checked++
		if want := "\ngroup by " + strings.Join(model.Key, ", ") + "\n"; !strings.Contains(string(body), want) {
			t.Errorf("%s does not group by %q, the key of %s", name, model.Key, model.Path)
		}
	}
	if checked < 8 {
		t.Errorf("only %d checks of unique keys", checked)
	}
}

func TestAKeyNamesColumnsOfItsTable(t *testing.T) {
	tree := ownTree(t)
	edit(t, filepath.Join(tree, "gold", "dim_products.sql"), "-- key: product_code", "-- key: product_code, colour")
	_, err := pipeline.LoadTree(os.DirFS(tree))
	if err == nil || !strings.Contains(err.Error(), `gold/dim_products.sql:5: the key names "colour", which is no column`) {
		t.Errorf("got %v, want the file, the line and the column", err)
	}
}

func TestAFileOfBeforeItHeldItsSQLIsUpgradedWithItsData(t *testing.T) {
	h := tiny(t)
	h.refresh()
	before := h.contents()
	release, err := filepath.EvalSymlinks(h.warehouse)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(release, 0o644); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", release)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{"create table kept as select path, sha256 from ops.sql_files", "drop table ops.sql_files",
		"create table ops.sql_files (path varchar not null primary key, sha256 varchar not null)", "insert into ops.sql_files from kept", "drop table kept",
		"delete from ops.schema_versions where version_id >= 4", "checkpoint"} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	var ran []string
	h.refresh(func(config *pipeline.Config) {
		config.Observe = func(event journal.Event) {
			if event.Kind == journal.ModelBuilt || event.Kind == journal.FileRead {
				ran = append(ran, event.Name)
			}
		}
	})
	if ran != nil {
		t.Errorf("the upgrade ran %v", ran)
	}
	h.wantContents(before)
	body, err := fs.ReadFile(sqltree.Files, "silver/orders.sql")
	if err != nil {
		t.Fatal(err)
	}
	if got := h.rows("select sql from ops.sql_files where path = 'silver/orders.sql'"); len(got) != 1 || got[0] != string(body) {
		t.Errorf("the file holds the SQL %.80q", got)
	}
	if got := h.rows("select count(*) from ops.sql_files where sql is null"); got[0] != "0" {
		t.Errorf("%s files without their SQL", got[0])
	}
}
