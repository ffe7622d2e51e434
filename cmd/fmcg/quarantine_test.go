package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/fmcg/fmcg/catalog"
	sqltree "github.com/fmcg/fmcg/sql"
)

// says runs a command line, which must succeed, and returns what it says.
func says(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(context.Background(), args, strings.NewReader(""), &stdout, &stderr); code != 0 {
		t.Fatalf("fmcg %s: exit code %d\n%s", strings.Join(args, " "), code, stderr.String())
	}
	return stdout.String()
}

func quarantineOf(t *testing.T, args ...string) (report catalog.QuarantineReport) {
	t.Helper()
	if err := json.Unmarshal([]byte(says(t, append([]string{"quarantine", "--format", "json"}, args...)...)), &report); err != nil {
		t.Fatal(err)
	}
	return report
}

// writeLake writes a made-up lake of the child: one broken row of the master, two order lines of 102 that wait for it, one of
// them given twice, and lines that wait for 103, for which no master row is.
func writeLake(t *testing.T) string {
	t.Helper()
	lake := t.TempDir()
	for name, body := range map[string]string{
		"products/products.csv":       "product_name,product_id,category\nBar (60g),101,energy bars\n\"Bar, salted (40g)\",XYZ,energy bars\n\"Bar, salted (20g)\",104,energy bars\n\"Bar, salted (10g)\",105,energy bars\n",
		"gross_price/gross_price.csv": "product_id,month,gross_price\n101,2025-07-01,20\n102,2025-06-01,14\n102,01/07/2025,-15.50\n102,2024-12-01,9\n",
		"customers/customers.csv":     "customer_id,customer_name,city\n7,=corner shop,Hyderabad\n",
		"orders/landing/orders_2025_07_05.csv": "order_id,order_placement_date,customer_id,product_id,order_qty\n" +
			"A1,2025-07-05,7,101,10\nA2,2025-07-05,7,102,4\nA2,05/07/2025,7,102,4.0\nA3,2025-07-05,7,102,\nA4,2025-07-05,8,2103,1\n" +
			"=A5,2025-07-04,7,102,6\n,2025-07-04,7,101,6\nA6,2025-07-05,7\n",
	} {
		writeFile(t, filepath.Join(lake, filepath.FromSlash(name)), body)
	}
	return lake
}

// What fmcg quarantine says is at stake is what the correction that it suggests brings: revenue, pieces and order lines come
// into gold, the repeated lines are counted as duplicates, and the accounts hold.
func TestTheSuggestedCorrectionBringsWhatWasSaidToBeAtStake(t *testing.T) {
	prove := func(t *testing.T, wantID, wantLine string, wantRows, wantRepeated int64, lake ...string) {
		file, tree := filepath.Join(t.TempDir(), "fmcg.duckdb"), t.TempDir()
		refresh := append([]string{"refresh", "--warehouse", file}, lake...)
		says(t, refresh...)
		figures := func() (found []*big.Rat) {
			for _, figure := range column(t, file, `
				select cast(unnest([
					(select sum(total_amount_inr) from gold.vw_fact_orders_enriched), (select sum(sold_quantity) from gold.fact_orders),
					(select count(*) from gold.sb_fact_orders), (select sum(rows_duplicate) from ops.row_accounts where table_name = 'orders'),
					(select -count(*) from ops.quarantine where table_name = 'orders')
				]) as varchar) as figure`) {
				number, _ := new(big.Rat).SetString(figure)
				found = append(found, number)
			}
			return found
		}
		before := figures()
		report := quarantineOf(t, "--warehouse", file)
		if len(report.Suggestions) != 1 {
			t.Fatalf("suggestions %+v, want one", report.Suggestions)
		}
		suggestion := report.Suggestions[0]
		stake := suggestion.Waiting
		if suggestion.ProductID != wantID || stake.Rows != wantRows || stake.Repeated != wantRepeated || !strings.HasPrefix(suggestion.Line, wantLine) {
			t.Errorf("suggested %+v, want %s for %d rows, %d of them repeated, by the line %s", suggestion, wantID, wantRows, wantRepeated, wantLine)
		}
		if err := os.CopyFS(tree, sqltree.Files); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(tree, filepath.FromSlash(suggestion.File))
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, path, string(body)+suggestion.Line+"\n")
		says(t, append(refresh, "--sql", tree)...)
		says(t, "test", "--warehouse", file) // the accounts hold
		var got []string
		for i, after := range figures() {
			got = append(got, new(big.Rat).Sub(after, before[i]).RatString())
		}
		amount, _ := new(big.Rat).SetString(stake.AmountINR.String())
		loaded := big.NewRat(stake.Rows-stake.Repeated, 1)
		want := []string{amount.RatString(), stake.Quantity.String(), loaded.RatString(), big.NewRat(stake.Repeated, 1).RatString(), big.NewRat(stake.Rows, 1).RatString()}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("INR, pieces, order lines, duplicates, rows out of quarantine (-said +came):\n%s", diff)
		}
		after := quarantineOf(t, "--warehouse", file, "--product", wantID, "--reason", "unknown_product")
		if after.Total.Rows != 0 || len(after.Suggestions) != 0 {
			t.Errorf("left in quarantine: %+v", after)
		}
	}
	t.Run("made up", func(t *testing.T) {
		prove(t, "102", `"Bar, salted (40g)",XYZ,102,`, 3, 1, "--child", writeLake(t))
	})
	t.Run("the company's", func(t *testing.T) {
		lake := os.Getenv("FMCG_REAL_LAKE")
		if lake == "" {
			t.Skip("DID NOT RUN: set FMCG_REAL_LAKE to the company's lake")
		}
		prove(t, "25891502", "SportsBar Oats Cookie Bites ChocoChip (350g),XYZ123,25891502,", 2646, 211, "--lake", lake)
	})
}

