package main

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/fmcg/fmcg/pipeline/lake/s3test"
)

// attachTo opens an engine of its own that has a published file attached.
func attachTo(t *testing.T, published string) *sql.DB {
	t.Helper()
	release, err := filepath.EvalSymlinks(published)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	for _, statement := range []string{"set TimeZone = 'UTC'", fmt.Sprintf("attach '%s' as published (read_only)", release)} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

// differing counts the rows that one of two relations has and the other has not, and those of the first.
func differing(t *testing.T, db *sql.DB, one, other string) (differing, rows int) {
	t.Helper()
	if err := db.QueryRow(fmt.Sprintf(`select (select count(*) from %[1]s), (select count(*) from
		((from %[1]s except all from %[2]s) union all (from %[2]s except all from %[1]s)))`, one, other)).Scan(&rows, &differing); err != nil {
		t.Fatal(err)
	}
	return differing, rows
}

// columnsOf are the columns of a query with their types.
func columnsOf(t *testing.T, db *sql.DB, query string) (columns []string) {
	t.Helper()
	rows, err := db.Query("select column_name || ' ' || column_type from (describe " + query + ")")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var column string
		if err := rows.Scan(&column); err != nil {
			t.Fatal(err)
		}
		columns = append(columns, column)
	}
	return columns
}

// asCSV reads a CSV file with these columns, and takes away what keeps its texts from being run.
func asCSV(file string, columns []string) string {
	var types, values []string
	for _, column := range columns {
		name, kind, _ := strings.Cut(column, " ")
		types = append(types, fmt.Sprintf("'%s': '%s'", name, kind))
		value := name
		if kind == "VARCHAR" {
			value = fmt.Sprintf(`case when regexp_matches(%[1]s, '^''[ \x{a0}]*[=+\-@\t\r\n]') then substr(%[1]s, 2) else %[1]s end as %[1]s`, name)
		}
		values = append(values, value)
	}
	return fmt.Sprintf("(select %s from read_csv('%s', columns = {%s}, header = true, delim = ',', quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = false))",
		strings.Join(values, ", "), file, strings.Join(types, ", "))
}

func TestEachTableThatIsExportedIsReadBackAsItIs(t *testing.T) {
	link, dir := publishDemo(t), t.TempDir()
	db := attachTo(t, link)
	for _, row := range ask(t, link, `select schema_name || '.' || table_name from duckdb_tables() where schema_name in ('gold', 'silver', 'bronze', 'ops')
		union all select schema_name || '.' || view_name from duckdb_views() where schema_name in ('gold', 'ops') order by all`).Rows {
		table := fmt.Sprint(row[0])
		columns := columnsOf(t, db, "from published."+table)
		for _, kind := range []string{"parquet", "csv"} {
			file := filepath.Join(dir, table+"."+kind)
			must(t, "export", "--table", table, file, "--warehouse", link)
			there := "read_parquet('" + file + "')"
			if kind == "csv" {
				there = asCSV(file, columns)
			}
			if different, rows := differing(t, db, "published."+table, there); different != 0 {
				t.Errorf("%s as %s: %d rows differ, of %d", table, kind, different, rows)
			}
			if diff := cmp.Diff(columns, columnsOf(t, db, "from "+there)); kind == "parquet" && diff != "" {
				t.Errorf("%s as parquet: types (-published +exported):\n%s", table, diff)
			}
		}
	}
}

// types is a query with what is hard to write: texts that would be run, long numbers, times, nothing at all.
const types = `select * from (values
	(1::bigint, '=1+1', 100.50::decimal(18,2), date '2025-07-01', timestamp '2025-07-01 10:11:12.000345', time '01:02:03.5', 0.1::double, true, 12345678901234567890::hugeint),
	(9223372036854775807, 'a "quoted", text' || chr(10) || 'of two lines', -0.01, date '0001-01-01', timestamp '1999-12-31 23:59:59', time '00:00:00', 'nan'::double, false, -1),
	(null, '', null, null, null, null, null, null, null),
	(0, ' =2', 0, date '9999-12-31', timestamp '2000-01-01 00:00:00', time '23:59:59', 1e300, null, 0)
) as hard(number, text, money, day, moment, clock, double, flag, huge)`

