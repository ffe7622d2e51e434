package main

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/iceberg"
	"github.com/fmcg/fmcg/pipeline/lake/s3test"
	sqltree "github.com/fmcg/fmcg/sql"
)

// icebergVariable names a folder with the engine's extensions iceberg and avro.
const icebergVariable = "FMCG_ICEBERG"

// withIceberg returns an engine that reads tables of Iceberg, and has a published file attached as published.
func withIceberg(t *testing.T, published string, statements ...string) *sql.DB {
	t.Helper()
	folder := os.Getenv(icebergVariable)
	if folder == "" {
		t.Skipf("%s did not run: %s names no folder with the engine's extensions iceberg and avro; make test does", t.Name(), icebergVariable)
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	release, err := filepath.EvalSymlinks(published)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range append([]string{
		"load '" + filepath.Join(folder, "avro.duckdb_extension") + "'", "load '" + filepath.Join(folder, "iceberg.duckdb_extension") + "'",
		fmt.Sprintf("attach '%s' as published (read_only)", release),
	}, statements...) {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

// mustEqualIceberg compares each table of gold with its table of Iceberg, both ways, and their types.
func mustEqualIceberg(t *testing.T, published, target string, statements ...string) {
	t.Helper()
	db := withIceberg(t, published, statements...)
	tables := ask(t, published, "select distinct table_name from duckdb_columns() where schema_name = 'gold'").Rows
	if len(tables) < 10 {
		t.Fatalf("gold has %d tables", len(tables))
	}
	for _, row := range tables {
		here, there := fmt.Sprintf("published.gold.%s", row[0]), fmt.Sprintf("iceberg_scan('%s/gold/%s')", target, row[0])
		var rows, differing, columns int
		if err := db.QueryRow(fmt.Sprintf(`select (select count(*) from %[1]s),
			(select count(*) from ((from %[1]s except all from %[2]s) union all (from %[2]s except all from %[1]s))),
			(select count(*) from (select column_name, column_type from (describe from %[1]s) except select column_name, column_type from (describe from %[2]s)))`,
			here, there)).Scan(&rows, &differing, &columns); err != nil {
			t.Fatal(err)
		}
		if rows == 0 || differing != 0 || columns != 0 {
			t.Errorf("%s: %d rows differ of %d, and %d columns in their types", row[0], differing, rows, columns)
		}
	}
}

// metadataOf returns the versions of a table that are there.
func metadataOf(t *testing.T, target, table string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(target, "gold", table, "metadata", "v*.metadata.json"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestIcebergTablesEqualThePublishedAfterEachRelease(t *testing.T) {
	dir := t.TempDir()
	lake, published, target := filepath.Join(dir, "lake"), filepath.Join(dir, "fmcg.duckdb"), filepath.Join(dir, "open")
	must(t, "demo", lake, "--days", "5", "--rows-per-day", "20")
	must(t, "refresh", "--lake", lake, "--warehouse", published)
	must(t, "export", target, "--format", "iceberg", "--warehouse", published)
	mustEqualIceberg(t, published, target)
	must(t, "export", target, "--format", "iceberg", "--warehouse", published)
	if found := metadataOf(t, target, "fact_orders"); len(found) != 1 {
		t.Errorf("a release that is there already was committed again: %v", found)
	}
	must(t, "demo", lake, "--days", "6", "--rows-per-day", "20", "--last-day", "2025-12-01")
	must(t, "refresh", "--lake", lake, "--warehouse", published)
	must(t, "export", target, "--format", "iceberg", "--warehouse", published)
	mustEqualIceberg(t, published, target)
	var snapshots int
	if err := withIceberg(t, published).QueryRow("select count(*) from iceberg_snapshots('" + target + "/gold/fact_orders')").Scan(&snapshots); err != nil || snapshots != 2 {
		t.Errorf("%d snapshots (%v), want 2", snapshots, err)
	}
}

// A column of another type is another column, and a table may be parted anew: old snapshots keep their shape.
func TestAnIcebergTableTakesTheShapeOfAnEditedModel(t *testing.T) {
	dir := t.TempDir()
	lake, published, target, tree := filepath.Join(dir, "lake"), filepath.Join(dir, "fmcg.duckdb"), filepath.Join(dir, "open"), filepath.Join(dir, "sql")
	must(t, "demo", lake, "--days", "5", "--rows-per-day", "20")
	must(t, "refresh", "--lake", lake, "--warehouse", published)
	must(t, "export", target, "--format", "iceberg", "--warehouse", published)
	count := func(options string) (rows int) {
		t.Helper()
		if err := withIceberg(t, published).QueryRow(fmt.Sprintf("select count(sold_quantity) from iceberg_scan('%s/gold/sb_fact_orders'%s)", target, options)).Scan(&rows); err != nil {
			t.Fatal(err)
		}
		return rows
	}
	before := count("")
	if err := os.CopyFS(tree, sqltree.Files); err != nil {
		t.Fatal(err)
	}
	model := filepath.Join(tree, "gold", "sb_fact_orders.sql")
	body, err := os.ReadFile(model)
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.NewReplacer(
		"--   sold_quantity: pieces", "--   sold_quantity: pieces\n--   year: year of the order",
		"    sold_quantity\n", "    cast(sold_quantity as double) as sold_quantity,\n    cast(year(date) as integer) as year\n",
	).Replace(string(body))
	if err := os.WriteFile(model, []byte(edited), 0o644); err != nil {
		t.Fatal(err)
	}
	must(t, "demo", lake, "--days", "6", "--rows-per-day", "20", "--last-day", "2025-12-01")
	must(t, "refresh", "--lake", lake, "--warehouse", published, "--sql", tree)
	must(t, "export", target, "--format", "iceberg", "--warehouse", published)
	mustEqualIceberg(t, published, target)
	if got := count(", version = '1'"); got != before || before == 0 {
		t.Errorf("the first snapshot has %d rows now, want %d", got, before)
	}
}

// An export that is cut off anywhere leaves each table as it was or as it is to be, and the next one ends it.
func TestAnIcebergExportThatIsCutOffIsEndedByTheNext(t *testing.T) {
	dir := t.TempDir()
	lake, published, target := filepath.Join(dir, "lake"), filepath.Join(dir, "fmcg.duckdb"), filepath.Join(dir, "open")
	must(t, "demo", lake, "--days", "5", "--rows-per-day", "20")
	must(t, "refresh", "--lake", lake, "--warehouse", published)
	must(t, "export", target, "--format", "iceberg", "--warehouse", published)
	first, err := catalog.ReadSnapshot(t.Context(), published)
	if err != nil {
		t.Fatal(err)
	}
	must(t, "demo", lake, "--days", "6", "--rows-per-day", "20", "--last-day", "2025-12-01")
	must(t, "refresh", "--lake", lake, "--warehouse", published)
	second, err := catalog.ReadSnapshot(t.Context(), published)
	if err != nil {
		t.Fatal(err)
	}
	inTheWay := func(path string) string { // a folder where a file is to be written
		path = filepath.Join(target, "gold", path)
		if err := os.MkdirAll(path, 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	run := func() int {
		var out, complaint strings.Builder
		return run(t.Context(), []string{"export", target, "--format", "iceberg", "--warehouse", published}, strings.NewReader(""), &out, &complaint)
	}
	runOf := func(table string) string {
		version := len(metadataOf(t, target, table))
		body, err := os.ReadFile(filepath.Join(target, "gold", table, iceberg.MetadataPath(version)))
		if err != nil {
			t.Fatal(err)
		}
		opened, err := iceberg.Open(target+"/gold/"+table, version, body)
		if err != nil {
			t.Fatal(err)
		}
		return opened.Run()
	}

	// The data of the last table cannot be written: no table is committed.
	blocked := inTheWay("vw_fact_orders_enriched/data/" + second.Run + "-v2/fmcg_year=2025/data_0.parquet")
	if run() == 0 {
		t.Error("it ended well")
	}
	for _, table := range []string{"dim_customers", "vw_fact_orders_enriched"} {
		if got := runOf(table); got != first.Run {
			t.Errorf("%s is of run %s, want %s", table, got, first.Run)
		}
	}
	// One table is committed but for its hint, the next not at all.
	if err := os.RemoveAll(blocked); err != nil {
		t.Fatal(err)
	}
	if code := run(); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	for _, table := range []string{"dim_customers", "fact_orders"} {
		if err := os.WriteFile(filepath.Join(target, "gold", table, iceberg.Hint), []byte("1"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(target, "gold", "fact_orders", iceberg.MetadataPath(2))); err != nil {
		t.Fatal(err)
	}
	if code := run(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	for _, table := range []string{"dim_customers", "fact_orders", "vw_fact_orders_enriched"} {
		if got := runOf(table); got != second.Run {
			t.Errorf("%s is of run %s, want %s", table, got, second.Run)
		}
	}
	mustEqualIceberg(t, published, target)
}

func TestIcebergTablesOnS3EqualThePublished(t *testing.T) {
	httpfs := os.Getenv("FMCG_HTTPFS")
	if httpfs == "" {
		t.Skipf("%s did not run: FMCG_HTTPFS names no httpfs; make test does", t.Name())
	}
	server := s3test.Start(t)
	t.Setenv("AWS_ACCESS_KEY_ID", server.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", server.SecretKey)
	t.Setenv("AWS_REGION", s3test.Region)
	t.Setenv("AWS_ENDPOINT_URL_S3", server.Endpoint)
	dir := t.TempDir()
	lake, published, target := filepath.Join(dir, "lake"), filepath.Join(dir, "fmcg.duckdb"), "s3://"+server.Bucket+"/open"
	for _, last := range []string{"2025-11-30", "2025-12-01"} {
		must(t, "demo", lake, "--days", "5", "--rows-per-day", "20", "--last-day", last)
		must(t, "refresh", "--lake", lake, "--warehouse", published)
		must(t, "export", target, "--format", "iceberg", "--warehouse", published)
		mustEqualIceberg(t, published, target, "load '"+httpfs+"'", fmt.Sprintf("create secret (type s3, key_id '%s', secret '%s', region '%s', endpoint '%s', url_style path, use_ssl false)",
			server.AccessKey, server.SecretKey, s3test.Region, strings.TrimPrefix(server.Endpoint, "http://")))
	}
}
