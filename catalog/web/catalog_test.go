package web_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/browser/browsertest"
	"github.com/fmcg/fmcg/catalog/saved"
	"github.com/fmcg/fmcg/catalog/web"
)

// made is a folder with a warehouse that the program itself refreshed, twice, from a made-up lake with all kinds of dirt.
var made struct {
	sync.Once
	dir string
	err error
}

// ofALake is a warehouse as the program publishes it from a made-up lake: this side of the border cannot.
func ofALake(t testing.TB) warehouse {
	t.Helper()
	made.Do(func() {
		if made.dir, made.err = os.MkdirTemp("", "catalog"); made.err != nil {
			return
		}
		program, lake, path := filepath.Join(made.dir, "fmcg"), filepath.Join(made.dir, "lake"), filepath.Join(made.dir, "wh", "fmcg.duckdb")
		for _, command := range [][]string{
			{"go", "build", "-o", program, "../../cmd/fmcg"},
			{program, "demo", lake, "--days", "40", "--rows-per-day", "60"},
			{program, "refresh", "--lake", lake, "--warehouse", path},
			{program, "refresh", "--lake", lake, "--warehouse", path, "--full"},
		} {
			if output, err := exec.CommandContext(context.WithoutCancel(t.Context()), command[0], command[1:]...).CombinedOutput(); err != nil {
				made.err = fmt.Errorf("%s: %w\n%s", strings.Join(command, " "), err, output)
				return
			}
		}
	})
	if made.err != nil {
		t.Fatal(made.err)
	}
	own := newWarehouse(t)
	if output, err := exec.CommandContext(t.Context(), "cp", "-a", filepath.Join(made.dir, "wh")+"/.", own.dir).CombinedOutput(); err != nil {
		t.Fatalf("copy: %v\n%s", err, output)
	}
	return own
}

func TestMain(m *testing.M) {
	code := browsertest.M{M: m}.Run()
	if made.dir != "" {
		_ = filepath.Walk(made.dir, func(path string, _ os.FileInfo, _ error) error { _ = os.Chmod(path, 0o755); return nil })
		_ = os.RemoveAll(made.dir)
	}
	os.Exit(code)
}

// exploring serves a warehouse with the checks of the SQL tree at hand.
func exploring(w warehouse) web.Config {
	config := configOf(w)
	config.Operations.SQL = os.DirFS("../../sql")
	return config
}

// ask reads the published file, past the pages.
func (w warehouse) ask(t testing.TB, query string, args ...any) [][]any {
	t.Helper()
	file, err := catalog.Open(t.Context(), w.path())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	found, err := file.Query(t.Context(), query, 0, args...)
	if err != nil {
		t.Fatal(err)
	}
	return found.Rows
}

// fetch reads an answer of the API.
func (s *served) fetch(t testing.TB, path string, into any) {
	t.Helper()
	status, body := s.get(t, path)
	if status != http.StatusOK {
		t.Fatalf("%s: status %d\n%s", path, status, body)
	}
	if err := json.Unmarshal([]byte(body), into); err != nil {
		t.Fatalf("%s: %v\n%s", path, err, body)
	}
}

// post sends JSON to an address of the API.
func (s *served) post(t testing.TB, path string, value any) (int, string) {
	t.Helper()
	body, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	return read(t, request)
}

// mostUsed is how often tables were read, as the API tells.
func (s *served) reads(t testing.TB) (used []string, reads map[string]int64) {
	t.Helper()
	var found struct {
		MostUsed []string `json:"most_used"`
		Tables   []struct {
			Table string
			Reads int64
		}
	}
	s.fetch(t, "/api/catalog", &found)
	reads = map[string]int64{}
	for _, table := range found.Tables {
		if table.Reads > 0 {
			reads[table.Table] = table.Reads
		}
	}
	return found.MostUsed, reads
}

