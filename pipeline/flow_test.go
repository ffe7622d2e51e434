package pipeline_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/pipeline"
	"github.com/fmcg/fmcg/pipeline/journal"
)

const (
	customerTask = "dim_processing_customer"
	productsTask = "dim_processing_products"
	pricesTask   = "dim_processing_prices"
	ordersTask   = "fact_processing_orders"
)

// states returns how the tasks of a run ended.
func (h *house) states(run string) map[string]string {
	h.t.Helper()
	found := map[string]string{}
	for _, event := range h.journalOf(run, journal.TaskFinished) {
		found[event.Task] = event.State
	}
	return found
}

// breakModel makes a model of a tree fail when it runs, on the last line of its file. It returns the line.
func breakModel(t testing.TB, tree, model string) int {
	t.Helper()
	path := filepath.Join(tree, filepath.FromSlash(model))
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	broken := strings.TrimRight(string(body), "\n") + "\nlimit no_such_column_here\n"
	if err := os.WriteFile(path, []byte(broken), 0o644); err != nil {
		t.Fatal(err)
	}
	return strings.Count(broken, "\n")
}

func withTree(dir string) func(*pipeline.Config) {
	return func(config *pipeline.Config) { config.SQL = os.DirFS(dir) }
}

func TestATaskThatFailsKeepsThoseThatNeedItFromRunningAndNoOthers(t *testing.T) {
	for _, c := range []struct {
		model string
		want  map[string]string
	}{
		{"silver/customers.sql", map[string]string{customerTask: journal.Failed, productsTask: journal.Succeeded, pricesTask: journal.Succeeded, ordersTask: journal.Skipped}},
		{"silver/products.sql", map[string]string{customerTask: journal.Succeeded, productsTask: journal.Failed, pricesTask: journal.Skipped, ordersTask: journal.Skipped}},
		{"silver/orders.sql", map[string]string{customerTask: journal.Succeeded, productsTask: journal.Succeeded, pricesTask: journal.Succeeded, ordersTask: journal.Failed}},
	} {
		t.Run(c.model, func(t *testing.T) {
			h := tiny(t)
			tree := ownTree(t)
			line := breakModel(t, tree, c.model)
			_, err := h.tryRefresh(withTree(tree))
			place := fmt.Sprintf("sql/%s:%d:7: ", c.model, line)
			if pipeline.CodeOf(err) != pipeline.Failed || !strings.Contains(err.Error(), place) {
				t.Errorf("error %v, want one at %s", err, place)
			}
			run := h.lastRun()
			if diff := cmp.Diff(c.want, h.states(run)); diff != "" {
				t.Errorf("states of the tasks (-want +got):\n%s", diff)
			}
			if end := h.endOf(run); end.State != journal.Failed || end.Code != 1 || end.Name != "sql/"+c.model || end.Line != line || end.Column != len("limit ")+1 {
				t.Errorf("the journal ends with %+v", end)
			}
		})
	}
}

func TestTasksThatNeedNothingOfEachOtherRunSideBySide(t *testing.T) {
	h := tiny(t)
	// Each of the two waits, as it starts, until the other has started: one after the other would wait for ever.
	started := map[string]chan struct{}{customerTask: make(chan struct{}), productsTask: make(chan struct{})}
	tree := ownTree(t)
	h.refresh(withTree(tree), func(config *pipeline.Config) {
		config.Observe = func(event journal.Event) {
			if event.Kind == journal.TaskStarted && started[event.Task] != nil {
				close(started[event.Task])
			}
			if event.Kind == journal.TaskFinished && started[event.Task] != nil {
				for other, isStarted := range started {
					select {
					case <-isStarted:
					default:
						t.Errorf("%s ended before %s began", event.Task, other)
					}
				}
			}
		}
	})
}

// Law 5 for chosen tasks: what they leave behind, the next refresh makes good.
func TestChosenTasksRunWithThoseTheyNeedAndTheNextRefreshMakesTheRestGood(t *testing.T) {
	h := newShop(t)
	h.put(landing("orders_2025_07_05.csv"), aDay("A1"))
	h.refresh()
	h.put("child/products/more.csv", "product_name,product_id,category\nSportsBites Choco Chips 30g,25891999,Energy Bars\n")
	h.put(landing("orders_2025_07_06.csv"), aDay("A2")+"A3,2025-07-06,7,25891999,4\n")
	result := h.refresh(func(config *pipeline.Config) { config.Tasks = []string{pricesTask} })
	want := map[string]string{productsTask: journal.Succeeded, pricesTask: journal.Succeeded}
	if diff := cmp.Diff(want, h.states(result.Run)); diff != "" {
		t.Errorf("states of the tasks (-want +got):\n%s", diff)
	}
	if got := h.rows("select count(*) from gold.sb_dim_products where product_id = '25891999'"); got[0] != "1" {
		t.Errorf("the new product is there %s times", got[0])
	}
	if got := h.rows("select file_name from ops.files where file_name = 'orders_2025_07_06.csv'"); len(got) > 0 {
		t.Error("a file of a task that was not chosen is loaded")
	}
	h.refresh()
	h.wantRules(os.DirFS(h.lake))
	for _, wrong := range [][]string{{"no_such_task"}, {ordersTask, ""}} {
		if _, err := h.tryRefresh(func(config *pipeline.Config) { config.Tasks = wrong }); pipeline.CodeOf(err) != pipeline.WrongUse {
			t.Errorf("tasks %q: %v, want wrong use", wrong, err)
		}
	}
	if _, err := h.tryRefresh(full, func(config *pipeline.Config) { config.Tasks = []string{pricesTask} }); pipeline.CodeOf(err) != pipeline.WrongUse {
		t.Errorf("a full rebuild of some tasks: %v, want wrong use", err)
	}
}

