package ask_test

import (
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/ask/asktest"
	"github.com/fmcg/fmcg/catalog/guard"
	"github.com/fmcg/fmcg/catalog/semantic"
)

const questions = "../../testdata/ask/questions.jsonl"

func engine(t testing.TB, file string) *ask.Engine {
	t.Helper()
	model, err := semantic.Open("")
	if err != nil {
		t.Fatal(err)
	}
	return engineOf(t, file, model)
}

func engineOf(t testing.TB, file string, model *semantic.Model) *ask.Engine {
	t.Helper()
	db, err := guard.Open(t.Context(), file, guard.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	e, err := ask.New(t.Context(), db, model, ask.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func answer(t testing.TB, e *ask.Engine, question string, previous ...string) ask.Answer {
	t.Helper()
	a, err := e.Ask(t.Context(), question, previous...)
	if err != nil {
		t.Fatalf("%s: %v", question, err)
	}
	return a
}

// benchmark fails with each question of a file that does not get what is expected.
func benchmark(t *testing.T, e *ask.Engine, file string) {
	t.Helper()
	report, err := e.Benchmark(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Failures {
		t.Errorf("%s %s\n\t%s\n\t%s", f.ID, f.Question, f.Why, f.SQL)
	}
	if report.Asked == 0 {
		t.Errorf("%s holds no questions", file)
	}
}

func TestQuestionsGetTheResultOfTheirOwnSQL(t *testing.T) {
	benchmark(t, engine(t, asktest.File(t)), questions)
}

// The first law. A word that means nothing, put anywhere into a question that is answered, stops the answer.
func TestAWordThatIsNotUnderstoodStopsTheAnswer(t *testing.T) {
	e := engine(t, asktest.File(t))
	cases, err := ask.Cases(questions)
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for i, c := range cases {
		if c.Status != ask.StatusAnswered || c.Previous != "" || i%4 != 0 {
			continue
		}
		words := strings.Fields(c.Question)
		for at := range len(words) + 1 {
			question := strings.Join(slices.Insert(slices.Clone(words), at, "blorptech"), " ")
			if a := answer(t, e, question); a.Status == ask.StatusAnswered {
				t.Errorf("%s\n\tis answered: %s", question, a.Understood)
			} else if a.Status == ask.StatusClarify && !slices.Contains(a.Unrecognised, "blorptech") && len(a.Choices) == 0 {
				t.Errorf("%s\n\tthe word is not named: %s", question, a.Text)
			}
			tried++
		}
	}
	if tried < 500 {
		t.Errorf("%d questions tried", tried)
	}
}

// A value that is named must be in the SQL, whatever stands around it.
func TestANamedValueIsNeverDropped(t *testing.T) {
	e := engine(t, asktest.File(t))
	cases, err := ask.Cases(questions)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if c.Status != ask.StatusAnswered || c.Previous != "" {
			continue
		}
		for _, end := range []string{" for SportsMart", " pour SportsMart"} {
			if a := answer(t, e, strings.TrimRight(c.Question, " ?.!")+end); a.Status == ask.StatusAnswered && a.SQL != "" && !strings.Contains(a.SQL, "'SportsMart'") {
				t.Errorf("%s%s\n\t%s", c.Question, end, a.SQL)
			}
		}
	}
}

func TestTheSameQuestionOnTheSameFileIsTheSameSQL(t *testing.T) {
	file := asktest.File(t)
	one, two := engine(t, file), engine(t, file)
	cases, err := ask.Cases(questions)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if a, b := answer(t, one, c.Question), answer(t, two, c.Question); a.SQL != b.SQL || a.Text != b.Text {
			t.Errorf("%s\n%s", c.Question, cmp.Diff(a.SQL+"\n"+a.Text, b.SQL+"\n"+b.Text))
		}
	}
}

func TestWhatIsOfferedCanBeAsked(t *testing.T) {
	e := engine(t, asktest.File(t))
	cases, err := ask.Cases(questions)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		if i%5 != 0 || c.Previous != "" {
			continue
		}
		a := answer(t, e, c.Question)
		if a.Status == ask.StatusAnswered && len(a.Suggestions) != 3 {
			t.Errorf("%s: suggestions %q", c.Question, a.Suggestions)
		}
		for _, s := range a.Suggestions {
			if next := answer(t, e, s); next.Status != ask.StatusAnswered {
				t.Errorf("%s: suggestion %q is not answered: %s", c.Question, s, next.Text)
			}
		}
	}
	for _, question := range []string{"Basketball sales", "revenue in Q4", "ventes de Football", "CA de novembre", "average revenue", "compare revenue"} {
		a := answer(t, e, question)
		if a.Status != ask.StatusClarify || len(a.Choices) == 0 {
			t.Errorf("%s: %s with choices %v", question, a.Status, a.Choices)
		}
		for _, choice := range a.Choices {
			if next := answer(t, e, choice.Question); next.Status != ask.StatusAnswered {
				t.Errorf("%s: choice %q is not answered: %s", question, choice.Question, next.Text)
			}
		}
	}
}

func TestWhatIsNotAnsweredRunsNothingAndSaysWhy(t *testing.T) {
	e := engine(t, asktest.File(t))
	for question, want := range map[string]string{
		"profit by channel": ask.StatusRefused, "drop table gold.fact_orders": ask.StatusRefused, "select * from ops.files": ask.StatusRefused,
		"revenue in 2031": ask.StatusRefused, "quelle est la marge ?": ask.StatusRefused, "": ask.StatusClarify, "?!": ask.StatusClarify,
		strings.Repeat("revenue ", 300): ask.StatusRefused, "revenue\x00by channel'; drop table x; --": ask.StatusRefused,
	} {
		a := answer(t, e, question)
		if a.Status != want || a.SQL != "" || len(a.Rows) > 0 || a.Text == "" {
			t.Errorf("%.40q: %s, want %s; SQL %q, %d rows, text %q", question, a.Status, want, a.SQL, len(a.Rows), a.Text)
		}
	}
}

func TestTheBridgeSumsExactly(t *testing.T) {
	e := engine(t, asktest.File(t))
	for _, question := range []string{"why did revenue change in 2025?", "pourquoi le CA a-t-il baissé en mars 2024 ?", "why did Cricket revenue change from Q3 2025 to Q4 2025?", "why did revenue change in July 2025?"} {
		a := answer(t, e, question)
		if a.Status != ask.StatusAnswered || len(a.Rows) != 8 {
			t.Fatalf("%s: %s %s", question, a.Status, a.Text)
		}
		sum, total := new(big.Rat), new(big.Rat)
		for i, row := range a.Rows {
			amount, ok := new(big.Rat).SetString(string(row[1].(json.Number)))
			if !ok {
				t.Fatalf("%s: %v", question, row)
			}
			if i < 7 {
				sum.Add(sum, amount)
			} else {
				total = amount
			}
		}
		if sum.Cmp(total) != 0 || total.Sign() == 0 {
			t.Errorf("%s: the effects sum to %s, the change is %s", question, sum.FloatString(2), total.FloatString(2))
		}
	}
}

func TestAnAnswerSaysWhatItUnderstoodAndAssumed(t *testing.T) {
	e := engine(t, asktest.File(t))
	a := answer(t, e, "top 3 custmers in Q4 2025 excluding Direct")
	for _, want := range []string{"Revenue", "customer", "Q4 2025", "channel not Direct", "highest first, 3"} {
		if !strings.Contains(a.Understood, want) {
			t.Errorf("understood %q lacks %q", a.Understood, want)
		}
	}
	for _, want := range []string{"“custmers” is read as “customer”", "no measure is named: by revenue", "Q4 2025 is not complete: the data go from January 2024 to November 2025"} {
		if !slices.Contains(a.Assumptions, want) {
			t.Errorf("assumptions %q lack %q", a.Assumptions, want)
		}
	}
	if a.Language != "en" || answer(t, e, "CA par canal").Language != "fr" {
		t.Error("the language is not told")
	}
	if want := (ask.Data{RunID: "20251201T000000000Z-000001", PublishedAt: "2025-12-01T06:00:00Z", LastMonth: "2025-11", View: "gold.vw_fact_orders_enriched"}); a.Data != want {
		t.Errorf("data %+v", a.Data)
	}
}

func TestChartsFitTheirQuestions(t *testing.T) {
	e := engine(t, asktest.File(t))
	for question, want := range map[string]string{
		"total revenue": "counter", "revenue by month": "line", "revenue by channel": "bar", "share of revenue by channel": "pie", "top 5 customers": "bar", "best product of each division": "table",
		"revenue by month as an area chart": "area", "which channels exist?": "table", "CA par canal en camembert": "pie", "compare revenue 2024 and 2025": "bar",
	} {
		if a := answer(t, e, question); a.Chart == nil || a.Chart.Kind != want {
			t.Errorf("%s: chart %+v, want %s", question, a.Chart, want)
		}
	}
}

func TestWordsAreCompleted(t *testing.T) {
	e := engine(t, asktest.File(t))
	for typed, want := range map[string]string{
		"reve": "revenue", "revenue by chan": "channel", "revenue for Crick": "Cricket", "revenue ": "by channel", "CA par plat": "plateforme", "revenue by channel ": "excluding",
		"revenue excl": "excluding", "top 5 ": "customer", "customers with more than ": "1 billion", "revenue in ": "2025", "revenue since ": "November 2025", "CA par canal ": "sauf", "": "top 5",
		"CA de Cricket par rapport à ": "2025", "revenue by channel compared to la": "last month",
	} {
		if got := e.Complete(typed); !slices.Contains(got, want) {
			t.Errorf("%q is completed with %q, not with %q", typed, got, want)
		}
	}
}

// What is offered as the next word is a word that the grammar knows there: choosing it never leads to "not understood".
func TestAWordThatIsOfferedIsUnderstood(t *testing.T) {
	e := engine(t, asktest.File(t))
	for _, begun := range []string{"", "revenue ", "revenue by ", "top 5 ", "revenue by channel ", "growth ", "revenue excluding ", "revenue in ", "quantity of C", "CA ", "CA par ", "part ", "CA sauf ", "les 3 meilleurs "} {
		for _, word := range e.Complete(begun) {
			question := begun[:strings.LastIndex(begun, " ")+1] + word
			for _, unknown := range answer(t, e, question).Unrecognised {
				if got := answer(t, e, question).Text; strings.Contains(got, "is not understood") || strings.Contains(got, "pas compris") {
					t.Errorf("%q: %q is not understood", question, unknown)
				}
			}
		}
	}
}

// Measures, months, numbers and verbs alike are words of the model: a person who teaches it one edits one file.
func TestAWordThatIsTaughtIsUnderstood(t *testing.T) {
	folder := t.TempDir()
	for _, file := range []string{"sales.yaml", "lexicon.yaml", "both.yaml", "en.yaml", "fr.yaml"} {
		text, err := os.ReadFile(filepath.Join("../semantic", file))
		if err != nil {
			t.Fatal(err)
		}
		taught := strings.NewReplacer("[july, jul]", "[july, jul, thermidor]", "[top, best,", "[top, best, stellar,", "[seven]", "[seven, heptad]", "names: [rev,", "names: [rev, moolah,").Replace(string(text))
		if err := os.WriteFile(filepath.Join(folder, file), []byte(taught), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	model, err := semantic.Open(filepath.Join(folder, "sales.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	taught, plain := engineOf(t, asktest.File(t), model), engine(t, asktest.File(t))
	for question, same := range map[string]string{
		"moolah in thermidor 2025":           "revenue in july 2025",
		"stellar heptad products":            "top seven products",
		"moolah of the last heptad months":   "revenue of the last seven months",
		"stellar customer by moolah in 2024": "top customer by revenue in 2024",
	} {
		got, want := answer(t, taught, question), answer(t, plain, same)
		if got.SQL == "" || got.SQL != want.SQL {
			t.Errorf("%s: got %s %s, want %s", question, got.SQL, got.Text, want.SQL)
		}
		if unknown := answer(t, plain, question); unknown.Status != ask.StatusClarify {
			t.Errorf("%s: %s without having been taught", question, unknown.Status)
		}
	}
}

func TestFiguresAreWrittenInLakhAndCroreWhereThatIsSet(t *testing.T) {
	db, err := guard.Open(t.Context(), asktest.File(t), guard.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	model, err := semantic.Open("")
	if err != nil {
		t.Fatal(err)
	}
	e, err := ask.New(t.Context(), db, model, ask.Config{Indian: true})
	if err != nil {
		t.Fatal(err)
	}
	if a := answer(t, e, "total revenue"); !strings.Contains(a.Text, "crore") {
		t.Error(a.Text)
	}
}
