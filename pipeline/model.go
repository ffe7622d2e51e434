package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Load is how the rows of a model enter its table.
type Load string

const (
	ByFile  Load = "by file"  // rows of the files read replace the rows of the same files
	ByMonth Load = "by month" // rows of the months judged replace the rows of the same months
	Replace Load = "replace"  // the table is made anew
	View    Load = "view"     // nothing is stored
)

// Severity of a check.
type Severity string

const (
	SeverityError Severity = "error" // nothing is published
	SeverityWarn  Severity = "warn"  // it is said
)

// schemas of the tree that hold models, in the way of the data.
var schemas = []string{"bronze", "silver", "gold", "ops"}

// Tree is the SQL tree: everything that sql/ says.
type Tree struct {
	Models      []*Model          // in an order in which each follows what it reads, once resolved
	Checks      []*Check          // by name
	Corrections map[string][]byte // correction files by name
	Migrations  fs.FS
}

// bronze returns the models of the bronze tables by table name.
func (t Tree) bronze() map[string]*Model {
	found := map[string]*Model{}
	for _, model := range t.Models {
		if model.Load == ByFile {
			found[model.Name] = model
		}
	}
	return found
}

// Model is one file of bronze, silver, gold or ops: a SELECT that is a table or view of the same name.
type Model struct {
	Path        string // "silver/orders.sql"
	Table       string // "silver.orders"
	Schema      string
	Name        string
	SQL         string // the whole file
	Hash        string // of the file, and of the correction file of the same name
	Description string // what the table says of itself in the published file, its key included
	Task        string
	Load        Load
	Key         []string // columns that name a row; none where equal rows may stand beside each other
	MonthColumn string   // of a model loaded by month
	Lookup      Lookup   // of a model loaded by month whose rows depend on another table
	Columns     []Column
	Reads       []string // models it reads, "silver.products"; filled in by resolve
	readsOps    []string // tables of ops that no file defines; filled in by resolve
}

// Lookup names the table and column that rows are looked up in: where the values of the column change, the months of
// the rows that carry them are judged anew.
type Lookup struct {
	Table  string
	Column string
}

// Column is a column of a model with its comment.
type Column struct {
	Name    string
	Comment string
}

// judged says that the SELECT tells what becomes of each row read, in the columns outcome and reason.
func (m *Model) judged() bool {
	return slices.ContainsFunc(m.Columns, func(c Column) bool { return c.Name == outcomeColumn })
}

// stored returns the columns of the table: all but outcome and reason.
func (m *Model) stored() []Column {
	if !m.judged() {
		return m.Columns
	}
	return slices.DeleteFunc(slices.Clone(m.Columns), func(c Column) bool { return c.Name == outcomeColumn || c.Name == reasonColumn })
}

func (m *Model) hasColumn(name string) bool {
	return slices.ContainsFunc(m.Columns, func(c Column) bool { return c.Name == name })
}

const (
	outcomeColumn = "outcome"
	reasonColumn  = "reason"
)

// Check is one file of checks: a query that returns the offending rows.
type Check struct {
	Path        string
	Name        string
	SQL         string
	Description string
	Severity    Severity
}

// LoadTree reads a SQL tree and tells every mistake in its heads at once.
func LoadTree(files fs.FS) (Tree, error) {
	tree := Tree{Corrections: map[string][]byte{}}
	var mistakes []error
	corrections, err := fs.Glob(files, "corrections/*.csv")
	if err != nil {
		return tree, err
	}
	for _, name := range corrections {
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return tree, err
		}
		tree.Corrections[path.Base(name)] = body
	}
	for _, schema := range schemas {
		paths, err := fs.Glob(files, schema+"/*.sql")
		if err != nil {
			return tree, err
		}
		for _, name := range paths {
			body, err := fs.ReadFile(files, name)
			if err != nil {
				return tree, err
			}
			model, err := parseModel(name, string(body), tree.Corrections)
			mistakes = append(mistakes, err)
			tree.Models = append(tree.Models, model)
		}
	}
	if len(tree.Models) == 0 {
		mistakes = append(mistakes, errors.New("no models: a SQL tree holds bronze/, silver/, gold/, ops/, checks/, corrections/ and migrations/"))
	}
	mistakes = append(mistakes, correctionMistakes(tree.Corrections, tree.Models)...)
	paths, err := fs.Glob(files, "checks/*.sql")
	if err != nil {
		return tree, err
	}
	for _, name := range paths {
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return tree, err
		}
		check, err := parseCheck(name, string(body))
		mistakes = append(mistakes, err)
		tree.Checks = append(tree.Checks, check)
	}
	tree.Migrations, err = fs.Sub(files, "migrations")
	mistakes = append(mistakes, err)
	if err := errors.Join(mistakes...); err != nil {
		return tree, &Error{Op: "read the SQL tree", Hint: "mend what is named above", Code: WrongUse, Err: err}
	}
	return tree, nil
}

