package web

import (
	"sync"
	"testing"
	"time"
)

// HoldFigures makes the figures of a table be on their way until it is let go.
func (s *Server) HoldFigures(t testing.TB, table string) (letGo func()) {
	t.Helper()
	release, done, err := s.releases.acquire()
	if err != nil {
		t.Fatal(err)
	}
	e := release.explorer
	found, figures, err := e.profile(t.Context(), table, time.Minute)
	if err != nil || figures != figuresTold {
		t.Fatalf("%s: %s, %v", table, figures, err)
	}
	held := &profiling{done: make(chan struct{}), found: found, figures: figures}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.profiles[table] = held
	return sync.OnceFunc(func() { close(held.done); done() })
}
