package ask

import (
	"os"
	"testing"

	"github.com/fmcg/fmcg/catalog/guard"
	"github.com/fmcg/fmcg/catalog/semantic"
)

// BenchmarkAsk asks one question over a real warehouse, which FMCG_ASK_WAREHOUSE names.
func BenchmarkAsk(b *testing.B) {
	file := os.Getenv("FMCG_ASK_WAREHOUSE")
	if file == "" {
		b.Skip("FMCG_ASK_WAREHOUSE names no published file")
	}
	db, err := guard.Open(b.Context(), file, guard.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	model, err := semantic.Open("")
	if err != nil {
		b.Fatal(err)
	}
	engine, err := New(b.Context(), db, model, Config{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := engine.Ask(b.Context(), "top 3 categories in Cricket by revenue, Q3 2025"); err != nil {
			b.Fatal(err)
		}
	}
}
