package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fmcg/fmcg/pipeline/journal"
)

// A run that failed leaves its unpublished build, in which the tasks that were done are written down (ops.run_tasks). A
// repair takes their tables over into a build of its own, does what is left, and has the failed run's start for "now". The
// next refresh that repairs nothing removes the build.

// RepairLast stands for the last run in Config.Repair.
const RepairLast = "last"

// failedRun is a run to go on from, as its journal tells.
type failedRun struct {
	id    string
	asOf  time.Time // its "now"
	full  bool
	tasks []string
}

// findFailed finds the run to repair. The lock must be held, so that a run without an end is one that died.
func findFailed(warehouse, run string) (failedRun, error) {
	failed := failedRun{id: run}
	wrong := func(hint, format string, args ...any) (failedRun, error) {
		return failed, &Error{Op: "repair", Subject: cmp.Or(failed.id, run), Code: WrongUse, Hint: hint, Err: fmt.Errorf(format, args...)}
	}
	dir := filepath.Dir(warehouse)
	if run == RepairLast {
		var err error
		if failed.id, err = lastRefresh(dir); err != nil {
			return failed, err
		}
		if failed.id == "" {
			return wrong("fmcg refresh", "no run has been before")
		}
	}
	events, err := journal.Read(dir, failed.id)
	if errors.Is(err, fs.ErrNotExist) {
		return wrong("fmcg runs lists them", "no such run")
	}
	if err != nil {
		return failed, err
	}
	for _, event := range events {
		switch event.Kind {
		case journal.RunStarted:
			if !canRepeat(event.Name) {
				return wrong("do it again by its own command", "it is a %s", event.Name)
			}
			failed.asOf = event.At
			if text, given := event.Parameters[parameterAsOf].(string); given {
				if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
					failed.asOf = at
				}
			}
			failed.full, _ = event.Parameters[parameterFull].(bool)
			tasks, _ := event.Parameters[parameterTasks].([]any)
			for _, task := range tasks {
				failed.tasks = append(failed.tasks, fmt.Sprint(task))
			}
		case journal.RunFinished:
			if event.State == journal.Succeeded || event.State == journal.UpToDate {
				return wrong("fmcg refresh", "it did not fail, it is %s", event.State)
			}
		}
	}
	if failed.asOf.IsZero() {
		return wrong("fmcg refresh", "its journal does not tell when it started")
	}
	return failed, nil
}

// lastRefresh is the last run that did what a refresh does, "" where there is none.
func lastRefresh(dir string) (string, error) {
	runs, err := journal.Runs(dir)
	if err != nil {
		return "", err
	}
	for _, run := range runs {
		events, err := journal.Read(dir, run)
		if err != nil {
			return "", err
		}
		if len(events) > 0 && canRepeat(events[0].Name) {
			return run, nil
		}
	}
	return "", nil
}

// canRepeat says that a run with this trigger did what a refresh does.
func canRepeat(trigger string) bool { return trigger != triggerWithdraw && trigger != triggerRollback }

// takeOver makes the build of a repair from what the failed run has finished. Where there is nothing to reuse it makes none,
// and the run is an ordinary one.
func (r *refresh) takeOver(ctx context.Context) error {
	left := newRelease(r.config.Warehouse, r.config.Repair)
	base, err := os.ReadFile(left.marker())
	if errors.Is(err, fs.ErrNotExist) {
		r.warn("nothing is left of run %s: all of it is done again", r.config.Repair)
		return nil
	}
	if err != nil {
		return err
	}
	published, err := publishedRun(r.config.Warehouse)
	if err != nil {
		return err
	}
	if !r.config.Full && string(base) != published {
		r.warn("another release was published since run %s: all of it is done again", r.config.Repair)
		return nil
	}
	done, err := r.finishedTasks(ctx, left)
	if err != nil {
		return err
	}
	succeeded := slices.DeleteFunc(slices.Clone(done), func(t finishedTask) bool { return t.State != journal.Succeeded })
	r.release = newRelease(r.config.Warehouse, r.run)
	switch {
	case len(succeeded) == 0:
		r.release = release{}
		return nil
	case len(done) == len(taskNames):
		err = r.takeAll(ctx, left)
	default:
		err = r.takeTasks(ctx, left, succeeded)
	}
	if err != nil {
		return err
	}
	r.reused = map[string]bool{}
	for _, t := range done {
		r.reused[t.Task] = true
	}
	return left.discard()
}

type finishedTask struct {
	Task  string `db:"task"`
	State string `db:"state"`
}

