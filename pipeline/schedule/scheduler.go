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
	Warehouse  string     // path of the published file; state and lock lie beside it
	Configured []Schedule // beside those that were made on the pages
	Overlap    Overlap    // default: Queue

	Job       func(ctx context.Context, start Start) error // an error that is ErrBusy: another process is at it
	NewFiles  func(ctx context.Context) ([]string, error)  // new and changed files of the lake, told apart from other versions
	StartedBy string                                       // user and host

	Now  func() time.Time
	Say  func(format string, arguments ...any) // called with each thing that happens, in one goroutine
	Wake <-chan struct{}                       // a look at the state is worth while; nil: it is looked at every half minute
}

// Start is why a run starts and what it is told.
type Start struct {
	Trigger    string
	Schedule   string // the name of one that it is due by
	Parameters Parameters
}

// label names the start in a line of the log.
func label(trigger, schedule string) string {
	if schedule == Default || schedule == Arrivals {
		return trigger
	}
	return trigger + " " + schedule
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
	known      []Schedule // as of the last look at the state
	timetables []*timed
	watches    []*watched
	seen       time.Time // what the clock showed at the last look
	paused     bool
	queued     bool // behind another process's refresh
	waiting    bool // until the next tick, to try again

	run   *Ended // the run that is going
	ended chan error

	polls  sync.WaitGroup
	polled chan poll
}

// Run schedules a warehouse until ctx ends; the run that is going then is cancelled and waited for. The error is nil, unless
// a run was cut off, the warehouse has a scheduler already (LockedError), or the state cannot be read.
func Run(ctx context.Context, config Config) (err error) {
	release, err := acquire(ctx, config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	s := &scheduler{Config: config, ended: make(chan error, 1), polled: make(chan poll)}
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
		case found := <-s.polled:
			s.arrived(ctx, found)
		case <-s.Wake:
		case <-timer.C:
			s.waiting = false
		}
		timer.Stop()
	}
}

// now reads the clock; without the monotonic reading, which knows nothing of a clock that was set.
func (s *scheduler) now() time.Time { return s.Now().Round(0) }

// look does what the time and the state call for.
func (s *scheduler) look(ctx context.Context) {
	now := s.now()
	s.mindClock(now)
	s.takeUp(now)
	if s.run != nil {
		s.note(now)
		return
	}
	if s.waiting || s.paused {
		return
	}
	if !s.startDue(ctx, now) {
		s.poll(ctx, now)
	}
}

func (s *scheduler) start(ctx context.Context, start Start) {
	s.run = &Ended{Trigger: start.Trigger, Schedule: start.Schedule, StartedAt: s.now().UTC()}
	for _, t := range s.timetables {
		t.covers = t.handled
	}
	if !s.queued {
		s.Say("run begins (%s)", label(start.Trigger, start.Schedule))
	}
	go func() { s.ended <- s.Job(ctx, start) }()
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
		s.Say("run failed (%s): %v", label(run.Trigger, run.Schedule), failure)
	} else {
		s.Say("run succeeded (%s)", label(run.Trigger, run.Schedule))
	}
	s.handle(run)
}

// busy queues or skips a run that found another process's refresh.
func (s *scheduler) busy(trigger string, failure error) {
	s.waiting = true
	for _, w := range s.watches {
		w.tried = nil // what is new is looked for again
	}
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
	s.queued = true
	for _, t := range s.timetables {
		if t.covers.After(t.handled) {
			t.noted = t.covers
		}
	}
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
		return fmt.Errorf("the run (%s) was cut off: %w", label(s.run.Trigger, s.run.Schedule), failure)
	}
	s.finish(nil)
	return nil
}

// untilNextLook is how long to wait: to the next due time or the next look at the lake, but never long.
func (s *scheduler) untilNextLook() time.Duration {
	wait := lookEvery
	now := s.now()
	var all []time.Time
	for _, t := range s.timetables {
		all = append(all, t.timetable.Next(t.handled))
	}
	for _, w := range s.watches {
		all = append(all, w.next)
	}
	for _, next := range all {
		if next.After(now) {
			wait = min(wait, next.Sub(now))
		}
	}
	return wait
}
