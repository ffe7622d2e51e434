package demo

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// retailer is a customer of the parent.
type retailer struct {
	code, name, market, platform, channel string
	size                                  int // percent of a usual customer's sales
	breadth                               int // percent of the products that it lists
	joined                                time.Time
}

var retailers = []retailer{
	{code: "31004001", name: "Ridgeway Outfitters", market: "India", platform: "Physical Store", channel: "Retail Partner", size: 150, breadth: 55},
	{code: "31004002", name: "Bluegate Sporting Goods", market: "India", platform: "Physical Store", channel: "Retail Partner", size: 120, breadth: 45},
	{code: "31004003", name: "Champion Street", market: "India", platform: "Physical Store", channel: "Retail Partner", size: 80, breadth: 35},
	{code: "31004004", name: "Pavilion & Sons", market: "India", platform: "Physical Store", channel: "Distributor", size: 110, breadth: 40},
	{code: "31004005", name: "Deccan Sports Depot", market: "India", platform: "Physical Store", channel: "Distributor", size: 130, breadth: 40},
	{code: "31004006", name: "Highfield Academy Supply", market: "India", platform: "Physical Store", channel: "Institution", size: 60, breadth: 20},
	{code: "31004007", name: "Halden Flagship Pune", market: "India", platform: "Physical Store", channel: "Own Store", size: 100, breadth: 70},
	{code: "31004008", name: "Halden Flagship Kochi", market: "India", platform: "Physical Store", channel: "Own Store", size: 70, breadth: 60, joined: day(2024, time.June, 1)},
	{code: "32007001", name: "Cartwheel Online", market: "India", platform: "Online", channel: "Marketplace", size: 210, breadth: 60},
	{code: "32007002", name: "Trolleybird", market: "India", platform: "Online", channel: "Marketplace", size: 170, breadth: 50},
	{code: "32007003", name: "Halden Web Shop", market: "India", platform: "Online", channel: "Own Store", size: 140, breadth: 80},
	{code: "32007004", name: "Tenminute Dash", market: "India", platform: "Quick Commerce", channel: "Marketplace", size: 60, breadth: 15, joined: day(2024, time.September, 1)},
	{code: "32007005", name: "Doorbell Now", market: "India", platform: "Quick Commerce", channel: "Marketplace", size: 50, breadth: 15, joined: day(2025, time.February, 1)},
	{code: "33002001", name: "Himal Trail House", market: "Nepal", platform: "Physical Store", channel: "Retail Partner", size: 50, breadth: 30},
	{code: "33002002", name: "Annapurna Sports Traders", market: "Nepal", platform: "Physical Store", channel: "Distributor", size: 60, breadth: 25},
	{code: "33003001", name: "Ceylon Wave & Field", market: "Sri Lanka", platform: "Physical Store", channel: "Retail Partner", size: 55, breadth: 30},
	{code: "33003002", name: "Galle Road Sports", market: "Sri Lanka", platform: "Online", channel: "Retail Partner", size: 40, breadth: 25, joined: day(2024, time.October, 1)},
	{code: "33004001", name: "Meghna Sports Corporation", market: "Bangladesh", platform: "Physical Store", channel: "Distributor", size: 75, breadth: 30},
	{code: "33005001", name: "Dune & Court Trading", market: "United Arab Emirates", platform: "Physical Store", channel: "Distributor", size: 90, breadth: 35, joined: day(2025, time.January, 1)},
	{code: "33005002", name: "Souk of Sports", market: "United Arab Emirates", platform: "Online", channel: "Marketplace", size: 80, breadth: 35, joined: day(2025, time.April, 1)},
}

// parentCustomers delivers the parent's customers, and a later file that corrects some.
func (d *delivery) parentCustomers(ctx context.Context) error {
	const table = "parent_dim_customers"
	header := []string{"customer_code", "customer", "market", "platform", "channel"}
	master, later := newSheet(header...), newSheet(header...)
	for _, c := range retailers {
		master.row(c.code, c.name, c.market, c.platform, c.channel)
	}
	c := retailers[2]
	master.dirty(table+"/duplicate/same file", c.code, c.name+" Retail", c.market, c.platform, c.channel)
	master.dirty(table+"/missing_key/empty", "", "Unlisted Outlet", "India", "Physical Store", "Retail Partner")
	master.dirty(table+"/malformed_line/too few fields", "31004999", "Torn Page Sports")
	for _, c := range retailers[5:7] {
		later.dirty(table+"/superseded/later file", c.code, c.name, c.market, c.platform, "Partner Academy")
	}
	if err := d.sendSheet(ctx, table, "parent/dim_customers.csv", master, d.masterTime()); err != nil {
		return err
	}
	return d.sendSheet(ctx, table, "parent/dim_customers_later.csv", later, d.laterTime())
}