func TestTheQuarantineIsSummedUpByReasonProductAndFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "fmcg.duckdb")
	says(t, "refresh", "--warehouse", file, "--child", writeLake(t))
	number := func(text string) *json.Number { n := json.Number(text); return &n }
	report := quarantineOf(t, "--warehouse", file)
	want := []catalog.Stake{
		{Table: "orders", Reason: "unknown_product", Rows: 4, Repeated: 1, Quantity: number("11"), AmountINR: number("155.00"), Unpriced: 1, PriceWaits: 3},
		{Table: "orders", Reason: "missing_order_id", Rows: 1, Quantity: number("6"), AmountINR: number("120.00")},
		{Table: "gross_price", Reason: "unknown_product", Rows: 3},
		{Table: "orders", Reason: "malformed_line", Rows: 1},
		{Table: "orders", Reason: "missing_quantity", Rows: 1},
		{Table: "products", Reason: "invalid_product_id", Rows: 1},
	}
	if diff := cmp.Diff(want, report.ByReason); diff != "" {
		t.Errorf("by reason (-want +got):\n%s", diff)
	}
	if got := report.ByProduct[1]; got.Product != "SB101" || got.Name != "Bar (60g)" || got.Rows != 1 {
		t.Errorf("by product: %+v, want SB101 with its name second", report.ByProduct)
	}
	if got := report.ByFile[0]; got.File != "orders_2025_07_05.csv" || got.Rows != 7 {
		t.Errorf("by file: %+v", report.ByFile)
	}
	for _, asked := range []struct {
		want int64
		args []string
	}{
		{4, []string{"--reason", "unknown_product", "--table", "orders"}},
		{3, []string{"--file", "child/gross_price/gross_price.csv"}},
		{7, []string{"--product", "102"}},
		{7, []string{"--product", "SB102"}},
		{0, []string{"--product", "nothing"}},
	} {
		report := quarantineOf(t, append(asked.args, "--warehouse", file)...)
		if report.Total.Rows != asked.want {
			t.Errorf("%v: %d rows, want %d", asked.args, report.Total.Rows, asked.want)
		}
		var rows catalog.Table
		if err := json.Unmarshal([]byte(says(t, append([]string{"quarantine", "--rows", "--format", "json", "--warehouse", file}, asked.args...)...)), &rows); err != nil {
			t.Fatal(err)
		}
		if len(rows.Rows) != int(asked.want) {
			t.Errorf("%v: --rows shows %d, want %d", asked.args, len(rows.Rows), asked.want)
		}
	}
}

