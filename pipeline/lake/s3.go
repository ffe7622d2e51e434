package lake

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// prefix is a root on S3: the keys of a bucket that begin with a text.
type prefix struct {
	bucket *bucket
	prefix string // "" or ends with a slash
}

func (p *prefix) uri(path string) string { return "s3://" + p.bucket.name + "/" + p.prefix + path }

func (p *prefix) within(uri string) (string, bool) { return strings.CutPrefix(uri, p.uri("")) }

// afterAll sorts behind every key that begins with what stands before it.
const afterAll = "\U0010FFFF"

// list pages through the prefix, 1,000 keys a request. Folders that are not read come back as one entry each, and where
// one fills the rest of a page, the next page begins behind it: a large neighbour costs one request.
func (p *prefix) list(ctx context.Context, folders map[string]bool) (entries []entry, exists bool, err error) {
	query := &s3.ListObjectsV2Input{Bucket: &p.bucket.name, Prefix: &p.prefix, EncodingType: types.EncodingTypeUrl}
	if len(folders) == 1 { // nothing below the root itself
		query.Delimiter = aws.String("/")
	}
	exists = p.prefix == ""
	skipped := map[string]bool{}
	skip := func(folder string) {
		if !skipped[folder] {
			skipped[folder] = true
			entries = append(entries, entry{path: folder, why: whyFolder})
		}
	}
	for {
		var page *s3.ListObjectsV2Output
		if err := p.bucket.request(ctx, "list", p.uri(""), func(ctx context.Context, client *s3.Client, patience func(*s3.Options)) (err error) {
			page, err = client.ListObjectsV2(ctx, query, patience)
			return err
		}); err != nil {
			return nil, false, err
		}
		exists = exists || len(page.Contents)+len(page.CommonPrefixes) > 0
		last := ""
		for _, object := range page.Contents {
			found := p.entryOf(page, object)
			if found.path == "" { // the marker of the root
				continue
			}
			if last = foreignFolder(found.path, folders); last != "" {
				skip(last)
				continue
			}
			entries = append(entries, found)
		}
		for _, below := range page.CommonPrefixes {
			skip(strings.TrimPrefix(decodeKey(page, below.Prefix), p.prefix))
		}
		if !aws.ToBool(page.IsTruncated) {
			return entries, exists, nil
		}
		if last != "" {
			query.ContinuationToken, query.StartAfter = nil, aws.String(p.prefix+last+afterAll)
			continue
		}
		query.ContinuationToken, query.StartAfter = page.NextContinuationToken, nil
	}
}

func (p *prefix) entryOf(page *s3.ListObjectsV2Output, object types.Object) entry {
	return entry{
		path:     strings.TrimPrefix(decodeKey(page, object.Key), p.prefix),
		size:     aws.ToInt64(object.Size),
		modified: aws.ToTime(object.LastModified).UTC().Truncate(time.Second),
		etag:     bareETag(object.ETag),
	}
}

// decodeKey undoes the encoding that keeps XML readable, where the server knows it.
func decodeKey(page *s3.ListObjectsV2Output, key *string) string {
	if page.EncodingType == types.EncodingTypeUrl {
		if decoded, err := url.QueryUnescape(aws.ToString(key)); err == nil {
			return decoded
		}
	}
	return aws.ToString(key)
}

func bareETag(etag *string) string { return strings.Trim(aws.ToString(etag), `"`) }

func quotedETag(etag string) *string { return aws.String(`"` + etag + `"`) }

