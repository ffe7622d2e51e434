package pipeline_test

// How files come: under which names and in which folders, and what becomes of one that changes, vanishes or is mended.

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fmcg/fmcg/pipeline"
	"github.com/fmcg/fmcg/pipeline/journal"
)

func TestARejectedFileIsLoadedOnceItIsDeliveredMended(t *testing.T) {
	h := newShop(t)
	name := "orders_2025_07_05.csv"
	h.put(landing(name), strings.ReplaceAll(aDay("A"), ",", ";"))
	h.refresh()
	h.put(landing(name), aDay("A"))
	h.refresh()
	wantRows(t, "orders", []string{"2 A"}, h.ordersOf(name))
	h.wantRules(os.DirFS(h.lake))
}

func TestAFileIsLoadedUnderItsOwnNameWhateverCharactersItHas(t *testing.T) {
	names := []string{
		"it's.csv", `a "quoted" name.csv`, "two  blanks.csv", " blank first.csv", "100%.csv", "%41.csv", "A.csv", "a;b.csv", "a,b.csv", "a#b.csv",
		"a+b.csv", "a b.csv", "a=b.csv", "2025=x.csv", "a&b.csv", "ürün €.csv", "目录.csv", "lit[1].csv", "lit1.csv", "lit*.csv", "litx.csv", "lit?.csv",
		"lity.csv", "**.csv", "[a-z].csv", "b.csv", `back\slash.csv`, "$HOME.csv", "~.csv", "{a,b}.csv", "a.csv.csv", "x.csv?y.csv", "s3:.csv", "line\nend.csv",
		"it's [1] packed.csv.gz", "-.csv",
	}
	h := newShop(t)
	var want []string
	for i, name := range names {
		id := fmt.Sprintf("ID%d", i)
		body := aDay(id) + "refused\n" + order(id+"B")
		if strings.HasSuffix(name, ".gz") {
			body = packed(t, body)
		}
		h.put(landing(name), body)
		h.put("child/customers/"+name, strings.NewReplacer(ordersHeader, "").Replace("not a customer file\n"))
		want = append(want, fmt.Sprintf("%s: 2 %s, 4 %sB", name, id, id))
	}
	h.refresh()
	got := h.rows(`select file_name || ': ' || string_agg(line || ' ' || order_id, ', ' order by line) from silver.orders
		where file_name <> 'orders_2025_07_01.csv' group by file_name`)
	slices.Sort(want)
	slices.Sort(got)
	wantRows(t, "orders by file", want, got)
	rejected := h.rows("select count(*) from ops.files where table_name = 'customers' and state = 'rejected'")
	wantRows(t, "customer files rejected", []string{fmt.Sprint(len(names))}, rejected)
	h.wantRules(os.DirFS(h.lake))
	if h.refresh().Published {
		t.Error("the same names were taken for something new")
	}
}

func TestAFolderWithPatternCharactersIsReadAsItself(t *testing.T) {
	h := newShop(t)
	other := h.lake
	h.lake = filepath.Join(filepath.Dir(other), "lake[1]*?'%20 =x")
	if err := os.Rename(other, h.lake); err != nil {
		t.Fatal(err)
	}
	h.refresh()
	wantRows(t, "orders", []string{"2 SOUND"}, h.ordersOf("orders_2025_07_01.csv"))
	h.wantRules(os.DirFS(h.lake))
}

func TestOfTwoOrderFilesOfTheSameNameTheNewerCountsAndTheSameContentCountsOnce(t *testing.T) {
	name := "orders_2025_07_05.csv"
	older, newer := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		about              string
		landing, processed string
		landedAt, movedAt  time.Time
		want               []string
		warned             bool
	}{
		{"the same content", aDay("A"), aDay("A"), newer, older, []string{"2 A"}, false},
		{"other content, the newer in landing", aDay("NEW") + order("MORE"), aDay("OLD"), newer, older, []string{"2 NEW", "3 MORE"}, true},
		{"other content, the newer in processed", aDay("OLD") + order("MORE"), aDay("NEW"), older, newer, []string{"2 NEW"}, true},
		{"other content of the same length", aDay("NEW"), aDay("OLD"), newer, older, []string{"2 NEW"}, true},
		{"other content of the same second", aDay("LANDED"), aDay("MOVED"), newer, newer.Add(time.Millisecond), []string{"2 LANDED"}, true},
	} {
		t.Run(c.about, func(t *testing.T) {
			h := newShop(t)
			h.putAt(landing(name), []byte(c.landing), c.landedAt)
			h.putAt(processed(name), []byte(c.processed), c.movedAt)
			result := h.refresh()
			wantRows(t, "orders", c.want, h.ordersOf(name))
			if c.warned {
				wantWarning(t, result.Warnings, name, "twice")
			} else if text := strings.Join(result.Warnings, "\n"); strings.Contains(text, "twice") {
				t.Errorf("a warning of the same content: %s", text)
			}
			h.wantRules(os.DirFS(h.lake))
			if h.refresh().Published {
				t.Error("the second refresh found something new")
			}
		})
	}
}

