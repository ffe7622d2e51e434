package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A trace leads from a row of gold to the delivered records it was made of.
type trace struct {
	key   []string    // columns of the key, in the order they are given
	paths []tracePath // silver tables that the row comes from
}

// tracePath finds the rows of one silver table by the key ($1, $2, …).
type tracePath struct{ table, where string }

var (
	customerPaths = []tracePath{{"customers", "silver.customer_code = $1"}, {"parent_dim_customers", "silver.customer_code = $1"}}
	productPaths  = []tracePath{{"products", "silver.product_code = $1"}, {"parent_dim_products", "silver.product_code = $1"}}
	pricePaths    = []tracePath{
		{"gross_price", "silver.product_code = $1 and year(silver.month) = cast($2 as integer)"},
		{"parent_dim_gross_price", "silver.product_code = $1 and silver.year = cast($2 as integer)"},
	}
	factPaths = []tracePath{
		{"orders", "silver.month = cast($1 as date) and silver.product_code = $2 and silver.customer_code = $3"},
		{"parent_fact_orders", "silver.month = cast($1 as date) and silver.product_code = $2 and silver.customer_code = $3"},
	}
)

var traces = map[string]trace{
	"gold.dim_customers":           {[]string{"customer_code"}, customerPaths},
	"gold.sb_dim_customers":        {[]string{"customer_code"}, customerPaths[:1]},
	"gold.dim_products":            {[]string{"product_code"}, productPaths},
	"gold.sb_dim_products":         {[]string{"product_code"}, productPaths[:1]},
	"gold.dim_gross_price":         {[]string{"product_code", "year"}, pricePaths},
	"gold.sb_dim_gross_price":      {[]string{"product_code", "year"}, pricePaths[:1]},
	"gold.fact_orders":             {[]string{"date", "product_code", "customer_code"}, factPaths},
	"gold.vw_fact_orders_enriched": {[]string{"date", "product_code", "customer_code"}, factPaths},
	"gold.sb_fact_orders":          {[]string{"order_id"}, []tracePath{{"orders", "silver.order_id = $1"}}},
}

// TraceUsage says which tables can be traced, and by which key.
func TraceUsage() string {
	var lines []string
	for _, table := range TracedTables() {
		lines = append(lines, fmt.Sprintf("  %s %s", table, strings.ToUpper(strings.Join(traces[table].key, ","))))
	}
	return strings.Join(lines, "\n")
}

// TraceKey is the key by which the rows of a table can be traced; nil for a table that cannot be.
func TraceKey(table string) []string { return traces[table].key }

// TracedTables are the tables whose rows can be traced.
func TracedTables() []string { return slices.Sorted(maps.Keys(traces)) }

// Trace returns the delivered records that a row of gold was made of, a row each: table_name, file_name, line, uri (where
// the file lay when it was read), row (the record as delivered, JSON). The key is its columns, separated by commas; a
// month may be written 2025-07.
func (w *Warehouse) Trace(ctx context.Context, table, key string) (Table, error) {
	if !strings.Contains(table, ".") {
		table = "gold." + table
	}
	found, known := traces[table]
	if !known {
		return Table{}, fmt.Errorf("%s can't be traced; these can, by these keys:\n%s", table, TraceUsage())
	}
	parts := strings.Split(key, ",")
	if len(parts) != len(found.key) {
		return Table{}, fmt.Errorf("the key of %s is %s", table, strings.Join(found.key, ","))
	}
	var args []any
	for i, part := range parts {
		part = strings.TrimSpace(part)
		if found.key[i] == "date" && len(part) == len("2025-07") {
			part += "-01"
		}
		args = append(args, part)
	}
	var queries []string
	for _, path := range found.paths {
		queries = append(queries, fmt.Sprintf(`
			select '%[1]s' as table_name, bronze.file_name, bronze.line, files.uri,
				cast(to_json(bronze) as varchar) as row
			from silver.%[1]s as silver
			inner join bronze.%[1]s as bronze on silver.file_name = bronze.file_name and silver.line = bronze.line
			left join ops.files as files on files.table_name = '%[1]s' and files.file_name = bronze.file_name and files.state = 'loaded'
			where %[2]s`, path.table, path.where))
	}
	query := strings.Join(queries, " union all ") + " order by table_name, file_name, line"
	return w.Query(ctx, query, 0, args...)
}
