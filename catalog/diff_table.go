package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// TableDifference is what differs in one table or view.
type TableDifference struct {
	Table    string          `json:"table"`
	In       string          `json:"in"`      // "both", or the one side that has it: "from", "to"
	Key      []string        `json:"key"`     // by which rows were told apart; none: whole rows were counted
	Columns  []string        `json:"columns"` // that were compared
	LeftOut  []string        `json:"left_out"`
	Note     string          `json:"note"` // why the key was not used, if it was not
	RowsFrom int64           `json:"rows_from"`
	RowsTo   int64           `json:"rows_to"`
	Added    int64           `json:"added"`
	Removed  int64           `json:"removed"`
	Changed  int64           `json:"changed"`
	Changes  []ColumnChanges `json:"changes"` // columns in which changed rows differ
	Schema   []SchemaChange  `json:"schema"`
	Examples []Example       `json:"examples"`
}

// Equal says that the table has the same columns and rows in both files.
func (t TableDifference) Equal() bool {
	return t.In == inBoth && t.Added+t.Removed+t.Changed == 0 && len(t.Schema) == 0
}

// ColumnChanges is the number of changed rows that differ in a column.
type ColumnChanges struct {
	Column string `json:"column"`
	Rows   int64  `json:"rows"`
}

// SchemaChange is a column that is not the same in both files: its types, "" where it is not there.
type SchemaChange struct {
	Column string `json:"column"`
	From   string `json:"from"`
	To     string `json:"to"`
}

// Example is a row that was added, removed or changed, by column: of a changed one the key in both, and what differs.
type Example struct {
	Change string         `json:"change"`
	Rows   int64          `json:"rows"` // that are equal to it; one where there is a key
	From   map[string]any `json:"from,omitempty"`
	To     map[string]any `json:"to,omitempty"`
}

// Kinds of changes of a row.
const (
	RowAdded   = "added"
	RowRemoved = "removed"
	RowChanged = "changed"
)

const (
	inBoth = "both"
	inFrom = "from"
	inTo   = "to"
)

// volatile are the columns that no two runs have in common, however equal their data (law 5): times of reading, run ids,
// and where and as which version of an object a file lay.
var volatile = []string{"read_timestamp", "run_id", "quarantined_at", "loaded_at", "uri", "etag", "last_modified"}

// compare finds what differs in a table.
func (d *differ) compare(ctx context.Context, pair tablePair) (TableDifference, error) {
	found := TableDifference{Table: pair.name, In: inBoth}
	switch {
	case len(pair.to) == 0:
		found.In = inFrom
	case len(pair.from) == 0:
		found.In = inTo
	default:
		found.pairColumns(pair)
	}
	if len(found.Columns) == 0 {
		return found, d.apart(ctx, pair, &found)
	}
	if err := d.views(ctx, pair, &found); err != nil {
		return found, err
	}
	differs, err := d.narrow(ctx, &found)
	if err != nil || !differs {
		return found, err
	}
	if len(found.Key) > 0 {
		unique, err := d.keyIsUnique(ctx, found)
		if err != nil {
			return found, err
		}
		if unique {
			return found, d.byKey(ctx, &found)
		}
		found.Note = fmt.Sprintf("the key %s is not unique, so whole rows are counted", strings.Join(found.Key, ", "))
		found.Key = nil
	}
	return found, d.byRow(ctx, &found)
}

// apart counts the rows of a table that one side does not have, or that is another table there.
func (d *differ) apart(ctx context.Context, pair tablePair, found *TableDifference) error {
	count := func(file string, rows *int64) error {
		return d.conn.GetContext(ctx, rows, "select count(*) from "+pair.in(file))
	}
	if found.In == inBoth {
		found.Note = "the two have no column in common"
	}
	if found.In != inTo {
		if err := count(d.from, &found.RowsFrom); err != nil {
			return err
		}
	}
	if found.In != inFrom {
		if err := count(d.to, &found.RowsTo); err != nil {
			return err
		}
	}
	found.Removed, found.Added = found.RowsFrom, found.RowsTo
	return nil
}

