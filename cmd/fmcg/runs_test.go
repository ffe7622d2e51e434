package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/pipeline"
	"github.com/fmcg/fmcg/pipeline/journal"
)

var firstNight = time.Date(2026, 3, 1, 20, 30, 0, 0, time.UTC)

// wholeNight is a run with everything in it that a run can have, an event a second.
func wholeNight() []journal.Event {
	const customers, products, prices, orders = "dim_processing_customer", "dim_processing_products", "dim_processing_prices", "fact_processing_orders"
	events := []journal.Event{
		{Kind: journal.RunStarted, Name: "refresh", By: "night@server", Parameters: map[string]any{"child": "s3://lake/child", "full": true}, Repairs: "20260228T203000000Z-0000aa"},
		{Kind: journal.Step, Name: "look at the lake"},
		{Kind: journal.Warning, Detail: "orders_2026_02_28.csv is rejected:\nempty"},
		{Kind: journal.TaskFinished, Task: customers, State: journal.UpToDate},
		{Kind: journal.Step, Name: "run the job"},
		{Kind: journal.TaskStarted, Task: products, Files: 1, Models: 2},
		{Kind: journal.TaskStarted, Task: prices, Files: 2, Models: 1},
		{Kind: journal.FileRead, Task: products, Name: "products.csv", Rows: 24},
		{Kind: journal.ModelStarted, Task: products, Name: "silver/products.sql"},
		{Kind: journal.Retry, Task: prices, Name: "gross_price.csv", Seconds: 1.5, Detail: "503 Slow Down"},
		{Kind: journal.ModelBuilt, Task: products, Name: "silver/products.sql", Rows: 24, Seconds: 0.021},
		{Kind: journal.ModelStarted, Task: products, Name: "gold/dim_products.sql"},
		{Kind: journal.FileRead, Task: prices, Name: "gross_price.csv", Rows: 1234},
		{Kind: journal.ModelBuilt, Task: products, Name: "gold/dim_products.sql", Rows: 225, Seconds: 1.006},
		{Kind: journal.TaskFinished, Task: products, State: journal.Succeeded, Rows: 249, RowsRead: 24, Seconds: 9},
		{Kind: journal.FileRead, Task: prices, Name: "gross_price_2.csv", Rows: 0, Detail: "empty: it has no header line"},
		{Kind: journal.ModelStarted, Task: prices, Name: "silver/gross_price.sql"},
		{Kind: journal.CancelRequested, By: "asha@desk", Detail: "fmcg cancel"},
		{Kind: journal.TaskFinished, Task: prices, State: journal.Failed, Detail: "run sql/silver/gross_price.sql: no such column: prise"},
		{Kind: journal.TaskFinished, Task: orders, State: journal.Skipped},
		{Kind: journal.CheckDone, Name: "data_is_fresh", State: "failed", Severity: "warn", Rows: 3},
		{Kind: journal.Quarantined, Name: "orders", State: "missing_quantity", Rows: 1200},
		{Kind: journal.RunFinished, State: journal.Failed, Code: 2, Name: "sql/silver/gross_price.sql", Line: 17,
			Detail: "run sql/silver/gross_price.sql: no such column: prise\n  to do: mend the SQL", Files: 3, RowsRead: 1258, Seconds: 22},
	}
	for i := range events {
		events[i].Run, events[i].At = "20260301T203000000Z-0000bb", firstNight.Add(time.Duration(i)*time.Second)
	}
	return events
}

func runOf(events []journal.Event) catalog.Run {
	var run catalog.Run
	for _, event := range events {
		run.Apply(event)
	}
	return run
}

// golden compares a text with a file of testdata, which -update writes.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("..", "..", "testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		writeFile(t, path, got)
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestARunIsShownWithEverythingThatIsKnownOfIt(t *testing.T) {
	var out bytes.Buffer
	printRun(&out, runOf(wholeNight()), baseline{Seconds: 11, Runs: 20}, firstNight.Add(time.Hour), 110)
	golden(t, "run.txt", out.String())
}

func TestTheListOfRunsHoldsEachAgainstTheMedian(t *testing.T) {
	night := wholeNight()
	failed, running := runOf(night), runOf(night[:9])
	running.ID, running.Repairs = "20260302T203000000Z-0000cc", ""
	quiet := catalog.Run{ID: "20260228T203000000Z-0000aa", State: journal.UpToDate, Trigger: "schedule", StartedBy: "night@server", StartedAt: firstNight.AddDate(0, 0, -1),
		FinishedAt: &firstNight, Seconds: 2, RepairedBy: []string{failed.ID}}
	var out bytes.Buffer
	printRuns(&out, []catalog.Run{running, failed, quiet}, baseline{Seconds: 11, Runs: 20}, firstNight.Add(75*time.Second))
	golden(t, "runs.txt", out.String())
}

func TestTheLiveTableAtEachEventOfARun(t *testing.T) {
	var out strings.Builder
	night := wholeNight()
	for i := range night {
		now := night[i].At.Add(500 * time.Millisecond)
		fmt.Fprintf(&out, "after %s %s:\n%s\n\n", night[i].Kind, night[i].Task, strings.Join(liveTable(runOf(night[:i+1]), now, 110, false), "\n"))
	}
	golden(t, "live.txt", out.String())
}

func TestTheLinesOfALogAtEachEventOfARun(t *testing.T) {
	var out strings.Builder
	for _, event := range wholeNight() {
		if line := logLine(event, true); line != "" {
			fmt.Fprintln(&out, line)
		}
	}
	golden(t, "log.txt", out.String())
}

func TestNoLineOfTheLiveTableIsWiderThanTheScreen(t *testing.T) {
	night := wholeNight()
	for width := 1; width < 130; width++ {
		for i := range night {
			for _, line := range liveTable(runOf(night[:i+1]), night[i].At, width, true) {
				if got := text.StringWidthWithoutEscSequences(line); got > width || strings.Contains(line, "\n") {
					t.Fatalf("at width %d, after %d events: %d columns: %q", width, i+1, got, line)
				}
			}
		}
	}
}

func TestTheTimelineFillsTheWidthAndNoMore(t *testing.T) {
	run := runOf(wholeNight())
	for _, width := range []int{80, 100, 200} {
		for _, line := range timeline(run, firstNight.Add(time.Hour), width) {
			if got := text.StringWidthWithoutEscSequences(line); got > width {
				t.Errorf("%d columns at width %d: %s", got, width, line)
			}
		}
	}
}

func TestTheHistoryKnowsTheJobAndTheTasksOfThePipeline(t *testing.T) {
	run := runOf(wholeNight()[:1])
	if run.Job != pipeline.JobName {
		t.Errorf("the job is %q, want %q", run.Job, pipeline.JobName)
	}
	var got []string
	for _, task := range run.Tasks {
		got = append(got, task.Name)
	}
	want := column(t, publishDemo(t), "select task from ops.run_tasks order by task")
	if diff := cmp.Diff(want, sorted(got)); diff != "" {
		t.Errorf("tasks (-published +history):\n%s", diff)
	}
}
