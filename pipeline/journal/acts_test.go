package journal_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fmcg/fmcg/pipeline/journal"
)

func TestActsAreReadNewestFirstAndALineThatWasCutShortIsLeftOut(t *testing.T) {
	dir := t.TempDir()
	if acts, err := journal.Acts(dir, 5); err != nil || len(acts) != 0 {
		t.Errorf("of nobody: %v, %v", acts, err)
	}
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for i := range 30 {
		if err := journal.Note(dir, journal.Act{At: at.Add(time.Duration(i) * time.Minute), By: "olga", Act: journal.RunAsked}); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.OpenFile(filepath.Join(dir, journal.ActsFile), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(`{"at":"2026-11-20T13:00:00Z","by":"ol`); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	acts, err := journal.Acts(dir, 5)
	if err != nil || len(acts) != 5 || !acts[0].At.Equal(at.Add(29*time.Minute)) || !acts[4].At.Equal(at.Add(25*time.Minute)) {
		t.Errorf("%v, %v", acts, err)
	}
	if err := journal.Note(dir, journal.Act{At: at.Add(time.Hour), By: "ann", Act: journal.CancelAsked}); err != nil {
		t.Fatal(err)
	}
	if acts, err := journal.Acts(dir, 5); err != nil || acts[0].By != "ann" || acts[1].By != "olga" {
		t.Errorf("after it: %v, %v", acts, err)
	}
	runs, err := journal.Runs(dir)
	if err != nil || len(runs) != 0 {
		t.Errorf("acts are taken for runs: %v, %v", runs, err)
	}
}
