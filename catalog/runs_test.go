package catalog

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/pipeline/journal"
)

// write writes the journal of a run, an event a second.
func write(tb testing.TB, warehouse, run string, events ...journal.Event) {
	tb.Helper()
	clock := firstNight
	writer, err := journal.Create(filepath.Dir(warehouse), run, func() time.Time { clock = clock.Add(time.Second); return clock })
	if err != nil {
		tb.Fatal(err)
	}
	for _, event := range events {
		if _, err := writer.Write(event); err != nil {
			tb.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		tb.Fatal(err)
	}
}

func openHistory(tb testing.TB, warehouse string) *History {
	tb.Helper()
	history, err := OpenHistory(tb.Context(), warehouse)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = history.Close() })
	return history
}

var (
	begin = journal.Event{Kind: journal.RunStarted, Name: "refresh", By: "night@server"}
	end   = journal.Event{Kind: journal.RunFinished, State: journal.Succeeded}
)

func TestARunWhoseJournalHasNoEndDied(t *testing.T) {
	warehouse := filepath.Join(t.TempDir(), "fmcg.duckdb")
	write(t, warehouse, "20260301T203000000Z-aa", begin, journal.Event{Kind: journal.TaskStarted, Task: jobTasks[0], Files: 3})
	path := journal.Path(filepath.Dir(warehouse), "20260301T203000000Z-aa")
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(body, `{"at":"2026-03-01T20:30:09Z","kind":"run_fin`...), 0o644); err != nil {
		t.Fatal(err)
	}
	write(t, warehouse, "20260302T203000000Z-bb") // died before its first line
	history := openHistory(t, warehouse)
	run, err := history.Run(t.Context(), "20260301T203000000Z-aa")
	if err != nil {
		t.Fatal(err)
	}
	if run.State != journal.Failed || !strings.Contains(run.Error, "died at 2026-03-01T20:30:02Z") || run.Tasks[0].State != journal.Failed || run.Tasks[1].State != journal.Skipped {
		t.Errorf("state %s, error %q, tasks %+v", run.State, run.Error, run.Tasks)
	}
	if run, err = history.Run(t.Context(), "20260302T203000000Z-bb"); err != nil || run.State != journal.Failed || run.StartedAt.Format(time.DateOnly) != "2026-03-02" {
		t.Errorf("of an empty journal: %s, started %s, %v", run.State, run.StartedAt, err)
	}
}

func TestOriginalAndRepairKnowEachOther(t *testing.T) {
	warehouse := filepath.Join(t.TempDir(), "fmcg.duckdb")
	write(t, warehouse, "1", begin, journal.Event{Kind: journal.RunFinished, State: journal.Failed, Code: 1})
	repair := begin
	repair.Repairs = "1"
	write(t, warehouse, "2", repair, journal.Event{Kind: journal.RunFinished, State: journal.Failed, Code: 1})
	write(t, warehouse, "3", repair, end)
	var got []string
	for run, err := range openHistory(t, warehouse).All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(run.ID, " repairs ", run.Repairs, ", repaired by ", run.RepairedBy))
	}
	want := []string{"3 repairs 1, repaired by []", "2 repairs 1, repaired by []", "1 repairs , repaired by [2 3]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestARunIsFoundByTheBeginningOfItsIDIfNoOtherBeginsSo(t *testing.T) {
	warehouse := filepath.Join(t.TempDir(), "fmcg.duckdb")
	for _, id := range []string{"20260301T1-a", "20260301T2-b", "20260302T1-c", "20260302"} {
		write(t, warehouse, id, begin, end)
	}
	history := openHistory(t, warehouse)
	for prefix, want := range map[string]string{"20260301T2": "20260301T2-b", "20260302": "20260302", "20260302T": "20260302T1-c"} {
		if got, err := history.Find(prefix); got != want || err != nil {
			t.Errorf("Find(%s) is %s, %v; want %s", prefix, got, err, want)
		}
	}
	for prefix, want := range map[string]error{"2026030": ErrAmbiguousRun, "2027": ErrUnknownRun} {
		if got, err := history.Find(prefix); !errors.Is(err, want) {
			t.Errorf("Find(%s) is %s, %v; want the error %v", prefix, got, err, want)
		}
	}
}

