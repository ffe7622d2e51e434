package pipeline_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fmcg/fmcg/pipeline"
	"github.com/fmcg/fmcg/pipeline/demo"
	"github.com/google/go-cmp/cmp"
)

// The figures of the company's own report for 2024; those of 2025 carry its month-first date bug, so they come from the
// independent computation (wantRules).
var reportedRevenue = []string{
	"2024-Q1 | 3943669280.00", "2024-Q2 | 3714797270.00", "2024-Q3 | 7676783970.00", "2024-Q4 | 19735740810.00",
}

func TestTheRealLakeGivesTheReportedRevenueAndAgreesWithAnIndependentComputation(t *testing.T) {
	h := newHouse(t)
	h.lake = realLake(t)
	h.refresh()
	got := h.rows("select year_quarter, cast(sum(total_amount_inr) as varchar) from gold.vw_fact_orders_enriched where year = 2024 group by all order by all")
	if diff := cmp.Diff(reportedRevenue, got); diff != "" {
		t.Errorf("revenue of 2024 (-want +got):\n%s", diff)
	}
	h.wantRules(os.DirFS(h.lake))
}

func TestDemoLakesAgreeWithAnIndependentComputation(t *testing.T) {
	for _, config := range []demo.Config{{}, {Seed: 1, Days: 40, RowsPerDay: 60}, {Seed: 2, Days: 65, RowsPerDay: 10}} {
		h := newDemoHouse(t, config)
		h.refresh()
		h.wantRules(os.DirFS(h.lake))
	}
}

// The child's bucket alone builds a warehouse of the child's sales.
func TestAChildAloneBuildsAWarehouse(t *testing.T) {
	h := newDemoHouse(t, small)
	h.refresh(func(config *pipeline.Config) { config.Lake.Parent = "" })
	h.wantRules(os.DirFS(filepath.Join(h.lake, "child")))
}
