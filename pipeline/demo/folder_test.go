package demo

import (
	"os"
	"path/filepath"
	"testing"
)

func TestAFolderHoldsTheFilesWithTheirTimesAndNothingElse(t *testing.T) {
	want, _ := write(t, smallest)
	dir := t.TempDir()
	for range 2 { // a second writing replaces
		if _, err := Write(t.Context(), smallest, FolderSink(dir)); err != nil {
			t.Fatal(err)
		}
	}
	got := 0
	err := filepath.WalkDir(dir, func(name string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		got++
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		body, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		f, known := want[filepath.ToSlash(rel)]
		if !known || f.body != string(body) || !f.modified.Equal(info.ModTime()) {
			t.Errorf("%s: not what was to be written", rel)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got != len(want) {
		t.Errorf("%d files, want %d", got, len(want))
	}
}

func TestAFailedFileLeavesNothingInTheFolder(t *testing.T) {
	dir := t.TempDir()
	// A folder in the way of the file: the rename cannot succeed.
	if err := os.MkdirAll(filepath.Join(dir, "child", "x.csv", "inside"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := FolderSink(dir)(t.Context(), "child/x.csv", []byte("a\n"), storyEnd); err == nil {
		t.Fatal("no error")
	}
	entries, err := os.ReadDir(filepath.Join(dir, "child"))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}
