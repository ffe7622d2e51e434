package demo

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Defaults of Config.
const (
	DefaultDays       = 153 // five months
	DefaultRowsPerDay = 260
)

// Config says how large the lake is. The zero value gives the default lake: 2025-07-01 to 2025-11-30.
type Config struct {
	Seed       uint64    // another seed tells the same story in other numbers
	Days       int       // daily order files of the child; DefaultDays if 0
	RowsPerDay int       // order lines a day, about, averaged over the year to the default last day; DefaultRowsPerDay if 0
	LastDay    time.Time // date of the last daily file, its time of day ignored; 2025-11-30 if zero
}

// Sink receives the files one after the other. The path is slash separated and relative to the lake
// ("child/orders/landing/orders_2025_07_01.csv"). The body is the sink's to keep: it is not touched again.
// A sink that keeps no modified times must store the files in the order in which they come.
type Sink func(ctx context.Context, path string, body []byte, modified time.Time) error

// Summary counts what was written.
type Summary struct {
	Files int
	Bytes int64

	// Rows is the number of records by table, as the ledger counts them: malformed ones included, rejected files and second
	// copies of a file left out. Tables are named as in bronze: orders, parent_fact_orders.
	Rows map[string]int

	// Planted counts the dirt by kind, "table/reason/how": "orders/invalid_quantity/negative". The reason is one of the
	// rules' quarantine reasons, duplicate or superseded: with these the rows of a table add up to what a refresh
	// accounts for. It is "cleaned" where the row is loaded all the same. Files have the table "file" and the reason loaded,
	// rejected or ignored.
	Planted map[string]int
}

// Reasons sums Planted by "table/reason".
func (s Summary) Reasons() map[string]int {
	reasons := map[string]int{}
	for kind, n := range s.Planted {
		parts := strings.SplitN(kind, "/", 3)
		reasons[parts[0]+"/"+parts[1]] += n
	}
	return reasons
}

// Write makes the lake and hands its files to the sink, one in memory at a time.
func Write(ctx context.Context, cfg Config, sink Sink) (Summary, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return Summary{}, err
	}
	d := &delivery{cfg: cfg, sink: sink, sum: Summary{Rows: map[string]int{}, Planted: map[string]int{}}}
	for _, step := range []func(context.Context) error{
		d.parentCustomers,
		d.parentProducts,
		d.parentPrices,
		d.parentFacts,
		d.customers,
		d.products,
		d.prices,
		d.orders,
		d.extras,
		d.strangers,
	} {
		if err := step(ctx); err != nil {
			return d.sum, err
		}
	}
	return d.sum, nil
}

// complete fills the defaults in.
func (c Config) complete() (Config, error) {
	if c.Days < 0 || c.RowsPerDay < 0 {
		return c, fmt.Errorf("demo lake of %d days and %d rows a day: both must be above zero", c.Days, c.RowsPerDay)
	}
	if c.Days == 0 {
		c.Days = DefaultDays
	}
	if c.RowsPerDay == 0 {
		c.RowsPerDay = DefaultRowsPerDay
	}
	if c.LastDay.IsZero() {
		c.LastDay = storyEnd
	}
	year, month, dayOfMonth := c.LastDay.Date()
	c.LastDay = day(year, month, dayOfMonth)
	if first := c.firstDay(); first.Year() < 2000 || c.LastDay.Year() > 2100 {
		return c, fmt.Errorf("demo lake from %s to %s: the rules know the years 2000 to 2100",
			first.Format(time.DateOnly), c.LastDay.Format(time.DateOnly))
	}
	return c, nil
}

func (c Config) firstDay() time.Time { return c.LastDay.AddDate(0, 0, 1-c.Days) }

// parentStart is the first month of the parent's facts.
func (c Config) parentStart() time.Time { return day(c.LastDay.Year()-1, time.January, 1) }

// delivery is one lake on its way to the sink.
type delivery struct {
	cfg  Config
	sink Sink
	sum  Summary
}

// send hands one file over and counts it.
func (d *delivery) send(ctx context.Context, path string, body []byte, modified time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := d.sink(ctx, path, body, modified); err != nil {
		return fmt.Errorf("write %s of the demo lake: %w", path, err)
	}
	d.sum.Files++
	d.sum.Bytes += int64(len(body))
	return nil
}

// sendSheet sends a file that loads into a table, and counts its rows and its dirt.
func (d *delivery) sendSheet(ctx context.Context, table, path string, s *sheet, modified time.Time) error {
	body, err := s.bytes()
	if err != nil {
		return fmt.Errorf("pack %s of the demo lake: %w", path, err)
	}
	d.sum.Rows[table] += s.rows
	for kind, n := range s.planted {
		d.sum.Planted[kind] += n
	}
	return d.send(ctx, path, body, modified)
}
