package web_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/catalog/browser/browsertest"
)

func TestPagesOfTheCatalogLoadWithoutComplaintInEachLook(t *testing.T) {
	held := ofALake(t)
	server := start(t, exploring(held))
	for range 3 {
		server.get(t, "/dashboard/sales/overview")
	}
	row := held.ask(t, "select file_name, line from ops.quarantine where table_name = 'orders' and reason = 'unknown_product' order by all limit 1")[0]
	key := held.ask(t, "select order_id from silver.orders order by all limit 1")[0][0]
	from := browsertest.New(t)
	for _, look := range looks {
		for name, page := range map[string]struct{ path, ready string }{
			"catalog":         {"/catalog", ".used li"},
			"catalog found":   {"/catalog?q=price", ".hits"},
			"table":           {"/catalog/gold.vw_fact_orders_enriched", "#columns:not([data-computing]) .bars rect"},
			"raw table":       {"/catalog/bronze.orders", "#files"},
			"lineage":         {"/catalog/gold.fact_orders?column=sold_quantity#lineage", ".drawing .column.chosen"},
			"lineage in full": {"/catalog/gold.fact_orders?column=sold_quantity&indirect=true#lineage", ".drawing .indirect"},
			"quality":         {"/catalog/quality", ".checks .state-warned"},
			"check":           {"/catalog/quality/price_gaps", ".canvas[data-drawn=bar]"},
			"quarantine":      {"/catalog/quarantine", "#by-reason a"},
			"quarantine cut":  {"/catalog/quarantine?reason=unknown_product&table=orders", ".chosen .chip"},
			"quarantine row":  {fmt.Sprintf("/catalog/quarantine/row?table=orders&file=%v&line=%v", row[0], row[1]), "#delivered dd"},
			"trace":           {fmt.Sprintf("/catalog/trace?table=gold.sb_fact_orders&key=%v", key), "#lines .record"},
		} {
			t.Run(look.Name+" "+name, func(t *testing.T) {
				ctx := tab(t, from, look)
				steps(t, ctx, chromedp.Navigate(server.URL+page.path), chromedp.WaitReady(chromedp.CSS(page.ready)))
				axe(t, ctx)
				fits(t, ctx)
				picture(t, ctx, "catalog "+look.Name+" "+name)
			})
		}
	}
}

