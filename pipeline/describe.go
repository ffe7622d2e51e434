package pipeline

import (
	"context"
	"errors"
	"os"
	"strings"
)

// Description is a SQL tree with what the engine knows of it: what an engine elsewhere needs to run the same files.
type Description struct {
	Tree    Tree                     // its models in an order in which each follows what it reads
	Columns map[string][]TypedColumn // of every table, "silver.orders" and those of ops that no file defines too
}

// TypedColumn is a column as the engine makes it.
type TypedColumn struct {
	Table string `db:"table_name"`
	Name  string `db:"column_name"`
	Type  string `db:"data_type"` // "DECIMAL(18,2)"
}

// Describe reads the SQL tree of a config and asks the engine for its order and its types. It reads no lake and no warehouse.
func Describe(ctx context.Context, config Config) (described Description, err error) {
	config = config.withDefaults()
	if described.Tree, err = LoadTree(config.SQL); err != nil {
		return described, err
	}
	e, err := openEngine(ctx, "", false, config.Engine)
	if err != nil {
		return described, err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	corrections, err := os.MkdirTemp("", "fmcg-corrections-")
	if err != nil {
		return described, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(corrections)) }()
	if err := e.createEmptyTables(ctx, &described.Tree, corrections); err != nil {
		return described, err
	}
	var columns []TypedColumn
	if err := e.conn.SelectContext(ctx, &columns, `select schema_name || '.' || table_name as table_name, column_name, data_type
		from duckdb_columns() where not internal order by schema_name, table_name, column_index`); err != nil {
		return described, err
	}
	described.Columns = map[string][]TypedColumn{}
	for _, column := range columns {
		if !strings.HasSuffix(column.Table, ".goose_db_version") {
			described.Columns[column.Table] = append(described.Columns[column.Table], column)
		}
	}
	return described, nil
}

// Judged says that the SELECT of a model tells what becomes of each row it reads, in the columns outcome and reason, which
// its table does not have.
func (m *Model) Judged() bool { return m.judged() }

// Delivered returns the columns that a file of a bronze table must have, none for other models.
func (m *Model) Delivered() []string {
	if m.Load != ByFile {
		return nil
	}
	return delivered(m)
}

// ReadsOps returns the tables of ops that a model reads and no file of the tree defines.
func (m *Model) ReadsOps() []string { return m.readsOps }
