package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
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
// end, which waits for it. What may concern a scheduler of this process is said on wake.
func (a *app) operations(ctx context.Context, wake chan<- struct{}) (_ web.Operations, end func(), err error) {
	configured, err := a.configuredSchedules()
	if err != nil {
		return web.Operations{}, nil, err
	}
	config, err := a.warehouseConfig()
	if err != nil {
		return web.Operations{}, nil, err
	}
	config.Trigger = pageTrigger
	warehouse := a.settings.Warehouse
	told := func(err error) error {
		select {
		case wake <- struct{}{}:
		default: // it was told already
		}
		return refusedSchedule(err)
	}
	found := web.Operations{
		RunsAs:     config.StartedBy,
		Parameters: a.parametersShown(),
		Cancel: func(ctx context.Context, by string) error {
			config := config
			config.StartedBy = by
			holder, err := pipeline.Cancel(ctx, config)
			if pipeline.CodeOf(err) == pipeline.WrongUse {
				return fmt.Errorf("%w: %w", web.ErrNotRunning, err)
			}
			if err == nil {
				a.noteAct(journal.Act{By: by, Act: journal.CancelAsked, Run: holder.Run})
			}
			return err
		},
		Pause:     func(by, reason string) error { return told(schedule.Pause(warehouse, by, reason, a.now())) },
		Resume:    func(by string) error { _, err := schedule.Resume(warehouse, by, a.now()); return told(err) },
		Schedules: func() (web.Schedules, error) { return a.schedulesShown(configured) },
		SetSchedule: func(by string, wanted web.Schedule) error {
			made := scheduleOf(wanted)
			made.By, made.At = by, a.now()
			return told(schedule.Put(warehouse, configured, made))
		},
		RemoveSchedule: func(by, name string) error { return told(schedule.Remove(warehouse, configured, name, by, a.now())) },
		Preview: func(wanted web.Schedule) ([]time.Time, error) {
			one := scheduleOf(wanted)
			err := one.Validate()
			one.Off = false
			return one.Next(a.now(), dueShown), refusedSchedule(err)
		},
		Overdue: a.overdue,
	}
	if found.SQL, err = a.ownOrEmbeddedTree(); err != nil {
		return found, nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	started := &startedRuns{}
	if config.Lake, err = a.lakeConfig(); err == nil { // without a lake pages only tell
		found.Lake = cmp.Or(a.settings.Lake, config.Lake.Parent+" "+config.Lake.Child)
		found.Start = func(by string, asked web.Asked) (string, error) {
			parameters := schedule.Parameters(asked.Parameters)
			if err := parameters.Validate(); err != nil {
				return "", refusedSchedule(err)
			}
			config := withParameters(config, parameters)
			config.StartedBy, config.Repair = by, asked.Repair
			run, err := started.start(ctx, a, config)
			if err == nil {
				act := journal.Act{By: by, Act: journal.RunAsked, Run: run, Parameters: parameters.Map()}
				if asked.Repair != "" {
					act = journal.Act{By: by, Act: journal.RepairAsked, Run: run, Detail: asked.Repair}
				}
				a.noteAct(act)
			}
			return run, err
		}
	}
	return found, func() { stop(); started.going.Wait() }, nil
}

// noteAct keeps what somebody did; it is done already, so that a note that fails is a warning.
func (a *app) noteAct(act journal.Act) {
	act.At = a.now()
	if err := journal.Note(filepath.Dir(a.settings.Warehouse), act); err != nil {
		a.log.Warn("an operator's act is not noted", "act", act.Act, "by", act.By, "error", err)
	}
}

// refusedSchedule is an error of package schedule as the pages know it.
func refusedSchedule(err error) error {
	var mistake schedule.Mistake
	switch {
	case errors.As(err, &mistake):
		return web.Mistake{Field: mistake.Field, Text: mistake.Error()}
	case errors.Is(err, schedule.ErrNoSchedule):
		return fmt.Errorf("%w: %w", web.ErrNoSchedule, err)
	}
	return err
}

// scheduleOf is a schedule as a page sends it.
func scheduleOf(sent web.Schedule) schedule.Schedule {
	return schedule.Schedule{Name: sent.Name, Expression: sent.Expression, Timezone: sent.Timezone, Poll: sent.Poll, Settle: sent.Settle, Off: !sent.On,
		Parameters: schedule.Parameters(sent.Parameters)}
}

// parametersShown are what a run may be told, with what it is otherwise and where that is said.
func (a *app) parametersShown() []web.Parameter {
	s := a.settings
	from := func(key string, isSet bool) string {
		switch variable := envPrefix + strings.ToUpper(key); {
		case os.Getenv(variable) != "":
			return variable
		case isSet:
			return s.Config
		}
		return "default"
	}
	limit := func(d time.Duration) string {
		if d == 0 {
			return "none"
		}
		return spoken(d)
	}
	keep := cmp.Or(s.KeepReleases, pipeline.DefaultKeepReleases)
	return []web.Parameter{
		{Name: "full", Default: "false", From: "default"},
		{Name: "tasks", Default: "all", From: "default"},
		{Name: "accept_missing", Default: "false", From: "default"},
		{Name: "after_load", Default: cmp.Or(s.AfterLoad, keepLanding), From: from("after_load", s.AfterLoad != "")},
		{Name: "run_timeout", Default: limit(s.RunTimeout), From: from("run_timeout", s.RunTimeout != 0)},
		{Name: "task_timeout", Default: limit(s.TaskTimeout), From: from("task_timeout", s.TaskTimeout != 0)},
		{Name: "keep_releases", Default: strconv.Itoa(keep), From: from("keep_releases", s.KeepReleases != 0)},
	}
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
	case pipeline.CodeOf(err) == pipeline.WrongUse && len(config.Tasks) > 0:
		return "", web.Mistake{Field: "tasks", Text: err.Error()}
	case err == nil:
		err = errors.New("the run ended before it began")
	}
	return "", err
}