// item is a product of the parent.
type item struct {
	code, division, category, product, variant string
	price                                      int // INR in the first year
	sales                                      int // pieces in a usual month at a usual customer
	season                                     *[12]int
	life                                       life
}

// The parent's seasons: shares of a usual month in thousandths. All sell at the festivals in October and November.
var (
	evenSeason   = [12]int{920, 900, 940, 980, 960, 900, 880, 900, 980, 1330, 1290, 1020}
	winterSeason = [12]int{1620, 1150, 650, 400, 350, 380, 450, 620, 980, 1700, 1850, 1850}
	waterSeason  = [12]int{620, 760, 1260, 1720, 1820, 1250, 720, 640, 660, 980, 920, 650}
	trailSeason  = [12]int{900, 960, 1180, 1250, 1200, 660, 480, 560, 1080, 1500, 1330, 900}
	newYear      = [12]int{1850, 1280, 950, 880, 820, 820, 830, 850, 900, 1050, 980, 790}
)

// itemLines are the parent's products: a line in several variants, each costing 4 % more than the one before.
var itemLines = []struct {
	prefix, division, category, product string
	price, sales                        int
	season                              *[12]int
	life                                life
	variants                            []string
}{
	{"SNOW", "Snow Sports", "Skis", "Halden Fjell Touring Ski", 21400, 9, &winterSeason, life{}, lengths},
	{"SNOW", "Snow Sports", "Snowshoes", "Halden Drift Snowshoe", 8900, 14, &winterSeason, life{}, fits},
	{"SNOW", "Snow Sports", "Thermal Layers", "Halden Ember Base Layer", 2450, 42, &winterSeason, life{}, chests},
	{"SNOW", "Snow Sports", "Goggles", "Halden Whiteout Goggle", 3890, 25, &winterSeason, life{}, tints},
	{"PADL", "Paddle Sports", "Kayaks", "Halden Fjord Kayak", 38500, 5, &waterSeason, life{}, crews},
	{"PADL", "Paddle Sports", "Paddles", "Halden Ottar Paddle", 5200, 16, &waterSeason, life{}, lengths},
	{"PADL", "Paddle Sports", "Buoyancy Aids", "Halden Float Vest", 4100, 19, &waterSeason, life{}, chests},
	{"PADL", "Paddle Sports", "Dry Bags", "Halden Drybox Sack", 1390, 38, &waterSeason, life{}, volumes},
	{"DIVE", "Diving & Snorkelling", "Masks", "Halden Lagoon Mask", 2780, 26, &waterSeason, life{}, tints},
	{"DIVE", "Diving & Snorkelling", "Fins", "Halden Manta Fin", 3950, 21, &waterSeason, life{}, shoes},
	{"DIVE", "Diving & Snorkelling", "Snorkels", "Halden Reed Snorkel", 990, 44, &waterSeason, life{}, fits},
	{"HOCK", "Hockey", "Sticks", "Halden Torv Hockey Stick", 6400, 27, &evenSeason, life{}, lengths},
	{"HOCK", "Hockey", "Pucks & Balls", "Halden Keld Hockey Ball", 640, 90, &evenSeason, life{}, packs},
	{"HOCK", "Hockey", "Protection", "Halden Bastion Shin Guard", 2150, 33, &evenSeason, life{}, fits},
	{"PICK", "Pickleball", "Paddles", "Halden Kestrel Pickleball Paddle", 5900, 46, &evenSeason, life{from: parentLaunched}, weights},
	{"PICK", "Pickleball", "Balls", "Halden Kestrel Pickleball", 720, 95, &evenSeason, life{from: parentLaunched}, packs},
	{"PADE", "Padel", "Padel Rackets", "Halden Merlin Padel Racket", 11800, 12, &evenSeason, life{}, weights},
	{"PADE", "Padel", "Padel Shoes", "Halden Merlin Court Shoe", 6900, 20, &evenSeason, life{}, shoes},
	{"GOLF", "Golf", "Irons", "Halden Links Iron", 9400, 9, &trailSeason, life{}, flexes},
	{"GOLF", "Golf", "Golf Balls", "Halden Links Ball", 1850, 40, &trailSeason, life{}, packs},
	{"GOLF", "Golf", "Gloves", "Halden Links Glove", 1290, 31, &trailSeason, life{}, fits},
	{"FENC", "Fencing", "Foils", "Halden Arc Foil", 7300, 6, &evenSeason, life{}, lengths},
	{"FENC", "Fencing", "Fencing Masks", "Halden Arc Mask", 8800, 5, &evenSeason, life{}, fits},
	{"DART", "Pub Games", "Dart Sets", "Halden Fletch Dart Set", 1650, 24, &evenSeason, life{fades: parentFading, gone: parentFaded}, weights},
	{"DART", "Pub Games", "Carrom", "Halden Parlour Carrom Board", 4200, 18, &evenSeason, life{}, boards},
	{"TRAI", "Trail Running", "Trail Shoes", "Halden Scree Trail Shoe", 8200, 48, &trailSeason, life{}, shoes},
	{"TRAI", "Trail Running", "Vests", "Halden Scree Vest", 5600, 22, &trailSeason, life{}, chests},
	{"TRAI", "Trail Running", "Flasks", "Halden Scree Soft Flask", 890, 66, &trailSeason, life{}, volumes},
	{"ALPI", "Mountaineering", "Ice Tools", "Halden Nunatak Ice Axe", 12900, 6, &winterSeason, life{}, lengths},
	{"ALPI", "Mountaineering", "Carabiners", "Halden Nunatak Carabiner", 1150, 35, &trailSeason, life{}, packs},
	{"ALPI", "Mountaineering", "Shelters", "Halden Nunatak Bivouac", 18700, 7, &trailSeason, life{}, crews},
	{"STRE", "Strength & Conditioning", "Discs", "Halden Forge Bumper Disc", 3300, 37, &newYear, life{}, masses},
	{"STRE", "Strength & Conditioning", "Bars", "Halden Forge Bar", 9800, 12, &newYear, life{}, lengths},
	{"STRE", "Strength & Conditioning", "Sandbags", "Halden Forge Sandbag", 2700, 22, &newYear, life{}, masses},
	{"MIND", "Mobility & Balance", "Mats", "Halden Still Practice Mat", 1980, 58, &newYear, life{}, tints},
	{"MIND", "Mobility & Balance", "Foam Rollers", "Halden Still Roller", 1450, 41, &newYear, life{}, lengths},
	{"MIND", "Mobility & Balance", "Balance Boards", "Halden Still Board", 3600, 17, &newYear, life{}, boards},
	{"GRAV", "Gravel & Touring", "Lids", "Halden Verst Lid", 4700, 29, &trailSeason, life{}, fits},
	{"GRAV", "Gravel & Touring", "Panniers", "Halden Verst Pannier", 5100, 18, &trailSeason, life{}, volumes},
	{"GRAV", "Gravel & Touring", "Bib Shorts", "Halden Verst Bib", 4400, 26, &trailSeason, life{}, chests},
}

