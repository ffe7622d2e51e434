package web_test

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/browser/browsertest"
	"github.com/fmcg/fmcg/catalog/web"
)

func visible(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.WaitVisible(chromedp.CSS(selector))
}

func click(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(selector))
}

func write(selector, text string) chromedp.Action[chromedp.Void] {
	return chromedp.SendKeys(chromedp.CSS(selector), text)
}

// is waits until a condition of JavaScript holds.
func is(condition string) chromedp.Action[chromedp.Void] {
	return until("%s", condition)
}

// asking is a server of the small warehouse and a tab at its page of questions.
func asking(t *testing.T, look look, path string, change ...func(*web.Config)) (*served, context.Context) {
	t.Helper()
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001", hostile)
	config := configOf(held)
	for _, one := range change {
		one(&config)
	}
	server := start(t, config)
	ctx := tab(t, browsertest.New(t), look)
	steps(t, ctx, chromedp.Navigate(server.URL+path), visible("main"))
	return server, ctx
}

// grumbling is a tab in which a console may complain of answers that are refused.
func grumbling(t *testing.T, from context.Context) context.Context {
	t.Helper()
	ctx, end := chromedp.NewContext(from)
	t.Cleanup(end)
	steps(t, ctx)
	ctx, giveUp := context.WithTimeout(ctx, patience)
	t.Cleanup(giveUp)
	return ctx
}

