package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fmcg/fmcg/pipeline/journal"
)

// Errors of History.Find.
var (
	ErrUnknownRun   = errors.New("no such run")
	ErrAmbiguousRun = errors.New("more than one run begins so")
)

// History is what is known of past runs and the running one: the journals beside the warehouse, and the published file's
// own account of published runs whose journal is gone. A journal is read when its run is asked for.
type History struct {
	warehouse string
	ids       []string // newest first
	published map[string]publishedRun
	file      *Warehouse // nil: nothing is published
}

// publishedRun is a row of ops.runs.
type publishedRun struct {
	ID              string     `db:"run_id"`
	Job             string     `db:"job"`
	Trigger         string     `db:"trigger"`
	StartedBy       string     `db:"started_by"`
	Parameters      string     `db:"parameters"`
	State           string     `db:"state"`
	StartedAt       time.Time  `db:"started_at"`
	FinishedAt      *time.Time `db:"finished_at"`
	Files           int        `db:"files_loaded"`
	RowsRead        int64      `db:"rows_read"`
	RowsQuarantined int64      `db:"rows_quarantined"`
}

// OpenHistory opens the history of a warehouse, which may not be published yet.
func OpenHistory(ctx context.Context, warehouse string) (*History, error) {
	h := &History{warehouse: warehouse, published: map[string]publishedRun{}}
	var err error
	if h.ids, err = journal.Runs(h.dir()); err != nil {
		return nil, fmt.Errorf("list the journals of %s: %w", warehouse, err)
	}
	h.file, err = Open(ctx, warehouse)
	if errors.Is(err, ErrNothingPublished) {
		return h, nil
	}
	if err != nil {
		return nil, err
	}
	var rows []publishedRun
	if err := h.file.db.SelectContext(ctx, &rows, `select run_id, job, trigger, started_by, cast(parameters as varchar) as parameters, state,
		started_at, finished_at, files_loaded, rows_read, rows_quarantined from ops.runs`); err != nil {
		return nil, errors.Join(fmt.Errorf("read the runs of %s: %w", warehouse, err), h.Close())
	}
	for _, row := range rows {
		h.published[row.ID] = row
		h.ids = append(h.ids, row.ID)
	}
	slices.Sort(h.ids)
	h.ids = slices.Compact(h.ids)
	slices.Reverse(h.ids)
	return h, nil
}

func (h *History) dir() string { return filepath.Dir(h.warehouse) }

// Close lets go of the published file.
func (h *History) Close() error {
	if h.file == nil {
		return nil
	}
	return h.file.Close()
}

// IDs are the ids of the runs, newest first.
func (h *History) IDs() []string { return h.ids }

// Find returns the id that begins with a prefix. The error is ErrUnknownRun or ErrAmbiguousRun, and says which.
func (h *History) Find(prefix string) (string, error) {
	if slices.Contains(h.ids, prefix) {
		return prefix, nil
	}
	var found []string
	for _, id := range h.ids {
		if strings.HasPrefix(id, prefix) {
			found = append(found, id)
		}
	}
	switch {
	case len(found) == 0:
		return "", fmt.Errorf("%s: %w; fmcg runs lists them", prefix, ErrUnknownRun)
	case len(found) > 1:
		const most = 3
		named := strings.Join(found[:min(len(found), most)], ", ")
		if len(found) > most {
			named += fmt.Sprintf(" and %d more", len(found)-most)
		}
		return "", fmt.Errorf("%s: %w: %s; give more of its id", prefix, ErrAmbiguousRun, named)
	}
	return found[0], nil
}

// All yields the runs, newest first. Each is read as it is asked for, with the repairs of it that are newer.
func (h *History) All(ctx context.Context) iter.Seq2[Run, error] {
	return func(yield func(Run, error) bool) {
		repairedBy := map[string][]string{}
		for _, id := range h.ids {
			run, err := h.read(ctx, id)
			if errors.Is(err, fs.ErrNotExist) {
				continue // its journal was removed meanwhile
			}
			run.RepairedBy = repairedBy[id]
			if run.Repairs != "" {
				repairedBy[run.Repairs] = append([]string{id}, repairedBy[run.Repairs]...)
			}
			if !yield(run, err) || err != nil {
				return
			}
		}
	}
}

// Run returns one run, by its whole id, and everything that is known of it.
func (h *History) Run(ctx context.Context, id string) (Run, error) {
	for run, err := range h.All(ctx) {
		if err != nil {
			return run, err
		}
		if run.ID == id {
			return run, h.Complete(ctx, &run)
		}
	}
	return Run{}, fmt.Errorf("%s: %w", id, ErrUnknownRun)
}

// read reads a run from its journal, or else from the published file.
func (h *History) read(ctx context.Context, id string) (Run, error) {
	row, isPublished := h.published[id]
	run, err := ReadRun(h.warehouse, id)
	if errors.Is(err, fs.ErrNotExist) && isPublished {
		return row.run()
	}
	if err == nil && isPublished && len(run.Quarantine) == 0 {
		run.RowsQuarantined = row.RowsQuarantined
	}
	return run, err
}

