package lineage

import (
	"fmt"
	"slices"
	"strings"
)

// walker goes through the parse tree of one model.
type walker struct {
	table     string                      // of the model
	functions map[string]string           // the engine's own functions: name and kind
	columns   func(table string) []string // of a table of the warehouse; nil where it is not known
	common    []map[string]*relation      // common table expressions in sight, the innermost last
}

// relation is a table, a subquery or a file in a from clause.
type relation struct {
	name   string // alias
	table  string // schema and name of a table of the warehouse
	fields []field
	open   func(name string) flow // of columns that are not listed; nil where all are
	rows   flow                   // what decides which rows there are
	tables []string               // tables of the warehouse whose rows these are
}

// field is a column of a relation.
type field struct {
	name string
	flow flow
}

func (r *relation) field(name string) (flow, bool) {
	for _, field := range r.fields {
		if strings.EqualFold(field.name, name) {
			return field.flow, true
		}
	}
	return flow{}, false
}

// called says that a column's qualifier means the relation.
func (r *relation) called(name string) bool {
	return strings.EqualFold(r.name, name) || strings.EqualFold(r.table, name)
}

// all is the relation as a value: all of its columns.
func (r *relation) all() flow {
	made := flow{}
	for _, field := range r.fields {
		made = made.and(field.flow)
	}
	if r.open != nil {
		made = made.and(r.open("*"))
	}
	return made.as(Transformation)
}

// scope is what names mean in a select.
type scope struct {
	relations  []*relation
	merged     map[string]flow        // columns of using and natural joins
	hidden     map[string][]*relation // relations whose column stands for the merged one, and is not shown twice
	aliases    map[string]flow        // the select list, which others may refer to
	parameters map[string]bool        // of a lambda
	unnested   flow                   // lists of which each element became a row
	parent     *scope
}

func (s *scope) tables() []string {
	var tables []string
	for _, relation := range s.relations {
		tables = append(tables, relation.tables...)
	}
	return tables
}

// column is what a name means, "product_code", "orders.product_code" or "silver.orders.product_code".
func (s *scope) column(names []string) flow {
	for at := s; at != nil; at = at.parent {
		if found, ok := at.own(names); ok {
			return found
		}
	}
	return untraced(fmt.Sprintf("column %s is in none of the tables read", strings.Join(names, ".")))
}

func (s *scope) own(names []string) (flow, bool) {
	first := strings.ToLower(names[0])
	if s.parameters[first] {
		return flow{}, true
	}
	for taken := len(names) - 1; taken > 0; taken-- { // the longest qualifier first; what follows the column are fields of it
		qualifier := strings.Join(names[:taken], ".")
		for _, relation := range s.relations {
			if !relation.called(qualifier) {
				continue
			}
			if found, ok := relation.field(names[taken]); ok {
				return found, true
			}
			if relation.open != nil {
				return relation.open(names[taken]), true
			}
		}
	}
	if found, ok := s.merged[first]; ok {
		return found, true
	}
	for _, relation := range s.relations {
		if found, ok := relation.field(first); ok {
			return found, true
		}
	}
	if found, ok := s.aliases[first]; ok {
		return found, true
	}
	for _, relation := range s.relations {
		if relation.called(first) {
			return relation.all(), true
		}
	}
	var open []flow
	for _, relation := range s.relations {
		if relation.open != nil {
			open = append(open, relation.open(names[0]))
		}
	}
	if len(open) == 0 {
		return flow{}, false
	}
	return flow{}.and(open...), true
}

// query is the result of a select, a union or the like.
func (w *walker) query(n node, outer *scope) *relation {
	if n == nil {
		return opaque("", "a part of the tree that holds no query")
	}
	w.common = append(w.common, map[string]*relation{})
	defer func() { w.common = w.common[:len(w.common)-1] }()
	for _, item := range n.child("cte_map").list("map") {
		w.common[len(w.common)-1][strings.ToLower(item.text("key"))] = w.commonTable(item, outer)
	}
	var result *relation
	var inner *scope
	switch kind := n.text("type"); kind {
	case "SELECT_NODE":
		result, inner = w.selected(n, outer)
	case "SET_OPERATION_NODE":
		result = w.combined(n, outer)
		inner = &scope{relations: []*relation{result}, parent: outer}
	default:
		return opaque("", fmt.Sprintf("a query of type %s is not known here", kind))
	}
	w.modified(n, result, inner)
	return result
}

