package lineage

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
)

// Lineage is what each model of a SQL tree reads and makes.
type Lineage struct {
	Models []Model          `json:"models"` // each after those that it reads
	other  map[string]Table // tables that are no models
}

// Model is a SQL file and its table.
type Model struct {
	Table    string          `json:"table"` // "gold.fact_orders"
	Path     string          `json:"path"`  // "gold/fact_orders.sql"
	Reads    []string        `json:"reads"` // tables
	Columns  []ColumnLineage `json:"columns"`
	Rows     []Source        `json:"rows"`               // what decides which rows there are
	Untraced []string        `json:"untraced,omitempty"` // why what decides the rows is not wholly known
}

// ColumnLineage is a column of a model and what it is made of.
type ColumnLineage struct {
	Name     string   `json:"column"`
	Judges   bool     `json:"judges,omitempty"` // it says what becomes of a row, and is not in the table
	Sources  []Source `json:"sources"`
	Untraced []string `json:"untraced,omitempty"` // why the sources are not all
}

// Table is a table as it stands in a warehouse.
type Table struct {
	View    bool
	Columns []TableColumn
}

// TableColumn is a column of a table with its type, as the engine names it.
type TableColumn struct{ Name, Type string }

func (t Table) names() []string {
	var names []string
	for _, column := range t.Columns {
		names = append(names, column.Name)
	}
	return names
}

// Read reads the lineage of SQL files, by path. The engine must be an empty one that may be written to: the tables are made
// there, without rows, and the models after them. Tables are those of the warehouse, by name; of a model that is among them
// the table's columns count where the engine cannot describe the model (it reads a file that is not there).
func Read(ctx context.Context, engine *sqlx.DB, files map[string]string, tables map[string]Table) (*Lineage, error) {
	reader := &reader{engine: engine, tables: tables, known: map[string][]string{}}
	if err := reader.prepare(ctx); err != nil {
		return nil, err
	}
	waiting := map[string]parsed{}
	for file, text := range files {
		tree, err := reader.parse(ctx, text)
		if err != nil {
			return nil, fmt.Errorf("parse %s: %w", file, err)
		}
		waiting[tableOf(file)] = tree
	}
	lineage := &Lineage{other: map[string]Table{}}
	for len(waiting) > 0 {
		before := len(waiting)
		for _, table := range slices.Sorted(maps.Keys(waiting)) {
			tree := waiting[table]
			if slices.ContainsFunc(tree.reads, func(read string) bool { _, waits := waiting[read]; return waits }) {
				continue
			}
			model, err := reader.model(ctx, table, tree)
			if err != nil {
				return nil, err
			}
			lineage.Models = append(lineage.Models, model)
			delete(waiting, table)
		}
		if len(waiting) == before {
			return nil, fmt.Errorf("these read each other in a circle: %s", strings.Join(slices.Sorted(maps.Keys(waiting)), ", "))
		}
	}
	for table, found := range tables {
		if _, isModel := lineage.model(table); !isModel {
			lineage.other[table] = found
		}
	}
	return lineage, nil
}

// tableOf is the table that a file of the tree is: "silver/orders.sql" is silver.orders.
func tableOf(file string) string {
	return path.Dir(file) + "." + strings.TrimSuffix(path.Base(file), ".sql")
}

type reader struct {
	engine    *sqlx.DB
	tables    map[string]Table
	known     map[string][]string // columns of the tables that were read or made, by table
	functions map[string]string
}

type parsed struct {
	text  string
	tree  node // of the query
	reads []string
}

