package spark

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const catalogName = "fmcg"

// delivery is a file of a lake that is yet to come.
type delivery struct {
	path     string // within the lake
	body     []byte
	modified time.Time
}

// deliveries takes the files out of a lake.
func deliveries(t *testing.T, dir string) (all []delivery) {
	t.Helper()
	if err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		within, err := filepath.Rel(dir, path)
		all = append(all, delivery{within, body, info.ModTime()})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func deliver(t *testing.T, dir string, files ...delivery) {
	t.Helper()
	for _, file := range files {
		path := filepath.Join(dir, file.path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, file.body, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, file.modified, file.modified); err != nil {
			t.Fatal(err)
		}
	}
}

// emptyCatalog drops what a former test left.
func (s *session) emptyCatalog(t *testing.T) {
	t.Helper()
	if err := os.RemoveAll(s.catalog()); err != nil {
		t.Fatal(err)
	}
}

// history is a lake that arrives in shuffled batches: a product master late, an order file replaced, another one late.
func history(t *testing.T, seed uint64) (batches [][]delivery) {
	t.Helper()
	all := deliveries(t, demoLake(t, seed))
	chance := rand.New(rand.NewPCG(seed, 9))
	chance.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	isProduct := func(d delivery) bool { return strings.Contains(d.path, "child/products/") }
	products := slices.DeleteFunc(slices.Clone(all), func(d delivery) bool { return !isProduct(d) })
	others := slices.DeleteFunc(slices.Clone(all), isProduct)
	half := len(others) / 2
	replaced := others[slices.IndexFunc(others[:half], func(d delivery) bool {
		return strings.Contains(d.path, "orders/") && strings.HasSuffix(d.path, ".csv") && strings.Count(string(d.body), "\n") > 10
	})]
	lines := strings.SplitAfter(string(replaced.body), "\n")
	replaced.body = []byte(strings.Join(append(lines[:3:3], lines[6:]...), ""))
	replaced.modified = replaced.modified.Add(48 * time.Hour)
	return [][]delivery{others[:half], append(products, replaced), others[half:]}
}

func TestAnIncrementalRunOnIcebergEqualsDuckDBsAfterEachStep(t *testing.T) {
	s := spark(t)
	s.emptyCatalog(t)
	from := s.inCatalog(t)
	lake, published, staging := t.TempDir(), filepath.Join(t.TempDir(), "fmcg.duckdb"), t.TempDir()
	for i, batch := range history(t, seed(t)) {
		deliver(t, lake, batch...)
		s.run(t, "--lake", lake, "--warehouse", staging, "--catalog", catalogName)
		mustEqual(t, compared, refreshed(t, lake, published), from)
		if t.Failed() {
			t.Fatalf("after step %d", i+1)
		}
	}
	if again := s.run(t, "--lake", lake, "--warehouse", staging, "--catalog", catalogName); again.Commits != 0 {
		t.Errorf("a run with nothing new made %d commits, want none: %s", again.Commits, strings.Join(again.Said, "\n"))
	}
	mustAnswerAlike(t, published, from)
}
