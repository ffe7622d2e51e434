package web_test

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/fmcg/fmcg/catalog/browser/browsertest"
	"github.com/fmcg/fmcg/catalog/web"
)

// asFile writes a report to a file and returns its address.
func asFile(t *testing.T, html []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, html, 0o600); err != nil {
		t.Fatal(err)
	}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String()
}

// alone lets a tab reach no network, and returns what it asked for all the same.
func alone(t *testing.T, ctx context.Context) func() []string {
	t.Helper()
	var mu sync.Mutex
	var asked []string
	if err := chromedp.Listen(ctx, func(event any) {
		if sent, is := event.(*network.EventRequestWillBeSent); is {
			mu.Lock()
			defer mu.Unlock()
			asked = append(asked, sent.Request.URL)
		}
	}); err != nil {
		t.Fatal(err)
	}
	steps(t, ctx, call(network.Enable, network.EnableParams{}), call(network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{{Offline: true}}}))
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return asked
	}
}

func TestAReportOpenedFromTheFileSystemNeedsNoServerAndNoNetwork(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001", hostile, "create table ops.check_results as select '20251201T000000000Z-000001' as run_id, name as check_name, 'warn' as severity, state, 1 as failing_rows from (values ('keys_unique', 'held'), ('data_is_fresh', 'failed')) as checks(name, state)")
	server := start(t, configOf(held))
	reports := map[string]*web.Report{}
	for _, language := range []string{"en", "fr"} {
		made, err := server.Report(t.Context(), web.ReportOptions{Language: language, Select: url.Values{"year": {"2025"}, "channel": {"Retailer", "direct"}}})
		if err != nil {
			t.Fatal(err)
		}
		reports[language] = made
	}
	if err := server.stop(); err != nil {
		t.Fatal(err)
	}
	from := browsertest.New(t)
	for _, look := range looks {
		t.Run(look.Name, func(t *testing.T) {
			file := asFile(t, reports[look.Language].HTML)
			ctx := tab(t, from, look)
			asked := alone(t, ctx)
			steps(t, ctx, chromedp.Navigate(file), chromedp.WaitVisible(chromedp.CSS(".figures")), chromedp.Evaluate[chromedp.Void]("dispatchEvent(new Event('fmcg:whole'))"), until(allDrawn))
			if drawn := see(t, ctx, chromedp.Evaluate[int]("document.querySelectorAll('.canvas[data-drawn]').length")); drawn < 12 {
				t.Errorf("%d charts are drawn", drawn)
			}
			axe(t, ctx)
			fits(t, ctx)
			picture(t, ctx, "report "+look.Name)
			head := see(t, ctx, chromedp.Text(chromedp.CSS(".report-head")))
			wanted := map[string][]string{"en": {"Data through November 2025", "2025-12-01 06:00 UTC", "1 warning: data_is_fresh", "Direct, Retailer", "2025"}, "fr": {"novembre 2025", "1 avertissement", "Direct, Retailer"}}
			for _, want := range wanted[look.Language] {
				if !strings.Contains(head, want) {
					t.Errorf("its head does not say %q:\n%s", want, head)
				}
			}
			for _, address := range asked() {
				if address != file && !strings.HasPrefix(address, "data:") {
					t.Errorf("it asked for %s", address)
				}
			}
			leads := see(t, ctx, chromedp.Evaluate[[]string]("[...document.querySelectorAll('[href], [src], [action]')].map((e) => e.getAttribute('href') ?? e.getAttribute('src') ?? e.getAttribute('action')).filter((a) => !a.startsWith('#') && !a.startsWith('data:'))"))
			if len(leads) > 0 {
				t.Errorf("it leads to %v", leads)
			}
		})
	}
	t.Run("the table and the SQL of a tile, its picture, and a page further down", func(t *testing.T) {
		ctx := tab(t, from, looks[0])
		steps(t, ctx, chromedp.Navigate(asFile(t, reports["en"].HTML)), chromedp.WaitVisible(chromedp.CSS("#tile-overview-channels .canvas[data-drawn]")),
			chromedp.Click(chromedp.CSS("#tile-overview-channels .ways summary")), chromedp.Click(chromedp.CSS("#tile-overview-channels [data-do=table]")),
			chromedp.WaitVisible(chromedp.CSS("#tile-overview-channels table")), chromedp.WaitNotVisible(chromedp.CSS("#tile-overview-channels .canvas")),
			chromedp.Click(chromedp.CSS("#tile-overview-channels .ways summary")), chromedp.Click(chromedp.CSS("#tile-overview-channels [data-do=sql]")), chromedp.WaitVisible(chromedp.CSS("#sql[open]")))
		if sql := see(t, ctx, chromedp.Text(chromedp.CSS("#sql-text"))); !strings.HasPrefix(sql, "select channel") {
			t.Errorf("the SQL is\n%s", sql)
		}
		axe(t, ctx)
		steps(t, ctx, chromedp.Click(chromedp.CSS("#sql .primary")),
			chromedp.Evaluate[chromedp.Void]("window.pictures = []; const make = URL.createObjectURL; URL.createObjectURL = (blob) => { pictures.push(blob); return make.call(URL, blob); }"),
			chromedp.Click(chromedp.CSS("#tile-overview-top_products .ways summary")), chromedp.Click(chromedp.CSS("#tile-overview-top_products [data-do=png]")), until("pictures.length === 1 && pictures[0].size > 8000"),
			chromedp.Click(chromedp.CSS(".report-pages a[href='#page-seasons']")), chromedp.WaitVisible(chromedp.CSS("#tile-seasons-seasonality .canvas[data-drawn]")))
	})
	t.Run("of one page, it says which are left out", func(t *testing.T) {
		plain := newWarehouse(t)
		plain.publish(t, "20251201T000000000Z-000001", "create table ops.check_results as select '20251201T000000000Z-000001' as run_id, 'keys_unique' as check_name, 'warn' as severity, 'held' as state from range(35)",
			"create table ops.quarantine as from range(1234)")
		made, err := web.MakeReport(t.Context(), configOf(plain), web.ReportOptions{Pages: []string{"overview"}, Select: url.Values{"year": {"2025"}, "compare": {"year"}}})
		if err != nil {
			t.Fatal(err)
		}
		ctx := tab(t, from, looks[0])
		steps(t, ctx, tall(looks[0]), chromedp.Navigate(asFile(t, made.HTML)), until(allDrawn))
		whole := see(t, ctx, chromedp.Text(chromedp.CSS("body")))
		for _, want := range []string{"all checks held", "1,234 delivered rows that wait in quarantine", "other pages of the dashboard: Products, Customers and markets, Time and seasons"} {
			if !strings.Contains(whole, want) {
				t.Errorf("it does not say %q", want)
			}
		}
		height := see(t, ctx, chromedp.Evaluate[float64]("document.querySelector('.report-page').getBoundingClientRect().bottom + document.querySelector('.foot').offsetHeight + 40"))
		steps(t, ctx, call(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 1280, Height: int64(height), DeviceScaleFactor: 1}))
		picture(t, ctx, "report")
	})
	t.Run("on paper charts are whole, and controls are gone", func(t *testing.T) {
		ctx := tab(t, from, look{"french dark", "fr", "dark", 1280})
		steps(t, ctx, chromedp.Navigate(asFile(t, reports["fr"].HTML)), chromedp.WaitVisible(chromedp.CSS(".figures")), chromedp.Evaluate[chromedp.Void]("dispatchEvent(new Event('beforeprint'))"),
			call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}), chromedp.WaitNotVisible(chromedp.CSS(".ways")), chromedp.WaitNotVisible(chromedp.CSS(".report-pages")))
		sheets := see(t, ctx, chromedp.Evaluate[[]int]("[...document.querySelectorAll('.canvas')].map((place) => place.querySelector('.on-paper')?.clientWidth ?? 0)"))
		for i, width := range sheets {
			if width < 300 {
				t.Errorf("the chart %d is %d wide on paper", i, width)
			}
		}
		if ground := see(t, ctx, chromedp.Evaluate[string]("getComputedStyle(document.body).backgroundColor")); ground != "rgb(255, 255, 255)" || len(sheets) < 12 {
			t.Errorf("paper is %s, with %d charts", ground, len(sheets))
		}
	})
	t.Run("without scripts tables are seen", func(t *testing.T) {
		ctx := tab(t, from, looks[0])
		steps(t, ctx, call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}), chromedp.Navigate(asFile(t, reports["en"].HTML)),
			chromedp.WaitVisible(chromedp.CSS("#tile-overview-channels table")), chromedp.WaitNotVisible(chromedp.CSS("#tile-overview-channels .canvas")))
	})
}

