package dashboard_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/ask/asktest"
	"github.com/fmcg/fmcg/catalog/dashboard"
)

func marks(result dashboard.Result, kind string) (marked []any) {
	for _, mark := range result.Marks {
		if mark.Kind == kind {
			marked = append(marked, result.Rows[mark.Row][0])
		}
	}
	return marked
}

func TestTheMonthsOfASeriesAreMarked(t *testing.T) {
	h := open(t, asktest.File(t))
	series := h.page(t, "overview", "")[1]
	answer, err := engine(t, h).Ask(t.Context(), "anomalies of revenue by month")
	if err != nil || len(answer.Rows) == 0 {
		t.Fatalf("%+v %v", answer, err)
	}
	var unusual []any
	for _, row := range answer.Rows {
		unusual = append(unusual, row[0])
	}
	if got := marks(series, dashboard.MarkAnomaly); !cmp.Equal(unusual, got) {
		t.Errorf("anomalies %v, ask finds %v", got, unusual)
	}
	if peak, trough := marks(series, dashboard.MarkPeak), marks(series, dashboard.MarkTrough); !cmp.Equal(peak, []any{"2025-11-01"}) || !cmp.Equal(trough, []any{"2024-03-01"}) {
		t.Errorf("peak %v, trough %v", peak, trough)
	}
	if got := marks(h.page(t, "overview", "year=2024")[1], dashboard.MarkAnomaly); len(got) != 0 {
		t.Errorf("anomalies of 2024 %v, though those of all of the data are of 2025", got)
	}
	volatility, err := engine(t, h).Ask(t.Context(), "volatility of revenue")
	if err != nil || !same(float(t, volatility.Rows[0][0]), float(t, series.Facts[0].Value)) {
		t.Errorf("variation %v, ask says %v", series.Facts, volatility.Rows)
	}
}

// Growth is over the month before, not over the row before: in the hostile file May 2024 is missing.
func TestGrowthIsAbsentWhereThereIsNothingToCompareWith(t *testing.T) {
	h := open(t, asktest.File(t, dirty()...))
	series := h.page(t, "overview", "")[1]
	for _, row := range series.Rows {
		month, growth, yearBefore, yearGrowth := row[0].(string), row[at(series, "growth_pct")], row[at(series, "year_before")], row[at(series, "year_growth_pct")]
		if want := month == "2024-01-01" || month == "2024-06-01"; (growth == nil) != want {
			t.Errorf("%s: growth %v", month, growth)
		}
		if want := month < "2025-01-01" || month == "2025-05-01"; (yearBefore == nil) != want || (yearGrowth == nil) != want {
			t.Errorf("%s: a year before %v, growth %v", month, yearBefore, yearGrowth)
		}
	}
	for _, row := range h.page(t, "customers", "year=2025&product_code=B2001")[0].Rows { // new in July 2025
		if growth := row[len(row)-1]; growth != nil {
			t.Errorf("%v grew by %v from nothing", row[0], growth)
		}
	}
}

func TestAMonthThatIsNotOverIsMarkedAndNotComparedByDefault(t *testing.T) {
	for until, unfinished := range map[string]bool{"2025-11-12": true, "2025-11-30": false, "2025-12-03": false} {
		for name, statement := range map[string]string{
			"the last day with orders": fmt.Sprintf("create or replace table ops.freshness as select 'x' as run_id, timestamp '2026-01-01 06:00:00' as refreshed_at, date '%s' as last_order_day", until),
			"the refresh":              fmt.Sprintf("create or replace table ops.freshness as select 'x' as run_id, timestamp '%s 06:00:00' as refreshed_at", until),
		} {
			if until == "2025-11-30" && name == "the refresh" {
				continue // on its last day: nobody knows
			}
			h := open(t, asktest.File(t, statement))
			page := h.page(t, "overview", "")
			want := []any(nil)
			compared := "from January 2025 to November 2025"
			if unfinished {
				want, compared = []any{"2025-11-01"}, "from January 2025 to October 2025"
			}
			if got := marks(page[1], dashboard.MarkIncomplete); !cmp.Equal(want, got) || (len(page[1].Notes) > 0) != unfinished {
				t.Errorf("%s %s: incomplete %v, notes %q", name, until, got, page[1].Notes)
			}
			if page[0].Compared.Now != compared {
				t.Errorf("%s %s: compared %s", name, until, page[0].Compared.Now)
			}
			if notes := h.page(t, "overview", "year=2024")[0].Notes; len(notes) > 0 {
				t.Errorf("2024 has notes %q", notes)
			}
		}
	}
	weak := open(t, asktest.File(t, "delete from gold.vw_fact_orders_enriched where date = date '2025-11-01' and customer_code > '700001'",
		"create or replace table ops.freshness as select 'x' as run_id, timestamp '2025-11-02 06:00:00' as refreshed_at")).page(t, "overview", "")
	if got := marks(weak[1], dashboard.MarkTrough); !cmp.Equal(got, []any{"2024-03-01"}) {
		t.Errorf("the lowest month is %v, of which not all is there", got)
	}
	seasons := open(t, asktest.File(t)).page(t, "seasons", "")
	if got := marks(seasons[1], dashboard.MarkIncomplete); !cmp.Equal(got, []any{"2025-Q4"}) {
		t.Errorf("incomplete quarters %v", got)
	}
}

