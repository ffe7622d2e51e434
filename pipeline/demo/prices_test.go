package demo

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestAPriceFailsOnlyWhereItWasPlanted reads the price files back under the rules, as the test of the order lines does.
func TestAPriceFailsOnlyWhereItWasPlanted(t *testing.T) {
	for _, lastDay := range []time.Time{{}, day(2026, time.January, 20)} {
		files, sum := write(t, Config{Days: 60, RowsPerDay: 1, LastDay: lastDay})
		got := map[string]int{}
		type key struct{ product, month string }
		seen := map[key]string{}
		all := recordsOf(t, files)
		for _, name := range sortedByTime(files, all) {
			if tableOf(name) != "gross_price" {
				continue
			}
			for _, record := range all[name][1:] {
				if len(record) != 3 {
					got["gross_price/malformed_line"]++
					continue
				}
				k := key{product: strings.TrimSpace(record[0])}
				for _, layout := range []string{"2006-01-02", "2006/01/02", "02/01/2006", "02-01-2006"} {
					if month, err := time.Parse(layout, strings.TrimSpace(record[1])); err == nil {
						k.month = month.Format(time.DateOnly)
					}
				}
				former, twice := seen[k]
				switch {
				case !regexp.MustCompile(`^-?[1-9][0-9]*$`).MatchString(strings.TrimSpace(record[2])):
					got["gross_price/missing_price"]++
				case k.month == "":
					got["gross_price/unparsable_month"]++
				case !regexp.MustCompile(`^6401[01]\d0[1-3]$`).MatchString(k.product):
					got["gross_price/unknown_product"]++
				case twice && former == name:
					got["gross_price/duplicate"]++
				case twice:
					got["gross_price/superseded"]++
				default:
					seen[k] = name
				}
			}
		}
		want := map[string]int{}
		for reason, n := range sum.Reasons() {
			if strings.HasPrefix(reason, "gross_price/") && reason != "gross_price/cleaned" {
				want[reason] = n
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("last day %s: rows that do not load (-planted +found):\n%s", lastDay.Format(time.DateOnly), diff)
		}
	}
}
