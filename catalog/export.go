package catalog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	_ "github.com/duckdb/duckdb-go/v2" // the engine
	"github.com/jmoiron/sqlx"
)

// Export is what was written of a release.
type Export struct {
	Run    string          `json:"run"` // that made the release
	Tables []ExportedTable `json:"tables"`
}

// ExportedTable is one table or view of gold; its Parquet files are in gold/TABLE, those of a year in year=YEAR below it.
type ExportedTable struct {
	Table string `db:"table_name" json:"table"`
	Rows  int64  `json:"rows"`
	Year  string `db:"year" json:"-"` // expression of the year of a row, "" where it has none
	Kept  bool   `db:"kept" json:"-"` // the table has a column year itself
}

// ExportGold writes the tables and views of gold, of the release published at path, as Parquet files into a folder. Rows
// that have a year, by a column year or date, are partitioned by it.
func ExportGold(ctx context.Context, path, dir string) (export Export, err error) {
	release, err := releaseOf(path)
	if err != nil {
		return export, err
	}
	// Not a Warehouse: it could write no file. The file itself is opened read-only all the same.
	db, err := sqlx.Open("duckdb", release+"?access_mode=READ_ONLY")
	if err != nil {
		return export, fmt.Errorf("open %s: %w", release, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, "set threads = 1"); err != nil { // the same release is the same files, so that one that was cut off leaves none beside them
		return export, err
	}
	if err := db.GetContext(ctx, &export.Run, "select run_id from ops.freshness"); err != nil {
		return export, err
	}
	if err := db.SelectContext(ctx, &export.Tables, `
		select table_name, coalesce(max(column_name) filter (where column_name = 'year'), max('year(date)') filter (where column_name = 'date'), '') as year,
			count(*) filter (where column_name = 'year') > 0 as kept
		from duckdb_columns() where schema_name = 'gold' group by table_name order by table_name`); err != nil {
		return export, err
	}
	for i := range export.Tables {
		table := &export.Tables[i]
		if table.Rows, err = exportTable(ctx, db, *table, filepath.Join(dir, "gold", table.Table)); err != nil {
			return export, fmt.Errorf("export gold.%s: %w", table.Table, err)
		}
	}
	return export, nil
}

func exportTable(ctx context.Context, db *sqlx.DB, table ExportedTable, dir string) (rows int64, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, err
	}
	query, target, options := "from gold."+table.Table, dir, "format parquet, partition_by (year), write_partition_columns "+fmt.Sprint(table.Kept)
	switch {
	case table.Year == "":
		target, options = filepath.Join(dir, "data_0.parquet"), "format parquet"
	case !table.Kept:
		query = fmt.Sprintf("select *, %s as year from gold.%s", table.Year, table.Table)
	}
	written, err := db.ExecContext(ctx, fmt.Sprintf("copy (%s) to '%s' (%s)", query, strings.ReplaceAll(target, "'", "''"), options))
	if err != nil {
		return 0, err
	}
	return written.RowsAffected()
}
