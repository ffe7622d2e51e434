package ask_test

import (
	"testing"

	"github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/ask/asktest"
)

// A question that is asked back comes with ways on that work: each choice, asked as it stands, is answered.
func TestEachChoiceIsAQuestionThatIsAnswered(t *testing.T) {
	e := engine(t, asktest.File(t))
	cases, err := ask.Cases(questions)
	if err != nil {
		t.Fatal(err)
	}
	asked := []string{
		"most profitable product", "revenue blarg", "how are we doing", "correlation between price and quantity", "growth of revenue", "top 3 flurbs by division", "compare revenue",
		"produit le plus rentable", "CA zorglub", "comment ça va", "croissance du CA", "compare le CA", "average revenue", "moyenne du CA", "customers with more than 5", "",
		"zzz", "lost customers", "clients perdus", "share of revenue", "revenue in Q4", "Which platforms sold swim caps, and how many?", "rank revenue",
	}
	for _, c := range cases {
		if c.Status == ask.StatusClarify && c.Previous == "" {
			asked = append(asked, c.Question)
		}
	}
	for _, question := range asked {
		a := answer(t, e, question)
		if a.Status == ask.StatusAnswered {
			continue // a later grammar may know more
		}
		if a.Status == ask.StatusClarify && len(a.Choices) == 0 {
			t.Errorf("%s: no choices: %s", question, a.Text)
		}
		for _, choice := range a.Choices {
			if next := answer(t, e, choice.Question); next.Status != ask.StatusAnswered {
				t.Errorf("%s: the choice %q, %q, is %s: %s", question, choice.Label, choice.Question, next.Status, next.Text)
			}
		}
	}
}
