package web_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/fmcg/fmcg/catalog/browser/browsertest"
)

const allDrawn = "document.querySelector('.tile') && !document.querySelector('.tile[data-view=chart] .canvas:not([data-drawn])')"

// until waits for what must become true, also across a page that a click leads to.
func until(expression string, values ...any) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		for {
			_, err := chromedp.Run(ctx, chromedp.Poll[bool]("Boolean("+fmt.Sprintf(expression, values...)+")"))
			if err == nil || ctx.Err() != nil || !slices.ContainsFunc(left, func(said string) bool { return strings.Contains(err.Error(), said) }) {
				return err
			}
		}
	})
}

// left is what a browser says where the page that it was asked about is no longer there.
var left = []string{"context with specified id", "target navigated or closed", "context was destroyed"}

// tall makes the window so high that all charts are in view.
func tall(look look) chromedp.Action[chromedp.Void] {
	return call(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: look.Width, Height: 2600, DeviceScaleFactor: 1, Mobile: look.Width < 600})
}

// click clicks at a place of an element, as a share of its width and in pixels from its top.
func clickIn(t *testing.T, ctx context.Context, selector string, across, down string) {
	t.Helper()
	at := see(t, ctx, chromedp.Evaluate[[]float64](fmt.Sprintf("(() => { const box = document.querySelector(%q).getBoundingClientRect(); return [box.left + %s, box.top + %s]; })()", selector, across, down)))
	steps(t, ctx, chromedp.MouseEvent("mouseMoved", at[0], at[1]), chromedp.MouseClickXY(at[0], at[1]))
}

func search(t *testing.T, ctx context.Context) string {
	t.Helper()
	return see(t, ctx, chromedp.Evaluate[string]("decodeURIComponent(location.search.replaceAll('+', ' '))"))
}

func TestADashboardLoadsWithoutComplaintInEachLook(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001")
	server := start(t, configOf(held))
	from := browsertest.New(t)
	for _, look := range looks {
		for _, page := range []string{"overview", "products", "customers", "seasons", "overview?year=2025&channel=Retailer&compare=year"} {
			t.Run(look.Name+" "+page, func(t *testing.T) {
				ctx := tab(t, from, look)
				steps(t, ctx, tall(look), chromedp.Navigate(server.URL+"/dashboard/sales/"+page), until(allDrawn))
				axe(t, ctx)
				fits(t, ctx)
				name, _, _ := strings.Cut(page, "?year")
				if name != page {
					name += " filtered"
				}
				height := see(t, ctx, chromedp.Evaluate[float64]("document.getElementById('board').getBoundingClientRect().bottom + 110"))
				steps(t, ctx, call(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: look.Width, Height: int64(height), DeviceScaleFactor: 1, Mobile: look.Width < 600}))
				picture(t, ctx, "dashboard "+look.Name+" "+name)
			})
		}
		t.Run(look.Name+" with a filter, a menu and a table open", func(t *testing.T) {
			ctx := tab(t, from, look)
			steps(t, ctx, tall(look), chromedp.Navigate(server.URL+"/dashboard/sales/overview?channel=Retailer"), until(allDrawn))
			if look.Width < 600 {
				steps(t, ctx, chromedp.Click(chromedp.CSS("#filters-open")))
			}
			steps(t, ctx,
				chromedp.Click(chromedp.CSS("#tile-top_products .ways summary")), chromedp.Click(chromedp.CSS("#tile-top_products [data-do=table]")),
				chromedp.WaitVisible(chromedp.CSS("#tile-top_products table")), chromedp.WaitNotVisible(chromedp.CSS("#tile-top_products .canvas")),
				chromedp.Click(chromedp.CSS("#filter-channel summary")), chromedp.WaitVisible(chromedp.CSS("#filter-channel .choices li")),
			)
			axe(t, ctx)
			fits(t, ctx)
			picture(t, ctx, "dashboard "+look.Name+" open")
		})
		t.Run(look.Name+" rows", func(t *testing.T) {
			ctx := tab(t, from, look)
			steps(t, ctx, chromedp.Navigate(server.URL+"/dashboard/sales/overview/rows?channel=Retailer"), chromedp.WaitVisible(chromedp.CSS("table")))
			axe(t, ctx)
			fits(t, ctx)
		})
	}
}

