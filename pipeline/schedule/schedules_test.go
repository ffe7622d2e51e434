package schedule_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/pipeline/journal"
	"github.com/fmcg/fmcg/pipeline/schedule"
)

// put makes a schedule as a page does.
func (h *house) put(one schedule.Schedule) {
	h.t.Helper()
	one.By, one.At = "olga", h.now()
	if one.Timezone == "" && one.Poll == "" {
		one.Timezone = "UTC"
	}
	if err := schedule.Put(h.config.Warehouse, h.config.Configured, one); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) remove(name string) {
	h.t.Helper()
	if err := schedule.Remove(h.config.Warehouse, h.config.Configured, name, "olga", h.now()); err != nil {
		h.t.Fatal(err)
	}
}

func TestARunningSchedulerTakesUpWhatIsMadeChangedTurnedOffAndTakenOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "02:00", "UTC", "2026-11-20 12:00")
		h.start()
		weekly := schedule.Schedule{Name: "weekly", Expression: "0 3 * * SAT", Parameters: schedule.Parameters{Full: true}}
		h.put(weekly)
		h.pass(1 * days)
		h.wantRuns("schedule 2026-11-21 02:00", "weekly: schedule 2026-11-21 03:00 full")
		weekly.Expression = "30 4 * * SUN"
		h.put(weekly)
		h.pass(1 * days)
		h.wantRuns("schedule 2026-11-22 02:00", "weekly: schedule 2026-11-22 04:30 full")
		weekly.Off = true
		h.put(weekly)
		h.pass(7 * days)
		h.runs = nil
		weekly.Off = false
		h.put(weekly) // it is due from now on: what passed while it was off is not made up for
		h.pass(6*days + 12*hours)
		h.runs = nil
		h.pass(6 * hours)
		h.wantRuns("schedule 2026-12-06 02:00", "weekly: schedule 2026-12-06 04:30 full")
		h.remove("weekly")
		h.pass(7*days - 12*hours)
		h.runs = nil
		h.pass(12 * hours)
		h.wantRuns("schedule 2026-12-13 02:00")
		h.wantSaid(1, "schedule weekly: 0 3 * * SAT UTC, full true (olga, 2026-11-20T12:00:00Z); next due Sat 2026-11-21 03:00 UTC")
		h.wantSaid(1, "schedule weekly is off")
		h.wantSaid(1, "schedule weekly is taken out")
		h.wantEnd()
	})
}

func TestWhatIsMadeWithoutASchedulerIsTakenUpByTheNextOneFromThenOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "02:00", "UTC", "2026-11-20 12:00")
		h.put(schedule.Schedule{Name: "noon", Expression: "12:30"})
		h.pass(2 * hours)
		h.start()
		h.wantRuns("noon: catch-up 2026-11-20 14:00")
		h.pass(1 * days)
		h.wantRuns("schedule 2026-11-21 02:00", "noon: schedule 2026-11-21 12:30")
		h.wantEnd()
	})
}

func TestOneMadeUnderTheNameOfAConfiguredOneTakesItsPlaceUntilItIsTakenOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "02:00", "UTC", "2026-11-20 12:00")
		h.start()
		h.put(schedule.Schedule{Name: schedule.Default, Expression: "05:00"})
		h.pass(1 * days)
		h.wantRuns("schedule 2026-11-21 05:00")
		h.put(schedule.Schedule{Name: schedule.Default, Expression: "05:00", Off: true})
		h.pass(1 * days)
		h.wantRuns()
		h.remove(schedule.Default)
		h.pass(1 * days)
		h.wantRuns("schedule 2026-11-23 02:00")
		if err := schedule.Remove(h.config.Warehouse, h.config.Configured, schedule.Default, "olga", h.now()); !errors.Is(err, schedule.ErrNoSchedule) {
			t.Errorf("a configured one is taken out: %v", err)
		}
		h.wantEnd()
	})
}

func TestSchedulesThatAskForTheSameAreMetByOneRunAndOthersByOneEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "02:00", "UTC", "2026-11-20 12:00")
		h.put(schedule.Schedule{Name: "hourly", Expression: "0 * * * *"})
		h.put(schedule.Schedule{Name: "full", Expression: "02:00", Parameters: schedule.Parameters{Full: true}})
		h.start()
		h.pass(13*hours + 30*time.Minute)
		h.runs = nil
		h.pass(1 * hours)
		h.wantRuns("schedule 2026-11-21 02:00", "full: schedule 2026-11-21 02:00 full")
		h.wantEnd()
		h.pass(3 * days)
		h.start()
		h.wantRuns("hourly: catch-up 2026-11-24 02:30", "full: catch-up 2026-11-24 02:30 full")
		h.wantEnd()
	})
}

// Whichever is due every half hour does not keep the others from their turn, though a run takes two hours.
func TestAScheduleThatIsDueAllTheTimeStarvesNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "02:00", "UTC", "2026-11-20 23:45")
		h.put(schedule.Schedule{Name: "often", Expression: "*/30 * * * *", Parameters: schedule.Parameters{AfterLoad: "keep"}})
		h.work(func(ctx context.Context) error {
			select {
			case <-time.After(2 * hours):
			case <-ctx.Done():
			}
			return ctx.Err()
		})
		h.start()
		h.pass(5 * hours)
		h.wantRuns("often: schedule 2026-11-21 00:00", "often: schedule 2026-11-21 02:00", "schedule 2026-11-21 04:00")
		if err := h.end(); !errors.Is(err, context.Canceled) {
			t.Errorf("a run was cut off, and the scheduler said %v", err)
		}
	})
}

