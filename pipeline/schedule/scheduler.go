package schedule

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Config is what a scheduler is told.
type Config struct {
	Warehouse string // path of the published file; state and lock lie beside it
	Timetable Timetable
	Overlap   Overlap       // default: Queue
	Poll      time.Duration // how often the lake is looked at for new files; 0: never
	Settle    time.Duration // new files start a run once they have been the same for so long

	Job       func(ctx context.Context, trigger string) error // an error that is ErrBusy: another process is at it
	NewFiles  func(ctx context.Context) ([]string, error)     // new and changed files of the lake, told apart from other versions
	StartedBy string                                          // user and host

	Now func() time.Time
	Say func(format string, arguments ...any) // called with each thing that happens, in one goroutine
}

// Overlap says what becomes of a due time while a run is going, or while another process refreshes the warehouse.
type Overlap string

// Overlaps: one run afterwards, for however many due times; or none.
const (
	Queue Overlap = "queue"
	Skip  Overlap = "skip"
)

// DefaultSettle suits files of some hundred megabytes over a slow line.
const DefaultSettle = 2 * time.Minute

// Triggers, as Job gets them.
const (
	OnTime  = "schedule"
	CatchUp = "catch-up" // for due times that passed without a run
	NewFile = "new file"
)

// ErrBusy is what Job returns when the warehouse is refreshed by another process.
var ErrBusy = errors.New("another process refreshes the warehouse")

const (
	lookEvery  = 30 * time.Second // at the clock and at the state
	punctual   = time.Minute      // a run that begins later than this is one that catches up
	believable = 3 * time.Hour    // a clock that goes back by more was wrong before
)

type scheduler struct {
	Config
	handled time.Time // due times up to this one are dealt with
	seen    time.Time // what the clock showed at the last look
	noted   time.Time // the last due time that came while a run was going
	paused  bool
	queued  bool // behind another process's refresh
	waiting bool // until the next tick, to try again

	run    *Ended    // the run that is going
	covers time.Time // due times up to this one are handled when it ends
	ended  chan error

	arrivals arrivals
	polls    sync.WaitGroup
}

