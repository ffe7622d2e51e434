package schedule

import (
	"context"
	"slices"
	"time"
)

// arrivals are the new files in the lake that the scheduler watches.
type arrivals struct {
	next    time.Time // when to look again
	polling bool
	failing bool
	polled  chan poll

	files []string  // new at the last look
	since time.Time // the same since
	tried []string  // a run was started for these: only others start one again
}

// poll is one look at the lake.
type poll struct {
	files []string
	err   error
}

// poll looks at the lake when it is time, beside everything else: a lake that is away takes its time to say so.
func (s *scheduler) poll(ctx context.Context, now time.Time) {
	a := &s.arrivals
	wait := a.next.Sub(now)
	if s.Poll <= 0 || a.polling || wait > 0 && wait <= s.Poll {
		return
	}
	a.polling = true
	s.polls.Go(func() {
		files, err := s.NewFiles(ctx)
		a.polled <- poll{files, err}
	})
}

// arrived starts a run once new files have settled.
func (s *scheduler) arrived(ctx context.Context, found poll) {
	a := &s.arrivals
	now := s.now()
	a.polling, a.next = false, now.Add(s.Poll)
	if found.err != nil {
		if !a.failing && ctx.Err() == nil {
			s.Say("the lake is not looked at: %v", found.err)
		}
		a.failing = true
		return
	}
	if a.failing {
		s.Say("the lake can be looked at again")
	}
	a.failing = false
	slices.Sort(found.files)
	if !slices.Equal(found.files, a.files) || now.Before(a.since) {
		a.files, a.since = found.files, now
		if len(a.files) > 0 {
			s.Say("%d new or changed files in the lake", len(a.files))
		}
	}
	if len(a.files) == 0 || slices.Equal(a.files, a.tried) {
		return
	}
	if settled := a.since.Add(s.Settle); now.Before(settled) {
		a.next = now.Add(min(s.Poll, settled.Sub(now)))
		return
	}
	if s.run != nil || s.isPaused() {
		return
	}
	if _, count := s.due(now); count > 0 { // the next look starts its run
		return
	}
	a.tried, s.covers = a.files, s.handled
	s.start(ctx, NewFile)
}
