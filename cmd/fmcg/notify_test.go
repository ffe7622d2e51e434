package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/fmcg/fmcg/pipeline/journal"
	"github.com/fmcg/fmcg/pipeline/notify"
)

// told is a receiver of webhooks and heartbeats. It notes what it gets as "path: what was said".
type told struct {
	*httptest.Server
	mutex sync.Mutex
	lines []string
}

func startTold(t *testing.T) *told {
	t.Helper()
	receiver := &told{}
	receiver.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		line := r.URL.Path
		var message struct{ Event, Title string }
		if json.Unmarshal(body, &message) == nil {
			line = fmt.Sprintf("%s %s: %s", line, message.Event, message.Title)
		}
		receiver.mutex.Lock()
		defer receiver.mutex.Unlock()
		receiver.lines = append(receiver.lines, line)
	}))
	t.Cleanup(receiver.Close)
	return receiver
}

// since returns what was told since it was asked last.
func (r *told) since() []string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	lines := r.lines
	r.lines = nil
	return lines
}

// gauges reads a metrics file as Prometheus does, those without labels and the state.
func gauges(t *testing.T, path string) map[string]float64 {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(file)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]float64{}
	for name, family := range families {
		for _, metric := range family.Metric {
			switch {
			case len(metric.Label) == 0:
				found[name] = metric.Gauge.GetValue()
			case name == "fmcg_last_run_state" && metric.Gauge.GetValue() == 1:
				found["state "+metric.Label[0].GetValue()] = 1
			case name == "fmcg_quarantine_rows":
				found[name] += metric.Gauge.GetValue()
			}
		}
	}
	return found
}

func TestNightsAreToldWhetherTheyFailOrRecoverAndNoNotifierFailsThem(t *testing.T) {
	dir, receiver := t.TempDir(), startTold(t)
	lake, warehouse, metrics := filepath.Join(dir, "lake"), filepath.Join(dir, "warehouse", "fmcg.duckdb"), filepath.Join(dir, "fmcg.prom")
	const secret = "T0K3N-of-the-hook"
	configure := func(url string, below int, query string) {
		t.Helper()
		writeFile(t, filepath.Join(dir, "fmcg.yaml"), fmt.Sprintf(`
notify: {timeout: 2s, quarantine_above: 1, webhook: {url: "%s/hook/%s"}, heartbeat_url: "%s/beat"}
alerts: [{name: sales, query: "%s", below: %d}]
metrics_file: %s
`, url, secret, url, query, below, metrics))
	}
	command := func(want int, args ...string) (stderr string) {
		t.Helper()
		var text bytes.Buffer
		args = append(args, "--config", filepath.Join(dir, "fmcg.yaml"), "--warehouse", warehouse)
		if code := run(t.Context(), args, strings.NewReader(""), io.Discard, &text); code != want {
			t.Fatalf("fmcg %s: exit code %d, want %d\n%s", strings.Join(args, " "), code, want, text.String())
		}
		if strings.Contains(text.String(), "T0K3N") {
			t.Errorf("fmcg %s shows the secret:\n%s", strings.Join(args, " "), text.String())
		}
		return text.String()
	}
	wantTold := func(night string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, receiver.since()); diff != "" {
			t.Errorf("%s (-want +told):\n%s", night, diff)
		}
	}
	const hook = "/hook/" + secret + " "
	const rows = "select count(*) from gold.sb_fact_orders"
	configure(receiver.URL, 1, rows)
	command(0, "demo", lake, "--days", "3", "--rows-per-day", "50")
	command(0, "refresh", "--lake", lake)
	published := gauges(t, metrics)
	if published["state succeeded"] != 1 || published["fmcg_last_run_rows_read"] < 100 || published["fmcg_published_size_bytes"] < 1000 {
		t.Errorf("metrics of the first night: %v", published)
	}
	wantTold("the first night", "/beat/start", "/beat", fmt.Sprintf("%squarantine: rows in quarantine: %.0f, above 1", hook, published["fmcg_quarantine_rows"]))

	if err := os.Rename(lake, lake+".away"); err != nil {
		t.Fatal(err)
	}
	command(4, "refresh", "--lake", lake)
	wantTold("the lake is away", "/beat/start", "/beat/4", hook+"failure: FMCG INCREMENTAL UPDATE failed")
	afterFailure := gauges(t, metrics)
	if afterFailure["state failed"] != 1 || afterFailure["fmcg_last_run_exit_code"] != 4 {
		t.Errorf("metrics after a failure: %v", afterFailure)
	}
	for name, want := range published { // those of the last success, and of what is published, are as they were
		if strings.HasPrefix(name, "fmcg_last_run_") || strings.HasPrefix(name, "state ") {
			continue
		}
		if got := afterFailure[name]; got != want {
			t.Errorf("%s is %v after a failure, want %v", name, got, want)
		}
	}

	if err := os.Rename(lake+".away", lake); err != nil {
		t.Fatal(err)
	}
	configure(receiver.URL, 1_000_000, rows)
	command(0, "refresh", "--lake", lake)
	told := receiver.since()
	if len(told) != 4 || told[2] != hook+"recovery: FMCG INCREMENTAL UPDATE recovered" || !strings.Contains(told[3], "alert: sales: ") || !strings.HasSuffix(told[3], ", below 1000000") {
		t.Errorf("the lake is back, and sales are low: %q", told)
	}
	if got := gauges(t, metrics)["state up to date"]; got != 1 {
		t.Errorf("state up to date is %v", got)
	}

	configure(receiver.URL, 1_000_000, "select * from gold.dim_date")
	stderr := command(0, "refresh", "--lake", lake)
	wantTold("the alert's query gives no number", "/beat/start", "/beat", hook+"failure: Alert sales gives no figure")
	if !strings.Contains(stderr, "one row with one column") {
		t.Errorf("standard error does not say why:\n%s", stderr)
	}

	receiver.Close()
	stderr = command(0, "refresh", "--lake", lake, "--full")
	if !strings.Contains(stderr, "heartbeat is not sent: post to http://127.0.0.1") || gauges(t, metrics)["state succeeded"] != 1 {
		t.Errorf("with the receiver down:\n%s", stderr)
	}
}

