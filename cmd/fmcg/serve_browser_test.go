package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/fmcg/fmcg/pipeline/schedule"
)

// ofARun waits for the page of a run that is another one than before, and returns its id.
func (p *person) ofARun(before string) string {
	p.t.Helper()
	p.does(chromedp.WaitReady(chromedp.CSS("#run:not([data-run-id='" + before + "'])")))
	return evaluates[string](p, "document.getElementById('run').dataset.runId")
}

func TestAnOperatorFollowsARunToItsPublishingThenCancelsOneAndRepairsOneInABrowser(t *testing.T) {
	s := startServing(t)
	olga := s.visits("olga")
	olga.opens(s.url+"/runs", "form[action='/runs'] button")
	olga.sees("header .fresh", "Nothing published yet")
	olga.clicks("form[action='/runs'] button")

	// From its start to what it published, of which the head of the page tells without being loaded again.
	first := olga.ofARun("")
	evaluates[bool](olga, "window.stayed = true")
	olga.sees("[data-part=head]", "succeeded")
	olga.sees("[data-part=tasks]", "fact_processing_orders")
	olga.sees("[data-part=checks]", "held")
	olga.sees("header .fresh", "November 2025")
	if !evaluates[bool](olga, "window.stayed === true") {
		t.Error("the page was loaded anew")
	}
	if release, err := os.Readlink(s.warehouse); err != nil || !strings.Contains(release, first) {
		t.Errorf("published is %s (%v), want run %s", release, err, first)
	}
	olga.sees("[data-part=facts]", "olga")

	// One that would take for ever is cancelled; a viewer who tries can't.
	original := ""
	s.edit("gold/sb_dim_products.sql", func(text string) string {
		original = text
		return text + "\nwhere (select count(*) from range(100000000) as a cross join range(100000000) as b where a.range <> b.range + 1) > 0\n"
	})
	olga.opens(s.url+"/runs", "form[action='/runs'] button")
	olga.clicks("form[action='/runs'] button")
	second := olga.ofARun(first)
	olga.sees("[data-part=tasks]", "gold/sb_dim_products.sql")
	victor := s.visits("victor")
	victor.opens(s.url+"/runs/"+second, "[data-part=tasks] .graph")
	for _, act := range []string{"/runs", "/runs/" + second + "/cancel", "/runs/" + first + "/repair", "/job/pause", "/job/schedules", "/job/schedules/default/switch", "/job/schedules/default/remove",
		"/api/runs", "/api/runs/" + second + "/cancel"} {
		if status := evaluates[int](victor, "fetch('"+act+"', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{}'}).then((answer) => answer.status)"); status != 403 {
			t.Errorf("a viewer's POST %s: %d", act, status)
		}
	}
	if buttons := evaluates[int](victor, "document.querySelectorAll('main button').length"); buttons != 0 {
		t.Errorf("a viewer is shown %d buttons", buttons)
	}
	olga.clicks("#cancel")
	olga.sees("[data-part=head]", "cancelled")
	olga.sees("[data-part=facts]", "olga (page)")
	victor.sees("[data-part=head]", "cancelled") // whose page follows too

	// One that fails shows the line of SQL, and is repaired once that is mended.
	s.edit("gold/sb_dim_products.sql", func(string) string { return strings.Replace(original, "select", "select no_such_column,", 1) })
	olga.opens(s.url+"/job/run", "form[action='/runs'] button")
	olga.clicks("form[action='/runs'] button")
	third := olga.ofARun(second)
	olga.sees("[data-part=head]", "failed")
	olga.sees("[data-part=error] mark", "no_such_column")
	s.edit("gold/sb_dim_products.sql", func(string) string { return original + "\n-- mended\n" })
	olga.clicks("#repair")
	fourth := olga.ofARun(third)
	olga.sees("[data-part=head]", "succeeded")
	olga.sees("[data-part=facts]", third)
	if release, _ := os.Readlink(s.warehouse); !strings.Contains(release, fourth) {
		t.Errorf("published is %s, want run %s", release, fourth)
	}

	// A full rebuild is asked twice about, and what it was told is kept.
	olga.opens(s.url+"/job/run", "[name=full]")
	olga.clicks("[name=full]")
	olga.clicks("form[action='/runs'] button.primary")
	olga.sees(".sure", "built anew")
	olga.clicks("[name=sure]")
	olga.clicks("form[action='/runs'] button.primary")
	fifth := olga.ofARun(fourth)
	olga.sees("[data-part=head]", "succeeded")
	olga.sees("[data-part=rest]", "full")
	olga.pictures("run")
	if got := column(t, s.warehouse, "select parameters->>'full' from ops.runs where run_id = '"+fifth+"'"); len(got) != 1 || got[0] != "true" {
		t.Errorf("ops.runs says that full was %v", got)
	}
	olga.opens(s.url+"/runs", ".matrix")
	olga.pictures("runs")
	olga.opens(s.url+"/job", "#activity li:nth-child(6)")
	for _, act := range []string{"olga started run " + fifth + " full true", "olga repaired with run " + fourth, "olga started run " + third, "olga cancelled run " + second, "olga started run " + second, "olga started run " + first} {
		if text := strings.Join(strings.Fields(olga.reads("#activity ol")), " "); !strings.Contains(text, act) {
			t.Errorf("the activity lacks %q:\n%s", act, text)
		}
	}
	olga.wantNoComplaint()
}

