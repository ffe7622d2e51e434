package schedule_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/fmcg/fmcg/pipeline/schedule"
)

func writeFile(t *testing.T, path, body string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(body), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestAPauseSaysWhoWhenAndWhy(t *testing.T) {
	warehouse := filepath.Join(t.TempDir(), "not", "there", "fmcg.duckdb")
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	if err := schedule.Pause(warehouse, "ann@host", "rolled back", at); err != nil {
		t.Fatal(err)
	}
	state, err := schedule.Read(warehouse)
	if err != nil {
		t.Fatal(err)
	}
	if want := (schedule.Paused{By: "ann@host", At: at, Reason: "rolled back"}); *state.Paused != want {
		t.Errorf("%+v, want %+v", *state.Paused, want)
	}
	for _, wanted := range []bool{true, false} { // the second finds no pause
		was, err := schedule.Resume(warehouse, fmt.Sprintf("bob %v", wanted), at)
		if err != nil || (was != nil) != wanted {
			t.Errorf("resumed %v, %v", was, err)
		}
	}
	if state, err = schedule.Read(warehouse); err != nil {
		t.Fatal(err)
	}
	if want := (schedule.Resumed{By: "bob true", At: at}); state.Resumed == nil || *state.Resumed != want {
		t.Errorf("%+v, want %+v", state.Resumed, want)
	}
}

// However many terminals pause and resume at once, a pause is ended by one of them, and a reader finds a whole file.
func TestNoChangeOfTheStateIsLostToAnother(t *testing.T) {
	warehouse := filepath.Join(t.TempDir(), "fmcg.duckdb")
	var workers sync.WaitGroup
	for i := range 20 {
		workers.Go(func() {
			if err := schedule.Pause(warehouse, fmt.Sprintf("%d@host", i), "", time.Unix(0, 0)); err != nil {
				t.Error(err)
			}
			if _, err := schedule.Read(warehouse); err != nil {
				t.Error(err)
			}
		})
	}
	workers.Wait()
	ended := make(chan bool, 20)
	for range 20 {
		workers.Go(func() {
			was, err := schedule.Resume(warehouse, "ann@host", time.Unix(0, 0))
			if err != nil {
				t.Error(err)
			}
			ended <- was != nil
		})
	}
	workers.Wait()
	close(ended)
	count := 0
	for one := range ended {
		if one {
			count++
		}
	}
	if count != 1 {
		t.Errorf("%d terminals ended the pause", count)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(warehouse), "schedule.json.*[0-9]"))
	if err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
