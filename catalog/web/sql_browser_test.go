package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/fmcg/fmcg/catalog/browser/browsertest"
	"github.com/fmcg/fmcg/catalog/guard"
	"github.com/fmcg/fmcg/catalog/saved"
	"github.com/fmcg/fmcg/catalog/web"
)

// lines are more tables of the small warehouse, with names as hostile as a lake's.
const lines = `create schema silver; create table silver.orders as select 'o' || i as order_id, date '2025-11-01' + cast(i % 30 as integer) as date, i * 3 as order_qty from range(500) as t(i);
	comment on table silver.orders is 'Orders as the <b>lake</b> delivers them.'; comment on column silver.orders.order_qty is 'pieces ordered';`

// byChannel is a statement with a chart.
const byChannel = "select channel, sum(total_amount_inr) as revenue from gold.vw_fact_orders_enriched group by channel order by revenue desc"

// keepQuery saves a query beside a warehouse.
func (w warehouse) keepQuery(t *testing.T, name, sql string, alert *saved.Alert) saved.Query {
	t.Helper()
	store, olga := saved.Beside(w.path(), newClock(1).now), saved.Who{Name: "local", Operator: true}
	q, err := store.Create(t.Context(), saved.Query{Name: name, SQL: sql, Description: "What <i>it</i> is for"}, olga)
	if err == nil && alert != nil {
		q, err = store.Change(t.Context(), q.ID, q.Version, olga, func(q *saved.Query) { q.Alert = alert })
	}
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func sqlAddress(sql string) string { return "/sql?" + url.Values{"sql": {sql}}.Encode() }

// bench is a server with more tables, and a tab at its page of SQL.
func bench(t *testing.T, path string, change ...func(*web.Config)) (*served, warehouse, context.Context) {
	t.Helper()
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001", hostile, lines)
	config := configOf(held)
	for _, one := range change {
		one(&config)
	}
	server := start(t, config)
	ctx := tab(t, browsertest.New(t), looks[0])
	steps(t, ctx, chromedp.Navigate(server.URL+path), visible("#editor[data-ready]"))
	return server, held, ctx
}

// typing writes into the editor.
func typing(keys string, options ...chromedp.KeyOption) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		return chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void]("document.querySelector('#editor').shadowRoot.querySelector('.cm-content').focus()"), chromedp.KeyEvent(keys, options...))
	})
}

// inEditor is an expression about an element of the editor.
func inEditor(selector string) string {
	return fmt.Sprintf("document.querySelector('#editor').shadowRoot.querySelector(%q)", selector)
}

const ran = "#query > .state"

func TestPagesOfSQLLoadWithoutComplaintInEachLook(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001", hostile, lines)
	low := 5.0
	plain := held.keepQuery(t, "Orders by day", "select date, sum(order_qty) as pieces from silver.orders group by date order by date", nil)
	alarm := held.keepQuery(t, "Channels", "select count(distinct channel) from gold.vw_fact_orders_enriched", &saved.Alert{Below: &low, By: "olga"})
	server := start(t, configOf(held))
	bare := start(t, configOf(held))
	bare.WithoutEditor()
	from := browsertest.New(t)
	for _, look := range looks {
		for name, page := range map[string]struct {
			server      *served
			path, ready string
		}{
			"sql":              {server, "/sql", "#editor[data-ready]"},
			"sql run":          {server, sqlAddress(byChannel), "#ran table"},
			"sql saved":        {server, "/sql?saved=" + plain.ID, "#ran table"},
			"sql alert":        {server, "/sql?saved=" + alarm.ID, "#alert .now[data-state=below]"},
			"sql plain editor": {bare, sqlAddress(byChannel), "#ran table"},
		} {
			t.Run(look.Name+" "+name, func(t *testing.T) {
				ctx := tab(t, from, look)
				steps(t, ctx, chromedp.Navigate(page.server.URL+page.path), visible(page.ready))
				if page.server == server {
					steps(t, ctx, visible("#editor[data-ready]"))
				}
				steps(t, ctx, chromedp.Evaluate[chromedp.Void]("for (const fold of document.querySelectorAll('details.fold, #tables li:first-child details')) fold.open = true"))
				axe(t, ctx)
				fits(t, ctx)
				picture(t, ctx, look.Name+" "+name)
			})
		}
	}
}

