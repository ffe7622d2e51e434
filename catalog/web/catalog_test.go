package web_test

import (
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/saved"
	"github.com/fmcg/fmcg/catalog/web"
	"github.com/fmcg/fmcg/pipeline/journal"
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
	code := m.Run()
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

type report struct {
	Total                                         catalog.Stake
	ByReason, ByTable, ByMonth, ByProduct, ByFile []catalog.Stake
}

func (s *served) report(t testing.TB, query string) report {
	t.Helper()
	var found struct {
		Total     catalog.Stake   `json:"total"`
		ByReason  []catalog.Stake `json:"by_reason"`
		ByTable   []catalog.Stake `json:"by_table"`
		ByMonth   []catalog.Stake `json:"by_month"`
		ByProduct []catalog.Stake `json:"by_product"`
		ByFile    []catalog.Stake `json:"by_file"`
	}
	s.fetch(t, "/api/catalog/quarantine?"+query, &found)
	return report(found)
}

// Each way to narrow the quarantine divides the same rows and the same value; what a step says is there is what the next one has, in
// the sums, in the rows and in the file that can be downloaded.
func TestTheQuarantineAddsUpHoweverItIsNarrowed(t *testing.T) {
	held := ofALake(t)
	server := start(t, exploring(held))
	whole := server.report(t, "")
	if want := held.ask(t, "select count(*) from ops.quarantine")[0][0]; whole.Total.Rows != want {
		t.Errorf("%d rows, want %v, which ops.quarantine has", whole.Total.Rows, want)
	}
	if len(whole.ByReason) < 5 || len(whole.ByMonth) < 2 || whole.Total.AmountINR == nil {
		t.Fatalf("too little to prove anything on: %+v", whole)
	}
	adds := func(t *testing.T, name string, total catalog.Stake, parts []catalog.Stake) {
		t.Helper()
		rows, amount := int64(0), new(big.Rat)
		for _, part := range parts {
			rows += part.Rows
			if part.AmountINR != nil {
				one, _ := new(big.Rat).SetString(part.AmountINR.String())
				amount.Add(amount, one)
			}
		}
		want := new(big.Rat)
		if total.AmountINR != nil {
			want, _ = want.SetString(total.AmountINR.String())
		}
		if rows != total.Rows || amount.Cmp(want) != 0 {
			t.Errorf("by %s: %d rows, %s INR, want %d, %s", name, rows, amount.FloatString(2), total.Rows, want.FloatString(2))
		}
	}
	queries := []string{""}
	for _, stake := range whole.ByReason {
		queries = append(queries, url.Values{"reason": {stake.Reason}, "table": {stake.Table}}.Encode())
	}
	for _, stake := range whole.ByMonth {
		queries = append(queries, url.Values{"month": {stake.Month}}.Encode())
	}
	queries = append(queries, url.Values{"reason": {whole.ByReason[0].Reason}, "month": {whole.ByMonth[0].Month}, "file": {whole.ByFile[0].File}}.Encode())
	said := map[string]catalog.Stake{}
	for i, stake := range whole.ByReason {
		said[queries[1+i]] = stake
	}
	for _, query := range queries {
		t.Run(query, func(t *testing.T) {
			found := server.report(t, query)
			if stake, isSaid := said[query]; isSaid {
				stake.Table, stake.Reason = "", ""
				if diff := cmp.Diff(stake, found.Total); diff != "" {
					t.Errorf("(-the step before says +this one):\n%s", diff)
				}
			}
			for name, parts := range map[string][]catalog.Stake{"reason": found.ByReason, "table": found.ByTable, "month": found.ByMonth, "file": found.ByFile} {
				adds(t, name, found.Total, parts)
			}
			_, body := server.get(t, "/api/catalog/quarantine/rows?format=csv&"+query)
			records, err := csv.NewReader(strings.NewReader(body)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			if got := int64(len(records) - 1); got != found.Total.Rows {
				t.Errorf("the file has %d rows, want %d", got, found.Total.Rows)
			}
		})
	}
}

// A reader meets a reason by words, not by its code, and learns what would correct it.
func TestEveryReasonOfTheSQLTreeHasWordsInBothLanguages(t *testing.T) {
	reasons := map[string]bool{"malformed_line": true}
	files, err := filepath.Glob("../../sql/silver/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	outcomes := map[string]bool{"quarantined": true, "duplicate": true, "superseded": true, "loaded": true}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(body), "as reason") && !strings.Contains(string(body), "outcome") {
			continue
		}
		for _, found := range regexp.MustCompile(`then '([a-z_]+)'`).FindAllStringSubmatch(string(body), -1) {
			if !outcomes[found[1]] {
				reasons[found[1]] = true
			}
		}
	}
	if len(reasons) < 10 {
		t.Fatalf("only these reasons were found: %v", reasons)
	}
	for _, language := range []string{"en", "fr"} {
		body, err := os.ReadFile("messages/" + language + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		for reason := range reasons {
			for _, key := range []string{"reason.", "cure."} {
				if !strings.Contains(string(body), "\n"+key+reason+": ") {
					t.Errorf("messages/%s.yaml has no %s%s", language, key, reason)
				}
			}
		}
	}
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

// The rows that a check finds are those that the run counted, and a check that reads a table is told on its page.
func TestAChecksPageShowsTheRowsThatTheRunCounted(t *testing.T) {
	held := ofALake(t)
	server := start(t, exploring(held))
	var all struct {
		Checks []struct{ Check, Description, State string }
	}
	server.fetch(t, "/api/catalog/checks", &all)
	failed := 0
	for _, check := range all.Checks {
		var one struct {
			Failing int64          `json:"failing_rows"`
			Rows    *catalog.Table `json:"rows"`
			Reads   []string       `json:"reads"`
			Runs    []catalog.CheckRun
		}
		server.fetch(t, "/api/catalog/checks/"+check.Check, &one)
		if check.Description == "" && check.Check != "verified_questions" {
			t.Errorf("%s does not say what breaks for whom", check.Check)
		}
		if one.Rows == nil {
			if check.Check != "verified_questions" {
				t.Errorf("the rows of %s are not told", check.Check)
			}
			continue
		}
		if got := int64(len(one.Rows.Rows)); got != min(one.Failing, 200) || (check.State == "held") != (got == 0) {
			t.Errorf("%s is %s, found %d rows, the run %d", check.Check, check.State, got, one.Failing)
		}
		if len(one.Runs) != 2 {
			t.Errorf("%s has %d runs, want 2", check.Check, len(one.Runs))
		}
		if check.State != "held" {
			failed++
			for _, table := range one.Reads {
				if _, body := server.get(t, "/catalog/"+table); !strings.Contains(body, `href="/catalog/quality/`+check.Check+`"`) {
					t.Errorf("the page of %s does not tell of %s, which reads it", table, check.Check)
				}
			}
		}
	}
	if failed == 0 || len(all.Checks) < 30 {
		t.Errorf("%d of %d checks failed: too little to prove anything on", failed, len(all.Checks))
	}
}

// All pages say how fresh the data are and what became of the checks, as the release does.
func TestEveryPageSaysHowFreshTheDataAre(t *testing.T) {
	held := ofALake(t)
	warned := held.ask(t, "select count(*) from ops.check_results where state <> 'held' and run_id = (select run_id from ops.freshness)")[0][0]
	config := exploring(held)
	due := time.Date(2025, 11, 30, 2, 0, 0, 0, time.UTC)
	config.Operations.Overdue = func(time.Time) (time.Time, error) { return due, nil }
	server := start(t, config)
	for _, path := range []string{"/dashboard/sales/overview", "/ask", "/catalog", "/catalog/gold.dim_date", "/catalog/quality", "/catalog/quarantine", "/runs", "/job", "/about"} {
		_, body := server.get(t, path)
		for _, want := range []string{`href="/catalog/quality"`, fmt.Sprintf("%d warnings</a>", warned), "refreshed ", "data-fresh", "Late: newer data were due 2025-11-30 02:00 UTC"} {
			if !strings.Contains(body, want) {
				t.Errorf("%s does not say %q", path, want)
			}
		}
	}
	config.Operations.Overdue = func(time.Time) (time.Time, error) { return time.Time{}, io.ErrUnexpectedEOF }
	if _, body := start(t, config).get(t, "/about"); strings.Contains(body, "Late:") {
		t.Error("data are said to be late where nobody knows")
	}
}

// A run that checks refused publishes nothing; that it did not is said on every page until a run is well again.
func TestARunThatChecksRefusedIsToldOnEveryPage(t *testing.T) {
	held := ofALake(t)
	ended := func(run, state string, events ...journal.Event) {
		events = append([]journal.Event{{Kind: journal.RunStarted, Name: "schedule", By: "night@server"}}, events...)
		held.journalled(t, run, "2099-12-01T02:00:00Z", append(events, journal.Event{Kind: journal.RunFinished, State: state})...)
	}
	ended("20991201T020000000Z-000001", journal.Failed, journal.Event{Kind: journal.CheckDone, Name: "price_gaps", State: "failed", Severity: "warn", Rows: 3},
		journal.Event{Kind: journal.CheckDone, Name: "fact_orders_unique", State: "failed", Severity: "error", Rows: 2})
	server := start(t, exploring(held))
	for path, want := range map[string]string{"/dashboard/sales/overview": ">1 check failed</a>", "/catalog/quality": "20991201T020000000Z-000001", "/api/catalog": `"checks":["fact_orders_unique"]`} {
		if _, body := server.get(t, path); !strings.Contains(body, want) {
			t.Errorf("%s does not say %q", path, want)
		}
	}
	ended("20991202T020000000Z-000002", journal.UpToDate)
	if _, body := start(t, exploring(held)).get(t, "/catalog"); strings.Contains(body, "check failed") {
		t.Error("it is still said after a run that was well")
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
