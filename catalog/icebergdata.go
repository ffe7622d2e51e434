package catalog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/jmoiron/sqlx"

	"github.com/fmcg/fmcg/catalog/iceberg"
)

// GoldFiles writes the tables and views of gold, of one release, as Parquet files with the ids that Iceberg knows columns by.
type GoldFiles struct {
	Run string // that made the release
	db  *sqlx.DB
}

// GoldTable is one table or view of gold.
type GoldTable struct {
	Name    string
	Comment string
	Columns []iceberg.Column
	Year    string // column whose year parts the rows: year, else date, else ""
}

// OpenGoldFiles opens the release published at path, read-only.
func OpenGoldFiles(ctx context.Context, path string) (gold *GoldFiles, err error) {
	release, err := releaseOf(path)
	if err != nil {
		return nil, err
	}
	db, err := sqlx.Open("duckdb", release+"?access_mode=READ_ONLY") // not a Warehouse: it could write no file
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", release, err)
	}
	db.SetMaxOpenConns(1)
	gold = &GoldFiles{db: db}
	if err := db.GetContext(ctx, &gold.Run, "select run_id from ops.freshness"); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return gold, nil
}

// Close closes the release.
func (g *GoldFiles) Close() error { return g.db.Close() }

// Tables returns what is in gold, by name.
func (g *GoldFiles) Tables(ctx context.Context) (tables []GoldTable, err error) {
	var columns []struct {
		Table        string `db:"table_name"`
		TableComment string `db:"table_comment"`
		Name         string `db:"column_name"`
		Type         string `db:"data_type"`
		Comment      string `db:"comment"`
	}
	if err := g.db.SelectContext(ctx, &columns, `
		select table_name, coalesce(t.comment, '') as table_comment, column_name, data_type, coalesce(c.comment, '') as comment
		from duckdb_columns() as c
		inner join (select schema_name, table_name, comment from duckdb_tables() union all select schema_name, view_name, comment from duckdb_views()) as t
			using (schema_name, table_name)
		where schema_name = 'gold' order by table_name, column_index`); err != nil {
		return nil, err
	}
	for _, column := range columns {
		if len(tables) == 0 || tables[len(tables)-1].Name != column.Table {
			tables = append(tables, GoldTable{Name: column.Table, Comment: column.TableComment})
		}
		table := &tables[len(tables)-1]
		if column.Type == "HUGEINT" { // Parquet has none, and the engine would write a DOUBLE
			column.Type = "DECIMAL(38,0)"
		}
		table.Columns = append(table.Columns, iceberg.Column{Name: column.Name, Type: column.Type, Comment: column.Comment})
		if column.Name == "year" && column.Type == "INTEGER" || column.Name == "date" && column.Type == "DATE" && table.Year == "" {
			table.Year = column.Name
		}
	}
	return tables, nil
}

// Write writes the rows of a table into a folder within dir and returns the files, by their path within dir.
func (g *GoldFiles) Write(ctx context.Context, table GoldTable, ids map[string]int, dir, within string) (files []iceberg.File, err error) {
	data := filepath.Join(dir, filepath.FromSlash(within))
	if err := os.MkdirAll(data, 0o755); err != nil {
		return nil, err
	}
	var picked, fields []string
	for _, column := range table.Columns {
		name := quoteName(column.Name)
		picked = append(picked, fmt.Sprintf("cast(%[1]s as %[2]s) as %[1]s", name, column.Type))
		fields = append(fields, fmt.Sprintf("%s: %d", name, ids[column.Name]))
	}
	const part = "fmcg_year" // of no file: it is in the table's metadata
	target, options := filepath.Join(data, "data_0.parquet"), "return_stats, format parquet, field_ids {"+strings.Join(fields, ", ")+"}"
	switch table.Year {
	case "":
	case "year":
		picked = append(picked, "year as "+part)
	default:
		picked = append(picked, fmt.Sprintf("year(%s) as %s", quoteName(table.Year), part))
	}
	if table.Year != "" {
		target, options = data, options+", partition_by ("+part+")"
	}
	var written []struct {
		Path       string `db:"filename"`
		Rows       int64  `db:"count"`
		Size       int64  `db:"file_size_bytes"`
		FooterSize any    `db:"footer_size_bytes"`
		Statistics any    `db:"column_statistics"`
		Keys       any    `db:"partition_keys"`
	}
	if err := g.db.SelectContext(ctx, &written, fmt.Sprintf("copy (select %s from gold.%s) to %s (%s)",
		strings.Join(picked, ", "), quoteName(table.Name), quoteText(target), options)); err != nil {
		return nil, err
	}
	for _, file := range written {
		within, err := filepath.Rel(dir, file.Path)
		if err != nil {
			return nil, err
		}
		added := iceberg.File{Path: filepath.ToSlash(within), Rows: file.Rows, Size: file.Size}
		if _, value, found := strings.Cut(filepath.Base(filepath.Dir(file.Path)), part+"="); found {
			if year, err := strconv.Atoi(value); err == nil { // else rows without a year
				added.Year = &year
			}
		}
		files = append(files, added)
	}
	slices.SortFunc(files, func(a, b iceberg.File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}
