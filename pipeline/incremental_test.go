package pipeline_test

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fmcg/fmcg/pipeline"
	"github.com/fmcg/fmcg/pipeline/demo"
)

// filesOf returns the paths of all files of a lake, with their contents.
func filesOf(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		relative, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		found[filepath.ToSlash(relative)], err = os.ReadFile(name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// mutated is another version of a CSV file: some records left out, some given twice.
func mutated(random *rand.Rand, body []byte) []byte {
	lines := strings.SplitAfter(string(body), "\n")
	var out strings.Builder
	for i, line := range lines {
		switch {
		case i > 0 && random.IntN(5) == 0:
		case i > 0 && random.IntN(20) == 0:
			out.WriteString(line + line)
		default:
			out.WriteString(line)
		}
	}
	return []byte(out.String())
}

// Law 5. The files of a real (else a demo) lake come in any order and in any batches; some first come in another version,
// some come again unchanged, some are moved to processed/. After each batch the warehouse must be what the rules say of
// the lake as it lies there, and in the end what a full rebuild makes of it.
func TestIncrementalEqualsFull(t *testing.T) {
	demoLake := newDemoHouse(t, demo.Config{Days: 100, RowsPerDay: 12})
	lakes := map[string]map[string][]byte{"demo": filesOf(t, demoLake.lake)}
	if dir := os.Getenv("FMCG_REAL_LAKE"); dir != "" {
		lakes["real"] = filesOf(t, dir)
	}
	rapid.Check(t, func(rt *rapid.T) {
		files := lakes[rapid.SampledFrom(slices.Sorted(maps.Keys(lakes))).Draw(rt, "lake")]
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		batches := rapid.IntRange(2, 5).Draw(rt, "batches")
		h := newHouse(t)
		deliverInBatches(h, random, files, batches)
		incremental := h.contents()
		h.refresh(full)
		h.wantContents(incremental)
		if t.Failed() {
			rt.Fatal("see above")
		}
	})
}

func deliverInBatches(h *house, random *rand.Rand, files map[string][]byte, batches int) {
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	// One master comes last, alone: what was judged without it must be judged again, in months that nothing else touches.
	last := slices.IndexFunc(names, func(name string) bool { return !strings.Contains(name, "orders") })
	names = append(slices.Delete(names, last, last+1), names[last])
	ends := []int{len(names) - 1, len(names)}
	for range batches - 2 {
		ends = append(ends, random.IntN(len(names)))
	}
	slices.Sort(ends)
	for _, root := range []string{"parent", "child"} { // which must be there, though the first batch may have none of its files
		if err := os.MkdirAll(filepath.Join(h.lake, root), 0o755); err != nil {
			h.t.Fatal(err)
		}
	}
	delivered := map[string]bool{}
	start := 0
	for batch, end := range ends {
		for _, name := range names[start:end] {
			body := files[name]
			if batch < len(ends)-1 && strings.HasSuffix(name, ".csv") && random.IntN(4) == 0 {
				body = mutated(random, body)
			}
			h.putAt(name, body, nextTime())
			delivered[name] = true
		}
		known := names[:start]
		start = end
		for _, name := range known {
			if !delivered[name] || batch == len(ends)-1 {
				continue
			}
			switch random.IntN(8) {
			case 0: // comes again, as another version or the same
				h.putAt(name, files[name], nextTime())
			case 1: // is moved
				if moved := path.Join("child/orders/processed", path.Base(name)); strings.Contains(name, "/landing/") && !delivered[moved] {
					if err := os.MkdirAll(filepath.Join(h.lake, "child/orders/processed"), 0o755); err != nil {
						h.t.Fatal(err)
					}
					if err := os.Rename(filepath.Join(h.lake, name), filepath.Join(h.lake, moved)); err != nil {
						h.t.Fatal(err)
					}
					delivered[name] = false
				}
			}
		}
		h.refresh()
		h.wantRules(os.DirFS(h.lake))
	}
}

func TestARefreshWithNothingNewLeavesThePublishedFileUntouched(t *testing.T) {
	h := newDemoHouse(t, small)
	first := h.refresh()
	before := h.bytesOf()
	second := h.refresh()
	if second.Published {
		t.Error("the second refresh published")
	}
	if h.bytesOf() != before {
		t.Error("the published file changed")
	}
	if got := h.rows("select run_id from ops.freshness"); !slices.Equal(got, []string{first.Run}) {
		t.Errorf("published run %v, want %s", got, first.Run)
	}
}

func TestFilesThatAreTouchedOrMovedAreTheSameFiles(t *testing.T) {
	h := newDemoHouse(t, small)
	h.refresh()
	before := h.bytesOf()
	for name, body := range filesOf(t, h.lake) {
		if strings.HasPrefix(name, "child/orders/landing/orders_2025_11_1") {
			h.putAt(name, body, nextTime())
		}
	}
	moved := "child/orders/landing/orders_2025_11_20.csv"
	if err := os.Rename(filepath.Join(h.lake, moved), filepath.Join(h.lake, strings.Replace(moved, "landing", "processed", 1))); err != nil {
		t.Fatal(err)
	}
	if h.refresh().Published || h.bytesOf() != before {
		t.Error("the same content was taken for something new")
	}
}

func TestAMasterDeliveredAgainUnderANewTimeCountsAsTheNewestOnlyWhereThatChangesTheOrder(t *testing.T) {
	h := newHouse(t)
	old := "customer_code,customer,market,platform,channel\n7,Old Name,India,Shop,Direct\n"
	h.put("parent/dim_customers_1.csv", old)
	h.put("parent/dim_customers_2.csv", strings.ReplaceAll(old, "Old", "New"))
	h.refresh()
	name := func() string { return h.rows("select customer from gold.dim_customers where customer_code = '7'")[0] }
	if got := name(); got != "New Name" {
		t.Errorf("got %s, want the newer file's", got)
	}
	h.put("parent/dim_customers_2.csv", strings.ReplaceAll(old, "Old", "New"))
	if h.refresh().Published {
		t.Error("the newest file came again and was taken for something new")
	}
	h.put("parent/dim_customers_1.csv", old)
	h.refresh()
	if got := name(); got != "Old Name" {
		t.Errorf("got %s, want that of the file that is the newest now", got)
	}
	h.wantRules(os.DirFS(h.lake))
}

func TestAFileThatDisappearsKeepsItsRowsAndARebuildStopsForIt(t *testing.T) {
	h := newDemoHouse(t, small)
	h.refresh()
	before := h.contents()
	gone := "child/orders/landing/orders_2025_11_20.csv"
	h.remove(gone)
	h.put("child/orders/landing/orders_2025_12_01.csv", "order_id,order_placement_date,customer_id,product_id,order_qty\n")
	result := h.refresh()
	if !strings.Contains(strings.Join(result.Warnings, "\n"), path.Base(gone)) {
		t.Errorf("warnings %q do not name %s", result.Warnings, gone)
	}
	if diff := cmp.Diff(before["gold.sb_fact_orders"], h.contents()["gold.sb_fact_orders"]); diff != "" {
		t.Errorf("rows changed:\n%s", diff)
	}
	_, err := h.tryRefresh(full)
	if pipeline.CodeOf(err) != pipeline.WrongUse || !strings.Contains(fmt.Sprint(err), path.Base(gone)) {
		t.Errorf("a rebuild gave %v, want a refusal that names the file", err)
	}
	h.refresh(full, acceptMissing)
	h.wantRules(os.DirFS(h.lake))
}

func TestAWithdrawnFileStaysOutUntilItIsDeliveredWithOtherContent(t *testing.T) {
	h := newDemoHouse(t, small)
	h.refresh()
	name := "orders_2025_11_20.csv"
	at := "child/orders/landing/" + name
	config := h.config()
	if _, err := pipeline.Withdraw(t.Context(), config, name, ""); pipeline.CodeOf(err) != pipeline.WrongUse {
		t.Errorf("without a reason: %v", err)
	}
	if _, err := pipeline.Withdraw(t.Context(), config, name, "sent by mistake"); err != nil {
		t.Fatal(err)
	}
	body := filesOf(t, h.lake)[at]
	wantWithout := func(what string) {
		t.Helper()
		h.remove(at)
		h.wantRules(os.DirFS(h.lake))
		if t.Failed() {
			t.Fatal(what)
		}
	}
	info, err := os.Stat(filepath.Join(h.lake, at))
	if err != nil {
		t.Fatal(err)
	}
	wantWithout("after the withdrawal")
	h.putAt(at, body, info.ModTime())
	if h.refresh().Published {
		t.Error("a withdrawn file was loaded again")
	}
	h.refresh(full)
	wantWithout("after a full rebuild")
	if got := h.rows("select state, reason from ops.files where file_name = ?", name); !slices.Contains(got, "withdrawn | sent by mistake") {
		t.Errorf("ledger %v", got)
	}
	h.put(at, string(body)+"X1,2025-11-20,1,1,1\n")
	h.refresh()
	h.wantRules(os.DirFS(h.lake))
}

func TestANewVersionThatIsRejectedTakesItsRowsOutAndIsWarnedOf(t *testing.T) {
	h := newDemoHouse(t, small)
	h.refresh()
	h.put("child/orders/landing/orders_2025_11_20.csv", "order_id;order_qty\n")
	result := h.refresh()
	if text := strings.Join(result.Warnings, "\n"); !strings.Contains(text, "orders_2025_11_20.csv is rejected") || !strings.Contains(text, "semicolons") {
		t.Errorf("warnings %s", text)
	}
	h.wantRules(os.DirFS(h.lake))
}
