package pipeline_test

import (
	"encoding/csv"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fmcg/fmcg/pipeline"
)

// A broken row of the product master, and the number that the business confirms for it.
type confirmation struct{ name, delivered, confirmed string }

// correct adds the confirmation to the corrections of a tree.
func (c confirmation) correct(t testing.TB, tree string) {
	t.Helper()
	file, err := os.OpenFile(filepath.Join(tree, "corrections", "product_ids.csv"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	writer := csv.NewWriter(file)
	_ = writer.Write([]string{c.name, c.delivered, c.confirmed, "confirmed by the business"})
	if writer.Flush(); writer.Error() != nil {
		t.Fatal(writer.Error())
	}
}

// mended is a copy of a lake whose master was delivered with the confirmed number, at the same times.
func (c confirmation) mended(t testing.TB, lake, master string) fs.FS {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(lake)); err != nil {
		t.Fatal(err)
	}
	edit(t, filepath.Join(dir, filepath.FromSlash(master)), c.name+","+c.delivered+",", c.name+","+c.confirmed+",")
	if err := fs.WalkDir(os.DirFS(lake), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		return os.Chtimes(filepath.Join(dir, filepath.FromSlash(path)), info.ModTime(), info.ModTime())
	}); err != nil {
		t.Fatal(err)
	}
	return os.DirFS(dir)
}

const master = "child/products/products.csv"

// What a confirmed number does is what a master delivered with that number would have done, as the independent computation
// has it: gold, quarantine and accounts, duplicates among the rows that waited included.
func TestAConfirmedProductIDLoadsTheRowsThatWaited(t *testing.T) {
	const waiting = "select count(*) from ops.quarantine where table_name = 'orders' and reason = 'unknown_product' and lookup_value = ?"
	prove := func(h *house, c confirmation, wantWaiting, wantLoaded string) {
		h.refresh()
		h.wantRules(os.DirFS(h.lake))
		if got := h.rows(waiting, "SB"+c.confirmed)[0]; got != wantWaiting {
			t.Errorf("%s rows wait, want %s", got, wantWaiting)
		}
		tree := ownTree(t)
		c.correct(t, tree)
		ran := h.refreshWith(tree)
		if !slices.Contains(ran, "silver/orders.sql") || slices.Contains(ran, "silver/customers.sql") || strings.Contains(strings.Join(ran, " "), ".csv") {
			t.Errorf("ran %v; a number concerns prices and orders, not customers, and no file is read again", ran)
		}
		h.wantRules(c.mended(t, h.lake, master))
		if got := h.rows(waiting, "SB"+c.confirmed)[0]; got != "0" {
			t.Errorf("%s rows still wait", got)
		}
		if got := h.rows("select count(*) from gold.sb_fact_orders where product_code = ?", "SB"+c.confirmed)[0]; got != wantLoaded {
			t.Errorf("%s order lines loaded, want %s", got, wantLoaded)
		}
		h.refresh(full, func(config *pipeline.Config) { config.SQL = os.DirFS(tree) })
		h.wantRules(c.mended(t, h.lake, master)) // law 5
		h.refresh()                              // the correction is taken back
		h.wantRules(os.DirFS(h.lake))
	}
	t.Run("made up", func(t *testing.T) {
		h := newHouse(t)
		putBrokenMaster(h)
		prove(h, confirmation{"Bar (40g)", "XYZ", "102"}, "2", "1")
	})
	t.Run("the company's", func(t *testing.T) {
		h := newHouse(t)
		h.lake = realLake(t)
		prove(h, confirmation{"SportsBar Oats Cookie Bites ChocoChip (350g)", "XYZ123", "25891502"}, "2646", "2435")
	})
}

// putBrokenMaster makes a lake whose orders of 102 wait for the row "Bar (40g)".
func putBrokenMaster(h *house) {
	h.t.Helper()
	h.put(master, "product_name,product_id,category\nBar (60g),101,energy bars\n\"Bar, salted (40g)\",,energy bars\nBar (40g),XYZ,energy bars\nOther Bar (40g),XYZ,energy bars\n")
	h.put("child/gross_price/gross_price.csv", "product_id,month,gross_price\n101,2025-07-01,20\n102,2025-07-01,15\n102,2025-06-01,14\n")
	h.put("child/customers/customers.csv", "customer_id,customer_name,city\n7,corner shop,Hyderabad\n")
	h.put("child/orders/landing/orders_2025_07_05.csv", "order_id,order_placement_date,customer_id,product_id,order_qty\n"+
		"A1,2025-07-05,7,101,10\nA2,2025-07-05,7,102,4\nA2,05/07/2025,7,102,4.0\nA3,2025-07-05,7,102,\nA4,2025-07-05,8,103,1\n")
}