var (
	lengths = []string{"Short 80", "Short 88", "Mid 96", "Mid 104", "Long 112", "Long 120"}
	fits    = []string{"Fit A", "Fit B", "Fit C", "Fit D", "Fit E"}
	chests  = []string{"Chest 84", "Chest 90", "Chest 96", "Chest 102", "Chest 108", "Chest 114"}
	tints   = []string{"Slate", "Rust", "Moss", "Dusk", "Sand"}
	crews   = []string{"For One", "For Two", "For Three"}
	volumes = []string{"4 Litre", "8 Litre", "13 Litre", "20 Litre", "35 Litre"}
	shoes   = []string{"Mondo 23", "Mondo 24", "Mondo 25", "Mondo 26", "Mondo 27", "Mondo 28", "Mondo 29", "Mondo 30"}
	packs   = []string{"Tin of 3", "Tin of 6", "Tin of 12", "Crate of 60"}
	weights = []string{"Feather", "Mid Weight", "Driver"}
	flexes  = []string{"Soft Flex", "Even Flex", "Firm Flex", "Tour Flex"}
	boards  = []string{"Birch", "Walnut", "Teak"}
	masses  = []string{"4 kilo", "8 kilo", "12 kilo", "16 kilo", "24 kilo"}
)

// items lists the parent's products.
func items() []item {
	var all []item
	for i, line := range itemLines {
		for j, variant := range line.variants {
			all = append(all, item{
				code:     fmt.Sprintf("%s%06X", line.prefix, hash(line.product+" "+variant)&0xFFFFFF),
				division: line.division,
				category: line.category,
				product:  line.product,
				variant:  variant,
				price:    line.price * (100 + 4*j) / 1000 * 10,
				sales:    max(2, line.sales*(100-9*((i+j)%len(line.variants)))/100),
				season:   line.season,
				life:     line.life,
			})
		}
	}
	return all
}