// pairColumns finds the columns that both sides have and that can be compared.
func (t *TableDifference) pairColumns(pair tablePair) {
	for _, column := range pair.from {
		now := slices.IndexFunc(pair.to, func(c tableColumn) bool { return c.Name == column.Name })
		switch {
		case now < 0:
			t.Schema = append(t.Schema, SchemaChange{Column: column.Name, From: column.Type})
			continue
		case pair.to[now].Type != column.Type:
			t.Schema = append(t.Schema, SchemaChange{Column: column.Name, From: column.Type, To: pair.to[now].Type})
		}
		if slices.Contains(volatile, column.Name) {
			t.LeftOut = append(t.LeftOut, column.Name)
		} else {
			t.Columns = append(t.Columns, column.Name)
		}
	}
	for _, column := range pair.to {
		if !slices.ContainsFunc(pair.from, func(c tableColumn) bool { return c.Name == column.Name }) {
			t.Schema = append(t.Schema, SchemaChange{Column: column.Name, To: column.Type})
		}
	}
	if !slices.ContainsFunc(pair.key, func(name string) bool { return !slices.Contains(t.Columns, name) }) {
		t.Key = pair.key
	}
}

// views makes the views before and after of a table, with the columns c0, c1 ... in one type each: where the two differ, the
// engine's own common type of both.
func (d *differ) views(ctx context.Context, pair tablePair, found *TableDifference) error {
	list := make([]string, len(found.Columns))
	for i, name := range found.Columns {
		list[i] = quoteName(name)
	}
	both := strings.Join(list, ", ")
	var types []string
	if err := d.conn.SelectContext(ctx, &types, fmt.Sprintf("select column_type from (describe select %[1]s from %[2]s union all select %[1]s from %[3]s)",
		both, pair.in(d.from), pair.in(d.to))); err != nil {
		return err
	}
	for i := range list {
		list[i] = fmt.Sprintf("cast(%s as %s) as c%d", list[i], types[i], i)
	}
	for view, file := range map[string]string{"before": d.from, "after": d.to} {
		if err := d.exec(ctx, fmt.Sprintf("create or replace temp view %s as select %s from %s", view, strings.Join(list, ", "), pair.in(file))); err != nil {
			return err
		}
	}
	return nil
}

// narrow makes the tables rows_before and rows_after of the rows that may differ, and says whether there are any. Rows are
// counted and their hashes summed up in a million buckets by the hash of their key; buckets that agree on both sides hold the
// same rows, but for a chance of one in 2^64, so that what follows costs as much as there are changes.
func (d *differ) narrow(ctx context.Context, found *TableDifference) (differs bool, err error) {
	all := "hash(" + strings.Join(found.aliases(found.Columns, ""), ", ") + ")"
	bucket := all
	if len(found.Key) > 0 {
		bucket = "hash(" + strings.Join(found.aliases(found.Key, ""), ", ") + ")"
	}
	bucket += " >> 44"
	if err := d.exec(ctx, fmt.Sprintf(`
		create or replace temp table buckets as
		select bucket, cast(count(*) filter (side = -1) as bigint) as rows_from, cast(count(*) filter (side = 1) as bigint) as rows_to,
			sum(side * cast(content as hugeint)) <> 0 or sum(side) <> 0 as differs
		from (
			select %[1]s as bucket, %[2]s as content, -1 as side from before
			union all
			select %[1]s as bucket, %[2]s as content, 1 as side from after
		)
		group by bucket`, bucket, all)); err != nil {
		return false, err
	}
	if err := d.conn.QueryRowxContext(ctx, "select coalesce(sum(rows_from), 0), coalesce(sum(rows_to), 0), coalesce(bool_or(differs), false) from buckets").
		Scan(&found.RowsFrom, &found.RowsTo, &differs); err != nil || !differs {
		return false, err
	}
	for table, view := range map[string]string{"rows_before": "before", "rows_after": "after"} {
		if err := d.exec(ctx, fmt.Sprintf("create or replace temp table %s as select *, true as there from %s where %s in (select bucket from buckets where differs)",
			table, view, bucket)); err != nil {
			return false, err
		}
	}
	return true, nil
}

// aliases returns the names of columns in the views: c0, c1 ..., each after the prefix.
func (t TableDifference) aliases(columns []string, prefix string) []string {
	var names []string
	for _, column := range columns {
		names = append(names, fmt.Sprintf("%sc%d", prefix, slices.Index(t.Columns, column)))
	}
	return names
}

func (d *differ) keyIsUnique(ctx context.Context, found TableDifference) (unique bool, err error) {
	key := strings.Join(found.aliases(found.Key, ""), ", ")
	err = d.conn.GetContext(ctx, &unique, fmt.Sprintf(`select not exists (select 1 from rows_before group by %[1]s having count(*) > 1)
		and not exists (select 1 from rows_after group by %[1]s having count(*) > 1)`, key))
	return unique, err
}

