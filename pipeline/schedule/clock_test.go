package schedule_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fmcg/fmcg/pipeline/schedule"
)

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
		second := rapid.SampledFrom([]string{"", "03:00", "0 */4 * * *", "02:00"}).Draw(rt, "second expression") // asks for something else, so that each has its runs
		var problem string
		synctest.Test(t, func(t *testing.T) {
			h := newHouse(t, expression, zone, start)
			expressions := map[string]string{schedule.Default: expression}
			if second != "" {
				expressions["second"] = second
				h.put(schedule.Schedule{Name: "second", Expression: second, Timezone: zone, Parameters: schedule.Parameters{Full: true}})
			}
			handled, want := map[string]time.Time{}, map[string]int{}
			for name := range expressions {
				handled[name] = h.now()
			}
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
				for name, expression := range expressions {
					leapt := false
					for _, due := range dues(parse(t, expression, zone), handled[name].Add(time.Second), h.now().Add(time.Second)) {
						if due.After(begin.Add(30 * time.Second)) {
							want[name]++
						} else if !leapt {
							leapt = true
							want[name]++
						}
						handled[name] = due
					}
				}
			}
			got := map[string]int{}
			for _, run := range h.runs {
				if strings.HasPrefix(run, "second: ") {
					got["second"]++
				} else {
					got[schedule.Default]++
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				problem = fmt.Sprintf("runs (-want +got):\n%s\n%s", diff, strings.Join(h.said, "\n"))
			}
			h.wantEnd()
		})
		if problem != "" {
			rt.Fatal(problem)
		}
	})
}
