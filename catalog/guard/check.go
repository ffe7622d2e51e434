package guard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/fmcg/fmcg/catalog"
)

// View is the one relation that Query reads.
const (
	viewSchema = "gold"
	viewName   = "vw_fact_orders_enriched"
	View       = viewSchema + "." + viewName
)

// Sizes beyond which a statement is refused. The engine's own parser limits how deep it goes down, but its binder, which
// cannot be stopped, takes twice as long for each subquery in a subquery, measured.
const (
	longest  = 20_000 // bytes
	deepest  = 100    // expressions in expressions
	nested   = 8      // subqueries in subqueries that are expressions
	places   = 100    // read from, where a common table expression counts for all it reads each time: it may be computed anew
	groups   = 64     // grouping sets
	letters  = 200    // of a text given by value
	joinings = 8      // concatenations: each may double a text
)

// Engine parses statements: any DuckDB engine, open or guarded.
type Engine = catalog.Queryer

// Check says why a statement may not run, with a *Refusal; nil if it may. The engine parses it, nothing of it is executed.
// What may run reads View and nothing else, whatever the file holds.
func Check(ctx context.Context, engine Engine, query string) error {
	_, err := check(ctx, engine, query, nil)
	return err
}

// verdict is what is known of a statement that may run.
type verdict struct {
	reads   []string // the tables that it names
	gathers bool     // a value of it may be as long as a table
}

// check judges a statement. It may read View alone where no tables are given, else these.
func check(ctx context.Context, engine Engine, query string, tables tables) (found verdict, err error) {
	statement, err := parsed(ctx, engine, query)
	if err != nil {
		return found, err
	}
	checker := &checker{tables: tables}
	if tables != nil {
		checker.columns = functionsIn(statement)
	}
	found.reads = readIn(statement) // before the walk, which changes the tree
	err = checker.walk(statement, nil)
	found.gathers = checker.gathers
	return found, err
}

// Reads returns the tables that a statement names, as schema.table in lower case, each once and in their order; what it may do
// is not judged. The error is a *Refusal where it is no single SELECT.
func Reads(ctx context.Context, engine Engine, query string) ([]string, error) {
	statement, err := parsed(ctx, engine, query)
	if err != nil {
		return nil, err
	}
	return readIn(statement), nil
}

// readIn are the tables that are named anywhere in a tree. What is named without a schema is a common table expression.
func readIn(tree any) (names []string) {
	seen := map[string]bool{}
	everyNode(tree, func(node map[string]any) {
		schema, _ := node["schema_name"].(string)
		name, _ := node["table_name"].(string)
		if node["type"] == "BASE_TABLE" && schema != "" {
			seen[strings.ToLower(schema+"."+name)] = true
		}
	})
	return slices.Sorted(maps.Keys(seen))
}

// everyNode shows each object of a tree.
func everyNode(tree any, see func(map[string]any)) {
	switch tree := tree.(type) {
	case []any:
		for _, child := range tree {
			everyNode(child, see)
		}
	case map[string]any:
		see(tree)
		for _, child := range tree {
			everyNode(child, see)
		}
	}
}

// parsed is the tree of a statement, which must be one.
func parsed(ctx context.Context, engine Engine, query string) (any, error) {
	if err := checkText(query); err != nil {
		return nil, err
	}
	text, err := parse(ctx, engine, query)
	if err != nil {
		return nil, fmt.Errorf("parse the statement: %w", err)
	}
	var tree struct {
		Error      bool   `json:"error"`
		Type       string `json:"error_type"`
		Message    string `json:"error_message"`
		Position   string `json:"position"`
		Statements []any  `json:"statements"`
	}
	if err := json.Unmarshal(text, &tree); err != nil {
		return nil, fmt.Errorf("parse the statement: %w", err)
	}
	switch {
	case tree.Error && tree.Type != "parser":
		return nil, refuse("not_select")
	case tree.Error:
		err := refuse("syntax", tree.Message)
		if at, failed := strconv.ParseFloat(tree.Position, 64); failed == nil {
			err = located(err, map[string]any{"query_location": at})
		}
		return nil, err
	case len(tree.Statements) != 1:
		return nil, refuse("statements", len(tree.Statements))
	}
	return tree.Statements[0], nil
}

