package draft_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/catalog/ask/draft"
)

const key = "sk-not-to-be-seen-0123456789"

// client is a Client of a server that answers with handle.
func client(t *testing.T, timeout time.Duration, handle http.HandlerFunc) *draft.Client {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	made, err := draft.New(draft.Config{BaseURL: server.URL + "/v1", Model: "stub-1", Timeout: timeout}, key)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

var schema = map[string]any{"type": "object", "properties": map[string]any{"a": map[string]any{"type": "integer"}}, "required": []string{"a"}, "additionalProperties": false}

// completion is a reply of the protocol with one choice.
func completion(finish string, message map[string]any) string {
	message["role"] = "assistant"
	text, _ := json.Marshal(map[string]any{"id": "c1", "object": "chat.completion", "created": 1, "model": "stub-1",
		"choices": []any{map[string]any{"index": 0, "finish_reason": finish, "message": message}}})
	return string(text)
}

func reply(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func TestADraftIsAskedForWithASchemaAndComesBackAsItWasWritten(t *testing.T) {
	var got map[string]any
	c := client(t, 0, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/v1/chat/completions" || r.Header.Get("Authorization") != "Bearer "+key {
			t.Errorf("%s %s %q", r.Method, r.URL.Path, r.Header.Get("Authorization"))
		}
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		reply(w, 200, completion("stop", map[string]any{"content": `{"a":1}`}))
	})
	text, err := c.Draft(t.Context(), "the rules", "the question", schema)
	if err != nil || string(text) != `{"a":1}` {
		t.Fatalf("%q %v", text, err)
	}
	want := map[string]any{
		"model": "stub-1", "temperature": 0.0, "seed": 1.0, "max_tokens": 4096.0,
		"messages": []any{map[string]any{"role": "system", "content": "the rules"}, map[string]any{"role": "user", "content": "the question"}},
		"response_format": map[string]any{"type": "json_schema", "json_schema": map[string]any{"name": "query", "strict": true, "schema": map[string]any{
			"type": "object", "properties": map[string]any{"a": map[string]any{"type": "integer"}}, "required": []any{"a"}, "additionalProperties": false}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("request, -want +got:\n%s", diff)
	}
}

func TestAModelThatTakesNoTemperatureIsAskedWithoutOneFromThenOn(t *testing.T) {
	var calls atomic.Int32
	c := client(t, 0, func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		var got map[string]any
		_ = json.NewDecoder(r.Body).Decode(&got)
		if got["temperature"] != nil || got["max_tokens"] != nil || got["max_completion_tokens"] != 4096.0 {
			reply(w, 400, `{"error":{"message":"Unsupported parameter"}}`)
			return
		}
		reply(w, 200, completion("stop", map[string]any{"content": "{}"}))
	})
	for _, want := range []int32{2, 3} {
		if _, err := c.Draft(t.Context(), "", "", schema); err != nil || calls.Load() != want {
			t.Errorf("%d calls, want %d, %v", calls.Load(), want, err)
		}
	}
}

func TestWhatPassesIsTriedAgainWhenTheEndpointSays(t *testing.T) {
	for _, status := range []int{http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable} {
		var calls atomic.Int32
		c := client(t, 0, func(w http.ResponseWriter, _ *http.Request) {
			if calls.Add(1) < 3 {
				w.Header().Set("Retry-After", "0")
				reply(w, status, `{"error":{"message":"later"}}`)
				return
			}
			reply(w, 200, completion("stop", map[string]any{"content": "{}"}))
		})
		if _, err := c.Draft(t.Context(), "", "", schema); err != nil || calls.Load() != 3 {
			t.Errorf("%d: %d calls, %v", status, calls.Load(), err)
		}
	}
}

func TestWhatFailsSaysWhatAndNeverTheKey(t *testing.T) {
	for name, c := range map[string]struct {
		handle http.HandlerFunc
		want   string
		calls  int32
	}{
		"too many requests": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "0"); reply(w, 429, `{}`) }, "HTTP 429 Too Many Requests", 3},
		"broken": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "0")
			reply(w, 500, `oops`)
		}, "HTTP 500 Internal Server Error", 3},
		"a wait without end": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "86400")
			reply(w, 429, `{}`)
		}, "HTTP 429", 1},
		"a bad request": {func(w http.ResponseWriter, _ *http.Request) { reply(w, 400, `{}`) }, "HTTP 400 Bad Request", 2},
		"a wrong key": {func(w http.ResponseWriter, _ *http.Request) {
			reply(w, 401, `{"error":{"message":"Incorrect API key provided: `+key+`"}}`)
		}, "HTTP 401 Unauthorized; the key is read from FMCG_ASK_API_KEY", 1},
		"an unknown model": {func(w http.ResponseWriter, _ *http.Request) { reply(w, 404, `{"error":{"message":"model not found"}}`) }, "HTTP 404 Not Found; ask.base_url ends in /v1", 1},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, "HTTP 307", 1},
		"garbage":   {func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, `<html>`+key+`</html>`) }, "no chat completion", 1},
		"a page":    {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>"+key+"</html>") }, "no chat completion", 1},
		"no choice": {func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, `{"choices":[]}`) }, "no choice", 1},
		"a refusal": {func(w http.ResponseWriter, _ *http.Request) {
			reply(w, 200, completion("stop", map[string]any{"content": "", "refusal": "I can't"}))
		}, "declined", 1},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			reply(w, 200, completion("length", map[string]any{"content": `{"a":`}))
		}, "cut off", 1},
		"filtered": {func(w http.ResponseWriter, _ *http.Request) {
			reply(w, 200, completion("content_filter", map[string]any{"content": "{"}))
		}, "filter", 1},
		"nothing": {func(w http.ResponseWriter, _ *http.Request) {
			reply(w, 200, completion("stop", map[string]any{"content": " "}))
		}, "empty", 1},
		"more than is read": {func(w http.ResponseWriter, _ *http.Request) {
			reply(w, 200, completion("stop", map[string]any{"content": strings.Repeat("x", 1<<20)}))
		}, "no chat completion", 1},
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int32
			made := client(t, 0, func(w http.ResponseWriter, r *http.Request) { calls.Add(1); c.handle(w, r) })
			text, err := made.Draft(t.Context(), "", "", schema)
			if err == nil || !strings.Contains(err.Error(), c.want) || calls.Load() != c.calls {
				t.Fatalf("%q, %v after %d calls, want %q after %d", text, err, calls.Load(), c.want, c.calls)
			}
			if strings.Contains(err.Error(), key) || len(err.Error()) > 500 {
				t.Errorf("error %q", err)
			}
		})
	}
}

