package web

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// verified are the verified questions: the model's, and those of the file that reviews are accepted into.
type verified struct {
	mu      sync.Mutex
	changed time.Time // of the file that was read last
	known   bool
	list    []semantic.Verified
}

// readVerified reads the file of verified questions if it changed, or is said to have, and has the newest release answer by it.
func (s *Server) readVerified(changed bool) error {
	s.verified.mu.Lock()
	defer s.verified.mu.Unlock()
	at := modified(s.config.Verified)
	if !changed && s.verified.known && at.Equal(s.verified.changed) {
		return nil
	}
	s.verified.changed, s.verified.known = at, true
	model := *s.config.Model
	model.Verified = slices.Clone(model.Verified)
	if err := model.AddVerified(s.config.Verified); err != nil {
		return fmt.Errorf("read the verified questions: %w", err)
	}
	s.verified.list = model.Verified
	if release, done, err := s.releases.acquire(); err == nil {
		defer done()
		release.learn(s.verified.list)
	}
	return nil
}

// teach has a release answer by the verified questions before it is put in place, so that it misses none.
func (l *verified) teach(release *Release, put func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	release.learn(l.list)
	put()
}