// checkText holds what must hold before the engine parses a statement.
func checkText(query string) error {
	if len(query) > longest {
		return refuse("too_long", longest)
	}
	if !utf8.ValidString(query) {
		return refuse("not_utf8")
	}
	for _, r := range query {
		if unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' {
			return refuse("control") // a zero byte ends the statement for the engine, not for its parser
		}
	}
	return nil
}

// parse returns the engine's own tree of a statement, as JSON.
func parse(ctx context.Context, engine Engine, query string) (tree []byte, err error) {
	rows, err := engine.QueryContext(ctx, "select cast(json_serialize_sql(cast(? as varchar)) as varchar)", query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if rows.Next() {
		err = rows.Scan(&tree)
	}
	return tree, errors.Join(err, rows.Err())
}

// checker goes through a tree and counts.
type checker struct {
	places, joinings, depth, nested int

	tables  tables // that may be read; nil: View alone
	columns nodes  // functions that stand where gatherers may
	gathers bool   // there are gatherers
}

// read counts what is read from.
func (c *checker) read(n int) error {
	if c.places += n; c.places > places {
		return refuse("places", places)
	}
	return nil
}

// scope holds the common table expressions that can be read at a place of the tree: how many places each reads from, by
// its name in lower case.
type scope map[string]int

// walk judges a node and all below it. It knows no structure but what a node is: each object that has a kind must be of
// one that is allowed, wherever it stands.
func (c *checker) walk(node any, seen scope) error {
	switch node := node.(type) {
	case []any:
		for _, child := range node {
			if err := c.walk(child, seen); err != nil {
				return err
			}
		}
	case map[string]any:
		class, isExpression := node["class"].(string)
		if isExpression {
			c.depth++
			defer func() { c.depth-- }()
		}
		if class == "SUBQUERY" {
			c.nested++
			defer func() { c.nested-- }()
		}
		if c.depth > deepest || c.nested > nested {
			return refuse("depth")
		}
		if err := c.node(node, seen); err != nil {
			return located(err, node)
		}
		seen, err := c.expressions(node, seen)
		if err != nil {
			return err
		}
		for key, child := range node {
			if key == "cte_map" {
				continue
			}
			if err := c.walk(child, seen); err != nil {
				return err
			}
		}
	}
	return nil
}

// expressions walks the common table expressions of a node, of which each can read those before it, and returns what the
// rest of the node can read.
func (c *checker) expressions(node map[string]any, seen scope) (scope, error) {
	ctes, _ := node["cte_map"].(map[string]any)
	entries, _ := ctes["map"].([]any)
	for _, entry := range entries {
		entry, _ := entry.(map[string]any)
		name, _ := entry["key"].(string)
		if strings.EqualFold(name, viewName) || strings.EqualFold(name, View) {
			return nil, refuse("name_of_view", name)
		}
		body, _ := entry["value"].(map[string]any)
		before := c.places
		if err := c.walk(body, seen); err != nil {
			return nil, err
		}
		inner := scope{strings.ToLower(name): c.places - before}
		for outer, n := range seen {
			if _, shadowed := inner[outer]; !shadowed {
				inner[outer] = n
			}
		}
		seen = inner
	}
	return seen, nil
}

// node judges one object of the tree by its kind.
func (c *checker) node(node map[string]any, seen scope) error {
	if id, isType := node["id"].(string); isType && !c.may(allowedValues, moreValues, id) {
		if info, _ := node["type_info"].(map[string]any); !(c.tables != nil && id == "UNBOUND" && isJSON(info)) {
			return refuse("type", id)
		}
	}
	kind, _ := node["type"].(string)
	class, isExpression := node["class"].(string)
	if kind != "" && !c.may(allowedKinds, moreKinds, kind) && !(class == "WINDOW" && strings.HasPrefix(kind, "WINDOW_")) && !(class == "COMPARISON" && strings.HasPrefix(kind, "COMPARE_")) {
		if kind == "LAMBDA" {
			return refuse("arrow")
		}
		return refuse("kind", strings.ToLower(strings.ReplaceAll(kind, "_", " ")))
	}
	if isExpression && !allowedClasses[class] {
		return refuse("expression", strings.ToLower(class))
	}
	for _, key := range []string{"sample", "at_clause"} {
		if node[key] != nil {
			return refuse("sample", strings.TrimSuffix(key, "_clause"))
		}
	}
	switch {
	case class == "SUBQUERY":
		return c.read(1)
	case isExpression:
		return c.expression(class, node)
	case kind == "BASE_TABLE":
		return c.table(node, seen)
	case kind == "TABLE_FUNCTION":
		function, _ := node["function"].(map[string]any)
		name, _ := function["function_name"].(string)
		if !allowedTableFunctions[name] {
			return refuse("table_function", name)
		}
		// As an expression it is not on the list: its arguments are walked, it is not.
		node["function"] = function["children"]
		return c.read(1)
	case kind == "SHOW_REF": // describe and summarize of a table or a query, which is judged like any other
		if how, _ := node["show_type"].(string); node["query"] == nil || how != "DESCRIBE" && how != "SUMMARY" {
			return refuse("kind", "show")
		}
		return c.read(1)
	case kind == "SUBQUERY" || kind == "EXPRESSION_LIST":
		return c.read(1)
	case kind == "SELECT_NODE":
		if sets, _ := node["group_sets"].([]any); len(sets) > groups {
			return refuse("groups", groups)
		}
	}
	return nil
}

// table judges what is read: the view by its full name, or a common table expression.
func (c *checker) table(node map[string]any, seen scope) error {
	catalog, _ := node["catalog_name"].(string)
	schema, _ := node["schema_name"].(string)
	name, _ := node["table_name"].(string)
	if catalog == "" && strings.EqualFold(schema, viewSchema) && strings.EqualFold(name, viewName) {
		return c.read(1)
	}
	if n, known := seen[strings.ToLower(name)]; known && catalog == "" && schema == "" {
		return c.read(max(n, 1))
	}
	full := strings.TrimLeft(catalog+"."+schema+"."+name, ".")
	if c.tables == nil {
		return refuse("not_the_view", full, View)
	}
	if catalog == "" && schema != "" && c.tables[strings.ToLower(full)] {
		return c.read(1)
	}
	return c.tables.refuse(catalog, schema, name)
}

// expression judges functions by their names, also those that the engine calls without brackets, and sizes.
func (c *checker) expression(class string, node map[string]any) error {
	switch class {
	case "FUNCTION", "WINDOW":
		name, _ := node["function_name"].(string)
		schema, _ := node["schema"].(string)
		catalog, _ := node["catalog"].(string)
		if !c.may(allowedFunctions, moreFunctions, name) || catalog != "" || schema != "" && schema != "main" {
			if c.tables != nil && gatherers[name] && catalog == "" && schema == "" {
				if class != "FUNCTION" || !c.columns.has(node) {
					return refuse("gathered", name)
				}
				c.gathers = true
				return nil
			}
			return refuse("function", name)
		}
		return c.length(name, node)
	case "COLUMN_REF":
		if names, _ := node["column_names"].([]any); len(names) == 1 {
			if name, _ := names[0].(string); refusedNames[strings.ToLower(name)] {
				return refuse("clock", name)
			}
		}
	case "CONSTANT":
		value, _ := node["value"].(map[string]any)
		if text, _ := value["value"].(string); len(text) > letters {
			return refuse("letters", letters)
		}
	case "STAR":
		if node["expr"] != nil { // columns(*) alone, which "order by all" is too, is all columns
			return refuse("columns")
		}
	}
	return nil
}