func TestNothingOfADashboardMovesWhileItLoads(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001")
	server := start(t, configOf(held))
	from := browsertest.New(t)
	for _, look := range looks {
		ctx := tab(t, from, look)
		steps(t, ctx, chromedp.Navigate(server.URL+"/dashboard/sales/overview?channel=Retailer"), until("document.querySelector('.canvas[data-drawn]')"))
		moved := see(t, ctx, chromedp.Evaluate[float64](`new Promise((done) => { let sum = 0; const watch = new PerformanceObserver((list) => { for (const entry of list.getEntries()) sum += entry.value; });
			watch.observe({ type: "layout-shift", buffered: true }); requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(sum), 0))); })`, chromedp.EvalAwaitPromise))
		if moved > 0.01 {
			t.Errorf("%s: the layout moved by %.3f", look.Name, moved)
		}
	}
}

func TestAFilterIsSearchedHoldsSeveralAndTheBackButtonUndoesIt(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001")
	server := start(t, configOf(held))
	ctx := tab(t, browsertest.New(t), looks[0])
	revenue := "document.querySelector('.figures .value').textContent"
	steps(t, ctx, chromedp.Navigate(server.URL+"/dashboard/sales/overview"), chromedp.WaitVisible(chromedp.CSS(".figures")), chromedp.Evaluate[chromedp.Void]("window.same = true"))
	all := see(t, ctx, chromedp.Evaluate[string](revenue))
	customers := see(t, ctx, chromedp.Evaluate[int]("fetch('/api/dashboards/sales/filters/customer').then((a) => a.json()).then((o) => o.values.length)", chromedp.EvalAwaitPromise))
	steps(t, ctx, chromedp.Click(chromedp.CSS("#filter-channel summary")), chromedp.WaitVisible(chromedp.CSS("#filter-channel .choices li")))
	if focused := see(t, ctx, chromedp.Evaluate[string]("document.activeElement.type")); focused != "search" {
		t.Errorf("the focus is on %q, want the search of the filter", focused)
	}
	steps(t, ctx, chromedp.SendKeys(chromedp.CSS("#filter-channel input[type=search]"), "retail"), until("document.querySelectorAll('#filter-channel .choices li').length === 1"))
	// By keyboard: down to the value, space, and the filter stays open with the focus where it was.
	steps(t, ctx, chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(" "), until("document.querySelector('#chosen .chip[title=\"Retailer\"]')"),
		until("document.activeElement.value === 'Retailer' && document.activeElement.checked"))
	if got := search(t, ctx); got != "?channel=Retailer" {
		t.Errorf("the address has %q", got)
	}
	one := see(t, ctx, chromedp.Evaluate[string](revenue))
	steps(t, ctx, chromedp.Evaluate[chromedp.Void]("document.querySelector('#filter-channel input[type=search]').value = ''; document.querySelector('#filter-channel input[type=search]').dispatchEvent(new Event('input'))"),
		until("document.querySelectorAll('#filter-channel .choices li').length > 1"), chromedp.Click(chromedp.CSS("#filter-channel .choices input[value=Direct]")),
		until("location.search === '?channel=Direct&channel=Retailer' || location.search === '?channel=Retailer&channel=Direct'"), until("document.querySelector('#chosen .chip').title.includes('Direct')"))
	two := see(t, ctx, chromedp.Evaluate[string](revenue))
	if all == one || one == two {
		t.Errorf("revenue is %s of all, %s of one channel, %s of two", all, one, two)
	}
	steps(t, ctx, chromedp.KeyEvent(kb.Escape), until("!document.querySelector('#filter-channel').open"))
	if focused := see(t, ctx, chromedp.Evaluate[string]("document.activeElement.id")); focused != "filter-channel-is" {
		t.Errorf("after Escape the focus is on %q", focused)
	}
	// Another filter has only what is possible under this one.
	steps(t, ctx, chromedp.Evaluate[chromedp.Void]("history.back()"), until("%s === %q", revenue, one), chromedp.Click(chromedp.CSS("#filter-customer summary")), chromedp.WaitVisible(chromedp.CSS("#filter-customer .choices li")))
	if possible := see(t, ctx, chromedp.Evaluate[int]("document.querySelectorAll('#filter-customer .choices li').length")); possible == 0 || possible >= customers {
		t.Errorf("%d of %d customers are possible for a channel", possible, customers)
	}
	steps(t, ctx, chromedp.Evaluate[chromedp.Void]("history.back()"), until("%s === %q", revenue, all), until("location.search === ''"),
		chromedp.Evaluate[chromedp.Void]("history.forward()"), until("%s === %q", revenue, one),
		chromedp.Click(chromedp.CSS(".reset")), until("location.search === '' && %s === %q", revenue, all))
	if !see(t, ctx, chromedp.Evaluate[bool]("window.same === true")) {
		t.Error("the page was loaded anew on the way")
	}
}

