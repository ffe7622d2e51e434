package guard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/fmcg/fmcg/catalog"
)

// View is the one relation that may be read.
const (
	viewSchema = "gold"
	viewName   = "vw_fact_orders_enriched"
	View       = viewSchema + "." + viewName
)

// Refusal says why a statement may not run.
type Refusal struct{ Reason string }

func (r *Refusal) Error() string { return "this SQL may not run: " + r.Reason }

func refuse(format string, args ...any) error { return &Refusal{Reason: fmt.Sprintf(format, args...)} }

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
	if err := checkText(query); err != nil {
		return err
	}
	text, err := parse(ctx, engine, query)
	if err != nil {
		return fmt.Errorf("parse the statement: %w", err)
	}
	var tree struct {
		Error      bool   `json:"error"`
		Message    string `json:"error_message"`
		Statements []any  `json:"statements"`
	}
	if err := json.Unmarshal(text, &tree); err != nil {
		return fmt.Errorf("parse the statement: %w", err)
	}
	switch {
	case tree.Error:
		return refuse("%s", tree.Message)
	case len(tree.Statements) != 1:
		return refuse("it is %d statements, not one", len(tree.Statements))
	}
	return (&checker{}).walk(tree.Statements[0], nil)
}

// checkText holds what must hold before the engine parses a statement.
func checkText(query string) error {
	if len(query) > longest {
		return refuse("it has more than %d bytes", longest)
	}
	if !utf8.ValidString(query) {
		return refuse("it is not UTF-8")
	}
	for _, r := range query {
		if unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' {
			return refuse("it has a control character") // a zero byte ends the statement for the engine, not for its parser
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
type checker struct{ places, joinings, depth, nested int }

// read counts what is read from.
func (c *checker) read(n int) error {
	if c.places += n; c.places > places {
		return refuse("it reads from more than %d places", places)
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
			return refuse("it is nested too deep")
		}
		if err := c.node(node, seen); err != nil {
			return err
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
			return nil, refuse("%s is the name of the view; a common table expression needs another", name)
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
	if id, isType := node["id"].(string); isType && !allowedValues[id] {
		return refuse("values of the type %s are not allowed", id)
	}
	kind, _ := node["type"].(string)
	class, isExpression := node["class"].(string)
	if kind != "" && !allowedKinds[kind] && !(class == "WINDOW" && strings.HasPrefix(kind, "WINDOW_")) && !(class == "COMPARISON" && strings.HasPrefix(kind, "COMPARE_")) {
		return refuse("%s is not allowed", strings.ToLower(strings.ReplaceAll(kind, "_", " ")))
	}
	if isExpression && !allowedClasses[class] {
		return refuse("expressions of the kind %s are not allowed", strings.ToLower(class))
	}
	for _, key := range []string{"sample", "at_clause"} {
		if node[key] != nil {
			return refuse("%s is not allowed: the answer must be the same each time", strings.TrimSuffix(key, "_clause"))
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
			return refuse("the table function %s is not allowed", name)
		}
		// As an expression it is not on the list: its arguments are walked, it is not.
		node["function"] = function["children"]
		return c.read(1)
	case kind == "SUBQUERY" || kind == "EXPRESSION_LIST":
		return c.read(1)
	case kind == "SELECT_NODE":
		if sets, _ := node["group_sets"].([]any); len(sets) > groups {
			return refuse("it groups in more than %d ways", groups)
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
	return refuse("it reads %s; only %s can be read", full, View)
}

// expression judges functions by their names, also those that the engine calls without brackets, and sizes.
func (c *checker) expression(class string, node map[string]any) error {
	switch class {
	case "FUNCTION", "WINDOW":
		name, _ := node["function_name"].(string)
		schema, _ := node["schema"].(string)
		catalog, _ := node["catalog"].(string)
		if !allowedFunctions[name] || catalog != "" || schema != "" && schema != "main" {
			return refuse("the function %s is not allowed", name)
		}
		if children, _ := node["children"].([]any); name == "||" || name == "concat" {
			if c.joinings += len(children) - 1; c.joinings > joinings {
				return refuse("it joins more than %d texts", joinings)
			}
		}
	case "COLUMN_REF":
		if names, _ := node["column_names"].([]any); len(names) == 1 {
			if name, _ := names[0].(string); refusedNames[strings.ToLower(name)] {
				return refuse("%s is not allowed: time is told by the data", name)
			}
		}
	case "CONSTANT":
		value, _ := node["value"].(map[string]any)
		if text, _ := value["value"].(string); len(text) > letters {
			return refuse("a text in it has more than %d bytes", letters)
		}
	case "STAR":
		if node["expr"] != nil { // columns(*) alone, which "order by all" is too, is all columns
			return refuse("columns() is not allowed")
		}
	}
	return nil
}
