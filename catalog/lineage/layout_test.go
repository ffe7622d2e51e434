package lineage

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func TestInADrawingNoBoxesOverlapAndEveryEdgeLeadsToTheRight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(1, 14).Draw(t, "tables")
		boxes := map[string]*box{}
		name := func(i int) string { return fmt.Sprintf("silver.t%02d", i) }
		for i := range count {
			boxes[name(i)] = &box{name: name(i), width: float64(rapid.IntRange(20, 200).Draw(t, "width")), height: float64(rapid.IntRange(20, 200).Draw(t, "height"))}
		}
		var edges [][2]string
		for to := range count {
			for from := range to {
				if rapid.IntRange(0, 3).Draw(t, "edge") == 0 {
					edges = append(edges, [2]string{name(from), name(to)})
				}
			}
		}
		placed := newLayout(boxes, edges)
		for _, edge := range edges {
			if from, to := boxes[edge[0]], boxes[edge[1]]; from.x+from.width >= to.x {
				t.Errorf("%v leads to the left", edge)
			}
		}
		for _, layer := range placed.layers {
			for i, one := range layer {
				if one.y < 0 || one.y+one.height > placed.height || one.x+one.width > placed.width {
					t.Errorf("%s lies outside the drawing", one.name)
				}
				for _, other := range layer[i+1:] {
					if one.y < other.y+other.height-0.01 && other.y < one.y+one.height-0.01 {
						t.Errorf("%q and %q overlap", one.name, other.name)
					}
				}
			}
		}
	})
}