// prepare makes the tables without rows and asks the engine for its functions.
func (r *reader) prepare(ctx context.Context) error {
	r.functions = map[string]string{"unnest": "table"}
	rows := []struct{ Name, Kind string }{}
	if err := r.engine.SelectContext(ctx, &rows, `select distinct function_name as name, function_type as kind from duckdb_functions()
		where internal and function_type in ('scalar', 'aggregate', 'macro') order by kind desc`); err != nil {
		return fmt.Errorf("ask the engine for its functions: %w", err)
	}
	for _, row := range rows {
		r.functions[strings.ToLower(row.Name)] = row.Kind
	}
	for name, table := range r.tables {
		r.known[name] = table.names()
		var columns []string
		for _, column := range table.Columns {
			columns = append(columns, quoted(column.Name)+" "+column.Type)
		}
		if err := r.make(ctx, name, "("+strings.Join(columns, ", ")+")"); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) make(ctx context.Context, name, what string) error {
	schema, table, _ := strings.Cut(name, ".")
	statement := fmt.Sprintf("create schema if not exists %s; create or replace table %s.%s %s", quoted(schema), quoted(schema), quoted(table), what)
	if _, err := r.engine.ExecContext(ctx, statement); err != nil {
		return fmt.Errorf("make %s without rows: %w", name, err)
	}
	return nil
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// parse has the engine parse one SELECT.
func (r *reader) parse(ctx context.Context, text string) (parsed, error) {
	var serialized string
	if err := r.engine.GetContext(ctx, &serialized, "select cast(json_serialize_sql(cast(? as varchar)) as varchar)", text); err != nil {
		return parsed{}, err
	}
	var tree node
	if err := json.Unmarshal([]byte(serialized), &tree); err != nil {
		return parsed{}, err
	}
	if failed, _ := tree["error"].(bool); failed {
		return parsed{}, fmt.Errorf("%v", tree["error_message"])
	}
	statements := tree.list("statements")
	if len(statements) != 1 {
		return parsed{}, fmt.Errorf("%d statements; a model is one SELECT", len(statements))
	}
	found := map[string]bool{}
	collectTables(map[string]any(statements[0]), found)
	text = strings.TrimRight(strings.TrimSpace(text), ";")
	return parsed{text: text, tree: statements[0].child("node"), reads: slices.Sorted(maps.Keys(found))}, nil
}

// Reads are the tables that a query reads, of those that it names with their schema.
func Reads(ctx context.Context, engine *sqlx.DB, query string) ([]string, error) {
	tree, err := (&reader{engine: engine}).parse(ctx, query)
	return tree.reads, err
}

// collectTables finds every table that is named with its schema, wherever in the tree.
func collectTables(tree any, found map[string]bool) {
	switch tree := tree.(type) {
	case map[string]any:
		if n := node(tree); n.text("type") == "BASE_TABLE" && n.text("schema_name") != "" {
			found[strings.ToLower(n.text("schema_name")+"."+n.text("table_name"))] = true
		}
		for _, child := range tree {
			collectTables(child, found)
		}
	case []any:
		for _, child := range tree {
			collectTables(child, found)
		}
	}
}

// model walks one model's tree, and holds what it finds against what the engine finds.
func (r *reader) model(ctx context.Context, table string, tree parsed) (Model, error) {
	w := &walker{table: table, functions: r.functions, columns: func(table string) []string { return r.known[table] }}
	result := w.query(tree.tree, nil)
	model := Model{Table: table, Path: strings.Replace(table, ".", "/", 1) + ".sql", Reads: tree.reads}
	names, described := r.describe(ctx, tree)
	if !described {
		names = r.told(table, result)
	}
	rows := result.rows
	var stored []string
	for i, name := range names {
		made := result.column(i, name)
		judges := isJudgement(name) && slices.Contains(names, outcome)
		if judges {
			rows = rows.and(made.as(Filter))
		} else {
			stored = append(stored, name)
		}
		model.Columns = append(model.Columns, ColumnLineage{Name: name, Judges: judges, Sources: made.sources(), Untraced: made.reasons()})
	}
	model.Rows, model.Untraced = rows.sources(), rows.reasons()
	r.known[table] = stored
	return model, r.remake(ctx, table, tree, stored, described)
}

// Of a model with these columns they say what becomes of each row: only rows that are loaded enter its table, and the two
// columns do not.
const outcome = "outcome"

func isJudgement(name string) bool { return name == outcome || name == "reason" }

// told are the columns of a model that the engine cannot describe: those of its select list and, where that has a star, those
// of the table.
func (r *reader) told(table string, result *relation) []string {
	var names []string
	for _, field := range result.fields {
		names = append(names, field.name)
	}
	if result.open != nil {
		for _, name := range r.tables[table].names() {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// column is the flow of the engine's column at a place; where it is not what the walk found there, it is untraced.
func (r *relation) column(place int, name string) flow {
	if r.open != nil { // a star that is not known moves the places
		if found, ok := r.field(name); ok {
			return found
		}
		return r.open(name)
	}
	if place < len(r.fields) && (r.fields[place].name == "" || strings.EqualFold(r.fields[place].name, name)) {
		return r.fields[place].flow
	}
	return untraced("the engine has this column; the parse tree does not say where it comes from")
}

// remake makes the model's table without rows, so that those which read it can be described.
func (r *reader) remake(ctx context.Context, table string, tree parsed, stored []string, described bool) error {
	if len(stored) == 0 {
		return nil // nobody can read a column of it
	}
	var columns []string
	for _, name := range stored {
		columns = append(columns, quoted(name))
	}
	if described {
		return r.make(ctx, table, "as select "+strings.Join(columns, ", ")+" from ("+tree.text+"\n) limit 0")
	}
	kinds := map[string]string{}
	for _, column := range r.tables[table].Columns {
		kinds[column.Name] = column.Type
	}
	for i, name := range stored {
		columns[i] += " " + cmp.Or(kinds[name], "varchar")
	}
	return r.make(ctx, table, "("+strings.Join(columns, ", ")+")")
}

// describe asks the engine for the columns of a model; it cannot say where the model reads a file.
func (r *reader) describe(ctx context.Context, tree parsed) (names []string, described bool) {
	rows, err := r.engine.QueryxContext(ctx, "select * from ("+tree.text+"\n) limit 0")
	if err != nil {
		return nil, false
	}
	defer rows.Close()
	names, err = rows.Columns()
	return names, err == nil
}

func (l *Lineage) model(table string) (Model, bool) {
	for _, model := range l.Models {
		if model.Table == table {
			return model, true
		}
	}
	return Model{}, false
}
