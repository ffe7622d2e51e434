package web

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/dashboard"
	"github.com/fmcg/fmcg/catalog/guard"
	"github.com/fmcg/fmcg/catalog/semantic"
)

// Release is one published file, open for reading. It is closed when it is not the newest any more and the last request on it
// has ended.
type Release struct {
	DB    *guard.DB // for the program's own SQL, and what is drafted
	SQL   *guard.DB // for what readers write: an engine of its own, with its own memory
	Data  ask.Data
	Tiles *dashboard.Source

	explorer *explorer // for the pages of the catalog
	checked  checked
	tables   []table // that are published
	path     string
	info     fs.FileInfo
	asked    map[bool]*ask.Engine // with Indian figures, without
	learned  atomic.Pointer[map[bool]*ask.Engine]
	users    int // requests, and the Server while it is the newest; of releases.mu
	onClose  func()
}

// Ask is the engine of questions, with figures in lakh and crore or not.
func (r *Release) Ask(indian bool) *ask.Engine {
	if learned := r.learned.Load(); learned != nil {
		return (*learned)[indian]
	}
	return r.asked[indian]
}

// learn makes these the verified questions.
func (r *Release) learn(verified []semantic.Verified) {
	plain := r.asked[false].WithVerified(verified)
	r.learned.Store(&map[bool]*ask.Engine{false: plain, true: plain.WithIndian(true)})
}

// releases holds the newest release that could be opened.
type releases struct {
	mu      sync.Mutex
	current *Release
	refused fs.FileInfo // a file that could not be opened: not tried again until it is another
	why     error
}

// acquire returns the newest release, and what to call when it is not needed any more.
func (h *releases) acquire() (*Release, func(), error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	release := h.current
	if release == nil {
		return nil, nil, errNotReady
	}
	release.users++
	return release, sync.OnceFunc(func() { h.leave(release) }), nil
}

// because says why there is no release.
func (h *releases) because() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.why != nil {
		return h.why
	}
	return catalog.ErrNothingPublished
}

func (h *releases) leave(release *Release) {
	h.mu.Lock()
	release.users--
	last := release.users == 0
	h.mu.Unlock()
	if last {
		release.onClose()
	}
}

// put makes a release the newest; nil lets go of the last one.
func (h *releases) put(release *Release) {
	h.mu.Lock()
	before := h.current
	h.current, h.refused, h.why = release, nil, nil
	if release != nil {
		release.users++
	}
	h.mu.Unlock()
	if before != nil {
		h.leave(before)
	}
}

// follow opens what is published, if it is another file than the newest that is open. It says whether it did. An error is one
// that was not returned before: a file that cannot be opened is tried once.
func (s *Server) follow(ctx context.Context) (bool, error) {
	path, err := filepath.EvalSymlinks(s.config.Warehouse) // the engine caches open files by path
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // what is open stays so: a publishing by rename may be under way
	}
	if err != nil {
		return false, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return false, nil
	}
	s.releases.mu.Lock()
	current, refused := s.releases.current, s.releases.refused
	s.releases.mu.Unlock()
	same := func(other fs.FileInfo) bool {
		return other != nil && os.SameFile(other, info) && other.ModTime().Equal(info.ModTime()) && other.Size() == info.Size()
	}
	if current != nil && current.path == path && same(current.info) || same(refused) {
		return false, nil
	}
	release, err := s.open(ctx, path, info)
	if ctx.Err() != nil {
		return false, err // the server stops
	}
	if err != nil {
		s.releases.mu.Lock()
		s.releases.refused, s.releases.why = info, err
		s.releases.mu.Unlock()
		return false, fmt.Errorf("open %s: %w", path, err)
	}
	s.verified.teach(release, func() { s.releases.put(release) })
	release.explorer.warm()
	s.metrics.switched(release.Data.RunID)
	s.log.Info("serving", "run", release.Data.RunID, "data_through", release.Data.LastMonth, "file", path)
	return true, nil
}

// open opens a release and reads what questions need.
func (s *Server) open(ctx context.Context, path string, info fs.FileInfo) (*Release, error) {
	db, err := guard.Open(ctx, path, s.config.Limits)
	if err != nil {
		return nil, err
	}
	plain, err := ask.New(ctx, db, s.config.Model, ask.Config{Now: s.now, Drafter: s.config.Drafter})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	tiles, err := dashboard.NewSource(ctx, db, s.config.Model)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	own, err := guard.Open(ctx, path, s.config.sqlLimits())
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	release := &Release{DB: db, SQL: own, Data: plain.Data, Tiles: tiles, path: path, info: info, asked: map[bool]*ask.Engine{false: plain, true: plain.WithIndian(true)}}
	if release.checked, err = readChecked(ctx, db); err == nil {
		release.tables, err = readTables(ctx, own)
	}
	if err != nil {
		return nil, errors.Join(err, own.Close(), db.Close())
	}
	release.explorer = newExplorer(ctx, path, s.config.Operations.SQL, s.log)
	release.onClose = func() {
		release.explorer.close()
		if err := errors.Join(own.Close(), db.Close()); err != nil {
			s.log.Warn("close release", "file", path, "error", err)
		}
		s.metrics.closed()
	}
	s.metrics.opened()
	return release, nil
}

// errNotReady says that there is nothing to show yet.
var errNotReady = refusal{status: 503, code: "nothing_published", cause: catalog.ErrNothingPublished}
