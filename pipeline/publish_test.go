package pipeline_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fmcg/fmcg/pipeline"
	"github.com/fmcg/fmcg/pipeline/journal"
)

const nextDay = "child/orders/landing/orders_2025_12_01.csv"

// nextDayBody is one more day of the demo lake's child.
func nextDayBody(h *house) string {
	h.t.Helper()
	return strings.ReplaceAll(string(filesOf(h.t, h.lake)["child/orders/landing/orders_2025_11_30.csv"]), "2025", "2024")
}

// eventsOf counts the events of a refresh of a day on top, and names those that are steps.
func eventsOf(t *testing.T) (all []journal.Event) {
	t.Helper()
	h := newDemoHouse(t, small)
	h.refresh()
	h.put(nextDay, nextDayBody(h))
	h.refresh(func(config *pipeline.Config) {
		config.Observe = func(event journal.Event) { all = append(all, event) }
	})
	return all
}

// Law 2. Killed at any event of a refresh - each step, each file, each model, each check -, the published release is
// the old one or the new one, whole, and the next refresh completes with no repair by hand.
func TestAKillAtAnyEventLeavesAWholeReleaseAndTheNextRefreshCompletes(t *testing.T) {
	events := eventsOf(t)
	var steps []string
	for _, event := range events {
		if event.Kind == journal.Step {
			steps = append(steps, event.Name)
		}
	}
	if want := slices.DeleteFunc(slices.Clone(pipeline.Steps), func(name string) bool { return name == pipeline.StepMove }); !slices.Equal(steps, want) {
		t.Fatalf("steps %q, want %q", steps, want)
	}
	h := newDemoHouse(t, small)
	h.refresh()
	before, old := h.contents(), h.bytesOf()
	h.put(nextDay, nextDayBody(h))
	for number, event := range events {
		printed, code := h.start(errand{Role: "refresher", At: number + 1, How: "kill"}).end()
		if code != -1 {
			t.Fatalf("event %d %s %s: exit code %d, want a killed process; it printed %s", number, event.Kind, event.Name, code, printed)
		}
		if h.bytesOf() == old {
			continue
		}
		if event.Kind != journal.RunFinished && event.Name != pipeline.StepPrune {
			t.Fatalf("killed at %s %s, and the published file changed", event.Kind, event.Name)
		}
		break // published: from here on there is nothing left to do
	}
	h.refresh()
	h.wantRules(os.DirFS(h.lake))
	h.remove(nextDay)
	if slices.Equal(before["gold.sb_fact_orders"], h.contents()["gold.sb_fact_orders"]) {
		t.Error("the new day is not in the warehouse")
	}
}

