package web_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"testing"

	"github.com/fmcg/fmcg/catalog/web"
)

// BenchmarkDashboard answers with pages of the dashboard over a real warehouse, which FMCG_ASK_WAREHOUSE names: opened as the
// first one does after a release, with nothing kept, and filtered by another product each time. An answer is the whole page,
// with its tables, its questions and what its charts draw.
func BenchmarkDashboard(b *testing.B) {
	file := os.Getenv("FMCG_ASK_WAREHOUSE")
	if _, err := os.Stat(file); err != nil {
		b.Skip("FMCG_ASK_WAREHOUSE names no published file: make refresh")
	}
	config := web.Config{Warehouse: file, Now: newClock(1).now}
	open := func() *web.Server {
		server, err := web.New(b.Context(), config)
		if err != nil {
			b.Fatal(err)
		}
		return server
	}
	for _, page := range []string{"overview", "products", "customers", "seasons"} {
		path := "/dashboard/sales/" + page
		b.Run(page+"/opened", func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				server := open()
				b.StartTimer()
				answer(b, server, path)
				b.StopTimer()
				server.Close()
				b.StartTimer()
			}
		})
		b.Run(page+"/filtered", func(b *testing.B) {
			server := open()
			defer server.Close()
			var products struct{ Values []struct{ Param string } }
			if err := json.Unmarshal(answer(b, server, "/api/dashboards/sales/filters/product").Body.Bytes(), &products); err != nil {
				b.Fatal(err)
			}
			nth := 0
			for b.Loop() {
				selection := url.Values{"product": {products.Values[nth%len(products.Values)].Param}, "year": {"2025"}, "channel": {"Retailer"}}
				if nth >= len(products.Values) {
					selection.Add("product", products.Values[(nth+nth/len(products.Values))%len(products.Values)].Param)
				}
				nth++
				answer(b, server, path+"?"+selection.Encode())
			}
		})
	}
}

// BenchmarkPages answers with the other pages over the same warehouse; a question is another one each time.
func BenchmarkPages(b *testing.B) {
	file := os.Getenv("FMCG_ASK_WAREHOUSE")
	if _, err := os.Stat(file); err != nil {
		b.Skip("FMCG_ASK_WAREHOUSE names no published file: make refresh")
	}
	server, err := web.New(b.Context(), web.Config{Warehouse: file, Now: newClock(1).now})
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	questions := []string{"revenue by quarter", "top 10 customers by units", "CA par canal en 2025", "revenue by division and platform", "which months are unusual?", "why did revenue change in November 2025?", "share of revenue by category"}
	for _, path := range []string{"/ask", "/about", "/runs"} {
		b.Run(path[1:], func(b *testing.B) {
			for b.Loop() {
				answer(b, server, path)
			}
		})
	}
	b.Run("answer", func(b *testing.B) {
		for nth := 0; b.Loop(); nth++ {
			answer(b, server, "/ask?"+url.Values{"q": {questions[nth%len(questions)]}}.Encode())
		}
	})
}

func answer(b *testing.B, server *web.Server, address string) *httptest.ResponseRecorder {
	b.Helper()
	request := httptest.NewRequestWithContext(b.Context(), http.MethodGet, address, nil)
	request.Host, request.RemoteAddr = "localhost", "127.0.0.1:1"
	recorder := httptest.NewRecorder()
	server.ServeHTTP(recorder, request)
	if recorder.Code != http.StatusOK {
		b.Fatalf("%s: %d\n%s", address, recorder.Code, recorder.Body)
	}
	return recorder
}