func TestAnOrderFileWithoutAValidDateInItsNameIsLoadedDayFirst(t *testing.T) {
	h := newShop(t)
	for _, name := range []string{"orders_2025_13_45.csv", "orders_2025_02_30.csv", "orders.csv", "anything.csv", "orders_2025_07_05.csv"} {
		h.put(landing(name), ordersHeader+name+",07/05/2025,7,1,10\n")
	}
	h.refresh()
	wantRows(t, "dates", []string{
		"anything.csv | 2025-05-07", "orders.csv | 2025-05-07", "orders_2025_02_30.csv | 2025-05-07",
		"orders_2025_07_05.csv | 2025-07-05", "orders_2025_13_45.csv | 2025-05-07",
	}, h.rows("select file_name, cast(date as varchar) from silver.orders where order_id <> 'SOUND' order by file_name"))
	h.wantRules(os.DirFS(h.lake))
}

func TestWhatIsNoCSVFileIsIgnoredWithACount(t *testing.T) {
	h := newShop(t)
	for _, name := range []string{
		landing("notes.txt"), landing("orders_2025_07_06.xlsx"), landing("orders_2025_07_06.csv.tmp"), landing("orders_2025_07_06.csv.zip"), landing(".hidden.csv"),
		landing("older/orders_2025_07_06.csv"), landing("orders_2025_07_07.csv/inside.csv"), "child/README.md", "parent/readme.csv",
	} {
		h.put(name, aDay("IGNORED"))
	}
	result := h.refresh()
	var ignored []string
	for _, object := range result.Plan.Listing.Ignored {
		ignored = append(ignored, object.Path)
	}
	slices.Sort(ignored)
	wantRows(t, "ignored", []string{
		"child/README.md", landing(".hidden.csv"), landing("notes.txt"), landing("older/"), landing("orders_2025_07_06.csv.tmp"), landing("orders_2025_07_06.csv.zip"),
		landing("orders_2025_07_06.xlsx"), landing("orders_2025_07_07.csv/"), "parent/readme.csv",
	}, ignored)
	wantRows(t, "orders", []string{"SOUND"}, h.rows("select order_id from silver.orders"))
	h.wantRules(os.DirFS(h.lake))
}

func TestTheEndingOfANameMayBeInUpperCase(t *testing.T) {
	h := newShop(t)
	h.put(landing("ORDERS_2025_07_05.CSV"), aDay("A"))
	h.put(landing("orders_2025_07_06.Csv.GZ"), packed(t, aDay("B")))
	h.refresh()
	wantRows(t, "orders", []string{"A", "B", "SOUND"}, h.rows("select order_id from silver.orders order by order_id"))
	h.wantRules(os.DirFS(h.lake))
}

func TestAFileThatChangesBetweenTwoRefreshesIsReplacedWithItsQuarantineAndAccounts(t *testing.T) {
	h := newShop(t)
	name := "orders_2025_07_05.csv"
	h.put(landing(name), aDay("A")+"refused\n"+order("B"))
	h.refresh()
	h.put(landing(name), ordersHeader+"refused,too\n"+order("C")+"and,this\n,2025-08-05,7,1,10\n")
	h.refresh()
	wantRows(t, "orders", []string{"3 C"}, h.ordersOf(name))
	wantRows(t, "quarantine", []string{"2 malformed_line", "4 malformed_line", "5 missing_order_id"}, h.refusedOf(name))
	wantRows(t, "ledger", []string{"loaded | ∅", "replaced | ∅"}, slices.Sorted(slices.Values(h.ledgerOf(name))))
	h.wantRules(os.DirFS(h.lake))
	before := h.contents()
	h.refresh(full)
	h.wantContents(before)
}

// atFirst calls an action once, at the first event of a run of that kind and name; readers report from many goroutines.
func atFirst(kind, name string, action func()) func(*pipeline.Config) {
	var once sync.Once
	return func(config *pipeline.Config) {
		config.Observe = func(event journal.Event) {
			if event.Kind == kind && event.Name == name {
				once.Do(action)
			}
		}
	}
}

