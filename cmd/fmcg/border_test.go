package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/pipeline"
	sqltree "github.com/fmcg/fmcg/sql"
)

const module = "github.com/fmcg/fmcg"

// dependencies returns, of each package of this module, what it depends on, however far.
func dependencies(t *testing.T) map[string][]string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Deps", module+"/...")
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	decoder := json.NewDecoder(strings.NewReader(string(output)))
	for {
		var listed struct {
			ImportPath string
			Deps       []string
		}
		if err := decoder.Decode(&listed); errors.Is(err, io.EOF) {
			return found
		} else if err != nil {
			t.Fatal(err)
		}
		found[listed.ImportPath] = listed.Deps
	}
}

func TestPipelineAndCatalogMeetInTheFileAndTheJournalAndInNothingElse(t *testing.T) {
	const (
		pipelineSide = module + "/pipeline"
		catalogSide  = module + "/catalog"
		journal      = module + "/pipeline/journal"
		why          = "the published file and the journal are all that the writing and the reading side share; what both need to know is said in the file"
	)
	of := func(name, side string) bool { return name == side || strings.HasPrefix(name, side+"/") }
	seen := map[string]int{}
	for name, needed := range dependencies(t) {
		for _, other := range needed {
			switch {
			case name == journal && strings.HasPrefix(other, module):
				t.Errorf("%s depends on %s: it is a leaf that both sides may import, and brings nothing with it", name, other)
			case of(name, pipelineSide) && of(other, catalogSide):
				t.Errorf("%s depends on %s: %s", name, other, why)
			case of(name, catalogSide) && of(other, pipelineSide) && other != journal:
				t.Errorf("%s depends on %s: %s", name, other, why)
			}
		}
		for _, side := range []string{pipelineSide, catalogSide} {
			if of(name, side) {
				seen[side]++
			}
		}
	}
	if seen[pipelineSide] < 2 || seen[catalogSide] < 1 {
		t.Errorf("packages looked at: %v", seen)
	}
}

// column asks for one column.
func column(t *testing.T, file, query string) []string {
	t.Helper()
	var found []string
	for _, row := range ask(t, file, query).Rows {
		found = append(found, fmt.Sprint(row[0]))
	}
	return found
}

// designed are the tables of DESIGN.md with their columns. More columns may follow these.
var designed = map[string]string{
	"gold.dim_customers":            "customer_code, customer, market, platform, channel",
	"gold.dim_products":             "product_code, division, category, product, variant",
	"gold.dim_gross_price":          "product_code, price_inr, year",
	"gold.dim_date":                 "month_start_date, date_key, year, month_name, month_short_name, quarter, year_quarter",
	"gold.fact_orders":              "date, product_code, customer_code, sold_quantity",
	"gold.sb_dim_customers":         "customer_code, customer_name, city, customer, market, platform, channel",
	"gold.sb_dim_products":          "product_code, product_id, division, category, product, variant",
	"gold.sb_dim_gross_price":       "product_code, price_inr, year",
	"gold.sb_fact_orders":           "order_id, date, product_code, customer_code, sold_quantity",
	"gold.vw_fact_orders_enriched":  "date, product_code, customer_code, date_key, year, month_name, month_short_name, quarter, year_quarter, customer, market, platform, channel, division, category, product, variant, sold_quantity, price_inr, total_amount_inr",
	"ops.files":                     "source, table_name, uri, file_name, file_size, last_modified, etag, state, rows_read, run_id, loaded_at, reason",
	"ops.quarantine":                "table_name, file_name, line, reason, row, run_id, quarantined_at",
	"ops.row_accounts":              "table_name, file_name, rows_read, rows_loaded, rows_duplicate, rows_superseded, rows_quarantined",
	"ops.runs":                      "run_id, job, trigger, started_by, parameters, version, state, started_at, finished_at, files_loaded, rows_read, rows_quarantined, error_code, error",
	"ops.run_tasks":                 "run_id, task, state, started_at, finished_at, rows_read, rows_written, error",
	"ops.check_results":             "run_id, check_name, severity, state, failing_rows",
	"bronze.customers":              "customer_id, customer_name, city, read_timestamp, file_name, file_size, line",
	"bronze.products":               "product_name, product_id, category, read_timestamp, file_name, file_size, line",
	"bronze.gross_price":            "product_id, month, gross_price, read_timestamp, file_name, file_size, line",
	"bronze.orders":                 "order_id, order_placement_date, customer_id, product_id, order_qty, read_timestamp, file_name, file_size, line",
	"bronze.parent_dim_customers":   "customer_code, customer, market, platform, channel, read_timestamp, file_name, file_size, line",
	"bronze.parent_dim_products":    "product_code, division, category, product, variant, read_timestamp, file_name, file_size, line",
	"bronze.parent_dim_gross_price": "product_code, price_inr, year, read_timestamp, file_name, file_size, line",
	"bronze.parent_fact_orders":     "date, product_code, customer_code, sold_quantity, read_timestamp, file_name, file_size, line",
	"silver.customers":              "",
	"silver.products":               "",
	"silver.gross_price":            "",
	"silver.orders":                 "",
}

