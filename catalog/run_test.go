package catalog

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fmcg/fmcg/pipeline/journal"
)

var firstNight = time.Date(2026, 3, 1, 20, 30, 0, 0, time.UTC)

// drawEvents draws the events of a whole run as a pipeline may write them: tasks beside each other, the last after all
// others, some skipped, cancelled or with nothing to do.
func drawEvents(t *rapid.T) []journal.Event {
	events := []journal.Event{{Kind: journal.RunStarted, Name: "refresh", By: "night@server"}}
	step := func(name string) { events = append(events, journal.Event{Kind: journal.Step, Name: name}) }
	step("read new files")
	pace := func(task string) (lane []journal.Event, state string) {
		if rapid.IntRange(0, 4).Draw(t, "idle") == 0 {
			return []journal.Event{{Kind: journal.TaskFinished, Task: task, State: journal.UpToDate}}, journal.UpToDate
		}
		files, models := rapid.IntRange(0, 4).Draw(t, "files"), rapid.IntRange(0, 4).Draw(t, "models")
		lane = append(lane, journal.Event{Kind: journal.TaskStarted, Task: task, Files: files, Models: models})
		for i := range files {
			if rapid.IntRange(0, 5).Draw(t, "again") == 0 {
				lane = append(lane, journal.Event{Kind: journal.Retry, Task: task, Name: "a file", Seconds: 1, Detail: "503"})
			}
			lane = append(lane, journal.Event{Kind: journal.FileRead, Task: task, Name: fmt.Sprint(task, i, ".csv"), Rows: int64(i + 1)})
		}
		state = rapid.SampledFrom([]string{journal.Succeeded, journal.Succeeded, journal.Failed, journal.Cancelled}).Draw(t, "state")
		for i := range models {
			name := fmt.Sprint("silver/", task, i, ".sql")
			lane = append(lane, journal.Event{Kind: journal.ModelStarted, Task: task, Name: name})
			if state != journal.Succeeded && i == models-1 {
				break // it fails in its last one
			}
			lane = append(lane, journal.Event{Kind: journal.ModelBuilt, Task: task, Name: name, Rows: int64(10 * i), Seconds: 0.5})
		}
		return append(lane, journal.Event{Kind: journal.TaskFinished, Task: task, State: state}), state
	}
	worst := journal.Succeeded
	worsen := func(state string) {
		if state == journal.Failed || state == journal.Cancelled {
			worst = state
		}
	}
	var lanes [][]journal.Event
	for _, task := range jobTasks[:3] {
		lane, state := pace(task)
		lanes = append(lanes, lane)
		worsen(state)
	}
	for len(lanes) > 0 {
		i := rapid.IntRange(0, len(lanes)-1).Draw(t, "lane")
		events = append(events, lanes[i][0])
		if lanes[i] = lanes[i][1:]; len(lanes[i]) == 0 {
			lanes = slices.Delete(lanes, i, i+1)
		}
	}
	last := []journal.Event{{Kind: journal.TaskFinished, Task: jobTasks[3], State: journal.Skipped}}
	if worst == journal.Succeeded {
		var state string
		last, state = pace(jobTasks[3])
		worsen(state)
	}
	events = append(events, last...)
	end := journal.Event{Kind: journal.RunFinished, State: worst}
	if worst != journal.Succeeded {
		end.Code, end.Name, end.Line, end.Detail = 1, "sql/silver/orders.sql", 7, "no such column"
	}
	events = append(events, end)
	for i := range events {
		events[i].Run, events[i].At = "R1", firstNight.Add(time.Duration(i)*time.Second)
	}
	return events
}

