package catalog

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/jmoiron/sqlx"
)

// DiffOptions says what is compared, and with what means. The zero value compares silver, gold and the quarantine.
type DiffOptions struct {
	Tables      []string // compare these alone, "gold.dim_date"; without a schema they are of gold
	All         bool     // bronze too
	Examples    int      // rows shown of each kind of change in a table
	MemoryLimit string   // of the engine, "2GB"; what does not fit is spilled
	Threads     int      // 0: all cores
	SpillDir    string   // default: the system's folder for temporary files
}

// ErrNoSuchTable says that a table to compare is in neither file.
var ErrNoSuchTable = errors.New("neither file has the table")

// defaultDiffMemory bounds a comparison that nobody gave a limit: it may run beside a refresh.
const defaultDiffMemory = "1GB"

// Difference is what differs between two published files, from the one to the other.
type Difference struct {
	From     DiffSide          `json:"from"`
	To       DiffSide          `json:"to"`
	Tables   []TableDifference `json:"tables"`   // all that were compared, equal ones included
	Measures []MeasureChange   `json:"measures"` // by measure, the total last; quarters in which nothing changed included
}

// Equal says that nothing that was compared differs.
func (d Difference) Equal() bool {
	return !slices.ContainsFunc(d.Tables, func(t TableDifference) bool { return !t.Equal() })
}

// DiffSide is one of the two files.
type DiffSide struct {
	Path        string     `db:"-" json:"path"`
	Run         string     `db:"run_id" json:"run"`
	RefreshedAt time.Time  `db:"refreshed_at" json:"refreshed_at"`
	DataThrough *time.Time `db:"data_through" json:"data_through"`
}

// MeasureChange is a measure in one quarter (2025-Q3; "no month" for rows without one; "total" for all) in both files, in
// decimals. A side in which the quarter has no rows is 0.
type MeasureChange struct {
	Measure string `db:"measure" json:"measure"`
	Quarter string `db:"quarter" json:"quarter"`
	From    string `db:"from_value" json:"from"`
	To      string `db:"to_value" json:"to"`
	Change  string `db:"change" json:"change"`
}

// Names of the two files in the engine that compares them.
const (
	fromFile = "from_file"
	toFile   = "to_file"
)

// Diff compares two published files, table by table, and their measures by quarter. Rows are told apart by the key that
// the file's own comment on the table names; without a key, or where it is not unique, whole rows are counted as added and
// removed. Columns that no two runs have in common (see volatile) are not compared.
//
// Both files are open read-only; nothing is written but what does not fit in memory.
func Diff(ctx context.Context, from, to string, options DiffOptions) (difference Difference, err error) {
	d := &differ{options: options}
	if difference.From.Path, err = releaseOf(from); err != nil {
		return difference, err
	}
	if difference.To.Path, err = releaseOf(to); err != nil {
		return difference, err
	}
	release, err := d.open(ctx, difference.From.Path, difference.To.Path)
	if err != nil {
		return difference, err
	}
	defer release()
	if err := errors.Join(d.describe(ctx, d.from, &difference.From), d.describe(ctx, d.to, &difference.To)); err != nil {
		return difference, err
	}
	tables, err := d.tables(ctx)
	if err != nil {
		return difference, err
	}
	for _, pair := range tables {
		compared, err := d.compare(ctx, pair)
		if err != nil {
			return difference, fmt.Errorf("compare %s: %w", pair.name, err)
		}
		difference.Tables = append(difference.Tables, compared)
	}
	difference.Measures, err = d.measures(ctx, tables)
	return difference, err
}

// differ compares the files that are attached to one engine.
type differ struct {
	options  DiffOptions
	conn     *sqlx.Conn
	from, to string // names of the files; the same where it is one file, which the engine attaches once
}