// portrait is a picture of what a window shows, as README has it.
func portrait(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	if dir := os.Getenv("FMCG_PICTURES"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, strings.ReplaceAll(name, " ", "-")+".png"), see(t, ctx, chromedp.CaptureScreenshot()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func text(t *testing.T, ctx context.Context, selector string) string {
	t.Helper()
	return see(t, ctx, chromedp.Text(chromedp.CSS(selector)))
}

func wants(t *testing.T, what, got string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(got, part) {
			t.Errorf("%s has no %q:\n%s", what, part, got)
		}
	}
}

func TestAThreadGoesOnInPlaceAndItsAddressLeadsToTheSameAnswer(t *testing.T) {
	_, ctx := asking(t, looks[0], "/ask")
	steps(t, ctx,
		chromedp.Evaluate[chromedp.Void]("window.same = true"), write("#q", "revenue by channel in 2025"+kb.Enter), visible(".canvas[data-drawn=bar]"),
		write("#q", "and in 2024?"+kb.Enter), visible(".thread"), visible(".canvas[data-drawn=bar]"),
	)
	if !see(t, ctx, chromedp.Evaluate[bool]("window.same === true && document.activeElement.id === 'asked'")) {
		t.Error("the page was loaded anew, or the focus is not at the answer")
	}
	address := see(t, ctx, chromedp.Location())
	if parsed, err := url.Parse(address); err != nil || parsed.Query().Get("q") != "and in 2024?" || parsed.Query().Get("previous") != "revenue by channel in 2025" {
		t.Errorf("the address is %s", address)
	}
	answer := text(t, ctx, ".answer > .text")
	steps(t, ctx, chromedp.Navigate(address), visible(".canvas[data-drawn=bar]"))
	if again := text(t, ctx, ".answer > .text"); again != answer {
		t.Errorf("its address answers %q, it was %q", again, answer)
	}
	wants(t, "the thread", text(t, ctx, ".thread"), "revenue by channel in 2025")
	steps(t, ctx, write("#q", "by quarter"+kb.Enter), is("document.querySelectorAll('.thread li').length === 2"), chromedp.Evaluate[chromedp.Void]("history.back()"), is("document.querySelectorAll('.thread li').length === 1"))
	wants(t, "the answer that one comes back to", text(t, ctx, "#asked"), "and in 2024?")
	steps(t, ctx, write("#q", "units by platform in 2025"+kb.Enter), is("document.querySelector('#asked').textContent.includes('platform')"),
		write("#q", "and in 2024?"+kb.Enter), is("document.querySelectorAll('.thread li').length === 1"))
	wants(t, "the thread after a question that stands on its own", text(t, ctx, ".thread"), "units by platform")
	steps(t, ctx, click(".thread a"), is("document.querySelector('#asked').textContent.includes('platform')"), click(".trail .new"), visible(".start"))
}

func TestWordsAreMarkedAndAQuestionThatIsAskedBackIsAnsweredByAButton(t *testing.T) {
	_, ctx := asking(t, looks[0], "/ask?q=revenue+for+football+by+month")
	steps(t, ctx, visible(".choices button"))
	if marked := text(t, ctx, "#asked .word.unknown"); marked != "football" {
		t.Errorf("%q is marked as not understood", marked)
	}
	if role := see(t, ctx, chromedp.Evaluate[string]("document.querySelector('#asked .word.measure').title")); role != "measure: Revenue" {
		t.Errorf("revenue is told to be %q", role)
	}
	steps(t, ctx, click(".choices button"), visible(".canvas[data-drawn]"))
	if found := see(t, ctx, chromedp.Evaluate[int]("document.querySelectorAll('#asked .word.unknown').length")); found != 0 {
		t.Errorf("%d words of the choice are not understood", found)
	}
}

func TestAChartIsSwitchedAndATableSortedByKeyboard(t *testing.T) {
	_, ctx := asking(t, looks[0], "/ask?q=revenue+by+channel+by+quarter")
	steps(t, ctx, visible(".canvas[data-drawn=line]"), chromedp.Focus(chromedp.CSS(".kinds input:checked")), chromedp.KeyEvent(kb.ArrowRight), visible(".canvas[data-drawn=bar]"))
	if kinds := text(t, ctx, ".kinds"); strings.Contains(kinds, "Pie") || !strings.Contains(kinds, "Heatmap") {
		t.Errorf("offered are %s", kinds)
	}
	first := func() string {
		return see(t, ctx, chromedp.Evaluate[string]("document.querySelector('.result tbody tr').textContent"))
	}
	before := first()
	steps(t, ctx, click(".result summary"), visible("th .sort"), chromedp.Focus(chromedp.CSS("th.number .sort")), chromedp.KeyEvent(kb.Enter), visible("th.number[aria-sort=descending]"))
	greatest := first()
	steps(t, ctx, chromedp.KeyEvent(kb.Enter), visible("th.number[aria-sort=ascending]"))
	least := first()
	steps(t, ctx, chromedp.KeyEvent(kb.Enter), is("!document.querySelector('[aria-sort]')"))
	if after := first(); after != before || greatest == least {
		t.Errorf("first %q, sorted %q and %q, then %q", before, greatest, least, after)
	}
}

func TestSQLIsEditedAndRunAndAnAttackIsRefusedPlainly(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001", hostile)
	server := start(t, configOf(held))
	ctx := grumbling(t, browsertest.New(t))
	edit := func(sql string) {
		t.Helper()
		steps(t, ctx, chromedp.SetValue(chromedp.CSS("#sql"), sql), click(".sql .run"), is("document.querySelector('.sql .cancel').hidden"))
	}
	steps(t, ctx, chromedp.Navigate(server.URL+"/ask?q=revenue+by+channel"), visible(".canvas[data-drawn=bar]"), click(".sql summary"), visible("#sql"))
	wants(t, "the SQL", see(t, ctx, chromedp.Value(chromedp.CSS("#sql"))), "select channel, sum(total_amount_inr) as revenue\nfrom gold.vw_fact_orders_enriched\ngroup by channel")
	edit("select customer, sum(total_amount_inr) as revenue from gold.vw_fact_orders_enriched group by customer order by 2 desc")
	steps(t, ctx, visible(".ran .canvas[data-drawn]"), visible(".ran [data-format=csv]"))
	wants(t, "the result", text(t, ctx, ".ran"), "<script>alert(1)</script>", "=cmd|'/c calc'!A1", "₹")
	for attack, told := range map[string]string{
		"select * from read_csv('/etc/passwd')":                   "This SQL may not run: ",
		"drop view gold.vw_fact_orders_enriched":                  "This SQL may not run: ",
		"select * from information_schema.tables":                 "This SQL may not run: ",
		"select nothing from gold.vw_fact_orders_enriched":        "This SQL does not run: ",
		"select 1; select '<img src=x onerror=alert(1)>'":         "This SQL may not run: ",
		"select '<img src=x onerror=alert(1)>' + 1 as no_number;": "This SQL does not run: ",
	} {
		edit(attack)
		got := text(t, ctx, ".sql .state.problem")
		if !strings.HasPrefix(got, told) || len(got) <= len(told) || strings.Contains(got, "duckdb") || see(t, ctx, chromedp.Evaluate[int]("document.querySelectorAll('#main img, .ran *').length")) > 0 {
			t.Errorf("%s: told %q", attack, got)
		}
	}
	steps(t, ctx, chromedp.SetValue(chromedp.CSS("#sql"), "select count(*) from range(100000000) as a cross join range(100000000) as b"), click(".sql .run"), visible(".sql .cancel"), click(".sql .cancel"),
		is("document.querySelector('.sql .state').textContent === 'Cancelled'"))
	for interrupted := false; !interrupted; {
		_, metrics := server.get(t, "/metrics")
		interrupted = strings.Contains(metrics, `fmcg_http_requests_total{method="POST",route="/api/sql",status="499"} 1`)
		if err := ctx.Err(); err != nil {
			t.Fatal("the query that was cancelled still runs")
		}
	}
}

func TestAnAnswerThatTakesLongIsCancelledAndADraftedOneIsLabelled(t *testing.T) {
	begun, ended := make(chan struct{}, 1), make(chan error, 1)
	drafter := &ask.Drafter{Model: "stub-1", Draft: func(ctx context.Context, _, question string, _ map[string]any) ([]byte, error) {
		if !strings.Contains(question, "forever") {
			return []byte(`{"kind": "figures", "measures": ["revenue"], "groups": ["channel"], "grain": "", "filters": [], "periods": [], "aggregate": "", "over": "", "calc": "", "step": "", "span": 0,
				"versus": false, "having": [], "ranked": false, "descending": false, "limit": 0, "within": [], "count": false, "top_share": false, "percent": 0, "subject": "", "chart": "",
				"words": [{"words": "zorkmids", "part": "measure revenue"}, {"words": "channel", "part": "group channel"}]}`), nil
		}
		begun <- struct{}{}
		<-ctx.Done()
		ended <- ctx.Err()
		return nil, ctx.Err()
	}}
	_, ctx := asking(t, looks[0], "/ask", func(config *web.Config) { config.Drafter = drafter })
	steps(t, ctx, write("#q", "zorkmids forever"+kb.Enter), visible(".composer .cancel"))
	<-begun
	steps(t, ctx, click(".composer .cancel"), is("document.querySelector('.composer .state').textContent === 'Cancelled'"), visible(".composer .ask"))
	select {
	case <-ended:
	case <-time.After(patience):
		t.Fatal("what was cancelled goes on")
	}
	if kept := see(t, ctx, chromedp.Value(chromedp.CSS("#q"))); kept != "zorkmids forever" {
		t.Errorf("the box holds %q", kept)
	}
	steps(t, ctx, chromedp.SetValue(chromedp.CSS("#q"), "zorkmids by channel"), click(".composer .ask"), visible(".label.drafted"))
	wants(t, "the label", text(t, ctx, ".label.drafted"), "stub-1")
	if role := see(t, ctx, chromedp.Evaluate[string]("document.querySelector('#asked .word.drafted').title")); role != "read by the language model" {
		t.Errorf("the word that was drafted is told to be %q", role)
	}
	axe(t, ctx)
}

func TestAServerThatIsAwayIsSaidAndTheQuestionStaysUntilItIsBack(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001")
	config := configOf(held)
	server := start(t, config)
	ctx := grumbling(t, browsertest.New(t))
	steps(t, ctx, chromedp.Navigate(server.URL+"/ask"), visible("#q"))
	if err := server.stop(); err != nil {
		t.Fatal(err)
	}
	steps(t, ctx, write("#q", "total revenue"+kb.Enter), visible(".composer .state.problem button"))
	wants(t, "the state", text(t, ctx, ".composer .state"), "can't be reached")
	if kept := see(t, ctx, chromedp.Value(chromedp.CSS("#q"))); kept != "total revenue" {
		t.Errorf("the box holds %q", kept)
	}
	config.Address = server.host()
	start(t, config)
	steps(t, ctx, click(".composer .state button"), visible(".answer > .text"))
	wants(t, "the answer", text(t, ctx, ".answer > .text"), "Revenue: ₹")
}

func TestAMarkedAnswerIsReviewedIntoAVerifiedQuestion(t *testing.T) {
	_, ctx := asking(t, looks[0], "/ask?q=revenue+by+division+in+2025")
	steps(t, ctx, visible(".thumb[value=good]"), click(".thumb[value=good]"), visible(".note-box input"), write(".note-box input", "<i>used each month</i>"+kb.Enter), is("document.querySelector('.verdict .said').textContent.includes('waits')"),
		click(".trail .new"), visible(".operator"))
	wants(t, "the link of an operator", text(t, ctx, ".operator"), "Review answers (1)")
	steps(t, ctx, click(".operator a"), visible(".items li"))
	wants(t, "what waits", text(t, ctx, ".items"), "Marked good", "revenue by division in 2025", "<i>used each month</i>", "local")
	axe(t, ctx)
	steps(t, ctx, click(".items strong"), visible(".decide .canvas[data-drawn=bar]"))
	axe(t, ctx)
	picture(t, ctx, "review item")
	portrait(t, ctx, "review")
	steps(t, ctx, click("button[value=accept]"), visible(".label.verified[role=status]"))
	wants(t, "the list", text(t, ctx, ".review"), "Accepted", "Nothing waits")
	steps(t, ctx, click(".trail a"), visible("#q"), write("#q", "Revenue by division in 2025?"+kb.Enter), visible(".label.verified"))
	wants(t, "the label", text(t, ctx, ".label.verified"), "Verified")
	axe(t, ctx)
}

func TestQuestionsAreKeptInTheBrowserUntilTheyAreCleared(t *testing.T) {
	server, ctx := asking(t, looks[0], "/ask?q=revenue+by+channel")
	steps(t, ctx, visible(".answer > .text"), chromedp.Navigate(server.URL+"/ask?q=%3Cb%3Etotal%3C%2Fb%3E+revenue"), visible(".answer"), chromedp.Navigate(server.URL+"/ask?q=and+in+2024%3F&previous=revenue+by+channel"), visible(".answer > .text"),
		click(".trail .new"), visible(".history summary"), click(".history summary"), visible(".history li"))
	if kept := text(t, ctx, ".history ol"); !strings.HasPrefix(kept, "revenue by channel › and in 2024?") || !strings.HasSuffix(kept, "revenue by channel") {
		t.Errorf("kept are %q", kept)
	}
	steps(t, ctx, click(".history li a"), visible(".thread"), click(".trail .new"), visible(".start .history summary"), click(".history summary"), visible(".history button"), click(".history button"), is("document.querySelector('.history').hidden"))
	if left := see(t, ctx, chromedp.Evaluate[int]("localStorage.length")); left != 0 {
		t.Errorf("%d are left", left)
	}
}

func TestThePagesOfQuestionsInEachLook(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001", hostile)
	server := start(t, configOf(held))
	from := browsertest.New(t)
	for _, look := range looks {
		for name, page := range map[string]struct{ url, ready string }{
			"thread":   {"/ask?q=and+in+2024%3F&previous=revenue+by+channel+by+month+in+2025", ".canvas[data-drawn]"},
			"counter":  {"/ask?q=total+revenue+in+2025", ".answer > .text"},
			"hostile":  {"/ask?q=top+3+customers+by+revenue", ".canvas[data-drawn=bar]"},
			"attacked": {"/ask?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E+by+channel", ".choices button"},
			"refused":  {"/ask?q=profit+by+channel", ".label.refused"},
			"french":   {"/ask?q=CA+par+canal+en+2025", ".canvas[data-drawn=bar]"},
			"reviews":  {"/review", ".review"},
			"known":    {"/review/known", ".review.wide table"},
		} {
			t.Run(look.Name+" "+name, func(t *testing.T) {
				ctx := tab(t, from, look)
				steps(t, ctx, chromedp.Navigate(server.URL+page.url), visible(page.ready))
				if see(t, ctx, chromedp.Evaluate[int]("document.querySelectorAll('#main script').length")) > 0 {
					t.Error("a script got into the page")
				}
				portrait(t, ctx, "window "+look.Name+" "+name)
				for _, open := range []string{".result summary", ".sql summary"} {
					if see(t, ctx, chromedp.Evaluate[bool]("Boolean(document.querySelector('"+open+"'))")) && name != "counter" {
						steps(t, ctx, click(open))
					}
				}
				axe(t, ctx)
				fits(t, ctx)
				picture(t, ctx, "ask "+look.Name+" "+name)
			})
		}
	}
}
