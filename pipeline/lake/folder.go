package lake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// folder is a root in the file system.
type folder struct{ root string }

const separator = string(filepath.Separator)

func (f *folder) uri(path string) string {
	return strings.TrimSuffix(f.root, separator) + separator + filepath.FromSlash(path)
}

func (f *folder) within(uri string) (string, bool) {
	path, found := strings.CutPrefix(uri, f.uri(""))
	return filepath.ToSlash(path), found
}

// list looks into each of the folders, and into no other.
func (f *folder) list(ctx context.Context, folders map[string]bool) (entries []entry, exists bool, err error) {
	info, err := os.Stat(f.root)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, false, nil
	case err != nil:
		return nil, false, fileFailure("list", f.root, err)
	case !info.IsDir():
		return nil, false, &Error{Op: "list", URI: f.root, Kind: Refused, Err: errors.New("it is no folder"), Hint: hintFolder}
	}
	for _, below := range sortedKeys(folders) {
		if ctx.Err() != nil {
			return nil, false, failure(ctx, "list", f.root, ctx.Err())
		}
		found, err := f.listOne(below, folders)
		if err != nil {
			return nil, false, err
		}
		entries = append(entries, found...)
	}
	return entries, true, nil
}

func (f *folder) listOne(below string, folders map[string]bool) ([]entry, error) {
	listed, err := os.ReadDir(f.uri(below))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		if info, statErr := os.Stat(f.uri(below)); statErr == nil && !info.IsDir() {
			return nil, nil // a file in a folder's place: it is listed above
		}
		return nil, fileFailure("list", f.uri(below), err)
	}
	var entries []entry
	if below != "" {
		entries = append(entries, entry{path: below + "/", folder: true})
	}
	for _, item := range listed {
		path := strings.TrimPrefix(below+"/"+item.Name(), "/")
		info, err := os.Stat(f.uri(path)) // a link is what it leads to
		switch {
		case errors.Is(err, fs.ErrNotExist) && item.Type()&fs.ModeSymlink != 0:
			entries = append(entries, entry{path: path, why: whyDeadLink})
		case errors.Is(err, fs.ErrNotExist): // gone meanwhile
		case err != nil:
			return nil, fileFailure("list", f.uri(path), err)
		case info.IsDir() && !folders[path]:
			entries = append(entries, entry{path: path + "/", why: whyFolder})
		case info.IsDir():
		case !info.Mode().IsRegular():
			entries = append(entries, entry{path: path, why: whyNoFile})
		default:
			entries = append(entries, entryOf(path, info))
		}
	}
	return entries, nil
}

