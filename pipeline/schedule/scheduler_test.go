package schedule_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fmcg/fmcg/pipeline/schedule"
)

// house is a warehouse whose scheduler runs in a bubble of testing/synctest, where a day passes in a moment. Its clock
// may be set, as a machine's may; timers do not notice.
type house struct {
	t      *testing.T
	config schedule.Config

	mutex sync.Mutex
	skew  time.Duration
	runs  []string // "trigger day clock", in UTC
	said  []string
	lake  []string
	job   func(ctx context.Context) error // nil: it succeeds at once

	stop context.CancelFunc
	done chan error
}

func newHouse(t *testing.T, expression, zone, start string) *house {
	t.Helper()
	h := &house{t: t}
	h.set(start)
	h.config = schedule.Config{
		Warehouse: filepath.Join(t.TempDir(), "fmcg.duckdb"),
		Timetable: parse(t, expression, zone),
		StartedBy: "test@host",
		Now:       h.now,
		Job: func(ctx context.Context, trigger string) error {
			h.mutex.Lock()
			h.runs = append(h.runs, trigger+" "+h.time())
			job := h.job
			h.mutex.Unlock()
			if job == nil {
				return nil
			}
			return job(ctx)
		},
		NewFiles: func(context.Context) ([]string, error) {
			h.mutex.Lock()
			defer h.mutex.Unlock()
			if slices.Contains(h.lake, "unreachable") {
				return nil, errors.New("lake unreachable")
			}
			return slices.Clone(h.lake), nil
		},
		Say: func(format string, arguments ...any) {
			h.mutex.Lock()
			defer h.mutex.Unlock()
			h.said = append(h.said, h.time()+" "+fmt.Sprintf(format, arguments...))
		},
	}
	return h
}

func (h *house) time() string { return time.Now().Add(h.skew).UTC().Format("2006-01-02 15:04") }

func (h *house) now() time.Time {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return time.Now().Add(h.skew)
}

// set sets the clock.
func (h *house) set(to string) {
	h.t.Helper()
	at, err := time.Parse("2006-01-02 15:04", to)
	if err != nil {
		h.t.Fatal(err)
	}
	h.jump(at.Sub(h.now()))
}

func (h *house) jump(by time.Duration) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.skew += by
}

func (h *house) deliver(files ...string) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.lake = files
}

func (h *house) work(job func(ctx context.Context) error) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.job = job
}

func (h *house) start() {
	ctx, stop := context.WithCancel(context.Background())
	h.stop, h.done = stop, make(chan error, 1)
	go func() { h.done <- schedule.Run(ctx, h.config) }()
	synctest.Wait()
}

func (h *house) end() error {
	h.stop()
	return <-h.done
}

// wantEnd ends the scheduler, which must have nothing to complain of.
func (h *house) wantEnd() {
	h.t.Helper()
	if err := h.end(); err != nil {
		h.t.Error(err)
	}
}

// pass lets time go by.
func (h *house) pass(span time.Duration) {
	time.Sleep(span)
	synctest.Wait()
}

// wantRuns compares the runs since the last call.
func (h *house) wantRuns(want ...string) {
	h.t.Helper()
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if diff := cmp.Diff(want, h.runs); diff != "" {
		h.t.Errorf("runs (-want +got):\n%s\n%s", diff, strings.Join(h.said, "\n"))
	}
	h.runs = nil
}

// wantSaid wants so many lines with a text.
func (h *house) wantSaid(count int, text string) {
	h.t.Helper()
	h.mutex.Lock()
	defer h.mutex.Unlock()
	got := 0
	for _, line := range h.said {
		if strings.Contains(line, text) {
			got++
		}
	}
	if got != count {
		h.t.Errorf("said %q %d times, want %d:\n%s", text, got, count, strings.Join(h.said, "\n"))
	}
}

const hours, days = time.Hour, 24 * time.Hour

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

func TestADayWhoseClockChangesHasOneRun(t *testing.T) {
	for _, c := range []struct {
		start string
		want  []string
	}{
		{"2026-03-27 12:00", []string{"schedule 2026-03-28 01:30", "schedule 2026-03-29 01:00", "schedule 2026-03-30 00:30"}},
		{"2026-10-23 12:00", []string{"schedule 2026-10-24 00:30", "schedule 2026-10-25 00:30", "schedule 2026-10-26 01:30"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := newHouse(t, "02:30", "Europe/Berlin", c.start)
			h.start()
			h.pass(3 * days)
			h.wantRuns(c.want...)
			h.wantEnd()
		})
	}
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

func TestAnOutageIsMadeUpForByOneRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "02:00", "UTC", "2026-11-20 12:00")
		h.start()
		h.pass(1 * days)
		h.wantRuns("schedule 2026-11-21 02:00")
		h.wantEnd()
		h.pass(10 * days)
		h.start()
		h.wantRuns("catch-up 2026-12-01 12:00")
		h.wantSaid(1, "10 due times passed without a run, the last Tue 2026-12-01 02:00 UTC: catching up once")
		h.wantEnd()
		h.pass(hours)
		h.start() // nothing is due
		h.pass(1 * days)
		h.wantRuns("schedule 2026-12-02 02:00")
		h.wantEnd()
	})
}

