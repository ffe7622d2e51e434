package pipeline

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"

	"github.com/fmcg/fmcg/pipeline/journal"
	"github.com/fmcg/fmcg/pipeline/lake"
)

// read brings the new and changed files into bronze and writes the ledger.
func (r *refresh) read(ctx context.Context) error {
	if err := r.step(ctx, StepRead); err != nil {
		return err
	}
	r.changes = changes{tables: map[string]bool{}, whole: map[string]bool{}, files: map[string][]string{},
		months: map[string]map[string]bool{}, edited: map[string]bool{}, current: r.state.Tables}
	if r.plan.Full {
		r.changes.current = map[string]bool{}
	}
	for _, table := range r.plan.Edited {
		r.changes.edited[table] = true
	}
	notes := &ledger{engine: r.engine, run: r.run, at: r.started, changes: &r.changes}
	if err := r.takeOutOld(ctx, notes); err != nil {
		return err
	}
	fresh, err := r.readInto(ctx, "bronze", r.plan.New)
	if err != nil {
		return err
	}
	looked, err := r.readStaged(ctx)
	if err != nil {
		return err
	}
	if err := r.step(ctx, StepLedger); err != nil {
		return err
	}
	same, other, err := notes.compare(ctx, looked, r.state.Ledger, r.tree.bronze())
	if err != nil {
		return err
	}
	if err := r.replaceVersions(ctx, notes, other); err != nil {
		return err
	}
	touched := slices.Clone(r.plan.Touched)
	for _, got := range same {
		touched = append(touched, got.File)
	}
	r.plan.Reordered = reordered(r.state, touched)
	for _, table := range r.plan.Reordered {
		r.changes.tables[table], r.changes.whole[table] = true, true
	}
	if err := notes.note(ctx, touched); err != nil {
		return err
	}
	return r.enter(ctx, notes, append(fresh, other...))
}

// takeOutOld empties what is read anew because its bronze SQL was edited, and what is withdrawn.
func (r *refresh) takeOutOld(ctx context.Context, notes *ledger) error {
	for _, model := range r.tree.bronze() {
		if !r.changes.edited[model.Table] || !r.changes.current[model.Table] {
			continue
		}
		var names []string
		for key, row := range r.state.Ledger {
			if key.Table == model.Name && row.State != stateWithdrawn {
				names = append(names, key.Name)
			}
		}
		r.changes.whole[model.Name] = true
		if err := notes.takeOut(ctx, model.Name, names, stateReplaced, ""); err != nil {
			return err
		}
	}
	if taken := r.config.withdrawal; taken != nil {
		return notes.takeOut(ctx, taken.key.Table, []string{taken.key.Name}, stateWithdrawn, taken.Reason)
	}
	return nil
}

// readStaged reads the files that may have changed beside bronze, to be compared with it.
func (r *refresh) readStaged(ctx context.Context) ([]receipt, error) {
	if len(r.plan.Look) == 0 {
		return nil, nil
	}
	if err := r.engine.exec(ctx, "create schema staging"); err != nil {
		return nil, err
	}
	for _, model := range r.tree.bronze() {
		if err := r.engine.exec(ctx, fmt.Sprintf("create table staging.%s as from %s limit 0", model.Name, model.Table)); err != nil {
			return nil, err
		}
	}
	return r.readInto(ctx, "staging", r.plan.Look)
}

// replaceVersions puts new versions of known files in the place of the former ones.
func (r *refresh) replaceVersions(ctx context.Context, notes *ledger, versions []receipt) error {
	for _, got := range versions {
		table, name := got.File.Table, got.File.Name
		if got.Rejected != "" && r.state.Ledger[fileKey{table, name}].State == stateLoaded {
			r.warn("the new version of %s is rejected, and its former rows are taken out: %s", name, got.Rejected)
		}
		if err := notes.takeOut(ctx, table, []string{name}, stateReplaced, ""); err != nil {
			return err
		}
		if err := r.engine.exec(ctx, fmt.Sprintf("insert into bronze.%[1]s by name from staging.%[1]s where file_name = ?", table), name); err != nil {
			return fmt.Errorf("load the new version of %s: %w", name, err)
		}
	}
	if len(r.plan.Look) == 0 {
		return nil
	}
	return r.engine.exec(ctx, "drop schema staging cascade")
}

