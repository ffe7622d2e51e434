package schedule_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fmcg/fmcg/pipeline/schedule"
)

func TestADueTimeWhileARunIsGoingIsQueuedOnceOrSkipped(t *testing.T) {
	for overlap, want := range map[schedule.Overlap][]string{
		schedule.Queue: {"schedule 2026-11-21 02:00", "schedule 2026-11-23 04:00", "schedule 2026-11-25 06:00"},
		schedule.Skip:  {"schedule 2026-11-21 02:00", "schedule 2026-11-24 02:00"},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := newHouse(t, "02:00", "UTC", "2026-11-20 12:00")
			h.config.Overlap = overlap
			going := 0
			h.work(func(ctx context.Context) error {
				if going++; going > 1 {
					t.Error("two runs at once")
				}
				defer func() { going-- }()
				select {
				case <-time.After(50 * hours): // over two due times
				case <-ctx.Done():
				}
				return ctx.Err()
			})
			h.start()
			h.pass(4*days + 20*hours)
			h.wantRuns(want...)
			h.wantSaid(map[schedule.Overlap]int{schedule.Queue: 0, schedule.Skip: 3}[overlap], "skipped: a run is going")
			if err := h.end(); !errors.Is(err, context.Canceled) {
				t.Errorf("a run was cut off, and the scheduler said %v", err)
			}
		})
	}
}

func TestARunOfAnotherProcessIsWaitedForOrSkipped(t *testing.T) {
	for overlap, want := range map[schedule.Overlap][]string{
		schedule.Queue: {"schedule 2026-11-21 02:40", "schedule 2026-11-22 02:00"},
		schedule.Skip:  {"schedule 2026-11-22 02:00"},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := newHouse(t, "02:00", "UTC", "2026-11-20 12:00")
			h.config.Overlap = overlap
			h.work(func(context.Context) error { return fmt.Errorf("%w: run X", schedule.ErrBusy) })
			h.start()
			h.pass(14*hours + 39*time.Minute + 45*time.Second)
			h.runs = nil
			h.work(nil)
			h.pass(1 * days)
			h.wantRuns(want...)
			h.wantSaid(1, "another process refreshes the warehouse: run X")
			h.wantEnd()
		})
	}
}

func TestAPauseOutlivesARestartAndIsMadeUpForByOneRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "02:00", "UTC", "2026-11-20 12:00")
		h.watch(5*time.Minute, 0)
		h.deliver("new.csv")
		if err := schedule.Pause(h.config.Warehouse, "ann@host", "stocktaking", h.now()); err != nil {
			t.Fatal(err)
		}
		h.start()
		h.wantSaid(1, "paused by ann@host at 2026-11-20T12:00:00Z: stocktaking")
		h.pass(2 * days)
		h.wantEnd()
		h.start()
		h.pass(2 * days)
		h.wantRuns()
		h.deliver()
		was, err := schedule.Resume(h.config.Warehouse, "ann@host", h.now())
		if err != nil || was == nil || was.By != "ann@host" || was.Reason != "stocktaking" {
			t.Errorf("%+v, %v", was, err)
		}
		h.pass(1 * days)
		h.wantRuns("catch-up 2026-11-24 12:00", "schedule 2026-11-25 02:00")
		h.wantSaid(1, "resumed")
		h.wantEnd()
	})
}

func TestAPauseBetweenTwoDueTimesCostsNoRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "02:00", "UTC", "2026-11-20 12:00")
		h.start()
		if err := schedule.Pause(h.config.Warehouse, "ann@host", "", h.now()); err != nil {
			t.Fatal(err)
		}
		h.pass(3 * hours)
		if _, err := schedule.Resume(h.config.Warehouse, "ann@host", h.now()); err != nil {
			t.Fatal(err)
		}
		h.pass(1 * days)
		h.wantRuns("schedule 2026-11-21 02:00")
		h.wantEnd()
	})
}

func TestARunThatWasCutOffIsMadeUpFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "02:00", "UTC", "2026-11-20 12:00")
		h.work(func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		h.start()
		h.pass(15 * hours)
		if err := h.end(); !errors.Is(err, context.Canceled) {
			t.Errorf("the run was cut off, and the scheduler said %v", err)
		}
		h.work(nil)
		h.start()
		h.wantRuns("schedule 2026-11-21 02:00", "catch-up 2026-11-21 03:00")
		h.wantEnd()
	})
}

// Whichever the scheduler notices first, the end of its run or its own.
func TestARunThatEndsBecauseTheSchedulerDoesIsMadeUpFor(t *testing.T) {
	for range 30 {
		synctest.Test(t, func(t *testing.T) {
			h := newHouse(t, "02:00", "UTC", "2026-11-20 12:00")
			h.work(func(ctx context.Context) error { h.stop(); return ctx.Err() })
			say, begun := h.config.Say, false
			h.config.Say = func(format string, arguments ...any) {
				begun = strings.HasPrefix(format, "run begins")
				say(format, arguments...)
			}
			h.config.Now = func() time.Time {
				if begun { // the scheduler is slow, so that both have come when it looks
					begun = false
					time.Sleep(time.Second)
				}
				return h.now()
			}
			h.start()
			h.pass(15 * hours)
			if err := <-h.done; !errors.Is(err, context.Canceled) {
				t.Errorf("the run was cut off, and the scheduler said %v", err)
			}
			h.work(nil)
			h.start()
			h.wantRuns("schedule 2026-11-21 02:00", "catch-up 2026-11-21 03:00")
			h.wantEnd()
		})
	}
}
