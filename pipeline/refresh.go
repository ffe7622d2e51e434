package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/fmcg/fmcg/pipeline/journal"
	"github.com/fmcg/fmcg/pipeline/lake"
)

// Result is what a refresh did.
type Result struct {
	Run       string        `json:"run"`
	Published bool          `json:"published"` // false: nothing new, the published file is untouched
	Warehouse string        `json:"warehouse"`
	Files     int           `json:"files_read"`
	Rows      int64         `json:"rows_read"`
	Duration  time.Duration `json:"duration_ns"`
	Checks    []CheckResult `json:"checks"`
	Moved     []string      `json:"moved"`
	Warnings  []string      `json:"warnings"`
	Plan      Plan          `json:"-"`
}

// refresh is one run of the job.
type refresh struct {
	config  Config
	run     string
	started time.Time
	asOf    time.Time       // "now" of what is written: started, but for a repair the start of the run that failed
	sample  []string        // months that a development build is limited to; nil: all
	reused  map[string]bool // tasks that a repair takes over; nil where it takes over nothing
	journal *journal.Writer
	lake    *lake.Lake
	tree    Tree
	state   published
	plan    Plan
	release release
	engine  *engine
	job     *job
	tasks   []*task

	lakeMutex sync.Mutex
	renew     func(context.Context) error // renews the engine's credentials; nil until a task reads

	mutex  sync.Mutex // of the journal and of result, which tasks write side by side
	result Result
}

// Refresh brings the warehouse up to date with the lake and the SQL tree: what is new is read, what follows from it is
// built in a private release, and if all checks hold the release is published in one step. In every case but success
// the published file stays as it was. It needs the lock of the warehouse and fails with the code Busy without it.
func Refresh(ctx context.Context, config Config) (result Result, err error) {
	config = config.withDefaults()
	r := &refresh{config: config, run: config.newRunID(), started: config.Now().UTC()}
	r.asOf = r.started
	r.result = Result{Run: r.run, Warehouse: config.Warehouse}
	unlock, err := acquire(ctx, config.Warehouse, config.holder(r.run))
	if err != nil {
		return r.result, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if config.Repair != "" {
		failed, err := findFailed(config.Warehouse, config.Repair)
		if err != nil {
			return r.result, err
		}
		r.asOf, r.config.Repair, r.config.Full, r.config.Tasks = failed.asOf, failed.id, failed.full, failed.tasks
	}
	if r.journal, err = journal.Create(filepath.Dir(config.Warehouse), r.run, config.Now); err != nil {
		return r.result, &Error{Op: "write the journal beside", Subject: config.Warehouse, Hint: "make the folder writable, or choose another with --warehouse", Err: err}
	}
	r.config.Lake.S3.Retrying = func(uri string, wait time.Duration, err error) {
		r.event(journal.Event{Kind: journal.Retry, Name: uri, Seconds: wait.Seconds(), Detail: firstLine(err.Error())})
	}
	r.event(journal.Event{Kind: journal.RunStarted, Name: config.Trigger, By: config.StartedBy, Parameters: r.parameters(), Repairs: r.config.Repair})
	stoppable, stop := r.stoppable(ctx)
	err = r.bringUpToDate(stoppable)
	if err != nil && stoppable.Err() != nil {
		err = context.Cause(stoppable)
	}
	stop()
	err = errors.Join(err, r.finish(err))
	return r.result, err
}

func (r *refresh) bringUpToDate(ctx context.Context) error {
	if err := r.look(ctx); err != nil {
		return err
	}
	if !r.plan.Empty() || r.config.withdrawal != nil || r.reused != nil {
		if err := r.build(ctx); err != nil {
			return err
		}
	}
	if r.config.MoveAfterLoad {
		r.move(ctx)
	}
	return nil
}

// step says what begins; it is also where a cancelled run stops between two statements.
func (r *refresh) step(ctx context.Context, name string) error {
	r.event(journal.Event{Kind: journal.Step, Name: name})
	return ctx.Err()
}

func (r *refresh) event(event journal.Event) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.journal == nil { // a plan and a development build leave no trace
		event.At, event.Run = r.config.Now().UTC(), r.run
		r.config.Observe(event)
		return
	}
	written, err := r.journal.Write(event)
	if err != nil {
		r.config.Log.Warn("journal not written", "err", err)
	}
	r.config.Observe(written)
}

func (r *refresh) warn(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	r.mutex.Lock()
	r.result.Warnings = append(r.result.Warnings, text)
	r.mutex.Unlock()
	r.event(journal.Event{Kind: journal.Warning, Detail: text})
}