func TestAnAnalystWritesWithCompletionsRunsByKeyboardAndSeesTableAndChart(t *testing.T) {
	server, _, ctx := bench(t, "/sql")
	steps(t, ctx,
		typing("select date, sum(order_qty) as pieces from silver.or"), is(inEditor(".cm-tooltip-autocomplete li[aria-selected]")+"?.textContent.includes('orders') === true"),
		until("(window.since ??= Date.now()) + 150 < Date.now()"), // completions that pop up under the fingers are not taken
		typing(kb.Tab), is(inEditor(".cm-content")+".textContent.includes('silver.orders')"),
		typing(" group by 1 order by 1"), typing(kb.Escape), typing(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl)), visible("#ran table"),
	)
	wants(t, "what was run", text(t, ctx, ran), "30 rows in ")
	wants(t, "the table", text(t, ctx, "#ran table"), "2025-11-01", "pieces")
	steps(t, ctx, click("#ran th:nth-child(2) .sort"), is("document.querySelector('#ran th:nth-child(2)').getAttribute('aria-sort') === 'descending'"),
		click("#ran .kinds label:nth-of-type(2)"), visible(".canvas[data-drawn=line]"),
		chromedp.SetValue(chromedp.CSS("#ran select[name=kind]"), "bar"), chromedp.Evaluate[chromedp.Void]("document.querySelector('#ran select[name=kind]').dispatchEvent(new Event('change'))"), visible(".canvas[data-drawn=bar]"))
	axe(t, ctx)
	address := see(t, ctx, chromedp.Location())
	wants(t, "the link", search(t, ctx), "from silver.orders")
	steps(t, ctx, chromedp.Navigate(server.URL+"/sql"), click(".history summary"), visible(".history li a"))
	wants(t, "what was run before", text(t, ctx, ".history"), "from silver.orders")
	steps(t, ctx, chromedp.Navigate(address), visible("#ran table"))
	wants(t, "the link's result", text(t, ctx, "#ran table"), "2025-11-01")
}

func TestWhatIsChosenIsRunAloneAndTheShelfWritesNames(t *testing.T) {
	_, _, ctx := bench(t, "/sql")
	steps(t, ctx, typing("select 11 as first"+kb.Enter), typing("nonsense"), typing(kb.Home, chromedp.KeyModifiers(chromedp.ModifierShift)), typing(kb.Delete), typing("select 22 as second"),
		typing(kb.Home, chromedp.KeyModifiers(chromedp.ModifierShift)), typing(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl)), visible("#ran table"))
	wants(t, "the table", text(t, ctx, "#ran table"), "second", "22")
	steps(t, ctx, chromedp.SendKeys(chromedp.CSS("[data-filter=tables]"), "pieces order_qty"), is("[...document.querySelectorAll('#tables li[data-words]')].every((one) => one.hidden)"))
	steps(t, ctx, chromedp.Evaluate[chromedp.Void]("document.querySelector('[data-filter=tables]').value = ''"), chromedp.SendKeys(chromedp.CSS("[data-filter=tables]"), "order_qty"),
		until("[...document.querySelectorAll('#tables li[data-words]')].filter((one) => !one.hidden).length === 1"),
		click("#tables li:not([hidden]) summary"), visible("[data-insert='silver.orders']"))
	wants(t, "the table on the shelf", text(t, ctx, "#tables"), "Orders as the <b>lake</b> delivers them.")
	steps(t, ctx, click("[data-insert='silver.orders']"), is(inEditor(".cm-content")+".textContent.includes('silver.orders')"))
}

// The page of SQL under attack: what is refused says why and where, and what a lake holds stays text.
func TestAttacksFromThePageAreRefusedWithTheirPlace(t *testing.T) {
	server, _, ok := bench(t, sqlAddress("select distinct customer, '<img src=x onerror=alert(1)>' as \"<b>name</b>\" from gold.vw_fact_orders_enriched order by 1"))
	steps(t, ok, visible("#ran table"))
	wants(t, "hostile values", text(t, ok, "#ran table"), "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<b>name</b>")
	from := grumbling(t, browsertest.New(t)) // refusals are complaints of the console
	for sql, want := range map[string]string{
		"select 1;\ndrop table gold.dim_date":                              "This SQL may not run: only a SELECT may",
		"select *\nfrom read_csv('/etc/passwd')":                           "Line 2, column 6: This SQL may not run: the table function read_csv is not allowed",
		"select * from '/etc/passwd'":                                      "/etc/passwd, which is no published table",
		"select *\nfrom gold.vw_fact_orders_enriched,\n  duckdb_secrets()": "Line 3, column 3",
		"attach '/tmp/x.duckdb'":                                           "This SQL may not run",
		"select nope\nfrom silver.orders":                                  "Line 1, column 8: This SQL does not run",
		"select\n  order_id +\nfrom silver.orders":                         "Line 3, column 1",
		"select getenv('HOME')":                                            "getenv is not allowed",
		"select * from orders":                                             "a table is named with its schema, silver.orders",
	} {
		steps(t, from, chromedp.Navigate(server.URL+sqlAddress(sql)), visible(ran+".problem"), visible("#editor[data-ready]"))
		told := text(t, from, ran)
		wants(t, sql, told, want)
		if strings.HasPrefix(told, "Line") {
			steps(t, from, is(inEditor(".cm-lintRange-error, .cm-lintPoint-error")+" !== null"))
		}
	}
}

