package semantic_test

import (
	"testing"

	"github.com/fmcg/fmcg/catalog/semantic"
)

func TestARefusalOffersTheNamesThatAreNear(t *testing.T) {
	known := []string{"overview", "products", "customers"}
	for name, want := range map[string]string{
		"Overviw": "; did you mean overview?",
		"product": "; did you mean products?",
		"stock":   "; there are overview, products, customers",
	} {
		if got := semantic.Near(name, known); got != want {
			t.Errorf("near %q: got %q, want %q", name, got, want)
		}
	}
}
