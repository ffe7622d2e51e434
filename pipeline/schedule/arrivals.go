package schedule

import (
	"context"
	"slices"
	"time"
)

// watched is a schedule that waits for new files, and what it saw in the lake.
type watched struct {
	Schedule
	poll, settle time.Duration
	next         time.Time // when to look again
	polling      bool
	failing      bool
	files        []string  // new at the last look
	since        time.Time // the same since
	tried        []string  // a run was started for these: only others start one again
}

// poll is one look at the lake.
type poll struct {
	watch *watched
	files []string
	err   error
}

// poll looks at the lake when it is time, beside everything else: a lake that is away takes its time to say so.
func (s *scheduler) poll(ctx context.Context, now time.Time) {
	for _, w := range s.watches {
		wait := w.next.Sub(now)
		if w.polling || wait > 0 && wait <= w.poll {
			continue
		}
		w.polling = true
		s.polls.Go(func() {
			files, err := s.NewFiles(ctx)
			select {
			case s.polled <- poll{w, files, err}:
			case <-ctx.Done():
			}
		})
	}
}

// arrived starts a run once new files have settled.
func (s *scheduler) arrived(ctx context.Context, found poll) {
	w := found.watch
	now := s.now()
	w.polling, w.next = false, now.Add(w.poll)
	if !slices.Contains(s.watches, w) { // it was taken out, or changed, meanwhile
		return
	}
	if found.err != nil {
		if !w.failing && ctx.Err() == nil {
			s.Say("the lake is not looked at: %v", found.err)
		}
		w.failing = true
		return
	}
	if w.failing {
		s.Say("the lake can be looked at again")
	}
	w.failing = false
	slices.Sort(found.files)
	if !slices.Equal(found.files, w.files) || now.Before(w.since) {
		w.files, w.since = found.files, now
		if len(w.files) > 0 {
			s.Say("%d new or changed files in the lake", len(w.files))
		}
	}
	if len(w.files) == 0 || slices.Equal(w.files, w.tried) {
		return
	}
	if settled := w.since.Add(w.settle); now.Before(settled) {
		w.next = now.Add(min(w.poll, settled.Sub(now)))
		return
	}
	s.takeUp(now)
	if s.run != nil || s.paused || !slices.Contains(s.watches, w) {
		return
	}
	for _, t := range s.timetables {
		if _, count := t.due(now); count > 0 { // the next look starts its run
			return
		}
	}
	w.tried = w.files
	s.start(ctx, Start{NewFile, w.Name, w.Parameters})
}
