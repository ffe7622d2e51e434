package web_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/fmcg/fmcg/catalog/browser/browsertest"
	"github.com/fmcg/fmcg/pipeline/journal"
)

func TestPagesOfRunsLoadWithoutComplaintInEachLook(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251128T020000000Z-000001", runsTables)
	held.lives(t)
	held.acts(t)
	config := configOf(held)
	config.Operations = operating()
	server := start(t, config)
	from := browsertest.New(t)
	for _, look := range looks {
		for name, page := range map[string]struct{ path, ready string }{
			"runs":      {"/runs", ".canvas[data-drawn=bar]"},
			"run":       {"/runs/" + failedRun, "pre mark"},
			"cancelled": {"/runs/" + cancelledRun, "#repair"},
			"job":       {"/job", ".graph"},
			"start":     {"/job/run", "select[name=after_load]"},
			"schedule":  {"/job/schedule?name=default", "#next li"},
			"wrong":     {"/job/schedule?preview=on&new=on&name=default&schedule=25:00&timezone=UTC", "[aria-invalid]"},
			"trigger":   {"/job/schedule?kind=files", "[name=settle]"},
		} {
			t.Run(look.Name+" "+name, func(t *testing.T) {
				ctx := tab(t, from, look)
				steps(t, ctx, chromedp.Navigate(server.URL+page.path), chromedp.WaitVisible(chromedp.CSS(page.ready)))
				axe(t, ctx)
				fits(t, ctx)
				picture(t, ctx, look.Name+" "+name)
			})
		}
	}
}

// shows waits until a part of the page says something.
func shows(t *testing.T, ctx context.Context, part, text string) {
	t.Helper()
	if err := chromedp.Do(ctx, until("document.querySelector(%q)?.textContent.includes(%q)", part, text)); err != nil {
		t.Fatalf("%s does not say %q: %v; it says\n%s", part, text, err, see(t, ctx, chromedp.Text(chromedp.CSS("main"))))
	}
}

func TestAPageFollowsARunFromItsStartToWhatItPublished(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251128T020000000Z-000001", runsTables)
	release := held.holds(t, goingRun)
	write := held.journalled(t, goingRun, "2025-12-01T02:00:00Z", journal.Event{Kind: journal.RunStarted, Name: "page", By: "olga"})
	config := configOf(held)
	config.Operations = operating()
	server := start(t, config)
	ctx := tab(t, browsertest.New(t), looks[0])
	steps(t, ctx, chromedp.Navigate(server.URL+"/runs"), chromedp.WaitVisible(chromedp.CSS("header .chip")), chromedp.Click(chromedp.CSS("header .chip")),
		chromedp.WaitVisible(chromedp.CSS("#cancel")))
	shows(t, ctx, "[data-part=head]", "running")
	steps(t, ctx, chromedp.Focus(chromedp.CSS("#cancel")))

	write(journal.Event{Kind: journal.Step, Name: "run the tasks"},
		journal.Event{Kind: journal.TaskStarted, Task: "dim_processing_customer", Files: 1, Models: 1},
		journal.Event{Kind: journal.FileRead, Task: "dim_processing_customer", Name: "<img src=x>.csv", Rows: 35})
	shows(t, ctx, "[data-part=head]", "run the tasks")
	shows(t, ctx, "[data-part=tasks] .graph", "running")
	shows(t, ctx, "[data-part=files]", "<img src=x>.csv")
	if focused := see(t, ctx, chromedp.Evaluate[string]("document.activeElement.id")); focused != "cancel" {
		t.Errorf("the focus is at %q, want where it was", focused)
	}
	axe(t, ctx)
	picture(t, ctx, "a run as it goes")

	write(journal.Event{Kind: journal.ModelStarted, Task: "dim_processing_customer", Name: "gold/fact_orders.sql"},
		journal.Event{Kind: journal.ModelBuilt, Task: "dim_processing_customer", Name: "gold/fact_orders.sql", Rows: 1234, Seconds: 1},
		journal.Event{Kind: journal.TaskFinished, Task: "dim_processing_customer", State: journal.Succeeded, Rows: 1234},
		journal.Event{Kind: journal.CheckDone, Name: "price_gaps", State: "held", Severity: "warn"})
	shows(t, ctx, "[data-part=models]", "1,234")
	shows(t, ctx, "[data-part=checks]", "price_gaps")

	held.publish(t, goingRun, runsTables)
	write(journal.Event{Kind: journal.RunFinished, State: journal.Succeeded})
	if err := release(); err != nil {
		t.Fatal(err)
	}
	shows(t, ctx, "[data-part=head]", "succeeded")
	text := see(t, ctx, chromedp.Text(chromedp.CSS("main")))
	if strings.Contains(text, "Cancel\n") || strings.Contains(text, "running") {
		t.Errorf("the page of a run that ended says\n%s", text)
	}
	if going := see(t, ctx, chromedp.Evaluate[bool]("'going' in document.getElementById('run').dataset")); going {
		t.Error("the page goes on following a run that ended")
	}
}

func TestTheMatrixIsReachedAndFollowedByKeyboard(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251128T020000000Z-000001", runsTables)
	held.lives(t)
	server := start(t, configOf(held))
	ctx := tab(t, browsertest.New(t), looks[0])
	steps(t, ctx, chromedp.Navigate(server.URL+"/runs"), chromedp.WaitVisible(chromedp.CSS(".matrix a")),
		chromedp.Focus(chromedp.CSS(".matrix th:nth-child(3) a")), chromedp.SendKeys(chromedp.CSS(".matrix th:nth-child(3) a"), kb.Enter),
		chromedp.WaitVisible(chromedp.CSS("#run[data-run-id='"+failedRun+"']")))
}