// counted adds files that were read to the result.
func (r *refresh) counted(files int, rows int64) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.result.Files += files
	r.result.Rows += rows
}

// finish ends the journal and tidies up what an unpublished run leaves.
func (r *refresh) finish(failure error) error {
	r.result.Duration = r.config.Now().Sub(r.started)
	state, detail := journal.Succeeded, ""
	switch {
	case CodeOf(failure) == Cancelled:
		state, detail = journal.Cancelled, failure.Error()
	case failure != nil:
		state, detail = journal.Failed, failure.Error()
	case !r.result.Published:
		state = journal.UpToDate
	}
	var problems []error
	if r.engine != nil {
		problems = append(problems, r.engine.close())
	}
	switch {
	case r.release.dir == "" || r.release.isPublished():
	case failure != nil && r.hasFinishedTasks():
		problems = append(problems, r.release.leave())
	default:
		problems = append(problems, r.release.discard())
	}
	var place Error
	if operator := new(Error); errors.As(failure, &operator) {
		place = *operator
	}
	r.event(journal.Event{Kind: journal.RunFinished, State: state, Code: int(CodeOf(failure)), Name: place.Subject, Line: place.Line, Column: place.Column, Detail: detail, Files: r.result.Files, RowsRead: r.result.Rows, Seconds: r.result.Duration.Seconds()})
	problems = append(problems, r.journal.Close(), journal.Prune(filepath.Dir(r.config.Warehouse), r.config.KeepJournals))
	return errors.Join(problems...)
}

// hasFinishedTasks says that a repair could go on from this run.
func (r *refresh) hasFinishedTasks() bool {
	return len(r.reused) > 0 || slices.ContainsFunc(r.tasks, func(t *task) bool { return t.state == journal.Succeeded })
}

// Steps of a run, in order, as the journal names them.
const (
	StepLook       = "look at the lake"
	StepClone      = "clone the published release"
	StepMigrate    = "migrate"
	StepTasks      = "run the tasks"
	StepChecks     = "run the checks"
	StepRecord     = "record the run"
	StepCheckpoint = "write the file"
	StepVerify     = "verify it"
	StepPublish    = "publish"
	StepPrune      = "remove old releases"
	StepMove       = "move loaded order files"
)

// Steps are all steps of a run, in order.
var Steps = []string{StepLook, StepClone, StepMigrate, StepTasks, StepChecks, StepRecord, StepCheckpoint, StepVerify, StepPublish, StepPrune, StepMove}

// build makes the next release and publishes it, unless it turns out that nothing is new.
func (r *refresh) build(ctx context.Context) error {
	if err := r.clone(ctx); err != nil {
		return err
	}
	if err := r.runJob(ctx); err != nil {
		return err
	}
	if r.nothingNew() {
		return nil
	}
	if err := r.check(ctx); err != nil {
		return err
	}
	if err := r.record(ctx); err != nil {
		return err
	}
	return r.publish(ctx)
}

// clone opens the private build: a copy of the published release, or an empty file for a full rebuild.
func (r *refresh) clone(ctx context.Context) (err error) {
	if err := r.step(ctx, StepClone); err != nil {
		return err
	}
	if r.reused == nil {
		r.release = newRelease(r.config.Warehouse, r.run)
		from := r.state.Release
		if r.plan.Full {
			from = ""
		}
		if err := r.release.begin(from, runOfRelease(r.state.Release)); err != nil {
			return err
		}
	}
	return r.openBuild(ctx)
}

// openBuild opens the build and brings its schema up to date.
func (r *refresh) openBuild(ctx context.Context) error {
	if err := r.openFile(ctx); err != nil {
		return err
	}
	if err := r.step(ctx, StepMigrate); err != nil {
		return err
	}
	if _, err := r.engine.migrate(ctx, r.tree.Migrations); err != nil {
		return err
	}
	if err := r.tree.resolve(ctx, r.engine); err != nil {
		return err
	}
	if r.plan.Full && r.state.Release != "" {
		if err := r.engine.carryHistory(ctx, r.state.Release); err != nil {
			return err
		}
	}
	return extractCorrections(r.tree, r.release.spool())
}

// openFile opens the build for writing.
func (r *refresh) openFile(ctx context.Context) (err error) {
	settings := r.config.Engine
	if settings.SpillDir == "" {
		settings.SpillDir = r.release.spill()
	}
	if r.engine, err = openEngine(ctx, r.release.path, false, settings); err != nil {
		return err
	}
	// Few checkpoints, at the end: writing is what a refresh spends its time on.
	return r.engine.exec(ctx, "set checkpoint_threshold = '1TB'")
}

