package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/fmcg/fmcg/pipeline/journal"
	"github.com/fmcg/fmcg/pipeline/lake"
)

// task is one task of the job: it reads its files and builds its models. A task that reads what another one builds waits for
// it, and the last task of the job for all others; tasks that need nothing of each other run side by side.
type task struct {
	builder
	refresh *refresh
	needs   []string // tasks
	plan    Plan     // New, Look and Touched are the task's own

	done  chan struct{} // closed when state is set
	state string        // one of journal's
	err   error
}

// runJob runs the tasks that have files to read, or models that follow from these or from edited SQL.
func (r *refresh) runJob(ctx context.Context) (err error) {
	if err := r.step(ctx, StepTasks); err != nil {
		return err
	}
	for _, table := range r.plan.Dropped {
		if err := r.engine.dropModel(ctx, table); err != nil {
			return err
		}
	}
	r.job = newJob(r)
	defer func() {
		for _, t := range r.tasks {
			err = errors.Join(err, t.engine.conn.Close())
		}
	}()
	if r.tasks, err = r.flow(ctx); err != nil {
		return err
	}
	if err := r.runTasks(ctx, r.tasks); err != nil {
		return err
	}
	return r.leaveBehind(ctx)
}

// nothingNew says that files which looked new held what is loaded already.
func (r *refresh) nothingNew() bool {
	return !r.plan.Full && !r.plan.Migrations && r.reused == nil && len(r.plan.Dropped) == 0 && !slices.ContainsFunc(r.tasks, func(t *task) bool { return t.changed() })
}

// flow makes the tasks of this run from what the SQL reads, in the order of the job.
func (r *refresh) flow(ctx context.Context) ([]*task, error) {
	var tasks []*task
	for _, name := range taskNames {
		if !r.plan.chosen(name) {
			continue
		}
		session, err := r.engine.session(ctx)
		if err != nil {
			return tasks, err
		}
		t := &task{refresh: r, done: make(chan struct{}), plan: r.plan,
			builder: builder{job: r.job, task: name, engine: session, changes: noChanges()}}
		tasks = append(tasks, t)
		t.needs = r.tree.needs(name)
		for _, model := range r.tree.Models {
			if model.Task == name {
				t.models = append(t.models, model)
			}
		}
		own := func(files []lake.File) []lake.File {
			return slices.DeleteFunc(slices.Clone(files), func(file lake.File) bool { return !t.owns(file.Table) })
		}
		t.plan.New, t.plan.Look, t.plan.Touched = own(r.plan.New), own(r.plan.Look), own(r.plan.Touched)
		if err := session.exec(ctx, "set variable corrections = ?", r.release.spool()); err != nil {
			return tasks, err
		}
		if err := t.rememberLookups(ctx); err != nil {
			return tasks, err
		}
	}
	return tasks, nil
}

// builds counts the models that the task builds, at most; those of bronze are filled by reading.
func (t *task) builds() (count int) {
	for _, model := range t.models {
		if model.Load != ByFile {
			count++
		}
	}
	return count
}

// owners returns the task of each table.
func (t Tree) owners() map[string]string {
	owner := map[string]string{}
	for _, model := range t.Models {
		owner[model.Table] = model.Task
	}
	return owner
}

