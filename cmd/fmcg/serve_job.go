package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/fmcg/fmcg/catalog/web"
	"github.com/fmcg/fmcg/pipeline"
	"github.com/fmcg/fmcg/pipeline/journal"
	"github.com/fmcg/fmcg/pipeline/schedule"
)

// pageTrigger is what a run that was started from a page says of itself, and the cancelling of one.
const pageTrigger = "page"

// dueShown is how many due times the page of the job shows.
const dueShown = 5

// operations are what operators may do from the pages. What they start runs in this process, and is stopped with ctx, or by
// end, which waits for it.
func (a *app) operations(ctx context.Context) (_ web.Operations, end func(), err error) {
	timetable, err := schedule.Parse(cmp.Or(a.settings.Schedule, schedule.DefaultExpression), cmp.Or(a.settings.ScheduleTimezone, schedule.DefaultTimezone))
	if err != nil {
		return web.Operations{}, nil, usageError{err}
	}
	config, err := a.warehouseConfig()
	if err != nil {
		return web.Operations{}, nil, err
	}
	config.Trigger = pageTrigger
	warehouse := a.settings.Warehouse
	found := web.Operations{
		RunsAs: config.StartedBy,
		Cancel: func(ctx context.Context, by string) error {
			config := config
			config.StartedBy = by
			_, err := pipeline.Cancel(ctx, config)
			if pipeline.CodeOf(err) == pipeline.WrongUse {
				return fmt.Errorf("%w: %w", web.ErrNotRunning, err)
			}
			return err
		},
		Pause:    func(by, reason string) error { return schedule.Pause(warehouse, by, reason, a.now()) },
		Resume:   func(by string) error { _, err := schedule.Resume(warehouse, by, a.now()); return err },
		Schedule: func() (web.Schedule, error) { return a.scheduleShown(timetable) },
		Overdue:  a.overdue,
	}
	if found.SQL, err = a.ownOrEmbeddedTree(); err != nil {
		return found, nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	started := &startedRuns{}
	if config.Lake, err = a.lakeConfig(); err == nil { // without a lake pages only tell
		found.Lake = cmp.Or(a.settings.Lake, config.Lake.Parent+" "+config.Lake.Child)
		found.Start = func(by, repair string) (string, error) {
			config := config
			config.StartedBy, config.Repair = by, repair
			return started.start(ctx, a, config)
		}
	}
	return found, func() { stop(); started.going.Wait() }, nil
}

// startedRuns are the runs that pages started.
type startedRuns struct{ going sync.WaitGroup }

// start starts a run and returns its id once its journal begins. The lock of the warehouse sees to it that there is one.
func (s *startedRuns) start(ctx context.Context, a *app, config pipeline.Config) (run string, err error) {
	begun, ended := make(chan string, 1), make(chan error, 1)
	config.Observe = func(event journal.Event) {
		if event.Kind == journal.RunStarted {
			begun <- event.Run
		}
	}
	s.going.Go(func() {
		_, err := a.refreshAndTell(ctx, config)
		ended <- err
	})
	select {
	case run = <-begun:
		return run, nil
	case err = <-ended:
	}
	select { // it began and ended at once: its page says how
	case run = <-begun:
		return run, nil
	default:
	}
	switch {
	case pipeline.CodeOf(err) == pipeline.Busy:
		return "", fmt.Errorf("%w: %w", web.ErrBusy, err)
	case pipeline.CodeOf(err) == pipeline.WrongUse && config.Repair != "":
		return "", fmt.Errorf("%w: %w", web.ErrNotRepairable, err)
	case err == nil:
		err = errors.New("the run ended before it began")
	}
	return "", err
}

// scheduleShown is what the page of the job says of the schedule: that of the scheduler that runs, else as configured.
func (a *app) scheduleShown(timetable schedule.Timetable) (web.Schedule, error) {
	state, err := schedule.Read(a.settings.Warehouse)
	if err != nil {
		return web.Schedule{}, err
	}
	shown := web.Schedule{Next: []time.Time{}}
	if holder, running := schedule.Running(a.settings.Warehouse); running {
		shown.Scheduler = &web.Scheduler{StartedAt: holder.StartedAt, StartedBy: holder.StartedBy}
		if its, err := schedule.Parse(state.Expression, state.Timezone); err == nil {
			timetable = its
		}
	}
	shown.Expression, shown.Timezone = timetable.Expression, timetable.Timezone
	if paused := state.Paused; paused != nil {
		shown.Paused = &web.ScheduleAct{By: paused.By, At: paused.At, Reason: paused.Reason}
	}
	if resumed := state.Resumed; resumed != nil {
		shown.Resumed = &web.ScheduleAct{By: resumed.By, At: resumed.At}
	}
	if last := state.Last; last != nil {
		shown.Last = &web.ScheduledRun{Trigger: last.Trigger, StartedAt: last.StartedAt, EndedAt: last.EndedAt, Error: last.Error}
	}
	at := a.now()
	for range dueShown {
		at = timetable.Next(at)
		shown.Next = append(shown.Next, at.UTC())
	}
	return shown, nil
}
