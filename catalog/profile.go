package catalog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fmcg/fmcg/catalog/lineage"
)

// ErrUnknownTable says that a release has no such table.
var ErrUnknownTable = errors.New("there is no table")

// Catalog describes a release: what its tables hold.
type Catalog struct {
	Release   string    `json:"release"`
	Freshness Freshness `json:"freshness"`
	Tables    []Profile `json:"tables"`
	Note      string    `json:"note,omitempty"` // what is not told, and why
}

// Profile describes a table.
type Profile struct {
	Table      string          `json:"table"`
	Kind       string          `json:"kind"` // table or view
	Comment    string          `json:"comment"`
	Rows       int64           `json:"rows"`
	BuiltAt    *time.Time      `json:"built_at"` // when a run last wrote it, UTC; null where no run is known to have
	Columns    []ColumnProfile `json:"columns"`
	Upstream   []string        `json:"upstream"`   // tables that it is made of
	Downstream []string        `json:"downstream"` // tables that are made of it
	Key        []string        `json:"key"`        // columns that are unique together; empty where none are told
	File       string          `json:"file"`       // in the SQL tree; "" for one that migrations made
	SQL        string          `json:"sql"`
}

// ColumnProfile describes a column. Values are left out where they might tell what is nobody's business: see Describe.
type ColumnProfile struct {
	Name       string           `json:"column"`
	Type       string           `json:"type"`
	Comment    string           `json:"comment"`
	Nulls      int64            `json:"nulls"`
	NullShare  float64          `json:"null_share"` // 0 to 1
	Distinct   int64            `json:"distinct"`
	IsApprox   bool             `json:"distinct_is_approximate"`
	Min        *string          `json:"min"`
	Max        *string          `json:"max"`
	Samples    []string         `json:"samples"`     // the most frequent values
	SampleRows []int64          `json:"sample_rows"` // how many rows hold each of them
	Sources    []lineage.Source `json:"sources"`
	Untraced   []string         `json:"untraced,omitempty"`
	showValues bool
}

const (
	exactRows     = 100_000 // up to this many rows distinct values are counted, beyond they are estimated
	smallDomain   = 50      // a column of more values shows no samples
	samplesShown  = 5
	longestSample = 60
)

// Describe profiles the tables, all where none is named. Values are shown of numbers, dates and flags, of text only in silver and
// gold: what is delivered, set aside or told by errors is counted and not quoted. Samples come from columns of few values.
// With values false none is shown.
func (w *Warehouse) Describe(ctx context.Context, values bool, only ...string) (Catalog, error) {
	described, err := w.List(ctx)
	if err != nil {
		return described, err
	}
	var known []string
	for _, table := range described.Tables {
		known = append(known, table.Table)
	}
	for _, name := range only {
		if !slices.Contains(known, name) {
			return described, fmt.Errorf("%w %s; there are %s", ErrUnknownTable, name, strings.Join(known, ", "))
		}
	}
	described.Tables = slices.DeleteFunc(described.Tables, func(p Profile) bool { return len(only) > 0 && !slices.Contains(only, p.Table) })
	for i, table := range described.Tables {
		if described.Tables[i], err = w.Profile(ctx, table, values); err != nil {
			return described, err
		}
	}
	return described, nil
}

// List is the Catalog without figures of columns: tables with their rows, columns with types and comments, what they are made of.
func (w *Warehouse) List(ctx context.Context) (Catalog, error) {
	listed := Catalog{Release: w.Release}
	var err error
	if listed.Freshness, err = w.Freshness(ctx); err != nil {
		return listed, err
	}
	if listed.Tables, err = w.listTables(ctx); err != nil {
		return listed, err
	}
	for i := range listed.Tables {
		table := &listed.Tables[i]
		if err := w.db.GetContext(ctx, &table.Rows, "select count(*) from "+quoteTable(table.Table)); err != nil {
			return listed, fmt.Errorf("count the rows of %s: %w", table.Table, err)
		}
	}
	err = w.addLineage(ctx, listed.Tables)
	if errors.Is(err, ErrNoSQL) {
		listed.Note, err = "sources and SQL are not told: "+ErrNoSQL.Error(), nil
	}
	return listed, err
}

