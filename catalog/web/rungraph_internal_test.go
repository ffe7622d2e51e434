package web

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/catalog"
)

// The job as it is: orders need all, prices need products. The arrow from customers passes by the prices, in a row of its own.
func TestTheGraphHasAColumnForWhatIsNeededAndNoBoxInTheWayOfAnArrow(t *testing.T) {
	drawn := drawGraph(catalog.Job{Tasks: []catalog.JobTask{
		{Name: "customers"}, {Name: "products"}, {Name: "prices", Needs: []string{"products"}}, {Name: "orders", Needs: []string{"customers", "prices", "products"}},
	}}, map[string]string{"prices": "failed"})
	type place struct{ Column, Row int }
	got := map[string]place{}
	for _, b := range drawn.Boxes {
		got[b.Name] = place{b.X / (boxWidth + gapAcross), b.Y / (boxHeight + gapDown)}
	}
	want := map[string]place{"customers": {0, 0}, "products": {0, 1}, "prices": {1, 1}, "orders": {2, 0}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(drawn.Arrows) != 3 { // none from products to orders: prices say it
		t.Errorf("%d arrows: %v", len(drawn.Arrows), drawn.Arrows)
	}
	if i := slices.IndexFunc(drawn.Boxes, func(b box) bool { return b.Name == "prices" }); drawn.Boxes[i].State != "failed" {
		t.Errorf("prices are %q", drawn.Boxes[i].State)
	}
}