func TestAClickOnABarASliceAPointOrACellFiltersThePage(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001")
	server := start(t, configOf(held))
	from := browsertest.New(t)
	for name, click := range map[string]struct{ page, tile, across, down, want string }{
		"bar":   {"overview", "top_products", "box.width * 0.5", "20", "?product="},
		"slice": {"overview", "channels", "box.width / 2 + 0.29 * Math.min(box.width, box.height)", "box.height * 0.55", "?channel="},
		"point": {"seasons", "quarterly_revenue", "box.width * 0.15", "box.height - 34", "?quarter=2024-Q1"},
		"cell":  {"seasons", "seasonality", "box.width * 0.7", "box.height * 0.25", "?from=2024-"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := tab(t, from, looks[0])
			steps(t, ctx, tall(looks[0]), chromedp.Navigate(server.URL+"/dashboard/sales/"+click.page), until(allDrawn))
			high := see(t, ctx, chromedp.Evaluate[float64]("document.documentElement.scrollHeight"))
			clickIn(t, ctx, "#tile-"+click.tile+" .canvas", click.across, click.down)
			steps(t, ctx, until("location.search.startsWith(%q)", click.want), chromedp.WaitVisible(chromedp.CSS("#chosen .chip")))
			steps(t, ctx, chromedp.Evaluate[chromedp.Void]("history.back()"), until("location.search === '' && !document.querySelector('#chosen .chip')"), until(allDrawn))
			if now := see(t, ctx, chromedp.Evaluate[float64]("document.documentElement.scrollHeight")); now != high {
				t.Errorf("the page was %v high, and is %v: its charts grow", high, now)
			}
		})
	}
}

func TestAPageThatIsOpenTakesUpANewReleaseAndKeepsItsFilters(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001")
	server := start(t, configOf(held))
	ctx := tab(t, browsertest.New(t), looks[0])
	steps(t, ctx, tall(looks[0]), chromedp.Navigate(server.URL+"/dashboard/sales/customers?year=2025"), until(allDrawn), chromedp.Evaluate[chromedp.Void]("window.same = true"))
	held.publish(t, "20251202T000000000Z-000002", hostile)
	steps(t, ctx, chromedp.WaitReady(chromedp.CSS("body[data-run='20251202T000000000Z-000002']")), chromedp.WaitVisible(chromedp.CSS("#toast")), until(allDrawn))
	if said := see(t, ctx, chromedp.Text(chromedp.CSS("#toast"))); !strings.Contains(said, "November 2025") {
		t.Errorf("the page says %q", said)
	}
	if !see(t, ctx, chromedp.Evaluate[bool]("window.same === true && location.search === '?year=2025'")) {
		t.Error("the page was loaded anew, or lost its filter")
	}
	// Customers of the new release are hostile, and stay text: in the table, as filters, in the chart's table, in a question.
	names := see(t, ctx, chromedp.Text(chromedp.CSS("#tile-top_customers table")))
	for _, want := range []string{"<script>alert(1)</script>", "=cmd|'/c calc'!A1"} {
		if !strings.Contains(names, want) {
			t.Errorf("no %q in\n%s", want, names)
		}
	}
	steps(t, ctx, chromedp.Click(chromedp.CSS("#filter-customer summary")), chromedp.WaitVisible(chromedp.CSS("#filter-customer .choices li")),
		chromedp.Click(chromedp.CSS("#filter-customer .choices input[value^='<script>']")), until("document.querySelector('#chosen .chip[title^=\"<script>\"]')"))
	axe(t, ctx)
}

func TestAMonthThatIsNotOverIsMarked(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251118T000000000Z-000001", "update ops.freshness set refreshed_at = timestamp '2025-11-18 06:00:00'")
	server := start(t, configOf(held))
	ctx := tab(t, browsertest.New(t), looks[0])
	steps(t, ctx, tall(looks[0]), chromedp.Navigate(server.URL+"/dashboard/sales/overview"), until(allDrawn))
	if note := see(t, ctx, chromedp.Text(chromedp.CSS("#notes"))); !strings.Contains(note, "November 2025 is not complete") {
		t.Errorf("the page notes %q", note)
	}
	last := see(t, ctx, chromedp.Evaluate[string]("[...document.querySelectorAll('#tile-monthly_revenue tbody tr')].at(-1).querySelector('th').textContent"))
	if !strings.Contains(last, "◐") || !strings.Contains(last, "not complete") {
		t.Errorf("the last row of the table is of %q", last)
	}
	if n := see(t, ctx, chromedp.Evaluate[int]("document.querySelectorAll('.spark .open').length")); n == 0 {
		t.Error("no sparkline ends open")
	}
	axe(t, ctx)
	picture(t, ctx, "dashboard incomplete")
}

