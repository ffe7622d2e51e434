package pipeline

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/pipeline/lake"
	sqltree "github.com/fmcg/fmcg/sql"
)

// The engine counts the files of a table of refused records for all connections together: batches that share one lose
// records, now and then. So this looks at the tables that the engine made: each batch must have its own.
func TestEachBatchOfFilesHasItsOwnTableOfRefusedRecords(t *testing.T) {
	const readers, batches = 3, 6
	root := t.TempDir()
	landing := filepath.Join(root, "orders", "landing")
	if err := os.MkdirAll(landing, 0o755); err != nil {
		t.Fatal(err)
	}
	var want []string
	for i := range readers * batches {
		body := "order_id,order_placement_date,customer_id,product_id,order_qty\n" + fmt.Sprintf("A%d,2025-07-05,7,1,10\nrefused\n", i)
		if err := os.WriteFile(filepath.Join(landing, fmt.Sprintf("orders_%02d.csv", i)), []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	e, err := openEngine(t.Context(), "", false, EngineConfig{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.close() })
	e.db.SetMaxIdleConns(readers * batches) // a connection that is closed takes its temporary tables with it
	tree, err := LoadTree(sqltree.Files)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.migrate(t.Context(), tree.Migrations); err != nil {
		t.Fatal(err)
	}
	opened, err := lake.Open(t.Context(), lake.Config{Child: root})
	if err != nil {
		t.Fatal(err)
	}
	listing, err := opened.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r := &refresh{config: Config{Readers: readers}.withDefaults(), lake: opened, tree: tree, engine: e, started: time.Unix(0, 0), release: release{dir: t.TempDir()}}
	reading := &task{refresh: r, builder: builder{job: newJob(r), engine: e, changes: noChanges()}}
	for chunk := range slices.Chunk(listing.Files, len(listing.Files)/2) { // two readings, three batches each
		if _, err := reading.readInto(t.Context(), "bronze", chunk); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for range readers * batches {
		conn, err := e.db.Connx(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		var tables []string
		if err := conn.SelectContext(t.Context(), &tables, "select table_name from duckdb_tables() where temporary and table_name like 'reject_errors%'"); err != nil {
			t.Fatal(err)
		}
		got = append(got, tables...)
	}
	for i := range batches {
		want = append(want, fmt.Sprintf("reject_errors_%d", i+1))
	}
	slices.SortFunc(got, strings.Compare)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tables of refused records, of all connections (-want +got):\n%s", diff)
	}
}
