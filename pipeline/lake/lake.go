package lake

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
)

// Config says where the lake is.
type Config struct {
	Parent string // folder or s3://bucket/prefix with the parent's files; may be empty where Child is not
	Child  string // folder or s3://bucket/prefix that holds customers/, products/, gross_price/ and orders/; may be empty where Parent is not
	S3     S3Config
	Log    *slog.Logger // default: none
}

// S3Config is what the AWS SDK's own settings (AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL_S3, AWS_MAX_ATTEMPTS ...) have
// no name for. A lake in folders touches none of them.
type S3Config struct {
	RoleARN    string        // role to assume with the credentials of the SDK's chain
	ExternalID string        // external id that the role's trust policy asks for
	PathStyle  *bool         // https://endpoint/bucket/key; nil: where a custom endpoint is set
	Timeout    time.Duration // longest silence of the server within one attempt; default DefaultTimeout

	Retrying func(uri string, wait time.Duration, err error) // called before a request is tried again; default: nobody is told
}

// File is one delivered file.
type File struct {
	Source       string    // SourceParent or SourceChild
	Table        string    // bronze table
	Name         string    // identity: base name of an order file, else path within the lake ("child/customers/customers.csv")
	URI          string    // s3://bucket/key or a path of the file system
	Size         int64     // bytes
	LastModified time.Time // UTC; from S3 in whole seconds
	ETag         string    // S3: without quotes; folder: modified time and size, which renaming and cp -p keep
}

// store is one root: a folder or a prefix of a bucket. Paths are within it and have forward slashes.
type store interface {
	uri(path string) string
	within(uri string) (path string, found bool)
	list(ctx context.Context, folders map[string]bool) (entries []entry, exists bool, err error)
	read(ctx context.Context, path string, limit int64, w io.Writer) error // limit 0: all of it
	put(ctx context.Context, path string, body []byte, modified time.Time) error

	// For Move:
	stat(ctx context.Context, path string) (found entry, exists bool, err error)
	same(ctx context.Context, a, b entry) (bool, error)                              // are the contents equal?
	duplicate(ctx context.Context, from entry, to string) error                      // to does not exist
	relocate(ctx context.Context, from entry, to string, over *entry) (entry, error) // over is what to replaces; nil: nothing is there
	remove(ctx context.Context, what entry) error                                    // only if it is still what the entry says

	// For Check:
	reach(ctx context.Context) Step
	probe(ctx context.Context) error // tries the right to move without touching a delivered file
}

// entry is what a store says of one object or of one folder that was not looked into.
type entry struct {
	path     string // ends with a slash for a folder
	size     int64
	modified time.Time
	etag     string
	why      string // it can't be a delivered file, whatever its name; else ""
	folder   bool   // it is one of the folders that are looked into, and nothing else
}

type root struct {
	source string
	store  store
}

// Lake is an opened lake; it may be used by many goroutines.
type Lake struct {
	config Config
	roots  []root
	s3     *session // nil where no root is on S3
}

// Open finds the roots. It makes no request of S3 and does not look into folders: List is the first to know whether
// they are there.
func Open(ctx context.Context, config Config) (*Lake, error) {
	l := &Lake{config: config}
	for _, given := range []struct{ source, url string }{{SourceParent, config.Parent}, {SourceChild, config.Child}} {
		if given.url == "" {
			continue
		}
		at, err := parseLocation(given.url)
		if err != nil {
			return nil, err
		}
		if at.bucket == "" {
			l.roots = append(l.roots, root{given.source, &folder{root: at.folder}})
			continue
		}
		if l.s3 == nil {
			if l.s3, err = newSession(ctx, config.S3, given.url, cmp.Or(config.Log, slog.New(slog.DiscardHandler))); err != nil {
				return nil, err
			}
		}
		l.roots = append(l.roots, root{given.source, &prefix{bucket: l.s3.bucket(at.bucket), prefix: at.prefix}})
	}
	if len(l.roots) == 0 {
		return nil, &Error{Op: "open", URI: "the lake", Kind: Invalid, Err: errors.New("neither parent nor child is given"),
			Hint: "name a folder or s3://bucket/prefix"}
	}
	return l, nil
}

// OnS3 says whether a part of the lake is on S3.
func (l *Lake) OnS3() bool { return l.s3 != nil }

// headSize is how much of a file Head reads, and how much it returns at most.
const headSize = 64 << 10

// Head returns the first 64 KiB of a file as it lies there now, unpacked for .gz: enough to check its header line. On
// S3 that is one request. An error that is no *Error is about the content: it is no gzip file, for one.
func (l *Lake) Head(ctx context.Context, file File) ([]byte, error) {
	store, path, err := l.locate(file)
	if err != nil {
		return nil, err
	}
	var raw bytes.Buffer
	if err := store.read(ctx, path, headSize, &raw); err != nil {
		return nil, err
	}
	if !strings.HasSuffix(strings.ToLower(file.Name), ".gz") || raw.Len() == 0 {
		return raw.Bytes(), nil
	}
	whole := raw.Len() < headSize
	unpacker, err := gzip.NewReader(&raw)
	if err != nil {
		return nil, fmt.Errorf("read %s: it is no gzip file: %w", file.URI, err)
	}
	head, err := io.ReadAll(io.LimitReader(unpacker, headSize))
	if err != nil && (whole || !errors.Is(err, io.ErrUnexpectedEOF)) {
		return nil, fmt.Errorf("read %s: its gzip data is damaged: %w", file.URI, err)
	}
	return head, nil
}

// Fetch copies a whole file as it lies there now, still packed for .gz. A connection that breaks is resumed, with
// Changed if the file is another one by then.
func (l *Lake) Fetch(ctx context.Context, file File, w io.Writer) error {
	store, path, err := l.locate(file)
	if err != nil {
		return err
	}
	return store.read(ctx, path, 0, w)
}

// Put writes a file by its path within the lake ("child/customers/customers.csv"), whole or not at all. A folder's file
// gets the modified time, S3 gives its own.
func (l *Lake) Put(ctx context.Context, path string, body []byte, modified time.Time) error {
	source, within, _ := strings.Cut(path, "/")
	for _, root := range l.roots {
		if root.source == source && within != "" {
			return root.store.put(ctx, within, body, modified)
		}
	}
	return &Error{Op: "write", URI: path, Kind: Invalid, Err: errors.New("the path is in no root of this lake"),
		Hint: "begin it with parent/ or child/, whichever the lake has"}
}

// locate returns where a file of a listing lies.
func (l *Lake) locate(file File) (store, string, error) {
	for _, root := range l.roots {
		if root.source != file.Source {
			continue
		}
		if path, found := root.store.within(file.URI); found {
			return root.store, path, nil
		}
	}
	return nil, "", &Error{Op: "read", URI: file.URI, Kind: Invalid, Err: errors.New("the file is in no root of this lake"),
		Hint: "list the lake again"}
}
