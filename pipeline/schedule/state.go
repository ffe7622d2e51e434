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

	"github.com/fmcg/fmcg/pipeline/journal"
)

// State is what outlives a scheduler: schedule.json in the folder of the warehouse. People may read it.
type State struct {
	Schedules  []Schedule          `json:"schedules,omitempty"`  // made on the pages (Put)
	Configured []Schedule          `json:"configured,omitempty"` // what the last scheduler was started with
	Progress   map[string]Progress `json:"progress,omitempty"`   // of those with times, by name
	Seen       time.Time           `json:"seen,omitzero"`        // what the scheduler's clock showed when it wrote this
	Paused     *Paused             `json:"paused,omitempty"`
	Resumed    *Resumed            `json:"resumed,omitempty"` // the end of the last pause
	Last       *Ended              `json:"last,omitempty"`
}

// Progress is how far a schedule has come.
type Progress struct {
	Expression string    `json:"schedule"` // the timetable by which Handled is meant
	Timezone   string    `json:"timezone"`
	Handled    time.Time `json:"handled,omitzero"` // due times up to this one are dealt with
}

func (s *State) progress(of Schedule, handled time.Time) {
	if s.Progress == nil {
		s.Progress = map[string]Progress{}
	}
	s.Progress[of.Name] = Progress{of.Expression, of.Timezone, handled.UTC()}
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
	Schedule  string    `json:"schedule,omitempty"` // its name
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
	err = json.Unmarshal(text, &state)
	for _, one := range state.Schedules {
		if wrong := one.Validate(); wrong != nil {
			err = errors.Join(err, fmt.Errorf("schedule %s: %w", one.Name, wrong))
		}
	}
	if err != nil {
		return state, fmt.Errorf("read %s: %w\n  to do: mend it, or remove it: the schedule then begins anew as configured, not paused", StatePath(warehouse), err)
	}
	return state, nil
}

// Pause keeps the scheduler of a warehouse, running now or later, from starting a run; one that is going is not touched.
// A pause over another one takes its place.
func Pause(warehouse, who, reason string, at time.Time) error {
	act := journal.Act{At: at, By: who, Act: journal.SchedulePaused, Detail: reason}
	return noted(warehouse, act, func(state *State, _ *journal.Act) error {
		state.Paused = &Paused{By: who, At: at.UTC(), Reason: reason}
		return nil
	})
}

// Resume ends a pause and returns it; nil where there was none.
func Resume(warehouse, who string, at time.Time) (*Paused, error) {
	var was *Paused
	err := noted(warehouse, journal.Act{At: at, By: who, Act: journal.ScheduleResumed}, func(state *State, act *journal.Act) error {
		if was, state.Paused = state.Paused, nil; was == nil {
			act.Act = ""
			return nil
		}
		state.Resumed = &Resumed{By: who, At: at.UTC()}
		return nil
	})
	return was, err
}

// noted changes the state and notes the act, if it still is one.
func noted(warehouse string, act journal.Act, edit func(*State, *journal.Act) error) error {
	err := change(warehouse, func(state *State) error { return edit(state, &act) })
	if err != nil || act.Act == "" {
		return err
	}
	return journal.Note(filepath.Dir(warehouse), act)
}

// change reads the state, edits it and writes it, one process at a time.
func change(warehouse string, edit func(*State) error) (err error) {
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
	if err := edit(&state); err != nil {
		return err
	}
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