func TestASlowEndpointIsLeftWhenNobodyWaitsAndWhenTimeIsOver(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan struct{})
	slow := func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		select {
		case <-r.Context().Done():
		case <-over:
		}
	}
	cancelled, limited := client(t, 0, slow), client(t, time.Millisecond, slow)
	t.Cleanup(func() { close(over) })
	if _, err := cancelled.Draft(ctx, "", "", schema); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := limited.Draft(t.Context(), "", "", schema); err == nil || !strings.Contains(err.Error(), "no reply within 1ms") {
		t.Errorf("limited: %v", err)
	}
}

func TestAConfigurationThatCannotWorkIsRefused(t *testing.T) {
	for _, c := range []struct {
		config draft.Config
		key    string
		want   string
	}{
		{draft.Config{BaseURL: "http://localhost:1/v1"}, "", "belong together"},
		{draft.Config{Model: "m"}, "", "belong together"},
		{draft.Config{BaseURL: "localhost:1", Model: "m"}, "", "no URL"},
		{draft.Config{BaseURL: "file:///etc/passwd", Model: "m"}, "", "no URL"},
		{draft.Config{BaseURL: "https://me:secret@host/v1", Model: "m"}, "", "FMCG_ASK_API_KEY"},
		{draft.Config{BaseURL: "https://host/v1?key=secret", Model: "m"}, "", "FMCG_ASK_API_KEY"},
		{draft.Config{BaseURL: "https://host/v1", Model: "m", Timeout: -1}, "", "ask.timeout"},
		{draft.Config{BaseURL: "https://host/v1", Model: "m"}, "secret key\n", "FMCG_ASK_API_KEY"},
	} {
		_, err := draft.New(c.config, c.key)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%+v: %v", c.config, err)
		}
	}
	if (draft.Config{}).On() {
		t.Error("on by default")
	}
}
