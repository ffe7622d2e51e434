package ask_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/ask/asktest"
)

// A word with a meaning of its own that is added to a question changes the answer, or stops it. Otherwise it was dropped.
func TestAWordMoreIsNeverDropped(t *testing.T) {
	e := engine(t, asktest.File(t))
	cases, err := ask.Cases(questions)
	if err != nil {
		t.Fatal(err)
	}
	words := map[string][]string{
		"en": {"top 3", "bottom", "excluding", "median", "maximum", "proportion", "growth", "cumulative", "per channel", "by variant", "monthly", "in 2024", "more than 7 million", "volatility", "anomalies", "each division",
			"average price", "quantity", "year over year", "without Cricket", "how many", "new", "rank"},
		"fr": {"top 3", "pire", "sauf", "médiane", "maximum", "part", "croissance", "cumulé", "par canal", "par variante", "mensuel", "en 2024", "plus de 7 millions", "volatilité", "anomalies", "chaque division",
			"prix moyen", "quantité", "d'une année à l'autre", "sans Cricket", "combien", "nouveaux", "classement"},
	}
	tried := 0
	for _, c := range cases {
		if c.Status != ask.StatusAnswered || c.Previous != "" || c.SQL == "" {
			continue
		}
		plain, _ := e.Reads(c.Question)
		for _, word := range words[c.Language] {
			if e.Says(c.Question, word) {
				continue
			}
			tried++
			more, assumed := e.Reads(strings.TrimRight(c.Question, " ?!.") + " " + word)
			if more != "" && more == plain && !slices.ContainsFunc(assumed, func(a string) bool { return strings.Contains(a, word) }) {
				t.Errorf("%s: “%s” is dropped: %s", c.Question, word, more)
			}
		}
	}
	if tried < 8000 {
		t.Errorf("only %d pairs were tried", tried)
	}
}
