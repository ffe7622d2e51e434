package web_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fmcg/fmcg/catalog/semantic"
	"github.com/fmcg/fmcg/catalog/web"
)

// asks asks a question by the API.
func (s *served) asks(t *testing.T, question string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/api/ask", strings.NewReader(`{"question": "`+question+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	status, body := read(t, request)
	if status != http.StatusOK {
		t.Fatalf("%s: %d %s", question, status, body)
	}
	return body
}

func TestVerifiedQuestionsAreTakenUpAsTheirFileChangesAndABrokenOneChangesNothing(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001")
	config := configOf(held)
	config.Verified = filepath.Join(t.TempDir(), "verified.yaml")
	server := start(t, config)
	const isVerified = `"source":"verified"`
	if got := server.asks(t, "total revenue"); strings.Contains(got, isVerified) {
		t.Fatalf("verified already: %s", got)
	}
	if err := semantic.WriteVerified(config.Verified, semantic.Verified{Question: "total revenue", Language: "en",
		SQL: "select sum(total_amount_inr) as revenue from gold.vw_fact_orders_enriched"}); err != nil {
		t.Fatal(err)
	}
	for !strings.Contains(server.asks(t, "total revenue"), isVerified) { // until it is taken up; else the test never ends
	}
	if err := os.WriteFile(config.Verified, []byte("- question: [\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for !strings.Contains(server.log.String(), "cannot read the verified questions") { // until it was looked at
	}
	held.publish(t, "20251202T000000000Z-000002")
	for !strings.Contains(server.asks(t, "total quantity"), "20251202T000000000Z-000002") { // until it is taken up
	}
	if got := server.asks(t, "total revenue"); !strings.Contains(got, isVerified) {
		t.Errorf("forgotten by the next release: %s", got)
	}
}

func TestAServerDoesNotStartOnVerifiedQuestionsThatCannotBeRead(t *testing.T) {
	held := newWarehouse(t)
	config := configOf(held)
	config.Verified = filepath.Join(t.TempDir(), "verified.yaml")
	if err := os.WriteFile(config.Verified, []byte("- question: [\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := web.New(t.Context(), config); err == nil || !strings.Contains(err.Error(), "verified.yaml") {
		t.Errorf("%v, want an error that names the file", err)
	}
}

func TestFeedbackThatCannotBeKeptIsSaidAndNoPathIsTold(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001")
	if err := os.MkdirAll(filepath.Join(filepath.Dir(held.path()), "fmcg.feedback.jsonl.lock"), 0o755); err != nil {
		t.Fatal(err)
	}
	server := start(t, configOf(held))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/api/feedback", strings.NewReader(`{"verdict": "bad", "question": "total revenue"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	status, body := read(t, request)
	if status != http.StatusInternalServerError || strings.Contains(body, "feedback.jsonl") || strings.Contains(body, "lock") {
		t.Errorf("%d %s", status, body)
	}
	if !strings.Contains(server.log.String(), "feedback.jsonl") {
		t.Errorf("the log does not say why:\n%s", server.log)
	}
}
