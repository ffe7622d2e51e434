package catalog

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"

	"github.com/fmcg/fmcg/pipeline/journal"
)

// Follower reads the journal of one run as it grows.
type Follower struct {
	warehouse string
	file      *os.File
	rest      []byte // the beginning of a line that is being written
	run       Run
}

// Follow opens the journal of a run.
func Follow(warehouse, id string) (*Follower, error) {
	file, err := os.Open(journal.Path(filepath.Dir(warehouse), id))
	if err != nil {
		return nil, err
	}
	return &Follower{warehouse: warehouse, file: file, run: Run{ID: id, Job: jobName}}, nil
}

// Close closes the journal.
func (f *Follower) Close() error { return f.file.Close() }

// Run is the run as far as it was read.
func (f *Follower) Run() Run { return f.run }

// Next returns the events that were written since the last call. The run is over once Run().FinishedAt is set; that of a
// process that died too.
func (f *Follower) Next() ([]journal.Event, error) {
	events, err := f.read()
	if err != nil || f.run.FinishedAt != nil {
		return events, err
	}
	if holder, isRunning := journal.RunningNow(f.warehouse); isRunning && holder.Run == f.run.ID {
		return events, nil
	}
	last, err := f.read() // see ReadRun
	events = append(events, last...)
	if err == nil && f.run.FinishedAt == nil {
		death := f.run.death()
		f.run.Apply(death)
		events = append(events, death)
	}
	return events, err
}

func (f *Follower) read() ([]journal.Event, error) {
	written, err := io.ReadAll(f.file)
	if err != nil {
		return nil, err
	}
	f.rest = append(f.rest, written...)
	var events []journal.Event
	for {
		line, rest, whole := bytes.Cut(f.rest, []byte("\n"))
		if !whole {
			return events, nil
		}
		f.rest = rest
		var event journal.Event
		if json.Unmarshal(line, &event) != nil {
			continue // cut short by a full disk; journal.Read leaves it out too
		}
		f.run.Apply(event)
		events = append(events, event)
	}
}
