package demo

import (
	"bytes"
	"context"
	"strings"
	"time"
)

// extra is a small order file beside the daily ones. It exists once: for the last day at its place in the round.
type extra struct {
	kind   string
	place  int
	folder string
	name   string // DATE stands for the day, as in the names of the daily files
	fill   func(t *till, e extra) *orderSheet
	reject func(body []byte) []byte // spoils the whole file; nil if it loads
}

var extras = []extra{
	{kind: "file/rejected/missing column", place: 4, folder: landing, name: "orders_DATE_popup.csv", fill: counter,
		reject: func(body []byte) []byte { return bytes.Replace(body, []byte(",order_qty"), nil, 1) }},
	{kind: "file/rejected/not utf-8", place: 6, folder: landing, name: "orders_DATE_cafe.csv", fill: counter,
		reject: func(body []byte) []byte { return append(body, "TV\xe9,2025-11-24,610101,64010101,24\n"...) }},
	{kind: "file/rejected/empty", place: 7, folder: landing, name: "orders_DATE_kiosk.csv", fill: counter,
		reject: func([]byte) []byte { return nil }},
	{kind: "file/rejected/semicolons", place: 9, folder: landing, name: "orders_DATE_fair.csv", fill: counter,
		reject: func(body []byte) []byte { return bytes.ReplaceAll(body, []byte(","), []byte(";")) }},
	{kind: "file/loaded/header only", place: 11, folder: landing, name: "orders_DATE_closed.csv", fill: closed},
	{kind: "file/loaded/no valid date in its name", place: 2, folder: landing, name: "orders_2025_13_45.csv", fill: counter},
	{kind: "file/loaded/awkward name", place: 13, folder: landing, name: "orders_DATE founder's stall; 5% off.csv", fill: counter},
	{kind: "file/loaded/directly in orders", place: 14, folder: "child/orders/", name: "orders_DATE_counter.csv", fill: counter},
}

// closed is the file of a counter that sold nothing.
func closed(*till, extra) *orderSheet { return newOrderSheet(layout{columns: usualColumns}, 0) }

// counter is the file of a counter with a few orders. Its slash dates are day first, as they are read in a file without a date.
func counter(t *till, e extra) *orderSheet {
	s := newOrderSheet(layout{columns: usualColumns}, 0)
	r := chance(t.seed, e.name+" "+t.stem)
	for i := range 8 {
		// The place keeps the orders of two counters on one day apart.
		s.line(t.line(r, extraOrders-10*e.place-i, i%4))
	}
	return s
}

// extras delivers the small order files.
func (d *delivery) extras(ctx context.Context) error {
	for _, e := range extras {
		date := lastAt(e.place, d.cfg.LastDay)
		s := e.fill(newTill(d.cfg.Seed, date), e)
		path := e.folder + strings.Replace(e.name, "DATE", date.Format("2006_01_02"), 1)
		delivered := date.AddDate(0, 0, 1).Add(7 * time.Hour)
		d.sum.Planted[e.kind]++
		var err error
		if e.reject != nil {
			err = d.send(ctx, path, e.reject(s.body), delivered)
		} else {
			err = d.sendSheet(ctx, "orders", path, s.sheet, delivered)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// strangers delivers what lies in the lake and is no table of ours.
func (d *delivery) strangers(ctx context.Context) error {
	for _, f := range []struct{ kind, path, body string }{
		{"file/ignored/not csv", landing + "README.txt", "Tills upload here at five in the morning. Questions: the counter on the ground floor.\n"},
		{"file/ignored/dot-file", landing + ".DS_Store", "\x00\x00\x00\x01Bud1\x00"},
		{"file/ignored/no table's prefix", "parent/store_visits.csv", "month,visits\n" + d.cfg.parentStart().Format(time.DateOnly) + ",1804\n"},
	} {
		d.sum.Planted[f.kind]++
		if err := d.send(ctx, f.path, []byte(f.body), d.masterTime()); err != nil {
			return err
		}
	}
	return nil
}
