package schedule

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// State is what outlives a scheduler: schedule.json in the folder of the warehouse.
type State struct {
	Expression string    `json:"schedule,omitempty"` // the timetable by which Handled is meant
	Timezone   string    `json:"timezone,omitempty"`
	Handled    time.Time `json:"handled,omitzero"` // due times up to this one are dealt with
	Seen       time.Time `json:"seen,omitzero"`    // what the scheduler's clock showed when it wrote this
	Paused     *Paused   `json:"paused,omitempty"`
	Resumed    *Resumed  `json:"resumed,omitempty"` // the end of the last pause
	Last       *Ended    `json:"last,omitempty"`
}

// Paused says who paused the schedule, when and why.
type Paused struct {
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason,omitempty"`
}

func (p Paused) String() string {
	text := fmt.Sprintf("paused by %s at %s", p.By, p.At.Format(time.RFC3339))
	if p.Reason != "" {
		text += ": " + p.Reason
	}
	return text
}

// Resumed says who ended a pause, and when.
type Resumed struct {
	By string    `json:"by"`
	At time.Time `json:"at"`
}

// Ended is the last run that the scheduler started.
type Ended struct {
	Trigger   string    `json:"trigger"`
	StartedAt time.Time `json:"started_at"`
	EndedAt   time.Time `json:"ended_at"`
	Error     string    `json:"error,omitempty"`
}

// StatePath is where the state of a warehouse's schedule lies.
func StatePath(warehouse string) string {
	return filepath.Join(filepath.Dir(warehouse), "schedule.json")
}

// Read returns the state; it is empty where no schedule ever ran or was paused.
func Read(warehouse string) (State, error) {
	var state State
	text, err := os.ReadFile(StatePath(warehouse))
	if errors.Is(err, fs.ErrNotExist) {
		return state, nil
	}
	if err != nil {
		return state, err
	}
	if err := json.Unmarshal(text, &state); err != nil {
		return state, fmt.Errorf("read %s: %w\n  to do: mend it, or remove it: the schedule then begins anew, not paused", StatePath(warehouse), err)
	}
	return state, nil
}

// Pause keeps the scheduler of a warehouse, running now or later, from starting a run; one that is going is not touched.
// A pause over another one takes its place.
func Pause(warehouse, who, reason string, at time.Time) error {
	return change(warehouse, func(state *State) { state.Paused = &Paused{By: who, At: at.UTC(), Reason: reason} })
}

// Resume ends a pause and returns it; nil where there was none.
func Resume(warehouse, who string, at time.Time) (*Paused, error) {
	var was *Paused
	err := change(warehouse, func(state *State) {
		if was, state.Paused = state.Paused, nil; was != nil {
			state.Resumed = &Resumed{By: who, At: at.UTC()}
		}
	})
	return was, err
}

// change reads the state, edits it and writes it, one process at a time.
func change(warehouse string, edit func(*State)) (err error) {
	path := StatePath(warehouse)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("create the folder of %s: %w", warehouse, err)
	}
	lock := flock.New(path+".lock", flock.SetPermissions(0o644))
	if err := lock.Lock(); err != nil {
		return fmt.Errorf("lock %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	state, err := Read(warehouse)
	if err != nil {
		return err
	}
	edit(&state)
	text, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return err
	}
	return replaceFile(path, append(text, '\n'))
}

// replaceFile writes a file whole or not at all.
func replaceFile(path string, body []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = file.Write(body)
	err = errors.Join(err, file.Chmod(0o644), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(file.Name()))
	}
	return nil
}