// enter writes the ledger and says what is worth saying of the files.
func (r *refresh) enter(ctx context.Context, notes *ledger, receipts []receipt) error {
	extra := map[string][]string{}
	for _, got := range receipts {
		r.rows[got.File.Table] += got.Rows
		r.result.Files++
		r.result.Rows += got.Rows
		if got.Rejected != "" {
			r.warn("%s is rejected: %s", got.File.URI, got.Rejected)
		} else if len(got.Extra) > 0 {
			columns := strings.Join(got.Extra, ", ")
			extra[columns] = append(extra[columns], got.File.Name)
		}
	}
	for _, columns := range slices.Sorted(maps.Keys(extra)) {
		r.warn("columns that the table does not have are kept out: %s, of %s", columns, some(extra[columns]))
	}
	return notes.enter(ctx, receipts)
}

// How often files that keep changing are read again before the run gives up.
const readRounds = 5

// readInto reads files into the tables of a schema, again where a file changed while it was read, so that the rows of
// two versions are never mixed.
func (r *refresh) readInto(ctx context.Context, schema string, files []lake.File) ([]receipt, error) {
	var kept []receipt
	for round := 0; len(files) > 0; round++ {
		if round == readRounds {
			return nil, &Error{Op: "read", Subject: files[0].URI, Hint: "wait until the delivery has ended, then refresh again",
				Err: fmt.Errorf("it changed each of %d times while it was read", readRounds)}
		}
		renew, err := r.engine.prepareLake(ctx, r.lake, r.config)
		if err != nil {
			return nil, err
		}
		reader := &reader{renew: renew, engine: r.engine, lake: r.lake, bronze: r.tree.bronze(), schema: schema, spool: r.release.spool(),
			readers: r.readers(), at: r.started, done: func(got receipt) {
				r.event(journal.Event{Kind: journal.FileRead, Name: got.File.Name, Rows: got.Rows, Detail: got.Rejected})
			}}
		receipts, vanished, err := reader.read(ctx, files)
		if err != nil {
			return nil, err
		}
		listing, err := r.lake.List(ctx)
		if err != nil {
			return nil, err
		}
		now := map[fileKey]lake.File{}
		for _, file := range listing.Files {
			now[fileKey{file.Table, file.Name}] = file
		}
		files = nil
		for _, file := range vanished {
			if again, found := now[fileKey{file.Table, file.Name}]; found {
				files = append(files, again)
			} else {
				r.warn("%s vanished before it was read; it is loaded when it comes back", file.URI)
			}
		}
		for _, got := range receipts {
			again, found := now[fileKey{got.File.Table, got.File.Name}]
			if !found || (again.Size == got.File.Size && again.ETag == got.File.ETag) {
				kept = append(kept, got)
				continue
			}
			files = append(files, again)
			if err := r.engine.exec(ctx, fmt.Sprintf("delete from %s.%s where file_name = ?", schema, got.File.Table), got.File.Name); err != nil {
				return nil, err
			}
		}
	}
	return kept, nil
}

// readers is how many files are read at a time: a file is parsed by one thread, so a folder wants one reader a core;
// a reader from S3 mostly waits for the store.
func (r *refresh) readers() int {
	switch {
	case r.config.Readers > 0:
		return r.config.Readers
	case r.lake.OnS3():
		return readersFromS3
	case r.config.Engine.Threads > 0:
		return r.config.Engine.Threads
	}
	return runtime.NumCPU()
}
