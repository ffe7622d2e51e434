package spark

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

var program struct {
	once sync.Once
	path string
	err  error
}

// fmcg runs the program and returns what it prints.
func fmcg(t *testing.T, args ...string) []byte {
	t.Helper()
	program.once.Do(func() {
		program.path = filepath.Join(spark(t).folder, "fmcg")
		if output, err := exec.Command("go", "build", "-o", program.path, "../../cmd/fmcg").CombinedOutput(); err != nil {
			program.err = fmt.Errorf("%w\n%s", err, output)
		}
	})
	if program.err != nil {
		t.Fatal(program.err)
	}
	command := exec.Command(program.path, args...)
	var complaint strings.Builder
	command.Stderr = &complaint
	output, err := command.Output()
	if err != nil {
		t.Fatalf("fmcg %s: %v\n%s", strings.Join(args, " "), err, complaint.String())
	}
	return output
}

// asked returns the rows of an answer of fmcg ask.
func asked(t *testing.T, warehouse, question string) [][]any {
	t.Helper()
	var answer struct {
		Rows [][]any `json:"rows"`
	}
	if err := json.Unmarshal(fmcg(t, "ask", "--format", "json", "--warehouse", warehouse, question), &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Rows
}

// mustAnswerAlike makes a file of what Spark wrote, as README says, and asks it and the published one the same.
func mustAnswerAlike(t *testing.T, published string, from func(table string) string) {
	t.Helper()
	made := filepath.Join(t.TempDir(), "made.duckdb")
	db, err := sql.Open("duckdb", made)
	if err != nil {
		t.Fatal(err)
	}
	statements := append(loadIceberg(), "create schema gold", "create schema ops")
	for _, table := range []string{"gold.vw_fact_orders_enriched", "ops.freshness"} {
		statements = append(statements, fmt.Sprintf("create table %s as from %s", table, from(table)))
	}
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, question := range []string{"total revenues by quarter", "top 5 customers by units in 2025"} {
		want, got := asked(t, published, question), asked(t, made, question)
		if diff := gocmp.Diff(want, got); diff != "" || len(want) == 0 {
			t.Errorf("%s, -DuckDB +Spark:\n%s", question, diff)
		}
	}
}

// useCatalog names Iceberg tables in a folder or bucket as a catalog.
func (s *session) useCatalog(t *testing.T, name, where string) {
	t.Helper()
	s.ask(t, map[string]any{"set": catalogSettings(name, where)}, &struct{}{})
}

// read returns where what Spark reads of the tables of a catalog lies, as Parquet.
func (s *session) read(t *testing.T, catalog string, tables []string) func(table string) string {
	t.Helper()
	folder := t.TempDir()
	var full []string
	for _, table := range tables {
		full = append(full, catalog+"."+table)
	}
	s.ask(t, map[string]any{"export": folder, "tables": full}, &struct{}{})
	return func(table string) string {
		return fmt.Sprintf("read_parquet('%s')", filepath.Join(folder, catalog+"."+table, "*.parquet"))
	}
}

// What fmcg export writes Spark reads; what Spark does to it, the next export puts right.
func TestSparkReadsTheIcebergTablesThatAreExported(t *testing.T) {
	s := spark(t)
	target := t.TempDir()
	published := refreshed(t, demoLake(t, 7), filepath.Join(t.TempDir(), "fmcg.duckdb"))
	var gold []string
	for _, table := range compared {
		if strings.HasPrefix(table, "gold.") {
			gold = append(gold, table)
		}
	}
	s.useCatalog(t, "open", target)
	mustRead := func() {
		t.Helper()
		fmcg(t, "export", target, "--format", "iceberg", "--warehouse", published)
		mustEqual(t, gold, published, s.read(t, "open", gold))
	}
	query := func(text string) [][]*string {
		t.Helper()
		var answer struct {
			Found  map[string]struct{ Rows [][]*string } `json:"found"`
			Errors map[string]string                     `json:"errors"`
		}
		s.ask(t, map[string]any{"sql": map[string]string{"query": text}}, &answer)
		if len(answer.Errors) > 0 {
			t.Fatal(answer.Errors["query"])
		}
		return answer.Found["query"].Rows
	}
	mustRead()
	query("delete from open.gold.fact_orders where product_code in (select min(product_code) from open.gold.fact_orders)")
	query("delete from open.gold.dim_customers")
	mustRead()
	const history = "select operation, summary['deleted-records'] = summary['added-records'] from open.gold.fact_orders.snapshots order by committed_at"
	if got := query(history); len(got) != 3 || *got[2][0] != "overwrite" {
		t.Errorf("snapshots %v, want an append, what Spark did, and an overwrite", got)
	}
}
