package web

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/fmcg/fmcg/catalog/ask/asktest"
	"github.com/fmcg/fmcg/catalog/dashboard"
)

func TestBothLanguagesHaveTheSameTexts(t *testing.T) {
	all, err := loadMessages()
	if err != nil {
		t.Fatal(err)
	}
	english, french := slices.Sorted(maps.Keys(all["en"])), slices.Sorted(maps.Keys(all["fr"]))
	for _, key := range english {
		if all["fr"][key] == "" {
			t.Errorf("messages/fr.yaml has no %s", key)
		}
	}
	for _, key := range french {
		if all["en"][key] == "" {
			t.Errorf("messages/en.yaml has no %s", key)
		}
	}
	if len(english) < 50 {
		t.Errorf("only %d texts", len(english))
	}
}

// A query as long as the sun shines, and a client that goes away.
func TestAClientThatGoesAwayInterruptsItsQuery(t *testing.T) {
	server, err := New(t.Context(), Config{Warehouse: asktest.File(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	ended := make(chan error, 1)
	begun := make(chan struct{})
	handler := server.handle(route{method: "GET", path: "/slow", handler: server.onRelease(func(v *visit, release *Release) error {
		close(begun)
		_, err := release.DB.Query(v.Context(), "select count(*) from range(100000000) as a cross join range(100000000) as b")
		ended <- err
		return err
	})})
	listening := httptest.NewServer(handler)
	defer listening.Close()
	ctx, goAway := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, listening.URL+"/slow", nil)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		<-begun
		goAway()
	}()
	if answer, err := http.DefaultClient.Do(request); err == nil {
		_ = answer.Body.Close()
		t.Fatal("it was answered")
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the query ended with %v, want %v", err, context.Canceled)
	}
}

func TestARequestEndsOnTheReleaseItBeganOn(t *testing.T) {
	server, err := New(t.Context(), Config{Warehouse: asktest.File(t)})
	if err != nil {
		t.Fatal(err)
	}
	release, done, err := server.releases.acquire()
	if err != nil {
		t.Fatal(err)
	}
	const query = "select count(*) from gold.vw_fact_orders_enriched"
	server.Close() // the server lets go of it
	if _, err := release.DB.Query(t.Context(), query); err != nil {
		t.Errorf("while the request runs: %v", err)
	}
	done()
	if _, err := release.DB.Query(t.Context(), query); err == nil {
		t.Error("it is open although nobody needs it")
	}
	if _, _, err := server.releases.acquire(); !errors.Is(err, errNotReady.cause) {
		t.Errorf("after it was let go: %v", err)
	}
}

func TestAnErrorOfTheEngineDoesNotReachABrowser(t *testing.T) {
	server, err := New(t.Context(), Config{Warehouse: asktest.File(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	for _, path := range []string{"/page", "/api/secret"} {
		answer := httptest.NewRecorder()
		server.handle(route{method: "GET", path: path, handler: func(*visit) error {
			return errors.New("Catalog Error: /srv/secret/fmcg.duckdb does not exist")
		}}).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil))
		for _, secret := range []string{"Catalog Error", "/srv", "duckdb"} {
			if body := answer.Body.String(); answer.Code != http.StatusInternalServerError || contains(body, secret) || !contains(body, answer.Header().Get("X-Request-Id")) {
				t.Errorf("%s answers %d with\n%s", path, answer.Code, body)
			}
		}
	}
}

func TestAFigureAtAGlanceIsWrittenInTheReadersHabit(t *testing.T) {
	all, err := loadMessages()
	if err != nil {
		t.Fatal(err)
	}
	server := &Server{messages: all}
	for _, c := range []struct {
		language string
		indian   bool
		value    any
		unit     string
		want     string
	}{
		{"en", false, 105_278_123_456.0, "INR", "₹105.3 B"},
		{"en", true, 105_278_123_456.0, "INR", "₹10,527.8 Cr"},
		{"fr", false, 105_278_123_456.0, "INR", "₹105,3 Md"},
		{"en", true, 250_000.0, "", "2.5 L"},
		{"en", true, 25_000.0, "", "25,000"},
		{"en", false, 25_000.0, "", "25.0 K"},
		{"en", false, json.Number("3113.33"), "INR", "₹3,113.33"},
		{"en", false, -2_500_000.0, "INR", "-₹2.5 M"},
		{"en", false, int64(54), "", "54"},
		{"en", false, 0.0, "INR", "₹0"},
		{"en", false, nil, "INR", "–"},
	} {
		v := &visit{server: server, prefs: prefs{Language: c.language, Indian: c.indian}.orDefault()}
		if got := v.Short(c.value, c.unit); got != c.want {
			t.Errorf("%v %q in %s (crore %v): %q, want %q", c.value, c.unit, c.language, c.indian, got, c.want)
		}
	}
}

func TestAChangeSaysItsSideWithoutColour(t *testing.T) {
	v := &visit{server: &Server{}, prefs: prefs{Language: "en"}.orDefault()}
	for amount, want := range map[float64]string{12.34: "▲ +12.3 %", -0.06: "▼ −0.1 %", 0.04: "± 0.0 %", -1234: "▼ −1,234.0 %"} {
		if got := v.change(amount); got != want {
			t.Errorf("%v: %q, want %q", amount, got, want)
		}
	}
}

func TestASparklineGoesFromTheLowestToTheHighestAndEndsOpenWhereAMonthGoesOn(t *testing.T) {
	v := &visit{server: &Server{}, prefs: prefs{Language: "en"}.orDefault()}
	counter := dashboard.Counter{Months: []string{"2025-09-01", "2025-10-01", "2025-11-01"}, Series: []float64{5, 10, 0}}
	whole := v.counter(counter, dashboard.Data{LastMonth: "2025-11"})
	if want := "0.0,15.0 50.0,2.0 100.0,28.0"; whole.Line != want || whole.Open != "" {
		t.Errorf("line %q, open %q; want %q", whole.Line, whole.Open, want)
	}
	open := v.counter(counter, dashboard.Data{LastMonth: "2025-11", Unfinished: "2025-11-18"})
	if open.Line != "0.0,15.0 50.0,2.0" || open.Open != "50.0,2.0 100.0,28.0" {
		t.Errorf("line %q, open %q", open.Line, open.Open)
	}
}