func TestTheCatalogOpensWithTheTablesThatPeopleRead(t *testing.T) {
	held := ofALake(t)
	server := start(t, exploring(held))
	used, reads := server.reads(t)
	if diff := cmp.Diff([]string{"gold.vw_fact_orders_enriched"}, used); diff != "" || len(reads) > 0 {
		t.Errorf("before anybody read (-want +got):\n%s %v; the view has dashboards and verified questions", diff, reads)
	}
	server.get(t, "/ask?q=total+revenue")
	server.get(t, "/dashboard/sales/overview")
	for range 3 {
		server.get(t, "/catalog/silver.orders")
	}
	server.get(t, "/catalog/silver.nothing")
	for sql, status := range map[string]int{
		"with orders as (select * from silver.orders) select count(*) from orders join gold.dim_date on true": http.StatusOK,
		"select no_such_column from gold.dim_date":                                                            http.StatusUnprocessableEntity,
	} {
		if got, body := server.post(t, "/api/sql", map[string]string{"sql": sql}); got != status {
			t.Fatalf("%s: status %d\n%s", sql, got, body)
		}
	}
	want := map[string]int64{"gold.vw_fact_orders_enriched": 2, "silver.orders": 4, "gold.dim_date": 1}
	used, reads = server.reads(t)
	if diff := cmp.Diff(want, reads); diff != "" {
		t.Errorf("reads (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"silver.orders", "gold.vw_fact_orders_enriched", "gold.dim_date"}, used); diff != "" {
		t.Errorf("most used (-want +got):\n%s", diff)
	}
	if err := server.stop(); err != nil {
		t.Fatal(err)
	}
	config := exploring(held)
	next := start(t, config)
	if _, reads := next.reads(t); !cmp.Equal(want, reads) {
		t.Errorf("after a restart %v, want %v", reads, want)
	}
	later := newClock(1)
	later.base = later.base.AddDate(0, 0, 31)
	config.Now = later.now
	if _, reads := start(t, config).reads(t); len(reads) > 0 {
		t.Errorf("a month later %v, want none", reads)
	}
}

// A table tells which saved queries read it, and which of them are alerts.
func TestATableTellsTheSavedQueriesThatReadIt(t *testing.T) {
	held := ofALake(t)
	server := start(t, exploring(held))
	store := saved.Beside(held.path(), newClock(1).now)
	for name, sql := range map[string]string{"Lines <b>today</b>": "select count(*) as lines from silver.orders", "Months": "select * from gold.dim_date"} {
		if status, body := server.post(t, "/api/queries", map[string]any{"name": name, "sql": sql}); status != http.StatusCreated {
			t.Fatalf("status %d\n%s", status, body)
		}
	}
	queries, err := store.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range queries {
		least := 1.0
		isAlert := func(q *saved.Query) { q.Alert = &saved.Alert{Below: &least} }
		if _, err := store.Change(t.Context(), query.ID, query.Version, saved.Who{Name: "olga", Operator: true}, isAlert); err != nil {
			t.Fatal(err)
		}
	}
	_, body := server.get(t, "/catalog/silver.orders")
	for _, want := range []string{"Lines &lt;b&gt;today&lt;/b&gt;</a> <span class=\"kind\">alert</span>"} {
		if !strings.Contains(body, want) || strings.Contains(body, ">Months</a>") {
			t.Errorf("no %s, or one of another table, in\n%s", want, body)
		}
	}
}

// What people read is told for convenience: a file that is broken, or a folder that nobody may write to, fails nothing.
func TestACountThatCannotBeKeptFailsNoRequest(t *testing.T) {
	held := ofALake(t)
	kept := filepath.Join(held.dir, "fmcg.usage.json")
	if err := os.WriteFile(kept, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	server := start(t, exploring(held))
	if status, body := server.get(t, "/catalog/silver.orders"); status != http.StatusOK {
		t.Fatalf("status %d\n%s", status, body)
	}
	if err := server.stop(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(kept); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(kept, 0o755); err != nil { // no file can take its place
		t.Fatal(err)
	}
	server = start(t, exploring(held))
	if status, body := server.get(t, "/catalog/silver.orders"); status != http.StatusOK {
		t.Fatalf("status %d\n%s", status, body)
	}
	if err := server.stop(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	if !strings.Contains(server.log.String(), "cannot keep how often tables were read") {
		t.Errorf("nobody is told:\n%s", server.log)
	}
}

// A row of gold leads to as many delivered rows as silver has of it, from the page of its table.
func TestASampledRowIsTracedToItsDeliveredRows(t *testing.T) {
	held := ofALake(t)
	server := start(t, exploring(held))
	_, body := server.get(t, "/catalog/gold.sb_fact_orders")
	found := regexp.MustCompile(`href="(/catalog/trace\?key=([^&]+)&amp;table=gold.sb_fact_orders)"`).FindStringSubmatch(body)
	if found == nil {
		t.Fatal("no row can be traced")
	}
	order, err := url.QueryUnescape(found[2])
	if err != nil {
		t.Fatal(err)
	}
	want := len(held.ask(t, "select 1 from silver.orders where order_id = $1", order))
	_, body = server.get(t, strings.ReplaceAll(found[1], "&amp;", "&"))
	if got := strings.Count(body, `<th scope="row"><a href="/catalog/bronze.orders">`); got != want || want == 0 {
		t.Errorf("%d delivered rows, want %d", got, want)
	}
}

// A release of an older program does not hold its SQL: what needs none of it is told all the same.
func TestACatalogOfAReleaseThatHoldsNoSQLSaysSo(t *testing.T) {
	held := ofALake(t)
	release, err := filepath.EvalSymlinks(held.path())
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
	if _, err := db.ExecContext(t.Context(), "update ops.sql_files set sql = null"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	server := start(t, exploring(held))
	for path, want := range map[string]string{
		"/catalog": "does not hold its SQL", "/catalog/gold.fact_orders": "does not hold its SQL", "/catalog/quality": "row_accounts_balance",
	} {
		if status, body := server.get(t, path); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: status %d, want %q in\n%s", path, status, want, body)
		}
	}
	for _, path := range []string{"/catalog/quarantine", "/api/catalog/quarantine", "/api/catalog/lineage?table=gold.fact_orders"} {
		if status, body := server.get(t, path); status != http.StatusServiceUnavailable || !strings.Contains(body, "the next refresh adds it") {
			t.Errorf("%s: status %d, want 503 and what to do\n%s", path, status, body)
		}
	}
}