// read copies an object, or its first bytes, and resumes where the connection breaks.
func (p *prefix) read(ctx context.Context, path string, limit int64, w io.Writer) error {
	key, uri := p.prefix+path, p.uri(path)
	// An answer's body is read after the request for it has returned, so what limits a request can't limit this.
	reading, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := &watch{limit: requestLimit, timer: time.AfterFunc(requestLimit, func() { cancel(errNoAnswer) })}
	defer watch.stop()
	var done int64
	etag := ""
	for attempt := 1; ; attempt++ {
		query := &s3.GetObjectInput{Bucket: &p.bucket.name, Key: &key, Range: byteRange(done, limit)}
		if etag != "" {
			query.IfMatch = quotedETag(etag)
		}
		var answer *s3.GetObjectOutput
		err := p.bucket.request(ctx, "read", uri, func(_ context.Context, client *s3.Client, patience func(*s3.Options)) (err error) {
			answer, err = client.GetObject(reading, query, patience)
			return err
		})
		if err != nil {
			if etag == "" && statusOf(err) == http.StatusRequestedRangeNotSatisfiable {
				return nil // it is empty
			}
			return p.vanishedOr(ctx, path, err)
		}
		etag = bareETag(answer.ETag)
		source := &counted{Reader: answer.Body, watch: watch}
		_, err = io.Copy(w, source)
		_ = answer.Body.Close()
		done += source.count
		switch {
		case err == nil:
			return nil
		case source.err == nil: // it is the writer that failed
			return copyFailure(uri, err)
		case errors.Is(context.Cause(reading), errNoAnswer):
			return failure(ctx, "read", uri, errors.Join(errNoAnswer, err))
		case source.count > 0:
			attempt = 1
		}
		if attempt >= silentAttempts {
			return failure(ctx, "read", uri, err)
		}
		if err := pause(ctx, backoff(attempt)); err != nil {
			return failure(ctx, "read", uri, err)
		}
	}
}

func copyFailure(uri string, err error) error {
	return &Error{Op: "copy", URI: uri, Err: err, Hint: "check the free space of the folder it is copied to"}
}

// counted counts what was read and keeps why reading ended.
type counted struct {
	io.Reader
	watch *watch // may be nil
	count int64
	err   error
}

func (c *counted) Read(into []byte) (int, error) {
	n, err := c.Reader.Read(into)
	c.count += int64(n)
	if n > 0 && c.watch != nil {
		c.watch.progress()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return n, err
}

// byteRange is the Range header from an offset up to a limit; nil for everything.
func byteRange(from, limit int64) *string {
	switch {
	case limit > 0:
		return aws.String("bytes=" + strconv.FormatInt(from, 10) + "-" + strconv.FormatInt(limit-1, 10))
	case from > 0:
		return aws.String("bytes=" + strconv.FormatInt(from, 10) + "-")
	}
	return nil
}

func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// vanishedOr tells a refusal from a missing key: a role that may list only below a prefix is answered "access denied"
// for a key that is not there.
func (p *prefix) vanishedOr(ctx context.Context, path string, err error) error {
	if statusOf(err) != http.StatusForbidden {
		return err
	}
	if _, exists, statErr := p.stat(ctx, path); statErr != nil || exists {
		return err
	}
	return &Error{Op: "read", URI: p.uri(path), Kind: Vanished, Hint: hintListAgain, Err: errGone}
}

func (p *prefix) put(ctx context.Context, path string, body []byte, _ time.Time) error {
	key := p.prefix + path
	return p.bucket.request(ctx, "write", p.uri(path), func(ctx context.Context, client *s3.Client, patience func(*s3.Options)) error {
		_, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: &p.bucket.name, Key: &key, Body: bytes.NewReader(body)}, patience)
		return err
	})
}

// stat looks a key up in the listing, which every role of ours may read.
func (p *prefix) stat(ctx context.Context, path string) (found entry, exists bool, err error) {
	key := p.prefix + path
	err = p.bucket.request(ctx, "look up", p.uri(path), func(ctx context.Context, client *s3.Client, patience func(*s3.Options)) error {
		page, err := client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{
			Bucket: &p.bucket.name, Prefix: &key, MaxKeys: aws.Int32(1), EncodingType: types.EncodingTypeUrl,
		}, patience)
		if err != nil {
			return err
		}
		if len(page.Contents) > 0 { // the key itself sorts before all that begin with it
			found = p.entryOf(page, page.Contents[0])
			exists = found.path == path
		}
		return nil
	})
	return found, exists, err
}

func (p *prefix) same(ctx context.Context, a, b entry) (bool, error) {
	if a.size != b.size {
		return false, nil
	}
	if a.etag == b.etag {
		return true, nil
	}
	// An ETag is no hash of the content where the object was uploaded in parts or is encrypted with a key of one's own.
	return sameContent(ctx, func(ctx context.Context, w io.Writer) error { return p.read(ctx, a.path, 0, w) },
		func(ctx context.Context, w io.Writer) error { return p.read(ctx, b.path, 0, w) })
}

// largestCopy is what S3 copies in one request.
const largestCopy = 5 << 30