func TestATileShowsItsTableItsSQLAndAPicture(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001")
	server := start(t, configOf(held))
	ctx := tab(t, browsertest.New(t), looks[0])
	steps(t, ctx, tall(looks[0]), chromedp.Navigate(server.URL+"/dashboard/sales/overview"), until(allDrawn))
	steps(t, ctx, chromedp.Click(chromedp.CSS("#tile-channels .ways summary")), chromedp.Click(chromedp.CSS("#tile-channels [data-do=sql]")), chromedp.WaitVisible(chromedp.CSS("#sql[open]")))
	if sql := see(t, ctx, chromedp.Text(chromedp.CSS("#sql-text"))); !strings.HasPrefix(sql, "select channel, sum(total_amount_inr)") {
		t.Errorf("the SQL is\n%s", sql)
	}
	axe(t, ctx)
	steps(t, ctx, chromedp.Click(chromedp.CSS("#sql .primary")), chromedp.WaitNotVisible(chromedp.CSS("#sql")))
	if focused := see(t, ctx, chromedp.Evaluate[bool]("document.activeElement.matches('#tile-channels .ways summary')")); !focused {
		t.Error("the focus is not where the dialog was opened")
	}
	steps(t, ctx, chromedp.Evaluate[chromedp.Void]("window.pictures = []; const make = URL.createObjectURL; URL.createObjectURL = (blob) => { pictures.push(blob); return make.call(URL, blob); }"))
	for i, tile := range []string{"channels", "figures", "dependence"} {
		steps(t, ctx, chromedp.Click(chromedp.CSS("#tile-"+tile+" .ways summary")), chromedp.Click(chromedp.CSS("#tile-"+tile+" [data-do=png]")), until("pictures.length === %d", i+1))
		wide := see(t, ctx, chromedp.Evaluate[int](fmt.Sprintf("createImageBitmap(pictures[%d]).then((picture) => pictures[%d].type === 'image/png' && pictures[%d].size > 8000 ? picture.width : 0)", i, i, i), chromedp.EvalAwaitPromise))
		if wide != 1920 {
			t.Errorf("the picture of %s is %d wide", tile, wide)
		}
	}
}

func TestAPrintedDashboardHasNoControls(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001")
	server := start(t, configOf(held))
	ctx := tab(t, browsertest.New(t), looks[0])
	steps(t, ctx, tall(looks[0]), chromedp.Navigate(server.URL+"/dashboard/sales/customers?year=2025"), until(allDrawn),
		call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}), chromedp.WaitNotVisible(chromedp.CSS("#filter-list")), chromedp.WaitNotVisible(chromedp.CSS(".ways")))
	hidden := see(t, ctx, chromedp.Evaluate[int]("[...document.querySelectorAll('#tile-top_customers tbody tr')].filter((row) => !row.checkVisibility()).length"))
	if hidden > 0 {
		t.Errorf("%d rows of the table are not printed", hidden)
	}
	picture(t, ctx, "dashboard print")
}

func TestWithoutEChartsTablesStandInPlaceOfCharts(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001")
	server := start(t, configOf(held))
	server.WithoutCharts()
	ctx := tab(t, browsertest.New(t), looks[0])
	for _, page := range []string{"overview", "seasons"} {
		steps(t, ctx, chromedp.Navigate(server.URL+"/dashboard/sales/"+page), chromedp.WaitVisible(chromedp.CSS(".tile table")))
		if n := see(t, ctx, chromedp.Evaluate[int]("document.querySelectorAll('.canvas').length")); n > 0 {
			t.Errorf("%d places of charts without the library", n)
		}
		unseen := see(t, ctx, chromedp.Evaluate[[]string]("[...document.querySelectorAll('.tile:not(.counters) .scroll')].filter((table) => table.clientHeight < 50).map((table) => table.closest('.tile').id)"))
		if len(unseen) > 0 {
			t.Errorf("tables of %v are not seen", unseen)
		}
		axe(t, ctx)
	}
	if said := see(t, ctx, chromedp.Text(chromedp.CSS(".foot"))); !strings.Contains(said, "make build") {
		t.Errorf("the page does not say how to get charts:\n%s", said)
	}
}
