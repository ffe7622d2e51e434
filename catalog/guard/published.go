package guard

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog"
)

// Schemas are those of the published tables.
var Schemas = []string{"bronze", "silver", "gold", "ops"}

// tables are the published ones, by their names in lower case, "gold.fact_orders".
type tables map[string]bool

// QueryPublished is Query for statements that read any of the published tables and views, named with their schemas, with the
// functions an analyst needs on them. Rows is the most of the answer; 0 is the limit of the DB.
func (d *DB) QueryPublished(ctx context.Context, query string, rows int) (catalog.Table, error) {
	return d.limited(ctx, query, d.published, rows)
}

// Bounded is the statement that QueryPublished runs for another, for an engine elsewhere that runs it on the same release: at most so
// many of its rows, and one more. The error is a *Refusal where it would not run.
func (d *DB) Bounded(ctx context.Context, query string, rows int) (string, error) {
	bounded, _, err := judged(ctx, d, query, d.published, rows)
	return bounded, err
}

// Functions are the names of the functions that QueryPublished allows, operators left out.
func Functions() (names []string) {
	for _, list := range []map[string]bool{allowedFunctions, moreFunctions, gatherers} {
		for name := range list {
			if name[0] >= 'a' && name[0] <= 'z' && !strings.HasSuffix(name, "_escape") {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// readTables are the tables and views of the published schemas.
func readTables(ctx context.Context, from Engine) (tables, error) {
	found, err := catalog.Fetch(ctx, from, fmt.Sprintf(`
		select distinct lower(schema_name || '.' || table_name) from duckdb_columns()
		where database_name = '%s' and schema_name in ('%s')`, attached, strings.Join(Schemas, "', '")), 0)
	if err != nil {
		return nil, fmt.Errorf("list the published tables: %w", err)
	}
	listed := tables{}
	for _, row := range found.Rows {
		listed[fmt.Sprint(row[0])] = true
	}
	return listed, nil
}

// refuse says of a name that is no published table which one may be meant.
func (t tables) refuse(database, schema, name string) error {
	full := strings.TrimLeft(database+"."+schema+"."+name, ".")
	short := strings.ToLower(strings.TrimLeft(schema+"."+name, "."))
	var named []string // so in any schema
	for _, one := range Schemas {
		if other := one + "." + strings.ToLower(name); t[other] {
			named = append(named, other)
		}
	}
	switch {
	case database != "" && t[short]:
		return refuse("catalog", full, short)
	case schema == "" && len(named) > 0:
		return refuse("no_schema", full, strings.Join(named, ", "))
	case slices.Contains([]string{"information_schema", "pg_catalog"}, strings.ToLower(schema)) || strings.HasPrefix(strings.ToLower(name), "duckdb_") ||
		strings.HasPrefix(strings.ToLower(name), "sqlite_"):
		return refuse("engine_table", full)
	case len(named) > 0:
		return refuse("no_table_near", full, strings.Join(named, ", "))
	}
	if near := t.near(short); near != "" {
		return refuse("no_table_near", full, near)
	}
	return refuse("no_table", full)
}

// near is the table whose name is most like another: that shares most pairs of letters, and at least half of them.
func (t tables) near(name string) (found string) {
	best := 0.5
	for other := range t {
		like := alike(name, other)
		if _, bare, _ := strings.Cut(other, "."); !strings.Contains(name, ".") {
			like = alike(name, bare)
		}
		if like > best || like == best && other < found {
			best, found = like, other
		}
	}
	return found
}

// alike is the share of pairs of letters that two texts have in common (Dice).
func alike(a, b string) float64 {
	pairs := map[string]int{}
	for i := range len(a) - 1 {
		pairs[a[i:i+2]]++
	}
	common := 0
	for i := range len(b) - 1 {
		if pairs[b[i:i+2]] > 0 {
			pairs[b[i:i+2]]--
			common++
		}
	}
	return 2 * float64(common) / float64(max(len(a)+len(b)-2, 1))
}

// may says that a word is on the list, or on the longer one of statements over all tables.
func (c *checker) may(list, more map[string]bool, word string) bool {
	return list[word] || c.tables != nil && more[word]
}

// length judges what makes texts longer, and lists of texts: memory of single values is not counted by the engine.
func (c *checker) length(name string, node map[string]any) error {
	children, _ := node["children"].([]any)
	switch name {
	case "||", "concat":
		c.joinings += len(children) - 1
	case "list_value":
		for _, child := range children {
			if child, _ := child.(map[string]any); child["class"] != "CONSTANT" {
				c.joinings++
			}
		}
	case "replace", "regexp_replace", "translate":
		if !replacesByShorter(name, children) {
			return refuse("replacement", name)
		}
	}
	if c.joinings += joins[name]; c.joinings > joinings {
		return refuse("joinings", joinings)
	}
	return nil
}

// replacesByShorter says that a replacement is given by value and makes no text longer. An expression may match nothing, between
// all letters: it counts as a concatenation, and its replacement is a letter at most.
func replacesByShorter(name string, children []any) bool {
	if len(children) < 3 {
		return true // the engine will say that it is none
	}
	from, isText := textOf(children[1])
	to, isValue := textOf(children[2])
	switch {
	case !isValue:
		return false
	case name == "replace":
		return isText && len(to) <= max(len(from), 1)
	case name == "translate":
		return len(to) <= 4*len(from) // letter by letter
	}
	return len(to) <= 1
}

func textOf(node any) (string, bool) {
	constant, _ := node.(map[string]any)
	value, _ := constant["value"].(map[string]any)
	text, isText := value["value"].(string)
	return text, isText && constant["class"] == "CONSTANT"
}

// isJSON says that a type of the catalog is JSON, which is a text.
func isJSON(info map[string]any) bool {
	name, _ := info["name"].(string)
	database, _ := info["catalog"].(string)
	schema, _ := info["schema"].(string)
	return strings.EqualFold(name, "json") && database == "" && schema == ""
}

// nodes are objects of a tree, by their identity.
type nodes map[uintptr]bool

func (n nodes) has(node map[string]any) bool { return n[reflect.ValueOf(node).Pointer()] }

// Lengths of what a gatherer gives beyond which it is no value to be shown: outside of the engine nothing bounds its memory.
const (
	longestText = 100_000 // bytes
	longestList = 10_000
)

// withShortValues is a statement that fails where a text or a list of it is too long.
func withShortValues(ctx context.Context, engine Engine, query string) (string, error) {
	columns, err := catalog.Fetch(ctx, engine, "select column_name, column_type from (describe "+query+")", 0)
	if err != nil {
		return "", err
	}
	var short []string
	for _, column := range columns.Rows {
		name, kind := quoteName(fmt.Sprint(column[0])), fmt.Sprint(column[1])
		length, most, what := "strlen", longestText, "bytes"
		if strings.HasSuffix(kind, "[]") {
			length, most, what = "len", longestList, "values"
		} else if kind != "VARCHAR" {
			continue
		}
		short = append(short, fmt.Sprintf("case when %s(%s) > %d then error('a value of it has more than %[3]d %[4]s: group by more, or gather less') else %[2]s end as %[2]s", length, name, most, what))
	}
	if short == nil {
		return query, nil
	}
	return "select * replace (" + strings.Join(short, ", ") + ") from (" + query + ")", nil
}

func quoteName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// functionsIn are the functions that are columns of a statement themselves. One that selects all of another is that other.
func functionsIn(statement any) nodes {
	found := nodes{}
	holder, _ := statement.(map[string]any)
	node, _ := holder["node"].(map[string]any)
	for node != nil && node["type"] == "SELECT_NODE" {
		columns, _ := node["select_list"].([]any)
		from, _ := node["from_table"].(map[string]any)
		if len(columns) == 1 && from["type"] == "SUBQUERY" {
			if only, _ := columns[0].(map[string]any); only["class"] == "STAR" {
				inner, _ := from["subquery"].(map[string]any)
				node, _ = inner["node"].(map[string]any)
				continue
			}
		}
		for _, column := range columns {
			column, _ := column.(map[string]any)
			if children, _ := column["children"].([]any); column["function_name"] == "list_sort" && len(children) > 0 { // list(x order by x)
				column, _ = children[0].(map[string]any)
			}
			if column["class"] == "FUNCTION" {
				found[reflect.ValueOf(column).Pointer()] = true
			}
		}
		break
	}
	return found
}