// open attaches the files to an engine of its own, which can then reach nothing else.
func (d *differ) open(ctx context.Context, from, to string) (release func(), err error) {
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		return nil, err
	}
	db := sqlx.NewDb(sql.OpenDB(connector), "duckdb")
	spill, err := os.MkdirTemp(d.options.SpillDir, "fmcg-diff-")
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	release = func() {
		_ = errors.Join(d.conn.Close(), db.Close(), os.RemoveAll(spill)) // it holds nothing that anybody wants to keep
	}
	if d.conn, err = db.Connx(ctx); err != nil {
		return nil, errors.Join(err, db.Close(), os.RemoveAll(spill))
	}
	statements := []string{
		"set TimeZone = 'UTC'",
		"set memory_limit = " + quoteText(cmp.Or(d.options.MemoryLimit, defaultDiffMemory)),
		"set temp_directory = " + quoteText(spill),
		"set preserve_insertion_order = false",
	}
	if d.options.Threads > 0 {
		statements = append(statements, fmt.Sprintf("set threads = %d", d.options.Threads))
	}
	d.from, d.to = fromFile, toFile
	statements = append(statements, "attach "+quoteText(from)+" as "+fromFile+" (read_only)")
	if sameFile(from, to) {
		d.to = fromFile
	} else {
		statements = append(statements, "attach "+quoteText(to)+" as "+toFile+" (read_only)")
	}
	statements = append(statements, "set enable_external_access = false")
	for _, statement := range statements {
		if err := d.exec(ctx, statement); err != nil {
			release()
			return nil, err
		}
	}
	return release, nil
}

