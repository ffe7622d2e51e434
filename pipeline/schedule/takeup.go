package schedule

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"
)

// begin takes up where the last scheduler of the warehouse ended.
func (s *scheduler) begin() error {
	state, err := Read(s.Warehouse)
	if err != nil {
		return err
	}
	s.seen = state.Seen
	now := s.now()
	if err := s.replace(Effective(s.Configured, state.Schedules), state.Progress, now); err != nil {
		return err
	}
	s.mindClock(now)
	return s.save(nil)
}

// takeUp reads the state, so that a pause holds from the moment it is made, and so does an edited schedule. Without the
// state nothing is started.
func (s *scheduler) takeUp(now time.Time) {
	state, err := Read(s.Warehouse)
	if err == nil {
		if all := Effective(s.Configured, state.Schedules); !reflect.DeepEqual(all, s.known) {
			if err = s.replace(all, state.Progress, now); err == nil {
				err = s.save(nil)
			}
		}
	}
	switch {
	case err != nil:
		if !s.paused {
			s.Say("nothing is started: %v", err)
		}
		s.paused = true
		return
	case state.Paused != nil && !s.paused:
		s.Say("%s; fmcg schedule --resume goes on", *state.Paused)
	case state.Paused == nil && s.paused:
		s.Say("resumed")
	}
	s.paused = state.Paused != nil
}

// replace puts schedules in the place of those known. What is unchanged goes on as it was.
func (s *scheduler) replace(all []Schedule, progress map[string]Progress, now time.Time) error {
	var timetables []*timed
	var watches []*watched
	for _, one := range all {
		at := indexOf(s.known, one.Name)
		isNew := at < 0 || !reflect.DeepEqual(s.known[at], one)
		switch {
		case one.Off:
			if at >= 0 && isNew {
				s.Say("schedule %s is off", one.Name)
			}
		case one.Poll != "":
			if !isNew {
				watches = append(watches, s.watches[slices.IndexFunc(s.watches, func(w *watched) bool { return w.Name == one.Name })])
				continue
			}
			watch := &watched{Schedule: one}
			var wrong [2]error
			watch.poll, wrong[0] = time.ParseDuration(one.Poll)
			watch.settle, wrong[1] = time.ParseDuration(one.Settle)
			if err := errors.Join(wrong[:]...); err != nil {
				return fmt.Errorf("schedule %s: %w", one.Name, err)
			}
			s.Say("schedule %s", named(one))
			watches = append(watches, watch)
		default:
			timetable, err := one.timetable()
			if err != nil {
				return fmt.Errorf("schedule %s: %w", one.Name, err)
			}
			was := progress[one.Name]
			t := &timed{}
			if former := slices.IndexFunc(s.timetables, func(t *timed) bool { return t.Name == one.Name }); former >= 0 {
				t = s.timetables[former]
				was = Progress{t.Expression, t.Timezone, t.handled}
			}
			t.Schedule, t.timetable, t.handled = one, timetable, takenUp(was, one, now)
			if isNew {
				s.Say("schedule %s; next due %s", named(one), t.show(timetable.Next(now)))
			}
			timetables = append(timetables, t)
		}
	}
	for _, one := range s.known {
		if indexOf(all, one.Name) < 0 {
			s.Say("schedule %s is taken out", one.Name)
		}
	}
	s.known, s.timetables, s.watches = all, timetables, watches
	return nil
}

// takenUp is how far a schedule has come. A new one has nothing to make up for; nor has one with another timetable, but for
// due times that passed while the old one held.
func takenUp(was Progress, one Schedule, now time.Time) time.Time {
	if was.Handled.IsZero() {
		return now
	}
	if was.Expression != one.Expression || was.Timezone != one.Timezone {
		former, err := Parse(was.Expression, was.Timezone)
		if err != nil || former.Next(was.Handled).After(now) {
			return now
		}
	}
	return was.Handled
}

// named is a schedule in a line of the log.
func named(one Schedule) string {
	text := one.String()
	if one.Name != Default {
		text = one.Name + ": " + text
	}
	if one.By != "" {
		text += fmt.Sprintf(" (%s, %s)", one.By, one.At.Format(time.RFC3339))
	}
	return text
}

// save remembers how far the schedules have come. What was made since the last look keeps where it begins.
func (s *scheduler) save(run *Ended) error {
	return change(s.Warehouse, func(state *State) error {
		former := state.Progress
		state.Progress = nil
		for _, one := range Effective(s.Configured, state.Schedules) {
			at := slices.IndexFunc(s.timetables, func(t *timed) bool { return t.Name == one.Name })
			if was, known := former[one.Name]; at >= 0 {
				state.progress(s.timetables[at].Schedule, s.timetables[at].handled)
			} else if known && !one.Off {
				state.progress(one, was.Handled)
			}
		}
		state.Configured, state.Seen = s.Configured, s.seen.UTC()
		if run != nil {
			state.Last = run
		}
		return nil
	})
}