func TestAFileThatVanishesBetweenListingAndReadingIsWarnedOfAndLoadedWhenItComesBack(t *testing.T) {
	for _, gone := range []string{landing("orders_2025_07_05.csv"), landing("orders_2025_07_05.csv.gz"), landing("or[d]ers*.csv"), "child/customers/more.csv"} {
		t.Run(path.Base(gone), func(t *testing.T) {
			h := newShop(t)
			body := aDay("A") + "refused\n"
			if strings.HasPrefix(gone, "child/customers") {
				body = "customer_id,customer_name,city\n8,other shop,Hyderabad\n"
			}
			if strings.HasSuffix(gone, ".gz") {
				body = packed(t, body)
			}
			h.put(gone, body)
			h.put(landing("orders_2025_07_06.csv"), aDay("B")+"refused\n")
			result := h.refresh(atFirst(journal.Step, pipeline.StepTasks, func() { h.remove(gone) }))
			wantWarning(t, result.Warnings, gone, "vanished")
			wantRows(t, "ledger", nil, h.rows("select state from ops.files where uri like '%' || ?", gone))
			h.wantRules(os.DirFS(h.lake))
			h.put(gone, body)
			h.refresh()
			wantRows(t, "ledger", []string{"loaded"}, h.rows("select state from ops.files where uri like '%' || ?", gone))
			h.wantRules(os.DirFS(h.lake))
		})
	}
}

func TestANewVersionThatVanishesBeforeItIsReadLeavesTheRowsOfTheFormer(t *testing.T) {
	h := newShop(t)
	name := "orders_2025_07_05.csv"
	h.put(landing(name), aDay("A"))
	h.refresh()
	h.put(landing(name), aDay("B"))
	result := h.refresh(atFirst(journal.Step, pipeline.StepTasks, func() { h.remove(landing(name)) }))
	wantWarning(t, result.Warnings, name, "vanished")
	if result.Published {
		t.Error("published, and nothing was read")
	}
	wantRows(t, "orders", []string{"2 A"}, h.ordersOf(name))
	h.put(landing(name), aDay("B"))
	h.refresh()
	h.wantRules(os.DirFS(h.lake))
}

func TestAFileThatChangesWhileItIsReadIsReadAgainAndNeverMixed(t *testing.T) {
	name := "orders_2025_07_05.csv"
	changed := ordersHeader + "refused,too\n" + order("B") + order("C")
	for _, c := range []struct {
		about      string
		kind, when string
		first      bool // it is known from an earlier refresh
		put        string
	}{
		{"before it is opened", journal.Step, pipeline.StepTasks, false, changed},
		{"after it was read", journal.FileRead, name, false, changed},
		{"after it was read, to one that is rejected", journal.FileRead, name, false, "order_id;order_qty\n"},
		{"after it was read, known before", journal.FileRead, name, true, changed},
		{"after it was read, back to what is loaded", journal.FileRead, name, true, aDay("A") + "refused\n"},
	} {
		t.Run(c.about, func(t *testing.T) {
			h := newShop(t)
			h.put(landing(name), aDay("A")+"refused\n")
			if c.first {
				h.refresh()
				h.put(landing(name), aDay("OTHER")+"refused\nrefused\n")
			}
			h.refresh(atFirst(c.kind, c.when, func() { h.put(landing(name), c.put) }))
			h.wantRules(os.DirFS(h.lake))
			if h.refresh().Published {
				t.Error("the next refresh found something new")
			}
		})
	}
}

func TestAFileThatNeverStopsChangingEndsTheRunAndNothingIsPublished(t *testing.T) {
	h := newShop(t)
	h.refresh()
	before := h.bytesOf()
	name := "orders_2025_07_05.csv"
	h.put(landing(name), aDay("A"))
	versions := 0
	_, err := h.tryRefresh(func(config *pipeline.Config) {
		config.Observe = func(event journal.Event) {
			if event.Kind == journal.FileRead && event.Name == name {
				versions++
				h.put(landing(name), aDay(fmt.Sprintf("A%d", versions)))
			}
		}
	})
	if pipeline.CodeOf(err) != pipeline.Failed || !strings.Contains(fmt.Sprint(err), name) || !strings.Contains(fmt.Sprint(err), "delivery has ended") {
		t.Errorf("got %v, want an error that names the file and says what to do", err)
	}
	if h.bytesOf() != before {
		t.Error("the published file changed")
	}
	h.refresh()
	h.wantRules(os.DirFS(h.lake))
}

// A batch whose file can't be read begins again; what it had read before must count once.
func TestRefusedRecordsCountOnceWhereAFileOfTheirBatchIsReadAgain(t *testing.T) {
	h := newShop(t)
	h.put(landing("orders_2025_07_02.csv"), aDay("A")+"refused\n"+order("B"))
	h.put(landing("orders_2025_07_03.csv"), aDay("vanishes"))
	h.put(landing("orders_2025_07_04.csv"), aDay("D")+"refused\n"+order("E"))
	h.refresh(func(config *pipeline.Config) { config.Readers = 1 },
		atFirst(journal.Step, pipeline.StepTasks, func() { h.remove(landing("orders_2025_07_03.csv")) }))
	h.wantRules(os.DirFS(h.lake))
}
