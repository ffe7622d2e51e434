package web_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/pipeline/journal"
)

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
