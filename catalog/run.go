package catalog

import (
	"fmt"
	"slices"
	"time"

	"github.com/fmcg/fmcg/pipeline/journal"
)

// What the job is called and which tasks it has, in order: a journal tells of a task only when it starts.
const jobName = "FMCG INCREMENTAL UPDATE"

var jobTasks = []string{"dim_processing_customer", "dim_processing_products", "dim_processing_prices", "fact_processing_orders"}

// Triggers of runs that are no refresh. A rollback runs no task.
const (
	RollbackTrigger = "rollback"
	WithdrawTrigger = "withdraw"
)

// Run is one run of the job, as far as its events tell: a run in progress and one that ended years ago have the same shape.
// The zero value is a run of which nothing is known yet; Apply adds an event. Times are UTC.
type Run struct {
	ID              string         `json:"id"`
	Job             string         `json:"job"`
	State           string         `json:"state"` // one of the journal's states
	Trigger         string         `json:"trigger"`
	StartedBy       string         `json:"started_by"`
	StartedAt       time.Time      `json:"started_at"`
	FinishedAt      *time.Time     `json:"finished_at"` // nil while it runs
	Seconds         float64        `json:"seconds"`     // up to the last event while it runs
	Files           int            `json:"files"`
	RowsRead        int64          `json:"rows_read"`
	RowsQuarantined int64          `json:"rows_quarantined"` // rows in quarantine when it ended
	Parameters      map[string]any `json:"parameters"`
	ErrorCode       int            `json:"error_code,omitempty"` // exit code of the program
	Error           string         `json:"error,omitempty"`
	ErrorFile       string         `json:"error_file,omitempty"` // SQL file
	ErrorLine       int            `json:"error_line,omitempty"` // in it
	Repairs         string         `json:"repairs,omitempty"`    // the run that it goes on from
	RepairedBy      []string       `json:"repaired_by,omitempty"`
	CancelledBy     string         `json:"cancelled_by,omitempty"` // who asked for it, and how; known as soon as it was asked for
	CancelledAt     *time.Time     `json:"cancelled_at,omitempty"`
	Step            string         `json:"step,omitempty"` // the last step begun
	LastEventAt     time.Time      `json:"last_event_at"`
	Tasks           []Task         `json:"tasks"`
	Models          []ModelRun     `json:"sql_files"`
	FilesRead       []FileRead     `json:"files_read"`
	Checks          []RunCheck     `json:"checks"`
	Quarantine      []Quarantine   `json:"quarantine"`
	Warnings        []string       `json:"warnings"`
	Retries         []Retry        `json:"retries"`
}

// Task is a task of a run. Files and Models are how many it reads and builds at most, Done how many of both it has.
type Task struct {
	Name        string     `json:"task"`
	State       string     `json:"state"`
	StartedAt   *time.Time `json:"started_at"`
	FinishedAt  *time.Time `json:"finished_at"`
	Files       int        `json:"files"`
	Models      int        `json:"sql_files"`
	Done        int        `json:"done"`
	RowsRead    int64      `json:"rows_read"`
	RowsWritten int64      `json:"rows_written"`
	Error       string     `json:"error,omitempty"`
	Now         string     `json:"now,omitempty"` // the SQL file that runs, or the file read last
}

// ModelRun is a SQL file that was run.
type ModelRun struct {
	File    string  `json:"file"`
	Task    string  `json:"task,omitempty"`
	State   string  `json:"state"`
	Rows    int64   `json:"rows"`
	Seconds float64 `json:"seconds"`
}

// FileRead is a file of the lake that was read.
type FileRead struct {
	Name     string `json:"file"`
	Task     string `json:"task,omitempty"`
	Rows     int64  `json:"rows"`
	Rejected string `json:"rejected,omitempty"` // why
}

// RunCheck is the result of a check.
type RunCheck struct {
	Name        string `json:"check" db:"check_name"`
	Severity    string `json:"severity" db:"severity"`
	State       string `json:"state" db:"state"` // held or failed
	FailingRows int64  `json:"failing_rows" db:"failing_rows"`
}

// Retry is something that was tried again.
type Retry struct {
	At      time.Time `json:"at"`
	Task    string    `json:"task,omitempty"`
	What    string    `json:"what"`
	Seconds float64   `json:"after_seconds"`
	Error   string    `json:"error"`
}

