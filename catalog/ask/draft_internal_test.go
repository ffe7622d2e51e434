package ask

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"

	"github.com/fmcg/fmcg/catalog/ask/asktest"
	"github.com/fmcg/fmcg/catalog/guard"
	"github.com/fmcg/fmcg/catalog/semantic"
)

// Whatever a model makes of the schema, each Query that is well-formed and passes the grammar's own steps is SQL that runs
// and has a text.
func TestEveryWellFormedDraftRuns(t *testing.T) {
	db, err := guard.Open(t.Context(), asktest.File(t), guard.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	model, err := semantic.Open("")
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(t.Context(), db, model, Config{Drafter: &Drafter{Model: "random"}})
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	const question = "zorkmids"
	ran := map[Kind]int{}
	tokens := map[string][]*Token{}
	for _, language := range []string{english, french} {
		tokens[language] = e.tokens(question, language, false)
	}
	for range 60000 {
		d := e.randomDraft(random)
		p := &parser{Engine: e, question: question, language: []string{english, french}[random.IntN(2)], kept: true, negated: -1, shareAt: -1, measureAt: -1}
		p.tokens = tokens[p.language]
		q, err := p.draftedQuery(d)
		if err != nil {
			if !errors.Is(err, errUnfit) {
				t.Fatal(err)
			}
			continue
		}
		if wellFormed(&q, e.isDimension) != nil {
			continue
		}
		p.q, p.instead, p.setGroups = q, p, q.Groups
		for _, step := range []func(){p.defaults, p.validate, p.fit} {
			if step(); p.stop != nil {
				break
			}
		}
		if p.stop != nil || ran[q.Kind] >= 150 || q.Kind != KindFigures && ran[q.Kind] >= 20 {
			continue
		}
		ran[q.Kind]++
		if _, err := e.answer(t.Context(), p.question, p); err != nil {
			t.Errorf("%+v\n%v", p.q, err)
		}
	}
	for _, kind := range draftKinds {
		if ran[kind] < 5 {
			t.Errorf("%s ran %d times", kind, ran[kind])
		}
	}
	t.Log(ran)
}

func (e *Engine) randomDraft(random *rand.Rand) draftQuery {
	things, times, measures := e.draftNames()
	rarely := func(names []string) string {
		if random.IntN(4) > 0 {
			return ""
		}
		return names[random.IntN(len(names))]
	}
	some := func(names []string) []string {
		var out []string
		for range max(0, random.IntN(5)-2) {
			out = append(out, names[random.IntN(len(names))])
		}
		return out
	}
	maybe := func() bool { return random.IntN(5) == 0 }
	d := draftQuery{Kind: asTexts(draftKinds)[max(0, random.IntN(2*len(draftKinds))-len(draftKinds))], Measures: some(measures), Groups: some(things), Grain: rarely(times),
		Aggregate: rarely(aggregates), Over: rarely(slices.Concat(things, times)), Calc: rarely(asTexts(draftCalcs)), Step: rarely(steps), Versus: maybe(), Ranked: maybe(), Descending: maybe(),
		Count: maybe(), TopShare: maybe(), Subject: rarely(slices.Concat([]string{"customer", "product", "customer", "product"}, things, times, measures)), Chart: rarely(charts)}
	if maybe() {
		d.Limit, d.Ranked = random.IntN(9), true
	}
	if maybe() {
		d.Span = random.IntN(9)
	}
	if d.Kind == string(KindPareto) || maybe() {
		d.Percent = float64(random.IntN(99))
	}
	if maybe() && len(d.Groups) > 0 {
		d.Within = d.Groups[:1]
	}
	if maybe() {
		d.Having = []draftHaving{{Measure: slices.Concat(measures, []string{"growth", "difference"})[random.IntN(len(measures)+2)], Op: operators[random.IntN(len(operators))], Value: float64(random.IntN(1e6)), And: 2e6, Percent: maybe()}}
	}
	for range max(0, random.IntN(5)-2) {
		dimension := things[random.IntN(len(things))]
		values := e.Index.Values(dimension)
		d.Filters = append(d.Filters, draftFilter{dimension, []string{values[random.IntN(len(values))], values[random.IntN(len(values))]}[:1+random.IntN(2)],
			[]string{useKeep, useKeep, useExcept, useBut, usePart, useCompare}[random.IntN(6)]})
	}
	for range random.IntN(3) {
		from := e.first + random.IntN(e.last-e.first)
		d.Periods = append(d.Periods, draftPeriod{draftMonthText(from), draftMonthText(from + random.IntN(12)), []string{useKeep, useKeep, useExcept, useBut}[random.IntN(4)]})
	}
	if d.Kind != string(KindFigures) && random.IntN(9) > 0 { // else hardly any would fit
		places := strings.Fields(fits[Kind(d.Kind)])
		keep := func(head string) bool { return slices.Contains(places, head) }
		if d.Having, d.Aggregate, d.Over, d.Calc, d.Step, d.Span, d.TopShare, d.Within = nil, "", "", "", "", 0, false, nil; !keep("measure") {
			d.Measures = nil
		}
		if !keep("group") {
			d.Groups = nil
		}
		if !keep("grain") {
			d.Grain = ""
		}
		if !keep("percent") {
			d.Percent = 0
		}
		if !keep("ranking") {
			d.Ranked, d.Limit = false, 0
		}
		if !keep("subject") {
			d.Subject = ""
		}
		if !keep("chart") {
			d.Chart = ""
		}
		d.Count = d.Count && keep("count")
		d.Versus = d.Versus && keep("versus")
		d.Filters = slices.DeleteFunc(d.Filters, func(f draftFilter) bool { return !keep(strings.Replace(f.Use, useKeep, "filter", 1)) })
		d.Periods = slices.DeleteFunc(d.Periods, func(p draftPeriod) bool {
			return !keep(map[string]string{useKeep: "period", useExcept: "except_period", useBut: "but_period"}[p.Use])
		})
	}
	return d
}