func TestARunKilledJustAfterItsReleaseWasPublishedIsRecognisedAsPublished(t *testing.T) {
	h := newDemoHouse(t, small)
	result := h.refresh()
	marker := filepath.Join(filepath.Dir(h.warehouse), "releases", result.Run, "unpublished")
	if err := os.WriteFile(marker, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	h.refresh()
	h.wantRules(os.DirFS(h.lake))
}

// A disk that fills up: no file may grow beyond a limit, at several limits up to the size that suffices.
func TestAFullDiskLeavesThePublishedReleaseAndTheNextRefreshCompletes(t *testing.T) {
	h := newDemoHouse(t, small)
	h.refresh()
	old := h.bytesOf()
	h.put(nextDay, nextDayBody(h))
	failures := 0
	for limit := uint64(4 << 10); limit <= uint64(len(old)); limit *= 4 {
		printed, code := h.start(errand{Role: "refresher", FileLimit: limit}).end()
		if code == 0 {
			t.Errorf("limit %d: the refresh succeeded", limit)
		}
		failures++
		if h.bytesOf() != old {
			t.Fatalf("limit %d: the published file changed; printed %s", limit, printed)
		}
	}
	if failures < 3 {
		t.Fatalf("only %d limits tried", failures)
	}
	h.refresh()
	h.wantRules(os.DirFS(h.lake))
}

// Law 3. Readers and the refresh do not disturb each other.
func TestAReaderKeepsTheReleaseItOpenedAndOthersOpenWhileARefreshRuns(t *testing.T) {
	h := newDemoHouse(t, small)
	first := h.refresh()
	query := errand{Role: "reader", SQL: "select run_id from ops.freshness"}
	early := h.start(query)
	if got := early.line(); got != "open" {
		t.Fatalf("reader says %q", got)
	}
	h.put(nextDay, nextDayBody(h))
	second := h.refresh(func(config *pipeline.Config) {
		config.KeepReleases = 1
		config.Observe = func(event journal.Event) {
			if event.Kind != journal.Step || event.Name == pipeline.StepPrune {
				return
			}
			during := h.start(query)
			during.line()
			if got := during.ask(); got != first.Run {
				t.Errorf("a reader that came at %q sees run %q, want %q", event.Name, got, first.Run)
			}
			during.end()
		}
	})
	if got := early.ask(); got != first.Run {
		t.Errorf("the early reader sees run %q after the release was pruned, want %q", got, first.Run)
	}
	late := h.start(query)
	late.line()
	if got := late.ask(); got != second.Run {
		t.Errorf("a late reader sees run %q, want %q", got, second.Run)
	}
}

func TestAnOrdinaryUserCanReadThePublishedFileAndNotWriteIt(t *testing.T) {
	h := newDemoHouse(t, small)
	run := h.refresh().Run
	ordinary := asOrdinaryUser(t, h.warehouse, filepath.Join(filepath.Dir(h.warehouse), "releases", run, "fmcg.duckdb"))
	reader := h.start(errand{Role: "reader", SQL: "select run_id from ops.freshness"}, ordinary)
	reader.line()
	if got := reader.ask(); got != run {
		t.Errorf("reads %q, want %q", got, run)
	}
	reader.end()
	printed, code := h.start(errand{Role: "writer", SQL: "create table mine (i integer)"}, ordinary).end()
	if code != 1 || !strings.Contains(strings.ToLower(printed), "permission denied") {
		t.Errorf("writing gave code %d: %s", code, printed)
	}
}

// A client that resolves links (1.5) leaves its log beside the release, an older one beside the link. Neither is ever
// replayed into a release, and neither is deleted.
func TestAStaleLogIsSetAsideAndNeverReplayed(t *testing.T) {
	const change = "create table gold.stale as select 42 as i"
	leave := map[string]func(*house){
		"by an engine that resolves the link": func(h *house) {
			if _, code := h.start(errand{Role: "writer", SQL: change}).end(); code != -1 {
				h.t.Fatalf("the writer ended with code %d", code)
			}
		},
		"by an engine that does not": func(h *house) {
			writeWithPython(h.t, "1.4", h.warehouse, change)
			if _, err := os.Lstat(h.warehouse + ".wal"); err != nil {
				h.t.Fatalf("DuckDB 1.4 left no log beside the link: %v", err)
			}
		},
	}
	for how, leaveLog := range leave {
		t.Run(how, func(t *testing.T) {
			h := newDemoHouse(t, small)
			h.refresh()
			if os.Getuid() != 0 {
				release, _ := filepath.EvalSymlinks(h.warehouse)
				if err := os.Chmod(release, 0o644); err != nil { // only its owner can do this
					t.Fatal(err)
				}
			}
			leaveLog(h)
			h.put(nextDay, nextDayBody(h))
			result := h.refresh()
			if text := strings.Join(result.Warnings, "\n"); !strings.Contains(text, "set aside") {
				t.Errorf("not warned of: %q", result.Warnings)
			}
			for _, pattern := range []string{"*.wal", "releases/*/*.wal"} {
				if left, _ := filepath.Glob(filepath.Join(filepath.Dir(h.warehouse), pattern)); len(left) > 0 {
					t.Errorf("logs left: %v", left)
				}
			}
			aside, _ := filepath.Glob(filepath.Join(filepath.Dir(h.warehouse), "*set-aside*"))
			more, _ := filepath.Glob(filepath.Join(filepath.Dir(h.warehouse), "releases", "*", "*set-aside*"))
			if len(aside)+len(more) != 1 {
				t.Errorf("set aside: %v %v, want one log", aside, more)
			}
			if got := h.rows("select count(*) from information_schema.tables where table_name = 'stale'"); got[0] != "0" {
				t.Error("the stale log was replayed")
			}
			h.wantRules(os.DirFS(h.lake))
		})
	}
}

// pythonClient is one of the DuckDB versions that make tools fetches.
func pythonClient(t testing.TB, version string) (folder string) {
	t.Helper()
	folder, err := filepath.Abs(filepath.Join("..", ".tools", "python", version))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(folder, "duckdb")); err != nil {
		t.Fatalf("DuckDB %s for Python is not at %s; run: make tools", version, folder)
	}
	return folder
}

// writeWithPython writes to the published path with another version of DuckDB, which dies before it writes its log back.
func writeWithPython(t testing.TB, version, path, statement string) {
	t.Helper()
	program := fmt.Sprintf("import duckdb, os\nc = duckdb.connect(%q)\nc.execute(%q)\nos._exit(0)\n", path, statement)
	cmd := exec.Command("python3", "-c", program)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+pythonClient(t, version))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("python duckdb %s: %v\n%s", version, err, out)
	}
}

func TestASecondRefreshIsRefusedAndNamesTheFirst(t *testing.T) {
	h := newDemoHouse(t, small)
	h.refresh()
	h.put(nextDay, nextDayBody(h))
	first := h.start(errand{Role: "refresher", At: 5, How: "wait"})
	if got := first.line(); !strings.HasPrefix(got, "at ") {
		t.Fatalf("the first refresh says %q", got)
	}
	holder, running := journal.RunningNow(h.warehouse)
	if !running || holder.PID != first.cmd.Process.Pid {
		t.Errorf("running: %v %v, want process %d", running, holder, first.cmd.Process.Pid)
	}
	_, err := h.tryRefresh()
	if pipeline.CodeOf(err) != pipeline.Busy || !strings.Contains(err.Error(), holder.Run) || !strings.Contains(err.Error(), "another process") {
		t.Errorf("the second refresh: %v, want code 5 and the run %s", err, holder.Run)
	}
	if printed, code := first.end(); code != 0 {
		t.Errorf("the first refresh ended with %d: %s", code, printed)
	}
	if _, running := journal.RunningNow(h.warehouse); running {
		t.Error("it still counts as running")
	}
	h.wantRules(os.DirFS(h.lake))
}