func TestAJournalTellsTheLastSuccessAfterFailures(t *testing.T) {
	a, dir := newTestApp(t), t.TempDir()
	day := time.Date(2025, 12, 1, 2, 0, 0, 0, time.UTC)
	for i, state := range []string{journal.Succeeded, journal.UpToDate, journal.Failed, ""} {
		writer, err := journal.Create(dir, fmt.Sprintf("run-%d", i), func() time.Time { return day.AddDate(0, 0, i) })
		if err != nil {
			t.Fatal(err)
		}
		events := []journal.Event{{Kind: journal.RunStarted}, {Kind: journal.RunFinished, State: state}}
		if state == "" { // its process died
			events = events[:1]
		}
		for _, event := range events {
			if _, err := writer.Write(event); err != nil {
				t.Fatal(err)
			}
		}
		if err := writer.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := a.lastSuccess(filepath.Join(dir, "fmcg.duckdb")), day.AddDate(0, 0, 1); !got.Equal(want) {
		t.Errorf("last success %v, want %v", got, want)
	}
}

func TestALogInJSONHasALineForEachEvent(t *testing.T) {
	a := newTestApp(t)
	var stderr bytes.Buffer
	a.stderr, a.settings.LogFormat = &stderr, formatJSON
	observe := a.jsonLines().event
	at := time.Date(2025, 12, 1, 2, 0, 0, 0, time.UTC)
	for _, event := range []journal.Event{
		{Kind: journal.ModelBuilt, Task: "fact_processing_orders", Name: "gold/fact_orders.sql", Rows: 1_200_000, Seconds: 0.25},
		{Kind: journal.FileRead, Name: "orders_2025_11_30.csv"}, // with -v alone
		{Kind: journal.Warning, Detail: "a file is gone"},
		{Kind: journal.RunFinished, State: journal.Failed, Code: 4},
	} {
		event.At, event.Run = at, "run-1"
		observe(event)
	}
	var got []map[string]any
	for line := range strings.Lines(stderr.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		got = append(got, fields)
	}
	common := map[string]any{"time": "2025-12-01T02:00:00Z", "run": "run-1"}
	want := []map[string]any{
		{"level": "INFO", "msg": "model_built", "task": "fact_processing_orders", "name": "gold/fact_orders.sql", "rows": 1.2e6, "seconds": 0.25},
		{"level": "WARN", "msg": "warning", "detail": "a file is gone"},
		{"level": "ERROR", "msg": "run_finished", "state": "failed", "code": 4.0},
	}
	for _, fields := range want {
		maps.Copy(fields, common)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if !slices.ContainsFunc(strings.Split(stderr.String(), "\n"), func(line string) bool { return strings.Contains(line, `"rows":1200000`) }) {
		t.Errorf("rows are not written as a whole number:\n%s", stderr.String())
	}
}

func newTestApp(t *testing.T) *app {
	t.Helper()
	a := &app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, now: time.Now}
	a.log = a.logger(a.stderr)
	return a
}

func TestWithNobodyToTellNothingIsLeftBesideTheWarehouse(t *testing.T) {
	link := publishDemo(t)
	entries, err := os.ReadDir(filepath.Dir(link))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if strings.Contains(entry.Name(), ".told") {
			t.Errorf("%s is there", entry.Name())
		}
	}
}

