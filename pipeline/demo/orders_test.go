package demo

import (
	"path"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestAnOrderLineFailsOnlyWhereItWasPlanted reads the order files back under the rules, written down here a second time, and
// compares what it finds with what the summary says was planted.
func TestAnOrderLineFailsOnlyWhereItWasPlanted(t *testing.T) {
	files, sum := write(t, Config{Days: 75, RowsPerDay: 120})
	got := map[string]int{}
	seen := map[[5]string]bool{}
	for name, records := range recordsOf(t, files) {
		if tableOf(name) != "orders" {
			continue
		}
		header := records[0]
		for _, record := range records[1:] {
			if len(record) != len(header) {
				got["orders/malformed_line"]++
				continue
			}
			field := map[string]string{}
			for i, column := range header {
				field[column] = strings.TrimSpace(record[i])
			}
			line, reason := judge(path.Base(name), field)
			if reason == "" && seen[line] {
				reason = "duplicate"
			}
			if reason == "" {
				seen[line] = true
				continue
			}
			got["orders/"+reason]++
		}
	}
	want := map[string]int{}
	for reason, n := range sum.Reasons() {
		if strings.HasPrefix(reason, "orders/") && reason != "orders/cleaned" {
			want[reason] = n
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows that do not load (-planted +found):\n%s", diff)
	}
}

// judge cleans an order line, or says why it is not loaded.
func judge(file string, field map[string]string) (line [5]string, reason string) {
	date := readDate(field["order_placement_date"], file)
	quantity := regexp.MustCompile(`^([0-9]+)(\.0)?$`).FindStringSubmatch(field["order_qty"])
	customer := field["customer_id"]
	if !regexp.MustCompile(`^[0-9]+$`).MatchString(customer) {
		customer = "999999"
	}
	switch {
	case field["order_id"] == "":
		return line, "missing_order_id"
	case date.IsZero():
		return line, "unparsable_date"
	case field["order_qty"] == "":
		return line, "missing_quantity"
	case quantity == nil || strings.Trim(quantity[1], "0") == "" || len(quantity[1]) > 12:
		return line, "invalid_quantity"
	case !regexp.MustCompile(`^6401[01]\d0[1-3]$`).MatchString(field["product_id"]):
		return line, "unknown_product"
	}
	return [5]string{field["order_id"], date.Format(time.DateOnly), customer, field["product_id"], quantity[1]}, ""
}

// readDate reads a date under the rules, the zero time where it is none.
func readDate(text, file string) time.Time {
	text = regexp.MustCompile(`^[A-Z][a-z]+day, `).ReplaceAllString(text, "")
	fileDate, _ := time.Parse("2006_01_02", file[len("orders_"):len("orders_2025_11_30")])
	_, dayFirst := time.Parse("02/01/2006", text)
	if date, err := time.Parse("01/02/2006", text); err == nil && dayFirst == nil && date.Equal(fileDate) {
		return date
	}
	for _, layout := range []string{"2006/01/02", "2006-01-02", "02-01-2006", "02/01/2006", "January 02, 2006"} {
		if date, err := time.Parse(layout, text); err == nil && date.Year() >= 2000 && date.Year() <= 2100 {
			return date
		}
	}
	return time.Time{}
}

func TestEveryDateReadsAsItsFilesDateButForLateOnes(t *testing.T) {
	files, sum := write(t, Config{Days: 60, RowsPerDay: 60})
	daily := regexp.MustCompile(`^orders_(\d{4}_\d\d_\d\d)\.csv`)
	other := 0
	for name, records := range recordsOf(t, files) {
		match := daily.FindStringSubmatch(path.Base(name))
		if match == nil || match[1] == "2025_13_45" {
			continue
		}
		for _, record := range records[1:] {
			for i, column := range records[0] {
				if column != "order_placement_date" || len(record) != len(records[0]) {
					continue
				}
				date := readDate(strings.TrimSpace(record[i]), path.Base(name))
				if !date.IsZero() && date.Format("2006_01_02") != match[1] {
					other++
				}
			}
		}
	}
	want := sum.Planted["orders/cleaned/late by days"] + sum.Planted[nextFile] + sum.Planted["orders/cleaned/of the day before"]
	if other != want {
		t.Errorf("%d lines of another day than their file's, want the %d planted", other, want)
	}
}
