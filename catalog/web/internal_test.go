package web

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
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
	server, err := New(t.Context(), Config{Warehouse: smallFile(t)})
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
	server, err := New(t.Context(), Config{Warehouse: smallFile(t)})
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
	server, err := New(t.Context(), Config{Warehouse: smallFile(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	for _, path := range []string{"/page", "/api/secret"} {
		answer := httptest.NewRecorder()
		server.handle(route{method: "GET", path: path, handler: func(*visit) error {
			return errors.New("Catalog Error: /srv/secret/fmcg.duckdb does not exist")
		}}).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil))
		for _, secret := range []string{"Catalog", "/srv", "duckdb"} {
			if body := answer.Body.String(); answer.Code != http.StatusInternalServerError || contains(body, secret) || !contains(body, answer.Header().Get("X-Request-Id")) {
				t.Errorf("%s answers %d with\n%s", path, answer.Code, body)
			}
		}
	}
}
