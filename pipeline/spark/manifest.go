package spark

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/fmcg/fmcg/pipeline"
	"github.com/fmcg/fmcg/pipeline/lake"
)

// Manifest tells the runner what the SQL tree says beside its SELECTs: order, dependencies, how rows enter their tables.
type Manifest struct {
	Version     string            `json:"version"` // of the program that made the bundle
	SQLGlot     string            `json:"sqlglot"` // that transpiled it
	Places      []lake.Place      `json:"places"`  // which file of the lake is of which table
	Ops         []Table           `json:"ops"`     // tables of ops that no file defines
	Models      []Model           `json:"models"`  // in an order in which each follows what it reads
	Checks      []Check           `json:"checks"`
	Corrections []Correction      `json:"corrections"`
	Sources     map[string]string `json:"sources"` // SHA-256 of each file of the SQL tree that the bundle was made from
}

// Table is a table with its columns in Spark's types.
type Table struct {
	Table   string   `json:"table"` // "ops.files"
	Columns []Column `json:"columns"`
}

// Column is one column of a table.
type Column struct {
	Name    string `json:"name"`
	Type    string `json:"type"`   // Spark's
	DuckDB  string `json:"duckdb"` // DuckDB's
	Comment string `json:"comment,omitempty"`
}

// Model is one file of bronze, silver, gold or ops.
type Model struct {
	Table
	SQL         string        `json:"sql"`  // path of the transpiled file in the bundle
	Load        pipeline.Load `json:"load"` // how its rows enter its table
	Month       string        `json:"month,omitempty"`
	LookupTable string        `json:"lookup_table,omitempty"`
	Lookup      string        `json:"lookup,omitempty"` // column whose values are looked up there
	Key         []string      `json:"key,omitempty"`
	Judged      bool          `json:"judged"`              // its SELECT has outcome and reason, its table has not
	Delivered   []string      `json:"delivered,omitempty"` // of bronze: the columns that a file must have
	Reads       []string      `json:"reads"`
	Comment     string        `json:"comment"`
}

// Check is a query that returns the offending rows.
type Check struct {
	Name     string            `json:"name"`
	SQL      string            `json:"sql"`
	Severity pipeline.Severity `json:"severity"`
	Comment  string            `json:"comment"`
}

// Correction is a correction file, which the runner registers as a view.
type Correction struct {
	View    string   `json:"view"` // "corrections_city_typos"
	File    string   `json:"file"` // path in the bundle
	Columns []string `json:"columns"`
}

// manifest describes a tree.
func manifest(described pipeline.Description, version string) Manifest {
	tree := described.Tree
	m := Manifest{Version: version, SQLGlot: SQLGlotVersion, Places: lake.Places(), Sources: map[string]string{}}
	defined := map[string]bool{}
	for _, model := range tree.Models {
		defined[model.Table] = true
		m.Sources[model.Path] = hash(model.SQL)
		comments := map[string]string{}
		for _, column := range model.Columns {
			comments[column.Name] = column.Comment
		}
		m.Models = append(m.Models, Model{
			Table: table(described, model.Table, comments), SQL: "sql/" + model.Path, Load: model.Load, Month: model.MonthColumn,
			LookupTable: model.Lookup.Table, Lookup: model.Lookup.Column, Key: model.Key, Judged: model.Judged(), Delivered: model.Delivered(),
			Reads: reads(model), Comment: model.Description,
		})
	}
	for _, check := range tree.Checks {
		m.Sources[check.Path] = hash(check.SQL)
		m.Checks = append(m.Checks, Check{Name: check.Name, SQL: "sql/" + check.Path, Severity: check.Severity, Comment: check.Description})
	}
	for _, name := range slices.Sorted(maps.Keys(tree.Corrections)) {
		stem := strings.TrimSuffix(name, ".csv")
		m.Sources["corrections/"+name] = hash(string(tree.Corrections[name]))
		correction := Correction{View: "corrections_" + stem, File: path.Join("corrections", name)}
		for _, column := range described.Columns["silver."+stem] {
			correction.Columns = append(correction.Columns, column.Name)
		}
		m.Corrections = append(m.Corrections, correction)
	}
	for _, name := range slices.Sorted(maps.Keys(described.Columns)) {
		if strings.HasPrefix(name, "ops.") && !defined[name] {
			m.Ops = append(m.Ops, table(described, name, nil))
		}
	}
	return m
}

// reads are the tables that a model reads, an empty list where it reads files.
func reads(model *pipeline.Model) []string {
	tables := append([]string{}, slices.Concat(model.Reads, model.ReadsOps())...)
	slices.Sort(tables)
	return tables
}

func table(described pipeline.Description, name string, comments map[string]string) Table {
	t := Table{Table: name}
	for _, column := range described.Columns[name] {
		t.Columns = append(t.Columns, Column{Name: column.Name, Type: sparkType(column.Type), DuckDB: column.Type, Comment: comments[column.Name]})
	}
	return t
}

// sparkTypes are the types that have another name in Spark. A sum of BIGINT is a HUGEINT in DuckDB and a BIGINT in Spark,
// which fails when it does not fit.
var sparkTypes = map[string]string{"VARCHAR": "string", "JSON": "string", "TIMESTAMP": "timestamp_ntz", "INTEGER": "int", "HUGEINT": "bigint"}

func sparkType(duckdb string) string { return cmp.Or(sparkTypes[duckdb], strings.ToLower(duckdb)) }

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func place(path string, line int) string { return fmt.Sprintf("%s:%d", path, line) }
