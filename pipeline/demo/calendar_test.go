package demo

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestADaysBytesDependOnNeitherDaysNorLastDay(t *testing.T) {
	want, _ := write(t, Config{Days: 45, RowsPerDay: 40})
	for name, cfg := range map[string]Config{
		"more days before":  {Days: 60, RowsPerDay: 40},
		"one more day":      {Days: 46, RowsPerDay: 40, LastDay: day(2025, time.December, 1)},
		"two months later":  {Days: 90, RowsPerDay: 40, LastDay: day(2026, time.January, 29)},
		"ended weeks early": {Days: 45, RowsPerDay: 40, LastDay: day(2025, time.November, 3)},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := write(t, cfg)
			daily := regexp.MustCompile(`orders_\d{4}_\d\d_\d\d\.csv`)
			shared := 0
			for path, f := range byBaseName(want) {
				other, both := byBaseName(got)[path]
				if !both || !daily.MatchString(path) || path == "orders_2025_13_45.csv" {
					continue
				}
				shared++
				if f.body != other.body {
					t.Errorf("%s differs", path)
				}
			}
			if shared < 15 {
				t.Errorf("the two lakes share %d daily files, too few to tell", shared)
			}
		})
	}
}

func TestOneMoreDayAddsOneFileAndChangesNone(t *testing.T) {
	before, _ := write(t, Config{Days: 40, RowsPerDay: 20, LastDay: day(2025, time.November, 28)})
	after, _ := write(t, Config{Days: 41, RowsPerDay: 20, LastDay: day(2025, time.November, 29)})
	var added []string
	for path, f := range after {
		if old, known := before[path]; !known {
			added = append(added, path)
		} else if old.body != f.body || !old.modified.Equal(f.modified) {
			t.Errorf("%s changed", path)
		}
	}
	// The day's own file, and the extra whose place in the round has come.
	want := 1
	for _, e := range extras {
		if lastAt(e.place, day(2025, time.November, 29)).Equal(day(2025, time.November, 29)) {
			want++
		}
	}
	if len(added) != want {
		t.Errorf("added %q, want %d files", added, want)
	}
}

func TestTheBusinessHasItsStory(t *testing.T) {
	files, _ := write(t, Config{})
	pieces := map[string]int{} // by month, and by month and product line
	for name, records := range recordsOf(t, files) {
		if tableOf(name) != "parent_fact_orders" || strings.Contains(name, "corrected") {
			continue
		}
		for _, record := range records[1:] {
			if len(record) == 4 && len(record[0]) == len("2025-08-01") {
				n := 0
				for _, digit := range record[3] {
					n = 10*n + int(digit-'0')
				}
				pieces[record[0]] += n
				pieces[record[0]+record[1][:min(4, len(record[1]))]] += n
			}
		}
	}
	if odd, usual := pieces["2025-08-01"], pieces["2025-07-01"]; odd > usual*6/10 {
		t.Errorf("the flood left %d pieces of %d", odd, usual)
	}
	for _, year := range []string{"2024", "2025"} {
		if feast, usual := pieces[year+"-10-01"], pieces[year+"-07-01"]; feast < usual*5/4 {
			t.Errorf("%s: %d pieces at the festivals, %d in July", year, feast, usual)
		}
	}
	if before, after := pieces["2024-05-01"], pieces["2025-05-01"]; after < before*21/20 {
		t.Errorf("no growth: %d, a year later %d", before, after)
	}
	if before, after := pieces["2025-02-01PICK"], pieces["2025-06-01PICK"]; before != 0 || after == 0 {
		t.Errorf("the launch: %d pieces before, %d after", before, after)
	}

	sold := func(date, product string) int {
		return strings.Count(files[landing+"orders_"+date+".csv"].body, product)
	}
	if before, after := sold("2025_09_04", "640111"), sold("2025_11_24", "640111"); before != 0 || after == 0 {
		t.Errorf("the child's launch: %d lines before, %d after", before, after)
	}
	if before, after := sold("2025_07_08", "640108"), sold("2025_11_24", "640108"); before == 0 || after != 0 {
		t.Errorf("the child's dying product: %d lines before, %d after", before, after)
	}
}

func TestRowsPerDayIsTheAverageOfTheYear(t *testing.T) {
	_, sum := write(t, Config{Days: 365, RowsPerDay: 500})
	if got := sum.Rows["orders"] / 365; got < 485 || got > 515 {
		t.Errorf("%d rows a day, want about 500", got)
	}
}
