package catalog

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
)

// Exporter runs queries whose rows go to one file, and can neither write nor read any other.
type Exporter struct {
	db   *sqlx.DB
	file string
}

// OpenExporter opens the release published at path for an export to a file, which is there already, with settings of the engine.
func OpenExporter(ctx context.Context, path, file string, settings ...string) (*Exporter, error) {
	release, err := releaseOf(path)
	if err != nil {
		return nil, err
	}
	if file, err = filepath.Abs(file); err != nil {
		return nil, err
	}
	db, err := sqlx.Open("duckdb", "") // an engine of its own: one that opens the file itself may be shared within the process
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	name := quoteName(strings.TrimSuffix(filepath.Base(release), filepath.Ext(release)))
	for _, statement := range slices.Concat([]string{
		"attach " + quoteText(release) + " as " + name + " (read_only)", "use " + name, "set TimeZone = 'UTC'",
	}, settings, []string{
		"set allowed_paths = [" + quoteText(file) + "]", "set enable_external_access = false", "set lock_configuration = true",
	}) {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return nil, errors.Join(fmt.Errorf("open %s: %w", release, err), db.Close())
		}
	}
	return &Exporter{db: db, file: file}, nil
}

// Close lets go of the release.
func (e *Exporter) Close() error { return e.db.Close() }

// Tables are the tables and views of the release, "gold.dim_date".
func (e *Exporter) Tables(ctx context.Context) (names []string, err error) {
	err = e.db.SelectContext(ctx, &names, `
		select schema_name || '.' || table_name from (
			select schema_name, table_name from duckdb_tables() where database_name = current_database()
			union all select schema_name, view_name from duckdb_views() where database_name = current_database() and not internal)
		order by array_position(['gold', 'silver', 'bronze', 'ops'], schema_name), schema_name, table_name`)
	return names, err
}

// Parquet writes the rows of a query into the file, with the types that they have, and returns their number. Whole numbers that
// Parquet has no type for are decimals in it: the engine would round them.
func (e *Exporter) Parquet(ctx context.Context, query string) (int64, error) {
	query, err := e.carried(ctx, query, "DECIMAL(38,0)", func(kind string) bool { return kind == "HUGEINT" || kind == "UHUGEINT" })
	if err != nil {
		return 0, err
	}
	written, err := e.db.ExecContext(ctx, fmt.Sprintf("copy (\n%s\n) to %s (format parquet, compression zstd, use_tmp_file false)", query, quoteText(e.file)))
	if err != nil {
		return 0, err
	}
	return written.RowsAffected()
}

// plainTypes are those whose values Stream hands on as they are; those of others come as the engine writes them.
var plainTypes = regexp.MustCompile(`^(VARCHAR|BOOLEAN|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL\(.*\)|DATE|TIME|TIMESTAMP|TIMESTAMP WITH TIME ZONE)$`)

// Stream hands the rows of a query on while they come.
func (e *Exporter) Stream(ctx context.Context, query string, use func(Rows) error) error {
	query, err := e.carried(ctx, query, "VARCHAR", func(kind string) bool { return !plainTypes.MatchString(kind) })
	if err != nil {
		return err
	}
	return Stream(ctx, e.db, query, use)
}

// carried is a query whose columns of these types are of another.
func (e *Exporter) carried(ctx context.Context, query, as string, is func(kind string) bool) (string, error) {
	query = strings.TrimRight(query, "; \t\r\n")
	var columns []struct {
		Name string `db:"column_name"`
		Kind string `db:"column_type"`
	}
	if err := e.db.SelectContext(ctx, &columns, "select column_name, column_type from (describe\n"+query+"\n)"); err != nil {
		return "", err
	}
	var casts []string
	for _, column := range columns {
		if is(column.Kind) {
			name := quoteName(column.Name)
			casts = append(casts, fmt.Sprintf("cast(%[1]s as %[2]s) as %[1]s", name, as))
		}
	}
	if casts == nil {
		return query, nil
	}
	return "select * replace (" + strings.Join(casts, ", ") + ") from (\n" + query + "\n)", nil
}