// writeFile writes all of the build into its file and lets go of it.
func (r *refresh) writeFile(ctx context.Context) error {
	err := r.engine.exec(ctx, "checkpoint")
	err = errors.Join(err, r.engine.close())
	r.engine = nil
	if err != nil {
		return &Error{Op: "write", Subject: r.release.path, Hint: "check the free space; nothing was published", Err: err}
	}
	return nil
}

// carryHistory brings what a rebuild cannot derive from the lake: the history of runs, and what was withdrawn.
func (e *engine) carryHistory(ctx context.Context, former string) error {
	if err := e.exec(ctx, "attach "+quoteText(former)+" as former (read_only)"); err != nil {
		return err
	}
	for _, statement := range []string{
		"insert into ops.runs by name from former.ops.runs",
		"insert into ops.run_tasks by name from former.ops.run_tasks",
		"insert into ops.check_results by name from former.ops.check_results",
		"insert into ops.files by name select * replace (case when state = 'withdrawn' then state else 'replaced' end as state) from former.ops.files",
		"detach former",
	} {
		if err := e.exec(ctx, statement); err != nil {
			return fmt.Errorf("carry the history over: %w", err)
		}
	}
	return nil
}

// check runs the checks; those that look at order lines look at the months that were built.
func (r *refresh) check(ctx context.Context) error {
	if err := r.step(ctx, StepChecks); err != nil {
		return err
	}
	if done, _ := r.job.ran(ordersModel); !done.all && r.reused == nil {
		if err := r.engine.setScope(ctx, nil, append([]string{}, slices.Sorted(maps.Keys(done.months))...)); err != nil {
			return err
		}
	}
	done := func(result CheckResult) {
		r.event(journal.Event{Kind: journal.CheckDone, Name: result.Name, State: result.State(), Severity: string(result.Severity), Rows: result.FailingRows})
	}
	results, err := r.engine.runChecks(ctx, r.tree, done)
	if r.result.Checks = results; err == nil {
		err = checksError(results)
	}
	if err != nil {
		return err // what stands on rows that are wrong is not asked for
	}
	ofFile, err := r.checkFile(ctx, done)
	if err != nil {
		return err
	}
	r.result.Checks = append(results, ofFile...)
	return checksError(ofFile)
}

// ordersModel is the one model whose rows are too many to check all of them each night.
const ordersModel = "silver.orders"

// publish writes the file, looks at it as a reader would, and makes it the warehouse.
func (r *refresh) publish(ctx context.Context) error {
	if err := r.step(ctx, StepCheckpoint); err != nil {
		return err
	}
	if err := r.writeFile(ctx); err != nil {
		return err
	}
	if err := r.step(ctx, StepVerify); err != nil {
		return err
	}
	if err := verify(ctx, r.release.path, r.config.Engine); err != nil {
		return err
	}
	if err := r.release.seal(); err != nil {
		return err
	}
	if err := r.step(ctx, StepPublish); err != nil {
		return err
	}
	setAside, err := r.release.publish()
	for _, log := range setAside {
		r.warn("a client had the file open for writing; its log is set aside as %s and never replayed", log)
	}
	if err != nil {
		return err
	}
	r.result.Published = true
	r.event(journal.Event{Kind: journal.Step, Name: StepPrune})
	if _, err := prune(r.config.Warehouse, r.config.KeepReleases); err != nil {
		r.warn("old releases are not removed: %v", err)
	}
	return nil
}

// move moves loaded order files out of landing/ once they are published. What fails is tried again next time.
func (r *refresh) move(ctx context.Context) {
	r.event(journal.Event{Kind: journal.Step, Name: StepMove})
	state, err := readPublished(ctx, r.config.Warehouse, r.config.Engine)
	if err != nil {
		r.warn("order files are not moved: %v", err)
		return
	}
	loaded := slices.DeleteFunc(slices.Clone(r.plan.Listing.Files), func(file lake.File) bool {
		row := state.Ledger[fileKey{file.Table, file.Name}]
		return file.Table != ordersTable || row.State != stateLoaded || row.Size != file.Size || row.ETag != file.ETag || lake.Processed(file)
	})
	for _, file := range append(loaded, r.plan.Listing.HalfMoved()...) {
		if _, err := r.lake.Move(ctx, file); err != nil {
			r.warn("%s is not moved: %v", file.URI, err)
			continue
		}
		r.result.Moved = append(r.result.Moved, file.Name)
	}
}
