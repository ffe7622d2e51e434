package web_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/fmcg/fmcg/catalog/web"
	"github.com/fmcg/fmcg/pipeline/journal"
)

// operating says what can be done from here, and keeps the schedules that are made; it starts nothing.
func operating() web.Operations {
	var mu sync.Mutex
	nightly := web.Schedule{Name: "default", Expression: "02:00", Timezone: "Asia/Kolkata", On: true, Configured: true}
	all := []web.Schedule{nightly, {Name: "new files", Poll: "5m", Settle: "2m", On: true, Configured: true}}
	preview := func(one web.Schedule) ([]time.Time, error) {
		switch {
		case one.Expression == "25:00":
			return nil, web.Mistake{Field: "schedule", Text: `schedule "25:00" is neither HH:MM nor a cron expression <b>`}
		case one.Poll != "" || !one.On:
			return nil, nil
		}
		return []time.Time{time.Date(2025, 12, 2, 2, 0, 0, 0, time.UTC), time.Date(2025, 12, 3, 2, 0, 0, 0, time.UTC)}, nil
	}
	at := time.Date(2025, 12, 1, 12, 0, 0, 0, time.UTC)
	return web.Operations{RunsAs: "fmcg@test",
		Parameters: []web.Parameter{{Name: "full", Default: "false", From: "default"}, {Name: "after_load", Default: "move", From: "FMCG_AFTER_LOAD"}},
		Start: func(_ string, asked web.Asked) (string, error) {
			if asked.Parameters.Full && len(asked.Parameters.Tasks) > 0 {
				return "", web.Mistake{Field: "tasks", Text: "a warehouse that is built anew needs all tasks"}
			}
			return "", fmt.Errorf("%w: see %s", web.ErrBusy, "/srv/secret")
		},
		Cancel: func(context.Context, string) error { return web.ErrNotRunning },
		Pause:  func(string, string) error { return nil },
		Schedules: func() (web.Schedules, error) {
			mu.Lock()
			defer mu.Unlock()
			found := web.Schedules{Schedules: slices.Clone(all), Next: []web.Due{{Schedule: "default", At: time.Date(2025, 12, 2, 2, 0, 0, 0, time.UTC)}}}
			for i := range found.Schedules {
				found.Schedules[i].Next, _ = preview(found.Schedules[i])
			}
			return found, nil
		},
		SetSchedule: func(by string, wanted web.Schedule) error {
			if _, err := preview(wanted); err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			wanted.By, wanted.At, wanted.Configured = by, &at, wanted.Name == "default"
			all = append(slices.DeleteFunc(all, func(one web.Schedule) bool { return one.Name == wanted.Name }), wanted)
			return nil
		},
		RemoveSchedule: func(_, name string) error {
			mu.Lock()
			defer mu.Unlock()
			left := slices.DeleteFunc(slices.Clone(all), func(one web.Schedule) bool { return one.Name == name && one.By != "" })
			if len(left) == len(all) {
				return fmt.Errorf("%w: %q", web.ErrNoSchedule, name)
			}
			if all = left; name == "default" {
				all = append(all, nightly)
			}
			return nil
		},
		Preview: preview,
	}
}

// acts writes what operators did, with texts that nobody may take for more.
func (w warehouse) acts(t testing.TB) {
	t.Helper()
	for i, act := range []journal.Act{
		{By: "olga", Act: journal.RunAsked, Run: failedRun, Parameters: map[string]any{"full": true}},
		{By: "victor", Act: journal.CancelAsked, Run: cancelledRun},
		{By: "olga", Act: journal.ScheduleChanged, Schedule: "default", Before: "02:00 Asia/Kolkata", Detail: "03:00 Asia/Kolkata"},
		{By: "<b>olga", Act: journal.SchedulePaused, Detail: "stock <script>alert(4)</script>"},
	} {
		act.At = time.Date(2025, 12, 1, 8, i, 0, 0, time.UTC)
		if err := journal.Note(w.dir, act); err != nil {
			t.Fatal(err)
		}
	}
}
