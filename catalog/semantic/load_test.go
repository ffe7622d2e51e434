package semantic

import "testing"

func TestTheBuiltInModelLoads(t *testing.T) {
	model, err := Open("")
	if err != nil {
		t.Fatal(err)
	}
	if got := model.Lexicon.Lookup("chiffres d affaires"); len(got) != 1 || got[0].Meaning != "revenue" {
		t.Errorf("got %v, want revenue", got)
	}
}
