package lineage

import (
	"fmt"
	"slices"
	"strings"
)

// from adds what a from clause names to the scope, and returns what decides which rows there are.
func (w *walker) from(n node, s *scope) flow {
	name, aliases := n.text("alias"), n.texts("column_name_alias")
	gap := n.unknown("a from clause", "column_name_alias", "left", "right", "condition", "using_columns", "subquery", "function", "values",
		"expected_names", "expected_types", "duplicate_eliminated_columns")
	var added *relation
	switch kind := n.text("type"); kind {
	case "EMPTY", "":
		return gap
	case "JOIN":
		return w.join(n, s).and(gap)
	case "BASE_TABLE":
		added = w.named(n)
		if name == "" {
			name = n.text("table_name")
		}
	case "SUBQUERY":
		added = w.query(n.child("subquery").child("node"), s)
	case "EXPRESSION_LIST":
		added = w.listed(n, s)
	case "TABLE_FUNCTION":
		added = w.produced(n.child("function"), s)
		if name == "" {
			name = n.child("function").text("function_name")
		}
	default:
		added = opaque(name, fmt.Sprintf("a %s in the from clause is not known here", strings.ToLower(kind)))
	}
	if n.child("sample") != nil {
		gap = gap.and(untraced("a sample: which rows it takes is not known"))
	}
	s.relations = append(s.relations, added.named(name, aliases))
	return added.rows.and(gap)
}

// table is a common table expression or a table of the warehouse.
func (w *walker) named(n node) *relation {
	schema, name := n.text("schema_name"), n.text("table_name")
	if schema == "" {
		for i := len(w.common) - 1; i >= 0; i-- {
			if made, ok := w.common[i][strings.ToLower(name)]; ok {
				return made
			}
		}
		return opaque(name, fmt.Sprintf("%s names no schema, and is no common table expression before it", name))
	}
	table := strings.ToLower(schema + "." + name)
	columns := w.columns(table)
	if columns == nil {
		return &relation{table: table, tables: []string{table}, rows: flow{},
			open: func(string) flow { return untraced(fmt.Sprintf("the columns of %s are not known", table)) }}
	}
	read := &relation{table: table, tables: []string{table}, rows: flow{}}
	for _, column := range columns {
		read.fields = append(read.fields, field{column, from(Column{Table: table, Name: column}, Identity)})
	}
	return read
}

// listed is values (…), (…).
func (w *walker) listed(n node, s *scope) *relation {
	made := &relation{}
	rows, _ := n["values"].([]any)
	for _, row := range rows {
		items, _ := row.([]any)
		for i, item := range items {
			if i == len(made.fields) {
				made.fields = append(made.fields, field{name: fmt.Sprintf("col%d", i)})
			}
			if value, ok := item.(map[string]any); ok {
				made.fields[i].flow = made.fields[i].flow.and(w.value(value, s))
			}
		}
	}
	return made
}

// produced is what a table function returns.
func (w *walker) produced(function node, s *scope) *relation {
	name, arguments := strings.ToLower(function.text("function_name")), function.list("children")
	switch name {
	case "range", "generate_series", "unnest":
		made := w.values(s, arguments...).as(Transformation)
		return &relation{fields: []field{{name, made}}, rows: made.as(Filter)}
	case "read_csv", "read_csv_auto":
		if len(arguments) == 0 {
			break
		}
		file := fmt.Sprintf("%s(%s)", name, written(arguments[0]))
		if !strings.Contains(file, ".") { // only a variable: each model reads files of its own
			file = w.table + " " + file
		}
		return &relation{open: func(column string) flow {
			if column == "*" {
				return untraced("a star over the columns of " + file)
			}
			return from(Column{Table: file, Name: column}, Identity)
		}}
	}
	return opaque(name, fmt.Sprintf("table function %s is not known here", name))
}

// written is a file's name as the SQL says it, where it is put together of texts and variables: "$corrections/city_typos.csv".
func written(n node) string {
	switch n.text("class") {
	case "CONSTANT":
		return fmt.Sprint(n.child("value")["value"])
	case "FUNCTION":
		var parts []string
		for _, child := range n.list("children") {
			parts = append(parts, written(child))
		}
		switch text := strings.Join(parts, ""); n.text("function_name") {
		case "getvariable":
			return "$" + text
		case "||":
			return text
		}
	}
	return "…"
}

func (w *walker) join(n node, s *scope) flow {
	start := len(s.relations)
	rows := w.from(n.child("left"), s)
	middle := len(s.relations)
	rows = rows.and(w.from(n.child("right"), s)) // which may refer to what stands before it
	left, right := s.relations[start:middle:middle], s.relations[middle:]
	shared := n.texts("using_columns")
	switch kind := n.text("ref_type"); kind {
	case "REGULAR", "CROSS", "ASOF":
	case "NATURAL":
		for _, before := range left {
			for _, field := range before.fields {
				if !slices.Contains(shared, field.name) && slices.ContainsFunc(right, func(r *relation) bool { _, ok := r.field(field.name); return ok }) {
					shared = append(shared, field.name)
				}
			}
		}
		if slices.ContainsFunc(s.relations[start:], func(r *relation) bool { return r.open != nil }) {
			rows = rows.and(untraced("a natural join on columns that are not known"))
		}
	default:
		rows = rows.and(untraced(fmt.Sprintf("a %s join is not known here", strings.ToLower(kind))))
	}
	for _, name := range shared {
		name = strings.ToLower(name)
		one, other := (&scope{relations: left}).column([]string{name}), (&scope{relations: right}).column([]string{name})
		if before, ok := s.merged[name]; ok {
			one = one.and(before)
		}
		s.merged[name] = one.and(other)
		s.hidden[name] = append(s.hidden[name], right...)
		rows = rows.and(one.as(Join), other.as(Join))
	}
	rows = rows.and(w.value(n.child("condition"), s).as(Join))
	if kind := n.text("join_type"); kind == "SEMI" || kind == "ANTI" {
		s.relations = s.relations[:middle]
		for _, relation := range right {
			for _, table := range relation.tables {
				rows = rows.and(from(Column{Table: table, Name: Rows}, Join))
			}
		}
	}
	return rows
}