// From the first page of the catalog by clicks alone: a reason, a month, a row, and there what the file had, as bronze keeps it.
func TestAQuarantineIsBrowsedDownToTheRawRow(t *testing.T) {
	held := ofALake(t)
	server := start(t, exploring(held))
	ctx := tab(t, browsertest.New(t), looks[0])
	click := func(selector string) {
		t.Helper()
		steps(t, ctx, chromedp.WaitVisible(chromedp.CSS(selector)), chromedp.Click(chromedp.CSS(selector)))
	}
	total := func(want any) {
		t.Helper()
		steps(t, ctx, until("document.querySelector('#rows-total')?.textContent.replaceAll(',', '') === %q", fmt.Sprint(want)))
	}
	count := func(where string) any { return held.ask(t, "select count(*) from ops.quarantine where "+where)[0][0] }
	for _, path := range []string{"/dashboard/sales/overview", "/ask?q=total+revenue", "/ask?q=revenue+by+month", "/catalog/silver.orders", "/catalog/gold.fact_orders", "/catalog/gold.dim_products"} {
		server.get(t, path)
	}
	steps(t, ctx, chromedp.Navigate(server.URL+"/catalog"))
	portrait(t, ctx, "catalog")
	click("nav.ways-on a[href='/catalog/quarantine']")
	total(count("true"))
	portrait(t, ctx, "quarantine")
	click("#by-reason a[href*='reason=unknown_product']")
	total(count("reason = 'unknown_product'"))
	click("#by-table a[href*='table=orders']")
	total(count("reason = 'unknown_product' and table_name = 'orders'"))
	if text := see(t, ctx, chromedp.Text(chromedp.CSS("#stake"))); !strings.HasPrefix(text, "₹") {
		t.Errorf("the value at stake is %q", text)
	}
	steps(t, ctx, chromedp.WaitVisible(chromedp.CSS("#by-month a")))
	month := see(t, ctx, chromedp.Evaluate[string]("new URL(document.querySelector('#by-month a').href).searchParams.get('month')"))
	click("#by-month a")
	total(count("reason = 'unknown_product' and table_name = 'orders' and strftime(month, '%Y-%m') = '" + month + "'"))
	if at := see(t, ctx, chromedp.Evaluate[string]("new URLSearchParams(location.search).toString()")); at != "month="+month+"&reason=unknown_product&table=orders" {
		t.Errorf("the address is %q, want what is chosen", at)
	}
	picture(t, ctx, "quarantine narrowed")

	click("#rows tbody a")
	steps(t, ctx, chromedp.WaitVisible(chromedp.CSS("#delivered dl")))
	if text := see(t, ctx, chromedp.Text(chromedp.CSS("main"))); !strings.Contains(text, "its product is in no master") || !strings.Contains(text, "It loads by itself once the product is in the master") {
		t.Errorf("the page does not say why, and what would correct it:\n%s", text)
	}
	address := see(t, ctx, chromedp.Evaluate[[]string]("['file', 'line'].map((name) => new URLSearchParams(location.search).get(name))"))
	got := see(t, ctx, chromedp.Evaluate[[]string](`[...document.querySelectorAll("#delivered dd")].slice(0, 5).map((dd) => dd.querySelector("code")?.textContent ?? "")`))
	var want []string
	for _, value := range held.ask(t, "select order_id, order_placement_date, customer_id, product_id, order_qty from bronze.orders where file_name = $1 and line = $2", address[0], address[1])[0] {
		want = append(want, fmt.Sprint(value))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the raw row (-bronze +page):\n%s", diff)
	}
	axe(t, ctx)
	// From there to all rows of its product, and out of that.
	product := see(t, ctx, chromedp.Evaluate[string]("new URL(document.querySelector('a[href*=\"quarantine?product=\"]').href).searchParams.get('product')"))
	click("a[href*='quarantine?product=']")
	total(server.report(t, "product="+product).Total.Rows)
	click(".chosen .reset")
	total(count("true"))
}

// A column is chosen, and followed by the drawing from gold to the column of the delivered files, and back to what uses it.
func TestTheLineageOfAColumnIsFollowedToTheFilesThatItComesFrom(t *testing.T) {
	held := ofALake(t)
	server := start(t, exploring(held))
	ctx := tab(t, browsertest.New(t), looks[0])
	says := func(part, want string) {
		t.Helper()
		steps(t, ctx, until("document.querySelector(%q)?.textContent.includes(%q)", part, want))
	}
	steps(t, ctx, chromedp.Navigate(server.URL+"/catalog/gold.fact_orders#lineage"), chromedp.WaitVisible(chromedp.CSS("#lineage select")),
		chromedp.Focus(chromedp.CSS("#lineage select")), chromedp.SendKeys(chromedp.CSS("#lineage select"), "sold"), chromedp.SendKeys(chromedp.CSS("#lineage select"), kb.Enter))
	says("#lineage h2", "gold.fact_orders.sold_quantity")
	says("#comes-from", "silver.orders.sold_quantity")
	says("#comes-from", "order_qty of the files that bronze.orders reads")
	says("#comes-from", "summed up")
	says("#goes-to", "gold.vw_fact_orders_enriched.total_amount_inr")
	says("#decided-by", "silver.orders.customer_code")
	if at := see(t, ctx, chromedp.Evaluate[string]("location.hash")); at != "#lineage" {
		t.Errorf("the page stands at %q, want at the lineage", at)
	}
	picture(t, ctx, "lineage of a column")

	steps(t, ctx, chromedp.Evaluate[chromedp.Void](`document.querySelector(".drawing a[href^='/catalog/bronze.orders?column=order_qty']").scrollIntoView()`),
		chromedp.Click(chromedp.CSS(".drawing a[href^='/catalog/bronze.orders?column=order_qty'] text")))
	says("#lineage h2", "bronze.orders.order_qty")
	says("#goes-to", "gold.vw_fact_orders_enriched.total_amount_inr")
	if direct := see(t, ctx, chromedp.Evaluate[int]("document.querySelectorAll('.drawing .indirect').length")); direct != 0 {
		t.Errorf("%d dashed edges where only direct ones are followed", direct)
	}
	steps(t, ctx, chromedp.Click(chromedp.CSS("#lineage input[name=indirect]")), chromedp.Click(chromedp.CSS("#lineage form button")),
		chromedp.WaitReady(chromedp.CSS(".drawing .indirect")))
	axe(t, ctx)
}

