package sheet_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/sheet"
)

func TestTextThatASpreadsheetWouldRunIsKeptAText(t *testing.T) {
	for text, want := range map[string]string{
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "  =1": "'  =1", "＝1": "'＝1",
		"=cmd|'/c calc'!A1": "'=cmd|'/c calc'!A1", "A=1": "A=1", "": "", "{\"a\":1}": "{\"a\":1}",
	} {
		if got := sheet.WithoutFormula(text); got != want {
			t.Errorf("%q is written %q, want %q", text, got, want)
		}
	}
}

// hostile are rows that a lake may hold, under a header that it may hold too.
var hostile = catalog.Table{
	Columns: []string{"=HYPERLINK(1)", "amount"}, Types: []string{"VARCHAR", "DOUBLE"},
	Rows: [][]any{{"=cmd|'/c calc'!A1", json.Number("-12.50")}, {"<script>alert(1)</script>", nil}},
}

func TestCSVHasNoFormulasAndNumbersAsTheyAre(t *testing.T) {
	var out bytes.Buffer
	if err := sheet.Formats["csv"](&out, hostile, "answer"); err != nil {
		t.Fatal(err)
	}
	got, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"'=HYPERLINK(1)", "amount"}, {"'=cmd|'/c calc'!A1", "-12.50"}, {"<script>alert(1)</script>", ""}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestAWorkbookHasNoFormulasAndNumbersAreNumbers(t *testing.T) {
	var out bytes.Buffer
	if err := sheet.Formats["xlsx"](&out, hostile, "answer"); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	for _, cell := range []string{"A1", "A2", "B2"} {
		if formula, err := book.GetCellFormula("answer", cell); err != nil || formula != "" {
			t.Errorf("%s is the formula %q (%v)", cell, formula, err)
		}
	}
	kind, err := book.GetCellType("answer", "B2")
	if text, _ := book.GetCellValue("answer", "B2"); err != nil || text != "-12.5" || kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber {
		t.Errorf("B2 is %q of type %v, want the number -12.5 (%v)", text, kind, err)
	}
}