func TestAReportWithoutEChartsHasTablesInPlaceOfCharts(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001")
	server := start(t, configOf(held))
	server.WithoutCharts()
	made, err := server.Report(t.Context(), web.ReportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ctx := tab(t, browsertest.New(t), looks[0])
	steps(t, ctx, chromedp.Navigate(asFile(t, made.HTML)), chromedp.WaitVisible(chromedp.CSS("#tile-seasons-seasonality table")))
	if n := see(t, ctx, chromedp.Evaluate[int]("document.querySelectorAll('.canvas').length")); n > 0 {
		t.Errorf("%d places of charts without the library", n)
	}
	axe(t, ctx)
}

func TestTheSameReleaseAndSelectionAreTheSameReport(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001")
	options := web.ReportOptions{Select: url.Values{"channel": {"Retailer"}}, Indian: true}
	var files [][]byte
	for range 2 {
		config := configOf(held)
		config.Now = newClock(3600).now
		made, err := web.MakeReport(t.Context(), config, options)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, made.HTML)
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("two reports of the same differ")
	}
	if outside := regexp.MustCompile(`(?i)(?:src|href|action)\s*=\s*["']?\s*(?:https?:)?//[^"'> ]+`).FindAll(files[0], -1); len(outside) > 0 {
		t.Errorf("it leads outside: %s", bytes.Join(outside, []byte(", ")))
	}
}