// needs returns the tasks that must be done before one: those whose tables it reads; for the last of the job all others.
func (t Tree) needs(task string) []string {
	if last := len(taskNames) - 1; task == taskNames[last] {
		return taskNames[:last]
	}
	owner, needs := t.owners(), map[string]bool{}
	for _, model := range t.Models {
		for _, table := range model.Reads {
			if other := owner[table]; model.Task == task && other != task {
				needs[other] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(needs))
}

// owns says that a bronze table is one of the task's.
func (t *task) owns(table string) bool {
	return slices.ContainsFunc(t.models, func(model *Model) bool { return model.Load == ByFile && model.Name == table })
}

// runTasks runs the tasks; a task that fails keeps those that need it from running, and no others.
func (r *refresh) runTasks(ctx context.Context, tasks []*task) error {
	byName := map[string]*task{}
	for _, t := range tasks {
		byName[t.task] = t
	}
	var group errgroup.Group
	for _, t := range tasks {
		group.Go(func() error {
			defer close(t.done)
			for _, need := range t.needs {
				if other := byName[need]; other != nil {
					<-other.done
				}
			}
			t.perform(ctx, byName)
			return nil
		})
	}
	_ = group.Wait() // each task has its own error
	var failures []error
	for _, t := range tasks {
		failures = append(failures, t.err)
	}
	return errors.Join(failures...)
}

// perform does the task's work when those it needs have done theirs, and says how it went.
func (t *task) perform(ctx context.Context, others map[string]*task) {
	for _, need := range t.needs {
		if other := others[need]; other != nil && other.state != journal.Succeeded && other.state != journal.UpToDate {
			t.state = journal.Skipped
			t.observe(journal.Event{Kind: journal.TaskFinished, Task: t.task, State: t.state, Detail: need + " " + other.state})
			return
		}
	}
	started := t.now()
	t.observe(journal.Event{Kind: journal.TaskStarted, Task: t.task, Files: len(t.plan.New) + len(t.plan.Look), Models: t.builds()})
	limited, cancel := limit(ctx, t.refresh.config.TaskTimeout, "task "+t.task)
	defer cancel()
	read, written, err := t.work(limited)
	err = t.tree.locate(err)
	t.state = journal.Succeeded
	switch {
	case ctx.Err() != nil: // the run was stopped, not the task
		t.state, t.err = journal.Cancelled, ctx.Err()
	case limited.Err() != nil:
		t.state, t.err = journal.Failed, context.Cause(limited)
	case err != nil:
		t.state, t.err = journal.Failed, err
	case !t.changed():
		t.state = journal.UpToDate
	}
	if t.err == nil {
		if t.err = t.enterIntoBuild(ctx, started, read, written); t.err != nil {
			t.state = journal.Failed
		}
	}
	finished := journal.Event{Kind: journal.TaskFinished, Task: t.task, State: t.state, Rows: written, RowsRead: read, Seconds: t.now().Sub(started).Seconds()}
	switch {
	case t.err != nil:
		finished.Detail = t.err.Error()
	case t.state == journal.UpToDate && t.refresh.reused[t.task]:
		finished.Detail = "taken over from run " + t.refresh.config.Repair
	}
	t.observe(finished)
}

// A checkpoint compresses what was read, after which the engine parses each distinct text once and not each row. Below
// this many records that gains less than writing twice costs.
const rowsWorthCompressing = 200_000

// work reads the task's files and builds its models.
func (t *task) work(ctx context.Context) (read, written int64, err error) {
	if read, err = t.read(ctx); err != nil {
		return read, 0, err
	}
	if read >= rowsWorthCompressing && t.isLast() {
		if err := t.engine.exec(ctx, "checkpoint"); err != nil {
			return read, 0, err
		}
	}
	for _, model := range t.models {
		if model.Load == ByFile && (t.edited[model.Table] || t.plan.Full) {
			if err := t.engine.comment(ctx, model); err != nil {
				return read, 0, &Error{Op: "comment", Subject: "sql/" + model.Path, Code: WrongUse, Err: err,
					Hint: "the columns of a bronze file are those of its table in sql/migrations; add one by a new migration"}
			}
		}
	}
	written, err = t.build(ctx)
	return read, written, err
}

// isLast says that all other tasks are done when this one runs: the engine makes no checkpoint beside another's writing.
func (t *task) isLast() bool { return t.task == taskNames[len(taskNames)-1] }

// changed says that the task did anything.
func (t *task) changed() bool {
	return len(t.changes.tables) > 0 || slices.ContainsFunc(t.models, func(model *Model) bool { _, ran := t.ran(model.Table); return ran || t.edited[model.Table] })
}

// enterIntoBuild writes down in the build itself that the task is done, and with which SQL: a repair goes on from there.
func (t *task) enterIntoBuild(ctx context.Context, started time.Time, read, written int64) error {
	began, ended := timestamp(started), timestamp(t.now())
	if t.state == journal.UpToDate {
		if t.refresh.reused[t.task] {
			return nil // what the run before wrote stands
		}
		began, ended = "", ""
	}
	if err := t.engine.exec(ctx, "delete from ops.run_tasks where run_id = ? and task = ?", t.run, t.task); err != nil {
		return err
	}
	err := t.engine.exec(ctx, `insert into ops.run_tasks (run_id, task, state, started_at, finished_at, rows_read, rows_written)
		values (?, ?, ?, cast(nullif(?, '') as timestamp), cast(nullif(?, '') as timestamp), ?, ?)`, t.run, t.task, t.state, began, ended, read, written)
	if err != nil {
		return fmt.Errorf("record task %s: %w", t.task, err)
	}
	for _, model := range t.models {
		if err := t.engine.exec(ctx, "insert or replace into ops.sql_files (path, sha256, sql) values (?, ?, ?)", model.Path, model.Hash, model.SQL); err != nil {
			return fmt.Errorf("record the SQL: %w", err)
		}
	}
	return nil
}

// leaveBehind has the next refresh rebuild what reads the tables that were built, and was not chosen to be built now.
func (r *refresh) leaveBehind(ctx context.Context) error {
	behind := map[string]bool{}
	for _, model := range r.tree.Models { // each follows what it reads
		if r.plan.chosen(model.Task) || !slices.ContainsFunc(model.Reads, func(table string) bool { _, ran := r.job.ran(table); return ran || behind[table] }) {
			continue
		}
		behind[model.Table] = true
		if err := r.engine.exec(ctx, "delete from ops.sql_files where path = ?", model.Path); err != nil {
			return err
		}
	}
	if len(behind) > 0 {
		r.warn("the next refresh rebuilds what follows from this one: %s", strings.Join(slices.Sorted(maps.Keys(behind)), ", "))
	}
	return nil
}
