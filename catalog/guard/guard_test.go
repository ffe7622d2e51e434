package guard_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/guard"
)

// whole is a published file in small: the view, what it reads, and what nobody may read, which all holds the word secret.
const whole = `
	create schema gold; create schema bronze; create schema ops;
	create table gold.fact_orders as select * from (values (date '2025-01-01', 'A', 3), (date '2025-02-01', 'B', 5)) as orders(date, product, quantity);
	create view gold.vw_fact_orders_enriched as select date, product, quantity, cast(quantity * 2 as decimal(18, 2)) as total_amount_inr from gold.fact_orders;
	create table bronze.orders as select 'secret' as word, 1 as n;
	create table ops.runs as select 'secret' as word, 2 as n;
	create table main.secret as select 'secret' as word, 3 as n;
	create macro leak() as (select word from main.secret);
	create macro leaks() as table select * from main.secret;`

// only is the same view in a file that holds nothing else.
const only = `
	create schema gold;
	create table gold.vw_fact_orders_enriched as select date, product, quantity, cast(quantity * 2 as decimal(18, 2)) as total_amount_inr
		from (values (date '2025-01-01', 'A', 3), (date '2025-02-01', 'B', 5)) as orders(date, product, quantity);`

// write makes a file with the statements.
func write(t testing.TB, path, statements string) {
	t.Helper()
	db, err := sql.Open("duckdb", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(statements); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o444); err != nil {
		t.Fatal(err)
	}
}

// open writes a file with the statements and opens it guarded.
func open(t testing.TB, statements string, limits guard.Limits) *guard.DB {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fmcg.duckdb")
	write(t, path, statements)
	guarded, err := guard.Open(t.Context(), path, limits)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = guarded.Close() })
	return guarded
}

const view = "gold.vw_fact_orders_enriched"

func TestWhatAnalystsAskRuns(t *testing.T) {
	db := open(t, whole, guard.Limits{})
	for _, query := range []string{
		"select sum(total_amount_inr) as revenue from " + view,
		"SELECT * FROM Gold.VW_Fact_Orders_Enriched;",
		"select product, 100.0 * sum(quantity) / nullif(sum(sum(quantity)) over (), 0) as share from " + view + " group by product order by share desc, product",
		"with monthly as (select date, sum(quantity) as n from " + view + " group by date) select date, n - lag(n, 1) over (order by date) from monthly order by date",
		"with a as (select 1 as n), b as (select n + 1 as n from a) select a.n, b.n from a cross join b",
		"select quantity from " + view + " where date = (select max(date) from " + view + ") - interval 1 month",
		"select date, product, count(*) filter (where quantity > 3) from " + view + " group by all having count(*) > 0 order by all limit 3",
		"select product, quantity from " + view + " qualify rank() over (partition by product order by quantity desc) <= 1",
		"select product from " + view + " where date = date '2025-01-01' and product not in (select product from " + view + " where product ilike 'b%') union select 'x'",
		"select spine.m, coalesce(sum(quantity), 0) from (select cast(m as date) as m from generate_series(date '2025-01-01', date '2025-03-01', interval 1 month) as months(m)) as spine left join " +
			view + " as v on v.date = spine.m group by spine.m order by spine.m",
		"select v.product, t.label from " + view + " as v join (values ('A', 'first'), ('B', 'second')) as t(product, label) on t.product = v.product",
		"select case when grouping(product) = 1 then 'all' else product end, median(quantity), stddev_samp(quantity) from " + view + " group by rollup (product)",
		"select year(date) || '-Q' || quarter(date), date_trunc('quarter', date), strftime(date, '%Y-%m') from " + view + " -- with a comment",
		"/* a ; comment */ select 'a;b' as text, extract(year from date) from " + view + " where quantity between 1 and 9 and product is not null",
		"from " + view + " select product",
		`select "all of it".* from ` + view + ` as "all of it"`,
		"select if(quantity > 3, 'many', 'few'), ifnull(product, 'none'), quantity // 2, quantity % 2 from " + view,
		"select percentile_cont(0.5) within group (order by quantity), quantile_cont(quantity, 0.9), arg_max(product, quantity) from " + view,
	} {
		if _, err := db.Query(t.Context(), query); err != nil {
			t.Errorf("%s\n\t%v", query, err)
		}
	}
}