func TestASleepOfTheMachineIsMadeUpForByOneRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "02:00", "UTC", "2026-11-20 12:00")
		h.start()
		h.jump(3*days + 8*hours) // timers stand still while a machine sleeps
		h.pass(time.Minute)
		h.pass(8 * hours)
		h.wantRuns("catch-up 2026-11-23 20:00", "schedule 2026-11-24 02:00")
		h.wantEnd()
	})
}

func TestAClockThatIsSetBackALittleRepeatsNoRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "02:00", "UTC", "2026-11-20 12:00")
		h.start()
		h.pass(14*hours + time.Minute)
		h.wantRuns("schedule 2026-11-21 02:00")
		h.set("2026-11-21 01:00")
		h.pass(3 * hours) // it is 02:00 again
		h.wantEnd()
		h.set("2026-11-21 01:30")
		h.start()
		h.pass(2 * hours) // and again, for another scheduler
		h.wantRuns()
		h.pass(1 * days)
		h.wantRuns("schedule 2026-11-22 02:00")
		h.wantEnd()
	})
}

func TestAWrongClockThatIsSetRightLosesNoDay(t *testing.T) {
	for _, restart := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			h := newHouse(t, "02:00", "UTC", "2026-11-20 12:00")
			h.start()
			h.set("2031-01-01 12:00")
			h.pass(time.Minute)
			h.wantRuns("catch-up 2031-01-01 12:00")
			if restart {
				h.wantEnd()
			}
			h.set("2026-11-20 13:00")
			if restart {
				h.start()
			}
			h.pass(2 * days)
			h.wantRuns("schedule 2026-11-21 02:00", "schedule 2026-11-22 02:00")
			h.wantSaid(1, "the clock went back")
			h.wantEnd()
		})
	}
}

// The law of the scheduler, whatever the clock does: when it shows a due time for the first time there is one run, and one
// for however many it leaps over. (A clock set back by hours was wrong; that is another test.)
func TestWhateverTheClockDoesEachDueTimeIsHandledOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		expression := rapid.SampledFrom([]string{"02:00", "0 */6 * * *", "30 2 * * *"}).Draw(rt, "expression")
		zone := rapid.SampledFrom([]string{"UTC", "Europe/Berlin", "Australia/Lord_Howe"}).Draw(rt, "zone")
		start := rapid.SampledFrom([]string{"2026-11-20 12:00", "2026-03-28 20:00", "2026-10-24 20:00", "2026-04-04 10:00"}).Draw(rt, "start")
		moves := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) [2]time.Duration {
			return [2]time.Duration{
				time.Duration(rapid.IntRange(-179, 3000).Draw(t, "jump")) * time.Minute,
				time.Duration(rapid.IntRange(1, 1500).Draw(t, "pass")) * time.Minute,
			}
		}), 1, 5).Draw(rt, "moves")
		restarts := rapid.Bool().Draw(rt, "restarts")
		var problem string
		synctest.Test(t, func(t *testing.T) {
			h := newHouse(t, expression, zone, start)
			handled, want := h.now(), 0
			h.start()
			for _, move := range moves {
				if restarts {
					h.wantEnd()
				}
				h.jump(move[0])
				if restarts {
					h.start()
				}
				begin := h.now()
				h.pass(move[1])
				leapt := false
				for _, due := range dues(h.config.Timetable, handled.Add(time.Second), h.now().Add(time.Second)) {
					if due.After(begin.Add(30 * time.Second)) {
						want++
					} else if !leapt {
						leapt = true
						want++
					}
					handled = due
				}
			}
			if len(h.runs) != want {
				problem = fmt.Sprintf("%d runs, want %d:\n%s", len(h.runs), want, strings.Join(h.said, "\n"))
			}
			h.wantEnd()
		})
		if problem != "" {
			rt.Fatal(problem)
		}
	})
}

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

func TestAPauseOutlivesARestartAndIsMadeUpForByOneRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "02:00", "UTC", "2026-11-20 12:00")
		h.config.Poll = 5 * time.Minute
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
		was, err := schedule.Resume(h.config.Warehouse)
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
		if _, err := schedule.Resume(h.config.Warehouse); err != nil {
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

func TestAPauseDuringALookAtTheLakeHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "02:00", "UTC", "2026-11-20 12:00")
		h.config.Poll = 5 * time.Minute
		h.config.NewFiles = func(context.Context) ([]string, error) {
			return []string{"a.csv"}, schedule.Pause(h.config.Warehouse, "ann@host", "", h.now())
		}
		h.start()
		h.pass(1 * hours)
		h.wantRuns()
		if _, err := schedule.Resume(h.config.Warehouse); err != nil {
			t.Fatal(err)
		}
		h.wantEnd()
	})
}

func TestNewFilesStartARunOnceTheyHaveSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "02:00", "UTC", "2026-11-20 12:01")
		h.config.Poll, h.config.Settle = 5*time.Minute, 12*time.Minute
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
		h.config.Poll = 5 * time.Minute
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

func TestANewTimetableIsNotDueForTimesThatPassedBeforeIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, "02:00", "UTC", "2026-11-20 12:00")
		h.start()
		h.pass(1 * days)
		h.wantEnd()
		h.wantRuns("schedule 2026-11-21 02:00")
		h.config.Timetable = parse(t, "05:00", "UTC")
		h.start()
		h.pass(1 * hours)
		h.wantRuns()
		h.wantEnd()
		h.pass(2 * days) // but what the old one missed is made up for
		h.config.Timetable = parse(t, "04:00", "UTC")
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
