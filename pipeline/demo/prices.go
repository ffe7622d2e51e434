package demo

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// prices delivers the child's list prices: a file for each year in which it sells, and corrections to the last one.
func (d *delivery) prices(ctx context.Context) error {
	const table = "gross_price"
	for year := d.cfg.firstDay().Year(); year <= d.cfg.LastDay.Year(); year++ {
		s := newSheet("product_id", "month", "gross_price")
		until := day(year, time.December, 1)
		if year == d.cfg.LastDay.Year() {
			until = monthOf(d.cfg.LastDay)
		}
		priceList(s, year, until)
		path := fmt.Sprintf("child/gross_price/gross_price_%d.csv", year)
		if err := d.sendSheet(ctx, table, path, s, yearTime(year)); err != nil {
			return err
		}
	}

	year := d.cfg.LastDay.Year()
	corrected := newSheet("product_id", "month", "gross_price")
	january := day(year, time.January, 1)
	for _, p := range snacks(january)[:4] {
		corrected.dirty(table+"/superseded/later file", p.id, january.Format(time.DateOnly), strconv.Itoa(p.price+1))
	}
	path := fmt.Sprintf("child/gross_price/gross_price_%d_corrected.csv", year)
	return d.sendSheet(ctx, table, path, corrected, d.laterTime())
}

// monthWritings are the four forms in which the child writes a month. No form reads two ways: it is day first throughout.
var monthWritings = []string{"2006-01-02", "2006/01/02", "02/01/2006", "02-01-2006"}

// priceList writes one year's prices, from January to the month until, and its dirt.
func priceList(s *sheet, year int, until time.Time) {
	const table = "gross_price"
	january := day(year, time.January, 1)
	all := snacks(january)
	for i, p := range all {
		for month := january; !month.After(until); month = month.AddDate(0, 1, 0) {
			if month.AddDate(0, 1, 0).Before(p.life.from) {
				continue // not on the list yet
			}
			form := (i + int(month.Month())) % len(monthWritings)
			written := month.Format(monthWritings[form])
			s.plant(table + "/cleaned/month in form " + []string{"yyyy-MM-dd", "yyyy/MM/dd", "dd/MM/yyyy", "dd-MM-yyyy"}[form])
			price := strconv.Itoa(priceIn(p, month))
			switch {
			case p.unpriced: // sold before anybody settled its price: its facts have no amount
				s.dirty(table+"/missing_price/not a number", p.id, written, "unknown")
			case (i+3*int(month.Month()))%41 == 8:
				s.dirty(table+"/cleaned/below zero", p.id, written, "-"+price)
			case i == 4:
				s.dirty(table+"/cleaned/blanks around text", " "+p.id, written+" ", " "+price+" ")
			default:
				s.row(p.id, written, price)
			}
		}
	}
	// Rows that load nothing, beside good ones of the same key.
	written := january.Format(time.DateOnly)
	for _, p := range all[6:9] {
		price := strconv.Itoa(p.price)
		s.dirty(table+"/missing_price/not a number", p.id, written, "unknown")
		s.dirty(table+"/missing_price/zero", p.id, written, "0")
		s.dirty(table+"/missing_price/empty", p.id, written, "")
		s.dirty(table+"/unparsable_month/words", p.id, "start of the year", price)
		s.dirty(table+"/unparsable_month/no such month", p.id, fmt.Sprintf("%d-17-01", year), price)
		s.dirty(table+"/duplicate/same file", p.id, january.Format(monthWritings[1]), strconv.Itoa(p.price+2))
	}
	s.dirty(table+"/unparsable_month/empty", all[9].id, "", strconv.Itoa(all[9].price))
	for _, id := range []string{unheardProduct, "64999902", misnumberedProduct} {
		s.dirty(table+"/unknown_product/not in the master", id, written, "95")
	}
	s.dirty(table+"/malformed_line/too many fields", all[0].id, written, "1", "078")
	s.dirty(table+"/malformed_line/too few fields", all[0].id, written)
}

// priceIn is the list price of a month in INR, after the rise of about 6 %.
func priceIn(p snack, month time.Time) int {
	if month.Before(priceRise) {
		return p.price
	}
	return p.price + (p.price*6+50)/100
}