func TestAReaderStopsAQueryThatWouldRunForAnHour(t *testing.T) {
	server, _, ctx := bench(t, "/sql", func(config *web.Config) { config.Limits = guard.Limits{Time: time.Hour} })
	steps(t, ctx, typing(anHour), typing(kb.Escape), typing(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl)), visible(".stop"))
	server.until(t, 1)
	if status, _ := server.get(t, "/dashboard/sales/overview"); status != http.StatusOK {
		t.Errorf("another reader has status %d", status)
	}
	steps(t, ctx, click(".stop"), visible(".run"))
	wants(t, "the page", text(t, ctx, ran), "Cancelled")
	server.until(t, 0)
}

func TestAQueryIsSavedChangedAndMadeAnAlertOnItsPage(t *testing.T) {
	_, held, ctx := bench(t, sqlAddress("select count(*) from silver.orders"))
	steps(t, ctx, visible("#ran table"), click(".keep summary"), visible(".keep input[name=name]"),
		write(".keep input[name=name]", "Orders"), write(".keep input[name=description]", "all of them"), click(".keep button[value=new]"),
		visible("#alert form"), visible("#ran table"))
	wants(t, "the page of the query", text(t, ctx, "main"), "Orders", "all of them", "by local")
	steps(t, ctx, write("#alert input[name=below]", "1000"), click("#alert button.primary"), visible("#alert .now[data-state=below]"))
	wants(t, "the alert", text(t, ctx, "#alert"), "Told below 1000.", "Now 500: below its threshold")
	queries, err := saved.Beside(held.path(), time.Now).List()
	if err != nil || len(queries) != 1 || queries[0].Alert == nil || *queries[0].Alert.Below != 1000 || queries[0].SQL != "select count(*) from silver.orders\n" {
		t.Errorf("kept: %+v, %v", queries, err)
	}
	steps(t, ctx, click("#alert [data-do=no-alert]"), visible("#alert:not([data-alert])"),
		click(".keep summary"), visible(".keep [data-do=delete]"), click(".keep [data-do=delete]"), click(".keep [data-do=delete-it]"), visible(".workbench:not([data-saved]) #editor[data-ready]"))
	wants(t, "the shelf", text(t, ctx, ".shelf"), "None yet")
}

func TestADownloadHasWhatWasRun(t *testing.T) {
	_, _, ctx := bench(t, sqlAddress(byChannel))
	steps(t, ctx, visible("#ran table"), chromedp.Evaluate[chromedp.Void]("window.files = []; const make = URL.createObjectURL; URL.createObjectURL = (blob) => { files.push(blob); return make.call(URL, blob); }"),
		click("[data-format=csv]"), until("files.length === 1"))
	csv := see(t, ctx, chromedp.Evaluate[string]("files[0].text()", chromedp.EvalAwaitPromise))
	wants(t, "the file", csv, "channel,revenue\n", "Retailer,")
}

func TestAChartIsDrawnAsItsReaderChooses(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001", lines)
	five := 5.0
	held.keepQuery(t, "Revenue by channel", byChannel, nil)
	held.keepQuery(t, "Orders by day", "select date, sum(order_qty) as pieces from silver.orders group by date order by date", nil)
	held.keepQuery(t, "Channels", "select count(distinct channel) from gold.vw_fact_orders_enriched", &saved.Alert{Below: &five})
	config := configOf(held)
	config.Now = newClock(0).now
	server := start(t, config)
	ctx := tab(t, browsertest.New(t), looks[0])
	choose := func(name, value string) chromedp.Action[chromedp.Void] {
		return chromedp.Evaluate[chromedp.Void](fmt.Sprintf("(() => { const one = document.querySelector('#ran select[name=%s]'); one.value = %q; one.dispatchEvent(new Event('change')); })()", name, value))
	}
	const sql = "-- what each channel sold\nselect channel, year_quarter, sum(total_amount_inr) as revenue\nfrom gold.vw_fact_orders_enriched\ngroup by channel, year_quarter\norder by year_quarter, channel"
	steps(t, ctx, chromedp.Navigate(server.URL+sqlAddress(sql)), visible("#ran table"), visible("#editor[data-ready]"), click("#ran .kinds label:nth-of-type(2)"), visible(".canvas[data-drawn]"),
		choose("kind", "line"), choose("x", "year_quarter"), choose("series", "channel"), visible(".canvas[data-drawn=line]"))
	axe(t, ctx)
	portrait(t, ctx, "sql")
}
