package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/fmcg/fmcg/catalog/browser/browsertest"
)

const (
	getAxe   = "axe-core is not there: make assets"
	patience = time.Minute // of a page; a test that needs it has failed
)

// look is how a page is looked at.
type look struct {
	Name     string
	Language string
	Theme    string
	Width    int64
}

// looks are a wide window and a phone, and each language and theme once, the longer texts in the narrow one.
var looks = []look{{"english", "en", "light", 1280}, {"phone french dark", "fr", "dark", 390}}

// tab opens a page as a look says and notes all that a console would complain of; complaints fail the test when it ends.
func tab(t *testing.T, from context.Context, look look) context.Context {
	t.Helper()
	ctx, end := chromedp.NewContext(from)
	t.Cleanup(end)
	steps(t, ctx)
	ctx, giveUp := context.WithTimeout(ctx, patience)
	t.Cleanup(giveUp)
	var mu sync.Mutex
	var complaints []string
	complain := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		complaints = append(complaints, fmt.Sprintf(format, args...))
	}
	if err := chromedp.Listen(ctx, func(event any) {
		switch event := event.(type) {
		case *cdplog.EventEntryAdded: // violations of the policy, files that are not there
			if event.Entry.Level == "error" || event.Entry.Level == "warning" {
				complain("%s: %s %s", event.Entry.Source, event.Entry.Text, event.Entry.URL)
			}
		case *runtime.EventExceptionThrown:
			complain("exception: %s %s", event.ExceptionDetails.Text, event.ExceptionDetails.Exception.Description)
		case *runtime.EventConsoleAPICalled:
			if event.Type == "error" || event.Type == "warning" {
				complain("console: %s", event.Args[0].Value)
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		for _, complaint := range complaints {
			t.Error(complaint)
		}
	})
	steps(t, ctx,
		call(cdplog.Enable, cdp.Empty{}), call(runtime.Enable, cdp.Empty{}),
		call(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: look.Width, Height: 900, DeviceScaleFactor: 1, Mobile: look.Width < 600}),
		call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: look.Theme}}}),
		call(network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": look.Language}}),
	)
	return ctx
}

// call sends a command of the browser's protocol.
func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, command, params)
		return err
	})
}