// byKey counts and shows rows by their key.
func (d *differ) byKey(ctx context.Context, found *TableDifference) error {
	var same, differs, counts []string
	for i, column := range found.Columns {
		if slices.Contains(found.Key, column) {
			same = append(same, fmt.Sprintf("rows_before.c%[1]d is not distinct from rows_after.c%[1]d", i))
			continue
		}
		differs = append(differs, fmt.Sprintf("rows_before.c%[1]d is distinct from rows_after.c%[1]d", i))
		counts = append(counts, fmt.Sprintf("count(*) filter (rows_before.there and rows_after.there and rows_before.c%[1]d is distinct from rows_after.c%[1]d)", i))
	}
	if len(differs) == 0 {
		differs = []string{"false"}
	}
	changed := "rows_before.there and rows_after.there and (" + strings.Join(differs, " or ") + ")"
	joined := "from rows_before full join rows_after on " + strings.Join(same, " and ")
	into := []any{&found.Added, &found.Removed, &found.Changed}
	perColumn := make([]int64, len(counts))
	for i := range perColumn {
		into = append(into, &perColumn[i])
	}
	counts = append([]string{"count(*) filter (rows_before.there is null)", "count(*) filter (rows_after.there is null)", "count(*) filter (" + changed + ")"}, counts...)
	if err := d.conn.QueryRowxContext(ctx, "select "+strings.Join(counts, ", ")+" "+joined).Scan(into...); err != nil {
		return err
	}
	next := 0
	for _, column := range found.Columns {
		if slices.Contains(found.Key, column) {
			continue
		}
		if perColumn[next] > 0 {
			found.Changes = append(found.Changes, ColumnChanges{column, perColumn[next]})
		}
		next++
	}
	for _, kind := range []struct {
		change, where, side string
		rows                int64
	}{
		{RowAdded, "rows_before.there is null", "rows_after.", found.Added},
		{RowRemoved, "rows_after.there is null", "rows_before.", found.Removed},
		{RowChanged, changed, "rows_before.", found.Changed},
	} {
		if kind.rows == 0 || d.options.Examples < 1 {
			continue
		}
		query := fmt.Sprintf("select %s, %s %s where %s order by %s limit %d",
			strings.Join(found.aliases(found.Columns, "rows_before."), ", "), strings.Join(found.aliases(found.Columns, "rows_after."), ", "),
			joined, kind.where, strings.Join(found.aliases(found.Key, kind.side), ", "), d.options.Examples)
		result, err := Fetch(ctx, d.conn, query, 0)
		if err != nil {
			return err
		}
		for _, row := range result.Rows {
			found.Examples = append(found.Examples, found.example(kind.change, 1, row[:len(found.Columns)], row[len(found.Columns):]))
		}
	}
	return nil
}

// example makes one of the values of a row on both sides.
func (t TableDifference) example(change string, rows int64, from, to []any) Example {
	example := Example{Change: change, Rows: rows}
	if change != RowAdded {
		example.From = map[string]any{}
	}
	if change != RowRemoved {
		example.To = map[string]any{}
	}
	for i, column := range t.Columns {
		if change == RowChanged && from[i] == to[i] && !slices.Contains(t.Key, column) {
			continue
		}
		if example.From != nil {
			example.From[column] = from[i]
		}
		if example.To != nil {
			example.To[column] = to[i]
		}
	}
	return example
}

// byRow counts and shows whole rows: of equal rows there may be more on one side than on the other.
func (d *differ) byRow(ctx context.Context, found *TableDifference) error {
	list := strings.Join(found.aliases(found.Columns, ""), ", ")
	if err := d.exec(ctx, fmt.Sprintf(`
		create or replace temp table net as
		select %[1]s, cast(sum(side) as bigint) as more
		from (select %[1]s, -1 as side from rows_before union all select %[1]s, 1 as side from rows_after)
		group by %[1]s having sum(side) <> 0`, list)); err != nil {
		return err
	}
	if err := d.conn.QueryRowxContext(ctx, "select coalesce(sum(more) filter (more > 0), 0), coalesce(-sum(more) filter (more < 0), 0) from net").
		Scan(&found.Added, &found.Removed); err != nil || d.options.Examples < 1 {
		return err
	}
	for _, kind := range []struct{ change, where string }{{RowAdded, "more > 0"}, {RowRemoved, "more < 0"}} {
		result, err := Fetch(ctx, d.conn, fmt.Sprintf("select %[1]s, abs(more) from net where %[2]s order by %[1]s limit %[3]d", list, kind.where, d.options.Examples), 0)
		if err != nil {
			return err
		}
		for _, row := range result.Rows {
			last := len(row) - 1
			found.Examples = append(found.Examples, found.example(kind.change, row[last].(int64), row[:last], row[:last]))
		}
	}
	return nil
}
