package guard_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/catalog/guard"
)

// published is the file with all that may be read, and no secrets beside it.
const published = `
	create schema gold; create schema bronze; create schema ops;
	create table gold.fact_orders as select * from (values (date '2025-01-01', 'A', 3), (date '2025-02-01', 'B', 5)) as orders(date, product, quantity);
	create view gold.vw_fact_orders_enriched as select date, product, quantity, cast(quantity * 2 as decimal(18, 2)) as total_amount_inr from gold.fact_orders;
	create table bronze.orders as select 'secret' as word, 1 as n;
	create table ops.runs as select 'secret' as word, 2 as n;`

// quarantine is a table as a lake fills it.
const quarantine = `create table ops.quarantine as select * from (values
	('orders', cast('{"order_id": "7", "qty": "x", "tags": [1, 2]}' as json)), ('orders', cast('{"order_id": "8", "qty": "5"}' as json))) as rows(table_name, "row");`

func TestAnAnalystReadsAllPublishedTables(t *testing.T) {
	db := open(t, whole+quarantine, guard.Limits{Keep: 2})
	for query, want := range map[string]string{
		"select count(*) from bronze.orders as o join ops.runs as r on r.n > o.n":                            "1",
		"select sum(quantity) from Gold.Fact_Orders":                                                         "8",
		"select sum(v.quantity + o.n) from gold.vw_fact_orders_enriched as v, bronze.orders as o":            "10",
		"with orders as (select n from bronze.orders) select n from orders":                                  "1",
		"select string_agg(product, ', ' order by product) from gold.fact_orders":                            "A, B",
		"select list(product order by product) from gold.fact_orders":                                        `["A","B"]`,
		`select "row" ->> 'order_id' from ops.quarantine where try_cast("row" ->> 'qty' as integer) is null`: "7",
		`select json_extract_string("row", '$.qty') from ops.quarantine order by 1 desc limit 1`:             "x",
		`select json_array_length("row", '$.tags') from ops.quarantine where json_exists("row", '$.tags')`:   "2",
		"select len(string_split('a,b,c', ','))":                                                             "3",
		"select list_contains(['a', 'b'], 'b') and [4, 5, 6][2] = 5":                                         "true",
		"select unnest([7])": "7",
		"select dayname(max(date)) || ' ' || isodow(max(date)) from gold.fact_orders":                                                     "Saturday 6",
		"select strptime('31/12/2025', '%d/%m/%Y') - interval 1 day":                                                                      "2025-12-30 00:00:00",
		"select try_cast('x' as integer) is null and try_strptime('x', '%d') is null":                                                     "true",
		"select cast('{\"a\": 1}' as json) ->> 'a'":                                                                                       "1",
		"select regexp_replace(regexp_extract('order 0042', '[0-9]+'), '^0+', '')":                                                        "42",
		"select replace('1.234', '.', ',')":                                                                                               "1,234",
		"select count(*) from (describe gold.fact_orders)":                                                                                "3",
		"select column_name from (summarize gold.fact_orders) order by 1 limit 1":                                                         "date",
		"select count(distinct approx) from (select approx_quantile(quantity, 0.5) as approx from gold.fact_orders group by product)":     "2",
		"select year(date), string_agg(product, '') from gold.fact_orders group by 1 having count(*) = 2":                                 "2025",
		"select (select max(n) from ops.runs) + (select count(*) from bronze.orders where word in (select word from ops.runs))":           "3",
		"select date from gold.fact_orders where date > date '2025-01-31' union select date from gold.fact_orders order by date limit 1;": "2025-01-01",
	} {
		table, err := db.QueryPublished(t.Context(), query, 0)
		if err != nil {
			t.Errorf("%s\n\t%v", query, err)
		} else if got := fmt.Sprint(table.Rows[0][0]); got != want {
			t.Errorf("%s\n\tgot %s, want %s", query, got, want)
		}
	}
	for _, query := range []string{"describe gold.fact_orders", "summarize ops.quarantine", "describe select 1 as n"} {
		if table, err := db.QueryPublished(t.Context(), query, 0); err != nil || len(table.Rows) == 0 {
			t.Errorf("%s: %d rows, %v", query, len(table.Rows), err)
		}
	}
}

// Of the attacks on the view these read what is published, which is no attack here.
var allowedHere = []string{"another table", "the table behind the view", "a comment inside", "a comment that ends nothing", "union", "except, nested"}