func TestTheMedianIsThatOfRunsWithLikeWork(t *testing.T) {
	published := func(seconds float64) Run { return Run{State: journal.Succeeded, Trigger: "refresh", Seconds: seconds} }
	full := published(900)
	full.Parameters = map[string]any{"full": true}
	rolledBack := published(1)
	rolledBack.Trigger = RollbackTrigger
	withdrawn, repair := published(3), published(4)
	withdrawn.Trigger, repair.Repairs = "withdraw", "1"
	others := []Run{full, rolledBack, withdrawn, repair, {State: journal.Failed, Seconds: 2}, {State: journal.UpToDate, Seconds: 1}, {State: journal.Running, Seconds: 5000}}
	var many []Run
	for i := range 50 { // newest first: 50, 49, …
		many = append(many, published(float64(50-i)))
	}
	for _, c := range []struct {
		name   string
		runs   []Run
		median time.Duration
		of     int
	}{
		{"none", nil, 0, 0},
		{"too few", []Run{published(10), published(20)}, 0, 2},
		{"odd", []Run{published(30), published(10), published(20)}, 20 * time.Second, 3},
		{"even", []Run{published(30), published(10), published(20), published(21)}, 20500 * time.Millisecond, 4},
		{"among others", append(slices.Clone(others), published(30), published(10), published(20)), 20 * time.Second, 3},
		{"many", many, 40500 * time.Millisecond, 20},
	} {
		if median, of := MedianDuration(slices.Values(c.runs)); median != c.median || of != c.of {
			t.Errorf("%s: %s of %d, want %s of %d", c.name, median, of, c.median, c.of)
		}
	}
}

func TestAFollowerTellsEachEventOnceAndTheDeathOfTheProcess(t *testing.T) {
	warehouse := filepath.Join(t.TempDir(), "fmcg.duckdb")
	write(t, warehouse, "1", begin, journal.Event{Kind: journal.Step, Name: "look"})
	follower, err := Follow(warehouse, "1")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = follower.Close() }()
	path := journal.Path(filepath.Dir(warehouse), "1")
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	// It must find a line that was cut in two whole, once its second half is there.
	for _, part := range []string{`{"run":"1","kind":"st`, "ep\",\"name\":\"read\"}\n", `{"run":"1"`} {
		if _, err := file.WriteString(part); err != nil {
			t.Fatal(err)
		}
		events, err := follower.read()
		if err != nil {
			t.Fatal(err)
		}
		for _, event := range events {
			got = append(got, event.Kind+" "+event.Name)
		}
	}
	events, err := follower.Next()
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	for _, event := range events {
		got = append(got, event.Kind+" "+event.State)
	}
	if diff := cmp.Diff([]string{"run_started refresh", "step look", "step read", "run_finished failed"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if run := follower.Run(); run.State != journal.Failed {
		t.Errorf("the run is %s", run.State)
	}
}

// A list of runs reads as many journals as it shows, and the median as many as it needs.
func BenchmarkListing400Journals(b *testing.B) {
	warehouse := filepath.Join(b.TempDir(), "fmcg.duckdb")
	events := []journal.Event{begin}
	for i := range 158 {
		events = append(events, journal.Event{Kind: journal.FileRead, Task: jobTasks[3], Name: fmt.Sprint("orders_", i, ".csv"), Rows: 500})
	}
	for i := range 46 {
		events = append(events, journal.Event{Kind: journal.ModelBuilt, Task: jobTasks[3], Name: fmt.Sprint("silver/", i, ".sql"), Rows: 500, Seconds: 1})
	}
	for i := range 400 {
		write(b, warehouse, fmt.Sprintf("%04d", i), append(events, end)...)
	}
	for name, most := range map[string]int{"20": 20, "all": 400} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				seen := 0
				for _, err := range openHistory(b, warehouse).All(b.Context()) {
					if err != nil {
						b.Fatal(err)
					}
					if seen++; seen == most {
						break
					}
				}
			}
		})
	}
}
