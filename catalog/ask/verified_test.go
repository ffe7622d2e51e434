package ask_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/ask/asktest"
	"github.com/fmcg/fmcg/catalog/guard"
	"github.com/fmcg/fmcg/catalog/semantic"
)

// verifying is an engine of the small file whose verified questions are those given.
func verifying(t *testing.T, verified ...semantic.Verified) *ask.Engine {
	t.Helper()
	db, model := withVerified(t, verified...)
	e, err := ask.New(t.Context(), db, model, ask.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func withVerified(t *testing.T, verified ...semantic.Verified) (*guard.DB, *semantic.Model) {
	t.Helper()
	db, err := guard.Open(t.Context(), asktest.File(t), guard.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	model, err := semantic.Open("")
	if err != nil {
		t.Fatal(err)
	}
	model.Verified = verified
	return db, model
}

const view = " from gold.vw_fact_orders_enriched "

func TestAVerifiedAnswerSaysAllThatTheGrammarSaysWhereBothComeToTheSame(t *testing.T) {
	e := verifying(t)
	for _, question := range []string{"revenue by quarter", "top 5 customers by quantity in 2025", "CA par canal au T3 2025", "share of revenue by platform in %", "revenue by month for Cricket"} {
		want := answer(t, e, question)
		for _, sql := range []string{want.SQL, "select * from (\n" + want.SQL + "\n) as same"} { // another SQL, the same rows
			got := answer(t, verifying(t, semantic.Verified{Question: question, Language: want.Language, SQL: sql}), question)
			if got.Source != ask.SourceVerified || got.SQL != sql {
				t.Errorf("%s: source %s, SQL %s", question, got.Source, got.SQL)
			}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(ask.Answer{}, "Source", "SQL", "ElapsedMS")); diff != "" {
				t.Errorf("%s\n%s", question, diff)
			}
		}
	}
}

func TestAVerifiedAnswerThatTheGrammarDoesNotReadSaysNoMoreThanItsRows(t *testing.T) {
	sql := "select division, sum(total_amount_inr) as revenue" + view + "where division in ('Cricket', 'Yoga') group by division order by division"
	e := verifying(t, semantic.Verified{Question: "How are the bats and the mats faring?", Language: "en", SQL: sql, ReviewedBy: "anna", ReviewedAt: "2026-01-31"})
	a := answer(t, e, "how are the bats and the mats faring")
	if a.Status != ask.StatusAnswered || a.Source != ask.SourceVerified {
		t.Fatalf("%s %s: %s", a.Status, a.Source, a.Text)
	}
	if want := "The verified question “How are the bats and the mats faring?”, anna 2026-01-31"; a.Understood != want {
		t.Errorf("understood %s", a.Understood)
	}
	if !strings.HasPrefix(a.Text, "Revenue is highest for Cricket") || len(a.Rows) != 2 || a.Chart.Kind != "bar" || a.Columns[1].Unit != "INR" {
		t.Errorf("%s %v %v %v", a.Text, a.Rows, a.Chart, a.Columns)
	}
	if len(a.Suggestions) != 3 {
		t.Errorf("suggestions %v", a.Suggestions)
	}
	for _, next := range a.Suggestions {
		if b := answer(t, e, next); b.Status != ask.StatusAnswered {
			t.Errorf("%s is %s", next, b.Status)
		}
	}
}

func TestAVerifiedAnswerThatGoesAnotherWayThanItsWordsSaysSo(t *testing.T) {
	e := verifying(t, semantic.Verified{Question: "revenue by platform", Language: "en", SQL: "select platform, sum(total_amount_inr) as revenue" + view + "where year = 2025 group by platform"})
	a := answer(t, e, "revenue by platform?")
	if a.Source != ask.SourceVerified || !slices.ContainsFunc(a.Assumptions, func(s string) bool {
		return strings.Contains(s, "The verified SQL goes another way than the words do: Revenue, by platform")
	}) {
		t.Errorf("%s %v", a.Source, a.Assumptions)
	}
	if strings.Contains(a.Understood, "all of the data") {
		t.Errorf("understood %s", a.Understood)
	}
}

func TestAnotherValueNumberOrQuestionBeforeIsNoVerifiedQuestion(t *testing.T) {
	e := verifying(t,
		semantic.Verified{Question: "top 5 customers in Cricket 2025", Language: "en", SQL: "select 5 as found" + view},
		semantic.Verified{Question: "and by channel?", Language: "en", Previous: []string{"revenue in 2025"}, SQL: "select 6 as found" + view},
		semantic.Verified{Question: "revenue by platform", Language: "en", SQL: "select 7 as found" + view},
	)
	for _, c := range []struct {
		question string
		previous []string
		want     bool
	}{
		{"Please show me the TOP 5 customers in cricket, 2025!", nil, true},
		{"top 6 customers in Cricket 2025", nil, false},
		{"top 5 customers in Yoga 2025", nil, false},
		{"top 5 customers in Cricket 2024", nil, false},
		{"top 5 customers in Criket 2025", nil, false},
		{"And by channel", []string{"Revenue in 2025?"}, true},
		{"And by channel", []string{"revenue in 2024"}, false},
		{"And by channel", nil, false},
		{"And by channel", []string{"revenue by division", "revenue in 2025"}, false},
		{"revenue by platform", []string{"top 5 customers in 2024"}, true}, // stands on its own
	} {
		a := answer(t, e, c.question, c.previous...)
		if got := a.Source == ask.SourceVerified; got != c.want {
			t.Errorf("%v %s: source %q, verified is %v", c.previous, c.question, a.Source, c.want)
		}
	}
}

func TestQuestionsMoveWithTheDataWhereTheirTimeDoes(t *testing.T) {
	e := verifying(t)
	for question, want := range map[string]bool{
		"revenue last month": true, "CA de cette année": true, "revenue this quarter": true, "revenue by month over the last 6 months": true,
		"total revenue": false, "revenue in October 2025": false, "top 5 customers": false, "when were the data refreshed?": false, "blorptech": false,
	} {
		if got := e.Moves(question); got != want {
			t.Errorf("%s: %v", question, got)
		}
	}
	if !e.Moves("and by channel?", "revenue last month") {
		t.Error("a follow-up of a question that moves does not")
	}
}

func TestTheCheckFindsVerifiedQuestionsThatNoLongerGetTheirAnswer(t *testing.T) {
	const revenue = "select sum(total_amount_inr) as revenue" + view
	verified := []semantic.Verified{
		{Question: "revenue", SQL: revenue},
		{Question: "all the money there ever was", SQL: revenue},
		{Question: "revenue by channel", SQL: "select channel, sum(sold_quantity) as pieces, sum(total_amount_inr) as money" + view + "group by channel"}, // more than asked
		{Question: "and for 2024?", Previous: []string{"revenue by platform"}, SQL: "select platform, sum(total_amount_inr) as revenue" + view + "where year = 2024 group by platform"},
		{Question: "revenue by month in 2019", SQL: "select date, sum(total_amount_inr) as revenue" + view + "where year = 2019 group by date"}, // no data, no rows
		{Question: "revenue by month in 2024", SQL: "select date, sum(total_amount_inr) as revenue" + view + "where year = 2019 group by date"},
		{Question: "no rows", SQL: "select product" + view + "where year = 1999"},
		{Question: "no such column", SQL: "select profit" + view},
		{Question: "another table", SQL: "select * from bronze.orders"},
		{Question: "no SQL", SQL: "selec 1"},
		{Question: "revenue in 2024", Also: []string{"revenue in 2025", "the money of 2024"}, SQL: revenue + "where year = 2024"},
		{Question: "quantity by channel", SQL: "select channel, sum(sold_quantity) as quantity" + view + "where channel <> 'Direct' group by channel"},
	}
	for i := range verified {
		verified[i].Language, verified[i].Place = "en", "x"
	}
	db, model := withVerified(t, verified...)
	found, err := ask.CheckVerified(t.Context(), db, model)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, b := range found {
		got = append(got, b.Question+": "+b.Problem)
	}
	want := []string{
		"revenue by month in 2024: its SQL returns no rows",
		"no rows: its SQL returns no rows",
		`no such column: the engine rejects its SQL: Binder Error: Referenced column "profit" not found in FROM clause!`,
		"another table: its SQL may not run: it reads bronze.orders; only gold.vw_fact_orders_enriched can be read",
		`no SQL: its SQL may not run: syntax error at or near "selec"`,
		"revenue in 2025: the question's own words come to another result than its SQL: no column holds the values of revenue",
		"quantity by channel: the question's own words come to another result than its SQL: 2 rows, expected 3",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheGrammarAloneIsMeasuredByTheVerifiedQuestions(t *testing.T) {
	e := verifying(t,
		semantic.Verified{Question: "revenue", Language: "en", SQL: "select sum(total_amount_inr)" + view},
		semantic.Verified{Question: "quantité", Language: "fr", SQL: "select sum(total_amount_inr)" + view},
		semantic.Verified{Question: "blorptech", Language: "en", SQL: "select sum(total_amount_inr)" + view},
	)
	report, err := e.BenchmarkVerified(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []ask.Group{
		{By: "kind", Name: "verified", Asked: 3, Right: 1, WrongAnswers: 1, NotAnswered: 1},
		{By: "language", Name: "en", Asked: 2, Right: 1, NotAnswered: 1},
		{By: "language", Name: "fr", Asked: 1, WrongAnswers: 1},
	}
	if diff := cmp.Diff(want, report.Groups); diff != "" {
		t.Error(diff)
	}
	if report.Asked != 3 || report.Right != 1 || report.WrongAnswers != 1 || report.NotAnswered != 1 || len(report.Failures) != 2 {
		t.Errorf("%+v", report)
	}
}

func TestALanguageModelIsNotAskedAboutAVerifiedQuestion(t *testing.T) {
	db, model := withVerified(t,
		semantic.Verified{Question: "How are the bats faring?", Language: "en", SQL: "select sum(total_amount_inr) as revenue" + view},
		semantic.Verified{Question: "and the mats?", Language: "en", Previous: []string{"How are the bats faring?"}, SQL: "select sum(sold_quantity) as quantity" + view})
	asked := 0
	drafter := &ask.Drafter{Model: "test", Draft: func(context.Context, string, string, map[string]any) ([]byte, error) {
		asked++
		return nil, errors.New("not to be asked")
	}}
	e, err := ask.New(t.Context(), db, model, ask.Config{Drafter: drafter})
	if err != nil {
		t.Fatal(err)
	}
	for _, previous := range [][]string{nil, {"How are the bats faring?"}} {
		question := "how are the bats faring"
		if previous != nil {
			question = "And the mats"
		}
		if a := answer(t, e, question, previous...); a.Source != ask.SourceVerified {
			t.Errorf("%s: %s %s", question, a.Source, a.Text)
		}
	}
	if _, err := e.BenchmarkVerified(t.Context()); err != nil || asked > 0 {
		t.Errorf("asked %d times, %v", asked, err)
	}
	if answer(t, e, "revenue of the blorptech"); asked != 1 {
		t.Errorf("asked %d times about another question", asked)
	}
}
