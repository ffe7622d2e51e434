package pipeline_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fmcg/fmcg/pipeline"
	sqltree "github.com/fmcg/fmcg/sql"
)

// twice puts a row of a table into it once more.
func twice(table string) string {
	return "insert into " + table + " select * from " + table + " limit 1"
}

// harms are, for each check, small wrongs to a sound warehouse, any one of which must make it return rows.
var harms = map[string][]string{
	"attribute_spellings": {
		"insert into gold.dim_customers select * replace ('sports-bar' as platform, customer_code || '0' as customer_code) from gold.dim_customers where platform = 'Sports Bar' limit 1",
		"insert into gold.dim_products select * replace (upper(category) as category) from gold.dim_products where category <> upper(category) limit 1",
	},
	"corrections_unique": {
		twice("silver.city_typos"), twice("silver.customer_cities"), twice("silver.category_divisions"),
		"insert into silver.product_ids values ('Bar', null, '1', ''), ('Bar', null, '2', '')",
	},
	"daily_files_complete": {"update ops.files set state = 'withdrawn' where file_name = (select median(file_name) from ops.files where table_name = 'orders' and state = 'loaded')"},
	"daily_volume": {
		"delete from silver.orders where date = (select max(date) from silver.orders)",
		"insert into silver.orders select * from silver.orders where date = (select max(date) from silver.orders); insert into silver.orders select orders.* from silver.orders, range(20) where date = (select max(date) from silver.orders)",
	},
	"data_is_fresh":             {"update ops.files set last_modified = last_modified + interval 30 days where table_name = 'orders'"},
	"dim_customers_unique":      {twice("gold.dim_customers")},
	"dim_date_unique":           {twice("gold.dim_date")},
	"dim_gross_price_unique":    {twice("gold.dim_gross_price")},
	"dim_products_unique":       {twice("gold.dim_products")},
	"fact_orders_unique":        {twice("gold.fact_orders")},
	"sb_dim_customers_unique":   {twice("gold.sb_dim_customers")},
	"sb_dim_gross_price_unique": {twice("gold.sb_dim_gross_price")},
	"sb_dim_products_unique":    {twice("gold.sb_dim_products")},
	"order_lines_unique":        {twice("silver.orders")},
	"files_loaded_once":         {"insert into ops.files select * from ops.files where state = 'loaded' limit 1"},
	"quarantine_unique":         {twice("ops.quarantine")},
	"dim_date_values_accepted": {
		"update gold.dim_date set quarter = 'Q5' where month_name = 'July'", "update gold.dim_date set quarter = 'Q1' where month_name = 'July'",
		"update gold.dim_date set date_key = date_key + 1 where month_name = 'July'", "update gold.dim_date set month_short_name = null where month_name = 'July'",
	},
	"facts_have_customers":      {"delete from gold.dim_customers where customer_code = (select min(customer_code) from gold.fact_orders)"},
	"facts_have_months":         {"delete from gold.dim_date where month_start_date = (select max(date) from gold.fact_orders)"},
	"facts_have_prices":         {"delete from gold.dim_gross_price"},
	"facts_have_products":       {"delete from gold.dim_products where product_code = (select min(product_code) from gold.fact_orders)"},
	"facts_match_silver":        {"update gold.fact_orders set sold_quantity = sold_quantity + 1", "delete from gold.fact_orders where date = (select max(date) from gold.fact_orders)"},
	"facts_values_accepted":     {"update gold.fact_orders set sold_quantity = 0", "update gold.fact_orders set date = date + 1"},
	"files_rejected":            {"update ops.files set state = 'rejected' where file_name = (select min(file_name) from ops.files where state = 'loaded')"},
	"order_date_near_file_date": {"update silver.orders set date = cast(date + 30 as date) where file_name = (select min(file_name) from silver.orders)"},
	"order_lines_have_products": {"delete from gold.sb_dim_products where product_code = (select min(product_code) from silver.orders)"},
	"parent_and_child_overlap": {
		"insert into silver.parent_dim_products select product_code, division, category, product, variant, file_name, line from silver.products limit 1",
		"insert into silver.parent_dim_customers select customer_code, customer, market, platform, channel, file_name, line from silver.customers limit 1",
	},
	"price_gaps":             {"insert into silver.gross_price select * replace (cast(month + interval 40 months as date) as month) from silver.gross_price limit 1"},
	"prices_have_products":   {"delete from gold.dim_products where product_code = (select min(product_code) from gold.dim_gross_price)"},
	"prices_values_accepted": {"update gold.dim_gross_price set price_inr = -price_inr", "update gold.dim_gross_price set year = 1999"},
	"product_ids_match": {
		"insert into silver.product_ids values ('no such bar', 'XYZ', '1', '')",
		"insert into silver.product_ids select product_name, product_id, 'XYZ', '' from bronze.products where trim(product_name) = product_name limit 1",
	},
	"row_accounts_balance": {"delete from ops.quarantine where file_name = (select min(file_name) from ops.quarantine)", "update ops.files set rows_read = rows_read + 1"},
	"sb_dim_customers_values_accepted": {
		"update gold.sb_dim_customers set market = 'Nepal'", "update gold.sb_dim_customers set platform = null", "update gold.sb_dim_customers set channel = 'Retailer'",
		"update gold.sb_dim_customers set city = 'Bengaluruu'",
	},
	"sb_dim_products_values_accepted": {"update gold.sb_dim_products set division = 'Bars'", "update gold.sb_dim_products set product_id = 'XYZ'"},
	"silver_matches_accounts":         {"delete from silver.customers where customer_id = (select min(customer_id) from silver.customers)"},
}

