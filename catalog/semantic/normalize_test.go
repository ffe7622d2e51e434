package semantic_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/fmcg/fmcg/catalog/semantic"
)

func TestSpellingsThatAreTheSameNormalizeAlike(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"L’année   dernière ?", "l annee derniere"},
		{"Œufs & Cœur", "oeufs & coeur"},
		{"E-Commerce", "e commerce"},
		{"12.5 kg", "12.5 kg"},
		{"2025.", "2025"},
		{"revenue≥5%", "revenue >= 5 %"},
		{"a>=b", "a >= b"},
		{"₹500", "₹ 500"},
		{"…!", ""},
		{"Ⅳ ﬁn", "iv fin"},
	} {
		if got := semantic.Normalize(c.text); got != c.want {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}

func TestNormalizeChangesNothingASecondTime(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		once := semantic.Normalize(rapid.String().Draw(r, "text"))
		if twice := semantic.Normalize(once); twice != once {
			r.Fatalf("once %q, twice %q", once, twice)
		}
	})
}

func TestSingularAndPluralMeet(t *testing.T) {
	for _, pair := range [][2]string{
		{"category", "categories"}, {"categorie", "categories"}, {"serie", "series"}, {"canal", "canaux"}, {"niveau", "niveaux"}, {"jeu", "jeux"}, {"box", "boxes"},
		{"fiche", "fiches"}, {"brush", "brushes"}, {"glove", "gloves"}, {"class", "classes"}, {"vendu", "vendus"}, {"sku", "skus"}, {"yoga mat", "yoga mats"}, {"tennis", "tennis"},
	} {
		if a, b := semantic.Singular(pair[0]), semantic.Singular(pair[1]); a != b {
			t.Errorf("%s is %s, %s is %s", pair[0], a, pair[1], b)
		}
	}
	for _, pair := range [][2]string{{"not", "notes"}, {"an", "ans"}, {"bar", "bas"}} {
		if a, b := semantic.Singular(pair[0]), semantic.Singular(pair[1]); a == b {
			t.Errorf("%s and %s are both %s", pair[0], pair[1], a)
		}
	}
}

func TestDistanceCountsTypos(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"cricket", "cricket", 0}, {"cricket", "criket", 1}, {"cricket", "crikcet", 1}, {"cricket", "xricket", 1}, {"cricket", "criccket", 1}, {"granola", "granita", 2}, {"été", "ete", 2},
		{"cricket", "football", 4}, {"", "ab", 2},
	} {
		if got := semantic.Distance(c.a, c.b, 3); got != c.want {
			t.Errorf("%s, %s: got %d, want %d", c.a, c.b, got, c.want)
		}
	}
	words := rapid.StringMatching(`[abc]{0,6}`)
	rapid.Check(t, func(r *rapid.T) {
		a, b := words.Draw(r, "a"), words.Draw(r, "b")
		there, back := semantic.Distance(a, b, 10), semantic.Distance(b, a, 10)
		if there != back || (there == 0) != (a == b) {
			r.Fatalf("%d there, %d back", there, back)
		}
		if most := rapid.IntRange(0, 6).Draw(r, "most"); semantic.Distance(a, b, most) != min(there, most+1) {
			r.Fatalf("%s and %s are %d apart, and %d where %d is the most", a, b, there, semantic.Distance(a, b, most), most)
		}
	})
}
