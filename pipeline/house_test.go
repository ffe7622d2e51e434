package pipeline_test

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/pipeline"
	"github.com/fmcg/fmcg/pipeline/demo"
	"github.com/fmcg/fmcg/pipeline/journal"
	"github.com/fmcg/fmcg/pipeline/lake"
	"github.com/fmcg/fmcg/pipeline/oracle"
)

// house is a lake in a folder and a warehouse made from it. When its test ends, the checks must hold on whatever is
// published, and nothing of an unfinished run may be left.
type house struct {
	t         testing.TB
	lake      string
	warehouse string
}

func newHouse(t testing.TB) *house {
	t.Helper()
	dir := t.TempDir()
	h := &house{t: t, lake: filepath.Join(dir, "lake"), warehouse: filepath.Join(dir, "warehouse", "fmcg.duckdb")}
	t.Cleanup(h.wantSound)
	return h
}

// newDemoHouse begins with a small demo lake.
func newDemoHouse(t testing.TB, config demo.Config) *house {
	t.Helper()
	h := newHouse(t)
	if _, err := demo.Write(t.Context(), config, demo.FolderSink(h.lake)); err != nil {
		t.Fatal(err)
	}
	return h
}

// small is a demo lake that has every kind of dirt and refreshes in half a second.
var small = demo.Config{Days: 40, RowsPerDay: 40}

func (h *house) config() pipeline.Config {
	return pipeline.Config{
		Lake:      lake.Config{Parent: filepath.Join(h.lake, "parent"), Child: filepath.Join(h.lake, "child")},
		Warehouse: h.warehouse,
		StartedBy: "test",
		Version:   "test",
	}
}

// refresh must succeed.
func (h *house) refresh(with ...func(*pipeline.Config)) pipeline.Result {
	h.t.Helper()
	result, err := h.tryRefresh(with...)
	if err != nil {
		h.t.Fatalf("refresh: %v", err)
	}
	return result
}

func (h *house) tryRefresh(with ...func(*pipeline.Config)) (pipeline.Result, error) {
	config := h.config()
	for _, change := range with {
		change(&config)
	}
	return pipeline.Refresh(context.Background(), config)
}

func full(config *pipeline.Config)          { config.Full = true }
func acceptMissing(config *pipeline.Config) { config.AcceptMissing = true }
func moving(config *pipeline.Config)        { config.MoveAfterLoad = true }

// put writes a file of the lake; its modified time is later than that of any file put before.
func (h *house) put(path, body string) {
	h.t.Helper()
	h.putAt(path, []byte(body), nextTime())
}