func TestNothingButPublishedTablesIsRead(t *testing.T) {
	db := open(t, whole+quarantine, guard.Limits{Keep: 2})
	all := attacks()
	for _, name := range allowedHere {
		if _, err := db.QueryPublished(t.Context(), all[name], 0); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		delete(all, name)
	}
	maps.Copy(all, map[string]string{
		"a schema that is not published":         "select * from main.secret",
		"the database by its name":               "select * from published.main.secret",
		"the database of the copy":               "select * from kept.gold.vw_fact_orders_enriched",
		"a published table with the database":    "select * from published.bronze.orders",
		"the engine's own catalog":               "select * from system.main.duckdb_tables",
		"a table of main with a published one":   "select * from bronze.orders, secret",
		"a table behind a name that is quoted":   `select * from bronze."orders"" union select * from main.secret --"`,
		"describe of a secret":                   "describe main.secret",
		"summarize of a secret":                  "summarize main.secret",
		"summarize of a file":                    "summarize '/etc/passwd'",
		"describe of a query of a secret":        "describe select * from main.secret",
		"summarize of a table function":          "summarize from read_csv('/etc/passwd')",
		"show of a secret":                       "show main.secret",
		"show databases":                         "show databases",
		"show tables of a schema":                "show tables from gold",
		"columns of information_schema":          "select * from information_schema.columns",
		"duckdb_columns()":                       "select * from duckdb_columns()",
		"a JSON of the engine":                   "select json_serialize_sql('select 1')",
		"json_each":                              "select * from ops.quarantine, json_each(\"row\")",
		"json_transform":                         "select json_transform('{}', '{}')",
		"read_json":                              "select * from read_json('/etc/passwd')",
		"read_parquet":                           "select * from read_parquet('*')",
		"list_transform":                         "select list_transform([1], lambda x: x + 1)",
		"list_reduce":                            "select list_reduce([1, 2], lambda x, y: x + y)",
		"a list comprehension":                   "select [x + 1 for x in [1, 2]]",
		"apply":                                  "select apply([1], x -> x)",
		"an arrow":                               "select \"row\" -> 'a' from ops.quarantine",
		"list_aggregate":                         "select list_aggregate(['a'], 'string_agg', 'x')",
		"a clock":                                "select age(date '2025-01-01')",
		"today":                                  "select today()",
		"a clock as a time":                      "select get_current_time()",
		"a uuid":                                 "select gen_random_uuid()",
		"a time zone":                            "select cast('2025-01-01' as timestamptz)",
		"a sequence":                             "select currval('x')",
		"the transaction":                        "select txid_current()",
		"a setting":                              "select current_setting('lock_configuration')",
		"a secret of the engine":                 "select * from which_secret('s3://x', 's3')",
		"a type by name of the catalog":          "select cast('x' as main.json)",
		"gathered in a subquery":                 "select s || s from (select string_agg(word, '') as s from bronze.orders)",
		"gathered in an expression":              "with a as (select list(n) as l from bronze.orders) select l from a, range(5)",
		"gathered and joined":                    "select string_agg(word, '') || 'x' from bronze.orders",
		"gathered over a window":                 "select string_agg(word, '') over () from bronze.orders",
		"gathered in a union":                    "select string_agg(word, '') from bronze.orders union all select ''",
		"gathered below another column":          "select *, s from (select string_agg(word, '') as s from bronze.orders)",
		"a replacement that is longer":           "select replace(word, 'e', 'eeee') from bronze.orders",
		"a replacement that is read":             "select replace(word, 'e', word) from bronze.orders",
		"a pattern whose replacement is a text":  "select regexp_replace(word, '', 'xx', 'g') from bronze.orders",
		"a pattern whose replacement is a group": `select regexp_replace(word, '(.*)', '\1\1') from bronze.orders`,
		"a list of lists that doubles":           "with a as (select [word, word, word, word] as l from bronze.orders), b as (select [l, l, l, l] as l from a) select [l, l] from b",
		"texts that are split twice":             "select string_split(word, ''), string_split(word, ''), string_split(word, '') from bronze.orders",
	})
	for name, attack := range all {
		t.Run(name, func(t *testing.T) {
			table, err := db.QueryPublished(t.Context(), attack, 0)
			if refusal := (*guard.Refusal)(nil); !errors.As(err, &refusal) {
				t.Errorf("%s\n\tgot %v and %v, want a refusal", attack, table.Rows, err)
			}
		})
	}
}

func TestARefusalNamesTheTableThatMayBeMeantAndItsPlace(t *testing.T) {
	db := open(t, whole, guard.Limits{})
	for query, want := range map[string]string{
		"select *\nfrom fact_orders":                    "no_schema [fact_orders gold.fact_orders] 2:6",
		"select * from silver.orders":                   "no_table_near [silver.orders bronze.orders] 1:15",
		"select * from gold.fact_order":                 "no_table_near [gold.fact_order gold.fact_orders] 1:15",
		"select * from fmcg.gold.fact_orders":           "catalog [fmcg.gold.fact_orders gold.fact_orders] 1:15",
		"select * from xyz":                             "no_table [xyz] 1:15",
		"select * from information_schema.tables":       "engine_table [information_schema.tables] 1:15",
		"select 1,\n  sleep(3)\nfrom bronze.orders":     "function [sleep] 2:3",
		"select n\nfrm bronze.orders":                   `syntax [syntax error at or near "bronze"] 2:5`,
		"select 1; select 2":                            "statements [2] 0:0",
		"select word from bronze.orders union select 1": "",
	} {
		_, err := db.QueryPublished(t.Context(), query, 0)
		got := ""
		if refusal := (*guard.Refusal)(nil); errors.As(err, &refusal) {
			line, column := guard.PlaceOf(err, query)
			got = fmt.Sprintf("%s %v %d:%d", refusal.Code, refusal.Args, line, column)
		}
		if got != want {
			t.Errorf("%s\n\tgot  %s (%v)\n\twant %s", query, got, err, want)
		}
	}
}