func sameFile(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

// describe says which run made a file, if it says so.
func (d *differ) describe(ctx context.Context, file string, side *DiffSide) error {
	err := d.conn.GetContext(ctx, side, "select run_id, refreshed_at, data_through from "+file+".ops.freshness")
	if err != nil && !errors.Is(err, sql.ErrNoRows) { // a build that no run was recorded in can be compared too
		return fmt.Errorf("read %s, which must be a file that fmcg published: %w", side.Path, err)
	}
	return nil
}

func (d *differ) exec(ctx context.Context, query string, args ...any) error {
	_, err := d.conn.ExecContext(ctx, query, args...)
	return err
}

func quoteText(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

func quoteName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// tablePair is a table or view as it is in both files; a side without columns does not have it.
type tablePair struct {
	name     string
	key      []string // that both sides name
	from, to []tableColumn
}

type tableColumn struct {
	File    string  `db:"database_name"`
	Table   string  `db:"table_name"`
	Name    string  `db:"column_name"`
	Type    string  `db:"data_type"`
	Comment *string `db:"comment"` // of the table
}

// in names the table in a file.
func (p tablePair) in(file string) string {
	schema, name, _ := strings.Cut(p.name, ".")
	return file + "." + quoteName(schema) + "." + quoteName(name)
}

// has says that both sides have the columns.
func (p tablePair) has(columns ...string) bool {
	for _, side := range [][]tableColumn{p.from, p.to} {
		for _, name := range columns {
			if !slices.ContainsFunc(side, func(c tableColumn) bool { return c.Name == name }) {
				return false
			}
		}
	}
	return true
}

// quarantine is the one table of ops that is compared: the others are the history of runs, or follow from it.
const quarantine = "ops.quarantine"

// layers are compared in the way of the data.
var layers = []string{"bronze", "silver", "gold", "ops"}

// tables returns what there is to compare.
func (d *differ) tables(ctx context.Context) ([]tablePair, error) {
	var columns []tableColumn
	if err := d.conn.SelectContext(ctx, &columns, `
		select columns.database_name, columns.schema_name || '.' || columns.table_name as table_name, column_name, data_type, owners.comment
		from duckdb_columns() as columns
		inner join (
			select database_name, schema_name, table_name, comment from duckdb_tables()
			union all
			select database_name, schema_name, view_name, comment from duckdb_views()
		) as owners using (database_name, schema_name, table_name)
		where columns.database_name in ($1, $2) and columns.schema_name in ('bronze', 'silver', 'gold', 'ops')
		order by table_name, column_index`, d.from, d.to); err != nil {
		return nil, err
	}
	found := map[string]*tablePair{}
	keys := map[string]map[string]string{} // by table and file
	for _, column := range columns {
		pair := found[column.Table]
		if pair == nil {
			pair = &tablePair{name: column.Table}
			found[column.Table], keys[column.Table] = pair, map[string]string{}
		}
		if column.File == d.from {
			pair.from = append(pair.from, column)
		}
		if column.File == d.to {
			pair.to = append(pair.to, column)
		}
		if column.Comment != nil {
			keys[column.Table][column.File] = keyOf(*column.Comment)
		}
	}
	for name, pair := range found {
		key := cmp.Or(keys[name][d.to], keys[name][d.from])
		if layer, _, _ := strings.Cut(name, "."); layer == "bronze" { // by construction: a row is a record of a file
			key = "file_name, line"
		}
		if name == quarantine { // made by a migration, not by a SQL file with a head
			key = "table_name, file_name, line"
		}
		if key != "" && pair.has(strings.Split(key, ", ")...) {
			pair.key = strings.Split(key, ", ")
		}
	}
	return d.chosen(found)
}

// keyOf finds the key in the comment on a table, which ends "Key: product_code, year." where the table has one.
func keyOf(comment string) string {
	const mark = " Key: "
	at := strings.LastIndex(comment, mark)
	if at < 0 {
		return ""
	}
	return strings.TrimSuffix(comment[at+len(mark):], ".")
}

// chosen returns the tables that the options ask for, in the way of the data.
func (d *differ) chosen(found map[string]*tablePair) ([]tablePair, error) {
	wanted := map[string]bool{}
	for _, name := range d.options.Tables {
		if !strings.Contains(name, ".") {
			name = "gold." + name
		}
		if found[name] == nil {
			return nil, fmt.Errorf("%w %s", ErrNoSuchTable, name)
		}
		wanted[name] = true
	}
	var pairs []tablePair
	for name, pair := range found {
		layer, _, _ := strings.Cut(name, ".")
		usual := layer == "silver" || layer == "gold" || name == quarantine || layer == "bronze" && d.options.All
		if wanted[name] || len(wanted) == 0 && usual {
			pairs = append(pairs, *pair)
		}
	}
	order := func(p tablePair) int {
		layer, _, _ := strings.Cut(p.name, ".")
		return slices.Index(layers, layer)
	}
	slices.SortFunc(pairs, func(a, b tablePair) int { return cmp.Or(order(a)-order(b), strings.Compare(a.name, b.name)) })
	return pairs, nil
}

// diffMeasures are the figures that a manager asks after, each a sum over a table by quarter.
var diffMeasures = []struct {
	name, table, quarter, value string
	columns                     []string // that it needs
}{
	{"total_amount_inr", "gold.vw_fact_orders_enriched", "year_quarter", "sum(total_amount_inr)", []string{"year_quarter", "total_amount_inr"}},
	{"sold_quantity", "gold.vw_fact_orders_enriched", "year_quarter", "sum(sold_quantity)", []string{"year_quarter", "sold_quantity"}},
	{"quarantined_rows", quarantine, "year(month) || '-Q' || quarter(month)", "count(*)", []string{"month"}},
}

// measures compares the figures of the tables that are compared and whose columns both files have.
func (d *differ) measures(ctx context.Context, tables []tablePair) ([]MeasureChange, error) {
	var changes []MeasureChange
	for _, measure := range diffMeasures {
		if !slices.ContainsFunc(tables, func(pair tablePair) bool { return pair.name == measure.table && pair.has(measure.columns...) }) {
			continue
		}
		side := func(file string) string {
			return fmt.Sprintf("select coalesce(%s, 'no month') as quarter, %s as figure from %s.%s group by 1", measure.quarter, measure.value, file, measure.table)
		}
		var found []MeasureChange
		if err := d.conn.SelectContext(ctx, &found, fmt.Sprintf(`
			with quarters as (
				select quarter, coalesce(before.figure, 0) as from_figure, coalesce(after.figure, 0) as to_figure
				from (%s) as before full join (%s) as after using (quarter)
			)
			select %s as measure, case when grouping(quarter) = 1 then 'total' else quarter end as quarter,
				cast(sum(from_figure) as varchar) as from_value, cast(sum(to_figure) as varchar) as to_value,
				cast(sum(to_figure) - sum(from_figure) as varchar) as change
			from quarters group by rollup (quarter) having count(*) > 0 order by grouping(quarters.quarter), quarters.quarter`,
			side(d.from), side(d.to), quoteText(measure.name))); err != nil {
			return nil, fmt.Errorf("compare %s: %w", measure.name, err)
		}
		changes = append(changes, found...)
	}
	return changes, nil
}