// attacks are statements of which the program's own SQL, and what is drafted, may be none.
func attacks() map[string]string {
	return map[string]string{
		"another table":                    "select * from bronze.orders",
		"the table behind the view":        "select * from gold.fact_orders",
		"a table of main":                  "select * from secret",
		"the view without its schema":      "select * from vw_fact_orders_enriched",
		"the view of another catalog":      "select * from other.gold.vw_fact_orders_enriched",
		"quoted as one name":               `select * from "gold.vw_fact_orders_enriched"`,
		"a comment inside":                 "select * from bronze/**/./**/orders",
		"a comment that ends nothing":      "select * from " + view + " -- \n, bronze.orders",
		"union":                            "select product from " + view + " union all select word from bronze.orders",
		"except, nested":                   "select 1 except (select 2 intersect (select n from ops.runs))",
		"a subquery in select":             "select (select word from secret) from " + view,
		"a subquery in where":              "select 1 from " + view + " where product in (select word from secret)",
		"a subquery in group by":           "select 1 from " + view + " group by (select word from secret)",
		"a subquery in having":             "select 1 from " + view + " having exists (select 1 from secret)",
		"a subquery in order by":           "select 1 from " + view + " order by (select word from secret)",
		"a subquery in limit":              "select 1 from " + view + " limit (select n from secret)",
		"a subquery in offset":             "select 1 from " + view + " limit 1 offset (select n from secret)",
		"a subquery in qualify":            "select 1 from " + view + " qualify row_number() over () = (select n from secret)",
		"a subquery in a window":           "select sum(quantity) over (order by (select n from secret)) from " + view,
		"a subquery in a named window":     "select sum(quantity) over w from " + view + " window w as (partition by (select n from secret))",
		"a subquery in a frame":            "select sum(quantity) over (rows between (select n from secret) preceding and current row) from " + view,
		"a subquery in filter":             "select count(*) filter (where exists (select 1 from secret)) from " + view,
		"a subquery in a join condition":   "select 1 from " + view + " as a join " + view + " as b on exists (select 1 from secret)",
		"a subquery in case":               "select case when true then (select word from secret) end",
		"a subquery in between":            "select 1 between 0 and (select n from secret)",
		"a subquery in values":             "select * from (values ((select word from secret))) as t(x)",
		"a subquery in values alone":       "values ((select word from secret))",
		"a subquery in a cast":             "select cast((select word from secret) as varchar)",
		"a subquery in replace":            "select * replace ((select word from secret) as product) from " + view,
		"a subquery in an aggregate order": "select first(product order by (select n from secret)) from " + view,
		"a subquery in distinct on":        "select distinct on ((select n from secret)) product from " + view,
		"a subquery in a table function":   "select * from range((select n from secret))",
		"any":                              "select 1 = any (select n from secret)",
		"lateral":                          "select * from " + view + " as v, lateral (select word from secret where n > v.quantity)",
		"a lateral table function":         "select * from " + view + " as v, lateral read_csv(v.product)",
		"a common table expression":        "with a as (select * from secret) select * from a",
		"its own name":                     "with secret as (select * from secret) select * from secret",
		"a later name":                     "with a as (select * from secret), secret as (select 1) select * from a",
		"a name of an inner scope":         "select * from (with secret as (select 1) select * from secret) as a, secret",
		"a name of a sibling":              "(with secret as (select 1 as n) select n from secret) union (select n from secret)",
		"a name of another subquery":       "select (with secret as (select 1) select 1), (select word from secret)",
		"a system view by an inner name":   "with a as (with duckdb_tables as (select 1) select * from duckdb_tables) select * from a, duckdb_tables",
		"a name with its schema":           "with secret as (select 1) select * from main.secret",
		"a name that shadows the view":     "with vw_fact_orders_enriched as (select 1) select * from vw_fact_orders_enriched",
		"one that does in capitals":        `with "VW_FACT_ORDERS_ENRICHED" as (select 1) select * from gold.vw_fact_orders_enriched`,
		"a name with a point":              `with "gold.vw_fact_orders_enriched" as (select 1) select 1`,
		"an inner one that shadows it":     "select * from (with vw_fact_orders_enriched as (select 1) select * from vw_fact_orders_enriched)",
		"recursion":                        "with recursive t as (select 1 as n union all select n + 1 from t) select * from t",
		"information_schema":               "select * from information_schema.tables",
		"pg_catalog":                       "select * from pg_catalog.pg_class",
		"sqlite_master":                    "select * from sqlite_master",
		"duckdb_tables":                    "select * from duckdb_tables",
		"duckdb_settings()":                "select * from duckdb_settings()",
		"duckdb_secrets()":                 "select * from duckdb_secrets()",
		"pragma as a function":             "select * from pragma_table_info('secret')",
		"a file as a table":                "select * from '/etc/passwd'",
		"a csv as a table":                 "select * from 'data.csv'",
		"a parquet by a quoted name":       `select * from "s3://bucket/key.parquet"`,
		"read_csv":                         "select * from read_csv('/etc/passwd')",
		"read_text":                        "select * from read_text('/etc/passwd')",
		"read_blob as a value":             "select read_blob('/etc/passwd')",
		"glob":                             "select * from glob('/*')",
		"sniff_csv":                        "select * from sniff_csv('/etc/passwd')",
		"query()":                          "select * from query('select * from secret')",
		"query_table()":                    "select * from query_table('secret')",
		"a macro":                          "select leak()",
		"a table macro":                    "select * from leaks()",
		"a macro by a method":              "select product.leak() from " + view,
		"a function of a schema":           "select main.leak()",
		"json_execute_serialized_sql":      "select * from json_execute_serialized_sql(json_serialize_sql('select * from secret'))",
		"getenv":                           "select getenv('HOME')",
		"getvariable":                      "select getvariable('x')",
		"current_setting":                  "select current_setting('memory_limit')",
		"current_user as a column":         "select current_user",
		"current_date as a column":         "select current_date",
		"now":                              "select now()",
		"random":                           "select random()",
		"nextval":                          "select nextval('x')",
		"error":                            "select error('x')",
		"a lambda":                         "select list_transform([1], x -> x)",
		"a parameter":                      "select ?",
		"a sample":                         "select * from " + view + " using sample 1",
		"a table sample":                   "select * from " + view + " tablesample 10%",
		"columns()":                        "select columns('.*') from " + view,
		"a pivot":                          "select * from " + view + " pivot (sum(quantity) for product in ('A', 'B'))",
		"an unpivot":                       "select * from " + view + " unpivot (x for y in (quantity))",
		"time travel":                      "select * from " + view + " at (version => 1)",
		"a type of the catalog":            "select cast('x' as mood)",
		"describe":                         "describe secret",
		"describe inside":                  "select * from (describe secret)",
		"summarize":                        "summarize secret",
		"show":                             "show tables",
		"show inside":                      "from (show all tables)",
		"explain":                          "explain select 1",
		"pragma":                           "pragma database_list",
		"set":                              "set memory_limit = '8GB'",
		"set variable":                     "set variable x = 1",
		"reset":                            "reset memory_limit",
		"attach":                           "attach '/tmp/x.duckdb'",
		"use":                              "use memory",
		"copy":                             "copy (select 1) to '/tmp/x.csv'",
		"export":                           "export database '/tmp/x'",
		"install":                          "install httpfs",
		"load":                             "load httpfs",
		"create":                           "create table memory.main.x as select 1",
		"create macro":                     "create macro sum(x) as 1",
		"insert":                           "insert into secret values ('x', 1)",
		"update":                           "update secret set n = 1",
		"delete":                           "delete from secret",
		"drop":                             "drop table gold.fact_orders",
		"call":                             "call pragma_version()",
		"prepare":                          "prepare x as select 1",
		"checkpoint":                       "checkpoint",
		"begin":                            "begin",
		"stacked":                          "select 1; drop table secret",
		"stacked selects":                  "select 1; select 2",
		"stacked behind a comment":         "select 1; -- \n select 2",
		"a bracket that closes more":       "select 1) union (select word from secret",
		"a name that is SQL":               `select "word from main.secret --".* from (select 1) as "word from main.secret --", secret`,
		"a zero byte":                      "select 1 \x00 from secret",
		"not UTF-8":                        "select '\xff'",
		"nothing":                          "",
		"a comment alone":                  "-- select",
		"no SQL":                           "total revenue by quarter",
	}
}