// Profile adds the figures of its columns to a table of List, as Describe does.
func (w *Warehouse) Profile(ctx context.Context, table Profile, values bool) (Profile, error) {
	table.Columns = slices.Clone(table.Columns)
	if err := w.profile(ctx, &table, values); err != nil {
		return table, fmt.Errorf("describe %s: %w", table.Table, err)
	}
	return table, nil
}

// shownLayers are the schemas in the order they are shown.
var shownLayers = []string{"gold", "silver", "bronze", "ops"}

func (w *Warehouse) listTables(ctx context.Context) ([]Profile, error) {
	var rows []struct {
		Table        string  `db:"table_name"`
		Kind         string  `db:"kind"`
		TableComment *string `db:"table_comment"`
		Column       string  `db:"column_name"`
		Type         string  `db:"data_type"`
		Comment      *string `db:"comment"`
	}
	if err := w.db.SelectContext(ctx, &rows, `
		with tables as (
			select schema_name, table_name, 'table' as kind, comment from duckdb_tables() where not internal and database_name = current_database()
			union all
			select schema_name, view_name, 'view', comment from duckdb_views() where not internal and database_name = current_database()
		)
		select tables.schema_name || '.' || tables.table_name as table_name, tables.kind, tables.comment as table_comment,
			columns.column_name, columns.data_type, columns.comment
		from tables
		inner join duckdb_columns() as columns on columns.database_name = current_database()
			and columns.schema_name = tables.schema_name and columns.table_name = tables.table_name
		where tables.table_name <> 'schema_versions'
		order by tables.schema_name, tables.table_name, columns.column_index`); err != nil {
		return nil, err
	}
	var tables []Profile
	for _, row := range rows {
		if len(tables) == 0 || tables[len(tables)-1].Table != row.Table {
			table := Profile{Table: row.Table, Kind: row.Kind, Upstream: []string{}, Downstream: []string{}, Key: []string{}}
			if row.TableComment != nil {
				table.Comment = *row.TableComment
			}
			tables = append(tables, table)
		}
		column := ColumnProfile{Name: row.Column, Type: row.Type, Samples: []string{}, SampleRows: []int64{}, Sources: []lineage.Source{}}
		if row.Comment != nil {
			column.Comment = *row.Comment
		}
		last := &tables[len(tables)-1]
		last.Columns = append(last.Columns, column)
	}
	slices.SortStableFunc(tables, func(a, b Profile) int {
		return cmp.Or(cmp.Compare(slices.Index(shownLayers, a.Schema()), slices.Index(shownLayers, b.Schema())), strings.Compare(a.Table, b.Table))
	})
	return tables, nil
}

// Schema is the layer of the table.
func (p Profile) Schema() string {
	schema, _, _ := strings.Cut(p.Table, ".")
	return schema
}

// Name is the name of the table within its layer.
func (p Profile) Name() string { return strings.TrimPrefix(p.Table, p.Schema()+".") }

// valuesOf says that values of the column may be shown.
func (p Profile) valuesOf(column ColumnProfile) bool {
	switch kind, _, _ := strings.Cut(column.Type, "("); kind {
	case "VARCHAR":
		return p.Schema() == "gold" || p.Schema() == "silver"
	case "JSON", "BLOB":
		return false
	}
	return !strings.ContainsAny(column.Type, "[") // no lists
}

