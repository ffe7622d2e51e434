package schedule

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fmcg/fmcg/pipeline/journal"
)

// Names of the schedules that the configuration makes. One of the same name that was made on a page takes its place.
const (
	Default  = "default"
	Arrivals = "new files"
)

// Schedule says when the job runs by itself: at times, or when new files have arrived in the lake.
type Schedule struct {
	Name       string     `json:"name"`
	Expression string     `json:"schedule,omitempty"` // as Parse takes it; "" of one that waits for files
	Timezone   string     `json:"timezone,omitempty"`
	Poll       string     `json:"poll,omitempty"`   // how often it looks for new files, "5m"; "" of one with times
	Settle     string     `json:"settle,omitempty"` // they start a run once they have been the same for so long
	Off        bool       `json:"off,omitempty"`
	Parameters Parameters `json:"parameters,omitzero"`
	By         string     `json:"by,omitempty"` // who made it so; "": the configuration
	At         time.Time  `json:"at,omitzero"`
}

// Parameters are what a run is told otherwise than the configuration does.
type Parameters struct {
	Full          bool     `json:"full,omitempty"`
	AcceptMissing bool     `json:"accept_missing,omitempty"`
	AfterLoad     string   `json:"after_load,omitempty"` // keep, move; "": as configured
	Tasks         []string `json:"tasks,omitempty"`      // nil: all
}

func (p Parameters) equal(other Parameters) bool {
	return p.Full == other.Full && p.AcceptMissing == other.AcceptMissing && p.AfterLoad == other.AfterLoad && slices.Equal(p.Tasks, other.Tasks)
}

// Map is what there is to tell of them, nil where a run is as usual.
func (p Parameters) Map() map[string]any {
	told := map[string]any{}
	if p.Full {
		told["full"] = true
	}
	if p.AcceptMissing {
		told["accept_missing"] = true
	}
	if p.AfterLoad != "" {
		told["after_load"] = p.AfterLoad
	}
	if len(p.Tasks) > 0 {
		told["tasks"] = p.Tasks
	}
	if len(told) == 0 {
		return nil
	}
	return told
}

// Validate finds what no run can be told; a Mistake.
func (p Parameters) Validate() error {
	switch {
	case !slices.Contains([]string{"", "keep", "move"}, p.AfterLoad):
		return Mistake{"after_load", fmt.Errorf("after_load %q is none of keep, move", p.AfterLoad)}
	case p.Full && len(p.Tasks) > 0:
		return Mistake{"tasks", errors.New("a warehouse that is built anew needs all tasks")}
	}
	return nil
}

// Mistake is a field of a Schedule that cannot be as it is.
type Mistake struct {
	Field string // as in JSON
	Err   error
}

func (m Mistake) Error() string { return m.Err.Error() }

func (m Mistake) Unwrap() error { return m.Err }

var goodName = regexp.MustCompile(`^[\pL\pN][\pL\pN _.-]{0,39}$`)

// shortestPoll keeps a lake from being asked all the time.
const shortestPoll = 10 * time.Second

// Validate finds the first mistake in a schedule, a Mistake.
func (s Schedule) Validate() error {
	if !goodName.MatchString(s.Name) {
		return Mistake{"name", fmt.Errorf("name %q: up to 40 letters, digits, spaces, dots and dashes", s.Name)}
	}
	if err := s.Parameters.Validate(); err != nil {
		return err
	}
	switch {
	case s.Expression != "" && s.Poll != "":
		return Mistake{"poll", errors.New("a schedule has times or waits for files, not both")}
	case s.Poll != "":
		if poll, err := time.ParseDuration(s.Poll); err != nil || poll < shortestPoll {
			return Mistake{"poll", fmt.Errorf("poll %q is no duration from %s on, such as 5m", s.Poll, shortestPoll)}
		}
		if settle, err := time.ParseDuration(s.Settle); err != nil || settle < 0 {
			return Mistake{"settle", fmt.Errorf("settle %q is no duration, such as 2m", s.Settle)}
		}
		return nil
	}
	if _, err := time.LoadLocation(s.Timezone); err != nil || s.Timezone == "" {
		_, err := Parse(DefaultExpression, s.Timezone)
		return Mistake{"timezone", err}
	}
	if _, err := s.timetable(); err != nil {
		return Mistake{"schedule", err}
	}
	return nil
}

