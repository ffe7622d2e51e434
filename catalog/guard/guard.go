// Package guard lets SQL read the one view, and nothing else, whoever drafted it.
package guard

import (
	"context"
	"database/sql"
)

// DB is a published file, open for guarded queries.
type DB struct{ db *sql.DB }

// Result is what a query returned; see Query.
type Result struct {
	Columns   []string
	Types     []string
	Rows      [][]any
	Truncated bool
}

// Open opens a published file so that nothing that runs on it can write, reach files, hosts or extensions, or change settings.
func Open(ctx context.Context, release string, limits Limits) (*DB, error) { return nil, nil }

// Limits bound a query. The zero value is the default.
type Limits struct {
	Memory  string // "512MB"
	Threads int
	Rows    int // fetched at most
	Seconds int
}

// Close lets go of the file.
func (d *DB) Close() error { return d.db.Close() }

// QueryContext runs trusted SQL of the program's own (building an index); what people or models draft goes through Query.
func (d *DB) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return d.db.QueryContext(ctx, query, args...)
}

// Check says why a statement may not run; nil if it may. The engine parses it, nothing is executed.
func (d *DB) Check(ctx context.Context, query string) error { return nil }

// Query checks a statement and runs it within the limits.
func (d *DB) Query(ctx context.Context, query string) (Result, error) { return Result{}, nil }