// head is the comment at the top of a SQL file: prose, then settings ("task: …"), then its columns.
type head struct {
	prose    []string
	settings map[string]string
	lines    map[string]int // where a setting stands
	columns  []Column
}

var headSettings = []string{"task", "load", "key", "lookup", "variables", "severity", "columns"}

func parseHead(body string) (head, error) {
	parsed := head{settings: map[string]string{}, lines: map[string]int{}}
	inColumns := false
	for number, line := range strings.Split(body, "\n") {
		text, isComment := strings.CutPrefix(line, "--")
		if !isComment {
			break
		}
		if inColumns {
			if name, comment, found := strings.Cut(strings.TrimSpace(text), ": "); found && strings.HasPrefix(text, "   ") {
				parsed.columns = append(parsed.columns, Column{Name: name, Comment: comment})
				continue
			}
			return parsed, fmt.Errorf("line %d: a column is written \"--   name: what it holds\"", number+1)
		}
		name, value, found := strings.Cut(strings.TrimSpace(text), ":")
		if !found || !slices.Contains(headSettings, name) {
			parsed.prose = append(parsed.prose, strings.TrimSpace(text))
			continue
		}
		inColumns = name == "columns"
		parsed.settings[name], parsed.lines[name] = strings.TrimSpace(value), number+1
	}
	return parsed, nil
}

func (h head) description() string { return strings.TrimSpace(strings.Join(h.prose, " ")) }

func parseModel(name, body string, corrections map[string][]byte) (*Model, error) {
	schema, stem := path.Dir(name), strings.TrimSuffix(path.Base(name), ".sql")
	model := &Model{Path: name, Schema: schema, Name: stem, Table: schema + "." + stem, SQL: body, Load: Replace}
	hash := sha256.New()
	hash.Write([]byte(body))
	hash.Write(corrections[stem+".csv"])
	model.Hash = hex.EncodeToString(hash.Sum(nil))
	parsed, err := parseHead(body)
	if err != nil {
		return model, fmt.Errorf("%s: %w", name, err)
	}
	model.Description, model.Task, model.Columns = parsed.description(), parsed.settings["task"], parsed.columns
	var mistakes []error
	mistake := func(setting, format string, args ...any) {
		where := name
		if line := parsed.lines[setting]; line > 0 {
			where = fmt.Sprintf("%s:%d", name, line)
		}
		mistakes = append(mistakes, fmt.Errorf("%s: "+format, append([]any{where}, args...)...))
	}
	if model.Description == "" {
		mistake("", "the head must say what one row is")
	}
	if len(model.Columns) == 0 {
		mistake("columns", "the head must name the columns with their comments")
	}
	if !slices.Contains(taskNames, model.Task) {
		mistake("task", "task %q is none of %s", model.Task, strings.Join(taskNames, ", "))
	}
	load, column, _ := strings.Cut(parsed.settings["load"], " (")
	switch model.Load = Load(load); model.Load {
	case ByMonth:
		if model.MonthColumn = strings.TrimSuffix(column, ")"); model.MonthColumn == "" {
			model.MonthColumn = "month"
		}
		if !model.hasColumn(model.MonthColumn) {
			mistake("load", "a model loaded by month needs the column %s", model.MonthColumn)
		}
	case ByFile, Replace, View:
	default:
		mistake("load", "load %q is none of by file, by month, by month (column), replace, view", parsed.settings["load"])
	}
	if key, given := parsed.settings["key"]; given {
		model.Key = strings.Split(key, ", ")
	}
	for _, column := range model.Key {
		if !model.hasColumn(column) {
			mistake("key", "the key names %q, which is no column", column)
		}
	}
	if len(model.Key) > 0 { // so it gets into the published file, where catalog.Diff looks for it
		model.Description += " Key: " + strings.Join(model.Key, ", ") + "."
	}
	if lookup, given := parsed.settings["lookup"]; given {
		table, column, found := strings.Cut(strings.TrimSuffix(lookup, ")"), " (")
		if !found || model.Load != ByMonth || !model.hasColumn(column) {
			mistake("lookup", "lookup is written \"schema.table (column)\", for a model loaded by month that has the column")
		}
		model.Lookup = Lookup{Table: table, Column: column}
	}
	if model.judged() && !(model.hasColumn(reasonColumn) && model.hasColumn("file_name") && model.hasColumn("line")) {
		mistake("columns", "a model with the column outcome needs reason, file_name and line too")
	}
	return model, errors.Join(mistakes...)
}

