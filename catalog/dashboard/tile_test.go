package dashboard_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/ask/asktest"
	"github.com/fmcg/fmcg/catalog/dashboard"
)

// dirty makes the published file hostile: names that are no names, and rows that lack what others have.
func dirty() []string {
	var statements []string
	for i, name := range hostile {
		quoted := "'" + strings.ReplaceAll(name, "'", "''") + "'"
		statements = append(statements, fmt.Sprintf("update gold.vw_fact_orders_enriched set customer = %s where customer_code = '7000%02d'", quoted, i+1),
			fmt.Sprintf("update gold.vw_fact_orders_enriched set variant = %s where product_code = 'A10%02d'", quoted, i+1))
	}
	return append(statements, "update gold.vw_fact_orders_enriched set channel = null, platform = null where customer_code = '700010'",
		"update gold.vw_fact_orders_enriched set price_inr = null, total_amount_inr = null where product_code = 'A1012'",
		"update gold.vw_fact_orders_enriched set customer = null where customer_code = '700011'", "delete from gold.vw_fact_orders_enriched where date = date '2024-05-01'")
}

// houses are the published files that the laws hold on: the fixture, a hostile one, and the company's where it is at hand.
func houses(t *testing.T) map[string]house {
	t.Helper()
	all := map[string]house{"the fixture": open(t, asktest.File(t)), "a hostile file": open(t, asktest.File(t, dirty()...))}
	lake := os.Getenv("FMCG_REAL_LAKE")
	if lake == "" {
		t.Log("DID NOT RUN on the company's data: FMCG_REAL_LAKE does not name its lake")
		return all
	}
	all["the company's"] = open(t, real(t, lake))
	return all
}

var refreshed struct {
	sync.Once
	path string
}

// real publishes the company's lake, once, by the program itself: this side of the border cannot.
func real(t *testing.T, lake string) string {
	t.Helper()
	refreshed.Do(func() {
		dir, err := os.MkdirTemp("", "dashboard")
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "fmcg.duckdb")
		if output, err := exec.CommandContext(t.Context(), "go", "run", "../../cmd/fmcg", "refresh", "--lake", lake, "--warehouse", path).CombinedOutput(); err != nil {
			t.Fatalf("refresh: %v\n%s", err, output)
		}
		refreshed.path = path
	})
	return refreshed.path
}

func TestMain(m *testing.M) {
	code := m.Run()
	if refreshed.path != "" {
		_ = os.RemoveAll(filepath.Dir(refreshed.path))
	}
	os.Exit(code)
}

// values of the filters of a house, as they stand in an address, with times inside and outside of the data.
func (h house) values(t testing.TB) map[string][]string {
	t.Helper()
	all := map[string][]string{"year": {"2024", "2025", "2031"}, "quarter": {"2024-Q2", "2025-Q3", "2025-Q4"}, "from": {"2023-06", "2024-05", "2025-02", "2025-08"}, "to": {"2024-08", "2025-03", "2025-11", "2026-03"},
		"compare": {"previous", "year", "none"}}
	for _, filter := range h.board.Filters[3:] {
		options, err := h.source.Options(t.Context(), filter, dashboard.Selection{}, "", 0, "en")
		if err != nil {
			t.Fatal(err)
		}
		for _, option := range options.Values {
			all[filter] = append(all[filter], option.Param)
		}
	}
	return all
}

// where is the condition of a selection, written without the package's own means.
func where(address url.Values) string {
	conditions := []string{"true"}
	for name, list := range address {
		var any []string
		for _, value := range list {
			quoted := "'" + strings.ReplaceAll(value, "'", "''") + "'"
			switch {
			case name == "compare":
				any = append(any, "true")
			case name == "from":
				any = append(any, "strftime(date, '%Y-%m') >= "+quoted)
			case name == "to":
				any = append(any, "strftime(date, '%Y-%m') <= "+quoted)
			case name == "quarter":
				any = append(any, "year_quarter = "+quoted)
			default:
				any = append(any, fmt.Sprintf("coalesce(cast(%s as varchar), '') = %s", name, quoted))
			}
		}
		conditions = append(conditions, "("+strings.Join(any, " or ")+")")
	}
	return strings.Join(conditions, " and ")
}

func (h house) row(t testing.TB, sql string) []any {
	t.Helper()
	table, err := catalog.Fetch(t.Context(), h.db, sql, 1)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return ask.Exact(table.Rows, table.Types)[0]
}