// Run schedules a warehouse until ctx ends; the run that is going then is cancelled and waited for. The error is nil, unless
// a run was cut off, the warehouse has a scheduler already (LockedError), or the state cannot be read.
func Run(ctx context.Context, config Config) (err error) {
	release, err := acquire(ctx, config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	s := &scheduler{Config: config, ended: make(chan error, 1)}
	s.arrivals.polled = make(chan poll, 1)
	defer s.polls.Wait()
	if err := s.begin(); err != nil {
		return err
	}
	for {
		s.look(ctx)
		timer := time.NewTimer(s.untilNextLook())
		select {
		case <-ctx.Done():
			timer.Stop()
			return s.end()
		case err := <-s.ended:
			if ctx.Err() != nil {
				return s.stopped(err)
			}
			s.finish(err)
		case found := <-s.arrivals.polled:
			s.arrived(ctx, found)
		case <-timer.C:
			s.waiting = false
		}
		timer.Stop()
	}
}

// now reads the clock; without the monotonic reading, which knows nothing of a clock that was set.
func (s *scheduler) now() time.Time { return s.Now().Round(0) }

// begin takes up where the last scheduler of the warehouse ended. The first one has nothing to make up for; nor has one
// with another timetable, but for due times that passed while the old one held.
func (s *scheduler) begin() error {
	state, err := Read(s.Warehouse)
	if err != nil {
		return err
	}
	now := s.now()
	s.handled, s.seen = state.Handled, state.Seen
	if s.handled.IsZero() {
		s.handled = now
	} else if state.Expression != s.Timetable.Expression || state.Timezone != s.Timetable.Timezone {
		former, err := Parse(state.Expression, state.Timezone)
		if err != nil || former.Next(s.handled).After(now) {
			s.handled = now
		}
	}
	s.mindClock(now)
	s.Say("schedule %s; next due %s", s.Timetable, s.show(s.Timetable.Next(now)))
	return s.save(nil)
}

// look does what the time and the state call for.
func (s *scheduler) look(ctx context.Context) {
	now := s.now()
	s.mindClock(now)
	if s.run != nil {
		s.note(now)
		return
	}
	if s.waiting || s.isPaused() {
		return
	}
	if due, count := s.due(now); count > 0 {
		s.covers = due
		if due.Equal(s.noted) || now.Sub(due) <= punctual && count == 1 {
			s.start(ctx, OnTime)
			return
		}
		s.Say("%d due times passed without a run, the last %s: catching up once", count, s.show(due))
		s.start(ctx, CatchUp)
		return
	}
	s.poll(ctx, now)
}

// due returns the last due time that is not handled, and how many there are.
func (s *scheduler) due(now time.Time) (last time.Time, count int) {
	for next := s.Timetable.Next(s.handled); !next.After(now); next = s.Timetable.Next(next) {
		last, count = next, count+1
	}
	return last, count
}

// mindClock notices a clock that was set back.
func (s *scheduler) mindClock(now time.Time) {
	if s.seen.Sub(now) > believable {
		s.Say("the clock went back from %s to %s; due times from now on count again", s.show(s.seen), s.show(now))
		s.handled, s.covers, s.noted = earlier(s.handled, now), earlier(s.covers, now), time.Time{}
	}
	s.seen = now
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// note says what becomes of a due time that comes while a run is going.
func (s *scheduler) note(now time.Time) {
	due, _ := s.due(now)
	if !due.After(s.covers) || !due.After(s.noted) {
		return
	}
	s.noted = due
	if s.Overlap == Skip {
		s.covers = due
		s.Say("due %s, skipped: a run is going", s.show(due))
		return
	}
	s.Say("due %s, queued: a run is going", s.show(due))
}

// isPaused reads the state, so that a pause holds from the moment it is made. Without it nothing is started.
func (s *scheduler) isPaused() bool {
	state, err := Read(s.Warehouse)
	if err != nil {
		if !s.paused {
			s.Say("nothing is started: %v", err)
		}
		s.paused = true
		return true
	}
	switch {
	case state.Paused != nil && !s.paused:
		s.Say("%s; fmcg schedule --resume goes on", *state.Paused)
	case state.Paused == nil && s.paused:
		s.Say("resumed")
	}
	s.paused = state.Paused != nil
	return s.paused
}

func (s *scheduler) start(ctx context.Context, trigger string) {
	s.run = &Ended{Trigger: trigger, StartedAt: s.now().UTC()}
	if !s.queued {
		s.Say("run begins (%s)", trigger)
	}
	go func() { s.ended <- s.Job(ctx, trigger) }()
}

// finish takes note of how the run ended. A run that failed is not repeated before the next due time.
func (s *scheduler) finish(failure error) {
	run := s.run
	s.run = nil
	run.EndedAt = s.now().UTC()
	if errors.Is(failure, ErrBusy) {
		s.busy(run.Trigger, failure)
		return
	}
	s.queued = false
	if failure != nil {
		run.Error = failure.Error()
		s.Say("run failed (%s): %v", run.Trigger, failure)
	} else {
		s.Say("run succeeded (%s)", run.Trigger)
	}
	s.handle(run)
}

// busy queues or skips a run that found another process's refresh.
func (s *scheduler) busy(trigger string, failure error) {
	s.waiting = true
	s.arrivals.tried = nil // what is new is looked for again
	if trigger == NewFile {
		return
	}
	if s.Overlap == Skip {
		s.Say("skipped: %v", failure)
		s.handle(nil)
		return
	}
	if !s.queued {
		s.Say("queued: %v", failure)
	}
	s.queued, s.noted = true, s.covers
}

// handle marks due times as dealt with.
func (s *scheduler) handle(run *Ended) {
	if s.covers.After(s.handled) {
		s.handled = s.covers
	}
	if err := s.save(run); err != nil {
		s.Say("warning: what ran is not remembered: %v", err)
	}
	s.Say("next due %s", s.show(s.Timetable.Next(later(s.handled, s.now()))))
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (s *scheduler) save(run *Ended) error {
	return change(s.Warehouse, func(state *State) {
		state.Expression, state.Timezone = s.Timetable.Expression, s.Timetable.Timezone
		state.Handled, state.Seen = s.handled.UTC(), s.seen.UTC()
		if run != nil {
			state.Last = run
		}
	})
}

// end waits for the run that is going.
func (s *scheduler) end() error {
	if s.run == nil {
		s.Say("stopped")
		return nil
	}
	s.Say("stopping the run that is going")
	return s.stopped(<-s.ended)
}

// stopped takes note of a run that ended because the scheduler does, or just before. One that was cut off is not handled:
// the next scheduler makes up for it.
func (s *scheduler) stopped(failure error) error {
	if failure != nil {
		return fmt.Errorf("the run (%s) was cut off: %w", s.run.Trigger, failure)
	}
	s.finish(nil)
	return nil
}

// untilNextLook is how long to wait: to the next due time or the next look at the lake, but never long.
func (s *scheduler) untilNextLook() time.Duration {
	wait := lookEvery
	now := s.now()
	for _, next := range []time.Time{s.Timetable.Next(s.handled), s.arrivals.next} {
		if next.After(now) {
			wait = min(wait, next.Sub(now))
		}
	}
	return wait
}

func (s *scheduler) show(at time.Time) string {
	return s.Timetable.In(at).Format("Mon 2006-01-02 15:04 MST")
}
