package ask_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/fmcg/fmcg/catalog/ask"
)

// A word with a meaning of its own that is added to a question changes the answer, or stops it. Otherwise it was dropped.
func TestAWordMoreIsNeverDropped(t *testing.T) {
	e := engine(t, small(t))
	cases, err := ask.Cases(questions)
	if err != nil {
		t.Fatal(err)
	}
	words := map[string][]string{
		"en": {"top 3", "bottom", "excluding", "median", "maximum", "share", "growth", "cumulative", "per channel", "by variant", "monthly", "in 2024", "more than 7 million", "volatility", "anomalies", "each division",
			"average price", "quantity", "year over year", "without Cricket", "how many", "new", "rank"},
		"fr": {"top 3", "pire", "sauf", "médiane", "maximum", "part", "croissance", "cumulé", "par canal", "par variante", "mensuel", "en 2024", "plus de 7 millions", "volatilité", "anomalies", "chaque division",
			"prix moyen", "quantité", "d'une année à l'autre", "sans Cricket", "combien", "nouveaux", "classement"},
	}
	tried, n := 0, 0
	for _, c := range cases {
		if c.Status != ask.StatusAnswered || c.Previous != "" || c.SQL == "" {
			continue
		}
		plain := answer(t, e, c.Question)
		for _, word := range words[c.Language] {
			if n++; n%7 != 0 || e.Says(c.Question, word) {
				continue // a seventh of all pairs, each word with many questions
			}
			tried++
			more := answer(t, e, strings.TrimRight(c.Question, " ?!.")+" "+word)
			if more.Status == ask.StatusAnswered && more.SQL == plain.SQL && !slices.ContainsFunc(more.Assumptions, func(a string) bool { return strings.Contains(a, word) }) {
				t.Errorf("%s: “%s” is dropped: %s", c.Question, word, more.SQL)
			}
		}
	}
	if tried < 1000 {
		t.Errorf("only %d pairs were tried", tried)
	}
}
