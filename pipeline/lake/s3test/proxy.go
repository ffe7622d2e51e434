package s3test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Request is one request that came to a Proxy.
type Request struct {
	Method string
	Key    string // of the object, unescaped; "" for a request on the bucket
	Query  string
	Range  string // header
}

// Match chooses requests.
type Match func(Request) bool

// Any chooses every request, Method those of one method, On those of one method on one key. Lists chooses listings.
func Any() Match { return func(Request) bool { return true } }

// Method chooses the requests of one method.
func Method(method string) Match { return func(r Request) bool { return r.Method == method } }

// On chooses the requests of one method on one key.
func On(method, key string) Match {
	return func(r Request) bool { return r.Method == method && r.Key == key }
}

// Lists chooses listings of the bucket.
func Lists() Match {
	return func(r Request) bool { return r.Method == http.MethodGet && r.Key == "" }
}

// Fault is what a Proxy does in place of passing a request on.
type Fault func(w http.ResponseWriter, r *http.Request)

// Answer answers with a status and an S3 error code.
func Answer(status int, code string) Fault {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		if r.Method != http.MethodHead {
			fmt.Fprintf(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>%s, says the test</Message></Error>", code, code)
		}
	}
}

// Unavailable answers 503 SlowDown.
func Unavailable() Fault { return Answer(http.StatusServiceUnavailable, "SlowDown") }

// Stall gives no answer until the client has gone.
func Stall() Fault {
	return func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
}

// Drop closes the connection without an answer.
func Drop() Fault {
	return func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
}

// Proxy stands before a Server, counts, and misbehaves on request.
type Proxy struct {
	Endpoint string // http://127.0.0.1:port
	server   *Server

	mutex    sync.Mutex
	requests []Request
	arrived  chan struct{} // closed by the next request
	rules    []*rule
}

type rule struct {
	match  Match
	left   int // requests it is still good for
	fault  Fault
	before func() // runs, and then the request is passed on
	cut    *cut   // of the answer
}

// cut says how much of an answer's body gets through, and what comes then.
type cut struct {
	bytes int64
	hang  bool // the connection stays open and silent, else it is dropped
}

// Proxy starts a proxy before the server, until the test ends.
func (s *Server) Proxy(t testing.TB) *Proxy {
	t.Helper()
	target, err := url.Parse(s.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{server: s, arrived: make(chan struct{})}
	pass := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host
			r.Out.URL.RawQuery = r.In.URL.RawQuery // signed as it came, so not to be cleaned
			r.Out.Host = r.In.Host                 // signed, too
		},
		Transport:    &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rule := p.note(r)
		switch {
		case rule == nil:
		case rule.fault != nil:
			rule.fault(w, r)
			return
		case rule.before != nil:
			rule.before()
		case rule.cut != nil:
			w = &cutter{ResponseWriter: w, left: rule.cut.bytes, hang: rule.cut.hang, gone: r.Context().Done()}
		}
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		listener.CloseClientConnections() // a stalled request ends with its connection
		listener.Close()
		pass.Transport.(*http.Transport).CloseIdleConnections()
	})
	p.Endpoint = listener.URL
	return p
}

// note counts a request and returns the rule for it, if any.
func (p *Proxy) note(r *http.Request) *rule {
	_, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	request := Request{Method: r.Method, Key: key, Query: r.URL.RawQuery, Range: r.Header.Get("Range")}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.requests = append(p.requests, request)
	close(p.arrived)
	p.arrived = make(chan struct{})
	for _, rule := range p.rules {
		if rule.left > 0 && rule.match(request) {
			rule.left--
			return rule
		}
	}
	return nil
}

// Fail makes the next n matching requests fail in a given way.
func (p *Proxy) Fail(n int, match Match, fault Fault) {
	p.add(&rule{match: match, left: n, fault: fault})
}

// Before runs do before the next matching request is passed on.
func (p *Proxy) Before(match Match, do func()) {
	p.add(&rule{match: match, left: 1, before: do})
}

// Cut lets the first bytes of the bodies of the next n matching answers through and then drops the connection.
func (p *Proxy) Cut(n int, match Match, bytes int64) {
	p.add(&rule{match: match, left: n, cut: &cut{bytes: bytes}})
}

// Hang lets the first bytes of the bodies of the next n matching answers through and then nothing more.
func (p *Proxy) Hang(n int, match Match, bytes int64) {
	p.add(&rule{match: match, left: n, cut: &cut{bytes: bytes, hang: true}})
}

// Lose passes the next n matching requests on and drops the connection in place of the answers.
func (p *Proxy) Lose(n int, match Match) {
	p.add(&rule{match: match, left: n, cut: &cut{bytes: -1}})
}

func (p *Proxy) add(rule *rule) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.rules = append(p.rules, rule)
}

// Heal ends all faults.
func (p *Proxy) Heal() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.rules = nil
}

// Requests returns the matching requests so far, in order.
func (p *Proxy) Requests(match Match) []Request {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return slices.DeleteFunc(slices.Clone(p.requests), func(r Request) bool { return !match(r) })
}

// Count returns how many matching requests came.
func (p *Proxy) Count(match Match) int { return len(p.Requests(match)) }

// Forget begins to count anew.
func (p *Proxy) Forget() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.requests = nil
}

// Await returns once n matching requests came, or fails the test.
func (p *Proxy) Await(t testing.TB, n int, match Match) {
	t.Helper()
	deadline := time.After(startWait)
	for {
		p.mutex.Lock()
		arrived := p.arrived
		p.mutex.Unlock()
		if p.Count(match) >= n {
			return
		}
		select {
		case <-arrived:
		case <-deadline:
			t.Fatalf("%d matching requests came within %s, want %d", p.Count(match), startWait, n)
		}
	}
}

// Env is what a process needs to reach the server through the proxy.
func (p *Proxy) Env() []string {
	return environment(p.Endpoint, p.server.AccessKey, p.server.SecretKey)
}

// SetEnv gives the test's own process the environment Env.
func (p *Proxy) SetEnv(t testing.TB) { setEnv(t, p.Env()) }

// cutter lets some bytes of a body through.
type cutter struct {
	http.ResponseWriter
	left int64 // below 0: not even the header
	hang bool
	gone <-chan struct{}
}

func (c *cutter) WriteHeader(status int) {
	if c.left < 0 {
		panic(http.ErrAbortHandler)
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *cutter) Write(body []byte) (int, error) {
	if int64(len(body)) <= c.left {
		c.left -= int64(len(body))
		return c.ResponseWriter.Write(body)
	}
	_, _ = c.ResponseWriter.Write(body[:max(c.left, 0)])
	if flusher, ok := c.ResponseWriter.(http.Flusher); ok {
		flusher.Flush()
	}
	if c.hang {
		<-c.gone
	}
	panic(http.ErrAbortHandler)
}