func (w *walker) commonTable(item node, outer *scope) *relation {
	value := item.child("value")
	made := w.query(value.child("query").child("node"), outer)
	made.rows = made.rows.and(value.unknown("a common table expression", "aliases", "query"))
	return made.named(item.text("key"), value.texts("aliases"))
}

// opaque is a relation of which nothing is known.
func opaque(name, reason string) *relation {
	return &relation{name: name, open: func(string) flow { return untraced(reason) }, rows: untraced(reason)}
}

// named is the relation under another name, and with other names of its first columns.
func (r *relation) named(name string, columns []string) *relation {
	renamed := *r
	renamed.name = name
	renamed.fields = slices.Clone(r.fields)
	for i, column := range columns {
		if i < len(renamed.fields) {
			renamed.fields[i].name = column
		} else if r.open != nil {
			renamed.fields = append(renamed.fields, field{column, r.open(column)})
		}
	}
	return &renamed
}

func (w *walker) selected(n node, outer *scope) (*relation, *scope) {
	s := &scope{merged: map[string]flow{}, hidden: map[string][]*relation{}, aliases: map[string]flow{}, parent: outer}
	result := &relation{rows: w.from(n.child("from_table"), s).and(n.unknown("a select",
		"modifiers", "cte_map", "select_list", "from_table", "where_clause", "group_expressions", "group_sets", "having", "qualify"))}
	result.tables = s.tables()
	for _, item := range n.list("select_list") {
		if item.text("class") == "STAR" {
			fields, gap := w.star(item, s)
			result.fields = append(result.fields, fields...)
			if len(gap.untraced) > 0 {
				reason := gap.reasons()[0]
				result.open, result.rows = func(string) flow { return untraced(reason) }, result.rows.and(gap)
			}
			continue
		}
		made := w.value(item, s)
		name := item.text("alias")
		if names := item.texts("column_names"); name == "" && len(names) > 0 {
			name = names[len(names)-1]
		}
		if name != "" {
			s.aliases[strings.ToLower(name)] = made
		}
		result.fields = append(result.fields, field{name, made})
	}
	result.rows = result.rows.and(s.unnested, w.value(n.child("where_clause"), s).as(Filter), w.value(n.child("having"), s).as(Filter), w.value(n.child("qualify"), s).as(Filter))
	for _, group := range n.list("group_expressions") {
		result.rows = result.rows.and(w.placed(group, result, s).as(Group))
	}
	if n.text("aggregate_handling") == "FORCE_AGGREGATES" { // group by all
		for _, field := range result.fields {
			result.rows = result.rows.and(field.flow.as(Group))
		}
	}
	if sample := n.child("sample"); sample != nil {
		result.rows = result.rows.and(untraced("a sample: which rows it takes is not known"))
	}
	return result, s
}

// placed is the value of an expression that may be the number of a column of the result.
func (w *walker) placed(n node, result *relation, s *scope) flow {
	if n.text("class") == "CONSTANT" {
		if place, ok := n.child("value")["value"].(float64); ok && place >= 1 && int(place) <= len(result.fields) {
			return result.fields[int(place)-1].flow
		}
	}
	if n.text("class") == "STAR" { // order by all
		return result.all()
	}
	made := w.value(n, s)
	if names := n.texts("column_names"); len(names) == 1 {
		if alias, ok := s.aliases[strings.ToLower(names[0])]; ok {
			made = made.and(alias)
		}
	}
	return made
}

