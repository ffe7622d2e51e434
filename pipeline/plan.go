package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/fmcg/fmcg/pipeline/lake"
)

// Plan is what a refresh has to do; empty when nothing is new.
type Plan struct {
	Full       bool
	Tasks      []string       // tasks to run, with those that they need; nil: all
	First      bool           // nothing is published yet: all is built for the first time
	New        []lake.File    // not in the ledger, or to be read again because their bronze SQL was edited
	Look       []lake.File    // in the ledger with another size, time or etag: read and compared
	Touched    []lake.File    // known content under a new time: noted, so that "the newest file wins" stays true
	Missing    []string       // names of loaded files that are not in the lake; their rows stay
	Lost       []string       // of these, those whose table is to be read anew: their rows would go
	Edited     []string       // models whose SQL differs from what the file was made with, or is new
	Dropped    []string       // tables that no SQL file defines any more
	Reordered  []string       // tables of which another file is now the newest
	Models     []PlannedModel // models to run, and why; only in a plan that was asked for
	Months     []string       // months to judge anew because of the files; only in a plan that was asked for
	Migrations bool           // there are migrations to apply
	Listing    lake.Listing
}

// Empty says that a refresh would change nothing (law 7). Files to look at may turn out to be unchanged.
func (p Plan) Empty() bool {
	return !p.Full && !p.Migrations && len(p.New)+len(p.Look)+len(p.Edited)+len(p.Dropped)+len(p.Reordered) == 0
}

// chosen says that a task is one of those to run.
func (p Plan) chosen(task string) bool { return p.Tasks == nil || slices.Contains(p.Tasks, task) }

// makePlan compares the lake and the SQL tree with the published state.
func makePlan(state published, tree Tree, listing lake.Listing, full bool) (Plan, error) {
	first := state.Release == ""
	plan := Plan{Full: full || first, First: first, Listing: listing}
	last, err := lastMigration(tree.Migrations)
	if err != nil {
		return plan, err
	}
	if state.Version > last {
		return plan, &Error{Op: "refresh", Subject: state.Release, Code: WrongUse,
			Hint: "use the program that made it, or a newer one",
			Err:  fmt.Errorf("the file has schema version %d, this program knows up to %d", state.Version, last)}
	}
	plan.Migrations = state.Version < last
	planSQL(&plan, state, tree)
	planFiles(&plan, state)
	return plan, nil
}

// planSQL finds the models to rebuild because of their SQL.
func planSQL(plan *Plan, state published, tree Tree) {
	defined := map[string]bool{}
	for _, model := range tree.Models {
		defined[model.Path] = true
		if state.SQL[model.Path] != model.Hash {
			plan.Edited = append(plan.Edited, model.Table)
		}
	}
	for path := range state.SQL {
		if !defined[path] {
			plan.Dropped = append(plan.Dropped, tableOfPath(path))
		}
	}
	slices.Sort(plan.Dropped)
}

// tableOfPath turns "gold/dim_date.sql" into "gold.dim_date".
func tableOfPath(path string) string {
	return strings.Replace(strings.TrimSuffix(path, ".sql"), "/", ".", 1)
}

// pathOfTable is the inverse.
func pathOfTable(table string) string { return strings.Replace(table, ".", "/", 1) + ".sql" }

