package pipeline_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/pipeline"
)

// Law 5 for development builds: what they show is what a refresh with the edited tree would publish.
func TestADevelopmentBuildGivesWhatARebuildWithTheEditedTreeWouldAndPublishesNothing(t *testing.T) {
	for _, c := range []struct{ name, file, from, to string }{
		{"a silver model", "silver/orders.sql", "not between 1 and 1000000000000", "not between 1 and 100"},
		{"facts of the parent", "silver/parent_fact_orders.sql", "not between 1 and 1000000000000", "not between 1 and 50"},
		{"a correction", "corrections/city_typos.csv", "\n", "\nNowhere,Hyderabad,a test\n"},
		{"a bronze model", "bronze/orders.sql", "    order_qty,\n", "    substr(order_qty, 1, 1) as order_qty,\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := tiny(t)
			h.refresh()
			old := h.bytesOf()
			tree := ownTree(t)
			path := filepath.Join(tree, filepath.FromSlash(c.file))
			body, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(strings.Replace(string(body), c.from, c.to, 1)+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			config := h.config()
			config.SQL = os.DirFS(tree)
			made, err := pipeline.Develop(t.Context(), config, 0)
			if err != nil {
				t.Fatal(err)
			}
			if h.bytesOf() != old {
				t.Error("the published file changed")
			}
			other := &house{t: t, lake: h.lake, warehouse: filepath.Join(t.TempDir(), "fmcg.duckdb")}
			other.refresh(withTree(tree))
			developed := &house{t: t, lake: h.lake, warehouse: made.File}
			if diff := cmp.Diff(other.contents(), developed.contents()); diff != "" {
				t.Errorf("a rebuild gives other rows (-rebuild +development):\n%s", shorten(diff))
			}
			if _, err := pipeline.Develop(t.Context(), h.config(), 0); pipeline.CodeOf(err) != pipeline.WrongUse {
				t.Errorf("with nothing edited: %v, want wrong use", err)
			}
		})
	}
}

func TestASampleBuildsTheNewestMonthsAndLeavesTheOthers(t *testing.T) {
	h := newShop(t)
	h.put(landing("orders_2025_07_05.csv"), ordersHeader+"A1,2025-07-05,7,1,10\nA2,2025-08-05,7,1,20\nA3,2025-09-05,7,1,30\n")
	h.refresh()
	tree := ownTree(t)
	edit(t, filepath.Join(tree, "silver", "orders.sql"), "typed.quantity as sold_quantity", "2 * typed.quantity as sold_quantity")
	config := h.config()
	config.SQL = os.DirFS(tree)
	made, err := pipeline.Develop(t.Context(), config, 2)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"2025-07-01 | 20", "2025-08-01 | 40", "2025-09-01 | 60"}
	want[0] = h.rows("select cast(date as date) || ' | ' || sum(sold_quantity) from gold.fact_orders where month(date) = 7 group by date")[0]
	developed := &house{t: t, warehouse: made.File}
	got := developed.rows("select cast(date as date) || ' | ' || sum(sold_quantity) from gold.fact_orders group by date order by date")
	wantRows(t, "months", want, got)
	if diff := cmp.Diff([]string{"2025-09-01", "2025-08-01"}, made.Months); diff != "" {
		t.Errorf("months (-want +got):\n%s", diff)
	}
}