// ReadRun reads a run from its journal. One without an end whose process is gone has failed.
func ReadRun(warehouse, id string) (Run, error) {
	run, err := fold(warehouse, id)
	if err != nil || run.FinishedAt != nil {
		return run, err
	}
	// A run holds the lock for longer than it writes its journal: without the lock it is over, and what its journal says
	// now is all that it will ever say.
	if holder, isRunning := journal.RunningNow(warehouse); isRunning && holder.Run == id {
		return run, nil
	}
	if run, err = fold(warehouse, id); err == nil && run.FinishedAt == nil {
		run.Apply(run.death())
	}
	return run, err
}

func fold(warehouse, id string) (Run, error) {
	events, err := journal.Read(filepath.Dir(warehouse), id)
	if err != nil {
		return Run{}, fmt.Errorf("read the journal of run %s: %w", id, err)
	}
	run := Run{ID: id, Job: jobName}
	for _, event := range events {
		run.Apply(event)
	}
	if len(events) == 0 { // it died before its first line was whole
		run.StartedAt, _ = time.Parse("20060102T150405", id[:min(len(id), len("20060102T150405"))])
		run.State, run.LastEventAt = journal.Running, run.StartedAt
	}
	return run, nil
}

func (p publishedRun) run() (Run, error) {
	run := Run{ID: p.ID, Job: p.Job, State: p.State, Trigger: p.Trigger, StartedBy: p.StartedBy, StartedAt: p.StartedAt, FinishedAt: p.FinishedAt,
		Files: p.Files, RowsRead: p.RowsRead, RowsQuarantined: p.RowsQuarantined, LastEventAt: p.StartedAt}
	if p.FinishedAt != nil {
		run.Seconds, run.LastEventAt = p.FinishedAt.Sub(p.StartedAt).Seconds(), *p.FinishedAt
	}
	if err := json.Unmarshal([]byte(p.Parameters), &run.Parameters); err != nil {
		return run, fmt.Errorf("read the parameters of run %s: %w", p.ID, err)
	}
	return run, nil
}

// Complete adds what only the published file knows: the tasks and checks of a run whose journal does not tell them.
func (h *History) Complete(ctx context.Context, run *Run) error {
	if _, isPublished := h.published[run.ID]; !isPublished {
		return nil
	}
	if !slices.ContainsFunc(run.Tasks, func(task Task) bool { return task.StartedAt != nil }) {
		var tasks []struct {
			Name       string     `db:"task"`
			State      string     `db:"state"`
			StartedAt  *time.Time `db:"started_at"`
			FinishedAt *time.Time `db:"finished_at"`
			Read       int64      `db:"rows_read"`
			Written    int64      `db:"rows_written"`
		}
		if err := h.file.db.SelectContext(ctx, &tasks, `select task, state, started_at, finished_at, rows_read, rows_written
			from ops.run_tasks where run_id = ? order by started_at nulls last, task`, run.ID); err != nil {
			return fmt.Errorf("read the tasks of run %s: %w", run.ID, err)
		}
		if len(tasks) > 0 {
			run.Tasks = nil
		}
		for _, task := range tasks {
			run.Tasks = append(run.Tasks, Task{Name: task.Name, State: task.State, StartedAt: task.StartedAt, FinishedAt: task.FinishedAt,
				RowsRead: task.Read, RowsWritten: task.Written})
		}
	}
	if len(run.Checks) == 0 {
		if err := h.file.db.SelectContext(ctx, &run.Checks, `select check_name, severity, state, failing_rows
			from ops.check_results where run_id = ? order by check_name`, run.ID); err != nil {
			return fmt.Errorf("read the checks of run %s: %w", run.ID, err)
		}
	}
	return nil
}

// How many runs a median is taken of, and how few make none.
const (
	medianOf    = 20
	medianLeast = 3
)

// MedianDuration returns the median duration of the newest 20 of some runs, newest first, that published what was new in
// the lake, and how many there were. Full rebuilds, repairs, withdrawals and rollbacks take another time by their nature
// and do not count. Of fewer than 3 runs it is 0: they say nothing of the next.
func MedianDuration(runs iter.Seq[Run]) (median time.Duration, of int) {
	var seconds []float64
	for run := range runs {
		if !run.counts() {
			continue
		}
		if seconds = append(seconds, run.Seconds); len(seconds) == medianOf {
			break
		}
	}
	of = len(seconds)
	if of < medianLeast {
		return 0, of
	}
	slices.Sort(seconds)
	middle := (seconds[(of-1)/2] + seconds[of/2]) / 2
	return time.Duration(middle * float64(time.Second)), of
}

// counts says whether the duration of a run is one to compare with.
func (r Run) counts() bool {
	full, _ := r.Parameters["full"].(bool)
	return r.State == journal.Succeeded && r.Repairs == "" && !full && r.Trigger != RollbackTrigger && r.Trigger != WithdrawTrigger
}