func TestAScheduleThatIsEditedWhileItsRunIsGoingIsNotRunTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "02:00", "UTC", "2026-11-20 12:00")
		h.work(func(ctx context.Context) error { time.Sleep(2 * hours); return nil })
		h.start()
		h.pass(15 * hours)
		h.put(schedule.Schedule{Name: schedule.Default, Expression: "02:00", Parameters: schedule.Parameters{Full: true}})
		h.pass(1 * days)
		h.wantRuns("schedule 2026-11-21 02:00", "schedule 2026-11-22 02:00 full")
		h.wantEnd()
	})
}

func TestASchedulerTakesUpATriggerForNewFilesAndDropsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "02:00", "UTC", "2026-11-20 12:00")
		h.deliver("a.csv")
		h.start()
		h.pass(1 * hours)
		h.put(schedule.Schedule{Name: "arrivals", Poll: "10m", Settle: "0s", Parameters: schedule.Parameters{Full: true}})
		h.pass(20 * time.Minute)
		h.wantRuns("arrivals: new file 2026-11-20 13:00 full")
		h.remove("arrivals")
		h.deliver("b.csv")
		h.pass(1 * hours)
		h.wantRuns()
		h.wantEnd()
	})
}

func TestAWordFromAPageWakesTheScheduler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "02:00", "UTC", "2026-11-20 12:00")
		wake := make(chan struct{})
		h.config.Wake = wake
		h.start()
		h.put(schedule.Schedule{Name: "noon", Expression: "12:30"})
		h.wantSaid(0, "schedule noon")
		wake <- struct{}{}
		synctest.Wait()
		h.wantSaid(1, "schedule noon")
		h.wantEnd()
	})
}

func TestAMistakeInAScheduleNamesItsField(t *testing.T) {
	for field, one := range map[string]schedule.Schedule{
		"name":       {Name: "../etc", Expression: "02:00", Timezone: "UTC"},
		"schedule":   {Name: "a", Expression: "25:00", Timezone: "UTC"},
		"timezone":   {Name: "a", Expression: "02:00", Timezone: "Europe/Brelin"},
		"poll":       {Name: "a", Poll: "1ms", Settle: "0s"},
		"settle":     {Name: "a", Poll: "1m", Settle: "soon"},
		"tasks":      {Name: "a", Expression: "02:00", Timezone: "UTC", Parameters: schedule.Parameters{Full: true, Tasks: []string{"x"}}},
		"after_load": {Name: "a", Expression: "02:00", Timezone: "UTC", Parameters: schedule.Parameters{AfterLoad: "burn"}},
	} {
		warehouse := filepath.Join(t.TempDir(), "fmcg.duckdb")
		err := schedule.Put(warehouse, nil, one)
		var mistake schedule.Mistake
		if !errors.As(err, &mistake) || mistake.Field != field {
			t.Errorf("%+v: %v, want a mistake of %s", one, err, field)
		}
		if state, err := schedule.Read(warehouse); err != nil || len(state.Schedules) > 0 {
			t.Errorf("kept %+v, %v", state.Schedules, err)
		}
	}
}

func TestAStateWithAScheduleThatCannotBeStartsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "02:00", "UTC", "2026-11-20 12:00")
		h.start()
		writeFile(t, schedule.StatePath(h.config.Warehouse), `{"schedules": [{"name": "by hand", "schedule": "25:00", "timezone": "UTC"}]}`)
		h.pass(1 * days)
		h.wantRuns()
		h.wantSaid(1, `schedule by hand: schedule "25:00" is neither`)
		h.wantEnd()
	})
}

func TestWhoDidWhatToTheScheduleIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "02:00", "UTC", "2026-11-20 12:00")
		h.put(schedule.Schedule{Name: "noon", Expression: "12:30"})
		h.put(schedule.Schedule{Name: "noon", Expression: "12:45", Off: true})
		h.remove("noon")
		if err := schedule.Pause(h.config.Warehouse, "ann@host", "stocktaking", h.now()); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second finds no pause
			if _, err := schedule.Resume(h.config.Warehouse, "ann@host", h.now()); err != nil {
				t.Fatal(err)
			}
		}
		acts, err := journal.Acts(filepath.Dir(h.config.Warehouse), 10)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, act := range acts {
			got = append(got, strings.Join([]string{act.By, act.Act, act.Schedule, act.Before, act.Detail}, "|"))
		}
		if diff := cmp.Diff([]string{"ann@host|resume|||", "ann@host|pause|||stocktaking", "olga|schedule_remove|noon|12:45 UTC, off|",
			"olga|schedule_change|noon|12:30 UTC|12:45 UTC, off", "olga|schedule_add|noon||12:30 UTC"}, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if few, err := journal.Acts(filepath.Dir(h.config.Warehouse), 2); err != nil || len(few) != 2 || few[0].Act != journal.ScheduleResumed {
			t.Errorf("the newest two: %+v, %v", few, err)
		}
	})
}
