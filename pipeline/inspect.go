package pipeline

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"unicode/utf8"

	"github.com/fmcg/fmcg/pipeline/lake"
)

// The engine's parser, told the columns, reads a plain file right: UTF-8, one kind of line end, no blank lines. In others
// it has habits of its own (measured): with mixed line ends it loses records and reports none, blank lines count in the
// place of a refused record, and columns that are kept out may hold any bytes. So each file is looked through before it
// is read, and one that is not plain is read from a tidied copy.

// headerLimit is the most that a header line may take.
const headerLimit = 64 << 10

// inspection is an io.Writer that a file goes through.
type inspection struct {
	start   []byte // up to headerLimit bytes
	crlf    bool   // there is a line end of CR and LF
	lf      bool   // there is one of LF alone
	cr      bool   // there is a CR alone
	blank   bool   // there is a blank line
	invalid bool   // it is not UTF-8

	last    byte   // the byte before, '\n' at the beginning
	ended   bool   // the bytes before are a line end
	partial []byte // the beginning of a character that the next write goes on with
}

func newInspection() *inspection { return &inspection{last: '\n', ended: true} }

// plain says that the engine reads the file right as it is.
func (i *inspection) plain() bool { return !i.blank && !i.cr && !(i.crlf && i.lf) }

// Write looks through the next piece of the file.
func (i *inspection) Write(piece []byte) (int, error) {
	if room := headerLimit - len(i.start); room > 0 {
		i.start = append(i.start, piece[:min(room, len(piece))]...)
	}
	i.checkText(piece)
	for at := 0; at < len(piece); {
		// Most of a file is text: jump to the next line end.
		next := bytes.IndexAny(piece[at:], "\r\n")
		if next != 0 {
			if i.last == '\r' {
				i.cr = true
			}
			i.ended = false
			if next < 0 {
				i.last = piece[len(piece)-1]
				break
			}
			at += next
			i.last = piece[at-1]
		}
		i.lineEnd(piece[at])
		at++
	}
	return len(piece), nil
}

// lineEnd takes a CR or LF.
func (i *inspection) lineEnd(b byte) {
	switch {
	case b == '\r' && i.last == '\r':
		i.cr = true
	case b == '\r':
	case i.last == '\r':
		i.crlf, i.blank, i.ended = true, i.blank || i.ended, true
	default:
		i.lf, i.blank, i.ended = true, i.blank || i.ended, true
	}
	i.last = b
}

// checkText looks for bytes that are not UTF-8; a character may be parted between two writes.
func (i *inspection) checkText(piece []byte) {
	if len(i.partial) > 0 {
		piece = append(i.partial, piece...)
		i.partial = nil
	}
	end := len(piece)
	for back := 1; back < utf8.UTFMax && back <= len(piece); back++ {
		if start := len(piece) - back; utf8.RuneStart(piece[start]) {
			if !utf8.FullRune(piece[start:]) {
				end = start
			}
			break
		}
	}
	i.invalid = i.invalid || !utf8.Valid(piece[:end])
	i.partial = bytes.Clone(piece[end:])
}

// inspect looks through a file, its copy in the spool where there is one.
func (r *reader) inspect(ctx context.Context, file lake.File, uri string) (*inspection, error) {
	look := newInspection()
	var err error
	if uri == file.URI {
		err = r.lake.Fetch(ctx, file, look)
	} else {
		err = copyFile(look, uri)
	}
	look.invalid = look.invalid || len(look.partial) > 0
	return look, err
}

func copyFile(to io.Writer, path string) error {
	source, err := os.Open(path)
	if err != nil {
		return err
	}
	defer source.Close()
	_, err = io.Copy(to, source)
	return err
}

// tidied makes a plain copy of a file in the spool: the same records, each ended by LF, without blank lines. A CR that ends
// no line is text, so its field is quoted. What is within quotes stays as it is.
func (r *reader) tidied(ctx context.Context, file lake.File, uri string) (path string, err error) {
	if err := os.MkdirAll(r.spool, 0o755); err != nil {
		return "", err
	}
	source, err := os.CreateTemp(r.spool, "untidy-*")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, source.Close(), os.Remove(source.Name())) }()
	if uri == file.URI {
		err = r.lake.Fetch(ctx, file, io.Writer(source))
	} else {
		err = copyFile(source, uri)
	}
	if err != nil {
		return "", err
	}
	if _, err := source.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	target, err := os.CreateTemp(r.spool, "tidy-*.csv")
	if err != nil {
		return "", err
	}
	to := bufio.NewWriter(target)
	err = tidy(to, bufio.NewReader(source))
	return target.Name(), errors.Join(err, to.Flush(), target.Close())
}

// tidy copies CSV field by field.
func tidy(to *bufio.Writer, from *bufio.Reader) error {
	if mark, err := from.Peek(3); err == nil && string(mark) == "\xef\xbb\xbf" {
		_, _ = from.Discard(3)
	}
	for empty := true; ; {
		field, end, err := nextField(from)
		if err != nil {
			return err
		}
		ended := end != ','
		if blank := empty && ended && len(field) == 0; !blank {
			if len(field) > 0 && field[0] != '"' && bytes.ContainsRune(field, '\r') {
				field = append(append([]byte{'"'}, bytes.ReplaceAll(field, []byte{'"'}, []byte(`""`))...), '"')
			}
			_, _ = to.Write(field) // the writer keeps its first error for Flush
			if end == 0 {
				return nil
			}
			_ = to.WriteByte(end)
		}
		if end == 0 {
			return nil
		}
		empty = ended
	}
}

// nextField returns the next field as it is written, and what ends it: a comma, a line end (always LF here), or 0 at the
// end of the file.
func nextField(from *bufio.Reader) (field []byte, end byte, err error) {
	quoted := false
	for {
		b, err := from.ReadByte()
		if errors.Is(err, io.EOF) {
			return bytes.TrimSuffix(field, []byte{'\r'}), 0, nil
		}
		if err != nil {
			return nil, 0, err
		}
		switch {
		case b == '"' && len(field) == 0:
			quoted = true
		case b == '"' && quoted:
			if next, _ := from.Peek(1); string(next) == `"` {
				_, _ = from.Discard(1)
				field = append(field, '"')
			} else {
				quoted = false
			}
		case quoted:
		case b == ',':
			return field, ',', nil
		case b == '\n':
			return bytes.TrimSuffix(field, []byte{'\r'}), '\n', nil
		}
		field = append(field, b)
	}
}