// schedulesShown is what the page of the job says of the schedules.
func (a *app) schedulesShown(configured []schedule.Schedule) (web.Schedules, error) {
	known, err := a.schedules(configured)
	if err != nil {
		return web.Schedules{}, err
	}
	state, all := known.state, known.all
	shown := web.Schedules{Next: []web.Due{}}
	if holder := known.holder; holder != nil {
		shown.Scheduler = &web.Scheduler{StartedAt: holder.StartedAt, StartedBy: holder.StartedBy}
	}
	if paused := state.Paused; paused != nil {
		shown.Paused = &web.ScheduleAct{By: paused.By, At: paused.At, Reason: paused.Reason}
	}
	if resumed := state.Resumed; resumed != nil {
		shown.Resumed = &web.ScheduleAct{By: resumed.By, At: resumed.At}
	}
	if last := state.Last; last != nil {
		shown.Last = &web.ScheduledRun{Trigger: last.Trigger, Schedule: last.Schedule, StartedAt: last.StartedAt, EndedAt: last.EndedAt, Error: last.Error}
	}
	for _, one := range all {
		line := web.Schedule{Name: one.Name, Expression: one.Expression, Timezone: one.Timezone, Poll: one.Poll, Settle: one.Settle, On: !one.Off, Parameters: web.Parameters(one.Parameters),
			Configured: slices.ContainsFunc(configured, func(s schedule.Schedule) bool { return s.Name == one.Name }), By: one.By, Next: one.Next(a.now(), dueShown)}
		if one.By != "" {
			line.At = &one.At
		}
		shown.Schedules = append(shown.Schedules, line)
	}
	for _, due := range nextDue(all, a.now(), dueShown) {
		shown.Next = append(shown.Next, web.Due(due))
	}
	return shown, nil
}