func TestAnyBeginningOfARunIsAConsistentState(t *testing.T) {
	endStates := []string{journal.Succeeded, journal.Failed, journal.Cancelled, journal.Skipped, journal.UpToDate}
	rapid.Check(t, func(t *rapid.T) {
		events := drawEvents(t)
		var run, before Run
		for i, event := range events {
			run.Apply(event)
			ended := i == len(events)-1
			if got := run.FinishedAt != nil; got != ended {
				t.Fatalf("after %d of %d events finished is %v", i+1, len(events), got)
			}
			if !ended && run.State != journal.Running {
				t.Fatalf("the run is %s before its end", run.State)
			}
			if len(run.Tasks) != len(jobTasks) {
				t.Fatalf("%d tasks", len(run.Tasks))
			}
			var done, files, models int
			for _, task := range run.Tasks {
				done += task.Done
				if task.Done > task.Files+task.Models {
					t.Fatalf("%+v has done more than it has", task)
				}
				if (task.State == journal.Running) != (task.StartedAt != nil && task.FinishedAt == nil) {
					t.Fatalf("%+v: state and times disagree", task)
				}
				if task.FinishedAt != nil && task.FinishedAt.Before(*task.StartedAt) {
					t.Fatalf("%+v ends before it starts", task)
				}
				if ended && !slices.Contains(endStates, task.State) {
					t.Fatalf("%+v after the end of the run", task)
				}
			}
			for _, event := range events[:i+1] {
				switch event.Kind {
				case journal.FileRead:
					files++
				case journal.ModelBuilt:
					models++
				}
			}
			if run.Files != files || done != files+models {
				t.Fatalf("%d files and %d done, want %d files and %d models", run.Files, done, files, models)
			}
			for _, model := range run.Models {
				if ended && model.State == journal.Running {
					t.Fatalf("%+v after the end of the run", model)
				}
			}
			if run.RowsRead < before.RowsRead || len(run.Models) < len(before.Models) || len(run.Retries) < len(before.Retries) {
				t.Fatal("what was known is forgotten")
			}
			before = run
			// Whose process dies here has failed, and nothing of it goes on.
			dead := folded(events[:i+1])
			if !ended {
				dead.Apply(dead.death())
				if dead.State != journal.Failed || dead.ErrorCode != 1 || dead.FinishedAt == nil || !dead.FinishedAt.Equal(event.At) {
					t.Fatalf("a dead run is %s, code %d, ended %v", dead.State, dead.ErrorCode, dead.FinishedAt)
				}
				for _, task := range dead.Tasks {
					if task.State == journal.Running || task.State == journal.Pending {
						t.Fatalf("a task of a dead run is %s", task.State)
					}
				}
			}
		}
		after := run
		run.Apply(journal.Event{Kind: journal.Warning, Detail: "too late", At: firstNight.Add(time.Hour)})
		if diff := cmp.Diff(after, run); diff != "" {
			t.Fatalf("an event after the end changed the run:\n%s", diff)
		}
	})
}

func folded(events []journal.Event) Run {
	var run Run
	for _, event := range events {
		run.Apply(event)
	}
	return run
}

func TestTheErrorOfARunNamesTheSQLFileAndItsLine(t *testing.T) {
	run := folded([]journal.Event{
		{Kind: journal.RunStarted, Name: "refresh", At: firstNight, Run: "R1", Repairs: "R0"},
		{Kind: journal.CancelRequested, By: "asha@desk", Detail: "fmcg cancel"},
		{Kind: journal.Quarantined, Name: "orders", State: "missing_quantity", Rows: 3},
		{Kind: journal.Quarantined, Name: "orders", State: "malformed_line", Rows: 2},
		{Kind: journal.RunFinished, State: journal.Failed, Code: 2, Name: "sql/silver/orders.sql", Line: 7, Detail: "no such column", At: firstNight.Add(time.Minute)},
	})
	got := []any{run.ErrorFile, run.ErrorLine, run.ErrorCode, run.Error, run.Repairs, run.CancelledBy, run.RowsQuarantined, run.Seconds}
	want := []any{"sql/silver/orders.sql", 7, 2, "no such column", "R0", "asha@desk (fmcg cancel)", int64(5), 60.0}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestARunIsGivenNoTasksThatItsJournalDoesNotTellOf(t *testing.T) {
	finished := journal.Event{Kind: journal.RunFinished, State: journal.Succeeded, At: firstNight.Add(time.Minute)}
	for _, trigger := range []string{RollbackTrigger, "refresh"} {
		run := folded([]journal.Event{{Kind: journal.RunStarted, Name: trigger, At: firstNight, Run: "R1"}, finished})
		if len(run.Tasks) > 0 {
			t.Errorf("%s: %+v", trigger, run.Tasks)
		}
	}
	finished.State = journal.UpToDate
	for _, task := range folded([]journal.Event{{Kind: journal.RunStarted, Name: "refresh", At: firstNight, Run: "R1"}, finished}).Tasks {
		if task.State != journal.UpToDate {
			t.Errorf("%s of a run that found nothing new is %s", task.Name, task.State)
		}
	}
}
