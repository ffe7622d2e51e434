package demo

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// dirtShare is how many of a thousand order lines are dirty.
const dirtShare = 22

// dirt is one way in which an order line goes wrong.
type dirt struct {
	kind  string
	share int // its part among the dirty lines
	soil  func(t *till, r *rand.Rand, l orderLine) []orderLine
}

// spoil writes a line with its dirt.
func (t *till) spoil(r *rand.Rand, s *orderSheet, l orderLine, d *dirt) {
	s.plant(d.kind)
	for _, dirty := range d.soil(t, r, l) {
		s.line(dirty)
	}
}

// dirts are all of them. None makes a line that the rules could read in two ways, and none makes two faults at once.
var dirts = []dirt{
	{"orders/missing_order_id/empty", 25, set(orderOf, "")},
	{"orders/missing_order_id/blanks only", 5, set(orderOf, "   ")},

	{"orders/unparsable_date/empty", 10, set(dateOf, "", "  ")},
	{"orders/unparsable_date/words", 10, set(dateOf, "to be confirmed", "yesterday", "Tuesday")},
	{"orders/unparsable_date/no such day", 10, func(t *till, _ *rand.Rand, l orderLine) []orderLine {
		l.date = fmt.Sprintf("%d-02-30", t.date.Year())
		return []orderLine{l}
	}},
	{"orders/unparsable_date/month first past the 12th", 10, func(t *till, _ *rand.Rand, l orderLine) []orderLine {
		l.date = fmt.Sprintf("%02d/25/%d", int(t.date.Month()), t.date.Year())
		return []orderLine{l}
	}},
	{"orders/unparsable_date/dots", 8, rewrite(dateOf, func(t *till) string { return t.date.Format("02.01.2006") })},
	{"orders/unparsable_date/year of two digits", 8, rewrite(dateOf, func(t *till) string { return t.date.Format("02/01/06") })},
	{"orders/unparsable_date/year out of range", 5, set(dateOf, "1925-07-14", "14/07/2225", "0025-07-14")},

	{"orders/missing_quantity/empty", 60, set(quantityOf, "")},
	{"orders/missing_quantity/blanks only", 10, set(quantityOf, "  ")},
	{"orders/invalid_quantity/not a number", 20, set(quantityOf, "a dozen", "n/a", "36 pcs", "1,200")},
	{"orders/invalid_quantity/negative", 20, rewrite(quantityOf, func(t *till) string { return strconv.Itoa(-6 * t.date.Day()) })},
	{"orders/invalid_quantity/zero", 15, set(quantityOf, "0", "0.0")},
	{"orders/invalid_quantity/fraction", 15, set(quantityOf, "12.5", "0.75", "90.25")},
	{"orders/invalid_quantity/beyond 10^12", 5, set(quantityOf, "1000000000001", "64010101640101.0")},

	{"orders/unknown_product/number not in the master", 25, set(productOf, unheardProduct, "64999903")},
	{"orders/unknown_product/not a number", 10, set(productOf, "BAR", "see note")},
	{"orders/unknown_product/refused by the master", 15, set(productOf, misnumberedProduct)},
	{"orders/unknown_product/empty", 5, set(productOf, "")},

	{"orders/malformed_line/too many fields", 10, func(_ *till, _ *rand.Rand, l orderLine) []orderLine {
		l.broken = []string{l.order, l.date, l.customer, l.product, l.quantity, "", "", l.product}
		return []orderLine{l}
	}},
	{"orders/malformed_line/too few fields", 10, func(_ *till, _ *rand.Rand, l orderLine) []orderLine {
		l.broken = []string{l.order, l.customer}
		return []orderLine{l}
	}},

	{"orders/duplicate/same file", 60, func(_ *till, _ *rand.Rand, l orderLine) []orderLine {
		return []orderLine{l, l}
	}},
	{"orders/duplicate/same file, written otherwise", 40, func(t *till, r *rand.Rand, l orderLine) []orderLine {
		again := l
		again.date = t.dates[t.wayOf.spin(r)]
		again.customer = " " + l.customer
		again.quantity = strconv.Itoa(l.pieces)
		if again.quantity == l.quantity {
			again.quantity += ".0"
		}
		return []orderLine{l, again}
	}},

	{"orders/cleaned/same product, other quantity", 20, func(_ *till, _ *rand.Rand, l orderLine) []orderLine {
		another := l
		another.quantity = strconv.Itoa(l.pieces + 1)
		return []orderLine{l, another}
	}},
	{"orders/cleaned/blanks around text", 50, func(_ *till, _ *rand.Rand, l orderLine) []orderLine {
		for _, field := range []*string{&l.order, &l.date, &l.customer, &l.product, &l.quantity} {
			*field = " " + *field + strings.Repeat(" ", len(*field)%3)
		}
		return []orderLine{l}
	}},
	{"orders/cleaned/customer not a number", 60, set(customerOf, "WALK-IN", "GUEST7", "n/a")},
	{"orders/cleaned/customer missing", 5, set(customerOf, "")},
	{"orders/cleaned/customer that no master has", 30, set(customerOf, "619971", "619972", "619983")},
	{"orders/cleaned/customer of the parent", 10, func(_ *till, r *rand.Rand, l orderLine) []orderLine {
		l.customer = retailers[r.IntN(4)].code
		return []orderLine{l}
	}},
	// Text, so that the file's date has no say in it; a check counts it.
	{"orders/cleaned/late by days", 10, rewrite(dateOf, func(t *till) string {
		return t.date.AddDate(0, 0, -2-t.date.Day()%5).Format("January 02, 2006")
	})},
}

// The columns of an order line.
func orderOf(l *orderLine) *string    { return &l.order }
func dateOf(l *orderLine) *string     { return &l.date }
func customerOf(l *orderLine) *string { return &l.customer }
func productOf(l *orderLine) *string  { return &l.product }
func quantityOf(l *orderLine) *string { return &l.quantity }

// set puts one of the texts into a column.
func set(column func(*orderLine) *string, texts ...string) func(*till, *rand.Rand, orderLine) []orderLine {
	return func(_ *till, r *rand.Rand, l orderLine) []orderLine {
		*column(&l) = texts[r.IntN(len(texts))]
		return []orderLine{l}
	}
}

// rewrite puts a text that depends on the day into a column.
func rewrite(column func(*orderLine) *string, text func(*till) string) func(*till, *rand.Rand, orderLine) []orderLine {
	return func(t *till, _ *rand.Rand, l orderLine) []orderLine {
		*column(&l) = text(t)
		return []orderLine{l}
	}
}
