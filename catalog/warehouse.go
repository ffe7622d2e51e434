package catalog

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/jmoiron/sqlx"
)

// ErrNothingPublished says that there is no file at the published path yet.
var ErrNothingPublished = errors.New("nothing is published there; fmcg refresh makes it")

// Warehouse is one published release, open for reading. A refresh that publishes a newer one does not disturb it, and
// it does not see it.
type Warehouse struct {
	db      *sqlx.DB
	Release string // the file, links resolved: the engine caches open files by path, so the link is never opened
}

// Open opens the release that is published at path. What runs on it can neither write nor reach other files or hosts.
func Open(ctx context.Context, path string) (*Warehouse, error) {
	release, err := releaseOf(path)
	if err != nil {
		return nil, err
	}
	always := context.WithoutCancel(ctx) // connections are made as long as the file is open
	connector, err := duckdb.NewConnector(release+"?access_mode=READ_ONLY", func(execer driver.ExecerContext) error {
		for _, setting := range []string{"set TimeZone = 'UTC'", "set enable_external_access = false"} {
			if _, err := execer.ExecContext(always, setting, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", release, err)
	}
	return &Warehouse{db: sqlx.NewDb(sql.OpenDB(connector), "duckdb"), Release: release}, nil
}

// releaseOf resolves links.
func releaseOf(path string) (string, error) {
	release, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s: %w", path, ErrNothingPublished)
	}
	return release, err
}

// Close lets go of the file.
func (w *Warehouse) Close() error { return w.db.Close() }

// Freshness is the row of ops.freshness: which run made this release, and how far its data go.
type Freshness struct {
	Run             string     `db:"run_id" json:"run"`
	RefreshedAt     time.Time  `db:"refreshed_at" json:"refreshed_at"`
	DataThrough     *time.Time `db:"data_through" json:"data_through"`
	LastOrderDay    *time.Time `db:"last_order_day" json:"last_order_day"`
	FilesLoaded     int64      `db:"files_loaded" json:"files_loaded"`
	RowsQuarantined int64      `db:"rows_quarantined" json:"rows_quarantined"`
}

// Freshness says how fresh the release is.
func (w *Warehouse) Freshness(ctx context.Context) (Freshness, error) {
	var found Freshness
	err := w.db.GetContext(ctx, &found, `select run_id, refreshed_at, data_through, last_order_day, files_loaded, rows_quarantined from ops.freshness`)
	return found, err
}

// Summary is what an operator wants to know of a release.
type Summary struct {
	Release    string       `json:"release"`
	Freshness  Freshness    `json:"freshness"`
	Tables     []TableRows  `json:"tables"`
	Quarantine []Quarantine `json:"quarantine"`
	Files      []FileState  `json:"files"`
	Checks     []Check      `json:"checks"`
}

// TableRows is the number of rows of a table of gold.
type TableRows struct {
	Table string `db:"table_name" json:"table"`
	Rows  int64  `db:"row_count" json:"rows"`
}

// Quarantine is the number of rows set aside for one reason.
type Quarantine struct {
	Table  string `db:"table_name" json:"table"`
	Reason string `db:"reason" json:"reason"`
	Rows   int64  `db:"row_count" json:"rows"`
}

// FileState is the number of versions of files in one state.
type FileState struct {
	Table string `db:"table_name" json:"table"`
	State string `db:"state" json:"state"`
	Files int64  `db:"file_count" json:"files"`
}

// Check is a check of the last run that did not hold.
type Check struct {
	Name        string `db:"check_name" json:"check"`
	Severity    string `db:"severity" json:"severity"`
	FailingRows int64  `db:"failing_rows" json:"failing_rows"`
}

// goldTables are the tables and views of gold, in the order they are shown; those that an engineer added follow.
var goldTables = []string{
	"dim_customers", "dim_products", "dim_gross_price", "dim_date", "fact_orders",
	"sb_dim_customers", "sb_dim_products", "sb_dim_gross_price", "sb_fact_orders", "vw_fact_orders_enriched",
}

// Summarize reads the summary of the release.
func (w *Warehouse) Summarize(ctx context.Context) (Summary, error) {
	summary := Summary{Release: w.Release}
	var err error
	if summary.Freshness, err = w.Freshness(ctx); err != nil {
		return summary, err
	}
	var tables []string
	if err := w.db.SelectContext(ctx, &tables, "select table_name from information_schema.tables where table_schema = 'gold' order by list_position($1, table_name), table_name", goldTables); err != nil {
		return summary, err
	}
	for _, table := range tables {
		rows := TableRows{Table: "gold." + table}
		if err := w.db.GetContext(ctx, &rows.Rows, "select count(*) from gold."+quoteName(table)); err != nil {
			return summary, err
		}
		summary.Tables = append(summary.Tables, rows)
	}
	for query, into := range map[string]any{
		"select table_name, reason, count(*) as row_count from ops.quarantine group by all order by all":                                                       &summary.Quarantine,
		"select table_name, state, count(*) as file_count from ops.files group by all order by all":                                                            &summary.Files,
		"select check_name, severity, failing_rows from ops.check_results where state = 'failed' and run_id = (select run_id from ops.freshness) order by all": &summary.Checks,
	} {
		if err := w.db.SelectContext(ctx, into, query); err != nil {
			return summary, err
		}
	}
	return summary, nil
}
