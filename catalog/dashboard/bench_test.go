package dashboard_test

import (
	"os"
	"testing"

	"github.com/fmcg/fmcg/catalog/dashboard"
)

// BenchmarkPage computes each page over a real warehouse, which FMCG_ASK_WAREHOUSE names, with nothing kept from before: the
// first time that it is opened, and after a filter is set.
func BenchmarkPage(b *testing.B) {
	file := os.Getenv("FMCG_ASK_WAREHOUSE")
	if file == "" {
		b.Skip("FMCG_ASK_WAREHOUSE names no published file")
	}
	h := open(b, file)
	for _, page := range h.board.Pages {
		for name, selection := range map[string]dashboard.Selection{"opened": {}, "filtered": dashboard.Selection{}.With("channel", "Retailer").With("year", 2025)} {
			b.Run(page.ID+"/"+name, func(b *testing.B) {
				for b.Loop() {
					b.StopTimer()
					fresh, err := dashboard.NewSource(b.Context(), h.db, h.model)
					if err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
					if _, err := fresh.Page(b.Context(), h.board, page.ID, selection, "en"); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