// copyObject copies within the bucket, if the source is still what the entry says and the target is over, or nothing.
func (p *prefix) copyObject(ctx context.Context, from entry, to string, over *entry) (entry, error) {
	uri := p.uri(from.path)
	if from.size > largestCopy {
		return entry{}, &Error{Op: "copy", URI: uri, Err: errors.New("it is larger than the 5 GiB that S3 copies in one request"),
			Hint: "move it with aws s3 mv"}
	}
	key := p.prefix + to
	input := s3.CopyObjectInput{
		Bucket: &p.bucket.name, Key: &key, CopySourceIfMatch: quotedETag(from.etag),
		CopySource: aws.String(escapeKey(p.bucket.name + "/" + p.prefix + from.path)),
	}
	conditional := input
	if conditional.IfNoneMatch = aws.String("*"); over != nil {
		conditional.IfNoneMatch, conditional.IfMatch = nil, quotedETag(over.etag)
	}
	var copied *s3.CopyObjectOutput
	err := p.bucket.request(ctx, "copy", uri, func(ctx context.Context, client *s3.Client, patience func(*s3.Options)) (err error) {
		copied, err = client.CopyObject(ctx, &conditional, patience)
		if statusOf(err) == http.StatusNotImplemented { // by a store that does not know conditions on the target
			copied, err = client.CopyObject(ctx, &input, patience)
		}
		return err
	})
	if err != nil && !isKind(err, Changed) {
		return entry{}, p.vanishedOr(ctx, from.path, err)
	}
	if err == nil && copied.CopyObjectResult != nil {
		result := entry{path: to, size: from.size, etag: bareETag(copied.CopyObjectResult.ETag),
			modified: aws.ToTime(copied.CopyObjectResult.LastModified).UTC().Truncate(time.Second)}
		if result.etag == from.etag && result.modified.Unix() > 0 {
			return result, nil
		}
	}
	// A copy whose answer was lost on the way is tried again and then meets itself.
	target, exists, statErr := p.stat(ctx, to)
	if statErr != nil {
		return target, statErr
	}
	if exists {
		if exists, statErr = p.same(ctx, from, target); statErr != nil {
			return target, statErr
		}
	}
	if !exists && err == nil {
		err = &Error{Op: "copy", URI: uri, Kind: Changed, Err: errors.New("the copy is not what was copied"), Hint: hintListAgain}
	}
	if exists {
		err = nil
	}
	return target, err
}

func (p *prefix) duplicate(ctx context.Context, from entry, to string) error {
	_, err := p.copyObject(ctx, from, to, nil)
	return err
}

func (p *prefix) relocate(ctx context.Context, from entry, to string, over *entry) (entry, error) {
	target, err := p.copyObject(ctx, from, to, over)
	if err != nil {
		return target, err
	}
	return target, p.remove(ctx, from)
}

// remove deletes a key if it is still what the entry says. The store is asked to make sure; one that does not know that
// condition was asked just before.
func (p *prefix) remove(ctx context.Context, what entry) error {
	now, exists, err := p.stat(ctx, what.path)
	if err != nil || !exists {
		return err // not there any more: a former move was killed after all
	}
	if now.etag != what.etag || now.size != what.size {
		return &Error{Op: "delete", URI: p.uri(what.path), Kind: Changed, Err: errOther, Hint: hintListAgain}
	}
	key := p.prefix + what.path
	err = p.bucket.request(ctx, "delete", p.uri(what.path), func(ctx context.Context, client *s3.Client, patience func(*s3.Options)) error {
		_, err := client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &p.bucket.name, Key: &key, IfMatch: quotedETag(what.etag)}, patience)
		if statusOf(err) == http.StatusNotImplemented {
			_, err = client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &p.bucket.name, Key: &key}, patience)
		}
		return err
	})
	if isKind(err, Changed) || isKind(err, Vanished) { // perhaps by an attempt whose answer was lost
		if _, exists, statErr := p.stat(ctx, what.path); statErr == nil && !exists {
			return nil
		}
	}
	return err
}

// escapeKey writes a key as a copy's source: everything but letters, digits, "-_.~" and slashes is escaped.
func escapeKey(key string) string {
	return strings.NewReplacer("+", "%20", "%2F", "/").Replace(url.QueryEscape(key))
}