// Once the sender delivers the number himself, his newer row counts, and the corrected one is superseded.
func TestAConfirmedRowGivesWayToANewerMaster(t *testing.T) {
	h := newHouse(t)
	putBrokenMaster(h)
	tree, c := ownTree(t), confirmation{"Bar (40g)", "XYZ", "102"}
	c.correct(t, tree)
	h.refreshWith(tree)
	h.put("child/products/products_later.csv", "product_name,product_id,category\nBar Classic (40g),102,energy bars\n")
	h.refreshWith(tree)
	h.wantRules(c.mended(t, h.lake, master))
	if got := h.rows("select product from gold.sb_dim_products where product_id = '102'")[0]; got != "Bar Classic" {
		t.Errorf("102 is %s", got)
	}
}

// A line that is mistyped corrects nothing and is told of; one that is given twice stops the refresh.
func TestAConfirmationThatIsNoneIsToldOf(t *testing.T) {
	for name, test := range map[string]struct {
		lines []confirmation
		check string
	}{
		"of no row":        {[]confirmation{{"Bar (40 g)", "XYZ", "102"}}, "product_ids_match"},
		"with no number":   {[]confirmation{{"Bar (40g)", "XYZ", "ABC"}}, "product_ids_match"},
		"with two numbers": {[]confirmation{{"Bar (40g)", "XYZ", "102"}, {"Bar (40g)", "XYZ", "103"}}, "corrections_unique"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			putBrokenMaster(h)
			tree := ownTree(t)
			for _, line := range test.lines {
				line.correct(t, tree)
			}
			result, err := h.tryRefresh(func(config *pipeline.Config) { config.SQL = os.DirFS(tree) })
			if stops := test.check == "corrections_unique"; stops {
				if pipeline.CodeOf(err) != pipeline.ChecksFailed || !strings.Contains(err.Error(), test.check) {
					t.Fatalf("error %v, want %s", err, test.check)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(result.Checks, func(check pipeline.CheckResult) bool { return check.Name == test.check && !check.Held }) {
				t.Errorf("%s holds", test.check)
			}
			h.wantRules(os.DirFS(h.lake)) // as if the line were not there
		})
	}
}

// A correction file is edited by hand, in spreadsheets too: what the engine would take in another way than it was meant is
// refused before anything is done, with its place.
func TestACorrectionFileThatIsNotInOrderIsRefused(t *testing.T) {
	const header = "product_name,delivered_id,product_id,reason\n"
	for name, test := range map[string]struct{ file, body, want string }{
		"columns in another order":  {"product_ids.csv", "product_id,delivered_id,product_name,reason\n", "corrections/product_ids.csv: line 1: the header is product_name,delivered_id,product_id,reason"},
		"semicolons":                {"product_ids.csv", strings.ReplaceAll(header, ",", ";"), "line 1: wrong number of fields"},
		"a field too few":           {"product_ids.csv", header + "Bar (40g),XYZ,102\n", "corrections/product_ids.csv: line 2: wrong number of fields; its columns are product_name,delivered_id,product_id,reason"},
		"no reason":                 {"product_ids.csv", header + "\"Bar\n(40g)\",XYZ,102,ok\nBar (40g),XYZ,102, \n", "line 4: it has no reason"},
		"a quote left open":         {"product_ids.csv", header + "\"Bar (40g),XYZ,102,ok\n", "line 2: extraneous or missing \" in quoted-field"},
		"empty":                     {"product_ids.csv", "", "it is empty"},
		"a name that nothing reads": {"product_id.csv", header, "corrections/product_id.csv: no file silver/product_id.sql reads it"},
	} {
		tree := ownTree(t)
		if err := os.WriteFile(filepath.Join(tree, "corrections", test.file), []byte(test.body), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := pipeline.LoadTree(os.DirFS(tree))
		if pipeline.CodeOf(err) != pipeline.WrongUse || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want code 2 and %q", name, err, test.want)
		}
	}
	// As a spreadsheet writes it: with a byte order mark, and both characters for the end of a line.
	tree := ownTree(t)
	body := "\ufeff" + strings.ReplaceAll(header+"Bar (40g),XYZ,102,ok\n", "\n", "\r\n")
	if err := os.WriteFile(filepath.Join(tree, "corrections", "product_ids.csv"), []byte(body), 0o644); err != nil {
		t.Fatal(err)
	}
	h := newHouse(t)
	putBrokenMaster(h)
	h.refreshWith(tree)
	h.wantRules(confirmation{"Bar (40g)", "XYZ", "102"}.mended(t, h.lake, master))
}
