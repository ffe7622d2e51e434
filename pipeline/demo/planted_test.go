package demo

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTheSmallestLakeHasEveryReasonOfTheRules(t *testing.T) {
	_, sum := write(t, smallest)
	_, inJanuary := write(t, Config{Days: 30, RowsPerDay: 1, LastDay: day(2026, time.January, 31)})
	for _, want := range []string{
		"customers/duplicate", "customers/superseded", "customers/missing_key", "customers/malformed_line",
		"products/duplicate", "products/superseded", "products/invalid_product_id", "products/malformed_line",
		"gross_price/duplicate", "gross_price/superseded", "gross_price/missing_price", "gross_price/unparsable_month",
		"gross_price/unknown_product", "gross_price/malformed_line",
		"orders/duplicate", "orders/missing_order_id", "orders/unparsable_date", "orders/missing_quantity",
		"orders/invalid_quantity", "orders/unknown_product", "orders/malformed_line",
		"parent_dim_customers/duplicate", "parent_dim_customers/superseded", "parent_dim_customers/missing_key",
		"parent_dim_products/duplicate", "parent_dim_products/superseded", "parent_dim_products/missing_key",
		"parent_dim_gross_price/duplicate", "parent_dim_gross_price/superseded", "parent_dim_gross_price/missing_key",
		"parent_dim_gross_price/invalid_price",
		"parent_fact_orders/duplicate", "parent_fact_orders/superseded", "parent_fact_orders/missing_key",
		"parent_fact_orders/unparsable_date", "parent_fact_orders/missing_quantity", "parent_fact_orders/invalid_quantity",
		"file/rejected", "file/ignored", "file/loaded",
	} {
		if sum.Reasons()[want] == 0 {
			t.Errorf("no %s", want)
		}
		if inJanuary.Reasons()[want] == 0 {
			t.Errorf("no %s in a lake that ends in January", want)
		}
	}
}

func TestNoKindOfDirtIsLeftToChance(t *testing.T) {
	for _, lastDay := range []time.Time{{}, day(2025, time.March, 2), day(2024, time.February, 29), day(2026, time.August, 14)} {
		_, sum := write(t, Config{Days: 30, RowsPerDay: 1, LastDay: lastDay})
		want := []string{nextFile, "orders/malformed_line/unterminated quote", "orders/cleaned/date " + monthFirst.name}
		for _, d := range dirts {
			want = append(want, d.kind)
		}
		for _, w := range writings {
			want = append(want, "orders/cleaned/date "+w.name)
		}
		for _, l := range layouts {
			want = append(want, l.kind)
		}
		for _, e := range extras {
			want = append(want, e.kind)
		}
		for _, kind := range want {
			if sum.Planted[kind] == 0 {
				t.Errorf("last day %s: no %s", lastDay.Format(time.DateOnly), kind)
			}
		}
	}
}

func TestMostOrderLinesAreClean(t *testing.T) {
	_, sum := write(t, Config{})
	for table, share := range map[string][2]int{"orders": {5, 30}, "parent_fact_orders": {0, 50}} {
		bad := 0
		for reason, n := range sum.Reasons() {
			if strings.HasPrefix(reason, table+"/") && reason != table+"/cleaned" {
				bad += n
			}
		}
		if got := bad * 1000 / sum.Rows[table]; got < share[0] || got > share[1] {
			t.Errorf("%s: %d of %d rows do not load, %d per thousand, want %d to %d", table, bad, sum.Rows[table], got, share[0], share[1])
		}
	}
}

func TestTheRulesCityTyposAllOccur(t *testing.T) {
	files, _ := write(t, smallest)
	for _, typo := range []string{"Bengaluruu", "Bengalore", "Hyderabadd", "Hyderbad", "NewDelhi", "NewDheli", "NewDelhee"} {
		if !strings.Contains(files["child/customers/customers.csv"].body, ","+typo+"\n") {
			t.Errorf("no %s", typo)
		}
	}
}

func TestEveryRowIsCounted(t *testing.T) {
	files, sum := write(t, Config{Days: 60, RowsPerDay: 80})
	got := map[string]int{}
	for name, records := range recordsOf(t, files) {
		got[tableOf(name)] += len(records) - 1
	}
	if diff := cmp.Diff(sum.Rows, got); diff != "" {
		t.Errorf("rows (-summary +read):\n%s", diff)
	}
}

// The keys of the masters and of the parent's facts, by column.
var keys = map[string][]int{
	"customers":              {0},
	"products":               {1},
	"parent_dim_customers":   {0},
	"parent_dim_products":    {0},
	"parent_dim_gross_price": {0, 2},
	"parent_fact_orders":     {0, 1, 2},
}

func TestAKeyComesTwiceOnlyWhereItWasPlanted(t *testing.T) {
	files, sum := write(t, smallest)
	got := map[string]int{}
	seen := map[string]string{}
	all := recordsOf(t, files)
	for _, name := range sortedByTime(files, all) {
		table := tableOf(name)
		columns, has := keys[table]
		if !has {
			continue
		}
		header := all[name][0]
		for _, record := range all[name][1:] {
			key := table
			for _, column := range columns {
				if len(record) != len(header) || strings.TrimSpace(record[column]) == "" {
					key = ""
					break
				}
				key += "|" + strings.TrimSpace(record[column])
			}
			// Quarantined rows take no part.
			unusable := regexp.MustCompile(`^(|n/a|on request|7\.5|month end|\d{4}-13-01)$`)
			for _, field := range record[len(record)-1:] {
				if table != "customers" && unusable.MatchString(field) {
					key = ""
				}
			}
			if strings.HasPrefix(table, "parent_") && (unusable.MatchString(record[0]) || unusable.MatchString(record[1])) {
				key = ""
			}
			switch former, twice := seen[key]; {
			case key == "":
			case twice && former == name:
				got[table+"/duplicate"]++
			case twice:
				got[table+"/superseded"]++
			default:
				seen[key] = name
			}
		}
	}
	for table := range keys {
		for _, reason := range []string{"/duplicate", "/superseded"} {
			if want := sum.Reasons()[table+reason]; got[table+reason] != want {
				t.Errorf("%s%s: found %d, planted %d", table, reason, got[table+reason], want)
			}
		}
	}
}
