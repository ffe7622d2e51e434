package semantic_test

import (
	"testing"

	"github.com/fmcg/fmcg/catalog/semantic"
)

func TestAQuestionIsTheSameInOtherCaseAccentsPunctuationAndPoliteWords(t *testing.T) {
	for question, others := range map[string][]string{
		"total revenues by quarter": {"Show me total revenues by quarter", "Could you please show me the TOTAL revenues, by quarter?", "total revenues by quarter, thanks!",
			"I'd like to see total revenues by quarter please"},
		"évolution de l'année 2024 par canal":   {"Evolution de l’annee 2024 par canal ?", "Bonjour, montrez-moi l'évolution de l'année 2024 par canal, s'il vous plaît", "pourriez-vous me donner l'évolution de l'année 2024 par canal, merci"},
		"customers with revenue >= 1.5 billion": {"Customers with revenue ≥ 1.5 billion."},
	} {
		for _, other := range others {
			if got, want := semantic.Wording(other), semantic.Wording(question); got != want {
				t.Errorf("%s\n\tis %q, want %q", other, got, want)
			}
		}
	}
}

func TestAnotherValueOrNumberIsAnotherQuestion(t *testing.T) {
	for _, pair := range [][2]string{
		{"revenue in 2024", "revenue in 2025"}, {"top 5 customers", "top 50 customers"}, {"revenue over 1.5", "revenue over 15"}, {"revenue over 1,5", "revenue over 1 5"},
		{"revenue over 1,5", "revenue over 15"}, {"growth above -5 %", "growth above 5 %"}, {"growth above 5 %", "growth above 5"}, {"growth over .5", "growth over 5"},
		{"revenue = 5", "revenue != 5"}, {"revenue = 5", "revenue ≠ 5"}, {"revenue > 5", "revenue >= 5"}, {"revenue > 5", "revenue < 5"}, {"revenue for SportsHub", "revenue for SportsMart"},
		{"revenue by channel", "revenue by channels"}, {"what is revenue", "revenue"}, {"revenue", "revenue only"}, {"growth of -.5", "growth of .5"}, {"1,2,3", "1,2 3"},
		{"sales without Cricket", "sales with Cricket"}, {"the", "please"},
	} {
		if semantic.Wording(pair[0]) == semantic.Wording(pair[1]) {
			t.Errorf("%q and %q are both %q", pair[0], pair[1], semantic.Wording(pair[0]))
		}
	}
}
