package demo

import (
	"context"
	"fmt"
	"time"
)

// snack is a product of the child, as its master has it.
type snack struct {
	id       string
	name     string // as delivered, the variant in parentheses
	category string // as delivered
	price    int    // INR, before the rise
	weight   int
	lot      int // how much larger than usual its orders are
	life     life
	unpriced bool
}

// Ids that the child's orders and prices use without a master that has them: no product has these numbers, and a product whose
// id is not a number stays out of the warehouse.
const (
	misnumberedProduct = "TV-NEW-01"
	unheardProduct     = "64999901"
)

// snackLines are the child's products: a line in several variants. Both spellings of protein occur, as the rules expect.
var snackLines = []struct {
	name, category string
	season         [4]int // by quarter, thousandths
	life           life
	unpriced       bool
	variants       []variant
}{
	{name: "Tavi Energy Bar Fig & Cacao", category: "energy bars", season: [4]int{1150, 950, 900, 1000},
		variants: []variant{{"50g", 78, 90}, {"32g", 54, 70}, {"6 x 32g", 299, 25}}},
	{name: "Tavi Energy Bar Mango Chilli (Vegan)", category: "energy bars", season: [4]int{1000, 1200, 900, 900},
		variants: []variant{{"50g", 82, 60}, {"32g", 57, 45}}},
	{name: "Tavi Protien Bar Salted Cashew", category: "protien bars", season: [4]int{1250, 950, 900, 900},
		variants: []variant{{"70g", 124, 85}, {"48g", 96, 60}}},
	{name: "Tavi PROTIEN Bar Coffee Hazelnut", category: "Protien Bars", season: [4]int{1250, 950, 900, 900},
		variants: []variant{{"70g", 129, 65}, {"48g", 99, 40}}},
	{name: "Tavi Granola Toasted Coconut", category: "granola & cereals", season: [4]int{1150, 800, 900, 1150},
		variants: []variant{{"450g", 412, 30}, {"250g", 255, 35}}},
	{name: "Tavi Millet Muesli Jaggery", category: "granola & cereals", season: [4]int{1150, 800, 900, 1150},
		variants: []variant{{"450g", 378, 25}, {"250g", 229, 25}}},
	{name: "Tavi Skyr Cup Blueberry", category: "recovery dairy", season: [4]int{900, 1250, 1000, 850},
		variants: []variant{{"150g", 88, 45}, {"90g", 61, 35}}},
	{name: "Tavi Turmeric Milk", category: "recovery dairy", season: [4]int{1000, 1000, 1000, 1000}, life: life{fades: fading, gone: faded},
		variants: []variant{{"250 ml", 72, 55}, {"180 ml", 58, 40}}},
	{name: "Tavi Roasted Chickpeas Masala", category: "healthy snacks", season: [4]int{900, 900, 1050, 1150},
		variants: []variant{{"180g", 148, 45}, {"75g", 69, 60}}},
	{name: "Tavi Electrolyte Mix Kokum Cooler", category: "electrolyte mix", season: [4]int{900, 1500, 950, 650},
		variants: []variant{{"24 Sachets", 384, 30}, {"8 Sachets", 139, 55}}},
	{name: "Tavi Electrolyte Mix Green Mango", category: "electrolyte mix", season: [4]int{900, 1500, 950, 900}, life: life{from: launched},
		variants: []variant{{"24 Sachets", 399, 70}, {"8 Sachets", 145, 95}}},
	{name: "Tavi Trail Gift Box", category: "gift boxes", season: [4]int{400, 400, 600, 2600}, unpriced: true,
		variants: []variant{{"", 0, 8}}},
}

type variant struct {
	text          string
	price, weight int
}

// snacks lists the child's products, weighted for a day.
func snacks(on time.Time) []snack {
	var all []snack
	for i, line := range snackLines {
		for j, v := range line.variants {
			name := line.name
			if v.text != "" {
				name = fmt.Sprintf("%s (%s)", line.name, v.text)
			}
			all = append(all, snack{
				id:       fmt.Sprintf("6401%02d%02d", i+1, j+1),
				name:     name,
				category: line.category,
				price:    v.price,
				weight:   v.weight * line.season[(on.Month()-1)/3] / 100 * line.life.on(on) / 100,
				lot:      2 + (i+j)%5,
				life:     line.life,
				unpriced: line.unpriced,
			})
		}
	}
	return all
}

// products delivers the child's products: the master, and a later file with the launch and some corrections.
func (d *delivery) products(ctx context.Context) error {
	const table = "products"
	header := []string{"product_name", "product_id", "category"}
	master, later := newSheet(header...), newSheet(header...)
	all := snacks(d.cfg.LastDay)
	for i, p := range all {
		if !p.life.from.IsZero() {
			later.row(p.name, p.id, p.category)
			continue
		}
		switch i {
		case 4:
			master.plant(table + "/cleaned/blanks around text")
			master.row(" "+p.name+" ", p.id, p.category+" ")
		case 9, 10, 11: // a category that no division knows, corrected later
			master.row(p.name, p.id, "cereals")
			later.dirty(table+"/superseded/later file", p.name, p.id, p.category)
		default:
			master.row(p.name, p.id, p.category)
		}
	}
	for _, p := range all[:3] {
		master.dirty(table+"/duplicate/same file", p.name, p.id, p.category)
	}
	for i, id := range []string{misnumberedProduct, "6401A9", "to follow"} {
		master.dirty(table+"/invalid_product_id/not a number", fmt.Sprintf("Tavi Sample Bar No. %d (20g)", i+1), id, "energy bars")
	}
	master.dirty(table+"/malformed_line/too many fields", "Tavi Sample Pack Salt", " Lime (3 Sachets)", "64019101", "electrolyte mix")
	master.dirty(table+"/malformed_line/too few fields", "Tavi Sample Pack")
	if err := d.sendSheet(ctx, table, "child/products/products.csv", master, d.masterTime()); err != nil {
		return err
	}
	return d.sendSheet(ctx, table, "child/products/products_later.csv", later, d.laterTime())
}
