package web

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/guard"
	"github.com/fmcg/fmcg/catalog/lineage"
)

// Bounds on what the pages of the catalog ask of the engine.
const (
	exploreTime = 10 * time.Second       // of a query
	profileTime = 2 * time.Minute        // of the figures of a table, which are computed beside the request
	profileWait = 400 * time.Millisecond // for figures that are not there yet; the page comes without them after it
)

// explorer is what the pages of the catalog read of one release. A release never changes: what was read once is kept.
type explorer struct {
	path  string
	tree  fs.FS // that holds the checks
	log   *slog.Logger
	alive context.Context // until the release is closed
	end   context.CancelFunc
	work  sync.WaitGroup

	file    kept[*catalog.Warehouse]
	list    kept[catalog.Catalog]
	lineage kept[*lineage.Lineage]
	checks  kept[[]catalog.CheckFile]
	judged  kept[*catalog.QuarantineView]

	judging  sync.Mutex // a view is one connection
	mu       sync.Mutex
	profiles map[string]*profiling
	turn     sync.Mutex // of the table whose figures are computed
}

// kept is a value that is read when it is first asked for. An error is not kept.
type kept[T any] struct {
	mu    sync.Mutex
	is    bool
	value T
}

func (k *kept[T]) get(read func() (T, error)) (T, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.is {
		return k.value, nil
	}
	value, err := read()
	if err == nil {
		k.value, k.is = value, true
	}
	return value, err
}

// figures says what is known of the figures of a table's columns.
type figures string

const (
	figuresTold      figures = "told"
	figuresComputing figures = "computing" // they will be told
	figuresTooDear   figures = "too_dear"  // the table is too large
)

// profiling is a table, and its figures once they are computed.
type profiling struct {
	done    chan struct{}
	found   catalog.Profile
	figures figures
	err     error
}

func newExplorer(ctx context.Context, path string, tree fs.FS, log *slog.Logger) *explorer {
	e := &explorer{path: path, tree: tree, log: log, profiles: map[string]*profiling{}}
	e.alive, e.end = context.WithCancel(context.WithoutCancel(ctx))
	return e
}

// close lets go of the release, once nothing is computed on it any more.
func (e *explorer) close() {
	e.end()
	e.work.Wait()
	if e.judged.is {
		_ = e.judged.value.Close()
	}
	if e.file.is {
		if err := e.file.value.Close(); err != nil {
			e.log.Warn("close release", "file", e.path, "error", err)
		}
	}
}

// warm reads the tables, so that the first page does not wait for them.
func (e *explorer) warm() {
	e.work.Go(func() {
		_, err := e.tables()
		if err == nil {
			_, err = e.sources()
		}
		if err == nil {
			err = e.quarantine(e.alive, func(context.Context, *catalog.QuarantineView) error { return nil })
		}
		if err != nil && e.alive.Err() == nil && !errors.Is(err, catalog.ErrNoSQL) {
			e.log.Warn("the catalog is not told", "file", e.path, "error", err)
		}
	})
}

// bounded is a context of a query, which lasts as long as the release is open: what is kept must not end with a request.
func (e *explorer) bounded() (context.Context, context.CancelFunc) {
	return context.WithTimeout(e.alive, exploreTime)
}

func (e *explorer) warehouse() (*catalog.Warehouse, error) {
	return e.file.get(func() (*catalog.Warehouse, error) { return catalog.Open(e.alive, e.path) })
}

// tables are the tables of the release with all but the figures of columns.
func (e *explorer) tables() (catalog.Catalog, error) {
	return e.list.get(func() (catalog.Catalog, error) {
		file, err := e.warehouse()
		if err != nil {
			return catalog.Catalog{}, err
		}
		ctx, cancel := e.bounded()
		defer cancel()
		return file.List(ctx)
	})
}

// table is one of the tables.
func (e *explorer) table(name string) (catalog.Profile, error) {
	list, err := e.tables()
	if err != nil {
		return catalog.Profile{}, err
	}
	for _, table := range list.Tables {
		if table.Table == name {
			return table, nil
		}
	}
	return catalog.Profile{}, noSuchTable.because("table %q", name)
}

// profile is a table with the figures of its columns, if they are told within a time.
func (e *explorer) profile(ctx context.Context, name string, wait time.Duration) (catalog.Profile, figures, error) {
	plain, err := e.table(name)
	if err != nil {
		return plain, figuresComputing, err
	}
	p := e.begin(plain)
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-p.done:
		return p.found, p.figures, p.err
	case <-timer.C:
		return plain, figuresComputing, nil
	case <-ctx.Done():
		return plain, figuresComputing, ctx.Err()
	}
}

// begin computes the figures of a table unless somebody does.
func (e *explorer) begin(table catalog.Profile) *profiling {
	e.mu.Lock()
	defer e.mu.Unlock()
	if p := e.profiles[table.Table]; p != nil {
		return p
	}
	p := &profiling{done: make(chan struct{}), found: table}
	e.profiles[table.Table] = p
	e.work.Go(func() {
		defer close(p.done)
		p.found, p.figures, p.err = e.compute(table)
	})
	return p
}

// compute computes the figures of a table, one table at a time.
func (e *explorer) compute(table catalog.Profile) (catalog.Profile, figures, error) {
	e.turn.Lock()
	defer e.turn.Unlock()
	file, err := e.warehouse()
	if err != nil {
		return table, figuresComputing, err
	}
	ctx, cancel := context.WithTimeoutCause(e.alive, profileTime, guard.ErrTooLong)
	defer cancel()
	found, err := file.Profile(ctx, table, true)
	switch {
	case err == nil:
		return found, figuresTold, nil
	case errors.Is(context.Cause(ctx), guard.ErrTooLong):
		return table, figuresTooDear, nil
	}
	return table, figuresComputing, err
}

// sources is how columns are made of each other; it fails with catalog.ErrNoSQL where the release does not hold its SQL.
func (e *explorer) sources() (*lineage.Lineage, error) {
	return e.lineage.get(func() (*lineage.Lineage, error) {
		file, err := e.warehouse()
		if err != nil {
			return nil, err
		}
		ctx, cancel := e.bounded()
		defer cancel()
		return file.Lineage(ctx, nil)
	})
}

// checkFiles are the checks of the tree; none where there is no tree.
func (e *explorer) checkFiles() ([]catalog.CheckFile, error) {
	if e.tree == nil {
		return nil, nil
	}
	return e.checks.get(func() ([]catalog.CheckFile, error) {
		ctx, cancel := e.bounded()
		defer cancel()
		return catalog.CheckFiles(ctx, e.tree)
	})
}

// quarantine reads the quarantine as its rows are judged by the release's own SQL, one reader at a time.
func (e *explorer) quarantine(ctx context.Context, read func(context.Context, *catalog.QuarantineView) error) error {
	e.judging.Lock()
	defer e.judging.Unlock()
	view, err := e.judged.get(func() (*catalog.QuarantineView, error) {
		file, err := e.warehouse()
		if err != nil {
			return nil, err
		}
		bounded, cancel := e.bounded()
		defer cancel()
		return file.Quarantine(bounded, nil)
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, exploreTime)
	defer cancel()
	return read(ctx, view)
}

// sample reads rows of a table.
func (e *explorer) sample(ctx context.Context, table string, offset, most int) (catalog.Table, error) {
	if _, err := e.table(table); err != nil { // what is named is there
		return catalog.Table{}, err
	}
	file, err := e.warehouse()
	if err != nil {
		return catalog.Table{}, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, exploreTime, guard.ErrTooLong)
	defer cancel()
	return file.Sample(ctx, table, offset, most)
}
