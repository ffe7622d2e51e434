package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/fmcg/fmcg/pipeline/lake"
)

// ledger writes down what was read: the rows of ops.files, and with them the refused records and the removal of the
// rows of former versions. It gathers what the models must do because of it.
type ledger struct {
	engine  *engine
	run     string
	at      time.Time
	changes *changes
}

// takeOut removes all rows of some files of a table, with their quarantine and outcomes, and ends their current
// version with a state and a reason.
func (l *ledger) takeOut(ctx context.Context, table string, files []string, state, reason string) error {
	if len(files) == 0 {
		return nil
	}
	months, err := l.engine.texts(ctx, `
		select distinct cast(month as varchar) from ops.outcomes where table_name = $1 and list_contains($2, file_name) and month is not null
		union
		select distinct cast(month as varchar) from ops.quarantine where table_name = $1 and list_contains($2, file_name) and month is not null`, table, files)
	if err != nil {
		return err
	}
	if l.changes.months[table] == nil {
		l.changes.months[table] = map[string]bool{}
	}
	for _, month := range months {
		l.changes.months[table][month] = true
	}
	l.changes.tables[table] = true
	for _, statement := range []string{
		"delete from bronze." + table + " where $1 = " + quoteText(table) + " and list_contains($2, file_name)",
		"delete from ops.quarantine where table_name = $1 and list_contains($2, file_name)",
		"delete from ops.outcomes where table_name = $1 and list_contains($2, file_name)",
	} {
		if err := l.engine.exec(ctx, statement, table, files); err != nil {
			return fmt.Errorf("take out the rows of %s: %w", strings.Join(files, ", "), err)
		}
	}
	return l.engine.exec(ctx, `update ops.files set state = $1, reason = coalesce(nullif($2, ''), reason)
		where table_name = $3 and list_contains($4, file_name) and state <> 'replaced'`, state, reason, table, files)
}

