package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/fmcg/fmcg/catalog/guard"
)

// visit is one request with all that is known of it.
type visit struct {
	http.ResponseWriter
	*http.Request
	ID     string // that a client sees and the log has
	client string // who asks: an address, as a proxy that is believed gives it
	secure bool   // it came by TLS, to us or to the proxy
	user   string // "" where nobody has to log in
	role   role
	prefs  prefs

	server  *Server
	route   route
	status  int
	written bool
}

// Header are the headers of the answer; those of the request are v.Request.Header.
func (v *visit) Header() http.Header { return v.ResponseWriter.Header() }

// WriteHeader notes the status.
func (v *visit) WriteHeader(status int) {
	if !v.written {
		v.status, v.written = status, true
	}
	v.ResponseWriter.WriteHeader(status)
}

// Write notes that an answer has begun.
func (v *visit) Write(body []byte) (int, error) {
	v.written = true
	return v.ResponseWriter.Write(body)
}

// Unwrap gives http.ResponseController the way to the connection.
func (v *visit) Unwrap() http.ResponseWriter { return v.ResponseWriter }

// handle leads a request to the handler of its route.
func (s *Server) handle(route route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := s.now()
		v := &visit{ResponseWriter: w, Request: r, ID: strings.ToLower(rand.Text()[:12]), server: s, route: route, status: http.StatusOK}
		defer func() {
			if thrown := recover(); thrown != nil {
				if thrown == http.ErrAbortHandler {
					panic(thrown)
				}
				s.fail(v, fmt.Errorf("panic: %v\n%s", thrown, debug.Stack()))
			}
			took := s.now().Sub(started)
			s.metrics.answered(route, v.status, took)
			s.log.Debug("request", "id", v.ID, "method", r.Method, "path", r.URL.Path, "status", v.status, "client", v.client, "user", v.user,
				"ms", float64(took)/float64(time.Millisecond))
		}()
		s.setHeaders(v)
		err := s.admit(v)
		if err == nil {
			err = route.handler(v)
		}
		if err != nil {
			s.fail(v, err)
		}
	})
}

// refusal is an answer other than what was asked for. Its code names the message that people see.
type refusal struct {
	status int
	code   string
	cause  error // for the log
}

func (r refusal) Error() string {
	if r.cause != nil {
		return r.code + ": " + r.cause.Error()
	}
	return r.code
}

func (r refusal) Unwrap() error { return r.cause }

// explained is a refusal with what was wrong, safe to be shown: about what the client sent, and nothing else.
type explained struct {
	refusal
	text         string
	line, column int // of the SQL; 0: not known
}

func (e explained) Unwrap() error { return e.refusal }

// Refusals of handlers.
var (
	notFound   = refusal{status: http.StatusNotFound, code: "not_found"}
	badRequest = refusal{status: http.StatusBadRequest, code: "bad_request"}
)

// because is a refusal with what was the matter, for the log.
func (r refusal) because(format string, args ...any) refusal {
	r.cause = fmt.Errorf(format, args...)
	return r
}

// refusalOf is what a client gets for an error: nothing of its text.
func refusalOf(err error) refusal {
	var refused refusal
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.As(err, &tooLarge):
		return refusal{http.StatusRequestEntityTooLarge, "too_large", err}
	case errors.Is(err, guard.ErrTooLong):
		return refusal{http.StatusServiceUnavailable, "too_long", err}
	case errors.Is(err, guard.ErrTooMuch):
		return refusal{http.StatusServiceUnavailable, "too_much", err}
	}
	return refusal{http.StatusInternalServerError, "internal", err}
}

// clientGone is the status in the log of a request that nobody waits for any more; nginx gave it its number.
const clientGone = 499

// fail answers with an error: a page to a browser, JSON to a program.
func (s *Server) fail(v *visit, err error) {
	if v.Context().Err() != nil && errors.Is(err, context.Canceled) {
		v.status = clientGone
		return
	}
	refused := refusalOf(err)
	if refused.status >= http.StatusInternalServerError && refused.code != errNotReady.code {
		s.log.Error("request failed", "id", v.ID, "method", v.Method, "path", v.URL.Path, "error", err)
	} else {
		s.log.Debug("request refused", "id", v.ID, "path", v.URL.Path, "error", err)
	}
	if v.written {
		return // it is too late to say so
	}
	v.prefs = v.prefs.orDefault()
	if refused.status == http.StatusTooManyRequests || refused.status == http.StatusServiceUnavailable {
		v.Header().Set("Retry-After", "5")
	}
	v.Header().Set("Cache-Control", "no-store")
	for _, name := range []string{"Content-Disposition", "ETag"} {
		v.Header().Del(name)
	}
	message, why := v.T("error."+refused.code), explained{}
	_ = errors.As(err, &why)
	if !v.isPage() {
		_ = v.jsonStatus(refused.status, apiError{Error: apiErrorBody{Code: refused.code, Message: message, Detail: why.text, Line: why.line, Column: why.column, ID: v.ID}})
		return
	}
	if refused.code == unauthenticated.code && v.Method == http.MethodGet {
		http.Redirect(v, v.Request, "/login?next="+queryEscape(v.URL.RequestURI()), http.StatusSeeOther)
		return
	}
	if err := v.pageStatus(refused.status, "error", page{Title: message, Data: why.text}); err != nil {
		s.log.Error("write error page", "id", v.ID, "error", err)
	}
}

// isPage says that a person waits for the answer.
func (v *visit) isPage() bool {
	path := v.URL.Path
	return !strings.HasPrefix(path, "/api/") && !strings.HasPrefix(path, "/static/") && path != "/healthz" && path != "/readyz" && path != "/metrics"
}

// apiError is the body of each answer of the API that is none.
type apiError struct {
	Error apiErrorBody `json:"error"`
}

type apiErrorBody struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Detail  string `json:"detail,omitempty"` // what was wrong
	Line    int    `json:"line,omitempty"`   // of the SQL, from 1
	Column  int    `json:"column,omitempty"`
	ID      string `json:"id"`
}

// json answers with a value.
func (v *visit) json(value any) error { return v.jsonStatus(http.StatusOK, value) }

func (v *visit) jsonStatus(status int, value any) error {
	var body bytes.Buffer
	if err := json.NewEncoder(&body).Encode(value); err != nil { // escapes < and >
		return err
	}
	v.Header().Set("Content-Type", "application/json; charset=utf-8")
	v.WriteHeader(status)
	_, _ = v.Write(body.Bytes()) // the client may be gone
	return nil
}

// readJSON reads the body of a request into a value.
func (v *visit) readJSON(into any) error {
	if kind := v.Request.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
		return refusal{http.StatusUnsupportedMediaType, "not_json", fmt.Errorf("content type %q", kind)}
	}
	decoder := json.NewDecoder(v.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			return err
		}
		return badRequest.because("body: %w", err)
	}
	return nil
}
