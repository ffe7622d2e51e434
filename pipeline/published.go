package pipeline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"
)

// ledgerRow is the current version of a delivered file, from ops.files.
type ledgerRow struct {
	Source       string    `db:"source"`
	Table        string    `db:"table_name"`
	URI          string    `db:"uri"`
	Name         string    `db:"file_name"`
	Size         int64     `db:"file_size"`
	LastModified time.Time `db:"last_modified"`
	ETag         string    `db:"etag"`
	State        string    `db:"state"`
}

// States of a version of a file in ops.files.
const (
	stateLoaded    = "loaded"
	stateReplaced  = "replaced"
	stateRejected  = "rejected"
	stateWithdrawn = "withdrawn"
)

// fileKey identifies a delivered file.
type fileKey struct{ Table, Name string }

// published is what a refresh must know of the warehouse as it is: the file is the state (law 1).
type published struct {
	Release   string // path of the database file, links resolved; "" where nothing is published yet
	Run       string
	Version   int64 // of the schema
	Lake      lakeOrigin
	Ledger    map[fileKey]ledgerRow
	SQL       map[string]string // hash by path
	Tables    map[string]bool   // tables and views that exist, "gold.dim_date"
	Published time.Time
}

// lakeOrigin is where the files of a warehouse came from, as ops.runs.parameters keeps it.
type lakeOrigin struct {
	Parent string `json:"parent"`
	Child  string `json:"child"`
}

// readPublished opens the published release read-only and reads its state. A warehouse that does not exist is empty.
func readPublished(ctx context.Context, warehouse string, config EngineConfig) (published, error) {
	state := published{Ledger: map[fileKey]ledgerRow{}, SQL: map[string]string{}, Tables: map[string]bool{}}
	release, err := filepath.EvalSymlinks(warehouse)
	if errors.Is(err, fs.ErrNotExist) {
		return state, nil
	}
	if err != nil {
		return state, &Error{Op: "open", Subject: warehouse, Hint: "check the folder and its rights", Err: err}
	}
	e, err := openEngine(ctx, release, true, EngineConfig{Threads: config.Threads})
	if err != nil {
		return state, &Error{Op: "open", Subject: release, Err: err,
			Hint: "it must be a file that fmcg published, and no client may hold it open for writing; fmcg rollback publishes a former release"}
	}
	defer func() { _ = e.close() }()
	state.Release = release
	if err := e.readState(ctx, &state); err != nil {
		return state, &Error{Op: "read the state of", Subject: release, Hint: "it must be a file that fmcg published", Err: err}
	}
	return state, nil
}

func (e *engine) readState(ctx context.Context, state *published) error {
	var rows []ledgerRow
	if err := e.conn.SelectContext(ctx, &rows, `select source, table_name, uri, file_name, file_size, last_modified, etag, state
		from ops.files where state <> 'replaced'`); err != nil {
		return err
	}
	for _, row := range rows {
		state.Ledger[fileKey{row.Table, row.Name}] = row
	}
	hashes, err := e.conn.QueryxContext(ctx, "select path, sha256 from ops.sql_files")
	if err != nil {
		return err
	}
	defer hashes.Close()
	for hashes.Next() {
		var path, hash string
		if err := hashes.Scan(&path, &hash); err != nil {
			return err
		}
		state.SQL[path] = hash
	}
	if err := hashes.Err(); err != nil {
		return err
	}
	tables, err := e.texts(ctx, "select table_schema || '.' || table_name from information_schema.tables")
	if err != nil {
		return err
	}
	for _, table := range tables {
		state.Tables[table] = true
	}
	if state.Version, err = e.number(ctx, "select coalesce(max(version_id), 0) from "+versionTable+" where is_applied"); err != nil {
		return err
	}
	row := e.conn.QueryRowxContext(ctx, `select run_id, finished_at, json_extract_string(parameters, '$.parent'), json_extract_string(parameters, '$.child')
		from ops.runs order by finished_at desc, run_id desc limit 1`)
	var parent, child *string
	if err := row.Scan(&state.Run, &state.Published, &parent, &child); errors.Is(err, sql.ErrNoRows) {
		return nil // the build of a first run that failed
	} else if err != nil {
		return fmt.Errorf("read the last run: %w", err)
	}
	state.Lake = lakeOrigin{Parent: deref(parent), Child: deref(child)}
	return nil
}

func deref(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