// parentProducts delivers the parent's products, and a later file that corrects some.
func (d *delivery) parentProducts(ctx context.Context) error {
	const table = "parent_dim_products"
	header := []string{"product_code", "division", "category", "product", "variant"}
	master, later := newSheet(header...), newSheet(header...)
	all := items()
	for i, p := range all {
		if i/3 == 4 {
			master.row(p.code, p.division, "Thermals", p.product, p.variant)
			later.dirty(table+"/superseded/later file", p.code, p.division, p.category, p.product, p.variant)
			continue
		}
		master.row(p.code, p.division, p.category, p.product, p.variant)
	}
	for _, p := range all[30:32] {
		master.dirty(table+"/duplicate/same file", p.code, p.division, p.category, p.product, p.variant)
	}
	master.dirty(table+"/missing_key/empty", "", "Golf", "Tees", "Halden Links Tee", "Tin of 12")
	master.dirty(table+"/missing_key/blanks only", "   ", "Golf", "Tees", "Halden Links Tee", "Crate of 60")
	master.dirty(table+"/malformed_line/too many fields", "GOLF999999", "Golf", "Caps", "Halden Links Cap", " Brim", "Moss")
	if err := d.sendSheet(ctx, table, "parent/dim_products.csv", master, d.masterTime()); err != nil {
		return err
	}
	return d.sendSheet(ctx, table, "parent/dim_products_later.csv", later, d.laterTime())
}

// parentPrices delivers the parent's prices, a file a year, and corrections to the second year.
func (d *delivery) parentPrices(ctx context.Context) error {
	const table = "parent_dim_gross_price"
	all := items()
	lastYear := d.cfg.LastDay.Year()
	header := []string{"product_code", "price_inr", "year"}
	for year := lastYear - 1; year <= lastYear; year++ {
		s, written := newSheet(header...), strconv.Itoa(year)
		for i, p := range all {
			price := p.price
			if year == lastYear {
				price = price * (104 + i%4) / 100
			}
			switch {
			case i == 40 && year == lastYear: // sold all the same: its facts have no amount
				s.dirty(table+"/invalid_price/not a number", p.code, "on request", written)
			default:
				s.row(p.code, strconv.Itoa(price), written)
			}
		}
		s.dirty(table+"/invalid_price/not a number", all[60].code, "n/a", written)
		s.dirty(table+"/invalid_price/empty", all[61].code, "", written)
		s.dirty(table+"/missing_key/empty", "", "4100", written)
		s.dirty(table+"/duplicate/same file", all[70].code, strconv.Itoa(all[70].price+10), written)
		s.dirty(table+"/malformed_line/too many fields", all[62].code, "4", "100", written)
		path := fmt.Sprintf("parent/dim_gross_price_%d.csv", year)
		if err := d.sendSheet(ctx, table, path, s, yearTime(year)); err != nil {
			return err
		}
	}
	corrected := newSheet(header...)
	for _, p := range all[80:86] {
		corrected.dirty(table+"/superseded/later file", p.code, strconv.Itoa(p.price*107/100+5), strconv.Itoa(lastYear))
	}
	path := fmt.Sprintf("parent/dim_gross_price_%d_corrected.csv", lastYear)
	return d.sendSheet(ctx, table, path, corrected, d.laterTime())
}
