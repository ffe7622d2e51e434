package spark

import (
	"bufio"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"

	"github.com/fmcg/fmcg/pipeline"
	"github.com/fmcg/fmcg/pipeline/demo"
	"github.com/fmcg/fmcg/pipeline/lake"
)

// toolsVariable names the folder that make test-spark installs PySpark, sqlglot and Iceberg into.
const toolsVariable = "FMCG_SPARK"

// tools returns that folder, and has Python find what is in it; without it the test does not run.
func tools(t *testing.T) string {
	t.Helper()
	folder := os.Getenv(toolsVariable)
	if folder == "" {
		t.Skipf("%s did not run: %s names no folder with PySpark and sqlglot; make test-spark does", t.Name(), toolsVariable)
	}
	return folder
}

func withSQLGlot(t *testing.T) {
	t.Helper()
	t.Setenv("PYTHONPATH", tools(t))
}

// session is a Spark session that all tests share: starting one takes longer than most of them.
type session struct {
	mutex   *sync.Mutex
	command *exec.Cmd
	stdin   io.WriteCloser
	answers *bufio.Reader
	log     *os.File
	folder  string   // for what tests leave
	bundle  string   // what is run
	submit  []string // flags of spark-submit

	environment []string
}

var shared struct {
	once    sync.Once
	session *session
	err     error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if s := shared.session; s != nil {
		_ = s.stdin.Close()
		_ = s.command.Wait()
		_ = os.RemoveAll(s.folder)
	}
	os.Exit(code)
}

// spark returns the session, which runs a bundle of the embedded tree. Spark interprets its queries: most of them run once,
// over few rows, and take longer to compile than to run.
func spark(t *testing.T) *session {
	t.Helper()
	folder := tools(t)
	shared.once.Do(func() { shared.session, shared.err = startSession(folder) })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.session
}

// compiling has the session compile its queries during a test, as Spark does by default.
func (s *session) compiling(t *testing.T) *session {
	t.Helper()
	s.ask(t, map[string]any{"set": compiled}, &struct{}{})
	t.Cleanup(func() { s.ask(t, map[string]any{"set": interpreted}, &struct{}{}) })
	return s
}

var (
	interpreted = map[string]string{"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}
	compiled    = map[string]string{"spark.sql.codegen.wholeStage": "true", "spark.sql.codegen.factoryMode": "FALLBACK"}
)

// catalogSettings name the Iceberg tables in a folder or bucket as a catalog of Spark.
func catalogSettings(name, where string) map[string]string {
	prefix := "spark.sql.catalog." + name
	return map[string]string{
		prefix: "org.apache.iceberg.spark.SparkCatalog", prefix + ".type": "hadoop", prefix + ".warehouse": where, prefix + ".cache-enabled": "false",
	}
}

func startSession(folder string) (*session, error) {
	s := &session{mutex: &sync.Mutex{}}
	var err error
	if s.folder, err = os.MkdirTemp("", "fmcg-spark-*"); err != nil {
		return nil, err
	}
	if err := os.Setenv("PYTHONPATH", folder); err != nil {
		return nil, err
	}
	bundle := filepath.Join(s.folder, "bundle")
	if _, err := Bundle(context.Background(), Config{}, bundle); err != nil {
		return nil, err
	}
	args := []string{"--master", "local[2]", "--driver-memory", "2g", "--driver-java-options", "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m -XX:+UseSerialGC"}
	if jars, _ := filepath.Glob(filepath.Join(folder, "jars", "*.jar")); len(jars) > 0 {
		args = append(args, "--jars", strings.Join(jars, ","))
	}
	settings := map[string]string{
		"spark.ui.enabled": "false", "spark.sql.ui.explainMode": "simple", "spark.sql.shuffle.partitions": "2", "spark.default.parallelism": "2", "spark.log.level": "ERROR",
		"spark.sql.warehouse.dir": filepath.Join(s.folder, "spark-warehouse"),
	}
	maps.Copy(settings, catalogSettings(catalogName, s.catalog()))
	for name, value := range settings {
		args = append(args, "--conf", name+"="+value)
	}
	s.submit = args
	var quoted []string
	for _, arg := range append(slices.Clone(args), "--py-files", filepath.Join(bundle, Archive), "pyspark-shell") {
		quoted = append(quoted, "'"+arg+"'")
	}
	s.bundle = bundle
	s.environment = append(os.Environ(), "PYSPARK_SUBMIT_ARGS="+strings.Join(quoted, " "), "PYTHONPATH="+folder+string(os.PathListSeparator)+bundle)
	s.command = s.process(context.Background())
	if s.log, err = os.Create(filepath.Join(s.folder, "log")); err != nil {
		return nil, err
	}
	s.command.Stderr = s.log
	if s.stdin, err = s.command.StdinPipe(); err != nil {
		return nil, err
	}
	output, err := s.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.answers = bufio.NewReaderSize(output, 1<<20)
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	first, err := json.Marshal(map[string]any{"set": interpreted})
	if err != nil {
		return nil, err
	}
	if _, err := s.stdin.Write(append(first, '\n')); err != nil {
		return nil, err
	}
	_, err = s.answers.ReadBytes('\n')
	return s, err
}

// process is a Python that does what it reads; spark-submit would hand no standard input on.
func (s *session) process(ctx context.Context) *exec.Cmd {
	command := exec.CommandContext(ctx, "python3", filepath.Join("testdata", "session.py"))
	command.Env = s.environment
	return command
}

// ask has the session do something and decodes its answer.
func (s *session) ask(t *testing.T, what, answer any) {
	t.Helper()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	line, err := json.Marshal(what)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.stdin.Write(append(line, '\n')); err != nil {
		t.Fatalf("%v\n%s", err, s.tail())
	}
	said, err := s.answers.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(said, answer)
	}
	if err != nil {
		t.Fatalf("the session says %q: %v\n%s", said, err, s.tail())
	}
}

