package catalog

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/jmoiron/sqlx"

	"github.com/fmcg/fmcg/catalog/lineage"
)

// ErrNoSQL says that a release was made before releases held their own SQL.
var ErrNoSQL = errors.New("this release does not hold the SQL that made it; the next refresh adds it, and --sql DIR shows a tree's")

// modelFolders are the folders of a SQL tree that hold models.
var modelFolders = []string{"bronze", "silver", "gold", "ops"}

// Lineage tells what each table and column of the release comes from, by the SQL that made it; or, with a SQL tree, by that
// tree's, on the tables of the release.
func (w *Warehouse) Lineage(ctx context.Context, tree fs.FS) (*lineage.Lineage, error) {
	files, err := w.sqlFiles(ctx)
	if tree != nil {
		files, err = modelFiles(tree)
	}
	if err != nil {
		return nil, err
	}
	tables, err := w.tables(ctx)
	if err != nil {
		return nil, err
	}
	scratch, err := newScratch(ctx)
	if err != nil {
		return nil, err
	}
	defer scratch.Close()
	return lineage.Read(ctx, scratch, files, tables)
}

// newScratch opens an empty engine that reaches nothing else. Its one connection keeps what is made in it.
func newScratch(ctx context.Context) (*sqlx.DB, error) {
	connector, err := duckdb.NewConnector("", func(execer driver.ExecerContext) error {
		_, err := execer.ExecContext(ctx, "set enable_external_access = false", nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	return sqlx.NewDb(sql.OpenDB(connector), "duckdb"), nil
}

// sqlFiles are the SQL files that the release was made with, by path.
func (w *Warehouse) sqlFiles(ctx context.Context) (map[string]string, error) {
	var held bool
	if err := w.db.GetContext(ctx, &held, `select count(*) > 0 from duckdb_columns()
		where schema_name = 'ops' and table_name = 'sql_files' and column_name = 'sql'`); err != nil {
		return nil, err
	}
	if !held {
		return nil, fmt.Errorf("%s: %w", w.Release, ErrNoSQL)
	}
	var rows []struct {
		Path string
		SQL  *string
	}
	if err := w.db.SelectContext(ctx, &rows, "select path, sql from ops.sql_files"); err != nil {
		return nil, err
	}
	files := map[string]string{}
	for _, row := range rows {
		if row.SQL == nil {
			return nil, fmt.Errorf("%s, %s: %w", w.Release, row.Path, ErrNoSQL)
		}
		files[row.Path] = *row.SQL
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: %w", w.Release, ErrNoSQL)
	}
	return files, nil
}

func modelFiles(tree fs.FS) (map[string]string, error) {
	files := map[string]string{}
	for _, folder := range modelFolders {
		paths, err := fs.Glob(tree, folder+"/*.sql")
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			text, err := fs.ReadFile(tree, path)
			if err != nil {
				return nil, err
			}
			files[path] = string(text)
		}
	}
	if len(files) == 0 {
		return nil, errors.New("no models: a SQL tree holds bronze/, silver/, gold/ and ops/")
	}
	return files, nil
}

// tables are the tables and views of the release with their columns.
func (w *Warehouse) tables(ctx context.Context) (map[string]lineage.Table, error) {
	var rows []struct {
		Table  string `db:"table_name"`
		Column string `db:"column_name"`
		Type   string `db:"data_type"`
		IsView bool   `db:"is_view"`
	}
	if err := w.db.SelectContext(ctx, &rows, `select schema_name || '.' || table_name as table_name, column_name, data_type,
			table_oid in (select view_oid from duckdb_views() where database_name = current_database()) as is_view
		from duckdb_columns() where not internal and database_name = current_database() order by schema_name, table_name, column_index`); err != nil {
		return nil, err
	}
	tables := map[string]lineage.Table{}
	for _, row := range rows {
		table := tables[row.Table]
		table.View = row.IsView
		table.Columns = append(table.Columns, lineage.TableColumn{Name: row.Column, Type: row.Type})
		tables[row.Table] = table
	}
	return tables, nil
}
