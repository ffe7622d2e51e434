package semantic_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// sales is a view in small, with the values that matter: of one name in two columns, of like rows, in parts, with accents.
const sales = `
	create schema gold;
	create table gold.vw_fact_orders_enriched as
	select
		cast(date as date) as date, year(cast(date as date)) as year, 'Q' || quarter(cast(date as date)) as quarter,
		year(cast(date as date)) || '-Q' || quarter(cast(date as date)) as year_quarter, 'India' as market, platform,
		if(platform = 'E-Commerce', 'Direct', 'Retailer') as channel, customer, customer_code, division, category, product, variant, product_code,
		quantity as sold_quantity, cast(price as decimal(18, 2)) as price_inr, cast(quantity * price as decimal(38, 2)) as total_amount_inr
	from (values
		('2025-01-01', 'E-Commerce', 'SportsHub', '1', 'Basketball', 'Basketball', 'HX Grip Basketball', 'Size 7', 'B1', 3, 10),
		('2025-01-01', 'E-Commerce', 'Atlikon Official', '2', 'Basketball', 'Basketball Shoes', 'RX Jump', '12.5 kg', 'B2', 4, 10),
		('2025-02-01', 'Brick & Mortar', 'Atlikon Superstore', '3', 'Breakfast Foods', 'Granola & Cereals', 'Granola Crunch', '500g', 'G1', 5, 10),
		('2025-02-01', 'Brick & Mortar', 'Café Énergie-Bengaluru', '4', 'Nutrition Bars', 'Dumbbells', 'Hex Dumbbell', 'L', 'N1', 6, 10),
		('2025-04-01', 'Sports Bar', 'EliteAthlete Nutrition-Hyderabad', '5', 'Cricket', 'Cricket Bat', 'Willow Bat', null, 'C1', 7, 10)
	) as orders(date, platform, customer, customer_code, division, category, product, variant, product_code, quantity, price);`

func engine(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1) // a second one would be another database
	if _, err := db.Exec(sales); err != nil {
		t.Fatal(err)
	}
	return db
}

func indexOf(t testing.TB) *semantic.Index {
	t.Helper()
	index, err := semantic.BuildIndex(t.Context(), engine(t), builtIn(t))
	if err != nil {
		t.Fatal(err)
	}
	return index
}

func TestAValueIsFoundAsPeopleWriteIt(t *testing.T) {
	index := indexOf(t)
	for _, c := range []struct{ text, want string }{
		{"SportsHub", "customer SportsHub exact"},
		{"sports hub", "customer SportsHub exact"},
		{"e commerce", "platform E-Commerce exact"},
		{"ecommerce", "platform E-Commerce exact"},
		{"brick and mortar", "platform Brick & Mortar exact"},
		{"granola et céréales", "category Granola & Cereals edit"},
		{"granola et cereals", "category Granola & Cereals exact"},
		{"cafe energie bengaluru", "customer Café Énergie-Bengaluru exact"},
		{"12.5 kg", "variant 12.5 kg exact"},
		{"l", "variant L exact"},
		{"B1", "product_code B1 exact"},
		{"en ligne", "platform E-Commerce alias"},
		{"revendeurs", "channel Retailer plural"},
		{"retailers", "channel Retailer plural"},
		{"dumbbell", "category Dumbbells plural"},
		{"atlikon", "customer Atlikon Official word, customer Atlikon Superstore word"},
		{"bangalore", "customer Café Énergie-Bengaluru word"},
		{"Basketball", "division Basketball exact, category Basketball exact"},
		{"basket", "division Basketball alias, category Basketball alias"},
		{"granola", "category Granola & Cereals word, product Granola Crunch word"},
		{"nutrition", "division Nutrition Bars word, customer EliteAthlete Nutrition-Hyderabad word"},
		{"nutri", "division Nutrition Bars prefix, customer EliteAthlete Nutrition-Hyderabad prefix"},
		{"dumbells", "category Dumbbells edit"},
		{"spotrshub", "customer SportsHub edit"},
		{"retialer", "channel Retailer edit"},
		{"cricet", "division Cricket edit"},
		{"atlicon", "customer Atlikon Official edit, customer Atlikon Superstore edit"},
		{"12", ""},
		{"500", ""},
		{"B11", ""},
		{"cricket and", ""},
		{"decathlon", ""},
		{"?!", ""},
		{"", ""},
	} {
		var found []string
		for _, m := range semantic.Best(index.Find(c.text)) {
			found = append(found, fmt.Sprintf("%s %s %s", m.Dimension, m.Value, m.How))
		}
		if got := strings.Join(found, ", "); got != c.want {
			t.Errorf("%q\n\tgot  %s\n\twant %s", c.text, got, c.want)
		}
	}
}

