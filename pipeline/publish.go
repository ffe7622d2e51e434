package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Releases are folders beside the warehouse: releases/RUN/fmcg.duckdb. The published path is a relative symbolic link
// to one of them. A folder that still holds the marker was never published: it is being built, or its run died.
const (
	releasesFolder = "releases"
	marker         = "unpublished"
	publishedMode  = 0o444 // other processes can open the file only read-only, in any number (law 3)
)

// release is a private build of the warehouse, on its way to be published.
type release struct {
	warehouse string // the published path
	dir       string
	path      string
	run       string
}

func newRelease(warehouse, run string) release {
	dir := filepath.Join(filepath.Dir(warehouse), releasesFolder, run)
	return release{warehouse: warehouse, dir: dir, path: filepath.Join(dir, filepath.Base(warehouse)), run: run}
}

func (r release) marker() string { return filepath.Join(r.dir, marker) }
func (r release) spill() string  { return filepath.Join(r.dir, "spill") }
func (r release) spool() string  { return filepath.Join(r.dir, "spool") }

// begin makes the folder of the release, with a private copy of a file in it, unless from is "". base is the run of the
// release that is published now, which a repair must find again.
func (r release) begin(from, base string) error {
	failed := func(err error) error {
		return &Error{Op: "begin the release", Subject: r.dir, Hint: "check the rights and the free space of the folder", Err: err}
	}
	if err := os.MkdirAll(r.dir, 0o755); err != nil {
		return failed(err)
	}
	if err := os.WriteFile(r.marker(), []byte(base), 0o644); err != nil {
		return failed(err)
	}
	if from == "" {
		return nil
	}
	if err := clone(from, r.path); err != nil {
		return failed(err)
	}
	return nil
}

// clone copies a file. io.Copy between files asks the kernel, which shares the blocks where the file system can.
func clone(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}

// isPublished says whether the release is what everybody sees.
func (r release) isPublished() bool {
	mine, err := os.Stat(r.path)
	if err != nil {
		return false
	}
	published, err := os.Stat(r.warehouse)
	return err == nil && os.SameFile(mine, published)
}

// leave keeps an unpublished build for a repair, without what only its run needed.
func (r release) leave() error { return errors.Join(os.RemoveAll(r.spill()), os.RemoveAll(r.spool())) }

// discard removes a release that will not be published.
func (r release) discard() error { return os.RemoveAll(r.dir) }

// seal makes the finished file read-only and durable, before anything points to it.
func (r release) seal() error {
	for _, folder := range []string{r.spill(), r.spool()} {
		if err := os.RemoveAll(folder); err != nil {
			return err
		}
	}
	if err := os.Chmod(r.path, publishedMode); err != nil {
		return err
	}
	for _, path := range []string{r.path, r.dir, filepath.Dir(r.dir)} {
		if err := syncPath(path); err != nil {
			return &Error{Op: "write", Subject: path, Hint: "check the disk", Err: err}
		}
	}
	return nil
}

func syncPath(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// publish makes the release the warehouse that everybody sees, in one rename. It returns what it set aside.
func (r release) publish() (setAside []string, err error) {
	failed := func(err error) error {
		return &Error{Op: "publish", Subject: r.warehouse, Hint: "check the rights of its folder; the former release is still published", Err: err}
	}
	target, err := filepath.Rel(filepath.Dir(r.warehouse), r.path)
	if err != nil {
		return nil, failed(err)
	}
	link := r.warehouse + ".next"
	if err := os.Remove(link); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, failed(err)
	}
	if err := os.Symlink(target, link); err != nil {
		if err := r.copyBeside(link); err != nil {
			return nil, failed(err)
		}
	}
	former, _ := filepath.EvalSymlinks(r.warehouse)
	if setAside, err = setWALsAside(r.run, r.warehouse, former, r.path); err != nil {
		return setAside, failed(err)
	}
	if err := os.Rename(link, r.warehouse); err != nil {
		return setAside, failed(err)
	}
	if err := syncPath(filepath.Dir(r.warehouse)); err != nil {
		return setAside, failed(err)
	}
	return setAside, r.unmark()
}

