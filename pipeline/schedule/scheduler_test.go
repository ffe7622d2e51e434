package schedule_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/fmcg/fmcg/pipeline/schedule"
)

func TestADailyScheduleRunsOnceADayAtItsLocalTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "02:00", "Asia/Kolkata", "2026-11-20 12:00")
		h.start()
		h.pass(3 * days)
		h.wantRuns("schedule 2026-11-20 20:30", "schedule 2026-11-21 20:30", "schedule 2026-11-22 20:30")
		h.wantEnd()
		h.wantRuns()
	})
}

func TestTheFirstSchedulerOfAWarehouseHasNothingToMakeUpFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "02:00", "UTC", "2026-11-20 02:01")
		h.start()
		h.pass(23 * hours)
		h.wantRuns()
		h.wantEnd()
	})
}

func TestAFailedRunDoesNotStopTheScheduler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "02:00", "UTC", "2026-11-20 12:00")
		h.work(func(context.Context) error { return errors.New("lake unreachable") })
		h.start()
		h.pass(1 * days)
		h.wantRuns("schedule 2026-11-21 02:00") // once: it is not tried again before the next night
		if state, err := schedule.Read(h.config.Warehouse); err != nil || state.Last.Error != "lake unreachable" {
			t.Errorf("state %+v, %v", state, err)
		}
		h.work(nil)
		h.pass(1 * days)
		h.wantRuns("schedule 2026-11-22 02:00")
		if state, err := schedule.Read(h.config.Warehouse); err != nil || state.Last.Error != "" {
			t.Errorf("state %+v, %v", state, err)
		}
		h.wantSaid(1, "run failed (schedule): lake unreachable")
		h.wantEnd()
	})
}

func TestANewTimetableIsNotDueForTimesThatPassedBeforeIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "02:00", "UTC", "2026-11-20 12:00")
		h.start()
		h.pass(1 * days)
		h.wantEnd()
		h.wantRuns("schedule 2026-11-21 02:00")
		h.times("05:00")
		h.start()
		h.pass(1 * hours)
		h.wantRuns()
		h.wantEnd()
		h.pass(2 * days) // but what the old one missed is made up for
		h.times("04:00")
		h.start()
		h.wantRuns("catch-up 2026-11-23 13:00")
		h.wantEnd()
	})
}

func TestAWarehouseHasOneScheduler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "02:00", "UTC", "2026-11-20 12:00")
		h.start()
		err := schedule.Run(t.Context(), h.config)
		var locked *schedule.LockedError
		if !errors.As(err, &locked) || locked.Holder.StartedBy != "test@host" {
			t.Errorf("a second one: %v", err)
		}
		if _, running := schedule.Running(h.config.Warehouse); !running {
			t.Error("nobody is said to schedule")
		}
		h.wantEnd()
		if holder, running := schedule.Running(h.config.Warehouse); running {
			t.Errorf("%s is said to schedule", holder)
		}
		h.start()
		h.wantEnd()
	})
}

func TestAStateThatCannotBeReadStartsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "02:00", "UTC", "2026-11-20 12:00")
		h.start()
		writeFile(t, schedule.StatePath(h.config.Warehouse), "{")
		h.pass(1 * days)
		h.wantRuns()
		h.wantSaid(1, "nothing is started: read")
		h.wantEnd()
		if err := schedule.Run(t.Context(), h.config); err == nil || !strings.Contains(err.Error(), "schedule.json") {
			t.Errorf("a scheduler began with it: %v", err)
		}
	})
}