// Apply adds the next event of the run. What comes after the end of a run changes nothing.
func (r *Run) Apply(event journal.Event) {
	if r.FinishedAt != nil {
		return
	}
	if r.State == "" {
		r.ID, r.Job, r.State, r.StartedAt = event.Run, jobName, journal.Running, event.At
	}
	r.LastEventAt, r.Seconds = event.At, event.At.Sub(r.StartedAt).Seconds()
	switch event.Kind {
	case journal.RunStarted:
		r.Trigger, r.StartedBy, r.Parameters, r.Repairs = event.Name, event.By, event.Parameters, event.Repairs
		if r.Trigger != RollbackTrigger {
			for _, name := range jobTasks {
				r.task(name)
			}
		}
	case journal.Step:
		r.Step = event.Name
	case journal.TaskStarted:
		if task := r.task(event.Task); task != nil {
			task.start(event.At)
			task.Files, task.Models = event.Files, event.Models
		}
	case journal.FileRead:
		r.FilesRead = append(r.FilesRead, FileRead{Name: event.Name, Task: event.Task, Rows: event.Rows, Rejected: event.Detail})
		r.Files, r.RowsRead = r.Files+1, r.RowsRead+event.Rows
		if task := r.task(event.Task); task != nil {
			task.Done, task.RowsRead, task.Now = task.Done+1, task.RowsRead+event.Rows, event.Name
		}
	case journal.ModelStarted:
		r.Models = append(r.Models, ModelRun{File: event.Name, Task: event.Task, State: journal.Running})
		if task := r.task(event.Task); task != nil {
			task.Now = event.Name
		}
	case journal.ModelBuilt:
		model := r.model(event)
		model.State, model.Rows, model.Seconds = journal.Succeeded, event.Rows, event.Seconds
		if task := r.task(event.Task); task != nil {
			task.Done, task.RowsWritten = task.Done+1, task.RowsWritten+event.Rows
		}
	case journal.TaskFinished:
		if task := r.task(event.Task); task != nil {
			task.finish(event)
		}
	case journal.Retry:
		r.Retries = append(r.Retries, Retry{At: event.At, Task: event.Task, What: event.Name, Seconds: event.Seconds, Error: event.Detail})
	case journal.CheckDone:
		r.Checks = append(r.Checks, RunCheck{Name: event.Name, Severity: event.Severity, State: event.State, FailingRows: event.Rows})
	case journal.Quarantined:
		r.Quarantine = append(r.Quarantine, Quarantine{Table: event.Name, Reason: event.State, Rows: event.Rows})
		r.RowsQuarantined += event.Rows
	case journal.Warning:
		r.Warnings = append(r.Warnings, event.Detail)
	case journal.CancelRequested:
		at := event.At
		r.CancelledBy, r.CancelledAt = event.By, &at
		if event.Detail != "" {
			r.CancelledBy += " (" + event.Detail + ")"
		}
	case journal.RunFinished:
		r.Files, r.RowsRead = max(r.Files, event.Files), max(r.RowsRead, event.RowsRead)
		r.ErrorCode, r.Error, r.ErrorFile, r.ErrorLine = event.Code, event.Detail, event.Name, event.Line
		r.end(event.State, event.At)
		if event.Seconds > 0 {
			r.Seconds = event.Seconds
		}
	}
}

// end settles what was going on when the run ended: what ran shares its fate, what waited was not needed or not reached.
func (r *Run) end(state string, at time.Time) {
	r.State, r.FinishedAt = state, &at
	if state == journal.Succeeded && !slices.ContainsFunc(r.Tasks, func(task Task) bool { return task.State != journal.Pending }) {
		r.Tasks = nil // its journal does not tell of tasks; ops.run_tasks does
	}
	ended := state
	waiting := journal.Skipped
	if state == journal.Succeeded || state == journal.UpToDate {
		ended, waiting = journal.Succeeded, journal.UpToDate
	}
	for i := range r.Tasks {
		switch task := &r.Tasks[i]; task.State {
		case journal.Running:
			task.State, task.FinishedAt = ended, &at
		case journal.Pending:
			task.State = waiting
		}
	}
	for i := range r.Models {
		if r.Models[i].State == journal.Running {
			r.Models[i].State = ended
		}
	}
}

// death is the end that a process which died could not write itself.
func (r *Run) death() journal.Event {
	return journal.Event{At: r.LastEventAt, Run: r.ID, Kind: journal.RunFinished, State: journal.Failed, Code: 1,
		Detail: fmt.Sprintf("its process died at %s, or soon after; the published file is as it was, run it again", r.LastEventAt.UTC().Format(time.RFC3339))}
}

// task returns a task of the run, which is pending when it is named for the first time; nil where none is named.
func (r *Run) task(name string) *Task {
	if name == "" {
		return nil
	}
	i := slices.IndexFunc(r.Tasks, func(task Task) bool { return task.Name == name })
	if i < 0 {
		r.Tasks, i = append(r.Tasks, Task{Name: name, State: journal.Pending}), len(r.Tasks)
	}
	return &r.Tasks[i]
}

func (t *Task) start(at time.Time) { t.State, t.StartedAt, t.FinishedAt = journal.Running, &at, nil }

func (t *Task) finish(event journal.Event) {
	at := event.At
	t.State, t.Error, t.Now = event.State, event.Detail, ""
	t.RowsRead, t.RowsWritten = max(t.RowsRead, event.RowsRead), max(t.RowsWritten, event.Rows)
	if t.StartedAt != nil { // a task that was skipped or up to date took no time
		t.FinishedAt = &at
	}
}

// model returns the running model of an event, or a new one where its start was not told.
func (r *Run) model(event journal.Event) *ModelRun {
	for i := range r.Models {
		if r.Models[i].File == event.Name && r.Models[i].State == journal.Running {
			return &r.Models[i]
		}
	}
	r.Models = append(r.Models, ModelRun{File: event.Name, Task: event.Task})
	return &r.Models[len(r.Models)-1]
}
