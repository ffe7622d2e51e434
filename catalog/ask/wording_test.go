package ask_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/ask/asktest"
	"github.com/fmcg/fmcg/catalog/guard"
)

func TestTheWordsOfAQuestionStandWhereTheyWereTypedWithWhatTheyWereTakenFor(t *testing.T) {
	e := engine(t, asktest.File(t))
	for question, want := range map[string][]ask.Word{
		" revenue by chanel in 2025 ": {
			{Text: "revenue", From: 0, To: 7, Role: "measure", Meaning: "Revenue"},
			{Text: "by", From: 8, To: 10, Role: "group"},
			{Text: "chanel", From: 11, To: 17, Role: "dimension", Meaning: "Channel"},
			{Text: "in", From: 18, To: 20, Role: "connective"},
			{Text: "2025", From: 21, To: 25, Role: "period", Meaning: "2025"},
		},
		"chiffre d’affaires\u00a0: football\u202f?": {
			{Text: "chiffre d’affaires", From: 0, To: 18, Role: "measure", Meaning: "Chiffre d'affaires"},
			{Text: ":", From: 19, To: 20, Role: "noise"},
			{Text: "football", From: 21, To: 29},
		},
		"revenue of flurbs": {
			{Text: "revenue", From: 0, To: 7, Role: "measure", Meaning: "Revenue"},
			{Text: "of", From: 8, To: 10, Role: "connective"},
			{Text: "flurbs", From: 11, To: 17},
		},
		"profit by channel": {
			{Text: "profit", From: 0, To: 6, Role: "absent"},
			{Text: "by", From: 7, To: 9, Role: "group"},
			{Text: "channel", From: 10, To: 17, Role: "dimension", Meaning: "Channel"},
		},
		"customers above 10cr": {
			{Text: "customers", From: 0, To: 9, Role: "dimension", Meaning: "Customer"},
			{Text: "above", From: 10, To: 15, Role: "threshold"},
			{Text: "10cr", From: 16, To: 20, Role: "number", Meaning: "100000000"},
		},
	} {
		got := answer(t, e, question)
		if diff := cmp.Diff(want, got.Words); diff != "" {
			t.Errorf("%q (%s) -want +got:\n%s", question, got.Text, diff)
		}
		letters := []rune(got.Question)
		for _, w := range got.Words {
			if typed := string(letters[w.From:w.To]); typed != w.Text {
				t.Errorf("%q: %q stands where %q should", question, typed, w.Text)
			}
		}
	}
}

func TestOnlyChartsThatCanShowTheRowsAreOfferedTheBestOneFirst(t *testing.T) {
	e := engine(t, asktest.File(t))
	for question, want := range map[string][]string{
		"total revenue":                   {"counter", "table"},
		"revenue by channel":              {"bar", "pie", "table"},
		"revenue by month in 2025":        {"line", "bar", "area", "pie", "table"},
		"revenue by channel by quarter":   {"line", "bar", "area", "heatmap", "table"},
		"revenue and quantity by product": {"scatter", "bar", "pie", "histogram", "table"},
	} {
		a := answer(t, e, question)
		var got []string
		for _, chart := range a.Charts {
			got = append(got, chart.Kind)
		}
		if len(got) == 0 || got[0] != a.Chart.Kind {
			t.Errorf("%s: the first of %v is not %s", question, got, a.Chart.Kind)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s -want +got:\n%s", question, diff)
		}
	}
}

func TestSQLOfOnesOwnRunsUnderTheGuardAndIsLabelled(t *testing.T) {
	file := asktest.File(t)
	e := engine(t, file)
	db, err := guard.Open(t.Context(), file, guard.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	result, err := e.Run(t.Context(), db, "select channel, sum(total_amount_inr) as revenue from gold.vw_fact_orders_enriched group by channel;", "fr")
	if err != nil {
		t.Fatal(err)
	}
	if result.Columns[0].Label != "Canal" || result.Columns[1].Unit != "INR" || result.Charts[0].Kind != "bar" || len(result.Rows) != 3 || result.Data.RunID == "" {
		t.Errorf("%+v", result)
	}
	_, err = e.Run(t.Context(), db, "delete from gold.vw_fact_orders_enriched", "en")
	if got := (*guard.Refusal)(nil); ask.ProblemOf(err) == "" {
		t.Errorf("%v, want a %T", err, got)
	}
}

func TestFiguresOfAnAnswerAreWrittenAsItsLanguageDoes(t *testing.T) {
	e := engine(t, asktest.File(t))
	for question, want := range map[string]string{
		"total revenue": "Revenue: ₹346,942,935,360 (346.94 B).",
		"CA total":      "Chiffre d'affaires : ₹346\u202f942\u202f935\u202f360 (346,94 Md).",
	} {
		got := answer(t, e, question).Text
		if got != want {
			t.Errorf("%s: %q, want %q", question, got, want)
		}
	}
}
