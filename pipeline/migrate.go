package pipeline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/database/dialect"
)

// versionTable is where goose keeps which migrations a file has.
const versionTable = "ops.schema_versions"

// migrate applies the pending migrations to a build; a failed one harms nothing, the build is thrown away.
func (e *engine) migrate(ctx context.Context, migrations fs.FS) ([]string, error) {
	// goose creates its table first, so its schema must be there before the first migration.
	if err := e.exec(ctx, "create schema if not exists ops"); err != nil {
		return nil, err
	}
	provider, err := migrationProvider(e.db.DB, migrations)
	if err != nil {
		return nil, err
	}
	results, err := provider.Up(ctx)
	if err != nil {
		return nil, migrationError(migrations, err)
	}
	var applied []string
	for _, result := range results {
		applied = append(applied, result.Source.Path)
	}
	return applied, nil
}

// migrationError says which migration failed, and where in it, as far as goose and the engine tell.
func migrationError(migrations fs.FS, err error) error {
	failure := &Error{Op: "migrate", Subject: "sql/migrations", Hint: "mend the migration; nothing was published", Err: err}
	var partial *goose.PartialError
	if !errors.As(err, &partial) {
		return failure
	}
	failure.Subject += "/" + path.Base(partial.Failed.Source.Path)
	var cause *duckdb.Error
	if !errors.As(err, &cause) {
		return failure
	}
	failure.Err = cause
	if body, err := fs.ReadFile(migrations, path.Base(partial.Failed.Source.Path)); err == nil {
		failure.locateAnywhere(string(body))
	}
	return failure
}

// lastMigration returns the newest version in a tree.
func lastMigration(migrations fs.FS) (int64, error) {
	paths, err := fs.Glob(migrations, "*.sql")
	if err != nil {
		return 0, err
	}
	var last int64
	for _, name := range paths {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return 0, fmt.Errorf("migration %s: %w", name, err)
		}
		last = max(last, version)
	}
	return last, nil
}

func migrationProvider(db *sql.DB, migrations fs.FS) (*goose.Provider, error) {
	store, err := database.NewStoreFromQuerier(versionTable, duckdbQuerier{})
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectCustom, db, migrations, goose.WithStore(store))
}

// duckdbQuerier is the SQL by which goose keeps its table; goose has no dialect for DuckDB.
type duckdbQuerier struct{}

var _ dialect.Querier = duckdbQuerier{}

func (duckdbQuerier) CreateTable(table string) string {
	return fmt.Sprintf(`create sequence if not exists ops.schema_version_ids;
		create table %s (
			id bigint primary key default nextval('ops.schema_version_ids'),
			version_id bigint not null,
			is_applied boolean not null,
			tstamp timestamp not null default current_localtimestamp()
		)`, table)
}

func (duckdbQuerier) InsertVersion(table string) string {
	return fmt.Sprintf("insert into %s (version_id, is_applied) values ($1, $2)", table)
}

func (duckdbQuerier) DeleteVersion(table string) string {
	return fmt.Sprintf("delete from %s where version_id = $1", table)
}

func (duckdbQuerier) GetMigrationByVersion(table string) string {
	return fmt.Sprintf("select tstamp, is_applied from %s where version_id = $1 order by tstamp desc limit 1", table)
}

func (duckdbQuerier) ListMigrations(table string) string {
	return fmt.Sprintf("select version_id, is_applied from %s order by id desc", table)
}

func (duckdbQuerier) GetLatestVersion(table string) string {
	return fmt.Sprintf("select max(version_id) from %s", table)
}