// designedTypes are the types that DESIGN.md gives to columns, wherever they stand in gold.
var designedTypes = map[string]string{
	"customer_code": "VARCHAR", "product_code": "VARCHAR", "product_id": "VARCHAR", "order_id": "VARCHAR", "date": "DATE", "month_start_date": "DATE",
	"year": "INTEGER", "date_key": "INTEGER", "sold_quantity": "BIGINT", "price_inr": "DECIMAL(18,2)",
}

// reasons are those of RULES.md, by bronze table.
var reasons = map[string][]string{
	"customers":              {"missing_key"},
	"products":               {"invalid_product_id"},
	"gross_price":            {"missing_price", "unparsable_month", "unknown_product"},
	"orders":                 {"missing_order_id", "unparsable_date", "missing_quantity", "invalid_quantity", "unknown_product"},
	"parent_dim_customers":   {"missing_key"},
	"parent_dim_products":    {"missing_key"},
	"parent_dim_gross_price": {"missing_key", "invalid_price"},
	"parent_fact_orders":     {"missing_key", "unparsable_date", "missing_quantity", "invalid_quantity"},
}

func TestThePublishedFile(t *testing.T) {
	file := publishDemo(t)
	columns := map[string][]string{}
	types := map[string]string{}
	for _, row := range ask(t, file, `select schema_name || '.' || table_name, column_name, data_type from duckdb_columns()
		where schema_name in ('bronze', 'silver', 'gold', 'ops') order by schema_name, table_name, column_index`).Rows {
		table := fmt.Sprint(row[0])
		columns[table] = append(columns[table], fmt.Sprint(row[1]))
		types[fmt.Sprintf("%s.%s", table, row[1])] = fmt.Sprint(row[2])
	}

	t.Run("has every table and column of the design", func(t *testing.T) {
		for table, text := range designed {
			want := strings.Split(text, ", ")
			if text == "" {
				want = []string{"file_name", "line"} // cleaned, typed, with the way back to bronze
				for _, name := range want {
					if !slices.Contains(columns[table], name) {
						t.Errorf("%s has no column %s", table, name)
					}
				}
				continue
			}
			got := columns[table]
			if len(got) > len(want) {
				got = got[:len(want)]
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", table, diff)
			}
		}
		for name, kind := range types {
			table, column := name[:strings.LastIndexByte(name, '.')], name[strings.LastIndexByte(name, '.')+1:]
			if want := designedTypes[column]; want != "" && strings.HasPrefix(table, "gold.") && kind != want {
				t.Errorf("%s is %s, want %s", name, kind, want)
			}
		}
		if kind := types["gold.vw_fact_orders_enriched.total_amount_inr"]; !strings.HasPrefix(kind, "DECIMAL") {
			t.Errorf("total_amount_inr is %s, want a decimal", kind)
		}
		if got := column(t, file, "select job from ops.runs"); !slices.Equal(got, []string{"FMCG INCREMENTAL UPDATE"}) {
			t.Errorf("job %q", got)
		}
		want := []string{"dim_processing_customer", "dim_processing_prices", "dim_processing_products", "fact_processing_orders"}
		if diff := cmp.Diff(want, column(t, file, "select task from ops.run_tasks order by task")); diff != "" {
			t.Errorf("tasks (-want +got):\n%s", diff)
		}
	})

	t.Run("has the columns that the heads of the SQL files name", func(t *testing.T) {
		tree, err := pipeline.LoadTree(sqltree.Files)
		if err != nil {
			t.Fatal(err)
		}
		for _, model := range tree.Models {
			var want []string
			judged := slices.ContainsFunc(model.Columns, func(c pipeline.Column) bool { return c.Name == "outcome" })
			for _, named := range model.Columns {
				if !judged || named.Name != "outcome" && named.Name != "reason" { // which say where a row goes, and stay behind
					want = append(want, named.Name)
				}
			}
			if diff := cmp.Diff(want, columns[model.Table]); diff != "" {
				t.Errorf("%s (-head +table):\n%s", model.Path, diff)
			}
		}
		if len(tree.Models) < len(designed)/2 {
			t.Errorf("only %d models", len(tree.Models))
		}
	})

	t.Run("has a comment on every table, view and column", func(t *testing.T) {
		for what, query := range map[string]string{
			"table":  "select schema_name || '.' || table_name, comment from duckdb_tables() where not internal",
			"view":   "select schema_name || '.' || view_name, comment from duckdb_views() where not internal",
			"column": "select schema_name || '.' || table_name || '.' || column_name, comment from duckdb_columns() where not internal",
		} {
			rows := ask(t, file, query).Rows
			if len(rows) == 0 {
				t.Errorf("no %s", what)
			}
			for _, row := range rows {
				if strings.HasPrefix(fmt.Sprint(row[0]), "ops.schema_versions") {
					continue // goose's own
				}
				if comment, _ := row[1].(string); strings.TrimSpace(comment) == "" {
					t.Errorf("%s %s has no comment", what, row[0])
				}
			}
		}
	})

	t.Run("has views that name no catalog", func(t *testing.T) {
		views := ask(t, file, "select schema_name || '.' || view_name, sql from duckdb_views() where not internal").Rows
		named := regexp.MustCompile(`(?i)\b"?fmcg"?\."?(bronze|silver|gold|ops)\b`)
		for _, row := range views {
			if found := named.FindString(fmt.Sprint(row[1])); found != "" {
				t.Errorf("%s names the catalog (%s): it breaks where the file is renamed or attached under another name", row[0], found)
			}
		}
		if len(views) == 0 {
			t.Error("no views")
		}
	})

	t.Run("has views that need no extension, no macro and no variable", func(t *testing.T) {
		builtIn := map[string]bool{}
		for _, name := range column(t, file, "select distinct function_name from duckdb_functions() where internal and database_name = 'system'") {
			builtIn[strings.ToLower(name)] = true
		}
		macros := map[string]bool{}
		for _, name := range column(t, file, "select distinct function_name from duckdb_functions() where function_type like '%macro' and internal") {
			macros[strings.ToLower(name)] = true
		}
		if made := column(t, file, "select function_name from duckdb_functions() where not internal"); len(made) > 0 {
			t.Errorf("the file defines %v; old clients need not know them", made)
		}
		for _, row := range ask(t, file, "select schema_name || '.' || view_name, cast(json_serialize_sql(regexp_extract(sql, '(?is) as (.*)$', 1)) as varchar) from duckdb_views() where not internal").Rows {
			var tree any
			if err := json.Unmarshal([]byte(fmt.Sprint(row[1])), &tree); err != nil {
				t.Fatal(err)
			}
			if failed, _ := tree.(map[string]any)["error"].(bool); failed {
				t.Fatalf("%s: %v", row[0], tree)
			}
			functions := map[string]bool{}
			collectFunctions(tree, functions)
			for name := range functions {
				if !builtIn[name] || macros[name] || name == "getvariable" || strings.HasPrefix(name, "read_") || strings.Contains(name, "json") || strings.Contains(name, "icu") {
					t.Errorf("%s calls %s: a client may not have it", row[0], name)
				}
			}
		}
	})

	t.Run("knows every reason of the rules and no other", func(t *testing.T) {
		known := map[string]bool{"malformed_line": true}
		for table, names := range reasons {
			body, err := sqltree.Files.ReadFile("silver/" + table + ".sql")
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range names {
				known[name] = true
				if !strings.Contains(string(body), "'"+name+"'") {
					t.Errorf("silver/%s.sql does not know the reason %s", table, name)
				}
			}
		}
		for _, reason := range column(t, file, "select distinct reason from ops.quarantine") {
			if !known[reason] {
				t.Errorf("reason %s is none of the rules", reason)
			}
			delete(known, reason)
		}
		if len(known) > 0 {
			t.Errorf("the demo lake has no row for these reasons: %v", known)
		}
	})
}

// collectFunctions walks a serialized SELECT; operators (+, ~~) are functions without a name of letters.
func collectFunctions(node any, found map[string]bool) {
	switch node := node.(type) {
	case map[string]any:
		name, _ := node["function_name"].(string)
		if isOperator, _ := node["is_operator"].(bool); name != "" && !isOperator {
			found[strings.ToLower(name)] = true
		}
		for _, child := range node {
			collectFunctions(child, found)
		}
	case []any:
		for _, child := range node {
			collectFunctions(child, found)
		}
	}
}

func writeFile(t *testing.T, path, body string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(body), 0o644); err != nil {
		t.Fatal(err)
	}
}