func (h *house) putAt(path string, body []byte, at time.Time) {
	h.t.Helper()
	target := filepath.Join(h.lake, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(target, body, 0o644); err != nil {
		h.t.Fatal(err)
	}
	if err := os.Chtimes(target, at, at); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) remove(path string) {
	h.t.Helper()
	if err := os.Remove(filepath.Join(h.lake, filepath.FromSlash(path))); err != nil {
		h.t.Fatal(err)
	}
}

// deliveries tick a second each, so that "the newest file wins" never meets a tie by accident.
var deliveries time.Time = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func nextTime() time.Time {
	deliveries = deliveries.Add(time.Second)
	return deliveries
}

// open opens the published release as a reader.
func (h *house) open() *sql.DB {
	h.t.Helper()
	return openReadOnly(h.t, h.warehouse)
}

func openReadOnly(t testing.TB, path string) *sql.DB {
	t.Helper()
	release, err := filepath.EvalSymlinks(path)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", release+"?access_mode=READ_ONLY")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// rows returns a query's rows, each as one text.
func (h *house) rows(query string, args ...any) []string {
	h.t.Helper()
	db := h.open()
	defer db.Close()
	return queryRows(h.t, db, query, args...)
}

func queryRows(t testing.TB, db *sql.DB, query string, args ...any) []string {
	t.Helper()
	rows, err := db.Query(query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for rows.Next() {
		values, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		var cells []string
		for _, value := range values {
			if value.Valid {
				cells = append(cells, value.String)
			} else {
				cells = append(cells, "∅")
			}
		}
		found = append(found, strings.Join(cells, " | "))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

// contents returns the tables that must be equal however a warehouse was made (law 5): gold, quarantine, accounts.
func (h *house) contents() map[string][]string {
	h.t.Helper()
	db := h.open()
	defer db.Close()
	found := map[string][]string{}
	for _, table := range (oracle.Warehouse{}).Tables() {
		var columns []string
		for _, column := range table.Columns {
			columns = append(columns, fmt.Sprintf("cast(%s as varchar)", column))
		}
		found[table.Name] = queryRows(h.t, db, fmt.Sprintf("select %s from %s order by all", strings.Join(columns, ", "), table.Name))
		slices.Sort(found[table.Name])
	}
	return found
}

// wantRules compares the warehouse with the second, independent computation of the business rules.
func (h *house) wantRules(files fs.FS) {
	h.t.Helper()
	computed, err := oracle.Compute(files)
	if err != nil {
		h.t.Fatal(err)
	}
	want := map[string][]string{}
	for _, table := range computed.Tables() {
		var rows []string
		for _, row := range table.Rows {
			var cells []string
			for _, cell := range row {
				if cell.Valid {
					cells = append(cells, cell.V)
				} else {
					cells = append(cells, "∅")
				}
			}
			rows = append(rows, strings.Join(cells, " | "))
		}
		slices.Sort(rows)
		want[table.Name] = rows
	}
	h.wantContents(want)
}

func (h *house) wantContents(want map[string][]string) {
	h.t.Helper()
	got := h.contents()
	for name, rows := range want {
		if diff := cmp.Diff(rows, got[name]); diff != "" {
			h.t.Errorf("%s differs (-want +got):\n%s", name, shorten(diff))
		}
	}
}

func shorten(diff string) string {
	const most = 4000
	if len(diff) > most {
		return diff[:most] + "\n…"
	}
	return diff
}

// wantSound holds the invariants of every warehouse: all checks of severity error hold, and no run left anything behind.
func (h *house) wantSound() {
	if h.t.Failed() {
		return
	}
	if _, err := os.Lstat(h.warehouse); err != nil {
		return
	}
	if _, err := pipeline.Test(context.Background(), h.config()); err != nil {
		h.t.Errorf("checks of the published file: %v", err)
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(h.warehouse), "releases", "*", "unpublished"))
	for _, path := range left {
		if run := filepath.Base(filepath.Dir(path)); run != h.lastRun() || h.endOf(run).State == journal.Succeeded {
			h.t.Errorf("left behind: %s, and run %s is not the last, or did not fail", path, run)
		}
	}
	if info, err := os.Stat(h.warehouse); err != nil || info.Mode().Perm() != 0o444 {
		h.t.Errorf("published file: %v, mode %v, want 0444", err, info.Mode())
	}
}

// lastRun is the newest run that left a journal.
func (h *house) lastRun() string {
	h.t.Helper()
	runs, err := journal.Runs(filepath.Dir(h.warehouse))
	if err != nil || len(runs) == 0 {
		h.t.Fatalf("journals: %v, %v", runs, err)
	}
	return runs[0]
}

// journalOf returns the events of a run, of one kind.
func (h *house) journalOf(run, kind string) (found []journal.Event) {
	h.t.Helper()
	events, err := journal.Read(filepath.Dir(h.warehouse), run)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, event := range events {
		if event.Kind == kind {
			found = append(found, event)
		}
	}
	return found
}

// endOf is how a run ended; zero where its process died.
func (h *house) endOf(run string) journal.Event {
	h.t.Helper()
	for _, event := range h.journalOf(run, journal.RunFinished) {
		return event
	}
	return journal.Event{}
}

// bytesOf reads the published file.
func (h *house) bytesOf() string {
	h.t.Helper()
	body, err := os.ReadFile(h.warehouse)
	if err != nil {
		h.t.Fatal(err)
	}
	return string(body)
}

// realLake is the company's lake; where it is not at hand, the test says that it did not run.
func realLake(t testing.TB) string {
	t.Helper()
	path := os.Getenv("FMCG_REAL_LAKE")
	if path == "" {
		path = filepath.Join("..", "..", "shared", "lake")
	}
	if _, err := os.Stat(path); err != nil {
		t.Skipf("DID NOT RUN: the company's lake is not at %s; set FMCG_REAL_LAKE", path)
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return absolute
}
