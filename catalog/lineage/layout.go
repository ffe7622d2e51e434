package lineage

import (
	"cmp"
	"maps"
	"slices"
)

// box is a table of a drawing, or a place where an edge passes between two layers.
type box struct {
	name          string // table; "" for a passing edge
	layer         int
	x, y          float64 // its upper left corner
	right         float64 // where its layer ends: edges turn beyond it
	width, height float64
	before, after []*box // neighbours in the layers before and after
}

func (b *box) middle() float64 { return b.y + b.height/2 }

// layout is a layered drawing (Sugiyama): layers from left to right, each table after those it is made of, in an order that
// crosses few edges, drawn towards their neighbours. It decides all by names, so that it is the same each time.
type layout struct {
	tables        map[string]*box
	layers        [][]*box
	passing       map[[2]string][]*box // what lies between two tables, from left to right
	width, height float64
}

const (
	sweeps    = 12
	layerGap  = 70.0
	boxGap    = 14.0
	passGap   = 8.0
	margin    = 10.0
	passWidth = 4.0
)

// newLayout places boxes, of which sizes are known, by the edges between tables.
func newLayout(boxes map[string]*box, edges [][2]string) *layout {
	l := &layout{tables: boxes, passing: map[[2]string][]*box{}}
	l.rank(edges)
	l.connect(edges)
	for sweep := range sweeps {
		l.order(sweep%2 == 0)
	}
	l.place()
	return l
}

// rank gives each table the layer after the last of its sources; one without sources comes just before what it goes to,
// but for what is delivered, which comes first.
func (l *layout) rank(edges [][2]string) {
	for changed := true; changed; {
		changed = false
		for _, edge := range edges {
			from, to := l.tables[edge[0]], l.tables[edge[1]]
			if to.layer <= from.layer && to.layer < len(l.tables) { // which ends even if there were a circle
				to.layer, changed = from.layer+1, true
			}
		}
	}
	first := map[string]int{}
	for _, edge := range edges {
		to := l.tables[edge[1]].layer
		if before, met := first[edge[0]]; !met || to < before {
			first[edge[0]] = to
		}
	}
	for name, box := range l.tables {
		if box.layer == 0 && first[name] > 0 && layer(name) != "source" && layer(name) != "bronze" {
			box.layer = first[name] - 1
		}
	}
}

// connect fills the layers, with a passing box in each layer that an edge crosses.
func (l *layout) connect(edges [][2]string) {
	last := 0
	for _, box := range l.tables {
		last = max(last, box.layer)
	}
	l.layers = make([][]*box, last+1)
	for _, name := range slices.Sorted(maps.Keys(l.tables)) {
		at := l.tables[name].layer
		l.layers[at] = append(l.layers[at], l.tables[name])
	}
	for _, edge := range edges {
		near, to := l.tables[edge[0]], l.tables[edge[1]]
		for at := near.layer + 1; at < to.layer; at++ {
			pass := &box{layer: at, width: passWidth, height: passWidth}
			l.layers[at] = append(l.layers[at], pass)
			l.passing[edge] = append(l.passing[edge], pass)
			near.after, pass.before = append(near.after, pass), append(pass.before, near)
			near = pass
		}
		near.after, to.before = append(near.after, to), append(to.before, near)
	}
}

// order sorts each layer by where the neighbours of its boxes stand.
func (l *layout) order(forward bool) {
	for i := range l.layers {
		boxes, neighbours := l.layers[i], func(b *box) []*box { return b.before }
		if !forward {
			boxes, neighbours = l.layers[len(l.layers)-1-i], func(b *box) []*box { return b.after }
		}
		weight := map[*box]float64{}
		for place, b := range boxes {
			weight[b] = float64(place)
			if others := neighbours(b); len(others) > 0 {
				weight[b] = 0
				for _, other := range others {
					weight[b] += float64(slices.Index(l.layers[other.layer], other)) / float64(max(1, len(l.layers[other.layer])-1)) * float64(len(boxes)-1) / float64(len(others))
				}
			}
		}
		slices.SortStableFunc(boxes, func(a, b *box) int { return cmp.Compare(weight[a], weight[b]) })
	}
}

func gap(a, b *box) float64 {
	if a.name == "" || b.name == "" {
		return passGap
	}
	return boxGap
}

// place gives each box its coordinates: in order within its layer, as near to the middle of its neighbours as the others allow.
func (l *layout) place() {
	x := margin
	for _, boxes := range l.layers {
		widest, y := 0.0, margin
		for i, b := range boxes {
			if i > 0 {
				y += gap(boxes[i-1], b)
			}
			b.x, b.y = x, y
			y += b.height
			widest = max(widest, b.width)
		}
		for _, b := range boxes {
			b.right = x + widest
			if b.name == "" {
				b.width = widest // an edge passes the layer straight on
			}
		}
		x += widest + layerGap
	}
	l.width = x - layerGap + margin
	for sweep := range 2 * sweeps {
		for i := range l.layers {
			boxes := l.layers[i]
			if sweep%2 == 1 {
				boxes = l.layers[len(l.layers)-1-i]
			}
			settle(boxes)
		}
	}
	top, bottom := l.layers[0][0].y, 0.0
	for _, boxes := range l.layers {
		top = min(top, boxes[0].y)
	}
	for _, boxes := range l.layers {
		for _, b := range boxes {
			b.y += margin - top
			bottom = max(bottom, b.y+b.height)
		}
	}
	l.height = bottom + margin
}

// settle moves the boxes of a layer to the middle of their neighbours. Boxes that would overlap move together as a block, to
// where its boxes would be on average.
func settle(boxes []*box) {
	type block struct {
		first, last int
		wish        float64 // sum of where its boxes would have its beginning
		height      float64
	}
	var blocks []block
	start := func(b block) float64 { return b.wish / float64(b.last-b.first+1) }
	for i, b := range boxes {
		wish, others := b.y, append(slices.Clone(b.before), b.after...)
		if len(others) > 0 {
			wish = -b.height / 2
			for _, other := range others {
				wish += other.middle() / float64(len(others))
			}
		}
		blocks = append(blocks, block{i, i, wish, b.height})
		for len(blocks) > 1 {
			one, two := blocks[len(blocks)-2], blocks[len(blocks)-1]
			offset := one.height + gap(boxes[one.last], boxes[two.first])
			if start(one)+offset <= start(two) {
				break
			}
			joined := block{one.first, two.last, one.wish + two.wish - offset*float64(two.last-two.first+1), offset + two.height}
			blocks = append(blocks[:len(blocks)-2], joined)
		}
	}
	for _, block := range blocks {
		y := start(block)
		for i := block.first; i <= block.last; i++ {
			boxes[i].y = y
			y += boxes[i].height
			if i < block.last {
				y += gap(boxes[i], boxes[i+1])
			}
		}
	}
}
