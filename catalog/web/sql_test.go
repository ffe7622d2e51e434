package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fmcg/fmcg/catalog/guard"
)

// anHour is a query that would run for an hour at least, in little memory.
const anHour = "select max(hash(x)) from range(1000000000000000) as r(x)"

// run posts a statement as a reader whose connection lives as long as the context.
func (s *served) run(ctx context.Context, t testing.TB, sql string) (*http.Response, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/api/sql", strings.NewReader(`{"sql": "`+sql+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	return http.DefaultClient.Do(request)
}

// begun runs a statement beside the test, and waits until it has its place.
func (s *served) begun(ctx context.Context, t testing.TB, sql string, running int) <-chan error {
	t.Helper()
	ended := make(chan error, 1)
	go func() {
		answer, err := s.run(ctx, t, sql)
		if err == nil {
			err = answer.Body.Close()
		}
		ended <- err
	}()
	s.until(t, running)
	return ended
}

// until waits until so many statements run.
func (s *served) until(t testing.TB, running int) {
	t.Helper()
	for s.Running() != running {
		select {
		case <-t.Context().Done():
			t.Fatal("the test ended")
		case <-time.After(time.Millisecond):
		}
	}
}

func TestQueriesThatRunForAnHourKeepNobodyFromTheDataAndEndWithTheirReaders(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001")
	config := configOf(held)
	config.Limits = guard.Limits{Time: time.Hour}
	server := start(t, config)
	ctx, goAway := context.WithCancel(t.Context())
	first := server.begun(ctx, t, anHour, 1)
	second := server.begun(ctx, t, anHour, 2)
	answer, err := server.run(t.Context(), t, "select 1")
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a third of one reader: status %d, want %d", answer.StatusCode, http.StatusServiceUnavailable)
	}
	for _, path := range []string{"/dashboard/sales/overview", "/ask?q=revenue+by+channel", "/sql"} {
		if status, _ := server.get(t, path); status != http.StatusOK {
			t.Errorf("%s: status %d", path, status)
		}
	}
	goAway()
	for _, ended := range []<-chan error{first, second} {
		<-ended
	}
	server.until(t, 0)
	if answer, err = server.run(t.Context(), t, "select 1"); err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("when they have ended: status %d", answer.StatusCode)
	}
}

func TestAsManyQueriesRunAsThereArePlacesWhoeversTheyAre(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001")
	config := configOf(held)
	config.Limits = guard.Limits{Time: time.Hour}
	config.TrustedProxy, config.Address = []string{"127.0.0.1"}, "127.0.0.1:0"
	server := start(t, config)
	post := func(ctx context.Context, user string, sql string) int {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+"/api/sql", strings.NewReader(`{"sql": "`+sql+`"}`))
		if err != nil {
			t.Error(err)
			return 0
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("X-Forwarded-User", user)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return 0
		}
		_ = answer.Body.Close()
		return answer.StatusCode
	}
	ctx, goAway := context.WithCancel(t.Context())
	for i, user := range []string{"anna", "bert", "carl", "dora"} {
		go post(ctx, user, anHour)
		server.until(t, i+1)
	}
	if status := post(t.Context(), "emil", "select 1"); status != http.StatusServiceUnavailable {
		t.Errorf("a fifth: status %d", status)
	}
	goAway()
	server.until(t, 0)
	if status := post(t.Context(), "emil", "select 1"); status != http.StatusOK {
		t.Errorf("when they have ended: status %d", status)
	}
}

func TestAQueryIsStoppedAtTheLimitOfTimeAndSaysSo(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001")
	config := configOf(held)
	config.Limits = guard.Limits{Time: 100 * time.Millisecond}
	server := start(t, config)
	for path, body := range map[string]string{
		"/api/sql":                `{"sql": "` + anHour + `"}`,
		"/api/sql/export":         `{"format": "csv", "sql": "` + anHour + `"}`,
		"/api/sql/export#parquet": `{"format": "parquet", "sql": "` + anHour + `"}`,
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		if status, told := read(t, request); status != http.StatusServiceUnavailable || !strings.Contains(told, "too_long") {
			t.Errorf("%s: status %d: %s", path, status, told)
		}
	}
	server.until(t, 0)
}
