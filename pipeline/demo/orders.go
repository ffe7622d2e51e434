package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// The folders of the child's order files.
const (
	landing   = "child/orders/landing/"
	processed = "child/orders/processed/"
)

// processedDays is how many of the first days have been moved out of landing already.
const processedDays = 5

// orderLine is one record of an order file, as delivered.
type orderLine struct {
	order, date, customer, product, quantity string
	pieces                                   int      // what quantity says
	broken                                   []string // the fields of a record that is no order line at all, else nil
}

// orders delivers the daily order files.
func (d *delivery) orders(ctx context.Context) error {
	first := d.cfg.firstDay()
	moved := min(processedDays, d.cfg.Days-1)
	for i := range d.cfg.Days {
		date := first.AddDate(0, 0, i)
		s := dailyOrders(d.cfg, date)
		if i == 0 {
			// The lake has no day before its first: what is delivered again elsewhere is delivered once here.
			s.planted["orders/cleaned/of the day before"] += s.planted[nextFile]
			delete(s.planted, nextFile)
		}
		folder := landing
		if i < moved {
			folder = processed
		}
		name := s.layout.fileName(date.Format(time.DateOnly))
		delivered := date.AddDate(0, 0, 1).Add(5 * time.Hour)
		if err := d.sendSheet(ctx, "orders", folder+name, s.sheet, delivered); err != nil {
			return err
		}
		if i == moved-1 { // somebody copied it and was called away
			body, err := s.bytes()
			if err != nil {
				return err
			}
			d.sum.Planted["file/loaded/in landing and processed"]++
			if err := d.send(ctx, landing+name, body, delivered); err != nil {
				return err
			}
		}
	}
	return nil
}

// till makes the order lines of one day.
type till struct {
	seed      uint64
	date      time.Time
	stem      string // of the day's order ids
	writings  []writing
	dates     []string // the date in each writing
	wayOf     wheel    // into writings
	shops     []shop
	shopOf    wheel
	products  []snack
	productOf wheel
}

func newTill(seed uint64, date time.Time) *till {
	t := &till{
		seed:     seed,
		date:     date,
		stem:     fmt.Sprintf("TV%02d%03d", date.Year()%100, date.YearDay()),
		writings: writingsOn(date),
		products: snacks(date),
	}
	for _, s := range shops() {
		if !s.joined.After(date) {
			t.shops = append(t.shops, s)
		}
	}
	for _, w := range t.writings {
		t.dates = append(t.dates, date.Format(w.layout))
	}
	t.wayOf = newWheel(t.writings, func(w writing) int { return w.share })
	t.shopOf = newWheel(t.shops, func(s shop) int { return s.weight })
	t.productOf = newWheel(t.products, func(p snack) int { return p.weight })
	return t
}

// lastOrder is the greatest number of an order: five digits to the base of 36.
const lastOrder = 36*36*36*36*36 - 1

// The orders made up beside the ordinary ones take their numbers from the end, apart from each other.
const (
	plantedOrders = lastOrder - 1000 // and down
	carriedOrder  = lastOrder
	extraOrders   = lastOrder - 2000
	openOrder     = lastOrder - 3000
)

// orderID is the id of the day's n-th order: twelve characters.
func (t *till) orderID(n int) string {
	number := strings.ToUpper(strconv.FormatInt(int64(n), 36))
	return t.stem + "00000"[len(number):] + number
}

// order starts an order of a shop: a line without product.
func (t *till) order(r *rand.Rand, n int) orderLine {
	return orderLine{order: t.orderID(n), customer: t.shops[t.shopOf.spin(r)].id}
}

// fill puts a product, a quantity and the date in a writing on a line.
func (t *till) fill(r *rand.Rand, l *orderLine, product, way int) {
	p := t.products[product]
	l.product = p.id
	l.pieces = p.lot * (6 + r.IntN(60))
	l.quantity = strconv.Itoa(l.pieces)
	if r.IntN(10) < 7 {
		l.quantity += ".0"
	}
	l.date = t.dates[way]
}

// line makes a clean order of one line.
func (t *till) line(r *rand.Rand, n, way int) orderLine {
	l := t.order(r, n)
	t.fill(r, &l, t.productOf.spin(r), way)
	return l
}

// dailyOrders makes the file of a day. It follows from the seed, the rows a day and the date alone.
func dailyOrders(cfg Config, date time.Time) *orderSheet {
	rows := max(1, cfg.RowsPerDay*busy(date)/1000)
	place := placeInRound(date)
	t := newTill(cfg.Seed, date)
	s := newOrderSheet(layoutAt(place), 70*(rows+100))
	t.ordinary(s, rows)
	t.planted(s, place)
	if place%7 == carriedOn {
		for _, l := range t.carried() {
			s.line(l)
		}
	}
	if before := date.AddDate(0, 0, -1); placeInRound(before)%7 == carriedOn {
		for _, l := range newTill(cfg.Seed, before).carried() {
			s.plant(nextFile)
			s.line(l)
		}
	}
	if s.layout.unclosed {
		r := chance(t.seed, "open "+t.stem)
		s.leaveOpen([]orderLine{t.line(r, openOrder, 0), t.line(r, openOrder-1, 1), t.line(r, openOrder-2, 2)})
	}
	return s
}

// ordinary writes a day's orders, some of their lines dirty.
func (t *till) ordinary(s *orderSheet, rows int) {
	r := chance(t.seed, "orders "+t.stem)
	dirtOf := newWheel(dirts, func(d dirt) int { return d.share })
	written := make([]int, len(t.writings))
	for order := 1; rows > 0; order++ {
		l := t.order(r, order)
		lines := min(rows, 1+r.IntN(5))
		rows -= lines
		taken := 0 // bit set of products: an order names a product once, so that no line repeats another unasked
		for range lines {
			product := t.productOf.spin(r)
			for taken&(1<<product) != 0 {
				product = t.productOf.spin(r)
			}
			taken |= 1 << product
			way := t.wayOf.spin(r)
			t.fill(r, &l, product, way)
			if r.IntN(1000) < dirtShare {
				t.spoil(r, s, l, &dirts[dirtOf.spin(r)])
				continue
			}
			written[way]++
			s.line(l)
		}
	}
	for way, n := range written {
		if n > 0 {
			s.planted["orders/cleaned/date "+t.writings[way].name] += n
		}
	}
}

// planted writes what must not be left to chance: each dirt once a round, each writing of the date on some day.
func (t *till) planted(s *orderSheet, place int) {
	r := chance(t.seed, "planted "+t.stem)
	number := plantedOrders
	for i := range dirts {
		if i%roundDays == place {
			t.spoil(r, s, t.line(r, number, number%len(writings)), &dirts[i])
			number--
		}
	}
	ways := []int{place % len(writings)}
	if readsBothWays(t.date) {
		ways = append(ways, 3, len(t.writings)-1) // a slash date day first, and one month first
	}
	for _, way := range ways {
		s.plant("orders/cleaned/date " + t.writings[way].name)
		s.line(t.line(r, number, way))
		number--
	}
}

// carriedOn is the place in each week whose last order is delivered again the next day.
const carriedOn = 6

// nextFile is the kind of a line that the next file repeats.
const nextFile = "orders/duplicate/next file"

// carried is the order that is delivered twice. Its dates are written so that either file reads them alike.
func (t *till) carried() []orderLine {
	r := chance(t.seed, "carried "+t.stem)
	l := t.order(r, carriedOrder)
	lines := make([]orderLine, 0, 2)
	for product := range cap(lines) {
		t.fill(r, &l, product, product)
		lines = append(lines, l)
	}
	return lines
}