// A page does not wait for the figures of a large table: it comes without them, and shows them when they are there.
func TestATableIsShownBeforeItsFiguresAreComputed(t *testing.T) {
	held := ofALake(t)
	server := start(t, exploring(held))
	letGo := server.HoldFigures(t, "gold.dim_products")
	defer letGo()
	ctx := tab(t, browsertest.New(t), looks[0])
	steps(t, ctx, chromedp.Navigate(server.URL+"/catalog/gold.dim_products"), chromedp.WaitVisible(chromedp.CSS("#columns[data-computing] .note")))
	shows(t, ctx, "#columns", "division")
	shows(t, ctx, "#sample", "product_code")
	if bars := see(t, ctx, chromedp.Evaluate[int]("document.querySelectorAll('#columns rect').length")); bars != 0 {
		t.Errorf("%d bars of figures that are not known", bars)
	}
	letGo()
	steps(t, ctx, chromedp.WaitVisible(chromedp.CSS("#columns:not([data-computing]) .bar-line")))
}

func TestTheCatalogIsSearchedAsOneTypesAndByKeyboard(t *testing.T) {
	held := ofALake(t)
	server := start(t, exploring(held))
	ctx := tab(t, browsertest.New(t), looks[0])
	steps(t, ctx, chromedp.Navigate(server.URL+"/catalog"), until("document.readyState === 'complete'"), chromedp.KeyEvent("/"))
	steps(t, ctx, until("document.activeElement.id === 'find'"))
	// The protocol sends the letter of a key even where its keydown was prevented.
	steps(t, ctx, chromedp.Evaluate[chromedp.Void]("document.getElementById('find').value = ''"), chromedp.SendKeys(chromedp.CSS("#find"), "shop"), until("document.querySelectorAll('.tables tbody tr').length > 0 && !document.querySelector('.tables a[href=\"/catalog/gold.dim_date\"]')"))
	for _, want := range []string{"platform", "kind of shop", "vw_fact_orders_enriched"} {
		shows(t, ctx, "#found", want)
	}
	if at := see(t, ctx, chromedp.Evaluate[string]("location.search")); at != "?q=shop" {
		t.Errorf("the address is %q, want what was typed", at)
	}
	steps(t, ctx, chromedp.Evaluate[chromedp.Void]("document.getElementById('find').value = ''"), chromedp.Click(chromedp.CSS("#found a[href='/catalog']")),
		chromedp.WaitVisible(chromedp.CSS(".tables a[href='/catalog/gold.dim_date']")))
}

// The header says the time by the reader's clock, not the server's.
func TestTheFreshnessIsToldByTheReadersClock(t *testing.T) {
	held := ofALake(t)
	server := start(t, exploring(held))
	ctx := tab(t, browsertest.New(t), looks[0])
	steps(t, ctx, chromedp.Navigate(server.URL+"/catalog"), chromedp.WaitVisible(chromedp.CSS(".fresh time")))
	got := see(t, ctx, chromedp.Evaluate[string](`document.querySelector(".fresh time").textContent`))
	want := see(t, ctx, chromedp.Evaluate[string](`new Date(document.querySelector(".fresh time").dateTime).toLocaleTimeString("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })`))
	if !strings.HasPrefix(got, "refreshed ") || !strings.Contains(got, want) || strings.Contains(got, "UTC") {
		t.Errorf("it says %q, want the time %s", got, want)
	}
}