func TestNothingButTheViewIsRead(t *testing.T) {
	db := open(t, whole, guard.Limits{})
	for name, attack := range attacks() {
		t.Run(name, func(t *testing.T) {
			table, err := db.Query(t.Context(), attack)
			if refusal := (*guard.Refusal)(nil); !errors.As(err, &refusal) {
				t.Errorf("%s\n\tgot %v and %v, want a refusal", attack, table.Rows, err)
			}
		})
	}
}

// What makes an engine work, eat memory or go down its own stack is refused or stopped, and the next query is answered.
func TestWhatExplodesIsStopped(t *testing.T) {
	db := open(t, whole, guard.Limits{Memory: "128MB", Time: 300 * time.Millisecond, Rows: 10})
	long := "select a.n from (select 0 as n) as a"
	for i := range 120 {
		long += fmt.Sprintf(" cross join (select %d as n) as a%d", i, i)
	}
	doubled := "with t0 as (select * from " + view + ")"
	for i := range 30 {
		doubled += fmt.Sprintf(", t%d as (select a.* from t%d as a cross join t%d as b)", i+1, i, i)
	}
	texts := "with t0 as (select repeat as x from (select 'x' as repeat))"
	for i := range 40 {
		texts += fmt.Sprintf(", t%d as (select x || x as x from t%d)", i+1, i)
	}
	few := func(statement string, n int) string {
		return strings.Join(strings.SplitAfterN(statement, "), ", n+1)[:n], "")
	}
	for name, attack := range map[string]string{
		"as many as are allowed, anew":   strings.TrimSuffix(few(strings.ReplaceAll(doubled, " as (", " as not materialized ("), 6), ", ") + " select count(*) from t5 cross join range(1000000000)",
		"brackets, 20,000 deep":          "select " + strings.Repeat("(", 19_000),
		"subqueries, 10,000 deep":        strings.Repeat("select * from (", 10_000) + "select 1" + strings.Repeat(")", 10_000),
		"subqueries, hundreds deep":      strings.Repeat("select (", 400) + "select 1" + strings.Repeat(")", 400),
		"conditions, hundreds deep":      strings.Repeat("select exists(", 400) + "select 1" + strings.Repeat(")", 400),
		"functions, thousands deep":      "select " + strings.Repeat("abs(", 4_000) + "1" + strings.Repeat(")", 3_900),
		"lists, thousands deep":          "select " + strings.Repeat("[", 9_900) + "1" + strings.Repeat("]", 9_900),
		"types, thousands deep":          "select cast(null as int" + strings.Repeat("[]", 9_000) + ")",
		"a bracket that is never closed": strings.Repeat("select (", 10_000),
		"negations, thousands deep":      "select " + strings.Repeat("not ", 4_900) + "true",
		"a sum of thousands":             "select 1" + strings.Repeat("+1", 9_900),
		"cases in cases":                 strings.Repeat("case when true then ", 900) + "1" + strings.Repeat(" end", 900),
		"a chain of joins":               long,
		"expressions that double":        doubled + " select count(*) from t30",
		"expressions computed anew":      strings.ReplaceAll(doubled, " as (", " as not materialized (") + " select count(*) from t30",
		"texts that double":              texts + " select length(x) from t40",
		"repeat":                         "select length(repeat('x', 4000000000))",
		"lpad":                           "select length(lpad('x', 2000000000, 'y'))",
		"printf":                         "select printf('%2000000000d', 1)",
		"a list of a billion":            "select range(1000000000)",
		"a cross join that explodes":     "select count(*) from range(1000000000) as a, range(1000000000) as b, " + view,
		"a series without end":           "select count(*) from generate_series(1, 1000000000000000)",
		"a sort of a billion":            "select * from range(1000000000) as r(x) order by x desc",
		"a distinct count of a billion":  "select count(distinct x) from range(1000000000) as r(x)",
		"a window over a billion":        "select max(n) from (select row_number() over (order by x % 7) as n from range(1000000000) as r(x))",
		"every way of grouping":          "select 1 from " + view + " group by cube (date, product, quantity, total_amount_inr, date + 1, quantity + 1, quantity + 2)",
		"a pattern against a long text":  "select regexp_matches(concat(a.product, b.product), '(((a*)*)*)*b') from range(1000000000) as r(x), " + view + " as a, " + view + " as b order by x",
	} {
		t.Run(name, func(t *testing.T) {
			refusal := (*guard.Refusal)(nil)
			table, err := db.Query(t.Context(), attack)
			if _, wider := db.QueryPublished(t.Context(), attack, 0); wider == nil {
				t.Error("over all tables it runs to its end")
			}
			if !errors.As(err, &refusal) && !errors.Is(err, guard.ErrTooLong) && !errors.Is(err, guard.ErrTooMuch) {
				t.Errorf("got %v and %v, want a refusal or a limit", table.Rows, err)
			}
			rows, err := db.QueryContext(t.Context(), "select count(*) from "+view)
			if err != nil {
				t.Fatalf("the next query: %v", err)
			}
			_ = rows.Close()
		})
	}
}

