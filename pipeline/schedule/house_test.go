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
		Warehouse:  filepath.Join(t.TempDir(), "fmcg.duckdb"),
		Configured: []schedule.Schedule{{Name: schedule.Default, Expression: expression, Timezone: zone}},
		StartedBy:  "test@host",
		Now:        h.now,
		Job: func(ctx context.Context, start schedule.Start) error {
			h.mutex.Lock()
			run := start.Trigger + " " + h.time()
			if start.Schedule != schedule.Default && start.Schedule != schedule.Arrivals {
				run = start.Schedule + ": " + run
			}
			if start.Parameters.Full {
				run += " full"
			}
			h.runs = append(h.runs, run)
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

// times gives the configured schedule another timetable.
func (h *house) times(expression string) { h.config.Configured[0].Expression = expression }

// watch has the lake looked at for new files.
func (h *house) watch(poll, settle time.Duration) {
	h.config.Configured = append(h.config.Configured, schedule.Schedule{Name: schedule.Arrivals, Poll: poll.String(), Settle: settle.String()})
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