// profile reads the figures of a table in one pass, and the samples of columns of few values in another.
func (w *Warehouse) profile(ctx context.Context, p *Profile, values bool) error {
	table := quoteTable(p.Table)
	count := "count(distinct %s)"
	if p.Rows > exactRows {
		count = "approx_count_distinct(%s)"
	}
	var parts []string
	var into []any
	for i := range p.Columns {
		column := &p.Columns[i]
		name := quoteName(column.Name)
		column.showValues = values && p.valuesOf(*column)
		column.IsApprox = p.Rows > exactRows
		parts = append(parts, "count(*) - count("+name+")", fmt.Sprintf(count, name))
		into = append(into, &column.Nulls, &column.Distinct)
		if column.showValues {
			parts = append(parts, "cast(min("+name+") as varchar)", "cast(max("+name+") as varchar)")
			into = append(into, &column.Min, &column.Max)
		}
	}
	if err := w.db.QueryRowContext(ctx, "select "+strings.Join(parts, ", ")+" from "+table).Scan(into...); err != nil {
		return err
	}
	for i := range p.Columns {
		column := &p.Columns[i]
		if p.Rows > 0 {
			column.NullShare = float64(column.Nulls) / float64(p.Rows)
		}
		column.Distinct = min(column.Distinct, p.Rows-column.Nulls) // an estimate may be above
		if !column.showValues || column.Distinct > smallDomain {
			continue
		}
		name := quoteName(column.Name)
		var samples []struct {
			Value string `db:"value"`
			Rows  int64  `db:"row_count"`
		}
		if err := w.db.SelectContext(ctx, &samples, fmt.Sprintf(`select left(cast(%[1]s as varchar), %[3]d) as value, count(*) as row_count from %[2]s
			where %[1]s is not null group by %[1]s order by row_count desc, %[1]s limit %[4]d`, name, table, longestSample, samplesShown)); err != nil {
			return err
		}
		for _, sample := range samples {
			column.Samples, column.SampleRows = append(column.Samples, sample.Value), append(column.SampleRows, sample.Rows)
		}
	}
	return nil
}

func quoteTable(table string) string {
	schema, name, _ := strings.Cut(table, ".")
	return quoteName(schema) + "." + quoteName(name)
}

// Lines of the head of a SQL file.
var (
	taskLine = regexp.MustCompile(`(?m)^-- task: (\S+)$`)
	keyLine  = regexp.MustCompile(`(?m)^-- key: (.+)$`)
)

// addLineage adds what the release's own SQL says: sources, neighbours, the SQL itself, and when its task last wrote.
func (w *Warehouse) addLineage(ctx context.Context, tables []Profile) error {
	files, err := w.sqlFiles(ctx)
	if err != nil {
		return err
	}
	read, err := w.Lineage(ctx, nil)
	if err != nil {
		return err
	}
	built, err := w.lastBuilt(ctx)
	if err != nil {
		return err
	}
	byTable := map[string]*Profile{}
	for i := range tables {
		byTable[tables[i].Table] = &tables[i]
	}
	for _, model := range read.Models {
		for _, table := range model.Reads {
			if upstream := byTable[table]; upstream != nil {
				upstream.Downstream = append(upstream.Downstream, model.Table)
			}
		}
		p := byTable[model.Table]
		if p == nil {
			continue
		}
		p.File, p.SQL, p.Upstream = model.Path, files[model.Path], append(p.Upstream, model.Reads...)
		if task := taskLine.FindStringSubmatch(p.SQL); task != nil {
			p.BuiltAt = built[task[1]]
		}
		if key := keyLine.FindStringSubmatch(p.SQL); key != nil {
			for name := range strings.SplitSeq(key[1], ",") {
				p.Key = append(p.Key, strings.TrimSpace(name))
			}
		}
		for i := range p.Columns {
			for _, column := range model.Columns {
				if column.Name == p.Columns[i].Name {
					p.Columns[i].Sources, p.Columns[i].Untraced = append(p.Columns[i].Sources, column.Sources...), column.Untraced
				}
			}
		}
	}
	return nil
}

// lastBuilt says when each task last did anything.
func (w *Warehouse) lastBuilt(ctx context.Context) (map[string]*time.Time, error) {
	var rows []struct {
		Task       string     `db:"task"`
		FinishedAt *time.Time `db:"finished_at"`
	}
	if err := w.db.SelectContext(ctx, &rows, "select task, max(finished_at) as finished_at from ops.run_tasks where finished_at is not null group by task"); err != nil {
		return nil, err
	}
	built := map[string]*time.Time{}
	for _, row := range rows {
		built[row.Task] = row.FinishedAt
	}
	return built, nil
}