func TestAnErrorOfTheEngineIsPlacedInTheReadersStatement(t *testing.T) {
	db := open(t, whole, guard.Limits{})
	long := "select n, " + strings.Repeat("n + 1, ", 60) + "nope, " + strings.Repeat("n + 2, ", 60) + "1 from bronze.orders"
	for query, want := range map[string][2]int{
		"select nope from bronze.orders":                 {1, 8},
		"select n,\n  é, nope\nfrom bronze.orders":       {2, 3},
		"select n\nfrom bronze.orders\nwhere nope = 'é'": {3, 7},
		long: {1, strings.Index(long, "nope") + 1},
		"select cast(word as integer) from bronze.orders": {1, 8},
	} {
		_, err := db.QueryPublished(t.Context(), query, 0)
		line, column := guard.PlaceOf(err, query)
		if got := [2]int{line, column}; got != want {
			t.Errorf("%s\n\tgot %v, want %v: %v", query, got, want, err)
		}
	}
}

func TestReadsNamesEachTableOfAStatementOnce(t *testing.T) {
	db := open(t, whole, guard.Limits{})
	got, err := guard.Reads(t.Context(), db, `with orders as (select * from Bronze.Orders)
		select * from orders join gold.fact_orders on exists (select 1 from bronze.orders) where 1 in (select now() from "ops".runs union select n from main.secret)`)
	if diff := cmp.Diff([]string{"bronze.orders", "gold.fact_orders", "main.secret", "ops.runs"}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if _, err := guard.Reads(t.Context(), db, "delete from bronze.orders"); !errors.As(err, new(*guard.Refusal)) {
		t.Errorf("got %v, want a refusal", err)
	}
}

func TestWhatExplodesOverAllTablesIsStopped(t *testing.T) {
	db := open(t, whole+quarantine, guard.Limits{Memory: "128MB", Time: 300 * time.Millisecond, Rows: 10})
	for name, attack := range map[string]string{
		"an hour of joins":      "select count(*) from range(1000000000) as a, range(1000000000) as b, bronze.orders",
		"a text of a billion":   "select string_agg('" + strings.Repeat("x", 200) + "', ',') from range(1000000000)",
		"a list of a billion":   "select list(x) from range(1000000000) as r(x)",
		"an ordered list":       "select list(x order by x % 7) from range(1000000000) as r(x)",
		"lists that are spread": "select unnest([1, 2, 3, 4]) from range(1000000000), range(1000000000) order by 1",
		"a summary of all":      "summarize select * from range(1000000000) as a, range(1000000000) as b",
	} {
		t.Run(name, func(t *testing.T) {
			table, err := db.QueryPublished(t.Context(), attack, 0)
			if !errors.Is(err, guard.ErrTooLong) && !errors.Is(err, guard.ErrTooMuch) {
				t.Errorf("got %v and %v, want a limit", table.Rows, err)
			}
			if _, err := db.QueryPublished(t.Context(), "select count(*) from bronze.orders", 0); err != nil {
				t.Errorf("the next query: %v", err)
			}
		})
	}
}

// Memory outside of the engine is bounded too: what is gathered leaves it only where it is short.
func TestAValueAsLongAsATableIsNotGiven(t *testing.T) {
	db := open(t, whole, guard.Limits{})
	for query, want := range map[string]string{
		"select list(x) from range(1000000) as r(x)":                                           "more than 10000 values",
		"select list(x order by x desc) as \"a \"\"name\" from range(1000000) as r(x)":         "more than 10000 values",
		"select string_agg('a text', ', ') as x, string_agg('b', '') as x from range(1000000)": "more than 100000 bytes",
		"select product, list(x) as l from gold.fact_orders, range(9000) as r(x) group by all": "",
	} {
		table, err := db.QueryPublished(t.Context(), query, 0)
		if want == "" && (err != nil || len(table.Rows) != 2) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %d rows, %v", query, len(table.Rows), err)
		}
	}
}

func TestMoreRowsAreGivenToWhoAsksForThem(t *testing.T) {
	db := open(t, whole, guard.Limits{Rows: 3})
	for rows, want := range map[int]int{0: 3, 100: 100} {
		table, err := db.QueryPublished(t.Context(), "select * from range(1000)", rows)
		if err != nil || len(table.Rows) != want || !table.Truncated {
			t.Errorf("asked for %d: %d rows, %v", rows, len(table.Rows), err)
		}
	}
}
