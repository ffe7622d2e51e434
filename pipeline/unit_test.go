package pipeline_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/fmcg/fmcg/pipeline"
	sqltree "github.com/fmcg/fmcg/sql"
	"github.com/google/go-cmp/cmp"
)

func unitCases() fs.FS { return os.DirFS(filepath.Join("..", "testdata", "sql")) }

// The rules, a case each: testdata/sql.
func TestTheSQLDoesWhatItsCasesSay(t *testing.T) {
	results, err := pipeline.UnitTest(context.Background(), pipeline.Config{}, unitCases(), nil)
	if results == nil {
		t.Fatal(err)
	}
	for _, result := range results {
		t.Run(result.Case, func(t *testing.T) {
			if !result.Passed {
				t.Errorf("%s\n%s", result.Error, diffText(result))
			}
		})
	}
}

func diffText(result pipeline.UnitResult) string {
	lines := []string{"  " + strings.Join(result.Columns, " | ")}
	for _, row := range result.Diff {
		line := "+ "
		if row.Expected {
			line = "- "
		}
		for i, value := range row.Values {
			if i > 0 {
				line += " | "
			}
			if value == nil {
				line += "null"
			} else {
				line += *value
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// The SQL says reasons and outcomes after "then", and the outcome loaded after "else".
var saidThen = regexp.MustCompile(`(?:then|else) '([a-z]+_?[a-z_]*)'`)

func TestEachModelAndEachOfItsReasonsAndOutcomesHasACase(t *testing.T) {
	for _, pattern := range []string{"silver/*.sql", "gold/*.sql"} {
		paths, err := fs.Glob(sqltree.Files, pattern)
		if err != nil || len(paths) == 0 {
			t.Fatal(pattern, err)
		}
		for _, path := range paths {
			model := strings.TrimSuffix(path, ".sql")
			expected, err := fs.Glob(unitCases(), model+"/*/expected.csv")
			if err != nil || len(expected) == 0 {
				t.Errorf("%s has no case", path)
				continue
			}
			var held strings.Builder
			for _, name := range expected {
				held.Write(read(t, unitCases(), name))
			}
			for _, said := range saidThen.FindAllStringSubmatch(string(read(t, sqltree.Files, path)), -1) {
				if !regexp.MustCompile(`(?m)(^|,)` + said[1] + `(,|$)`).MatchString(held.String()) {
					t.Errorf("no case of %s expects %s", path, said[1])
				}
			}
		}
	}
}

func read(t testing.TB, files fs.FS, name string) []byte {
	t.Helper()
	body, err := fs.ReadFile(files, name)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// A case that cannot fail is none: each line breaks a rule, and the case of that rule says so.
func TestTheCaseOfARuleFailsWhereTheRuleIsBroken(t *testing.T) {
	for _, broken := range []struct{ file, from, to, fails string }{
		{"silver/orders.sql", "when day_first is not null and cast(month_first as date) = file_date then month_first else day_first", "when month_first is not null then month_first else day_first",
			"a_slash_date_of_which_no_reading_is_the_date_of_its_file_is_day_first"},
		{"silver/orders.sql", "cast(month_first as date) = file_date", "false", "a_slash_date_that_reads_both_ways_is_decided_by_the_date_of_its_file"},
		{"silver/orders.sql", "day_first is not null and", "", "a_slash_date_is_month_first_only_where_both_readings_are_dates"},
		{"silver/orders.sql", "when place > 1 then 'duplicate'", "", "the_same_line_again_is_a_duplicate"},
		{"silver/orders.sql", "product_code, sold_quantity, reason", "product_code, reason", "a_line_that_differs_in_its_quantity_is_another_line"},
		{"silver/orders.sql", "order by file_name, line", "order by file_name desc, line", "of_equal_lines_the_least_file_name_then_line_is_loaded_whatever_was_delivered_last"},
		{"silver/orders.sql", "order by file_name, line", "order by file_name, line desc", "of_equal_lines_the_least_file_name_then_line_is_loaded_whatever_was_delivered_last"},
		{"silver/orders.sql", "1 and 1000000000000,", "1 and 999999999999,", "a_quantity_that_is_not_whole_or_not_from_1_to_10_to_the_12th_is_invalid_quantity"},
		{"silver/orders.sql", "([.]0+)?", "", "a_whole_quantity_is_also_written_156_0"},
		{"silver/orders.sql", "2000 and 2100", "1900 and 2100", "a_date_in_no_form_is_unparsable_date"},
		{"silver/orders.sql", "else '999999' end", "else customer_id end", "a_customer_that_is_not_a_number_counts_under_999999"},
		{"silver/orders.sql", "when products.product_code is null then 'unknown_product'", "", "a_product_that_is_not_in_the_master_is_unknown_product"},
		{"silver/orders.sql", "when typed.quantity_text is null then 'missing_quantity'", "", "blank_quantity_is_missing_quantity"},
		{"silver/orders.sql", "|satur|", "|", "the_same_line_again_is_a_duplicate"},
		{"silver/customers.sql", "coalesce(city_typos.city, customer_cities.city)", "coalesce(customer_cities.city, city_typos.city)", "a_missing_city_is_the_confirmed_one"},
		{"silver/customers.sql", "reason order by delivered_at desc", "reason order by delivered_at", "the_newest_file_wins"},
		{"silver/customers.sql", "date_trunc('second', last_modified)", "last_modified", "of_files_of_the_same_second_the_greater_path_wins"},
		{"silver/products.sql", "'gi'", "'g'", "protien_in_any_case_is_protein"},
		{"silver/products.sql", `'^.*\(`, `'\(`, "variant_is_the_text_in_the_last_parentheses"},
		{"silver/gross_price.sql", "abs(price)", "price", "a_price_below_zero_is_a_sign_error"},
		{"silver/gross_price.sql", "'%d/%m/%Y'", "'%m/%d/%Y'", "a_month_has_four_forms"},
		{"gold/sb_dim_gross_price.sql", "order by month desc", "order by month", "the_price_of_a_year_is_that_of_its_latest_month"},
		{"gold/dim_customers.sql", "where parent_customers.customer_code is null\n", "", "the_parents_row_counts_where_both_know_a_code"},
		{"gold/vw_fact_orders_enriched.sql", "left join gold.dim_gross_price", "inner join gold.dim_gross_price", "a_fact_without_a_price_or_a_master_row_stays_with_nulls"},
	} {
		tree := ownTree(t)
		edit(t, filepath.Join(tree, filepath.FromSlash(broken.file)), broken.from, broken.to)
		model := strings.TrimSuffix(broken.file, ".sql")
		results, err := pipeline.UnitTest(context.Background(), pipeline.Config{SQL: os.DirFS(tree)}, unitCases(), regexp.MustCompile("^"+model+"/"))
		if pipeline.CodeOf(err) != pipeline.ChecksFailed {
			t.Errorf("%s without %q gave %v, want failed cases", broken.file, broken.from, err)
			continue
		}
		var failed []string
		for _, result := range results {
			if !result.Passed && result.Error == "" {
				failed = append(failed, strings.TrimPrefix(result.Case, model+"/"))
			}
		}
		if !strings.Contains(strings.Join(failed, "\n")+"\n", broken.fails+"\n") {
			t.Errorf("%s without %q failed %v, want %s among them", broken.file, broken.from, failed, broken.fails)
		}
	}
}

// What the business agreed is data of the tree, which the cases of the SQL do not use.
func TestTheCorrectionsHoldWhatTheBusinessAgreed(t *testing.T) {
	for file, agreed := range map[string][]string{
		"city_typos.csv": {"Bengaluruu,Bengaluru", "Bengalore,Bengaluru", "Hyderabadd,Hyderabad", "Hyderbad,Hyderabad", "NewDelhi,New Delhi",
			"NewDheli,New Delhi", "NewDelhee,New Delhi", "Bengaluru,Bengaluru", "Hyderabad,Hyderabad", "New Delhi,New Delhi"},
		"customer_cities.csv": {"789403,New Delhi", "789420,Bengaluru", "789521,Hyderabad", "789603,Hyderabad"},
		"category_divisions.csv": {"Energy Bars,Nutrition Bars", "Protein Bars,Nutrition Bars", "Granola & Cereals,Breakfast Foods",
			"Recovery Dairy,Dairy & Recovery", "Healthy Snacks,Healthy Snacks", "Electrolyte Mix,Hydration & Electrolytes"},
	} {
		body := string(read(t, sqltree.Files, "corrections/"+file))
		for _, line := range agreed {
			if !strings.Contains(body, "\n"+line+",") {
				t.Errorf("%s does not say %s", file, line)
			}
		}
	}
}

func TestAPatternThatChoosesNoCaseIsAMistake(t *testing.T) {
	_, err := pipeline.UnitTest(context.Background(), pipeline.Config{}, unitCases(), regexp.MustCompile("silver/nothing"))
	if pipeline.CodeOf(err) != pipeline.WrongUse || !strings.Contains(err.Error(), "silver/nothing") {
		t.Errorf("got %v", err)
	}
}

// oneCase runs the only case of a model with these files.
func oneCase(t *testing.T, model string, files map[string]string) (pipeline.UnitResult, error) {
	t.Helper()
	cases := fstest.MapFS{}
	for name, body := range files {
		cases[model+"/case/"+name] = &fstest.MapFile{Data: []byte(body)}
	}
	results, err := pipeline.UnitTest(context.Background(), pipeline.Config{}, cases, nil)
	if len(results) != 1 {
		return pipeline.UnitResult{}, err
	}
	return results[0], err
}

func TestACaseThatFailsShowsTheRowsOfBothSides(t *testing.T) {
	result, err := oneCase(t, "silver/parent_dim_customers", map[string]string{
		"bronze.parent_dim_customers.csv": "customer_code,customer\n70,Big\n71,\n71,\n",
		"expected.csv":                    "customer_code,customer,outcome\n70,Big,loaded\n71,\"\",loaded\n71,,loaded\n",
	})
	if pipeline.CodeOf(err) != pipeline.ChecksFailed || result.Passed || result.Same != 2 {
		t.Errorf("got %+v, %v", result, err)
	}
	// Null is not the empty text.
	got := diffText(result)
	if diff := cmp.Diff(strings.Join([]string{"  customer_code | customer | outcome", "- 71 |  | loaded", "+ 71 | null | duplicate"}, "\n"), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestOrderIsComparedWhereTheCaseAsksForIt(t *testing.T) {
	files := map[string]string{
		"gold.fact_orders.csv": "date,sold_quantity\n2025-07-01,1\n",
		"expected.csv":         "order,month_short_name\n" + "12,Dec\n11,Nov\n10,Oct\n9,Sep\n8,Aug\n7,Jul\n6,Jun\n5,May\n4,Apr\n3,Mar\n2,Feb\n1,Jan\n",
	}
	if result, err := oneCase(t, "gold/dim_date", files); err != nil || !result.Passed {
		t.Errorf("got %+v, %v", result, err)
	}
	files["expected.csv"] = strings.NewReplacer("12,Dec", "11,Dec", "11,Nov", "12,Nov").Replace(files["expected.csv"])
	if result, err := oneCase(t, "gold/dim_date", files); pipeline.CodeOf(err) != pipeline.ChecksFailed || len(result.Diff) != 4 {
		t.Errorf("got %+v, %v", result, err)
	}
}

func TestAMistakeInACaseIsSaid(t *testing.T) {
	const input, expected = "order_id,order_placement_date\nA1,2025-07-05\n", "order_id\nA1\n"
	for _, mistake := range []struct {
		model string
		files map[string]string
		want  string
	}{
		{"silver/order", map[string]string{"expected.csv": expected}, "no file silver/order.sql"},
		{"bronze/orders", map[string]string{"expected.csv": expected}, "has no unit tests"},
		{"silver/orders", map[string]string{"bronze.orders.csv": input}, "no expected.csv"},
		{"silver/orders", map[string]string{"bronze.order.csv": input, "expected.csv": expected}, "bronze.order.csv: not one of"},
		{"silver/orders", map[string]string{"bronze.orders.csv": "", "expected.csv": expected}, "no header line"},
		{"silver/orders", map[string]string{"bronze.orders.csv": input, "expected.csv": expected, "variables.csv": "name,value\nmonth,2025-07-01\n"}, `"month" is none of files, months`},
		{"silver/orders", map[string]string{"bronze.orders.csv": input, "expected.csv": "order\nA1\n", "variables.csv": "name,value\nmonths,July\n"}, "variables.csv: "},
		{"silver/orders", map[string]string{"bronze.orders.csv": input, "expected.csv": "quantity\n1\n"}, `has no column "quantity"`},
		{"silver/orders", map[string]string{"bronze.orders.csv": "order\nA1\n", "expected.csv": expected}, `bronze.orders.csv: Binder Error: Table "orders" does not have a column with name "order"`},
		{"silver/orders", map[string]string{"bronze.orders.csv": input, "expected.csv": "date\nsoon\n"}, "expected.csv: Conversion Error"},
	} {
		result, err := oneCase(t, mistake.model, mistake.files)
		if err == nil || !strings.Contains(result.Error+err.Error(), mistake.want) {
			t.Errorf("%s with %v: got %q, %v; want %q", mistake.model, mistake.files, result.Error, err, mistake.want)
		}
	}
}