func TestMeaningsWithTheSameRowsAreNoAmbiguity(t *testing.T) {
	index := indexOf(t)
	of := func(dimension string, values ...string) (matches []semantic.Match) {
		for _, value := range values {
			matches = append(matches, semantic.Match{Dimension: dimension, Value: value})
		}
		return matches
	}
	if !index.SameRows(of("category", "Granola & Cereals"), of("product", "Granola Crunch")) {
		t.Error("granola is one, whether category or product")
	}
	if !index.SameRows(of("division", "Basketball"), of("category", "Basketball", "Basketball Shoes")) {
		t.Error("a division is its categories")
	}
	if index.SameRows(of("division", "Basketball"), of("category", "Basketball")) {
		t.Error("a division is not one of its categories")
	}
	if index.SameRows(of("product", "Granola Crunch"), of("product", "Willow Bat")) {
		t.Error("two products are as many rows, but not the same")
	}
}

func TestTheIndexHoldsAllValuesInOrder(t *testing.T) {
	index := indexOf(t)
	if diff := cmp.Diff([]string{"Brick & Mortar", "E-Commerce", "Sports Bar"}, index.Values("platform")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"12.5 kg", "500g", "L", "Size 7"}, index.Values("variant")); diff != "" {
		t.Error(diff)
	}
	if len(index.Values("month")) > 0 {
		t.Error("months are no values that people name")
	}
	if !index.Has("platform", "Sports Bar") || index.Has("platform", "sports bar") || index.Has("channel", "Sports Bar") {
		t.Error("Has asks for a value as it is written")
	}
}

// The law of the index: whoever writes a value whole gets it, and gets nothing better than it.
func TestEachValueIsFoundByItsNameHoweverWritten(t *testing.T) {
	model := builtIn(t)
	index, err := semantic.BuildIndex(t.Context(), engine(t), model)
	if err != nil {
		t.Fatal(err)
	}
	var values []semantic.Match
	for _, d := range model.Dimensions {
		for _, value := range index.Values(d.Name) {
			values = append(values, semantic.Match{Dimension: d.Name, Value: value})
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		value := rapid.SampledFrom(values).Draw(r, "value")
		write := rapid.SampledFrom([]func(string) string{strings.ToUpper, strings.ToLower, semantic.Normalize, func(s string) string { return "  " + s + " !" },
			func(s string) string { return strings.ReplaceAll(s, " ", "-") }}).Draw(r, "write")
		found := semantic.Best(index.Find(write(value.Value)))
		if !slices.ContainsFunc(found, func(m semantic.Match) bool {
			return m.Dimension == value.Dimension && m.Value == value.Value && m.How == semantic.HowExact
		}) {
			r.Fatalf("%q: got %v, want %v", write(value.Value), found, value)
		}
	})
}

// And whoever mistypes one letter of a long name gets it too, or a name that is as near.
func TestOneWrongLetterInALongNameIsForgiven(t *testing.T) {
	index := indexOf(t)
	long := []semantic.Match{
		{Dimension: "customer", Value: "SportsHub"}, {Dimension: "customer", Value: "Atlikon Superstore"}, {Dimension: "category", Value: "Basketball Shoes"},
		{Dimension: "category", Value: "Dumbbells"}, {Dimension: "division", Value: "Nutrition Bars"}, {Dimension: "platform", Value: "E-Commerce"},
	}
	rapid.Check(t, func(r *rapid.T) {
		value := rapid.SampledFrom(long).Draw(r, "value")
		letters := []rune(value.Value)
		at := rapid.IntRange(0, len(letters)-2).Draw(r, "at")
		switch rapid.IntRange(0, 3).Draw(r, "typo") {
		case 0:
			letters[at] = 'w'
		case 1:
			letters = slices.Insert(letters, at, 'w')
		case 2:
			letters = slices.Delete(letters, at, at+1)
		case 3:
			letters[at], letters[at+1] = letters[at+1], letters[at]
		}
		found := index.Find(string(letters))
		if !slices.ContainsFunc(found, func(m semantic.Match) bool { return m.Dimension == value.Dimension && m.Value == value.Value }) {
			r.Fatalf("%q: got %v, want %v among them", string(letters), found, value)
		}
	})
}

func BenchmarkFind(b *testing.B) {
	index := indexOf(b)
	for b.Loop() {
		index.Find("spotrshub")
	}
}
