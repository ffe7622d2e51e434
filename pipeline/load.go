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

// read brings the new and changed files of a task into bronze and writes the ledger. It returns the records read.
func (t *task) read(ctx context.Context) (rows int64, err error) {
	notes := &ledger{engine: t.engine, run: t.run, at: t.at, changes: &t.changes}
	if err := t.takeOutOld(ctx, notes); err != nil {
		return 0, err
	}
	fresh, err := t.readInto(ctx, "bronze", t.plan.New)
	if err != nil {
		return 0, err
	}
	looked, err := t.readStaged(ctx)
	if err != nil {
		return 0, err
	}
	same, other, err := notes.compare(ctx, looked, t.staging(), t.refresh.state.Ledger, t.tree.bronze())
	if err != nil {
		return 0, err
	}
	if err := t.replaceVersions(ctx, notes, other); err != nil {
		return 0, err
	}
	touched := slices.Clone(t.plan.Touched)
	for _, got := range same {
		touched = append(touched, got.File)
	}
	for _, table := range reordered(t.refresh.state, touched) {
		t.changes.tables[table], t.changes.whole[table] = true, true
	}
	if err := notes.note(ctx, touched); err != nil {
		return 0, err
	}
	return t.enter(ctx, notes, append(fresh, other...))
}

// takeOutOld empties what is read anew because its bronze SQL was edited, and what is withdrawn.
func (t *task) takeOutOld(ctx context.Context, notes *ledger) error {
	for _, model := range t.models {
		if model.Load != ByFile || !t.edited[model.Table] || !t.current[model.Table] {
			continue
		}
		var names []string
		for key, row := range t.refresh.state.Ledger {
			if key.Table == model.Name && row.State != stateWithdrawn {
				names = append(names, key.Name)
			}
		}
		t.changes.whole[model.Name] = true
		if err := notes.takeOut(ctx, model.Name, names, stateReplaced, ""); err != nil {
			return err
		}
	}
	if taken := t.refresh.config.withdrawal; taken != nil && t.owns(taken.key.Table) {
		return notes.takeOut(ctx, taken.key.Table, []string{taken.key.Name}, stateWithdrawn, taken.Reason)
	}
	return nil
}

// staging is the schema for files that may have changed: they are read beside bronze and compared with it.
func (t *task) staging() string { return "staging_" + t.task }

func (t *task) readStaged(ctx context.Context) ([]receipt, error) {
	if len(t.plan.Look) == 0 {
		return nil, nil
	}
	if err := t.engine.exec(ctx, "create schema "+quoteName(t.staging())); err != nil {
		return nil, err
	}
	for _, model := range t.models {
		if model.Load != ByFile {
			continue
		}
		if err := t.engine.exec(ctx, fmt.Sprintf("create table %s.%s as from %s limit 0", quoteName(t.staging()), model.Name, model.Table)); err != nil {
			return nil, err
		}
	}
	return t.readInto(ctx, t.staging(), t.plan.Look)
}

// replaceVersions puts new versions of known files in the place of the former ones.
func (t *task) replaceVersions(ctx context.Context, notes *ledger, versions []receipt) error {
	for _, got := range versions {
		table, name := got.File.Table, got.File.Name
		if got.Rejected != "" && t.refresh.state.Ledger[fileKey{table, name}].State == stateLoaded {
			t.refresh.warn("the new version of %s is rejected, and its former rows are taken out: %s", name, got.Rejected)
		}
		if err := notes.takeOut(ctx, table, []string{name}, stateReplaced, ""); err != nil {
			return err
		}
		if err := t.engine.exec(ctx, fmt.Sprintf("insert into bronze.%[1]s by name from %[2]s.%[1]s where file_name = ?", table, quoteName(t.staging())), name); err != nil {
			return fmt.Errorf("load the new version of %s: %w", name, err)
		}
	}
	if len(t.plan.Look) == 0 {
		return nil
	}
	return t.engine.exec(ctx, "drop schema "+quoteName(t.staging())+" cascade")
}

// enter writes the ledger and says what is worth saying of the files. It returns their records.
func (t *task) enter(ctx context.Context, notes *ledger, receipts []receipt) (rows int64, err error) {
	extra := map[string][]string{}
	for _, got := range receipts {
		rows += got.Rows
		if got.Rejected != "" {
			t.refresh.warn("%s is rejected: %s", got.File.URI, got.Rejected)
		} else if len(got.Extra) > 0 {
			columns := strings.Join(got.Extra, ", ")
			extra[columns] = append(extra[columns], got.File.Name)
		}
	}
	for _, columns := range slices.Sorted(maps.Keys(extra)) {
		t.refresh.warn("columns that the table does not have are kept out: %s, of %s", columns, some(extra[columns]))
	}
	t.refresh.counted(len(receipts), rows)
	return rows, notes.enter(ctx, receipts)
}

// How often files that keep changing are read again before the run gives up.
const readRounds = 5

// readInto reads files into the tables of a schema, again where a file changed while it was read, so that the rows of
// two versions are never mixed.
func (t *task) readInto(ctx context.Context, schema string, files []lake.File) ([]receipt, error) {
	var kept []receipt
	for round := 0; len(files) > 0; round++ {
		if round == readRounds {
			return nil, &Error{Op: "read", Subject: files[0].URI, Hint: "wait until the delivery has ended, then refresh again",
				Err: fmt.Errorf("it changed each of %d times while it was read", readRounds)}
		}
		renew, err := t.refresh.preparedLake(ctx)
		if err != nil {
			return nil, err
		}
		reader := &reader{renew: renew, engine: t.engine, lake: t.refresh.lake, bronze: t.tree.bronze(), schema: schema, spool: t.refresh.release.spool(),
			readers: t.refresh.readers(), at: t.at, done: func(got receipt) {
				t.observe(journal.Event{Kind: journal.FileRead, Task: t.task, Name: got.File.Name, Rows: got.Rows, Detail: got.Rejected})
			}, again: func(file lake.File, err error) {
				t.observe(journal.Event{Kind: journal.Retry, Task: t.task, Name: file.Name, Detail: firstLine(err.Error())})
			}}
		receipts, vanished, err := reader.read(ctx, files)
		if err != nil {
			return nil, err
		}
		listing, err := t.refresh.lake.List(ctx)
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
				t.refresh.warn("%s vanished before it was read; it is loaded when it comes back", file.URI)
			}
		}
		for _, got := range receipts {
			again, found := now[fileKey{got.File.Table, got.File.Name}]
			if !found || (again.Size == got.File.Size && again.ETag == got.File.ETag) {
				kept = append(kept, got)
				continue
			}
			files = append(files, again)
			if err := t.engine.exec(ctx, fmt.Sprintf("delete from %s.%s where file_name = ?", quoteName(schema), got.File.Table), got.File.Name); err != nil {
				return nil, err
			}
		}
	}
	return kept, nil
}

// preparedLake gets the engine ready for the lake, once for all tasks, and returns how to renew its credentials.
func (r *refresh) preparedLake(ctx context.Context) (renew func(context.Context) error, err error) {
	r.lakeMutex.Lock()
	defer r.lakeMutex.Unlock()
	if r.renew == nil {
		r.renew, err = r.engine.prepareLake(ctx, r.lake, r.config)
	}
	return r.renew, err
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
