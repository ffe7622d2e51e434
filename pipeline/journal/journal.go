// Package journal keeps the events of a run, as they happen, in a file beside the warehouse: JSON lines, append-only,
// one file a run. It exists because nobody can read a database that is being written, and because a run that failed
// leaves no trace in the published file. Beside it lies the lock of the warehouse, which says whose run is in progress (lock.go),
// and what people did to the job: one file of acts for all (acts.go).
// Both sides may import it: pipeline writes, catalog reads.
package journal

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Folder is the name of the journal's folder beside the warehouse.
const Folder = "journal"

const extension = ".jsonl"

// Kinds of events, with the fields that they use beside At, Run and Kind.
const (
	RunStarted      = "run_started"      // Name: trigger; By; Parameters; Repairs
	Step            = "step"             // Name: what begins
	TaskStarted     = "task_started"     // Task; Files, Models: how many it will read and build at most
	FileRead        = "file_read"        // Task; Name: the file; Rows: records in it; Detail: why it is rejected, if it is
	ModelStarted    = "model_started"    // Task; Name: the SQL file
	ModelBuilt      = "model_built"      // Task; Name: the SQL file; Rows: rows written; Seconds
	TaskFinished    = "task_finished"    // Task; State; Rows: rows written; RowsRead; Seconds; Detail: the error, if any
	Retry           = "retry"            // Task; Name: what is tried again; Seconds: after this wait; Detail: what went wrong
	CheckDone       = "check_done"       // Name: the check; State: held or failed; Severity; Rows: failing rows
	Quarantined     = "quarantined"      // Name: bronze table; State: reason; Rows: rows in quarantine at the end of the run
	Warning         = "warning"          // Detail
	CancelRequested = "cancel_requested" // By: who; Detail: how
	RunFinished     = "run_finished"     // State; Code, Name, Line, Column, Detail: the error, if any; Files, RowsRead, Seconds
)

// States of runs and tasks. Pending and Running are never written: they are what a journal without an end says.
const (
	Pending   = "pending"
	Running   = "running"
	Succeeded = "succeeded"
	Failed    = "failed"
	Cancelled = "cancelled"
	Skipped   = "skipped"    // a task that it needs failed
	UpToDate  = "up to date" // there was nothing new for it
)

// Event is one line of a journal.
type Event struct {
	At         time.Time      `json:"at"`
	Run        string         `json:"run"`
	Kind       string         `json:"kind"`
	Task       string         `json:"task,omitempty"`
	Name       string         `json:"name,omitempty"`
	State      string         `json:"state,omitempty"`
	Severity   string         `json:"severity,omitempty"` // error or warn
	By         string         `json:"by,omitempty"`       // user@host
	Rows       int64          `json:"rows,omitempty"`
	RowsRead   int64          `json:"rows_read,omitempty"` // records, refused ones included
	Files      int            `json:"files,omitempty"`
	Models     int            `json:"models,omitempty"`
	Seconds    float64        `json:"seconds,omitempty"`
	Code       int            `json:"code,omitempty"`   // exit code of the program
	Line       int            `json:"line,omitempty"`   // of the SQL file in Name
	Column     int            `json:"column,omitempty"` // in that line, from 1
	Detail     string         `json:"detail,omitempty"`
	Repairs    string         `json:"repairs,omitempty"` // the run that this one goes on from
	Parameters map[string]any `json:"parameters,omitempty"`
}

// Writer appends the events of one run.
type Writer struct {
	file *os.File
	run  string
	now  func() time.Time
}

// Create opens the journal of a run in dir (the folder of the warehouse).
func Create(dir, run string, now func() time.Time) (*Writer, error) {
	folder := filepath.Join(dir, Folder)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("create journal folder: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(folder, run+extension), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("create journal: %w", err)
	}
	return &Writer{file: file, run: run, now: now}, nil
}

// Write stamps an event, appends it in one write and returns it as written.
func (w *Writer) Write(event Event) (Event, error) {
	event.At, event.Run = w.now().UTC(), w.run
	line, err := json.Marshal(event)
	if err != nil {
		return event, err
	}
	_, err = w.file.Write(append(line, '\n'))
	return event, err
}

// Close closes the file.
func (w *Writer) Close() error { return w.file.Close() }

// Read returns the events of a run, oldest first. A last line cut short by a crash is left out.
func Read(dir, run string) ([]Event, error) {
	file, err := os.Open(filepath.Join(dir, Folder, run+extension))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var events []Event
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var event Event
		if json.Unmarshal(lines.Bytes(), &event) == nil {
			events = append(events, event)
		}
	}
	return events, lines.Err()
}

// Runs returns the ids of the journalled runs, newest first.
func Runs(dir string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(dir, Folder))
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return nil, err
	}
	var runs []string
	for _, entry := range entries {
		if name, found := strings.CutSuffix(entry.Name(), extension); found {
			runs = append(runs, name)
		}
	}
	slices.Sort(runs)
	slices.Reverse(runs)
	return runs, nil
}

// Prune removes all journals but the newest keep ones.
func Prune(dir string, keep int) error {
	runs, err := Runs(dir)
	if err != nil {
		return err
	}
	for i, run := range runs {
		if i >= keep {
			if err := os.Remove(filepath.Join(dir, Folder, run+extension)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Path is the journal of a run.
func Path(dir, run string) string { return filepath.Join(dir, Folder, run+extension) }