// see is what a page shows.
func see[T any](t *testing.T, ctx context.Context, action chromedp.Action[T]) T {
	t.Helper()
	found, err := chromedp.Run(ctx, action)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// steps runs what a reader does.
func steps(t *testing.T, ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// picture keeps a picture of the page in FMCG_PICTURES, for people to look at.
func picture(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	dir := os.Getenv("FMCG_PICTURES")
	if dir == "" {
		return
	}
	png := see(t, ctx, chromedp.FullScreenshot(100))
	if err := os.WriteFile(filepath.Join(dir, strings.ReplaceAll(name, " ", "-")+".png"), png, 0o644); err != nil {
		t.Fatal(err)
	}
}

// axe holds a page against the rules of axe-core.
func axe(t *testing.T, ctx context.Context) {
	t.Helper()
	script, err := os.ReadFile("npm/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatal(getAxe)
	}
	steps(t, ctx, chromedp.Evaluate[chromedp.Void](string(script)), until("document.getAnimations().every((one) => one.playState === 'finished')")) // half faded in, nothing has its contrast
	found := see(t, ctx, chromedp.Evaluate[string](
		`axe.run().then((found) => JSON.stringify(found.violations.map((v) => ({ id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.map((n) => n.html + " " + n.failureSummary) }))))`, chromedp.EvalAwaitPromise))
	var violations []struct {
		ID, Impact, Help string
		Nodes            []string
	}
	if err := json.Unmarshal([]byte(found), &violations); err != nil {
		t.Fatal(err)
	}
	for _, v := range violations {
		t.Errorf("axe: %s (%s): %s\n\t%s", v.ID, v.Impact, v.Help, strings.Join(v.Nodes, "\n\t"))
	}
}

// fits says that nothing makes the page wider than its window.
func fits(t *testing.T, ctx context.Context) {
	t.Helper()
	page, window := see(t, ctx, chromedp.Evaluate[int]("document.documentElement.scrollWidth")), see(t, ctx, chromedp.Evaluate[int]("document.documentElement.clientWidth")) // innerWidth grows with a page that is too wide
	if page > window {
		t.Errorf("the page is %d wide, the window %d", page, window)
	}
}

func TestPagesLoadWithoutComplaintInEachLook(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001", hostile)
	open := start(t, configOf(held))
	closed := configOf(held)
	closed.Users = usersFile(t, "olga")
	guarded := start(t, closed)
	empty := start(t, configOf(newWarehouse(t)))
	from := browsertest.New(t)
	for _, look := range looks {
		for name, page := range map[string]struct{ url, ready string }{
			"ask":    {open.URL + "/ask", "#q"},
			"answer": {open.URL + "/ask?q=top+5+customers+by+revenue", ".canvas[data-drawn=bar]"},
			"line":   {open.URL + "/ask?q=revenue+by+channel+by+month", ".canvas[data-drawn=line]"},
			"pie":    {open.URL + "/ask?q=share+of+revenue+by+platform", ".canvas[data-drawn=pie]"},
			"asked":  {open.URL + "/ask?q=best+football", ".answer button"},
			"about":  {open.URL + "/about", ".facts"},
			"login":  {guarded.URL + "/about", "input[type=password]"},
		} {
			t.Run(look.Name+" "+name, func(t *testing.T) {
				ctx := tab(t, from, look)
				steps(t, ctx, chromedp.Navigate(page.url), chromedp.WaitVisible(chromedp.CSS(page.ready)))
				axe(t, ctx)
				fits(t, ctx)
				picture(t, ctx, look.Name+" "+name)
			})
		}
	}
	t.Run("a page with nothing published says so", func(t *testing.T) {
		ctx, end := chromedp.NewContext(from) // its 503 is a complaint of the console
		defer end()
		steps(t, ctx)
		ctx, giveUp := context.WithTimeout(ctx, patience)
		defer giveUp()
		steps(t, ctx, chromedp.Navigate(empty.URL+"/ask"), chromedp.WaitVisible(chromedp.CSS(".empty")))
		axe(t, ctx)
	})
}

func TestAPageWithNothingToShowTakesUpTheFirstReleaseByItself(t *testing.T) {
	held := newWarehouse(t)
	server := start(t, configOf(held))
	ctx, end := chromedp.NewContext(browsertest.New(t)) // its 503 is a complaint of the console
	defer end()
	steps(t, ctx)
	ctx, giveUp := context.WithTimeout(ctx, patience)
	defer giveUp()
	steps(t, ctx, chromedp.Navigate(server.URL+"/ask"), chromedp.WaitVisible(chromedp.CSS(".empty")))
	held.publish(t, "20251201T000000000Z-000001")
	steps(t, ctx, chromedp.WaitVisible(chromedp.CSS("#q")))
}

func TestAReaderAsksByKeyboardWithCompletionsAndFollowsUp(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001")
	server := start(t, configOf(held))
	ctx := tab(t, browsertest.New(t), looks[0])
	steps(t, ctx,
		chromedp.Navigate(server.URL+"/ask"), chromedp.WaitVisible(chromedp.CSS("#q")),
		chromedp.SendKeys(chromedp.CSS("#q"), "reven"), chromedp.WaitVisible(chromedp.CSS("#completions[data-for=reven] li")),
		chromedp.SendKeys(chromedp.CSS("#q"), kb.ArrowDown+kb.Enter),
	)
	value := see(t, ctx, chromedp.Value(chromedp.CSS("#q")))
	if value != "revenue " {
		t.Errorf("the box holds %q after the first completion was taken, want %q", value, "revenue ")
	}
	steps(t, ctx,
		chromedp.SendKeys(chromedp.CSS("#q"), "by channel in 2025\r"), chromedp.WaitVisible(chromedp.CSS(".canvas[data-drawn=bar]")),
	)
	if address := see(t, ctx, chromedp.Location()); !strings.HasSuffix(address, "/ask?q=revenue+by+channel+in+2025") {
		t.Errorf("the question was asked as %s", address)
	}
	steps(t, ctx,
		chromedp.SendKeys(chromedp.CSS("#q"), "and in 2024?\r"), chromedp.WaitVisible(chromedp.CSS(".thread")),
		chromedp.WaitVisible(chromedp.CSS(".canvas[data-drawn=bar]")),
	)
	text := see(t, ctx, chromedp.Text(chromedp.CSS(".answer")))
	if !strings.Contains(text, "and in 2024?") || !strings.Contains(text, "2024") {
		t.Errorf("the answer to the follow-up is\n%s", text)
	}
}

func TestAPageThatIsOpenTellsOfANewRelease(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001")
	server := start(t, configOf(held))
	ctx := tab(t, browsertest.New(t), looks[0])
	steps(t, ctx, chromedp.Navigate(server.URL+"/about"), chromedp.WaitVisible(chromedp.CSS(".facts")))
	held.publish(t, "20251202T000000000Z-000002")
	steps(t, ctx, chromedp.WaitVisible(chromedp.CSS("#toast button")), chromedp.Click(chromedp.CSS("#toast button")),
		chromedp.WaitReady(chromedp.CSS("body[data-run='20251202T000000000Z-000002']")))
	text := see(t, ctx, chromedp.Text(chromedp.CSS(".facts")))
	if !strings.Contains(text, "20251202T000000000Z-000002") {
		t.Errorf("the page shows\n%s", text)
	}
}

func TestHabitsAreSwitchedByTheMenuAndKept(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001")
	server := start(t, configOf(held))
	ctx := tab(t, browsertest.New(t), looks[0])
	steps(t, ctx,
		chromedp.Navigate(server.URL+"/about"), chromedp.WaitVisible(chromedp.CSS(".menu summary")),
		chromedp.Click(chromedp.CSS(".menu summary")), chromedp.WaitVisible(chromedp.CSS(".menu select")),
		chromedp.SetValue(chromedp.CSS(".menu select[name=language]"), "fr"), chromedp.SetValue(chromedp.CSS(".menu select[name=theme]"), "dark"),
		chromedp.SetValue(chromedp.CSS(".menu select[name=units]"), "crore"), chromedp.Click(chromedp.CSS(".menu button.primary")),
		chromedp.WaitReady(chromedp.CSS("html[lang=fr][data-theme=dark][data-units=crore]")),
	)
	ground := see(t, ctx, chromedp.Evaluate[string]("getComputedStyle(document.body).backgroundColor"))
	if ground != "rgb(16, 19, 22)" {
		t.Errorf("the ground of the dark page is %s", ground)
	}
}
