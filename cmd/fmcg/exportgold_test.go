package main

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fmcg/fmcg/catalog"
)

func TestExportedGoldEqualsThePublishedAndAHalfIsNeverNamed(t *testing.T) {
	dir := t.TempDir()
	lake, published, target := filepath.Join(dir, "lake"), filepath.Join(dir, "fmcg.duckdb"), filepath.Join(dir, "open")
	must(t, "demo", lake, "--days", "5", "--rows-per-day", "20")
	must(t, "refresh", "--lake", lake, "--warehouse", published)
	must(t, "export", target, "--warehouse", published)
	named := func() string {
		body, err := os.ReadFile(filepath.Join(target, currentRelease))
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(body))
	}
	first := named()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	release, err := filepath.EvalSymlinks(published)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(fmt.Sprintf("attach '%s' as published (read_only)", release)); err != nil {
		t.Fatal(err)
	}
	for _, row := range ask(t, published, "select distinct table_name from duckdb_columns() where schema_name = 'gold'").Rows {
		table := fmt.Sprint(row[0])
		files := filepath.Join(target, "releases", first, "gold", table)
		var years []string
		if years, err = filepath.Glob(filepath.Join(files, "year=*")); err != nil {
			t.Fatal(err)
		}
		if dated := table != "dim_customers" && !strings.HasSuffix(table, "_products") && !strings.HasSuffix(table, "_customers"); dated != (len(years) > 0) {
			t.Errorf("%s is partitioned into %v", table, years)
		}
		var differing, rows int
		here, there := "published.gold."+table, fmt.Sprintf("read_parquet('%s/**/*.parquet', hive_partitioning = false)", files)
		if err := db.QueryRow(fmt.Sprintf(`select (select count(*) from %[1]s), (select count(*) from
			((from %[1]s except all from %[2]s) union all (from %[2]s except all from %[1]s)))`, here, there)).Scan(&rows, &differing); err != nil {
			t.Fatal(err)
		}
		if differing != 0 || rows == 0 {
			t.Errorf("%s: %d rows differ, of %d", table, differing, rows)
		}
	}

	// The next release cannot be written whole: what is named stays, until it can.
	must(t, "demo", lake, "--days", "6", "--rows-per-day", "20", "--last-day", "2025-12-01")
	must(t, "refresh", "--lake", lake, "--warehouse", published)
	second, err := catalog.ReadSnapshot(t.Context(), published)
	if err != nil {
		t.Fatal(err)
	}
	inTheWay := filepath.Join(target, "releases", second.Run, "gold", "sb_fact_orders")
	if err := os.MkdirAll(filepath.Dir(inTheWay), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(inTheWay, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var out, complaint strings.Builder
	if code := run(t.Context(), []string{"export", target, "--warehouse", published}, strings.NewReader(""), &out, &complaint); code == 0 || named() != first {
		t.Errorf("exit code %d with %s named, want another than 0 and %s: %s", code, named(), first, complaint.String())
	}
	if err := os.Remove(inTheWay); err != nil {
		t.Fatal(err)
	}
	must(t, "export", target, "--warehouse", published)
	if named() != second.Run {
		t.Errorf("%s is named, want %s", named(), second.Run)
	}
}