// planFiles finds the files to read.
func planFiles(plan *Plan, state published) {
	inLake := map[fileKey]bool{}
	reread := map[string]bool{}
	for _, table := range plan.Edited {
		if schema, name, _ := strings.Cut(table, "."); schema == "bronze" {
			reread[name] = true
		}
	}
	for _, file := range plan.Listing.Files {
		key := fileKey{file.Table, file.Name}
		inLake[key] = true
		row, known := state.Ledger[key]
		same := known && row.Size == file.Size && row.ETag == file.ETag
		switch {
		case same && row.State == stateWithdrawn:
		case plan.Full || !known || (reread[file.Table] && row.State != stateWithdrawn):
			plan.New = append(plan.New, file)
		case !same:
			plan.Look = append(plan.Look, file)
		case !seconds(row.LastModified).Equal(seconds(file.LastModified)):
			plan.Touched = append(plan.Touched, file)
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(state.Ledger), compareKeys) {
		if state.Ledger[key].State == stateLoaded && !inLake[key] {
			plan.Missing = append(plan.Missing, key.Name)
			if plan.Full || reread[key.Table] {
				plan.Lost = append(plan.Lost, key.Name)
			}
		}
	}
	if !plan.Full {
		plan.Reordered = reordered(state, plan.Touched)
	}
}

// reordered returns the tables in which another order of files by time follows from new times of known files: "the
// newest file wins" is judged by the lake as it is, in a refresh as in a full rebuild.
func reordered(state published, touched []lake.File) []string {
	now := map[fileKey]time.Time{}
	tables := map[string]bool{}
	for _, file := range touched {
		if file.Table != ordersTable { // of equal order lines the least file name counts, whatever its time
			now[fileKey{file.Table, file.Name}] = file.LastModified
			tables[file.Table] = true
		}
	}
	var found []string
	for table := range tables {
		before, after := []ledgerRow{}, []ledgerRow{}
		for key, row := range state.Ledger {
			if key.Table != table || row.State != stateLoaded {
				continue
			}
			before = append(before, row)
			if at, changed := now[key]; changed {
				row.LastModified = at
			}
			after = append(after, row)
		}
		byTime := func(a, b ledgerRow) int {
			return cmp.Or(seconds(a.LastModified).Compare(seconds(b.LastModified)), strings.Compare(a.Name, b.Name))
		}
		slices.SortFunc(before, byTime)
		slices.SortFunc(after, byTime)
		sameFile := func(a, b ledgerRow) bool { return a.Name == b.Name }
		if !slices.EqualFunc(before, after, sameFile) {
			found = append(found, table)
		}
	}
	slices.Sort(found)
	return found
}

const ordersTable = "orders"

func seconds(at time.Time) time.Time { return at.UTC().Truncate(time.Second) }

func compareKeys(a, b fileKey) int {
	return cmp.Or(strings.Compare(a.Table, b.Table), strings.Compare(a.Name, b.Name))
}

// MakePlan says what a refresh would do, and touches nothing. To tell the months, it reads the new files into memory.
func MakePlan(ctx context.Context, config Config) (Plan, error) {
	config = config.withDefaults()
	opened, tree, state, listing, err := open(ctx, config, config.Warehouse)
	if err != nil {
		return Plan{}, err
	}
	plan, err := makePlan(state, tree, listing, config.Full)
	if plan.First {
		plan.Edited = nil // nobody edited them since: they are built for the first time, as Full says
	}
	if err != nil || plan.Full {
		return plan, err
	}
	if plan.Models, err = explain(ctx, config, tree, state, plan); err != nil || len(plan.New)+len(plan.Look) == 0 {
		return plan, err
	}
	plan.Months, err = monthsToJudge(ctx, config, opened, tree, state, slices.Concat(plan.New, plan.Look))
	return plan, err
}

// monthsToJudge returns the months that the rows of some files count in, and those that their former versions count in.
func monthsToJudge(ctx context.Context, config Config, opened *lake.Lake, tree Tree, state published, files []lake.File) (months []string, err error) {
	spool, err := os.MkdirTemp("", "fmcg-plan-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(spool)) }()
	e, err := openEngine(ctx, "", false, config.Engine)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	if _, err := e.migrate(ctx, tree.Migrations); err != nil {
		return nil, err
	}
	if err := tree.resolve(ctx, e); err != nil {
		return nil, err
	}
	if err := e.exec(ctx, "attach "+quoteText(state.Release)+" as former (read_only)"); err != nil {
		return nil, err
	}
	r := &refresh{config: config, lake: opened, tree: tree, state: state, engine: e, release: release{dir: spool}}
	t := &task{refresh: r, builder: builder{job: newJob(r), engine: e, changes: noChanges()}}
	receipts, err := t.readInto(ctx, "bronze", files)
	if err != nil {
		return nil, err
	}
	if err := (&ledger{engine: e, at: t.at, changes: &t.changes}).enter(ctx, receipts); err != nil {
		return nil, err
	}
	found := map[string]bool{}
	former := map[string][]string{}
	for _, file := range files {
		former[file.Table] = append(former[file.Table], file.Name)
	}
	for _, model := range tree.Models {
		source := t.sourceOf(model)
		if source == "" || model.Load != ByMonth {
			continue
		}
		before, err := t.monthSet(ctx, `select distinct cast(month as varchar) from former.ops.outcomes
			where table_name = $1 and list_contains($2, file_name) and month is not null`, source, append([]string{}, former[source]...))
		if err != nil {
			return nil, err
		}
		maps.Copy(found, before)
		if len(t.changes.files[source]) == 0 {
			continue
		}
		for _, table := range model.Reads {
			if schema, _, _ := strings.Cut(table, "."); schema == "silver" && state.Tables[table] {
				if err := e.exec(ctx, fmt.Sprintf("create or replace view %s as from former.%s", table, table)); err != nil {
					return nil, err
				}
			}
		}
		now, err := t.monthsOf(ctx, model, t.changes.files[source])
		if err != nil {
			return nil, err
		}
		maps.Copy(found, now)
	}
	return slices.Sorted(maps.Keys(found)), nil
}
