package pipeline

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"time"

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

// Migration is one migration of the SQL tree.
type Migration struct {
	Version   int64     `json:"version"`
	Path      string    `json:"path"`       // in the tree
	AppliedAt time.Time `json:"applied_at"` // UTC, when the published file got it; zero where it is pending
}

// Migrations returns the migrations of the tree, oldest first, and which of them the published file has. The next refresh
// applies the pending ones in its clone, so that one that fails harms nothing.
func Migrations(ctx context.Context, config Config) ([]Migration, error) {
	config = config.withDefaults()
	tree, err := LoadTree(config.SQL)
	if err != nil {
		return nil, err
	}
	paths, err := fs.Glob(tree.Migrations, "*.sql")
	if err != nil {
		return nil, err
	}
	applied := map[int64]time.Time{}
	if release, err := filepath.EvalSymlinks(config.Warehouse); err == nil {
		e, err := openEngine(ctx, release, true, EngineConfig{})
		if err != nil {
			return nil, &Error{Op: "open", Subject: release, Err: err}
		}
		defer func() { _ = e.close() }()
		rows, err := e.conn.QueryxContext(ctx, "select version_id, tstamp from "+versionTable+" where is_applied")
		if err != nil {
			return nil, &Error{Op: "read the migrations of", Subject: release, Hint: "it must be a file that fmcg published", Err: err}
		}
		defer rows.Close()
		for rows.Next() {
			var version int64
			var at time.Time
			if err := rows.Scan(&version, &at); err != nil {
				return nil, err
			}
			applied[version] = at
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var found []Migration
	for _, path := range paths {
		version, err := goose.NumericComponent(path)
		if err != nil {
			return nil, &Error{Op: "read", Subject: "sql/migrations/" + path, Code: WrongUse, Hint: "a migration is named 00004_what_it_does.sql", Err: err}
		}
		found = append(found, Migration{Version: version, Path: "migrations/" + path, AppliedAt: applied[version]})
	}
	slices.SortFunc(found, func(a, b Migration) int { return cmp.Compare(a.Version, b.Version) })
	return found, nil
}

var migrationName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// NewMigration writes an empty migration after the last one into a SQL tree in a folder, and returns its path.
func NewMigration(dir, name string) (string, error) {
	wrong := func(err error, hint string) (string, error) {
		return "", &Error{Op: "make the migration", Subject: name, Code: WrongUse, Hint: hint, Err: err}
	}
	if !migrationName.MatchString(name) {
		return wrong(errors.New("not a name of lower-case words"), "fmcg migrate new add_customer_region")
	}
	last, err := lastMigration(os.DirFS(filepath.Join(dir, "migrations")))
	if err != nil {
		return wrong(err, "")
	}
	if last == 0 {
		return wrong(fmt.Errorf("no migrations in %s", filepath.Join(dir, "migrations")), "name a SQL tree with --sql")
	}
	path := filepath.Join(dir, "migrations", fmt.Sprintf("%05d_%s.sql", last+1, name))
	const body = "-- +goose Up\n-- What this adds, and why. Every table and column gets its comment.\n"
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return wrong(err, "")
	}
	_, err = file.WriteString(body)
	return path, errors.Join(err, file.Close())
}
