package lineage

import (
	"fmt"
	"slices"
	"strings"
)

// node is an object of the engine's serialized parse tree.
type node map[string]any

func (n node) text(key string) string {
	text, _ := n[key].(string)
	return text
}

func (n node) child(key string) node {
	child, _ := n[key].(map[string]any)
	return child
}

func (n node) list(key string) []node {
	items, _ := n[key].([]any)
	var nodes []node
	for _, item := range items {
		if child, ok := item.(map[string]any); ok {
			nodes = append(nodes, child)
		}
	}
	return nodes
}

func (n node) texts(key string) []string {
	items, _ := n[key].([]any)
	var texts []string
	for _, item := range items {
		if text, ok := item.(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

// unknown tells of parts of a node that the walker does not know: an engine that says more than it did is not passed over.
func (n node) unknown(what string, known ...string) flow {
	var missed flow
	for key, value := range n {
		if slices.Contains(known, key) {
			continue
		}
		switch value := value.(type) {
		case map[string]any:
			missed = missed.and(untraced(fmt.Sprintf("%s has a part %q that is not known here", what, key)))
		case []any:
			if len(value) > 0 {
				missed = missed.and(untraced(fmt.Sprintf("%s has a part %q that is not known here", what, key)))
			}
		}
	}
	return missed
}

// value is what an expression is made of.
func (w *walker) value(n node, s *scope) flow {
	if n == nil {
		return flow{}
	}
	class := n.text("class")
	switch class {
	case "CONSTANT":
		return flow{}
	case "COLUMN_REF":
		return s.column(n.texts("column_names"))
	case "CAST":
		return w.value(n.child("child"), s).as(Transformation).and(n.unknown("a cast", "child", "cast_type"))
	case "COMPARISON":
		return w.values(s, n.child("left"), n.child("right")).and(n.unknown("a comparison", "left", "right"))
	case "BETWEEN":
		return w.values(s, n.child("input"), n.child("lower"), n.child("upper")).and(n.unknown("between", "input", "lower", "upper"))
	case "CONJUNCTION", "OPERATOR":
		return w.values(s, n.list("children")...).and(n.unknown(strings.ToLower(n.text("type")), "children"))
	case "CASE":
		made := w.value(n.child("else_expr"), s).as(Transformation)
		for _, check := range n.list("case_checks") {
			made = made.and(w.value(check.child("when_expr"), s).as(Condition), w.value(check.child("then_expr"), s).as(Transformation))
		}
		return made.and(n.unknown("case", "else_expr", "case_checks"))
	case "FUNCTION":
		return w.function(n, s)
	case "WINDOW":
		return w.window(n, s)
	case "SUBQUERY":
		return w.subquery(n, s)
	case "LAMBDA":
		return w.lambda(n, s)
	case "STAR":
		return untraced("columns(…) within an expression")
	}
	return untraced(fmt.Sprintf("an expression of class %s is not known here", class))
}

// values is what is computed from several expressions.
func (w *walker) values(s *scope, nodes ...node) flow {
	var made flow
	for _, n := range nodes {
		made = made.and(w.value(n, s))
	}
	return made.as(Transformation)
}

// variables is the table of what a run hands over.
const variables = "variable"

func (w *walker) function(n node, s *scope) flow {
	name := strings.ToLower(n.text("function_name"))
	children := n.list("children")
	gap := n.unknown("function "+name, "children", "filter", "order_bys")
	kind, known := w.functions[name]
	switch {
	case !known && !isOperator(n):
		gap = gap.and(untraced(fmt.Sprintf("function %s is none of the engine's own: what it reads is not known", name)))
	case name == "getvariable" && len(children) == 1 && children[0].text("class") == "CONSTANT":
		return from(Column{Table: variables, Name: fmt.Sprint(children[0].child("value")["value"])}, Identity)
	case name == "count_star" || name == "count" && len(children) == 0:
		for _, table := range s.tables() {
			gap = gap.and(from(Column{Table: table, Name: Rows}, Aggregation))
		}
	}
	use := Transformation
	if kind == "aggregate" {
		use = Aggregation
	}
	made := w.values(s, children...).as(use).and(gap, w.value(n.child("filter"), s).as(Filter))
	for _, order := range n.child("order_bys").list("orders") {
		made = made.and(w.value(order.child("expression"), s).as(Sort))
	}
	if name == "unnest" || name == "unlist" { // which makes as many rows as there are elements
		s.unnested = s.unnested.and(made.as(Filter))
	}
	return made
}

func isOperator(n node) bool {
	operator, _ := n["is_operator"].(bool)
	return operator
}

func (w *walker) window(n node, s *scope) flow {
	use := Transformation
	if n.text("type") == "WINDOW_AGGREGATE" {
		use = Aggregation
		if name := strings.ToLower(n.text("function_name")); w.functions[name] != "aggregate" {
			return untraced(fmt.Sprintf("function %s is none of the engine's own: what it reads is not known", name))
		}
	}
	made := w.values(s, n.list("children")...).as(use)
	if name := n.text("function_name"); name == "count_star" {
		for _, table := range s.tables() {
			made = made.and(from(Column{Table: table, Name: Rows}, Aggregation))
		}
	}
	made = made.and(w.values(s, n.list("partitions")...).as(Window), w.value(n.child("filter_expr"), s).as(Filter))
	for _, order := range append(n.list("orders"), n.list("arg_orders")...) {
		made = made.and(w.value(order.child("expression"), s).as(Window))
	}
	made = made.and(w.values(s, n.child("start_expr"), n.child("end_expr"), n.child("offset_expr")).as(Window), w.value(n.child("default_expr"), s))
	return made.and(n.unknown("a window", "children", "partitions", "orders", "arg_orders", "filter_expr", "start_expr", "end_expr", "offset_expr", "default_expr"))
}

// subquery is a select within an expression: its first column is the value, its rows decide which.
func (w *walker) subquery(n node, s *scope) flow {
	result := w.query(n.child("subquery").child("node"), s)
	made := w.value(n.child("child"), s).as(Transformation).and(result.rows.as(Filter), n.unknown("a subquery", "subquery", "child"))
	if n.text("subquery_type") == "EXISTS" || n.text("subquery_type") == "NOT_EXISTS" {
		for _, table := range result.tables {
			made = made.and(from(Column{Table: table, Name: Rows}, Filter))
		}
		return made
	}
	for _, field := range result.fields {
		made = made.and(field.flow.as(Transformation))
	}
	return made
}

// lambda is "lambda word: upper(word)", or an arrow into JSON. Its parameters hide nothing that is a column: what they take is
// the other argument of its function.
func (w *walker) lambda(n node, s *scope) flow {
	inner := &scope{parent: s, parameters: map[string]bool{}}
	left := n.child("lhs")
	parameters := []node{left}
	if left.text("class") == "FUNCTION" { // several stand in a row
		parameters = left.list("children")
	}
	made := n.unknown("a lambda", "lhs", "expr")
	for _, parameter := range parameters {
		names := parameter.texts("column_names")
		if column := s.column(names); len(column.untraced) == 0 {
			made = made.and(column.as(Transformation))
		} else if len(names) == 1 {
			inner.parameters[strings.ToLower(names[0])] = true
		} else {
			made = made.and(w.value(parameter, s).as(Transformation))
		}
	}
	return made.and(w.value(n.child("expr"), inner).as(Transformation))
}
