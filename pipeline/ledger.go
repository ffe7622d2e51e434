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

// enter writes down files whose rows are in bronze now, or that were rejected.
func (l *ledger) enter(ctx context.Context, receipts []receipt) error {
	for _, got := range receipts {
		file, state, reason := got.File, stateLoaded, got.Rejected
		if got.Rejected != "" {
			state = stateRejected
		} else if len(got.Extra) > 0 {
			reason = "columns kept out: " + strings.Join(got.Extra, ", ")
		}
		if err := l.engine.exec(ctx, `insert into ops.files
			(source, table_name, uri, file_name, file_size, last_modified, etag, state, rows_read, run_id, loaded_at, reason)
			values (?, ?, ?, ?, ?, cast(? as timestamp), ?, ?, ?, ?, cast(? as timestamp), nullif(?, ''))`,
			file.Source, file.Table, file.URI, file.Name, file.Size, timestamp(file.LastModified), file.ETag, state, got.Rows,
			l.run, timestamp(l.at), reason); err != nil {
			return fmt.Errorf("enter %s into the ledger: %w", file.Name, err)
		}
		if err := l.setAside(ctx, file, got.Refused); err != nil {
			return err
		}
		l.changes.tables[file.Table] = true
		if state == stateLoaded {
			l.changes.files[file.Table] = append(l.changes.files[file.Table], file.Name)
		}
	}
	return nil
}

// setAside quarantines the records of a file that are no CSV.
func (l *ledger) setAside(ctx context.Context, file lake.File, records []refused) error {
	if len(records) == 0 {
		return nil
	}
	lines, texts := make([]int64, len(records)), make([]string, len(records))
	for i, record := range records {
		raw, err := json.Marshal(map[string]string{"raw": record.Text, "error": strings.ToLower(record.Kind)})
		if err != nil {
			return err
		}
		lines[i], texts[i] = record.Line, string(raw)
	}
	err := l.engine.exec(ctx, `insert into ops.quarantine by name
		select $1 as table_name, $2 as file_name, unnest(cast($3 as bigint[])) as line, $4 as reason,
			cast(unnest(cast($5 as varchar[])) as json) as row, $6 as run_id, cast($7 as timestamp) as quarantined_at`,
		file.Table, file.Name, lines, malformedLine, texts, l.run, timestamp(l.at))
	if err != nil {
		return fmt.Errorf("quarantine the refused records of %s: %w", file.Name, err)
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
func (l *ledger) compare(ctx context.Context, receipts []receipt, known map[fileKey]ledgerRow, bronze map[string]*Model) (same, other []receipt, err error) {
	byTable := map[string][]receipt{}
	for _, got := range receipts {
		byTable[got.File.Table] = append(byTable[got.File.Table], got)
	}
	for _, table := range slices.Sorted(maps.Keys(byTable)) {
		differing, err := l.differing(ctx, table, byTable[table], bronze[table])
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
func (l *ledger) differing(ctx context.Context, table string, receipts []receipt, model *Model) (map[string]bool, error) {
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
		with fresh as (select %[1]s from staging.%[2]s), former as (select %[1]s from bronze.%[2]s where list_contains(?, file_name))
		select distinct file_name from ((from fresh except all from former) union all (from former except all from fresh))`, columns, table), files)
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
