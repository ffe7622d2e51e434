package dashboard_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fmcg/fmcg/catalog/dashboard"
)

// hostile are names that a customer may have, and that must stay names.
var hostile = []string{"O'Brien & Sons'; drop table gold.fact_orders; --", `<script>alert(1)</script>`, `=cmd|'/c calc'!A1`, "semi;colon, comma", "ünïcødé 50 %", "two\nlines", "'", `\`, "+a&b=c"}

// anySelection draws a selection of values, in any order and as often as may be, by its address.
func anySelection(t *rapid.T, values map[string][]string) url.Values {
	drawn := url.Values{}
	for name, list := range values {
		if rapid.IntRange(0, 3).Draw(t, name+" is selected") == 0 {
			drawn[name] = rapid.SliceOfN(rapid.SampledFrom(list), 1, 3).Draw(t, name)
		}
	}
	if drawn.Has("from") && drawn.Has("to") && drawn.Get("from") > drawn.Get("to") {
		drawn.Set("from", drawn.Get("to"))
	}
	for _, single := range []string{"from", "to", "compare"} {
		if drawn.Has(single) {
			drawn.Set(single, drawn.Get(single))
		}
	}
	return drawn
}

func TestASelectionIsReadBackFromItsAddress(t *testing.T) {
	model := builtIn(t)
	values := map[string][]string{"year": {"2024", "2025", "1999"}, "quarter": {"2025-Q3", "2024-Q1", "2025-Q4"}, "from": {"2024-02", "2025-01"}, "to": {"2025-03", "2024-12"},
		"compare": {"previous", "year", "none", ""}, "channel": {"Direct", "Retailer", ""}, "customer": hostile, "product_code": {"A1001"}}
	rapid.Check(t, func(t *rapid.T) {
		address := anySelection(t, values)
		if customer := rapid.StringMatching(`[^\p{Cc}]{1,40}`).Draw(t, "a customer"); customer != "" {
			address.Add("customer", customer)
		}
		selection, err := dashboard.ParseSelection(address, model)
		if err != nil {
			t.Fatalf("%v: %v", address, err)
		}
		encoded := selection.Encode()
		parsed, err := url.ParseQuery(encoded)
		if err != nil {
			t.Fatal(err)
		}
		again, err := dashboard.ParseSelection(parsed, model)
		if err != nil {
			t.Fatalf("%s: %v", encoded, err)
		}
		if diff := cmp.Diff(selection, again); diff != "" {
			t.Fatalf("%s: %s", encoded, diff)
		}
		if again.Encode() != encoded {
			t.Fatalf("%s, and then %s", encoded, again.Encode())
		}
		for name, list := range address {
			for _, value := range list {
				if name != "from" && name != "to" && name != "compare" && !selection.Has(name, value) {
					t.Fatalf("%s lost %s=%q", encoded, name, value)
				}
			}
		}
	})
}

func TestTheSameSelectionHasOneAddress(t *testing.T) {
	model := builtIn(t)
	for address, want := range map[string]string{
		"": "", "compare=previous": "", "year=2025&year=2024&year=2025": "year=2024&year=2025",
		"customer=b&customer=a&channel=Direct&from=2025-01&to=2025-03&compare=year": "channel=Direct&compare=year&customer=a&customer=b&from=2025-01&to=2025-03",
	} {
		values, err := url.ParseQuery(address)
		if err != nil {
			t.Fatal(err)
		}
		selection, err := dashboard.ParseSelection(values, model)
		if err != nil || selection.Encode() != want {
			t.Errorf("%s: %q %v, want %q", address, selection.Encode(), err, want)
		}
	}
}

func TestAWrongAddressIsExplainedInWords(t *testing.T) {
	model := builtIn(t)
	for address, want := range map[string]string{
		"colour=red": `"colour" is not a filter`, "month=2025-01": `"month" is not a filter`, "year=25": `year is like 2025, not "25"`, "year=%C2%B2025": `year is like 2025`,
		"quarter=2025-Q5": "quarter is like 2025-Q3", "from=2025-13": "from is like 2025-07", "to=2025-1": "to is like 2025-07", "from=2025-05&to=2025-01": "from 2025-05 to 2025-01 is no period",
		"from=2025-01&from=2025-02": "from is there more than once", "compare=week": "compare is previous, year or none", "compare=year&compare=none": "compare is there more than once",
		"customer=" + strings.Repeat("x", 201): "more than 200 bytes", "customer=%00": "holds what is no text", "customer=%ff": "holds what is no text",
	} {
		values, err := url.ParseQuery(address)
		if err != nil {
			t.Fatal(err)
		}
		_, err = dashboard.ParseSelection(values, model)
		var bad dashboard.BadSelection
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", address, err, want)
			continue
		}
		if bad[0].In("fr") == bad[0].In("en") || bad[0].Parameter == "" {
			t.Errorf("%s: problem %+v", address, bad[0])
		}
	}
	_, err := dashboard.ParseSelection(url.Values{"colour": {"red"}, "year": {"x"}}, model)
	if bad := (dashboard.BadSelection)(nil); !errors.As(err, &bad) || len(bad) != 2 {
		t.Errorf("not all problems are named: %v", err)
	}
	many := url.Values{}
	for i := range 201 {
		many.Add("customer", fmt.Sprint(i))
	}
	if _, err := dashboard.ParseSelection(many, model); err == nil {
		t.Error("201 values are not too many")
	}
}

func TestAClickNarrowsTheSelectionAndLeavesTheFormerOneAsItWas(t *testing.T) {
	start := dashboard.Selection{Years: []int{2024}, Values: map[string][]string{"channel": {"Direct", "Retailer"}}}
	for want, got := range map[string]dashboard.Selection{
		"channel=Direct&year=2024":                                start.With("channel", "Direct"),
		"channel=Direct&channel=Retailer&market=&year=2024":       start.With("market", nil),
		"channel=Direct&channel=Retailer&year=2025":               start.With("year", int32(2025)),
		"channel=Direct&channel=Retailer&quarter=2025-Q1":         start.With("quarter", "2025-Q1"),
		"channel=Direct&channel=Retailer&from=2025-07&to=2025-07": start.With("month", "2025-07-01"),
		"year=2024":                       start.Without("channel"),
		"channel=Direct&channel=Retailer": start.Without("year"),
	} {
		if got.Encode() != want {
			t.Errorf("%s, want %s", got.Encode(), want)
		}
	}
	if start.Encode() != "channel=Direct&channel=Retailer&year=2024" {
		t.Errorf("the former selection became %s", start.Encode())
	}
}
