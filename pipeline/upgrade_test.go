package pipeline_test

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/fmcg/fmcg/pipeline"
)

// testdata/upgrade/N holds a file that was published when N was the last migration, with its lake. Whoever adds a migration
// adds such a folder first, made by the commit before.
func TestAFileOfAnEarlierVersionUpgradesWithItsData(t *testing.T) {
	folders, err := filepath.Glob(filepath.Join("..", "testdata", "upgrade", "*"))
	if err != nil || len(folders) == 0 {
		t.Fatalf("no former files: %v", err)
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			h := newHouse(t)
			if err := os.CopyFS(h.lake, os.DirFS(filepath.Join(folder, "lake"))); err != nil {
				t.Fatal(err)
			}
			const former = "20261124T103525035Z-374044"
			published := filepath.Join(filepath.Dir(h.warehouse), "releases", former, "fmcg.duckdb")
			unpackTo(t, filepath.Join(folder, "fmcg.duckdb.gz"), published)
			if err := os.Symlink(filepath.Join("releases", former, "fmcg.duckdb"), h.warehouse); err != nil {
				t.Fatal(err)
			}
			before := h.rows("select run_id from ops.runs")
			h.refresh()
			h.wantRules(os.DirFS(h.lake))
			if got := h.rows("select run_id from ops.runs order by finished_at limit ?", len(before)); got[0] != before[0] {
				t.Errorf("the former run is %q in the history, want %q", got, before)
			}
			pending, err := pipeline.Migrations(t.Context(), h.config())
			if err != nil {
				t.Fatal(err)
			}
			for _, migration := range pending {
				if migration.AppliedAt.IsZero() {
					t.Errorf("%s is not applied", migration.Path)
				}
			}
			h.put(landing("orders_2025_07_06.csv"), aDay("A9"))
			h.refresh()
			h.wantRules(os.DirFS(h.lake))
		})
	}
}

func unpackTo(t testing.TB, packed, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	source, err := os.Open(packed)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	unpacker, err := gzip.NewReader(source)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(unpacker)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, body, 0o444); err != nil {
		t.Fatal(err)
	}
}
