package spark

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/pipeline"
	sqltree "github.com/fmcg/fmcg/sql"
)

// few are the files of the SQL tree that make a small warehouse with every way in which rows enter their tables: by file, by
// month, whole, judged, looked up, and views. A run is a matter of seconds.
var few = []string{
	"bronze/orders", "bronze/products", "bronze/parent_fact_orders", "silver/category_divisions", "silver/product_ids", "silver/products",
	"silver/orders", "silver/parent_fact_orders", "gold/fact_orders", "gold/sb_fact_orders", "gold/sb_dim_products", "ops/row_accounts", "ops/freshness",
	"checks/row_accounts_balance", "checks/facts_match_silver",
}

const smallView = `-- One row for each row of gold.fact_orders.
--
-- task: fact_processing_orders
-- load: view
-- columns:
--   date: the month
--   product_code: the product
--   customer_code: the customer
--   sold_quantity: pieces

select
    date,
    product_code,
    customer_code,
    sold_quantity
from gold.fact_orders
`

// smallTree is the SQL tree of few.
func smallTree(t *testing.T) fs.FS {
	t.Helper()
	tree := fstest.MapFS{}
	paths, err := fs.Glob(sqltree.Files, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	paths = append(paths, "corrections/category_divisions.csv", "corrections/product_ids.csv")
	for _, name := range few {
		paths = append(paths, name+".sql")
	}
	for _, path := range paths {
		body, err := fs.ReadFile(sqltree.Files, path)
		if err != nil {
			t.Fatal(err)
		}
		tree[path] = &fstest.MapFile{Data: body}
	}
	tree["gold/vw_fact_orders_enriched.sql"] = &fstest.MapFile{Data: []byte(smallView)} // without which nothing is published
	return tree
}

// small is a lake of few files and the bundle of the small tree.
type small struct {
	*session
	lake, staging string
	args          []string
	tables        []string // that the tree makes, and are compared
	config        pipeline.Config
}

func smallWarehouse(t *testing.T) *small {
	t.Helper()
	s := &small{session: spark(t), lake: t.TempDir(), staging: t.TempDir(), config: pipeline.Config{SQL: smallTree(t)}}
	withSQLGlot(t)
	own := *s.session // the same Spark, another bundle
	own.bundle = t.TempDir()
	s.session = &own
	m, err := Bundle(t.Context(), Config{Pipeline: s.config}, own.bundle)
	if err != nil {
		t.Fatal(err)
	}
	for _, model := range m.Models {
		if slices.Contains(compared, model.Table.Table) {
			s.tables = append(s.tables, model.Table.Table)
		}
	}
	s.tables = append(s.tables, "ops.quarantine", "ops.outcomes")
	s.args = []string{"--lake", s.lake, "--warehouse", s.staging, "--catalog", catalogName}
	s.emptyCatalog(t)
	return s
}

// file is a file of the small lake, of a time.
func file(path string, minute int, lines ...string) delivery {
	headers := map[string]string{
		"child/products/":       "product_name,product_id,category",
		"child/orders/landing/": "order_id,order_placement_date,customer_id,product_id,order_qty",
		"parent/":               "date,product_code,customer_code,sold_quantity",
	}
	dir, _ := filepath.Split(path)
	return delivery{path, []byte(headers[dir] + "\n" + strings.Join(lines, "\n") + "\n"), time.Date(2025, 9, 10, 0, minute, 0, 0, time.UTC)}
}

// The small lake: what is there, what a step brings (a product late, an order file that lost its only July line and has a
// broken record, a new one, one that is no table), and one more file.
var (
	there = []delivery{
		file("child/products/products.csv", 0, "Bar (60g),1,energy bars"),
		file("parent/fact_orders.csv", 0, "2025-07-01,P1,7,5", "2025-08-01,P1,7,6"),
		file("child/orders/landing/orders_2025_08_01.csv", 0, "a,2025-07-31,1,1,2", "b,2025-08-01,1,1,3", "c,2025-08-01,1,2,4"),
		file("child/orders/landing/orders_2025_08_02.csv", 0, "b,2025-08-01,1,1,3", "d,2025-08-02,1,1,x", "e,2025-08-02,1,1,9"),
	}
	step = []delivery{
		file("child/products/products_late.csv", 1, "Gel (30g),2,energy gels"),
		file("child/orders/landing/orders_2025_08_01.csv", 1, "b,2025-08-01,1,1,3", "c,2025-08-01,1,2,4", "f,2025-08-01,1"),
		file("child/orders/landing/orders_2025_09_01.csv", 1, "g,2025-09-01,1,2,5"),
		{"child/orders/landing/orders_2025_09_02.csv", []byte("nothing\n1\n"), time.Date(2025, 9, 10, 0, 1, 0, 0, time.UTC)},
	}
	more = []delivery{file("child/orders/landing/orders_2025_08_03.csv", 2, "h,2025-08-03,1,2,1", "i,2025-07-30,1,1,8")}
)

// sums says what is in the tables, and in the ledger, whichever run wrote it.
func (s *small) sums(t *testing.T) (sums map[string]string) {
	t.Helper()
	without := map[string][]string{"ops.files": {"run_id", "loaded_at"}, pendingTable: {}}
	for _, table := range s.tables {
		without[table] = perRun
	}
	s.ask(t, map[string]any{"sums": without}, &sums)
	return sums
}

// pendingTable holds what a run is about to do, and is empty when it has ended.
const pendingTable = "ops.spark_pending"

// catalog is the folder of all Iceberg tables.
func (s *session) catalog() string { return filepath.Join(s.folder, "iceberg") }

// published returns what the embedded engine makes of the lake.
func (s *small) published(t *testing.T) string {
	t.Helper()
	s.config.Lake, s.config.Warehouse, s.config.Now = lakeOf(s.lake), filepath.Join(t.TempDir(), "fmcg.duckdb"), time.Now
	if _, err := pipeline.Refresh(t.Context(), s.config); err != nil {
		t.Fatal(err)
	}
	return s.config.Warehouse
}

func (s *small) mustEqualDuckDB(t *testing.T) {
	t.Helper()
	mustEqual(t, s.tables, s.published(t), s.inCatalog(t))
}

// What a death between two commits leaves is what lies there between them, since a commit is whole or not at all. So one run is
// watched, and from each moment of it another one starts.
func TestARunThatIsKilledBetweenAnyTwoCommitsIsRepairedByTheNext(t *testing.T) {
	s := smallWarehouse(t)
	deliver(t, s.lake, there...)
	s.run(t, s.args...)
	deliver(t, s.lake, step...)
	moments := t.TempDir()
	var watched ran
	s.ask(t, map[string]any{"run": s.args, "bundle": s.bundle, "keep": moments, "of": s.catalog()}, &watched)
	s.mustEqualDuckDB(t)
	want := []map[string]string{s.sums(t)}
	deliver(t, s.lake, more...)
	s.run(t, s.args...)
	s.mustEqualDuckDB(t)
	want = append(want, s.sums(t))
	if watched.Code != 0 || watched.Commits < 15 {
		t.Fatalf("exit code %d after %d commits, want 0 after at least 15: %s", watched.Code, watched.Commits, strings.Join(watched.Said, "\n"))
	}
	if empty := want[0][pendingTable]; !strings.HasPrefix(empty, "0 rows") {
		t.Errorf("after a run that ended %s holds %s", pendingTable, empty)
	}
	for after := range watched.Commits {
		ways := []int{after % 2} // every other time a file comes between the death and the next run
		if after > watched.Commits-4 {
			ways = []int{0, 1} // while the run is written down: both
		}
		for _, withMore := range ways {
			moment := os.DirFS(filepath.Join(moments, strconv.Itoa(after)))
			if err := errors.Join(os.RemoveAll(s.catalog()), os.CopyFS(s.catalog(), moment), os.RemoveAll(filepath.Join(s.lake, more[0].path))); err != nil {
				t.Fatal(err)
			}
			if withMore == 1 {
				deliver(t, s.lake, more...)
			}
			if after == watched.Commits/2 {
				s.refusesWithout(t, step[2])
			}
			s.run(t, s.args...)
			if diff := gocmp.Diff(want[withMore], s.sums(t)); diff != "" {
				t.Errorf("killed after %d of %d commits, %d files later, -want +got:\n%s", after, watched.Commits, withMore, diff)
			}
			t.Logf("killed after %d of %d commits, %d files later, and repaired", after, watched.Commits, withMore)
		}
	}
}

// refusesWithout takes a file away that a killed run was about to read, has the next run refuse to go on, and brings it back.
func (s *small) refusesWithout(t *testing.T, gone delivery) {
	t.Helper()
	if err := os.Remove(filepath.Join(s.lake, gone.path)); err != nil {
		t.Fatal(err)
	}
	var refused ran
	s.ask(t, map[string]any{"run": s.args, "bundle": s.bundle}, &refused)
	if said := strings.Join(refused.Said, "\n"); refused.Code == 0 || !strings.Contains(said, filepath.Base(gone.path)+"; bring them back") {
		t.Errorf("without a file that a killed run was about to read: exit code %d: %s", refused.Code, said)
	}
	deliver(t, s.lake, gone)
}

// The same by real processes, which take their JVM along: while all is built, and while a step is.
func TestAProcessThatIsKilledIsRepairedByTheNext(t *testing.T) {
	s := smallWarehouse(t)
	for _, moment := range []struct {
		files []delivery
		after int
	}{{there, 29}, {step, 11}} {
		deliver(t, s.lake, moment.files...)
		line, err := json.Marshal(map[string]any{"run": s.args, "bundle": s.bundle, "die_after": moment.after})
		if err != nil {
			t.Fatal(err)
		}
		process := s.process(t.Context())
		process.Stdin = strings.NewReader(string(line) + "\n")
		var ended *exec.ExitError
		if output, err := process.CombinedOutput(); !errors.As(err, &ended) || ended.ExitCode() != -1 {
			t.Fatalf("it ended with %v, want a signal:\n%s", err, output)
		}
		s.run(t, s.args...)
		s.mustEqualDuckDB(t)
	}
}