func TestAReportOfWhatIsNotThereIsRefusedWithWhatIsNear(t *testing.T) {
	held := newWarehouse(t)
	if _, err := web.MakeReport(t.Context(), configOf(held), web.ReportOptions{}); err == nil || !strings.Contains(err.Error(), "nothing is published") {
		t.Errorf("a report of nothing: %v", err)
	}
	held.publish(t, "20251201T000000000Z-000001")
	for want, options := range map[string]web.ReportOptions{
		`no board "sale"; did you mean sales?`:                      {Board: "sale"},
		`no page "overvew"; did you mean overview?`:                 {Pages: []string{"products", "overvew"}},
		`"chanel" is not a filter; did you mean channel?`:           {Select: url.Values{"chanel": {"Retailer"}}},
		`channel has no value "Retaler"; did you mean Retailer?`:    {Select: url.Values{"channel": {"Direct", "Retaler"}}},
		`year has no value "1999"; there are 2024, 2025`:            {Select: url.Values{"year": {"1999"}}},
		`from is like 2025-07`:                                      {Select: url.Values{"from": {"July"}}},
		`language "de" is none of en, fr`:                           {Language: "de"},
		`compare is previous, year or none, not "previous quarter"`: {Select: url.Values{"compare": {"previous quarter"}}},
	} {
		if _, err := web.MakeReport(t.Context(), configOf(held), options); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestAViewOfADashboardIsSharedAsAFile(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001")
	server := start(t, configOf(held))
	from := browsertest.New(t)
	for _, look := range looks {
		ctx := tab(t, from, look)
		steps(t, ctx, tall(look), chromedp.Navigate(server.URL+"/dashboard/sales/overview"), until(allDrawn),
			// What is chosen after the page was loaded is what is shared.
			chromedp.Evaluate[chromedp.Void]("document.querySelector('#tile-channels a[data-pick]').click(), undefined"), until("document.querySelector('#chosen .chip')"),
			chromedp.Click(chromedp.CSS(".sharing summary")), until("document.querySelector('.sharing li a').checkVisibility()"))
		boxes := see(t, ctx, chromedp.Evaluate[[]float64]("[...document.querySelectorAll('.sharing li a')].flatMap((a) => [a.getBoundingClientRect().left, innerWidth - a.getBoundingClientRect().right])"))
		if len(boxes) != 4 || slices.Min(boxes) < 0 {
			t.Errorf("%s: the menu is out of the window: %v", look.Name, boxes)
		}
		axe(t, ctx)
		fits(t, ctx)
		for i, page := range []bool{true, false} {
			address := see(t, ctx, chromedp.Evaluate[string](fmt.Sprintf("document.querySelectorAll('.sharing li a')[%d].getAttribute('href')", i)))
			status, file := server.get(t, address)
			if status != 200 || !strings.Contains(address, "channel=Retailer") || strings.Contains(file, `id="page-products"`) == page {
				t.Errorf("%s answers %d", address, status)
			}
		}
		steps(t, ctx, chromedp.KeyEvent(kb.Escape), until("!document.querySelector('.sharing li a').checkVisibility()"))
	}
}
