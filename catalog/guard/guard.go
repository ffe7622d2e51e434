package guard

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/fmcg/fmcg/catalog"
)

// Limits bound a query. The zero value is the default.
type Limits struct {
	Memory  string        // of the engine, "512MB"; nothing is spilled to disk
	Threads int           // 0: all cores
	Rows    int           // in a result
	Time    time.Duration // of a query
	Keep    int           // rows of the view up to which Query reads a copy of it in memory, several times as fast; 0: none
}

// Limits where none are given.
const (
	defaultMemory = "512MB"
	defaultRows   = 10_000
	defaultTime   = 10 * time.Second
)

// ErrTooLong says that a query was stopped at the limit of time.
var ErrTooLong = errors.New("the query took too long")

// ErrTooMuch says that a query was stopped at the limit of memory.
var ErrTooMuch = errors.New("the query needs too much memory")

// DB is a published file, open for guarded queries, of several callers at once.
type DB struct {
	db     *sql.DB
	limits Limits
	kept   bool // there is a copy of the view

	published tables // what QueryPublished reads
}

// Names in the engine: of the published file, and of the copy of its view.
const (
	attached = "published"
	copied   = "kept"
)

// Open opens a published file, links resolved, so that what runs on it can neither write, nor reach other files, hosts or
// extensions, nor change settings.
func Open(ctx context.Context, path string, limits Limits) (*DB, error) {
	release, err := filepath.EvalSymlinks(path) // the engine caches open files by path
	if errors.Is(err, fs.ErrNotExist) {
		err = catalog.ErrNothingPublished
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	limits.Memory, limits.Rows, limits.Time = cmp.Or(limits.Memory, defaultMemory), cmp.Or(limits.Rows, defaultRows), cmp.Or(limits.Time, defaultTime)
	// An engine in memory: one that opens the file itself would be shared with whoever else opens it in this process.
	always := context.WithoutCancel(ctx) // connections are made as long as the file is open
	connector, err := duckdb.NewConnector("", func(conn driver.ExecerContext) error {
		_, err := conn.ExecContext(always, "use "+attached, nil)
		if missing := (*duckdb.Error)(nil); errors.As(err, &missing) && missing.Type == duckdb.ErrorTypeCatalog {
			return nil // the first connection, which attaches it
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", release, err)
	}
	d := &DB{db: sql.OpenDB(connector), limits: limits}
	if err := d.lock(ctx, release); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", release, err), d.db.Close())
	}
	return d, nil
}

// lock attaches the file and then takes away all that could reach further. What is locked cannot be unlocked.
func (d *DB) lock(ctx context.Context, release string) error {
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, statement := range []string{"attach " + quoteText(release) + " as " + attached + " (read_only)", "use " + attached} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	if d.published, err = readTables(ctx, conn); err != nil {
		return err
	}
	if d.limits.Keep > 0 {
		if err := d.keep(ctx, conn); err != nil {
			return fmt.Errorf("keep a copy of %s: %w", View, err)
		}
	}
	for _, statement := range append(d.limits.Settings(),
		"set max_temp_directory_size = '0B'",
		"set autoinstall_known_extensions = false",
		"set autoload_known_extensions = false",
		"set allow_community_extensions = false",
		"set allow_persistent_secrets = false",
		"set enable_external_access = false",
		"set lock_configuration = true",
	) {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// keep copies the view into memory, unless it is too large. A release never changes, so the copy is the view.
func (d *DB) keep(ctx context.Context, conn *sql.Conn) error {
	var rows int
	if err := conn.QueryRowContext(ctx, "select count(*) from "+View).Scan(&rows); err != nil || rows > d.limits.Keep {
		return err
	}
	for _, statement := range []string{
		"attach ':memory:' as " + copied + " (compress)",
		"create schema " + copied + "." + viewSchema,
		"create table " + copied + "." + View + " as from " + attached + "." + View,
	} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	d.kept = true
	return nil
}

// Settings are those of an engine that runs within the limits, for one that is not a DB.
func (l Limits) Settings() []string {
	settings := []string{"set memory_limit = " + quoteText(cmp.Or(l.Memory, defaultMemory)), "set temp_directory = ''"}
	if l.Threads > 0 {
		settings = append(settings, fmt.Sprintf("set threads = %d", l.Threads))
	}
	return settings
}

func quoteText(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// Close lets go of the file.
func (d *DB) Close() error { return d.db.Close() }

// QueryContext runs SQL of the program's own, which reads what Check would refuse (the index of values, the freshness).
// What people or models drafted goes through Query.
func (d *DB) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return d.db.QueryContext(ctx, query, args...)
}

// Query checks a statement (an error is a *Refusal if it may not run) and runs it within the limits. An answer with more
// rows than the limit is truncated. ErrTooLong and ErrTooMuch say that another limit was reached; an error of the engine
// itself, a column that does not exist, is a *duckdb.Error.
func (d *DB) Query(ctx context.Context, query string) (catalog.Table, error) {
	return d.limited(ctx, query, nil, 0)
}

// limited runs a statement that reads View, or these tables, within the limits.
func (d *DB) limited(ctx context.Context, query string, tables tables, rows int) (catalog.Table, error) {
	limited, cancel := context.WithTimeoutCause(ctx, d.limits.Time, ErrTooLong)
	defer cancel()
	table, err := d.run(limited, query, tables, cmp.Or(rows, d.limits.Rows))
	failed := (*duckdb.Error)(nil)
	switch {
	case err == nil:
	case errors.Is(context.Cause(limited), ErrTooLong):
		err = fmt.Errorf("%w: it was stopped after %s", ErrTooLong, d.limits.Time)
	case ctx.Err() != nil:
		err = ctx.Err()
	case errors.As(err, &failed) && failed.Type == duckdb.ErrorTypeOutOfMemory:
		err = fmt.Errorf("%w: it was stopped at %s", ErrTooMuch, d.limits.Memory)
	}
	return table, err
}

// judged is the statement that gives a row more than so many of another's. Both are judged: the one is what a person wrote, the
// other what runs.
func judged(ctx context.Context, engine Engine, query string, tables tables, rows int) (bounded string, found verdict, err error) {
	bounded = fmt.Sprintf("select * from (\n%s\n) limit %d", strings.TrimRight(query, "; \t\r\n"), rows+1)
	for _, statement := range []string{query, bounded} {
		if found, err = check(ctx, engine, statement, tables); err != nil {
			return "", found, err
		}
	}
	return bounded, found, nil
}

// run runs a statement in a transaction that cannot write. The engine makes the whole result before the first row is read,
// so the limit of rows is its business: the statement is put into another, which is judged as well, since it is what runs.
func (d *DB) run(ctx context.Context, query string, tables tables, rows int) (table catalog.Table, err error) {
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return table, err
	}
	defer conn.Close()
	bounded, found, err := judged(ctx, conn, query, tables, rows)
	if err != nil {
		return table, err
	}
	if d.kept && !slices.ContainsFunc(found.reads, func(name string) bool { return name != View }) { // the copy holds nothing else
		defer func() { _, _ = conn.ExecContext(context.WithoutCancel(ctx), "use "+attached) }()
		if _, err := conn.ExecContext(ctx, "use "+copied); err != nil {
			return table, err
		}
	}
	if _, err := conn.ExecContext(ctx, "begin transaction read only"); err != nil {
		return table, err
	}
	defer func() { _, _ = conn.ExecContext(context.WithoutCancel(ctx), "rollback") }()
	if found.gathers {
		if bounded, err = withShortValues(ctx, conn, bounded); err != nil {
			return table, err
		}
	}
	return catalog.Fetch(ctx, conn, bounded, rows)
}
