package main

import (
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/fmcg/fmcg/pipeline/journal"
	"github.com/fmcg/fmcg/pipeline/schedule"
)

// Data are late once a run was due an hour ago and none has looked at the lake since; a run that found nothing new has. Nobody
// promised anything where nothing is scheduled, or the schedule is paused, off, or newer than that.
func TestDataAreLateWhenADueRunHasNotLookedAtTheLake(t *testing.T) {
	at := func(text string) time.Time {
		parsed, err := time.Parse(time.DateTime, text)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	daily := map[string]any{"progress": map[string]any{"default": map[string]string{"schedule": "0 2 * * *", "timezone": "UTC"}}}
	with := func(key string, value any) map[string]any {
		return map[string]any{"progress": daily["progress"], key: value}
	}
	for _, test := range []struct {
		name, now, want string
		state           map[string]any
		ended           string // of a run on the 2nd, at 2; "" for none
	}{
		{"nobody schedules runs", "2025-12-05 12:00:00", "", nil, ""},
		{"the next is not due", "2025-12-02 01:00:00", "", daily, ""},
		{"it may still run", "2025-12-02 02:59:00", "", daily, ""},
		{"it did not run", "2025-12-02 03:01:00", "2025-12-02 02:00:00", daily, ""},
		{"the first that did not run counts", "2025-12-05 12:00:00", "2025-12-02 02:00:00", daily, ""},
		{"it failed", "2025-12-02 12:00:00", "2025-12-02 02:00:00", daily, journal.Failed},
		{"it found nothing new", "2025-12-02 12:00:00", "", daily, journal.UpToDate},
		{"and the next did not run", "2025-12-03 12:00:00", "2025-12-03 02:00:00", daily, journal.UpToDate},
		{"it is paused", "2025-12-05 12:00:00", "", with("paused", map[string]any{"by": "olga", "at": at("2025-12-01 12:00:00")}), ""},
		{"the pause has just ended", "2025-12-05 12:00:00", "", with("resumed", map[string]any{"by": "olga", "at": at("2025-12-05 11:00:00")}), ""},
		{"it is off", "2025-12-05 12:00:00", "", with("schedules", []any{map[string]any{"name": "default", "schedule": "0 2 * * *", "timezone": "UTC", "off": true}}), ""},
		{"it was not there before", "2025-12-05 12:00:00", "", with("schedules", []any{map[string]any{"name": "default", "schedule": "0 2 * * *", "timezone": "UTC", "at": at("2025-12-05 11:00:00")}}), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "fmcg.duckdb")
			if test.state != nil {
				body, err := json.Marshal(test.state)
				if err != nil {
					t.Fatal(err)
				}
				writeFile(t, schedule.StatePath(file), string(body))
			}
			if test.ended != "" {
				started := at("2025-12-02 02:00:00")
				writer, err := journal.Create(dir, "20251202T020000000Z-000001", func() time.Time { return started })
				if err != nil {
					t.Fatal(err)
				}
				for _, event := range []journal.Event{{Kind: journal.RunStarted, Name: "schedule", By: "night@server"}, {Kind: journal.RunFinished, State: test.ended}} {
					if _, err := writer.Write(event); err != nil {
						t.Fatal(err)
					}
				}
				if err := writer.Close(); err != nil {
					t.Fatal(err)
				}
			}
			a := &app{now: func() time.Time { return at(test.now) }}
			a.settings.Warehouse = file
			got, err := a.overdue(at("2025-12-01 02:05:00"))
			if err != nil {
				t.Fatal(err)
			}
			var want time.Time
			if test.want != "" {
				want = at(test.want)
			}
			if !got.Equal(want) {
				t.Errorf("late since %v, want %v", got, want)
			}
		})
	}
}