func (s *session) tail() string {
	body, _ := os.ReadFile(s.log.Name())
	return string(body[max(0, len(body)-8000):])
}

// ran is how a run of the bundle ended.
type ran struct {
	Code    int      `json:"code"`
	Said    []string `json:"said"`
	Commits int      `json:"commits"`
}

func (s *session) run(t *testing.T, args ...string) (r ran) {
	t.Helper()
	s.ask(t, map[string]any{"run": args, "bundle": s.bundle}, &r)
	if r.Code != 0 {
		t.Fatalf("run %s: exit code %d: %s", strings.Join(args, " "), r.Code, strings.Join(r.Said, "\n"))
	}
	return r
}

// demoLake writes a small lake with every kind of dirt, records that are no CSV among them.
func demoLake(t *testing.T, seed uint64) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := demo.Write(t.Context(), demo.Config{Seed: seed, Days: 29, RowsPerDay: 40}, demo.FolderSink(dir)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func lakeOf(dir string) lake.Config {
	return lake.Config{Parent: filepath.Join(dir, "parent"), Child: filepath.Join(dir, "child")}
}

// refreshed returns the file that the embedded engine publishes from a lake.
func refreshed(t *testing.T, dir, warehouse string) string {
	t.Helper()
	if _, err := pipeline.Refresh(t.Context(), pipeline.Config{Lake: lakeOf(dir), Warehouse: warehouse, Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	return warehouse
}

// Tables that must be equal on both engines, and their columns that differ from run to run.
var (
	compared = []string{
		"gold.dim_customers", "gold.dim_date", "gold.dim_gross_price", "gold.dim_products", "gold.fact_orders", "gold.sb_dim_customers",
		"gold.sb_dim_gross_price", "gold.sb_dim_products", "gold.sb_fact_orders", "gold.vw_fact_orders_enriched",
		"silver.customers", "silver.products", "silver.gross_price", "silver.orders", "silver.parent_dim_customers", "silver.parent_dim_products",
		"silver.parent_dim_gross_price", "silver.parent_fact_orders", "silver.city_typos", "silver.customer_cities", "silver.category_divisions", "silver.product_ids",
		"bronze.customers", "bronze.products", "bronze.gross_price", "bronze.orders", "bronze.parent_dim_customers", "bronze.parent_dim_products",
		"bronze.parent_dim_gross_price", "bronze.parent_fact_orders", "ops.quarantine", "ops.outcomes", "ops.row_accounts",
	}
	perRun = []string{"read_timestamp", "run_id", "quarantined_at"}
)

// otherNames are types that differ by name only: what Parquet has no name for, and how wide each engine makes a product.
var otherNames = map[string]string{"JSON": "VARCHAR"}

// mustEqual compares tables of a published file with what Spark wrote, both ways, row for row, and their types; from is where
// Spark's are.
func mustEqual(t *testing.T, tables []string, published string, from func(table string) string) {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	resolved, err := filepath.EvalSymlinks(published)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range append(loadIceberg(), fmt.Sprintf("attach '%s' as published (read_only)", resolved)) {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	for _, table := range tables {
		here, there := "published."+table, from(table)
		kinds := columnsOf(t, db, here)
		if got := columnsOf(t, db, there); !slices.EqualFunc(got, kinds, func(got, want [2]string) bool {
			return got[0] == want[0] && got[1] == cmp.Or(otherNames[want[1]], want[1])
		}) {
			t.Errorf("%s on Spark has the columns %v, want %v", table, got, kinds)
			continue
		}
		var columns []string
		for _, column := range kinds {
			switch {
			case slices.Contains(perRun, column[0]):
			case column[1] == "JSON": // the same however it is spaced and escaped
				columns = append(columns, fmt.Sprintf("cast(json(%[1]s) as varchar) as %[1]s", column[0]))
			default:
				columns = append(columns, `"`+column[0]+`"`)
			}
		}
		picked := strings.Join(columns, ", ")
		for _, way := range []struct{ what, less, more string }{{"lacks", here, there}, {"has beside it", there, here}} {
			rows := texts(t, db, fmt.Sprintf("select cast(row as varchar) from (select %[1]s from %[2]s except all select %[1]s from %[3]s) as row limit 5", picked, way.less, way.more))
			if len(rows) > 0 {
				t.Errorf("%s on Spark %s:\n  %s", table, way.what, strings.Join(rows, "\n  "))
			}
		}
	}
}

func columnsOf(t *testing.T, db *sql.DB, table string) (columns [][2]string) {
	t.Helper()
	for _, line := range texts(t, db, "select column_name || ' ' || column_type from (describe from "+table+")") {
		name, kind, _ := strings.Cut(line, " ")
		columns = append(columns, [2]string{name, kind})
	}
	return columns
}

func texts(t *testing.T, db *sql.DB, query string) (found []string) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var text sql.NullString
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		found = append(found, text.String)
	}
	if err := errors.Join(rows.Err()); err != nil {
		t.Fatal(err)
	}
	return found
}

// icebergVariable names a folder with the engine's extensions iceberg and avro.
const icebergVariable = "FMCG_ICEBERG"

// loadIceberg has the engine read Iceberg tables, where the extensions are.
func loadIceberg() (statements []string) {
	if folder := os.Getenv(icebergVariable); folder != "" {
		for _, name := range []string{"avro", "iceberg"} {
			statements = append(statements, "load '"+filepath.Join(folder, name+".duckdb_extension")+"'")
		}
	}
	return statements
}

// inCatalog says where the engine reads the Iceberg tables that Spark wrote.
func (s *session) inCatalog(t *testing.T) func(string) string {
	t.Helper()
	if os.Getenv(icebergVariable) == "" {
		t.Skipf("%s did not run: %s names no folder with the engine's extensions iceberg and avro; make test-spark does", t.Name(), icebergVariable)
	}
	return func(table string) string {
		return fmt.Sprintf("iceberg_scan('%s')", filepath.Join(s.catalog(), filepath.FromSlash(strings.Replace(table, ".", "/", 1))))
	}
}

// released says where the tables of the current release of a folder are.
func released(t *testing.T, warehouse string) func(string) string {
	t.Helper()
	current, err := os.ReadFile(filepath.Join(warehouse, "current"))
	if err != nil {
		t.Fatal(err)
	}
	return func(table string) string {
		return fmt.Sprintf("read_parquet('%s')", filepath.Join(warehouse, "releases", strings.TrimSpace(string(current)), filepath.FromSlash(strings.Replace(table, ".", "/", 1)), "*.parquet"))
	}
}