// enter writes down files whose rows are in bronze now, or that were rejected: all at once, since a statement a file costs
// more than reading a small one.
func (l *ledger) enter(ctx context.Context, receipts []receipt) error {
	var sources, tables, uris, names, modified, etags, states, reasons []string
	var sizes, rows []int64
	for _, got := range receipts {
		file, state, reason := got.File, stateLoaded, got.Rejected
		if got.Rejected != "" {
			state = stateRejected
		} else if len(got.Extra) > 0 {
			reason = "columns kept out: " + strings.Join(got.Extra, ", ")
		}
		sources, tables, uris, names = append(sources, file.Source), append(tables, file.Table), append(uris, file.URI), append(names, file.Name)
		sizes, modified, etags = append(sizes, file.Size), append(modified, timestamp(file.LastModified)), append(etags, file.ETag)
		states, rows, reasons = append(states, state), append(rows, got.Rows), append(reasons, reason)
		l.changes.tables[file.Table] = true
		if state == stateLoaded {
			l.changes.files[file.Table] = append(l.changes.files[file.Table], file.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	if err := l.engine.exec(ctx, `insert into ops.files by name
		select unnest(cast($1 as varchar[])) as source, unnest(cast($2 as varchar[])) as table_name, unnest(cast($3 as varchar[])) as uri,
			unnest(cast($4 as varchar[])) as file_name, unnest(cast($5 as bigint[])) as file_size,
			cast(unnest(cast($6 as varchar[])) as timestamp) as last_modified, unnest(cast($7 as varchar[])) as etag,
			unnest(cast($8 as varchar[])) as state, unnest(cast($9 as bigint[])) as rows_read, $10 as run_id,
			cast($11 as timestamp) as loaded_at, nullif(unnest(cast($12 as varchar[])), '') as reason`,
		sources, tables, uris, names, sizes, modified, etags, states, rows, l.run, timestamp(l.at), reasons); err != nil {
		return fmt.Errorf("enter %s into the ledger: %w", some(names), err)
	}
	return l.setAside(ctx, receipts)
}

// setAside quarantines the records of files that are no CSV.
func (l *ledger) setAside(ctx context.Context, receipts []receipt) error {
	var tables, names, rows []string
	var lines []int64
	for _, got := range receipts {
		for _, record := range got.Refused {
			raw, err := json.Marshal(map[string]string{"raw": record.Text, "error": strings.ToLower(record.Kind)})
			if err != nil {
				return err
			}
			tables, names = append(tables, got.File.Table), append(names, got.File.Name)
			lines, rows = append(lines, record.Line), append(rows, string(raw))
		}
	}
	if len(names) == 0 {
		return nil
	}
	err := l.engine.exec(ctx, `insert into ops.quarantine by name
		select unnest(cast($1 as varchar[])) as table_name, unnest(cast($2 as varchar[])) as file_name, unnest(cast($3 as bigint[])) as line,
			$4 as reason, cast(unnest(cast($5 as varchar[])) as json) as row, $6 as run_id, cast($7 as timestamp) as quarantined_at`,
		tables, names, lines, malformedLine, rows, l.run, timestamp(l.at))
	if err != nil {
		return fmt.Errorf("quarantine the refused records: %w", err)
	}
	return nil
}

// note writes down a new place, time or etag of files whose content is known.
func (l *ledger) note(ctx context.Context, files []lake.File) error {
	for _, file := range files {
		if err := l.engine.exec(ctx, `update ops.files set uri = ?, file_size = ?, last_modified = cast(? as timestamp), etag = ?
			where table_name = ? and file_name = ? and state <> 'replaced'`,
			file.URI, file.Size, timestamp(file.LastModified), file.ETag, file.Table, file.Name); err != nil {
			return fmt.Errorf("note %s in the ledger: %w", file.Name, err)
		}
	}
	return nil
}

// compare splits files that were read into staging: those whose records are the ones that are loaded already, and
// those with other content, which are a new version.
func (l *ledger) compare(ctx context.Context, receipts []receipt, staging string, known map[fileKey]ledgerRow, bronze map[string]*Model) (same, other []receipt, err error) {
	byTable := map[string][]receipt{}
	for _, got := range receipts {
		byTable[got.File.Table] = append(byTable[got.File.Table], got)
	}
	for _, table := range slices.Sorted(maps.Keys(byTable)) {
		differing, err := l.differing(ctx, table, staging, byTable[table], bronze[table])
		if err != nil {
			return nil, nil, err
		}
		for _, got := range byTable[table] {
			before := known[fileKey{table, got.File.Name}]
			if got.Rejected == "" && before.State == stateLoaded && !differing[got.File.Name] {
				same = append(same, got)
			} else {
				other = append(other, got)
			}
		}
	}
	return same, other, nil
}

// differing names the files of a table whose records in staging are not those in bronze and quarantine.
func (l *ledger) differing(ctx context.Context, table, staging string, receipts []receipt, model *Model) (map[string]bool, error) {
	var files, refusedNow []string
	for _, got := range receipts {
		files = append(files, got.File.Name)
		for _, record := range got.Refused {
			refusedNow = append(refusedNow, fmt.Sprintf("%s\x00%d\x00%s", got.File.Name, record.Line, record.Text))
		}
	}
	columns := "file_name, line"
	for _, name := range delivered(model) {
		columns += ", " + quoteName(name)
	}
	names, err := l.engine.texts(ctx, fmt.Sprintf(`
		with fresh as (select %[1]s from %[3]s.%[2]s), former as (select %[1]s from bronze.%[2]s where list_contains(?, file_name))
		select distinct file_name from ((from fresh except all from former) union all (from former except all from fresh))`, columns, table, quoteName(staging)), files)
	if err != nil {
		return nil, fmt.Errorf("compare the new versions with bronze.%s: %w", table, err)
	}
	refusedBefore, err := l.engine.texts(ctx, `select file_name || chr(0) || line || chr(0) || json_extract_string(row, '$.raw')
		from ops.quarantine where table_name = ? and reason = 'malformed_line' and list_contains(?, file_name)`, table, files)
	if err != nil {
		return nil, fmt.Errorf("compare the refused records of %s: %w", table, err)
	}
	found := map[string]bool{}
	for _, name := range names {
		found[name] = true
	}
	slices.Sort(refusedNow)
	slices.Sort(refusedBefore)
	for _, record := range append(slices.Clone(refusedNow), refusedBefore...) {
		_, now := slices.BinarySearch(refusedNow, record)
		_, before := slices.BinarySearch(refusedBefore, record)
		if now != before {
			name, _, _ := strings.Cut(record, "\x00")
			found[name] = true
		}
	}
	return found, nil
}