// One process is enough: the server schedules too, and what is made on the page holds at once.
func TestAnOperatorMakesEditsAndPausesSchedulesInABrowserAndTheServerRunsByThem(t *testing.T) {
	s := startServing(t, "--scheduler")
	olga := s.visits("olga")
	olga.opens(s.url+"/job", "[data-schedule=default]")
	olga.sees("#schedules .facts", "since") // a scheduler runs

	olga.clicks("a[href='/job/schedule?kind=times']")
	olga.does(chromedp.WaitVisible(chromedp.CSS("form [name=schedule]")))
	olga.writes("name", "weekly")
	olga.types("schedule", "0 3 * * SUNDAE")
	olga.sees("#next", "neither HH:MM nor a cron expression") // as it is written
	olga.types("schedule", "0 3 * * SUN")
	olga.sees("#next li", "03:00 IST")
	olga.clicks("[name=full]")
	olga.clicks("main form .primary")
	olga.clicks("[name=sure]")
	olga.clicks("main form .primary")
	olga.sees("[data-schedule=weekly]", "0 3 * * SUN")
	olga.sees("[data-schedule=weekly]", "by olga")
	if state, err := schedule.Read(s.warehouse); err != nil || len(state.Schedules) != 1 || !state.Schedules[0].Parameters.Full || state.Schedules[0].By != "olga" {
		t.Errorf("kept is %+v (%v)", state, err)
	}

	// A trigger for the files that lie in the lake: the server takes it up and runs.
	olga.clicks("a[href='/job/schedule?kind=files']")
	olga.does(chromedp.WaitVisible(chromedp.CSS("form [name=poll]")))
	olga.writes("name", "arrivals")
	olga.writes("poll", "10s")
	olga.writes("settle", "0s")
	olga.clicks("main form .primary")
	olga.sees("[data-schedule=arrivals]", "every 10s")
	if _, err := chromedp.Run(olga.ctx, chromedp.Poll[bool]("fetch('/api/job').then((answer) => answer.json()).then((job) => job.schedule.last?.trigger === 'new file')",
		chromedp.WithPollingInterval(time.Second), chromedp.WithPollingTimeout(0))); err != nil {
		t.Fatal(err)
	}
	olga.opens(s.url+"/job", "#schedules")
	olga.sees("#schedules .facts", "arrivals")

	// The configured one is replaced, turned off, and reset.
	olga.clicks("[data-schedule=default] a")
	olga.does(chromedp.WaitVisible(chromedp.CSS("form [name=schedule]")))
	olga.sees("main", "takes its place")
	olga.writes("schedule", "04:30")
	olga.clicks("main form .primary")
	olga.sees("[data-schedule=default]", "04:30")
	olga.clicks("[data-schedule=default] form[action$=switch] button")
	olga.sees("[data-schedule=default] .state", "off")
	olga.clicks("[data-schedule=default] form[action$=remove] button")
	olga.sees("[data-schedule=default]", "02:00")
	olga.clicks("[data-schedule=arrivals] form[action$=remove] button")
	olga.does(chromedp.WaitNotPresent(chromedp.CSS("[data-schedule=arrivals]")))

	// A pause, with its reason, and its end.
	olga.writes("reason", "stocktaking")
	olga.clicks("form.pause button")
	olga.sees("#schedules .facts", "stocktaking")
	olga.clicks("form[action='/job/resume'] button")
	olga.does(chromedp.WaitVisible(chromedp.CSS("form.pause")))
	text := strings.Join(strings.Fields(olga.reads("#activity ol")), " ")
	for _, act := range []string{"added the schedule weekly 0 3 * * SUN Asia/Kolkata, full true", "changed the schedule default 02:00 Asia/Kolkata 04:30 Asia/Kolkata", "removed or reset the schedule default",
		"paused the schedule stocktaking", "resumed the schedule"} {
		if !strings.Contains(text, "olga "+act) {
			t.Errorf("the activity lacks %q:\n%s", act, text)
		}
	}
	olga.wantNoComplaint()

	victor := s.visits("victor")
	victor.opens(s.url+"/job", "[data-schedule=weekly]")
	if shown := evaluates[int](victor, "document.querySelectorAll('main form, main a[href*=\"/job/\"]').length"); shown != 1 { // the link to the activity's JSON
		t.Errorf("a viewer is shown %d forms and links to forms", shown)
	}
}