func TestACancelledRunIsToldAlthoughItsContextIsOver(t *testing.T) {
	dir, receiver := t.TempDir(), startTold(t)
	config := filepath.Join(dir, "fmcg.yaml")
	writeFile(t, config, fmt.Sprintf("notify: {webhook: {url: %s/hook}, heartbeat_url: %s/beat}\nlake: %s\n", receiver.URL, receiver.URL, dir))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if code := run(ctx, []string{"refresh", "--config", config, "--warehouse", filepath.Join(dir, "fmcg.duckdb")}, nil, io.Discard, io.Discard); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
	if diff := cmp.Diff([]string{"/beat/130", "/hook failure: FMCG INCREMENTAL UPDATE cancelled"}, receiver.since()); diff != "" {
		t.Errorf("(-want +told):\n%s", diff)
	}
}

func TestAnAlertOnAMeasureIsAboutItsFigureOfTheLastMonth(t *testing.T) {
	dir := t.TempDir()
	lake, warehouse := filepath.Join(dir, "lake"), filepath.Join(dir, "warehouse", "fmcg.duckdb")
	for _, args := range [][]string{{"demo", lake, "--days", "40", "--rows-per-day", "20"}, {"refresh", "--lake", lake, "--warehouse", warehouse}} {
		if code := run(t.Context(), args, strings.NewReader(""), io.Discard, io.Discard); code != 0 {
			t.Fatalf("fmcg %v: exit code %d", args, code)
		}
	}
	want, err := figure(t.Context(), warehouse, "select count(distinct customer_code) from gold.vw_fact_orders_enriched where date = (select max(date) from gold.fact_orders)")
	if err != nil {
		t.Fatal(err)
	}
	a := &app{log: slog.New(slog.DiscardHandler), settings: settings{Alerts: []notify.AlertRule{{Name: "customers", Measure: "unique_customers"}, {Name: "wrong", Measure: "happiness"}}}}
	figures := a.figures(t.Context(), warehouse)
	if len(figures) != 2 || figures[0].Err != nil || figures[0].Value != want || want < 1 {
		t.Errorf("figures %+v, want %v customers", figures, want)
	}
	if err := figures[1].Err; err == nil || !strings.Contains(err.Error(), "revenue") {
		t.Errorf("an unknown measure: %v, want the known ones named", err)
	}
}