func (s Schedule) timetable() (Timetable, error) { return Parse(s.Expression, s.Timezone) }

func (s Schedule) String() string {
	text := s.Expression + " " + s.Timezone
	if s.Poll != "" {
		text = fmt.Sprintf("new files, looked for every %s, the same for %s", s.Poll, s.Settle)
	}
	for _, name := range []string{"full", "accept_missing", "after_load", "tasks"} {
		if value, told := s.Parameters.Map()[name]; told {
			text += fmt.Sprintf(", %s %v", name, value)
		}
	}
	if s.Off {
		text += ", off"
	}
	return text
}

// Next are its next due times, none where it has none.
func (s Schedule) Next(after time.Time, count int) []time.Time {
	timetable, err := s.timetable()
	if err != nil || s.Poll != "" || s.Off {
		return nil
	}
	var due []time.Time
	for range count {
		after = timetable.Next(after)
		due = append(due, timetable.In(after))
	}
	return due
}

// Effective are the schedules that hold: those configured, but for those that one made on a page takes the place of, and
// the others made there.
func Effective(configured, made []Schedule) []Schedule {
	all := slices.Clone(configured)
	for _, one := range made {
		if at := indexOf(all, one.Name); at >= 0 {
			all[at] = one
		} else {
			all = append(all, one)
		}
	}
	return all
}

func indexOf(all []Schedule, name string) int {
	return slices.IndexFunc(all, func(s Schedule) bool { return s.Name == name })
}

// ErrNoSchedule says that nobody made a schedule of that name.
var ErrNoSchedule = errors.New("there is no such schedule")

// Put adds a schedule, or changes the one of its name; it says who did and when. A scheduler of the warehouse takes it up at
// its next look. One that is new, or on again, is due from then on.
func Put(warehouse string, configured []Schedule, wanted Schedule) error {
	wanted.Name = strings.TrimSpace(wanted.Name)
	if err := wanted.Validate(); err != nil {
		return err
	}
	wanted.At = wanted.At.UTC()
	act := journal.Act{At: wanted.At, By: wanted.By, Act: journal.ScheduleAdded, Schedule: wanted.Name, Detail: wanted.String()}
	return noted(warehouse, act, func(state *State, act *journal.Act) error {
		before := Effective(configured, state.Schedules)
		was := indexOf(before, wanted.Name)
		if was >= 0 {
			act.Act, act.Before = journal.ScheduleChanged, before[was].String()
		}
		if was < 0 || before[was].Off {
			state.progress(wanted, wanted.At)
		}
		if at := indexOf(state.Schedules, wanted.Name); at >= 0 {
			state.Schedules[at] = wanted
		} else {
			state.Schedules = append(state.Schedules, wanted)
		}
		return nil
	})
}

// Remove takes out a schedule that Put made; one of the configuration that it had taken the place of holds again. The error
// is ErrNoSchedule where there is none.
func Remove(warehouse string, configured []Schedule, name, by string, at time.Time) error {
	act := journal.Act{At: at, By: by, Act: journal.ScheduleRemoved, Schedule: name}
	return noted(warehouse, act, func(state *State, act *journal.Act) error {
		was := indexOf(state.Schedules, name)
		if was < 0 {
			return fmt.Errorf("%w: %q", ErrNoSchedule, name)
		}
		removed := state.Schedules[was]
		act.Before = removed.String()
		state.Schedules = slices.Delete(state.Schedules, was, was+1)
		if back := indexOf(configured, name); back < 0 {
			delete(state.Progress, name)
		} else {
			act.Detail = configured[back].String()
			if removed.Off {
				state.progress(configured[back], at)
			}
		}
		return nil
	})
}
