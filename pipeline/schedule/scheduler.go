package schedule

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
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

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
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

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
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
