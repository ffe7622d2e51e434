package schedule_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fmcg/fmcg/pipeline/schedule"
)

func TestAPauseDuringALookAtTheLakeHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "02:00", "UTC", "2026-11-20 12:00")
		h.watch(5*time.Minute, 0)
		h.config.NewFiles = func(context.Context) ([]string, error) {
			return []string{"a.csv"}, schedule.Pause(h.config.Warehouse, "ann@host", "", h.now())
		}
		h.start()
		h.pass(1 * hours)
		h.wantRuns()
		if _, err := schedule.Resume(h.config.Warehouse, "ann@host", h.now()); err != nil {
			t.Fatal(err)
		}
		h.wantEnd()
	})
}

func TestNewFilesStartARunOnceTheyHaveSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "02:00", "UTC", "2026-11-20 12:01")
		h.watch(5*time.Minute, 12*time.Minute)
		h.start()
		h.pass(10 * time.Minute)
		h.deliver("a.csv 100")
		h.pass(10 * time.Minute)
		h.deliver("a.csv 200") // it still grows; seen at 12:26, and the same since
		h.pass(16 * time.Minute)
		h.wantRuns()
		h.pass(2 * time.Minute)
		h.wantRuns("new file 2026-11-20 12:38")
		h.pass(5 * hours)
		h.wantRuns() // what a run did not take in starts no other
		h.deliver("a.csv 200", "b.csv 1")
		h.pass(20 * time.Minute)
		h.deliver()
		h.pass(1 * hours)
		h.wantRuns("new file 2026-11-20 17:55")
		h.pass(8 * hours)
		h.wantRuns("schedule 2026-11-21 02:00")
		h.wantEnd()
	})
}

func TestALakeThatIsAwayForANightIsSaidOnceAndWatchedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "02:00", "UTC", "2026-11-20 20:00")
		h.watch(5*time.Minute, 0)
		h.deliver("unreachable")
		h.work(func(context.Context) error { return errors.New("lake unreachable") })
		h.start()
		h.pass(12 * hours)
		h.wantRuns("schedule 2026-11-21 02:00")
		h.work(nil)
		h.deliver("a.csv")
		h.pass(6 * time.Minute)
		h.deliver()
		h.pass(1 * days)
		h.wantRuns("new file 2026-11-21 08:05", "schedule 2026-11-22 02:00")
		h.wantSaid(1, "the lake is not looked at: lake unreachable")
		h.wantSaid(1, "the lake can be looked at again")
		h.wantEnd()
	})
}