func TestAFolderThatIsNotWritableIsAClearError(t *testing.T) {
	h := newDemoHouse(t, small)
	if err := os.MkdirAll(filepath.Dir(h.warehouse), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(h.warehouse), 0o555); err != nil {
		t.Fatal(err)
	}
	printed, code := h.start(errand{Role: "refresher"}, asOrdinaryUser(t, h.warehouse, filepath.Join(h.lake, "x"))).end()
	if code != int(pipeline.Failed) || !strings.Contains(printed, "writable") || !strings.Contains(printed, filepath.Dir(h.warehouse)) {
		t.Errorf("code %d: %s", code, printed)
	}
}

func TestRollbackPublishesAKeptReleaseAndTheNextRefreshGoesOnFromIt(t *testing.T) {
	h := newDemoHouse(t, small)
	first := h.refresh()
	before := h.contents()
	h.put(nextDay, nextDayBody(h))
	second := h.refresh()
	release, err := pipeline.Rollback(t.Context(), h.config(), "")
	if err != nil || release.Run != first.Run {
		t.Fatalf("rolled back to %v (%v), want %s", release, err, first.Run)
	}
	h.wantContents(before)
	if _, err := pipeline.Rollback(t.Context(), h.config(), "no-such-run"); pipeline.CodeOf(err) != pipeline.WrongUse || !strings.Contains(err.Error(), second.Run) {
		t.Errorf("an unknown run: %v, want the kept ones named", err)
	}
	if _, err := pipeline.Rollback(t.Context(), h.config(), second.Run); err != nil {
		t.Fatal(err)
	}
	h.wantRules(os.DirFS(h.lake))
	if _, err := pipeline.Rollback(t.Context(), h.config(), first.Run); err != nil {
		t.Fatal(err)
	}
	if !h.refresh().Published {
		t.Error("the refresh after a rollback found nothing new")
	}
	h.wantRules(os.DirFS(h.lake))
	// The release before is the one that this one was built on, not the one that was taken back.
	if release, err := pipeline.Rollback(t.Context(), h.config(), ""); err != nil || release.Run != first.Run {
		t.Errorf("rolled back to %v (%v), want %s", release, err, first.Run)
	}
}

func TestARollbackLeavesAJournalAsARunDoesWhetherItSucceedsOrFails(t *testing.T) {
	h := newDemoHouse(t, small)
	first := h.refresh()
	h.put(nextDay, nextDayBody(h))
	h.refresh()
	for _, c := range []struct{ release, state, detail string }{
		{"", journal.Succeeded, first.Run},
		{"no-such-run", journal.Failed, "no kept release no-such-run"},
	} {
		var observed []journal.Event
		config := h.config()
		config.Observe = func(event journal.Event) { observed = append(observed, event) }
		_, _ = pipeline.Rollback(t.Context(), config, c.release)
		runs, err := journal.Runs(filepath.Dir(h.warehouse))
		if err != nil {
			t.Fatal(err)
		}
		events, err := journal.Read(filepath.Dir(h.warehouse), runs[0])
		if err != nil {
			t.Fatal(err)
		}
		if len(events) != 2 || len(observed) != 2 {
			t.Fatalf("rollback %q: %d events in the journal, %d observed, want a start and an end", c.release, len(events), len(observed))
		}
		if start := events[0]; start.Kind != journal.RunStarted || start.Name != "rollback" || start.By != "test" || start.Parameters["release"] != c.release {
			t.Errorf("rollback %q: it begins %+v", c.release, start)
		}
		if end := events[1]; end.Kind != journal.RunFinished || end.State != c.state || !strings.Contains(end.Detail, c.detail) || (end.Code == 0) != (c.state == journal.Succeeded) {
			t.Errorf("rollback %q: it ends %+v, want %s and %q", c.release, end, c.state, c.detail)
		}
	}
}

func TestOldReleasesAreRemovedAndThePublishedOneNever(t *testing.T) {
	h := newDemoHouse(t, small)
	keepTwo := func(config *pipeline.Config) { config.KeepReleases = 2 }
	var runs []string
	for day := range 4 {
		h.put(fmt.Sprintf("child/orders/landing/orders_2025_12_%02d.csv", day+1), nextDayBody(h))
		runs = append(runs, h.refresh(keepTwo).Run)
	}
	releases, err := pipeline.Releases(h.warehouse)
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for _, release := range releases {
		kept = append(kept, release.Run)
	}
	slices.Sort(runs)
	slices.Reverse(runs)
	if !slices.Equal(kept, runs[:2]) || !slices.ContainsFunc(releases, func(r pipeline.Release) bool { return r.Published }) {
		t.Errorf("kept %v, want %v with the published one", releases, runs[:2])
	}
}