func float(t testing.TB, value any) float64 {
	t.Helper()
	switch v := value.(type) {
	case nil:
		return 0
	case json.Number:
		n, err := v.Float64()
		if err != nil {
			t.Fatal(err)
		}
		return n
	case float64:
		return v
	case int64:
		return float64(v)
	case int32:
		return float64(v)
	}
	t.Fatalf("%T is no number", value)
	return 0
}

func same(a, b float64) bool {
	return math.Abs(a-b) <= 1e-9*math.Max(1, math.Max(math.Abs(a), math.Abs(b)))
}

func at(result dashboard.Result, column string) int {
	return slices.IndexFunc(result.Columns, func(c ask.Column) bool { return c.Name == column })
}

// sum of a column of a tile.
func sum(t testing.TB, result dashboard.Result, column string) (total float64) {
	t.Helper()
	for _, row := range result.Rows {
		total += float(t, row[at(result, column)])
	}
	return total
}

// The law of the figures: whatever is selected, what tiles show sums to what the view holds of it.
func TestTilesSumToWhatTheViewHoldsUnderAnySelection(t *testing.T) {
	for name, h := range houses(t) {
		t.Run(name, func(t *testing.T) {
			values := h.values(t)
			rapid.Check(t, func(r *rapid.T) {
				address := anySelection(r, values)
				selection, err := dashboard.ParseSelection(address, h.model)
				if err != nil {
					r.Fatal(err)
				}
				whole := h.row(t, "select count(*), sum(total_amount_inr), sum(sold_quantity), count(distinct customer_code), sum(total_amount_inr) / nullif(sum(sold_quantity), 0), avg(price_inr) from gold.vw_fact_orders_enriched where "+where(address))
				rows := whole[0].(int64)
				page := rapid.SampledFrom(h.board.Pages).Draw(r, "page")
				results, err := h.source.Page(t.Context(), h.board, page.ID, selection, rapid.SampledFrom([]string{"en", "fr"}).Draw(r, "language"))
				if err != nil {
					r.Fatal(err)
				}
				for i, result := range results {
					h.checkTile(t, page.Tiles[i], result, whole, rows == 0)
				}
				drilled, err := h.source.Drill(t.Context(), selection, 0, 1, "en")
				if err != nil || drilled.Total != rows {
					r.Fatalf("%d rows behind it, want %d: %v", drilled.Total, rows, err)
				}
				if t.Failed() {
					r.Fatalf("with %s", selection.Encode())
				}
			})
		})
	}
}

func (h house) checkTile(t *testing.T, tile dashboard.Tile, result dashboard.Result, whole []any, empty bool) {
	t.Helper()
	if (len(result.Rows) == 0) != empty || (result.Empty != "") != empty {
		t.Errorf("%s: %d rows, empty because %q, where there is nothing: %t", tile.ID, len(result.Rows), result.Empty, empty)
		return
	}
	if empty {
		return
	}
	if len(result.Columns) != len(result.Rows[0]) || len(result.Filters) != len(result.Columns) {
		t.Errorf("%s: %d columns, %d values, %d filters", tile.ID, len(result.Columns), len(result.Rows[0]), len(result.Filters))
	}
	if (result.Compared != nil) != (at(result, "growth_pct") >= 0 && tile.Growth || at(result, "before") >= 0) {
		t.Errorf("%s: compared %v with columns %v", tile.ID, result.Compared, result.Columns)
	}
	totals := map[string]float64{"revenue": float(t, whole[1]), "quantity": float(t, whole[2])}
	switch tile.Kind {
	case dashboard.KindCounters:
		for i, counter := range result.Counters {
			if !same(float(t, counter.Value), float(t, whole[i+1])) {
				t.Errorf("%s is %v, want %v", counter.Measure, counter.Value, whole[i+1])
			}
			var months float64
			for _, value := range counter.Series {
				months += value
			}
			if total, additive := totals[counter.Measure]; additive && !same(months, total) {
				t.Errorf("the months of %s sum to %v, want %v", counter.Measure, months, total)
			}
		}
	case dashboard.KindConcentration, dashboard.KindVariation:
	default:
		for _, measure := range tile.Measures {
			total, additive := totals[measure]
			if got := sum(t, result, measure); additive && (tile.Limit == 0 && !same(got, total) || got > total*(1+1e-9)) {
				t.Errorf("%s: %s sums to %v, want %v\n%s", tile.ID, measure, got, total, result.SQL)
			}
		}
		if tile.Share && tile.Limit == 0 && totals["revenue"] > 0 && !same(sum(t, result, "share_pct"), 100) {
			t.Errorf("%s: the shares sum to %v", tile.ID, sum(t, result, "share_pct"))
		}
	}
}