func repair(config *pipeline.Config) { config.Repair = pipeline.RepairLast }

// A repair ends with what an undisturbed run would have made at the time of the failed one, whatever the failed run had done.
func TestARepairOfARunThatFailedAtAnyModelOrCheckGivesWhatTheRunWouldHaveGiven(t *testing.T) {
	const times = "select file_name, cast(max(read_timestamp) as varchar) from bronze.orders group by all order by all"
	for _, broken := range []string{"silver/customers.sql", "silver/products.sql", "silver/orders.sql", "gold/fact_orders.sql", "checks/fact_orders_unique.sql"} {
		for _, first := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, first %v", broken, first), func(t *testing.T) {
				h := newShop(t)
				h.put(landing("orders_2025_07_05.csv"), aDay("A1"))
				at := time.Date(2026, 2, 1, 2, 0, 0, 0, time.UTC)
				clock := func(config *pipeline.Config) { config.Now = func() time.Time { return at } }
				if !first {
					h.refresh(clock)
				}
				h.put("child/products/more.csv", "product_name,product_id,category\nSportsBites Choco Chips 30g,25891999,Energy Bars\n")
				h.put("child/customers/more.csv", "customer_id,customer_name,city\n8,Late Mart,Bengaluru\n")
				h.put(landing("orders_2025_07_06.csv"), aDay("A2")+"A3,2025-07-06,8,25891999,4\n")
				tree := ownTree(t)
				breakModel(t, tree, broken)
				at = time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC)
				if _, err := h.tryRefresh(withTree(tree), clock); err == nil {
					t.Fatal("the broken tree was published")
				}
				failed, succeeded := h.lastRun(), 0
				for _, state := range h.states(failed) {
					if state == journal.Succeeded {
						succeeded++
					}
				}
				at = at.Add(5 * time.Hour)
				result := h.refresh(repair, clock)
				h.wantRules(os.DirFS(h.lake))
				for _, row := range h.rows(times) {
					if strings.Contains(row, "07_06") && !strings.Contains(row, "2026-03-01 02:00:00") {
						t.Errorf("read at %s, want the time of the failed run", row)
					}
				}
				if got := h.journalOf(result.Run, journal.RunStarted)[0].Repairs; got != failed {
					t.Errorf("the journal says it repairs %q, want %q", got, failed)
				}
				var reused int
				for _, event := range h.journalOf(result.Run, journal.TaskFinished) {
					if strings.Contains(event.Detail, failed) {
						reused++
					}
				}
				if reused != succeeded {
					t.Errorf("%d tasks taken over, %d had succeeded", reused, succeeded)
				}
				want := []string{customerTask, productsTask, pricesTask, ordersTask}
				slices.Sort(want)
				if diff := cmp.Diff(want, h.rows("select task from ops.run_tasks where run_id = ? order by task", result.Run)); diff != "" {
					t.Errorf("ops.run_tasks (-want +got):\n%s", diff)
				}
				if got := h.rows("select run_id from ops.files union select run_id from ops.quarantine except select run_id from ops.runs"); len(got) > 0 {
					t.Errorf("runs that nothing tells of: %v", got)
				}
				if _, err := h.tryRefresh(repair, clock); pipeline.CodeOf(err) != pipeline.WrongUse {
					t.Errorf("repair of a run that did not fail: %v, want wrong use", err)
				}
			})
		}
	}
}

// Law 2 for repairs: killed anywhere, even while it repairs, a run can be repaired.
func TestARunThatWasKilledAtAnyEventCanBeRepaired(t *testing.T) {
	events := eventsOf(t)
	h := newDemoHouse(t, small)
	h.refresh()
	old := h.bytesOf()
	h.put(nextDay, nextDayBody(h))
	for number := 4; number < len(events); number += 3 {
		printed, code := h.start(errand{Role: "refresher", At: number, How: "kill", Repair: number > 20}).end()
		if code != -1 && h.bytesOf() == old {
			t.Fatalf("event %d: exit code %d, want a killed process; it printed %s", number, code, printed)
		}
		if h.bytesOf() != old {
			break // a repair that takes all tasks over has fewer events
		}
	}
	if h.bytesOf() == old {
		h.refresh(repair)
	} else {
		h.refresh()
	}
	h.wantRules(os.DirFS(h.lake))
}