func parseCheck(name, body string) (*Check, error) {
	check := &Check{Path: name, Name: strings.TrimSuffix(path.Base(name), ".sql"), SQL: body}
	parsed, err := parseHead(body)
	if err != nil {
		return check, fmt.Errorf("%s: %w", name, err)
	}
	check.Description, check.Severity = parsed.description(), Severity(parsed.settings["severity"])
	if check.Severity != SeverityError && check.Severity != SeverityWarn {
		return check, fmt.Errorf("%s: severity %q is none of error, warn", name, check.Severity)
	}
	if check.Description == "" {
		return check, fmt.Errorf("%s: the head must say what breaks for whom when the check fails", name)
	}
	return check, nil
}

// resolve fills in what each model reads, by the engine's own parser, and puts the models in order.
func (t *Tree) resolve(ctx context.Context, e *engine) error {
	known := map[string]*Model{}
	for _, model := range t.Models {
		known[model.Table] = model
	}
	for _, model := range t.Models {
		tables, err := readsOf(ctx, e, model.SQL)
		if err != nil {
			failure := &Error{Op: "parse", Subject: "sql/" + model.Path, Hint: "one SELECT a file, in DuckDB's SQL", Code: WrongUse, Err: err}
			failure.atParseError(err, model.SQL)
			return failure
		}
		model.Reads, model.readsOps = nil, nil
		for _, table := range tables {
			if known[table] != nil {
				model.Reads = append(model.Reads, table)
			} else if schema, _, _ := strings.Cut(table, "."); schema != "ops" {
				return &Error{Op: "parse", Subject: "sql/" + model.Path, Hint: "a table of the warehouse is a file of the SQL tree", Code: WrongUse,
					Err: fmt.Errorf("it reads %s, which no file defines", table)}
			} else {
				model.readsOps = append(model.readsOps, table)
			}
		}
	}
	ordered, placed := make([]*Model, 0, len(t.Models)), map[string]bool{}
	for len(ordered) < len(t.Models) {
		before := len(ordered)
		for _, model := range t.Models {
			ready := !slices.ContainsFunc(model.Reads, func(table string) bool { return !placed[table] })
			if !placed[model.Table] && ready {
				ordered, placed[model.Table] = append(ordered, model), true
			}
		}
		if len(ordered) == before {
			var circle []string
			for _, model := range t.Models {
				if !placed[model.Table] {
					circle = append(circle, model.Path)
				}
			}
			return &Error{Op: "order the SQL files", Subject: strings.Join(circle, ", "), Hint: "they read each other in a circle", Code: WrongUse}
		}
	}
	t.Models = ordered
	return nil
}

// readsOf returns the tables, schema and name, that a SELECT reads.
func readsOf(ctx context.Context, e *engine, query string) ([]string, error) {
	var text string
	if err := e.conn.GetContext(ctx, &text, "select cast(json_serialize_sql(cast(? as varchar)) as varchar)", query); err != nil {
		return nil, err
	}
	failure := &parseError{}
	if err := json.Unmarshal([]byte(text), failure); err != nil {
		return nil, err
	}
	if failure.Failed {
		return nil, failure
	}
	var tree map[string]any
	if err := json.Unmarshal([]byte(text), &tree); err != nil {
		return nil, err
	}
	if statements, _ := tree["statements"].([]any); len(statements) != 1 {
		return nil, fmt.Errorf("%d statements", len(statements))
	}
	found := map[string]bool{}
	collectTables(tree["statements"], found)
	var tables []string
	for table := range found {
		tables = append(tables, table)
	}
	slices.Sort(tables)
	return tables, nil
}

// collectTables walks the serialized tree. A table without a schema is a common table expression.
func collectTables(node any, found map[string]bool) {
	switch node := node.(type) {
	case map[string]any:
		if node["type"] == "BASE_TABLE" && node["schema_name"] != "" {
			found[fmt.Sprintf("%v.%v", node["schema_name"], node["table_name"])] = true
		}
		for _, child := range node {
			collectTables(child, found)
		}
	case []any:
		for _, child := range node {
			collectTables(child, found)
		}
	}
}