// Whatever filter is opened, none of its values leads to an empty page, and together they are all rows.
func TestOptionsNeverLeadToAnEmptyPage(t *testing.T) {
	for name, h := range houses(t) {
		t.Run(name, func(t *testing.T) {
			values := h.values(t)
			rapid.Check(t, func(r *rapid.T) {
				address := anySelection(r, values)
				selection, err := dashboard.ParseSelection(address, h.model)
				if err != nil {
					r.Fatal(err)
				}
				filter := rapid.SampledFrom(h.board.Filters).Draw(r, "filter")
				options, err := h.source.Options(t.Context(), filter, selection, "", 0, "en")
				if err != nil {
					r.Fatal(err)
				}
				all, total := selection.Without(filter), int64(0)
				for i, option := range options.Values {
					total += option.Rows
					if option.Selected != selection.Has(filter, option.Param) {
						r.Fatalf("%v is selected: %t", option.Value, option.Selected)
					}
					if i > 3 {
						continue
					}
					drilled, err := h.source.Drill(t.Context(), all.With(filter, option.Value), 0, 1, "en")
					if err != nil {
						r.Fatal(err)
					}
					if option.Rows == 0 || filter != "month" && filter != "quarter" && filter != "year" && drilled.Total != option.Rows {
						r.Fatalf("%s %q is said to have %d rows, and has %d", filter, option.Param, option.Rows, drilled.Total)
					}
				}
				drilled, err := h.source.Drill(t.Context(), all, 0, 1, "en")
				if err != nil || drilled.Total != total {
					r.Fatalf("the options of %s have %d rows, there are %d: %v", filter, total, drilled.Total, err)
				}
			})
		})
	}
}

// What is compared is the tile of the months before, whoever asks for those.
func TestWhatIsComparedIsWhatTheMonthsBeforeShow(t *testing.T) {
	for name, h := range houses(t) {
		t.Run(name, func(t *testing.T) {
			for address, before := range map[string]string{
				"year=2025":                            "from=2024-01&to=2024-11",
				"year=2025&compare=year":               "from=2024-01&to=2024-11",
				"quarter=2025-Q4":                      "from=2025-07&to=2025-08",
				"quarter=2025-Q4&compare=year":         "from=2024-10&to=2024-11",
				"quarter=2025-Q3&channel=Retailer":     "quarter=2025-Q2&channel=Retailer",
				"from=2025-07&to=2025-07":              "from=2025-06&to=2025-06",
				"from=2025-03&to=2025-07":              "from=2024-10&to=2025-02",
				"from=2025-03&to=2025-07&compare=year": "from=2024-03&to=2024-07",
				"from=2025-03":                         "from=2024-06&to=2025-02",
				"year=2025&from=2025-09":               "from=2025-06&to=2025-08",
				"":                                     "from=2024-01&to=2024-11",
				"channel=Direct":                       "channel=Direct&from=2024-01&to=2024-11",
				"year=2024":                            "",
				"year=2024&year=2025":                  "",
				"to=2025-10":                           "",
				"from=2024-08":                         "", // of the months before there are only some
				"year=2025&compare=none":               "",
				"from=2024-06&to=2024-08&compare=year": "",
			} {
				now, earlier := h.page(t, "overview", address), h.page(t, "overview", before)
				figures := now[0]
				if before == "" {
					for _, c := range figures.Counters {
						if c.Before != nil || c.Change != nil || figures.Compared != nil {
							t.Errorf("%s: %s is compared with %v: %+v", address, c.Measure, c.Before, figures.Compared)
						}
					}
					continue
				}
				if figures.Compared == nil {
					t.Errorf("%s is not compared", address)
					continue
				}
				for i, c := range figures.Counters {
					want := earlier[0].Counters[i].Value
					if !same(float(t, c.Before), float(t, want)) {
						t.Errorf("%s: %s before was %v, want %v", address, c.Measure, c.Before, want)
					}
					if change := 100 * (float(t, c.Now)/float(t, want) - 1); c.Change == nil || !same(*c.Change, change) {
						t.Errorf("%s: %s changed by %v, want %v", address, c.Measure, c.Change, change)
					}
				}
			}
		})
	}
}

func (h house) page(t testing.TB, page, address string) []dashboard.Result {
	t.Helper()
	values, err := url.ParseQuery(address)
	if err != nil {
		t.Fatal(err)
	}
	selection, err := dashboard.ParseSelection(values, h.model)
	if err != nil {
		t.Fatal(err)
	}
	results, err := h.source.Page(t.Context(), h.board, page, selection, "en")
	if err != nil {
		t.Fatal(err)
	}
	return results
}