func TestHostileNamesStayNames(t *testing.T) {
	h := open(t, asktest.File(t, dirty()...))
	for _, name := range hostile {
		for _, filter := range []string{"customer", "variant"} {
			selection := dashboard.Selection{}.With(filter, name)
			want := h.row(t, "select count(*) from gold.vw_fact_orders_enriched where "+where(selection.Params()))[0].(int64)
			drilled, err := h.source.Drill(t.Context(), selection, 0, 5, "en")
			if err != nil || drilled.Total != want || want == 0 {
				t.Errorf("%s %q has %d rows, want %d: %v", filter, name, drilled.Total, want, err)
			}
			options, err := h.source.Options(t.Context(), filter, dashboard.Selection{}, name, 10, "en")
			if err != nil || len(options.Values) != 1 || options.Values[0].Param != name {
				if !slices.Contains([]string{"'", `\`}, name) { // of which others have some too
					t.Errorf("%q is not found: %+v %v", name, options.Values, err)
				}
			}
		}
	}
	none, err := h.source.Drill(t.Context(), dashboard.Selection{}.With("channel", nil), 0, 5, "en")
	if err != nil || none.Total == 0 {
		t.Errorf("%d rows without a channel: %v", none.Total, err)
	}
}

func TestTheRowsBehindAFigureComeInPagesOfOneOrder(t *testing.T) {
	h := open(t, asktest.File(t))
	selection := dashboard.Selection{}.With("channel", "Direct")
	whole, err := h.source.Drill(t.Context(), selection, 0, 1000, "en")
	if err != nil {
		t.Fatal(err)
	}
	var pages [][]any
	for offset := 0; offset < 1000; offset += 300 {
		page, err := h.source.Drill(t.Context(), selection, offset, 300, "en")
		if err != nil || page.Total != whole.Total {
			t.Fatalf("total %d, %v", page.Total, err)
		}
		pages = append(pages, page.Rows...)
	}
	if diff := cmp.Diff(whole.Rows, pages[:len(whole.Rows)]); diff != "" {
		t.Error(diff)
	}
	if whole.Total < 1000 || len(whole.Columns) != len(whole.Rows[0]) || whole.Rows[0][0] != "2025-11-01" {
		t.Errorf("%d rows, %d columns, first %v", whole.Total, len(whole.Columns), whole.Rows[0])
	}
	beyond, err := h.source.Drill(t.Context(), selection, 1_000_000, 300, "en")
	if err != nil || len(beyond.Rows) != 0 || beyond.Total != whole.Total {
		t.Errorf("beyond the end: %d rows of %d, %v", len(beyond.Rows), beyond.Total, err)
	}
}

func TestOptionsAreSearchedWithoutCaseAndAccents(t *testing.T) {
	h := open(t, asktest.File(t, dirty()...))
	for search, want := range map[string]string{"UNICODE": "ünïcødé 50 %", "script": "<script>alert(1)</script>"} {
		options, err := h.source.Options(t.Context(), "customer", dashboard.Selection{}, strings.Replace(search, "UNICODE", "UNIC", 1), 5, "fr")
		if err != nil || len(options.Values) != 1 || options.Values[0].Value != want || options.Label != "Client" {
			t.Errorf("%s: %+v %v", search, options, err)
		}
	}
	few, err := h.source.Options(t.Context(), "product", dashboard.Selection{}, "", 3, "en")
	if err != nil || len(few.Values) != 3 || !few.More {
		t.Errorf("%+v %v", few, err)
	}
	for _, unknown := range []string{"colour", "month_of_year", ""} {
		if _, err := h.source.Options(t.Context(), unknown, dashboard.Selection{}, "", 3, "en"); !errors.Is(err, dashboard.ErrUnknown) {
			t.Errorf("%q: %v", unknown, err)
		}
	}
	if _, err := h.source.Page(t.Context(), h.board, "nowhere", dashboard.Selection{}, "en"); !errors.Is(err, dashboard.ErrUnknown) {
		t.Errorf("an unknown page: %v", err)
	}
	if _, err := h.source.Tile(t.Context(), h.board, "overview", "nothing", dashboard.Selection{}, "en"); !errors.Is(err, dashboard.ErrUnknown) {
		t.Errorf("an unknown tile: %v", err)
	}
}

// Where the data begin or end within a quarter, it is of the months that there are.
func TestAQuarterThatTheDataBeginInIsShown(t *testing.T) {
	h := open(t, asktest.File(t, "delete from gold.vw_fact_orders_enriched where date < date '2024-02-01'"))
	for _, address := range []string{"year=2024", "quarter=2024-Q1", "year=2025", "quarter=2025-Q4", ""} {
		quarters, counters := h.page(t, "seasons", address)[1], h.page(t, "overview", address)[0].Counters
		if got, want := sum(t, quarters, "revenue"), float(t, counters[0].Value); !same(got, want) {
			t.Errorf("%s: quarters sum to %v, want %v", address, got, want)
		}
	}
}

func TestTheLargestSelectionIsStillOneThatMayRun(t *testing.T) {
	h := open(t, asktest.File(t))
	address := url.Values{}
	for i := range 200 {
		address.Add("customer", fmt.Sprintf("%s%03d", strings.Repeat("'", 37), i))
	}
	selection, err := dashboard.ParseSelection(address, h.model)
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range h.board.Pages {
		results, err := h.source.Page(t.Context(), h.board, page.ID, selection, "en")
		if err != nil || results[0].Empty == "" {
			t.Errorf("%s: %.80q %v", page.ID, results[0].Empty, err)
		}
	}
}

func TestTheMonthsOfTheDataAreSaid(t *testing.T) {
	h := open(t, asktest.File(t))
	if want := (dashboard.Data{FirstMonth: "2024-01", LastMonth: "2025-11"}); h.source.Data() != want {
		t.Errorf("%+v", h.source.Data())
	}
	if empty := h.page(t, "overview", "year=2031")[2].Empty; empty != "The chosen time holds no data: they go from January 2024 to November 2025." {
		t.Error(empty)
	}
}

// The SQL that a tile shows is the one that gave its figures, and runs without this program.
func TestTheSQLOfATileGivesItsRowsAgain(t *testing.T) {
	h := open(t, asktest.File(t, dirty()...))
	for _, page := range h.board.Pages {
		for _, result := range h.page(t, page.ID, "customer="+"%27&year=2025&compare=year") {
			table, err := catalog.Fetch(t.Context(), h.db, result.SQL, 0)
			if err != nil {
				t.Errorf("%s: %v\n%s", result.ID, err, result.SQL)
			} else if result.Kind != dashboard.KindCounters && len(table.Rows) != len(result.Rows) {
				t.Errorf("%s: %d rows, its SQL has %d", result.ID, len(result.Rows), len(table.Rows))
			}
		}
	}
}

func TestManyReadersAtOnceSeeTheSame(t *testing.T) {
	h := open(t, asktest.File(t))
	want := h.page(t, "products", "year=2025")
	fresh, err := dashboard.NewSource(t.Context(), h.db, h.model)
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := fresh.Page(gone, h.board, "products", dashboard.Selection{}.With("year", 2025), "en"); !errors.Is(err, context.Canceled) {
		t.Errorf("a reader who went away gets %v", err)
	}
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			got, err := fresh.Page(t.Context(), h.board, "products", dashboard.Selection{}.With("year", 2025), "en")
			if err != nil {
				t.Error(err)
			} else if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	group.Wait()
}

func TestAFileWithoutSalesIsSaidToHaveNone(t *testing.T) {
	h := open(t, asktest.File(t))
	empty := asktest.File(t, "delete from gold.vw_fact_orders_enriched")
	db := openDB(t, empty)
	if _, err := dashboard.NewSource(t.Context(), db, h.model); err == nil || !strings.Contains(err.Error(), "no rows") {
		t.Errorf("error %v", err)
	}
}