// finishedTasks returns the tasks that an unpublished build has done. To open it replays its log.
func (r *refresh) finishedTasks(ctx context.Context, left release) (done []finishedTask, err error) {
	if _, err := os.Stat(left.path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	e, err := openEngine(ctx, left.path, false, r.config.Engine)
	if err != nil {
		return nil, &Error{Op: "repair", Subject: left.path, Err: err, Hint: "fmcg refresh begins anew from what is published"}
	}
	defer func() { err = errors.Join(err, e.close()) }()
	if known, err := e.number(ctx, "select count(*) from information_schema.tables where table_schema = 'ops' and table_name = 'run_tasks'"); err != nil || known == 0 {
		return nil, err
	}
	err = e.conn.SelectContext(ctx, &done, "select task, state from ops.run_tasks where run_id = ?", left.run)
	return done, err
}

// takeAll goes on with a build in which all tasks are done: it failed later.
func (r *refresh) takeAll(ctx context.Context, left release) (err error) {
	base, err := os.ReadFile(left.marker())
	if err != nil {
		return err
	}
	if err := r.release.begin(left.path, string(base)); err != nil {
		return err
	}
	e, err := openEngine(ctx, r.release.path, false, r.config.Engine)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	for _, statement := range []string{
		"delete from ops.runs where run_id = $1",
		"delete from ops.check_results where run_id = $1",
	} {
		if err := e.exec(ctx, statement, left.run); err != nil {
			return err
		}
	}
	return e.rename(ctx, left.run, r.run)
}

// rename gives what a failed run wrote down to the run that repairs it.
func (e *engine) rename(ctx context.Context, from, to string) error {
	for _, table := range []string{"ops.run_tasks", "ops.files", "ops.quarantine"} {
		if err := e.exec(ctx, "update "+table+" set run_id = $2 where run_id = $1", from, to); err != nil {
			return fmt.Errorf("take over from %s: %w", from, err)
		}
	}
	return nil
}

// takeTasks begins from the published release, as the failed run did, and takes the tables of some tasks over.
func (r *refresh) takeTasks(ctx context.Context, left release, done []finishedTask) (err error) {
	former, err := readPublished(ctx, r.config.Warehouse, r.config.Engine)
	if err != nil {
		return err
	}
	from := former.Release
	if r.config.Full {
		from = ""
	}
	if err := r.release.begin(from, runOfRelease(from)); err != nil {
		return err
	}
	e, err := openEngine(ctx, r.release.path, false, r.config.Engine)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	tree, err := LoadTree(r.config.SQL)
	if err != nil {
		return err
	}
	if _, err := e.migrate(ctx, tree.Migrations); err != nil {
		return err
	}
	if err := tree.resolve(ctx, e); err != nil {
		return err
	}
	if r.config.Full && former.Release != "" {
		if err := e.carryHistory(ctx, former.Release); err != nil {
			return err
		}
	}
	if err := e.exec(ctx, "attach "+quoteText(left.path)+" as failed (read_only)"); err != nil {
		return err
	}
	there, err := e.texts(ctx, "select table_schema || '.' || table_name from information_schema.tables where table_catalog = 'failed'")
	if err != nil {
		return err
	}
	taken := map[string]bool{}
	for _, model := range tree.Models {
		if !slices.ContainsFunc(done, func(t finishedTask) bool { return t.Task == model.Task }) || !slices.Contains(there, model.Table) {
			continue
		}
		taken[model.Table] = true
		if err := e.takeTable(ctx, model); err != nil {
			return fmt.Errorf("take over %s: %w", model.Table, err)
		}
	}
	for _, t := range done {
		if err := e.exec(ctx, "insert into ops.run_tasks by name select * from failed.ops.run_tasks where run_id = ? and task = ?", left.run, t.Task); err != nil {
			return err
		}
	}
	if err := e.rename(ctx, left.run, r.run); err != nil {
		return err
	}
	// What reads them follows from other tables than it was made of.
	for _, model := range tree.Models {
		if !taken[model.Table] && slices.ContainsFunc(model.Reads, func(table string) bool { return taken[table] }) {
			taken[model.Table] = true
			if err := e.exec(ctx, "delete from ops.sql_files where path = ?", model.Path); err != nil {
				return err
			}
		}
	}
	return e.exec(ctx, "detach failed")
}

// takeTable takes one table over from the database failed, with what is written down about it.
func (e *engine) takeTable(ctx context.Context, model *Model) error {
	var statements []string
	switch model.Load {
	case ByFile:
		statements = []string{"delete from " + model.Table, fmt.Sprintf("insert into %[1]s by name select * from failed.%[1]s", model.Table)}
		for _, table := range []string{"ops.files", "ops.quarantine", "ops.outcomes"} {
			statements = append(statements, fmt.Sprintf("delete from %s where table_name = %s", table, quoteText(model.Name)),
				fmt.Sprintf("insert into %[1]s by name select * from failed.%[1]s where table_name = %[2]s", table, quoteText(model.Name)))
		}
	case View:
		statements = []string{fmt.Sprintf("create or replace view %s as %s", model.Table, model.SQL)}
	default:
		statements = []string{fmt.Sprintf("create or replace table %[1]s as from failed.%[1]s", model.Table)}
	}
	statements = append(statements, "insert or replace into ops.sql_files by name select * from failed.ops.sql_files where path = "+quoteText(model.Path))
	for _, statement := range statements {
		if err := e.exec(ctx, statement); err != nil {
			return err
		}
	}
	return e.comment(ctx, model)
}

// publishedRun is the run of the published release, "" where nothing is published.
func publishedRun(warehouse string) (string, error) {
	release, err := filepath.EvalSymlinks(warehouse)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return runOfRelease(release), err
}

func runOfRelease(path string) string {
	if path == "" {
		return ""
	}
	return strings.TrimSpace(filepath.Base(filepath.Dir(path)))
}
