package lake

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"strconv"
	"time"
)

// replacedMark stands between the name of a file that a move has set aside and when it was last modified.
const (
	replacedMark  = ".replaced-"
	replacedStamp = "20060102T150405Z"
)

// Move takes an order file from landing/ or orders/ to processed/ and returns it as it lies there. It may be killed at any
// instant: the next Move of that file finishes it.
//
// What it does depends on what processed/ holds under that name: nothing: the file is moved; the same content: the
// file is removed; an older file with another content: that one is first set aside as NAME.replaced-STAMP, STAMP being
// when it was last modified; a newer one: nothing is done and the error is Changed. So it is where the file is not any
// more what was listed.
func (l *Lake) Move(ctx context.Context, file File) (File, error) {
	if file.Table != ordersTable {
		return file, &Error{Op: "move", URI: file.URI, Kind: Invalid, Err: errors.New("only order files are moved"),
			Hint: "leave the files of dimensions and of the parent where they are"}
	}
	if Processed(file) {
		return file, nil
	}
	store, path, err := l.locate(file)
	if err != nil {
		return file, err
	}
	source := entry{path: path, size: file.Size, modified: file.LastModified, etag: file.ETag}
	to := processedFolder + "/" + file.Name
	there, exists, err := store.stat(ctx, to)
	if err != nil {
		return file, err
	}
	if !exists {
		there, err = store.relocate(ctx, source, to, nil)
		return moved(store, file, there, err)
	}
	same, err := store.same(ctx, source, there)
	switch {
	case isKind(err, Vanished) && there.etag == file.ETag: // moved since it was listed
		return moved(store, file, there, nil)
	case err != nil:
		return file, err
	case same:
		return moved(store, file, there, store.remove(ctx, source))
	case there.modified.Truncate(time.Second).After(source.modified.Truncate(time.Second)):
		return file, &Error{Op: "move", URI: file.URI, Kind: Changed, Err: errNewer, Hint: "refresh again, which reads the newer one"}
	}
	if err := setAside(ctx, store, there); err != nil {
		return file, err
	}
	now, err := store.relocate(ctx, source, to, &there)
	return moved(store, file, now, err)
}

// moved returns the file as it lies in processed/; after an error, as it was.
func moved(store store, file File, now entry, err error) (File, error) {
	if err != nil {
		return file, err
	}
	file.URI, file.Size, file.LastModified, file.ETag = store.uri(now.path), now.size, now.modified.UTC(), now.etag
	return file, nil
}

// setAside keeps a copy of a file under a name that is no table's. Where that name is taken by another content, a number
// follows; where it is taken by the same, a former move was killed after it.
func setAside(ctx context.Context, store store, old entry) error {
	stamped := old.path + replacedMark + old.modified.UTC().Format(replacedStamp)
	name := stamped
	for number := 2; ; number++ {
		kept, exists, err := store.stat(ctx, name)
		if err != nil {
			return err
		}
		if !exists {
			return store.duplicate(ctx, old, name)
		}
		if same, err := store.same(ctx, old, kept); same || err != nil {
			return err
		}
		name = stamped + "-" + strconv.Itoa(number)
	}
}

// sameContent compares what two readers write.
func sameContent(ctx context.Context, a, b func(context.Context, io.Writer) error) (bool, error) {
	first, second := sha256.New(), sha256.New()
	if err := a(ctx, first); err != nil {
		return false, err
	}
	if err := b(ctx, second); err != nil {
		return false, err
	}
	return [sha256.Size]byte(first.Sum(nil)) == [sha256.Size]byte(second.Sum(nil)), nil
}
