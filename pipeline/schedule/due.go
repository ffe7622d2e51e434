package schedule

import (
	"context"
	"time"
)

// timed is a schedule with times, and how far it has come.
type timed struct {
	Schedule
	timetable Timetable
	handled   time.Time // due times up to this one are dealt with
	noted     time.Time // the last due time that came while a run was going
	covers    time.Time // due times up to this one are handled when the run that is going ends
}

// due returns the last due time that is not handled, and how many there are.
func (t *timed) due(now time.Time) (last time.Time, count int) {
	for next := t.timetable.Next(t.handled); !next.After(now); next = t.timetable.Next(next) {
		last, count = next, count+1
	}
	return last, count
}

func (t *timed) show(at time.Time) string {
	return t.timetable.In(at).Format("Mon 2006-01-02 15:04 MST")
}

// startDue starts a run for the schedule that is due the longest, if one is. Others that are due and ask for the same have
// their due times dealt with by it.
func (s *scheduler) startDue(ctx context.Context, now time.Time) bool {
	var first *timed
	for _, t := range s.timetables {
		if _, count := t.due(now); count > 0 && (first == nil || t.timetable.Next(t.handled).Before(first.timetable.Next(first.handled))) {
			first = t
		}
	}
	if first == nil {
		return false
	}
	start, last, passed := Start{OnTime, first.Name, first.Parameters}, time.Time{}, 0
	covers := map[*timed]time.Time{}
	for _, t := range s.timetables {
		due, count := t.due(now)
		if count == 0 || !t.Parameters.equal(first.Parameters) {
			continue
		}
		covers[t] = due
		last, passed = later(last, due), passed+count
		if !due.Equal(t.noted) && (now.Sub(due) > punctual || count > 1) {
			start.Trigger = CatchUp
		}
	}
	if start.Trigger == CatchUp {
		s.Say("%d due times passed without a run, the last %s: catching up once", passed, first.show(last))
	}
	s.start(ctx, start)
	for t, due := range covers {
		t.covers = due
	}
	return true
}

// mindClock notices a clock that was set back.
func (s *scheduler) mindClock(now time.Time) {
	if s.seen.Sub(now) > believable {
		s.Say("the clock went back from %s to %s; due times from now on count again", s.seen.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
		for _, t := range s.timetables {
			t.handled, t.covers, t.noted = earlier(t.handled, now), earlier(t.covers, now), time.Time{}
		}
	}
	s.seen = now
}

// note says what becomes of a due time that comes while a run is going.
func (s *scheduler) note(now time.Time) {
	for _, t := range s.timetables {
		due, _ := t.due(now)
		if !due.After(t.covers) || !due.After(t.noted) {
			continue
		}
		t.noted = due
		if s.Overlap == Skip {
			t.covers = due
			s.Say("due %s, skipped: a run is going", t.show(due))
			continue
		}
		s.Say("due %s, queued: a run is going", t.show(due))
	}
}

// handle marks due times as dealt with.
func (s *scheduler) handle(run *Ended) {
	for _, t := range s.timetables {
		t.handled = later(t.handled, t.covers)
	}
	if err := s.save(run); err != nil {
		s.Say("warning: what ran is not remembered: %v", err)
	}
	var first *timed
	var next time.Time
	for _, t := range s.timetables {
		if due := t.timetable.Next(later(t.handled, s.now())); first == nil || due.Before(next) {
			first, next = t, due
		}
	}
	if first != nil {
		s.Say("next due %s", first.show(next))
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
