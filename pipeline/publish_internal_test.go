package pipeline

import (
	"os"
	"path/filepath"
	"testing"
)

// Where symbolic links cannot be made (Windows, some shares) a copy stands in for the link, and only while no client's log
// lies beside it: without the link the engine would replay that log into the new file.
func TestWithoutLinksARegularFileIsPublishedAndRefusedWhileALogLiesBesideIt(t *testing.T) {
	warehouse := filepath.Join(t.TempDir(), "fmcg.duckdb")
	one := newRelease(warehouse, "one")
	if err := one.begin("", ""); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(one.path, []byte("a release"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := one.seal(); err != nil {
		t.Fatal(err)
	}
	next := warehouse + ".next"
	if err := one.copyBeside(next); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, warehouse); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(warehouse)
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm() != publishedMode {
		t.Errorf("published: %v, %v", info, err)
	}
	if !one.isPublished() {
		t.Error("the release does not know that it is published")
	}
	if err := os.WriteFile(warehouse+walSuffix, []byte("a log"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := newRelease(warehouse, "two").copyBeside(next); err == nil {
		t.Error("published beside a client's log")
	}
}