func TestARunIsCancelledAtOnceFromElsewhereOrByASignalAndTheJournalSaysWhoAndHow(t *testing.T) {
	for _, c := range []struct {
		name, by, how string
		stop          func(h *house, p *process)
	}{
		{"fmcg cancel", "somebody@else", "fmcg cancel", func(h *house, _ *process) {
			config := h.config()
			config.StartedBy = "somebody@else"
			if _, err := pipeline.Cancel(h.t.Context(), config); err != nil {
				h.t.Error(err)
			}
		}},
		{"a signal", "another process", "interrupt", func(_ *house, p *process) { _ = p.cmd.Process.Signal(syscall.SIGINT) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newDemoHouse(t, small)
			h.refresh()
			old := h.bytesOf()
			h.put(nextDay, nextDayBody(h))
			// A query that runs for hours stands for one that somebody wants to stop.
			tree := ownTree(t)
			if err := makeEndless(tree); err != nil {
				t.Fatal(err)
			}
			running := h.start(errand{Role: "refresher", Tree: tree})
			if got := running.line(); got != "endless" {
				t.Fatalf("it says %q", got)
			}
			c.stop(h, running)
			printed, code := running.end()
			if code != 130 {
				t.Errorf("exit code %d, want 130; it printed %s", code, printed)
			}
			if h.bytesOf() != old {
				t.Error("the published file changed")
			}
			requests := h.journalOf(h.lastRun(), journal.CancelRequested)
			if len(requests) != 1 || requests[0].By != c.by || !strings.Contains(requests[0].Detail, c.how) {
				t.Errorf("requests in the journal: %+v", requests)
			}
			if end := h.endOf(h.lastRun()); end.State != journal.Cancelled || end.Code != 130 || !strings.Contains(end.Detail, c.by) {
				t.Errorf("the journal ends with %+v", end)
			}
			if got := h.states(h.lastRun())[ordersTask]; got != journal.Cancelled {
				t.Errorf("the task is %s", got)
			}
			h.refresh()
		})
	}
	h := tiny(t)
	if _, err := pipeline.Cancel(t.Context(), h.config()); pipeline.CodeOf(err) != pipeline.WrongUse {
		t.Errorf("with nothing running: %v, want wrong use", err)
	}
}

func TestARunOrATaskThatExceedsItsLimitFailsAndLeavesThePublishedFile(t *testing.T) {
	h := tiny(t)
	h.refresh()
	old := h.bytesOf()
	tree := ownTree(t)
	if err := makeEndless(tree); err != nil {
		t.Fatal(err)
	}
	for _, limit := range []func(*pipeline.Config){
		func(config *pipeline.Config) { config.TaskTimeout = 100 * time.Millisecond },
		func(config *pipeline.Config) { config.RunTimeout = 100 * time.Millisecond },
	} {
		_, err := h.tryRefresh(withTree(tree), limit)
		if pipeline.CodeOf(err) != pipeline.Failed || !strings.Contains(err.Error(), "100ms") {
			t.Errorf("%v, want an error that tells the limit", err)
		}
		if h.bytesOf() != old {
			t.Error("the published file changed")
		}
	}
}

// makeEndless makes a model of a tree run for hours.
func makeEndless(tree string) error {
	path := filepath.Join(tree, "gold", "dim_date.sql")
	body, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	const hours = "\nlimit (select count(*) from range(100000000) as a, range(100000000) as b where a.range + b.range = 7)\n"
	return os.WriteFile(path, []byte(strings.TrimRight(string(body), "\n")+hours), 0o644)
}

func TestARunThatTakesFarLongerThanTheLastOnesWarnsOfIt(t *testing.T) {
	h := newShop(t)
	at := time.Date(2026, 2, 1, 2, 0, 0, 0, time.UTC)
	run := func(day int, minutes time.Duration) (warnings []string) {
		at = at.Add(time.Hour)
		h.put(landing(dayFile(day)), onDay(day, aDay(fmt.Sprintf("A%d", day))))
		result := h.refresh(func(config *pipeline.Config) {
			config.Now = func() time.Time { return at }
			config.Observe = func(event journal.Event) {
				if event.Kind == journal.Step && event.Name == pipeline.StepChecks {
					at = at.Add(minutes * time.Minute)
				}
			}
		})
		return slices.DeleteFunc(result.Warnings, func(text string) bool { return !strings.Contains(text, "median") })
	}
	for day := range 6 {
		if warnings := run(day, 2); len(warnings) > 0 {
			t.Errorf("a run as long as the others warns: %q", warnings)
		}
	}
	if warnings := run(6, 5); len(warnings) > 0 {
		t.Errorf("a run somewhat longer warns: %q", warnings)
	}
	wantWarning(t, run(7, 7), "7m0s", "2m0s")
}