// modified adds what order, distinct and limit do to the rows.
func (w *walker) modified(n node, result *relation, s *scope) {
	for _, modifier := range n.list("modifiers") {
		result.rows = result.rows.and(modifier.unknown("a modifier", "orders", "distinct_on_targets", "limit", "offset"))
		switch kind := modifier.text("type"); kind {
		case "ORDER_MODIFIER":
			for _, order := range modifier.list("orders") {
				result.rows = result.rows.and(w.placed(order.child("expression"), result, s).as(Sort))
			}
		case "DISTINCT_MODIFIER":
			targets := modifier.list("distinct_on_targets")
			for _, target := range targets {
				result.rows = result.rows.and(w.placed(target, result, s).as(Group))
			}
			if len(targets) == 0 {
				result.rows = result.rows.and(result.all().as(Group))
			}
		case "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER":
			result.rows = result.rows.and(w.values(s, modifier.child("limit"), modifier.child("offset")).as(Filter))
		default:
			result.rows = result.rows.and(untraced(fmt.Sprintf("a %s is not known here", kind)))
		}
	}
}

// star is what * or t.* stands for.
func (w *walker) star(n node, s *scope) ([]field, flow) {
	gap := n.unknown("a star", "exclude_list", "replace_list")
	if columns, _ := n["columns"].(bool); columns {
		return nil, untraced("columns(…) is not known here")
	}
	left := map[string]bool{}
	for _, name := range n.texts("exclude_list") {
		left[strings.ToLower(name)] = true
	}
	replaced := map[string]flow{}
	for _, item := range n.list("replace_list") {
		replaced[strings.ToLower(item.text("key"))] = w.value(item.child("value"), s)
	}
	var fields []field
	qualifier, met := n.text("relation_name"), false
	for _, relation := range s.relations {
		if qualifier != "" && !relation.called(qualifier) {
			continue
		}
		met = true
		if relation.open != nil {
			gap = gap.and(untraced("a star over columns that are not known"), onlyReasons(relation.open("*")))
		}
		for _, shown := range relation.fields {
			name := strings.ToLower(shown.name)
			if left[name] || qualifier == "" && slices.Contains(s.hidden[name], relation) {
				continue
			}
			if merged, ok := s.merged[name]; ok && qualifier == "" {
				shown.flow = merged
			}
			if other, ok := replaced[name]; ok {
				shown.flow = other
			}
			fields = append(fields, shown)
		}
	}
	if !met && qualifier != "" {
		gap = gap.and(untraced(fmt.Sprintf("%s.* is no table read here", qualifier)))
	}
	return fields, gap
}

func onlyReasons(f flow) flow { return flow{untraced: f.untraced} }

// combined is a union, an except or an intersect.
func (w *walker) combined(n node, outer *scope) *relation {
	left, right := w.query(n.child("left"), outer), w.query(n.child("right"), outer)
	result := &relation{rows: left.rows.and(right.rows, n.unknown("a set operation", "modifiers", "cte_map", "left", "right")),
		tables: append(slices.Clone(left.tables), right.tables...)}
	kind := n.text("setop_type")
	for i, shown := range left.fields {
		switch {
		case kind == "UNION_BY_NAME":
			other, _ := right.field(shown.name)
			shown.flow = shown.flow.and(other)
		case kind == "UNION" && i < len(right.fields):
			shown.flow = shown.flow.and(right.fields[i].flow)
		}
		result.fields = append(result.fields, shown)
	}
	switch kind {
	case "UNION":
	case "UNION_BY_NAME":
		for _, shown := range right.fields {
			if _, ok := left.field(shown.name); !ok {
				result.fields = append(result.fields, shown)
			}
		}
	case "EXCEPT", "INTERSECT":
		result.rows = result.rows.and(left.all().as(Filter), right.all().as(Filter))
	default:
		return opaque("", fmt.Sprintf("a set operation %s is not known here", kind))
	}
	if left.open != nil || right.open != nil || kind == "UNION" && len(left.fields) != len(right.fields) {
		return opaque("", "a union of columns that are not known")
	}
	if all, _ := n["setop_all"].(bool); !all {
		result.rows = result.rows.and(result.all().as(Group))
	}
	return result
}