func TestEachCheckCanFail(t *testing.T) {
	h := newDemoHouse(t, small)
	h.refresh()
	copied := filepath.Join(t.TempDir(), "harmed.duckdb")
	if err := os.WriteFile(copied, []byte(h.bytesOf()), 0o644); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", copied)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // the harm is done in a transaction of the one connection, and taken back
	execute := func(statement string) {
		t.Helper()
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	tree, err := pipeline.LoadTree(sqltree.Files)
	if err != nil {
		t.Fatal(err)
	}
	for _, check := range tree.Checks {
		if len(harms[check.Name]) == 0 {
			t.Errorf("%s: no harm is known that it would find; add one to harms", check.Name)
		}
		rows := "select cast(columns(*) as varchar) from (" + check.SQL + ")"
		before := queryRows(t, db, rows)
		for _, harm := range harms[check.Name] {
			execute("begin")
			execute(harm)
			found := slices.DeleteFunc(queryRows(t, db, rows), func(row string) bool { return slices.Contains(before, row) })
			if len(found) == 0 {
				t.Errorf("%s does not find this: %s", check.Name, harm)
			}
			execute("rollback")
		}
	}
	if len(harms) != len(tree.Checks) {
		t.Errorf("harms for %d checks, there are %d", len(harms), len(tree.Checks))
	}
}

// Of what a check returns the first rows are kept, in the order of their values and bounded, null as nil.
func TestACheckThatFailsShowsItsFirstRows(t *testing.T) {
	h := tiny(t)
	tree := ownTree(t)
	write := func(name, body string) {
		if err := os.WriteFile(filepath.Join(tree, "checks", name+".sql"), []byte("-- For this test.\n--\n-- severity: error\n\n"+body+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("many", "select\n    number,\n    cast(null as date) as date,\n    repeat('é', 200) as text\nfrom range(7) as numbers (number)")
	write("one", "select 1 as x")
	withTree := func(config *pipeline.Config) { config.SQL = os.DirFS(tree) }
	_, err := h.tryRefresh(withTree)
	value := strings.Repeat("é", 120) + "…"
	for _, want := range []string{"many: 7 rows. For this test.\n    number 0, date null, text " + value + "\n    number 1, ", "number 2", "\none: 1 rows. For this test.\n    x 1\n"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v\nwant it to hold %q", err, want)
		}
	}
	if strings.Contains(err.Error(), "number 3") {
		t.Errorf("more than 3 rows in %v", err)
	}
	h.refresh()
	config := h.config()
	withTree(&config)
	results, err := pipeline.Test(t.Context(), config, "many")
	if pipeline.CodeOf(err) != pipeline.ChecksFailed || len(results) != 1 {
		t.Fatalf("%d results, error %v; want the one that was named, and code 3", len(results), err)
	}
	got := results[0]
	if !slices.Equal(got.Columns, []string{"number", "date", "text"}) || got.FailingRows != 7 || len(got.FirstRows) != 5 {
		t.Errorf("got %+v, want the first 5 rows of 7", got)
	}
	if first := got.FirstRows[0]; first[0] != "0" || first[1] != nil || first[2] != value {
		t.Errorf("first row %q", first)
	}
	if _, err := pipeline.Test(t.Context(), config, "manny"); pipeline.CodeOf(err) != pipeline.WrongUse || !strings.Contains(err.Error(), "many") {
		t.Errorf("error %v, want code 2 and the names that there are", err)
	}
}