// What is long but plain is answered.
func TestWhatIsLongIsNoHarm(t *testing.T) {
	db := open(t, whole, guard.Limits{})
	for name, query := range map[string]string{
		"minus signs":      "select " + strings.Repeat("- ", 9_900) + "1",
		"conditions":       "select 1 where true" + strings.Repeat(" and true", 2_000),
		"unions":           "select 1" + strings.Repeat(" union all select 1", 1_000),
		"brackets":         "select " + strings.Repeat("(", 9_900) + "1" + strings.Repeat(")", 9_900),
		"functions":        "select " + strings.Repeat("abs(", 90) + "1" + strings.Repeat(")", 90),
		"subqueries":       strings.Repeat("select (", 8) + "select 1" + strings.Repeat(")", 8),
		"a list of values": "select 1 from " + view + " where quantity in (1" + strings.Repeat(", 3", 5_000) + ") limit 1",
	} {
		if _, err := db.Query(t.Context(), query); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnAnswerIsCutAtTheLimitOfRowsInItsOrder(t *testing.T) {
	db := open(t, whole, guard.Limits{Rows: 3})
	got, err := db.Query(t.Context(), "select a.x from range(1000000) as a(x) order by a.x desc;\n")
	if err != nil {
		t.Fatal(err)
	}
	want := catalog.Table{Columns: []string{"x"}, Types: []string{"BIGINT"}, Rows: [][]any{{int64(999999)}, {int64(999998)}, {int64(999997)}}, Truncated: true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got, err = db.Query(t.Context(), "select x from range(3) as a(x)"); err != nil || got.Truncated {
		t.Errorf("got truncated %t and %v, want three rows whole", got.Truncated, err)
	}
}

func TestAQueryStopsWithItsCaller(t *testing.T) {
	db := open(t, whole, guard.Limits{Time: time.Hour})
	ctx, cancel := context.WithCancel(t.Context())
	go cancel()
	if _, err := db.Query(ctx, "select count(*) from range(1000000000) as a, range(1000000000) as b"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

// The second wall: what Check would refuse does no harm either, were it run.
func TestTheEngineItselfIsLocked(t *testing.T) {
	db := open(t, whole, guard.Limits{})
	file := filepath.Join(t.TempDir(), "file.csv")
	if err := os.WriteFile(file, []byte("a\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		"insert into bronze.orders values ('x', 1)",
		"drop view gold.vw_fact_orders_enriched",
		"create table gold.x as select 1",
		"select * from read_csv('" + file + "')",
		"select * from '" + file + "'",
		"select * from glob('/*')",
		"copy (select 1) to '" + file + ".out'",
		"export database '" + file + ".out'",
		"attach '" + file + ".duckdb' as other",
		"install httpfs",
		"load httpfs",
		"load '" + file + "'",
		"set enable_external_access = true",
		"set lock_configuration = false",
		"set memory_limit = '100GB'",
		"set threads = 64",
		"set temp_directory = '/tmp'",
		"pragma memory_limit = '100GB'",
		"reset enable_external_access",
		"create persistent secret s (type s3)",
	} {
		rows, err := db.QueryContext(t.Context(), statement)
		if err == nil {
			for rows.Next() { // some fail only when they are read
			}
			err = errors.Join(rows.Err(), rows.Close())
		}
		if err == nil {
			t.Errorf("%s ran", statement)
		}
	}
}

func TestASmallViewIsCopiedAndALargeOneIsNot(t *testing.T) {
	for keep, copies := range map[int]int{0: 0, 1: 0, 2: 1} {
		db := open(t, whole, guard.Limits{Keep: keep})
		found, err := catalog.Fetch(t.Context(), db, "select count(*) from duckdb_tables() where table_name = 'vw_fact_orders_enriched'", 1)
		if err != nil || found.Rows[0][0] != int64(copies) {
			t.Errorf("up to %d rows: copies %v, %v", keep, found.Rows, err)
		}
		for range 3 { // the engine's own place is as it was after each
			answer, err := db.Query(t.Context(), "select product, total_amount_inr from "+view+" order by product")
			if diff := cmp.Diff([][]any{{"A", "6.00"}, {"B", "10.00"}}, answer.Rows); diff != "" || err != nil {
				t.Error(diff, err)
			}
			if secret, err := catalog.Fetch(t.Context(), db, "select n from ops.runs", 1); err != nil || len(secret.Rows) != 1 {
				t.Errorf("the program's own SQL reads %v, %v", secret.Rows, err)
			}
		}
	}
}

func TestManyAskAtOnce(t *testing.T) {
	db := open(t, whole, guard.Limits{})
	for range 8 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			got, err := db.Query(t.Context(), "select sum(total_amount_inr) from "+view)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([][]any{{"16.00"}}, got.Rows); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAFileStaysOpenWhenTheContextItWasOpenedInEnds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fmcg.duckdb")
	write(t, path, whole)
	ctx, cancel := context.WithCancel(t.Context())
	db, err := guard.Open(ctx, path, guard.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	cancel()
	first, err := db.QueryContext(t.Context(), "select 1 from "+view) // holds a connection, so that the next needs another
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if _, err := db.Query(t.Context(), "select count(*) from "+view); err != nil {
		t.Error(err)
	}
}

func TestNothingPublishedIsSaid(t *testing.T) {
	if _, err := guard.Open(t.Context(), filepath.Join(t.TempDir(), "none.duckdb"), guard.Limits{}); !errors.Is(err, catalog.ErrNothingPublished) {
		t.Errorf("got %v, want %v", err, catalog.ErrNothingPublished)
	}
}

func TestAFileOpenElsewhereInTheProcessIsGuardedToo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fmcg.duckdb")
	write(t, path, whole)
	warehouse, err := catalog.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer warehouse.Close()
	guarded, err := guard.Open(t.Context(), path, guard.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer guarded.Close()
	if _, err := guarded.Query(t.Context(), "select count(*) from "+view); err != nil {
		t.Error(err)
	}
	if _, err := warehouse.Query(t.Context(), "select count(*) from bronze.orders", 0); err != nil {
		t.Error(err)
	}
}