// However the quarantine of a demo lake is summed up, and whatever is asked for, it comes to the same.
func TestTheSumsOfTheQuarantineAreOneTotal(t *testing.T) {
	file := publishDemo(t)
	report := quarantineOf(t, "--warehouse", file)
	if want := column(t, file, "select count(*) from ops.quarantine")[0]; fmt.Sprint(report.Total.Rows) != want {
		t.Errorf("%d rows, want %s", report.Total.Rows, want)
	}
	add := func(sum *big.Rat, number *json.Number) {
		if number != nil {
			value, _ := new(big.Rat).SetString(number.String())
			sum.Add(sum, value)
		}
	}
	sums := func(stakes ...catalog.Stake) []string {
		rows, repeated, unpriced, quantity, amount := int64(0), int64(0), int64(0), new(big.Rat), new(big.Rat)
		for _, stake := range stakes {
			rows, repeated, unpriced = rows+stake.Rows, repeated+stake.Repeated, unpriced+stake.Unpriced
			add(quantity, stake.Quantity)
			add(amount, stake.AmountINR)
		}
		return []string{fmt.Sprint(rows, repeated, unpriced), quantity.FloatString(0), amount.FloatString(2)}
	}
	want := sums(report.Total)
	if want[2] == "0.00" || report.Total.Unpriced == 0 || report.Total.PriceWaits == 0 {
		t.Errorf("total %+v: the demo lake has rows of every kind", report.Total)
	}
	var asked []catalog.Stake
	for _, stake := range report.ByReason {
		asked = append(asked, quarantineOf(t, "--warehouse", file, "--table", stake.Table, "--reason", stake.Reason).Total)
	}
	for name, got := range map[string][]string{"by reason": sums(report.ByReason...), "by file": sums(report.ByFile...), "asked for": sums(asked...)} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-total +sum):\n%s", name, diff)
		}
	}
	if !slices.ContainsFunc(column(t, file, "select distinct reason from ops.quarantine where table_name = 'parent_fact_orders'"), func(reason string) bool {
		return quarantineOf(t, "--warehouse", file, "--table", "parent_fact_orders", "--reason", reason).Total.AmountINR != nil
	}) {
		t.Error("no fact of the parent is at stake")
	}
}

func TestAnExportHasTypedCellsAndNoFormulas(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "fmcg.duckdb")
	says(t, "refresh", "--warehouse", file, "--child", writeLake(t))

	path := filepath.Join(dir, "rows.csv")
	says(t, "quarantine", "--warehouse", file, "--table", "orders", "--export", "csv", "--out", path)
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	if err != nil || len(records) != 8 {
		t.Fatalf("%d records, error %v; want a header and 7 rows", len(records), err)
	}
	at := map[string]int{}
	for i, name := range records[0] {
		at[name] = i
	}
	if got := []string{records[5][at["order_id"]], records[5][at["date"]], records[5][at["amount_inr"]], records[5][at["price_from"]]}; !cmp.Equal(got, []string{"'=A5", "2025-07-04", "93.00", "in quarantine"}) {
		t.Errorf("csv: %q", got)
	}

	path = filepath.Join(dir, "rows.xlsx")
	says(t, "quarantine", "--warehouse", file, "--table", "orders", "--export", "xlsx", "--out", path)
	book, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = book.Close() }()
	sheetName := book.GetSheetName(0)
	panes, err := book.GetPanes(sheetName)
	if err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("panes %+v, error %v; want the header frozen", panes, err)
	}
	cell := func(name string) string {
		reference, _ := excelize.CoordinatesToCellName(at[name]+1, 6)
		return reference
	}
	for name, want := range map[string]excelize.CellType{
		"order_id": excelize.CellTypeInlineString, "date": excelize.CellTypeUnset, "amount_inr": excelize.CellTypeUnset, "quantity": excelize.CellTypeUnset,
	} {
		if got, err := book.GetCellType(sheetName, cell(name)); err != nil || got != want {
			t.Errorf("%s has the type %v, error %v; want %v", name, got, err, want)
		}
		if formula, _ := book.GetCellFormula(sheetName, cell(name)); formula != "" {
			t.Errorf("%s is the formula %s", name, formula)
		}
	}
	for name, want := range map[string]string{"order_id": "=A5", "amount_inr": "93", "quantity": "6", "date": "45842"} {
		if got, _ := book.GetCellValue(sheetName, cell(name), excelize.Options{RawCellValue: true}); got != want {
			t.Errorf("%s holds %q, want %q", name, got, want)
		}
	}
	if got, _ := book.GetCellValue(sheetName, cell("date")); got != "07-04-25" {
		t.Errorf("the date reads %q", got)
	}

	var stderr bytes.Buffer
	for _, args := range [][]string{{"--export", "csv"}, {"--out", path}, {"--export", "pdf", "--out", path}} {
		if code := run(t.Context(), append([]string{"quarantine", "--warehouse", file}, args...), nil, io.Discard, &stderr); code != 2 {
			t.Errorf("%v: exit code %d, want 2", args, code)
		}
	}
}
