package demo

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

const factTable = "parent_fact_orders"

// fact is what the parent sold of a product to a customer in a month.
type fact struct {
	product, customer string
	quantity          int
}

// parentFacts delivers the parent's monthly facts: the first year in one file, the second month by month, its January twice.
func (d *delivery) parentFacts(ctx context.Context) error {
	start, end := d.cfg.parentStart(), monthOf(d.cfg.LastDay)
	thisYear := start.AddDate(1, 0, 0)

	s := newFactSheet()
	for month := start; month.Before(thisYear); month = month.AddDate(0, 1, 0) {
		writeFacts(s, month, factsOf(d.cfg.Seed, month))
	}
	plantFacts(s, start, factsOf(d.cfg.Seed, start))
	path := fmt.Sprintf("parent/fact_orders_%d.csv", start.Year())
	if err := d.sendSheet(ctx, factTable, path, s, factTime(thisYear.AddDate(0, -1, 0))); err != nil {
		return err
	}

	for month := thisYear; !month.After(end); month = month.AddDate(0, 1, 0) {
		s := newFactSheet()
		facts := factsOf(d.cfg.Seed, month)
		writeFacts(s, month, facts)
		plantFacts(s, month, facts)
		path := "parent/fact_orders_" + month.Format("2006_01") + ".csv"
		if err := d.sendSheet(ctx, factTable, path, s, factTime(month)); err != nil {
			return err
		}
	}

	s = newFactSheet()
	for _, f := range factsOf(d.cfg.Seed, thisYear) {
		// Two customers' January was counted short.
		if f.customer == retailers[1].code || f.customer == retailers[4].code {
			s.dirty(factTable+"/superseded/later file", factRow(thisYear, f.product, f.customer, f.quantity+f.quantity/10+1)...)
		}
	}
	path = "parent/fact_orders_" + thisYear.Format("2006_01") + "_corrected.csv"
	return d.sendSheet(ctx, factTable, path, s, factTime(thisYear).AddDate(0, 0, 19))
}

// factTime is when a month is delivered: on the first of the next.
func factTime(month time.Time) time.Time { return month.AddDate(0, 1, 0).Add(6 * time.Hour) }

func newFactSheet() *sheet { return newSheet("date", "product_code", "customer_code", "sold_quantity") }

func factRow(month time.Time, product, customer string, quantity int) []string {
	return []string{month.Format(time.DateOnly), product, customer, strconv.Itoa(quantity)}
}

func writeFacts(s *sheet, month time.Time, facts []fact) {
	for _, f := range facts {
		s.row(factRow(month, f.product, f.customer, f.quantity)...)
	}
}

// factsOf makes a month's facts, each product and customer once.
func factsOf(seed uint64, month time.Time) []fact {
	r := chance(seed, "facts "+month.Format("2006-01"))
	// An eighth a year, in thousandths.
	growth := max(300, 1000+10*monthsBetween(day(2024, time.January, 1), month))
	if month.Equal(oddMonth) {
		growth = growth * oddShare / 1000
	}
	var facts []fact
	for _, p := range items() {
		share := p.season[month.Month()-1] * growth / 1000 * p.life.on(month) / 1000
		for _, c := range retailers {
			noise := 70 + r.IntN(61)
			// What a customer lists is the same in each month.
			listed := int(hash(c.code+p.code)%100) < c.breadth
			if !listed || share == 0 || month.Before(c.joined) {
				continue
			}
			quantity := p.sales * c.size * share / 1000 * noise / 100 / 100
			if quantity > 0 {
				facts = append(facts, fact{product: p.code, customer: c.code, quantity: quantity})
			}
		}
	}
	return facts
}

// plantFacts ends a file with its dirt: the parent's files are clean but for a few rows.
func plantFacts(s *sheet, month time.Time, facts []fact) {
	date, f := month.Format(time.DateOnly), facts[len(facts)/2]
	s.dirty(factTable+"/duplicate/same file", factRow(month, f.product, f.customer, f.quantity+1)...)
	s.dirty(factTable+"/missing_key/no product", date, "", f.customer, "12")
	s.dirty(factTable+"/missing_key/no customer", date, f.product, "", "12")
	s.dirty(factTable+"/unparsable_date/words", "month end", f.product, f.customer, "12")
	s.dirty(factTable+"/unparsable_date/no such month", fmt.Sprintf("%d-13-01", month.Year()), f.product, f.customer, "12")
	s.dirty(factTable+"/missing_quantity/empty", date, f.product, f.customer, "")
	s.dirty(factTable+"/invalid_quantity/not a number", date, f.product, f.customer, "n/a")
	s.dirty(factTable+"/invalid_quantity/fraction", date, f.product, f.customer, "7.5")
	s.dirty(factTable+"/malformed_line/too few fields", date, f.product)
}
