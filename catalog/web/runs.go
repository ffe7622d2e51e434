package web

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"net/http"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/pipeline/journal"
)

// How many runs are listed.
const (
	usualRuns = 50
	mostRuns  = 500
)

// runStates are those that a run may be in.
var runStates = []string{journal.Running, journal.Succeeded, journal.UpToDate, journal.Failed, journal.Cancelled}

// runsAsked are the runs that are asked for.
type runsAsked struct {
	State  string // "": all
	Before string // only runs older than this one
	Limit  int
}

func runsAskedBy(v *visit) (runsAsked, error) {
	values := v.URL.Query()
	asked := runsAsked{State: values.Get("state"), Before: values.Get("before"), Limit: usualRuns}
	if asked.State != "" && !slices.Contains(runStates, asked.State) {
		return asked, badRequest.because("state %q", asked.State)
	}
	if given := values.Get("limit"); given != "" {
		var err error
		if asked.Limit, err = strconv.Atoi(given); err != nil || asked.Limit < 1 || asked.Limit > mostRuns {
			return asked, badRequest.because("limit %q", given)
		}
	}
	return asked, nil
}

// runList is a part of the history, newest first.
type runList struct {
	Runs   []runLine `json:"runs"`
	Next   string    `json:"next"` // the run before which the list goes on; "": it ends
	Median median    `json:"median"`
}

// median is what durations are held against.
type median struct {
	Seconds float64 `json:"seconds"` // 0: of too few runs
	Runs    int     `json:"of_runs"`
}

// runLine is a run in a list.
type runLine struct {
	ID              string     `json:"id"`
	State           string     `json:"state"`
	Trigger         string     `json:"trigger"`
	StartedBy       string     `json:"started_by"`
	StartedAt       time.Time  `json:"started_at"`
	FinishedAt      *time.Time `json:"finished_at"`
	Seconds         float64    `json:"seconds"`
	Files           int        `json:"files"`
	RowsRead        int64      `json:"rows_read"`
	RowsQuarantined int64      `json:"rows_quarantined"`
	ErrorCode       int        `json:"error_code"`
	Error           string     `json:"error"`
	Repairs         string     `json:"repairs"`
	RepairedBy      []string   `json:"repaired_by"`
	Tasks           []taskLine `json:"tasks"`
}

type taskLine struct {
	Name  string `json:"task"`
	State string `json:"state"`
}

// TaskState is the state of a task, "" where the run does not tell.
func (l runLine) TaskState(name string) string {
	for _, task := range l.Tasks {
		if task.Name == name {
			return task.State
		}
	}
	return ""
}

func lineOf(run catalog.Run) runLine {
	line := runLine{ID: run.ID, State: run.State, Trigger: run.Trigger, StartedBy: run.StartedBy, StartedAt: run.StartedAt, FinishedAt: run.FinishedAt,
		Seconds: run.Seconds, Files: run.Files, RowsRead: run.RowsRead, RowsQuarantined: run.RowsQuarantined, ErrorCode: run.ErrorCode, Error: run.Error,
		Repairs: run.Repairs, RepairedBy: orEmpty(run.RepairedBy), Tasks: []taskLine{}}
	for _, task := range run.Tasks {
		line.Tasks = append(line.Tasks, taskLine{task.Name, task.State})
	}
	return line
}

// listRuns reads the history as far as it is asked for.
func (s *Server) listRuns(ctx context.Context, asked runsAsked) (list runList, err error) {
	list.Runs = []runLine{}
	history, err := catalog.OpenHistory(ctx, s.config.Warehouse)
	if err != nil {
		return list, err
	}
	defer func() { err = errors.Join(err, history.Close()) }()
	for run, err := range history.All(ctx) {
		if err != nil {
			return list, err
		}
		if asked.Before != "" && run.ID >= asked.Before || asked.State != "" && run.State != asked.State {
			continue
		}
		if len(list.Runs) == asked.Limit {
			list.Next = list.Runs[len(list.Runs)-1].ID
			break
		}
		if len(run.Tasks) == 0 {
			if err := history.Complete(ctx, &run); err != nil {
				return list, err
			}
		}
		list.Runs = append(list.Runs, lineOf(s.shown(run)))
	}
	list.Median = medianOf(history.All(ctx))
	return list, nil
}

// medianOf takes the median of a history as far as it can be read.
func medianOf(all iter.Seq2[catalog.Run, error]) median {
	seconds, of := catalog.MedianDuration(func(yield func(catalog.Run) bool) {
		for run, err := range all {
			if err == nil && !yield(run) {
				return
			}
		}
	})
	return median{seconds.Seconds(), of}
}

// runDetail is all that is known of a run.
type runDetail struct {
	Run    catalog.Run `json:"run"`
	Median median      `json:"median"`
	SQL    *failedSQL  `json:"error_sql"` // null where no SQL failed, or it is not known
}

