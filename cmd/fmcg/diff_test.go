package main

import (
	"bytes"
	"database/sql"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/catalog"
	sqltree "github.com/fmcg/fmcg/sql"
)

// everyRow asks for more examples than there are rows.
const everyRow = 1 << 20

func differenceOf(t *testing.T, from, to string, options catalog.DiffOptions) catalog.Difference {
	t.Helper()
	difference, err := catalog.Diff(t.Context(), from, to, options)
	if err != nil {
		t.Fatal(err)
	}
	return difference
}

func tableOf(t *testing.T, difference catalog.Difference, name string) catalog.TableDifference {
	t.Helper()
	i := slices.IndexFunc(difference.Tables, func(table catalog.TableDifference) bool { return table.Table == name })
	if i < 0 {
		t.Fatalf("%s is not compared", name)
	}
	return difference.Tables[i]
}

// rowsOf returns the rows of a table, by column, in the columns that were compared.
func rowsOf(t *testing.T, file string, table catalog.TableDifference) []map[string]any {
	t.Helper()
	var rows []map[string]any
	for _, values := range ask(t, file, fmt.Sprintf(`select "%s" from %s`, strings.Join(table.Columns, `", "`), table.Table)).Rows {
		row := map[string]any{}
		for i, column := range table.Columns {
			row[column] = values[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// bag counts equal rows.
func bag(rows []map[string]any) map[string]int {
	counts := map[string]int{}
	for _, row := range rows {
		counts[fmt.Sprint(row)]++ // fmt sorts the keys of a map
	}
	return counts
}

// apply makes the rows of the second file, counted, of those of the first and the difference.
func apply(t *testing.T, rows []map[string]any, table catalog.TableDifference) map[string]int {
	t.Helper()
	counts, byKey := bag(rows), map[string]map[string]any{}
	keyOf := func(row map[string]any) string {
		key := make([]any, len(table.Key))
		for i, column := range table.Key {
			key[i] = row[column]
		}
		return fmt.Sprintf("%q", key)
	}
	for _, row := range rows {
		byKey[keyOf(row)] = row
	}
	move := func(row map[string]any, by int64) {
		counts[fmt.Sprint(row)] += int(by)
		if counts[fmt.Sprint(row)] < 0 {
			t.Errorf("%s: removed, but not there: %v", table.Table, row)
		}
		if counts[fmt.Sprint(row)] == 0 {
			delete(counts, fmt.Sprint(row))
		}
	}
	for _, example := range table.Examples {
		switch example.Change {
		case catalog.RowAdded:
			move(example.To, example.Rows)
		case catalog.RowRemoved:
			move(example.From, -example.Rows)
		case catalog.RowChanged:
			before := byKey[keyOf(example.From)]
			after := maps.Clone(before)
			for column, value := range example.To {
				if before[column] != example.From[column] {
					t.Errorf("%s: %s was %v, the difference says %v", table.Table, column, before[column], example.From[column])
				}
				after[column] = value
			}
			move(before, -1)
			move(after, 1)
		}
	}
	return counts
}

// edited are the tables that edit changes, each with a column of text.
var edited = map[string]string{
	"silver.orders": "order_id", "silver.customers": "customer_id", "silver.gross_price": "product_code",
	"gold.fact_orders": "product_code", "gold.dim_customers": "market", "gold.dim_products": "product_code", "gold.dim_gross_price": "product_code",
	"gold.sb_dim_customers": "city", "ops.quarantine": "reason", "bronze.orders": "order_qty", "bronze.customers": "city",
}

// edit makes a few changes of a file at random: rows gone, rows doubled (which no key survives), rows of another key, and
// other values and nulls in a column.
func edit(t *testing.T, file string, random *rand.Rand) {
	t.Helper()
	db, err := sql.Open("duckdb", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	names := slices.Sorted(maps.Keys(edited))
	for range 8 {
		table := names[random.IntN(len(names))]
		column, some := edited[table], fmt.Sprintf("hash(rowid, %d) %% %d = 0", random.Uint32(), 2+random.IntN(40))
		value := column + " || '*'"
		if table != "ops.quarantine" && random.IntN(3) == 0 {
			value = "null"
		}
		statement := []string{
			"delete from %[1]s where %[2]s",
			"insert into %[1]s from %[1]s where %[2]s",
			"insert into %[1]s select * replace (%[3]s || 'x' as %[3]s) from %[1]s where %[2]s",
			"update %[1]s set %[3]s = %[4]s where %[2]s",
			"update %[1]s set %[3]s = %[4]s where %[2]s",
		}[random.IntN(5)]
		if _, err := db.Exec(fmt.Sprintf(statement, table, some, column, value)); err != nil {
			t.Fatalf("%s: %v", table, err)
		}
	}
}

func TestTheDifferenceOfTwoFilesAppliedToTheRowsOfTheFirstGivesThoseOfTheSecond(t *testing.T) {
	from := publishDemo(t)
	tables := append(slices.Collect(maps.Keys(edited)), "gold.sb_fact_orders")
	different, byKey, byRow := 0, 0, 0
	for seed := range uint64(5) {
		to := filepath.Join(t.TempDir(), "other.duckdb")
		copyFile(t, from, to)
		edit(t, to, rand.New(rand.NewPCG(seed, 4)))
		difference := differenceOf(t, from, to, catalog.DiffOptions{Tables: tables, Examples: everyRow})
		for _, table := range difference.Tables {
			before, after := rowsOf(t, from, table), rowsOf(t, to, table)
			if table.RowsFrom != int64(len(before)) || table.RowsTo != int64(len(after)) {
				t.Errorf("seed %d, %s: %d and %d rows, want %d and %d", seed, table.Table, table.RowsFrom, table.RowsTo, len(before), len(after))
			}
			shown := int64(0)
			for _, example := range table.Examples {
				shown += example.Rows
			}
			if shown != table.Added+table.Removed+table.Changed {
				t.Errorf("seed %d, %s: %d rows shown of %d added, %d removed, %d changed", seed, table.Table, shown, table.Added, table.Removed, table.Changed)
			}
			if diff := cmp.Diff(bag(after), apply(t, before, table)); diff != "" {
				t.Errorf("seed %d, %s (-second file +first file and difference):\n%.2000s", seed, table.Table, diff)
			}
			switch {
			case table.Equal():
			case len(table.Key) > 0:
				byKey++
			default:
				byRow++
			}
			if !table.Equal() {
				different++
			}
		}
		if back := differenceOf(t, to, from, catalog.DiffOptions{Tables: tables}); !mirrored(difference, back) {
			t.Errorf("seed %d: the difference backwards is not the mirror of the one forwards", seed)
		}
	}
	if different == 0 || byKey == 0 || byRow == 0 {
		t.Errorf("%d tables differed, %d compared by key, %d by whole rows: the edits try too little", different, byKey, byRow)
	}
}

// mirrored says that one difference counts as added what the other counts as removed.
func mirrored(a, b catalog.Difference) bool {
	return slices.EqualFunc(a.Tables, b.Tables, func(a, b catalog.TableDifference) bool {
		return a.Table == b.Table && a.Added == b.Removed && a.Removed == b.Added && a.Changed == b.Changed
	})
}

// must runs a command line that succeeds.
func must(t *testing.T, args ...string) {
	t.Helper()
	var stderr bytes.Buffer
	if code := run(t.Context(), args, strings.NewReader(""), io.Discard, &stderr); code != 0 {
		t.Fatalf("fmcg %s: exit code %d\n%s", strings.Join(args, " "), code, stderr.String())
	}
}

// releasesBySteps refreshes a demo lake, then again after each step, and returns the lake and the kept files, oldest first.
func releasesBySteps(t *testing.T, steps ...func(lake string) (flags []string)) (files []string) {
	t.Helper()
	lake, link := filepath.Join(t.TempDir(), "lake"), filepath.Join(t.TempDir(), "fmcg.duckdb")
	must(t, "demo", lake, "--days", "40", "--rows-per-day", "60")
	for _, step := range append([]func(string) []string{func(string) []string { return nil }}, steps...) {
		must(t, append([]string{"refresh", "--lake", lake, "--warehouse", link}, step(lake)...)...)
		file, err := filepath.EvalSymlinks(link)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

func TestOneMoreDayDiffersByItsOwnRowsAndByTheMeasuresOfItsQuarter(t *testing.T) {
	const day = "orders_2026_02_03.csv"
	files := releasesBySteps(t,
		func(lake string) []string {
			landing := filepath.Join(lake, "child", "orders", "landing")
			body, err := os.ReadFile(filepath.Join(landing, "orders_2025_11_30.csv"))
			if err != nil {
				t.Fatal(err)
			}
			writeFile(t, filepath.Join(landing, day), regexp.MustCompile("(?m)^.*$").ReplaceAllStringFunc(string(body), func(line string) string {
				return strings.NewReplacer("2025", "2026", "November", "February", "-11-", "-02-", "/11/", "/02/", "30", "03").Replace(line)
			}))
			return nil
		},
		func(string) []string { return []string{"--full"} },
	)
	difference := differenceOf(t, files[0], files[1], catalog.DiffOptions{All: true})
	for table, query := range map[string]string{
		"bronze.orders":  "select count(*) from bronze.orders where file_name = '" + day + "'",
		"silver.orders":  "select count(*) from silver.orders where file_name = '" + day + "'",
		"ops.quarantine": "select count(*) from ops.quarantine where file_name = '" + day + "'",
	} {
		got := tableOf(t, difference, table)
		if want := column(t, files[1], query)[0]; want == "0" || fmt.Sprint(got.Added) != want || got.Removed+got.Changed != 0 {
			t.Errorf("%s: %d added, %d removed, %d changed, want %s added", table, got.Added, got.Removed, got.Changed, want)
		}
	}
	for _, table := range difference.Tables {
		if table.Note != "" || len(table.Key) == 0 && table.Table != "gold.sb_fact_orders" {
			t.Errorf("%s is not compared by its key: %q", table.Table, table.Note)
		}
	}
	if got := tableOf(t, difference, "bronze.orders").LeftOut; !slices.Equal(got, []string{"read_timestamp"}) {
		t.Errorf("left out of bronze.orders: %q", got)
	}
	if !slices.ContainsFunc(difference.Measures, func(m catalog.MeasureChange) bool {
		return m.Measure == "sold_quantity" && m.Quarter == "2026-Q1" && m.From == "0" && m.To == m.Change && m.To != "0"
	}) {
		t.Errorf("no quantity that came with 2026-Q1: %+v", difference.Measures)
	}
	if rebuilt := differenceOf(t, files[1], files[2], catalog.DiffOptions{All: true}); !rebuilt.Equal() {
		t.Errorf("a rebuild from the same files differs (law 5): %+v", rebuilt.Tables)
	}
	if same := differenceOf(t, files[1], files[1], catalog.DiffOptions{}); !same.Equal() || len(same.Tables) == 0 {
		t.Errorf("a file differs from itself: %+v", same.Tables)
	}
}

func TestTheMeasuresAreThoseOfBothFilesByQuarter(t *testing.T) {
	files := releasesBySteps(t, func(lake string) []string {
		if err := os.RemoveAll(filepath.Join(lake, "parent")); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(filepath.Join(lake, "parent"), 0o755); err != nil {
			t.Fatal(err)
		}
		return []string{"--full", "--accept-missing"}
	})
	figures := func(file string) map[string]string {
		found := map[string]string{}
		for _, row := range ask(t, file, `
			select 'total_amount_inr ' || year_quarter, cast(sum(total_amount_inr) as varchar) from gold.vw_fact_orders_enriched group by year_quarter
			union all select 'sold_quantity ' || year_quarter, cast(sum(sold_quantity) as varchar) from gold.vw_fact_orders_enriched group by year_quarter
			union all select 'total_amount_inr total', cast(sum(total_amount_inr) as varchar) from gold.vw_fact_orders_enriched
			union all select 'sold_quantity total', cast(sum(sold_quantity) as varchar) from gold.vw_fact_orders_enriched
			union all select 'quarantined_rows total', cast(count(*) as varchar) from ops.quarantine
			union all select 'quarantined_rows no month', cast(count(*) as varchar) from ops.quarantine where month is null
			union all select 'quarantined_rows ' || year(month) || '-Q' || quarter(month), cast(count(*) as varchar) from ops.quarantine where month is not null group by all`).Rows {
			found[fmt.Sprint(row[0])] = fmt.Sprint(row[1])
		}
		return found
	}
	wantFrom, wantTo := figures(files[0]), figures(files[1])
	gotFrom, gotTo := map[string]string{}, map[string]string{}
	for _, measure := range differenceOf(t, files[0], files[1], catalog.DiffOptions{}).Measures {
		name := measure.Measure + " " + measure.Quarter
		for side, value := range map[*map[string]string]string{&gotFrom: measure.From, &gotTo: measure.To} {
			if strings.Trim(value, "0.") != "" {
				(*side)[name] = value
			}
		}
	}
	if diff := cmp.Diff(wantFrom, gotFrom); diff != "" {
		t.Errorf("before (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wantTo, gotTo); diff != "" {
		t.Errorf("after (-want +got):\n%s", diff)
	}
	if len(wantFrom) == len(wantTo) {
		t.Error("no quarter is gone with the parent's facts")
	}
}

func TestEditedSQLIsSeenInTheColumnsAndTablesItChanges(t *testing.T) {
	tree := filepath.Join(t.TempDir(), "sql")
	if err := os.CopyFS(tree, sqltree.Files); err != nil {
		t.Fatal(err)
	}
	change := func(name string, pairs ...string) {
		t.Helper()
		path := filepath.Join(tree, filepath.FromSlash(name))
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		changed := strings.NewReplacer(pairs...).Replace(string(body))
		if changed == string(body) {
			t.Fatalf("%s has none of %q", name, pairs)
		}
		writeFile(t, path, changed)
	}
	change("gold/dim_date.sql", "--   year_quarter: 2025-Q3", "--   year_quarter: 2025-Q3\n--   half: H2")
	body, err := os.ReadFile(filepath.Join(tree, "gold", "dim_date.sql"))
	if err != nil {
		t.Fatal(err)
	}
	head, query, _ := strings.Cut(string(body), "\n\n")
	writeFile(t, filepath.Join(tree, "gold", "dim_date.sql"), head+"\n\nselect dim_date.* replace (cast(date_key as bigint) as date_key), case when quarter in ('Q1', 'Q2') then 'H1' else 'H2' end as half\nfrom (\n"+query+"\n) as dim_date\n")
	change("gold/dim_products.sql", "-- key: product_code", "-- key: product_code, division")
	writeFile(t, filepath.Join(tree, "gold", "fact_count.sql"), "-- How many facts there are: one row.\n--\n-- task: fact_processing_orders\n-- load: replace\n-- columns:\n--   facts: number\n\nselect count(*) as facts from gold.fact_orders\n")
	if err := os.Remove(filepath.Join(tree, "gold", "sb_fact_orders.sql")); err != nil {
		t.Fatal(err)
	}
	files := releasesBySteps(t, func(string) []string { return []string{"--sql", tree} })
	difference := differenceOf(t, files[0], files[1], catalog.DiffOptions{Examples: 1})
	var different []string
	for _, table := range difference.Tables {
		if !table.Equal() {
			different = append(different, table.In+" "+table.Table)
		}
	}
	if diff := cmp.Diff([]string{"both gold.dim_date", "to gold.fact_count", "from gold.sb_fact_orders", "both gold.vw_fact_orders_enriched"}, different); diff != "" {
		t.Errorf("tables that differ (-want +got):\n%s", diff)
	}
	dates := tableOf(t, difference, "gold.dim_date")
	if diff := cmp.Diff([]catalog.SchemaChange{{Column: "date_key", From: "INTEGER", To: "BIGINT"}, {Column: "half", To: "VARCHAR"}}, dates.Schema); diff != "" {
		t.Errorf("schema of dim_date (-want +got):\n%s", diff)
	}
	if dates.Added+dates.Removed+dates.Changed != 0 {
		t.Errorf("a date_key of another type counts as another value: %+v", dates)
	}
	if got := tableOf(t, difference, "gold.dim_products").Key; !slices.Equal(got, []string{"product_code", "division"}) {
		t.Errorf("the key of dim_products is %q, not the one its head names", got)
	}
}

// alter changes a copy of a published file by hand.
func alter(t *testing.T, from string, statements ...string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "altered.duckdb")
	copyFile(t, from, file)
	db, err := sql.Open("duckdb", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	return file
}

func TestTablesThatHaveLittleInCommonAreComparedInThat(t *testing.T) {
	from := publishDemo(t)
	to := alter(t, from,
		"create or replace table gold.sb_dim_gross_price as select 1 as other",
		`create table gold."odd ""name""" as select 1 as "a ""column"""`,
		"create or replace table silver.city_typos as select typo, 'x' || city as city, 'text' as reason from silver.city_typos",
		"create or replace table silver.customer_cities as select cast(customer_id as bigint) as customer_id, city, reason from silver.customer_cities",
		"delete from ops.runs")
	difference := differenceOf(t, from, to, catalog.DiffOptions{Examples: 1})
	if difference.From.Run == "" || difference.To.Run != "" {
		t.Errorf("runs %q and %q, want one and, of a build without a recorded run, none", difference.From.Run, difference.To.Run)
	}
	if got := tableOf(t, difference, "gold.sb_dim_gross_price"); got.Note == "" || got.Added != 1 || got.Removed != got.RowsFrom || got.RowsFrom < 2 {
		t.Errorf("a table of other columns: %+v", got)
	}
	if got := tableOf(t, difference, `gold.odd "name"`); got.In != "to" || got.Added != 1 {
		t.Errorf("a new table with an odd name: %+v", got)
	}
	typos := tableOf(t, difference, "silver.city_typos")
	if want := []catalog.ColumnChanges{{Column: "city", Rows: typos.RowsTo}, {Column: "reason", Rows: typos.RowsTo}}; !slices.Equal(typos.Key, []string{"typo"}) || !slices.Equal(typos.Changes, want) {
		t.Errorf("a table whose comment is gone: key %q, changes %v, want %v", typos.Key, typos.Changes, want)
	}
	if got := tableOf(t, difference, "silver.customer_cities"); got.Added+got.Removed+got.Changed != 0 || len(got.Schema) != 1 {
		t.Errorf("numbers that were texts: %+v", got)
	}
}

func TestANullInTheKeyIsAValueLikeAnother(t *testing.T) {
	from := alter(t, publishDemo(t), "update gold.sb_dim_customers set customer_code = null where customer_code = '999999'")
	to := alter(t, from, "update gold.sb_dim_customers set city = 'Pune' where customer_code is null")
	got := tableOf(t, differenceOf(t, from, to, catalog.DiffOptions{Examples: 2}), "gold.sb_dim_customers")
	if got.Added+got.Removed != 0 || got.Changed != 1 || len(got.Examples) != 1 || got.Examples[0].To["city"] != "Pune" || got.Examples[0].To["customer_code"] != nil {
		t.Errorf("got %+v, want one changed row", got)
	}
}

func TestAFileThatIsNoneOfOursIsNamedAndNotCompared(t *testing.T) {
	file, other := publishDemo(t), filepath.Join(t.TempDir(), "other.duckdb")
	db, err := sql.Open("duckdb", other)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec("create table numbers (number integer)")
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(filepath.Dir(other), "text"), "no database")
	for _, wrong := range []string{other, filepath.Join(filepath.Dir(other), "text"), filepath.Join(filepath.Dir(other), "nowhere")} {
		for _, sides := range [][2]string{{file, wrong}, {wrong, file}} {
			if _, err := catalog.Diff(t.Context(), sides[0], sides[1], catalog.DiffOptions{}); err == nil || !strings.Contains(err.Error(), wrong) {
				t.Errorf("%q: %v, want an error that names %s", sides, err, wrong)
			}
		}
	}
}
