package lake

import (
	"errors"
	"path/filepath"
	"strings"
)

// location is where a root lies: in a bucket, or in a folder.
type location struct {
	bucket string
	prefix string // "" or ends with a slash
	folder string // absolute
}

// parseLocation reads s3://bucket/prefix (s3a and s3n, as Hadoop writes it, mean the same), file:// and plain paths. The
// prefix is taken as it stands: nothing in it is an escape.
func parseLocation(url string) (location, error) {
	scheme, rest, isURL := strings.Cut(url, "://")
	if !isURL {
		scheme, rest = "file", url
	}
	switch strings.ToLower(scheme) {
	case "s3", "s3a", "s3n":
		bucket, prefix, _ := strings.Cut(rest, "/")
		if bucket == "" {
			return location{}, &Error{Op: "open", URI: url, Kind: Invalid, Err: errors.New("it names no bucket"), Hint: "write s3://bucket/prefix"}
		}
		if prefix = strings.TrimRight(prefix, "/"); prefix != "" {
			prefix += "/"
		}
		return location{bucket: bucket, prefix: prefix}, nil
	case "file":
		folder, err := filepath.Abs(filepath.FromSlash(rest))
		if err != nil {
			return location{}, &Error{Op: "open", URI: url, Kind: Invalid, Err: err, Hint: "give an absolute path"}
		}
		return location{folder: folder}, nil
	}
	return location{}, &Error{Op: "open", URI: url, Kind: Invalid, Err: errors.New("a lake is a folder or s3://bucket/prefix"),
		Hint: "for a store that speaks S3, name the bucket as s3:// and set AWS_ENDPOINT_URL_S3"}
}

// twins says that the two roots are parent/ and child/ of one lake, so that one of them may be missing.
func (c Config) twins() bool {
	base, isParent := strings.CutSuffix(strings.TrimRight(filepath.ToSlash(c.Parent), "/"), "/parent")
	other, isChild := strings.CutSuffix(strings.TrimRight(filepath.ToSlash(c.Child), "/"), "/child")
	return isParent && isChild && base == other
}