// failedSQL is the SQL that a run failed in, as it is now.
type failedSQL struct {
	File string `json:"file"`
	Line int    `json:"line"` // 0: not known
	Text string `json:"text"`
}

// readRun reads a run by its id, or the beginning of it. One that is going is read from its journal alone.
func (s *Server) readRun(ctx context.Context, prefix string) (detail runDetail, err error) {
	if holder, isRunning := journal.RunningNow(s.config.Warehouse); isRunning && holder.Run == prefix {
		run, err := catalog.ReadRun(s.config.Warehouse, prefix)
		if err == nil && run.FinishedAt == nil {
			detail.Run = s.shown(run)
			return detail, nil
		}
	}
	history, err := catalog.OpenHistory(ctx, s.config.Warehouse)
	if err != nil {
		return detail, err
	}
	defer func() { err = errors.Join(err, history.Close()) }()
	id, err := history.Find(prefix)
	if err != nil {
		return detail, refusedRun(err)
	}
	run, err := history.Run(ctx, id)
	if err != nil {
		return detail, refusedRun(err)
	}
	detail.Run, detail.Median = s.shown(run), medianOf(history.All(ctx))
	detail.SQL = s.failedSQL(ctx, run)
	return detail, nil
}

// findRun is the whole id of a run.
func (v *visit) findRun(prefix string) (string, error) {
	history, err := catalog.OpenHistory(v.Context(), v.server.config.Warehouse)
	if err != nil {
		return "", err
	}
	id, err := history.Find(prefix)
	return id, errors.Join(refusedRun(err), history.Close())
}

func refusedRun(err error) error {
	if errors.Is(err, catalog.ErrUnknownRun) || errors.Is(err, catalog.ErrAmbiguousRun) {
		return noSuchRun.because("%w", err)
	}
	return err
}

var noSuchRun = refusal{status: http.StatusNotFound, code: "no_such_run"}

// failedSQL finds the SQL that a run failed in.
func (s *Server) failedSQL(ctx context.Context, run catalog.Run) *failedSQL {
	if path.Ext(run.ErrorFile) != ".sql" {
		return nil
	}
	found := failedSQL{File: run.ErrorFile, Line: run.ErrorLine}
	if tree := s.config.Operations.SQL; tree != nil {
		if text, err := fs.ReadFile(tree, strings.TrimPrefix(run.ErrorFile, "sql/")); err == nil {
			found.Text = string(text)
			return &found
		}
	}
	text, known := s.job(ctx).SQLOf(run.ErrorFile)
	if found.Text = text; !known {
		return nil
	}
	return &found
}

// shown is a run as a client may see it: without the folder that the warehouse lies in, and with lists where it has none.
func (s *Server) shown(run catalog.Run) catalog.Run {
	plain := s.plain
	run.Error, run.ErrorFile = plain(run.Error), plain(run.ErrorFile)
	run.Tasks, run.Warnings, run.Retries = slices.Clone(run.Tasks), slices.Clone(run.Warnings), slices.Clone(run.Retries)
	for i := range run.Tasks {
		run.Tasks[i].Error = plain(run.Tasks[i].Error)
	}
	for i := range run.Warnings {
		run.Warnings[i] = plain(run.Warnings[i])
	}
	for i := range run.Retries {
		run.Retries[i].Error = plain(run.Retries[i].Error)
	}
	run.Tasks, run.Models, run.FilesRead, run.Checks = listed(run.Tasks), listed(run.Models), listed(run.FilesRead), listed(run.Checks)
	run.Quarantine, run.Warnings, run.Retries = listed(run.Quarantine), listed(run.Warnings), listed(run.Retries)
	if run.Parameters == nil {
		run.Parameters = map[string]any{}
	}
	return run
}

// plain is a text without the folder that the warehouse lies in.
func (s *Server) plain(text string) string {
	if dir, err := filepath.Abs(filepath.Dir(s.config.Warehouse)); err == nil {
		text = strings.ReplaceAll(text, dir+string(filepath.Separator), "")
	}
	return text
}

// listed is a list that may be empty, but is there.
func listed[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

// jobs keeps what the job is, as the release published last says.
type jobs struct {
	sync.Mutex
	release string
	job     catalog.Job
}

// job is the job as the published file defines it; its tasks alone where none does.
func (s *Server) job(ctx context.Context) catalog.Job {
	warehouse, err := catalog.Open(ctx, s.config.Warehouse)
	if err != nil {
		return catalog.UndefinedJob()
	}
	defer func() { _ = warehouse.Close() }()
	s.jobs.Lock()
	defer s.jobs.Unlock()
	if s.jobs.release == warehouse.Release {
		return s.jobs.job
	}
	job, err := warehouse.Job(ctx, nil)
	if err != nil {
		if ctx.Err() == nil && !errors.Is(err, catalog.ErrNoSQL) {
			s.log.Warn("cannot read the job", "file", warehouse.Release, "error", err)
		}
		return job
	}
	s.jobs.release, s.jobs.job = warehouse.Release, job
	return job
}