func sortedKeys(set map[string]bool) []string {
	keys := make([]string, 0, len(set))
	for key := range set {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func entryOf(path string, info fs.FileInfo) entry {
	return entry{path: path, size: info.Size(), modified: info.ModTime().UTC(),
		etag: fmt.Sprintf("%x-%x", info.ModTime().UnixNano(), info.Size())}
}

func (f *folder) read(ctx context.Context, path string, limit int64, w io.Writer) error {
	if ctx.Err() != nil {
		return failure(ctx, "read", f.uri(path), ctx.Err())
	}
	file, err := os.Open(f.uri(path))
	if err != nil {
		return fileFailure("read", f.uri(path), err)
	}
	defer file.Close()
	source := &counted{Reader: file}
	if limit > 0 {
		source.Reader = io.LimitReader(file, limit)
	}
	if _, err := io.Copy(w, source); err != nil {
		if source.err != nil {
			return fileFailure("read", f.uri(path), err)
		}
		return copyFailure(f.uri(path), err)
	}
	return nil
}

func (f *folder) put(_ context.Context, path string, body []byte, modified time.Time) error {
	if err := os.MkdirAll(filepath.Dir(f.uri(path)), 0o755); err != nil {
		return fileFailure("write", f.uri(path), err)
	}
	if err := f.write(path, bytes.NewReader(body), modified); err != nil {
		return fileFailure("write", f.uri(path), err)
	}
	return nil
}

// write makes a file whole or not at all.
func (f *folder) write(path string, body io.Reader, modified time.Time) error {
	target := f.uri(path)
	part, err := os.CreateTemp(filepath.Dir(target), ".fmcg-*.part")
	if err != nil {
		return err
	}
	defer os.Remove(part.Name()) // finds nothing once it is renamed
	_, err = io.Copy(part, body)
	err = errors.Join(err, part.Chmod(0o644), part.Sync(), part.Close())
	if err == nil {
		err = os.Chtimes(part.Name(), modified, modified)
	}
	if err == nil {
		err = os.Rename(part.Name(), target)
	}
	if err != nil {
		return err
	}
	return syncFolder(filepath.Dir(target))
}

func (f *folder) stat(_ context.Context, path string) (found entry, exists bool, err error) {
	info, err := os.Stat(f.uri(path))
	if errors.Is(err, fs.ErrNotExist) {
		return entry{}, false, nil
	}
	if err != nil {
		return entry{}, false, fileFailure("look up", f.uri(path), err)
	}
	return entryOf(path, info), true, nil
}

func (f *folder) same(ctx context.Context, a, b entry) (bool, error) {
	first, err := os.Stat(f.uri(a.path))
	if err != nil {
		return false, fileFailure("look up", f.uri(a.path), err)
	}
	second, err := os.Stat(f.uri(b.path))
	if err != nil {
		return false, fileFailure("look up", f.uri(b.path), err)
	}
	if first.Size() != second.Size() || os.SameFile(first, second) {
		return first.Size() == second.Size(), nil
	}
	return sameContent(ctx, func(ctx context.Context, w io.Writer) error { return f.read(ctx, a.path, 0, w) },
		func(ctx context.Context, w io.Writer) error { return f.read(ctx, b.path, 0, w) })
}

// duplicate gives a file a second name, or where the file system has none, copies it.
func (f *folder) duplicate(_ context.Context, from entry, to string) error {
	err := os.Link(f.uri(from.path), f.uri(to))
	if err == nil {
		err = syncFolder(filepath.Dir(f.uri(to)))
	} else {
		err = f.copyFile(from, to)
	}
	if err != nil {
		return fileFailure("copy", f.uri(from.path), err)
	}
	return nil
}

func (f *folder) copyFile(from entry, to string) error {
	source, err := os.Open(f.uri(from.path))
	if err != nil {
		return err
	}
	defer source.Close()
	return f.write(to, source, from.modified)
}

// relocate renames; across file systems, and for a link whose target is named from where it lies, it copies and removes.
func (f *folder) relocate(_ context.Context, from entry, to string, _ *entry) (entry, error) {
	if err := f.unchanged("move", from); err != nil {
		return entry{}, err
	}
	source, target := f.uri(from.path), f.uri(to)
	err := os.MkdirAll(filepath.Dir(target), 0o755)
	if err == nil {
		if err = f.rename(from, to); err == nil {
			err = errors.Join(syncFolder(filepath.Dir(target)), syncFolder(filepath.Dir(source)))
		}
	}
	if err != nil {
		return entry{}, fileFailure("move", source, err)
	}
	info, err := os.Stat(target)
	if err != nil {
		return entry{}, fileFailure("look up", target, err)
	}
	now := entryOf(to, info)
	if now.etag != from.etag { // at the last instant; it is in processed/, and nothing is lost
		return now, &Error{Op: "move", URI: source, Kind: Changed, Err: errOther, Hint: hintListAgain}
	}
	return now, nil
}

func (f *folder) rename(from entry, to string) error {
	source, target := f.uri(from.path), f.uri(to)
	info, err := os.Lstat(source)
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSymlink == 0 {
		renamed := os.Rename(source, target)
		var linked *os.LinkError
		if renamed == nil || !errors.As(renamed, &linked) || errors.Is(renamed, fs.ErrPermission) || errors.Is(renamed, fs.ErrNotExist) {
			return renamed
		}
	}
	if err := f.copyFile(from, to); err != nil {
		return err
	}
	return os.Remove(source)
}

// unchanged says whether a file is still what the entry says.
func (f *folder) unchanged(op string, what entry) error {
	info, err := os.Stat(f.uri(what.path))
	if err != nil {
		return fileFailure(op, f.uri(what.path), err)
	}
	if entryOf(what.path, info).etag != what.etag {
		return &Error{Op: op, URI: f.uri(what.path), Kind: Changed, Err: errOther, Hint: hintListAgain}
	}
	return nil
}

func (f *folder) remove(_ context.Context, what entry) error {
	if err := f.unchanged("delete", what); err != nil {
		return err
	}
	if err := errors.Join(os.Remove(f.uri(what.path)), syncFolder(filepath.Dir(f.uri(what.path)))); err != nil {
		return fileFailure("delete", f.uri(what.path), err)
	}
	return nil
}

// syncFolder makes renames in a folder last. Windows has nothing to do for it.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