// copyBeside stands in for the link where symbolic links cannot be made (Windows, some shares). Without the link a client's
// log beside the path would be replayed into the new file, so nothing is published while one lies there.
func (r release) copyBeside(path string) error {
	if _, err := os.Stat(r.warehouse + walSuffix); err == nil {
		return fmt.Errorf("%s lies beside it: a client has it open for writing", r.warehouse+walSuffix)
	}
	if err := os.Link(r.path, path); err == nil {
		return nil
	}
	if err := clone(r.path, path); err != nil {
		return err
	}
	if err := os.Chmod(path, publishedMode); err != nil {
		return err
	}
	return syncPath(path)
}

// unmark says that the release was published.
func (r release) unmark() error {
	if err := os.Remove(r.marker()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return syncPath(r.dir)
}

const walSuffix = ".wal"

// setWALsAside renames the logs that clients left beside database files: the engine would replay a stale one into
// whatever lies at the path. They are kept, under a name that no engine looks for.
func setWALsAside(run string, databases ...string) ([]string, error) {
	var moved []string
	for i, database := range databases {
		if database == "" || slices.Contains(databases[:i], database) {
			continue
		}
		log := database + walSuffix
		if _, err := os.Lstat(log); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		aside := database + ".set-aside-" + run
		if err := os.Rename(log, aside); err != nil {
			return moved, fmt.Errorf("set %s aside: %w", log, err)
		}
		moved = append(moved, aside)
	}
	return moved, nil
}

// sweep removes what failed and killed runs left behind, but for the build of a run that is to be repaired. The lock must
// be held.
func sweep(warehouse, repaired string) error {
	folders, err := filepath.Glob(filepath.Join(filepath.Dir(warehouse), releasesFolder, "*", marker))
	if err != nil {
		return err
	}
	for _, path := range folders {
		left := newRelease(warehouse, filepath.Base(filepath.Dir(path)))
		switch {
		case left.isPublished():
			err = left.unmark() // killed just after it was published
		case left.run == repaired:
			err = left.leave()
		default:
			err = left.discard()
		}
		if err != nil {
			return &Error{Op: "clean up after a killed run", Subject: left.dir, Hint: "check the rights of the folder", Err: err}
		}
	}
	if err := os.Remove(warehouse + ".next"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Release is a kept release.
type Release struct {
	Run       string
	Path      string
	Size      int64
	Published bool // it is the one that everybody sees
}

// Releases returns the kept releases of a warehouse, newest first.
func Releases(warehouse string) ([]Release, error) {
	published, err := os.Stat(warehouse)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	paths, err := filepath.Glob(filepath.Join(filepath.Dir(warehouse), releasesFolder, "*", filepath.Base(warehouse)))
	if err != nil {
		return nil, err
	}
	var kept []Release
	for _, path := range paths {
		one := newRelease(warehouse, filepath.Base(filepath.Dir(path)))
		if _, err := os.Stat(one.marker()); err == nil {
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		kept = append(kept, Release{Run: one.run, Path: path, Size: info.Size(), Published: os.SameFile(info, published)})
	}
	slices.SortFunc(kept, func(a, b Release) int { return cmp.Compare(b.Run, a.Run) })
	return kept, nil
}

// prune removes the oldest releases beyond keep, never the published one. A reader that has one open keeps reading it:
// its file goes when it is closed.
func prune(warehouse string, keep int) ([]string, error) {
	releases, err := Releases(warehouse)
	if err != nil {
		return nil, err
	}
	var removed []string
	for i, one := range releases {
		if i < keep || one.Published {
			continue
		}
		if err := newRelease(warehouse, one.Run).discard(); err != nil {
			return removed, err
		}
		removed = append(removed, one.Run)
	}
	return removed, nil
}

// verify opens a finished file as readers will, and reads the view.
func verify(ctx context.Context, path string, config EngineConfig) error {
	e, err := openEngine(ctx, path, true, EngineConfig{Threads: config.Threads, MemoryLimit: config.MemoryLimit})
	if err == nil {
		_, err = e.number(ctx, "select count(*) from gold.vw_fact_orders_enriched")
		err = errors.Join(err, e.close())
	}
	if err != nil {
		return &Error{Op: "verify", Subject: path, Hint: "nothing was published", Err: err}
	}
	return nil
}
