package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/pipeline/journal"
	"github.com/fmcg/fmcg/pipeline/schedule"
)

// Overdue data are told so when a scheduled run is late by lateAfter; of as many runs as lookedAt it is asked whether they looked
// at the lake since.
const (
	lateAfter = time.Hour
	lookedAt  = 20
)

// overdue says since when newer data than those refreshed at a time were to be expected: a due time of a schedule that passed
// an hour ago, without a run since that published or found nothing new. The zero time: nobody schedules runs, it is paused, or all
// is well.
func (a *app) overdue(refreshedAt time.Time) (time.Time, error) {
	state, err := schedule.Read(a.settings.Warehouse)
	if err != nil || state.Paused != nil {
		return time.Time{}, err
	}
	late := func(since time.Time) (earliest time.Time, isLate bool) {
		for name, progress := range state.Progress {
			from := since
			if at := slices.IndexFunc(state.Schedules, func(one schedule.Schedule) bool { return one.Name == name }); at >= 0 {
				if state.Schedules[at].Off {
					continue
				}
				if made := state.Schedules[at].At; made.After(from) { // it was not there before
					from = made
				}
			}
			timetable, err := schedule.Parse(progress.Expression, progress.Timezone)
			if err != nil {
				continue // a hand wrote it; the page of the job says so
			}
			if due := timetable.Next(from).UTC(); a.now().Sub(due) > lateAfter && (!isLate || due.Before(earliest)) {
				earliest, isLate = due, true
			}
		}
		return earliest, isLate
	}
	since := refreshedAt
	if resumed := state.Resumed; resumed != nil && resumed.At.After(since) {
		since = resumed.At
	}
	due, isLate := late(since)
	if !isLate {
		return time.Time{}, nil
	}
	looked, err := a.lastLook()
	if err != nil {
		return time.Time{}, err
	}
	if looked.After(since) {
		if due, isLate = late(looked); !isLate {
			return time.Time{}, nil
		}
	}
	return due, nil
}

// lastLook is when the lake was last looked at by a run that ended well, as far as the newest runs tell.
func (a *app) lastLook() (last time.Time, err error) {
	history, err := catalog.OpenHistory(context.Background(), a.settings.Warehouse)
	if err != nil {
		return last, err
	}
	defer func() { err = errors.Join(err, history.Close()) }()
	count := 0
	for run, err := range history.All(context.Background()) {
		if err != nil {
			return last, err
		}
		if count++; count > lookedAt {
			break
		}
		if (run.State == journal.Succeeded || run.State == journal.UpToDate) && run.Trigger != catalog.RollbackTrigger && run.Trigger != catalog.WithdrawTrigger {
			return run.StartedAt, nil
		}
	}
	return last, nil
}