func TestAQueryIsExportedWithItsExactValuesWhateverTheyAre(t *testing.T) {
	link, dir := publishDemo(t), t.TempDir()
	db := attachTo(t, link)
	parquet, csv := filepath.Join(dir, "it's hard.parquet"), filepath.Join(dir, "hard.csv")
	must(t, "export", "--query", types+"; ", parquet, "--warehouse", link)
	must(t, "export", "--query", types, csv, "--warehouse", link)
	quoted := strings.ReplaceAll(parquet, "'", "''")
	columns := columnsOf(t, db, types)
	for _, there := range []string{"read_parquet('" + quoted + "')", asCSV(csv, columns)} {
		if different, rows := differing(t, db, "("+types+")", there); different != 0 || rows != 4 {
			t.Errorf("%d rows differ, of %d, in %s", different, rows, there)
		}
	}
	body, err := os.ReadFile(csv)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(body); !strings.Contains(text, "1,'=1+1,100.50,2025-07-01,2025-07-01 10:11:12.000345,") || !strings.Contains(text, "' =2") {
		t.Errorf("the CSV is\n%s", text)
	}
	// Another program reads the same.
	query := "select count(*), sum(number), sum(length(text)), sum(money), max(moment), max(huge) from read_parquet('" + quoted + "')"
	want := answersOfGo(t, link, []string{strings.Replace(query, "read_parquet('"+quoted+"')", "("+strings.ReplaceAll(types, "\n", " ")+")", 1)})
	for _, client := range clients(t) {
		if strings.HasPrefix(client.name, "Python") {
			if diff := cmp.Diff(want, client.read(t, []string{query}, link)); diff != "" {
				t.Errorf("%s reads (+) what Go does not (-):\n%s", client.name, diff)
			}
		}
	}
}

func TestAWorkbookHasNumbersDaysAndTextsAsSuchAndRoundsNone(t *testing.T) {
	link, dir := publishDemo(t), t.TempDir()
	file := filepath.Join(dir, "hard.xlsx")
	must(t, "export", "--query", types, file, "--warehouse", link)
	book, err := excelize.OpenFile(file)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	for cell, want := range map[string]string{
		"A2": "1", "B2": "=1+1", "C2": "100.5", "D2": "45839", "G2": "0.1", "H2": "1",
		"A3": "9223372036854775807", "D3": "0001-01-01", "G3": "NaN", "B4": "", "A4": "", "I2": "12345678901234567890", "I3": "-1",
	} {
		got, err := book.GetCellValue("query", cell, excelize.Options{RawCellValue: true})
		if err != nil || got != want {
			t.Errorf("%s is %q (%v), want %q", cell, got, err, want)
		}
		if formula, err := book.GetCellFormula("query", cell); err != nil || formula != "" {
			t.Errorf("%s is the formula %q (%v)", cell, formula, err)
		}
	}
	for cell, isText := range map[string]bool{"A2": false, "C2": false, "D2": false, "I3": false, "A3": true, "B2": true, "D3": true, "I2": true} {
		kind, err := book.GetCellType("query", cell)
		if is := kind == excelize.CellTypeInlineString || kind == excelize.CellTypeSharedString; err != nil || is != isText {
			t.Errorf("%s is of type %v (%v)", cell, kind, err)
		}
	}
}

func TestAnExportThatFailsLeavesTheFileThatWasThere(t *testing.T) {
	link, dir := publishDemo(t), t.TempDir()
	other := filepath.Join(dir, "other.csv")
	writeFile(t, other, "a\n1\n")
	for name, export := range map[string][]string{
		"there is no such table": {"--table", "gold.dim_prodcts", "kept.parquet"},
		"another file is read":   {"--query", "from '" + other + "'", "kept.csv"},
		"the file is written to": {"--query", "drop table gold.dim_date", "kept.csv"},
		"more is run":            {"--query", "select 1) to '" + filepath.Join(dir, "stolen.csv") + "'; --", "kept.parquet"},
		"a sheet is too short":   {"--query", "from range(1048576)", "kept.xlsx"},
		"a cell is too short":    {"--query", "select repeat('x', 32768)", "kept.xlsx"},
		"no kind is named":       {"--table", "gold.dim_date", "kept.txt"},
	} {
		t.Run(name, func(t *testing.T) {
			target := filepath.Join(dir, export[2])
			writeFile(t, target, "as it was")
			var out, complaint strings.Builder
			code := run(t.Context(), []string{"export", export[0], export[1], target, "--warehouse", link}, strings.NewReader(""), &out, &complaint)
			body, err := os.ReadFile(target)
			if code == 0 || err != nil || string(body) != "as it was" {
				t.Errorf("exit code %d, the file is %q (%v): %s", code, body, err, complaint.String())
			}
			if left, _ := filepath.Glob(filepath.Join(dir, ".kept*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			if _, err := os.Stat(filepath.Join(dir, "stolen.csv")); err == nil {
				t.Error("another file was written")
			}
		})
	}
}

func TestAnExportToS3IsAnObject(t *testing.T) {
	link, server := publishDemo(t), s3test.Start(t)
	server.SetEnv(t)
	must(t, "export", "--query", "select 1 as one union all select 2", server.URL("open/rows.csv"), "--warehouse", link)
	body, err := os.ReadFile(filepath.Join(server.Dir, server.Bucket, "open", "rows.csv"))
	if err != nil || string(body) != "one\n1\n2\n" {
		t.Errorf("the object is %q (%v)", body, err)
	}
}
