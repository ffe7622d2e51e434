package pipeline

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"unicode/utf8"

	"github.com/fmcg/fmcg/pipeline/lake"
)

// The engine's parser, told the columns, reads a plain file right: UTF-8, one kind of line end, no blank lines, as many
// fields in each line as in the header. In others it has habits of its own (measured): with mixed line ends it loses records
// and reports none, blank lines count in the place of a refused record, a surplus field that is empty passes, of some
// refused records it reads the rest as records of their own, and columns that are kept out may hold any bytes. So each file
// is looked through before it is read, and one that is not plain is read from a tidied copy, of which it is known which
// records are no CSV.

// headerLimit is the most that a header line may take.
const headerLimit = 64 << 10

// inspection is an io.Writer that a file goes through.
type inspection struct {
	start   []byte // up to headerLimit bytes
	special bool   // it is not plain
	invalid bool   // it is not UTF-8

	columns int    // fields of the header; 0 before it ended
	lineEnd string // of the header, and so of all lines; "" before it ended
	line    []byte // the beginning of a line that the next write goes on with
	partial []byte // the beginning of a character that the next write goes on with
}

// plain says that the engine reads the file right as it is.
func (i *inspection) plain() bool { return !i.special }

// Write looks through the next piece of the file.
func (i *inspection) Write(piece []byte) (int, error) {
	if room := headerLimit - len(i.start); room > 0 {
		i.start = append(i.start, piece[:min(room, len(piece))]...)
	}
	i.checkText(piece)
	for rest := piece; !i.special; {
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			i.line = append(i.line, rest...)
			i.special = len(i.line) > longestRecord // too long to tell
			break
		}
		line := rest[:end]
		if len(i.line) > 0 {
			line = append(i.line, line...)
			i.line = i.line[:0]
		}
		if text, found := bytes.CutSuffix(line, []byte{'\r'}); found {
			i.take(text, "\r\n")
		} else {
			i.take(text, "\n")
		}
		rest = rest[end+1:]
	}
	return len(piece), nil
}

// take judges a line. One whose quotes are not closed may be a part of a record, which the tidied copy will tell.
func (i *inspection) take(line []byte, end string) {
	fields, whole := countFields(line)
	if i.lineEnd == "" {
		i.columns, i.lineEnd = fields, end
	}
	i.special = !whole || fields != i.columns || end != i.lineEnd || len(line) == 0 || len(line) > longestRecord || bytes.IndexByte(line, '\r') >= 0
}

// end takes the end of the file.
func (i *inspection) end() {
	i.invalid = i.invalid || len(i.partial) > 0
	if len(i.line) > 0 && !i.special {
		i.take(i.line, i.lineEnd)
	}
}

// countFields counts the fields of a line; whole says that each of its quoted fields is closed, and nothing follows the
// closing quote.
func countFields(line []byte) (count int, whole bool) {
	if bytes.IndexByte(line, '"') < 0 {
		return bytes.Count(line, []byte{','}) + 1, true
	}
	for {
		count++
		if len(line) > 0 && line[0] == '"' {
			closing := 0
			for {
				next := bytes.IndexByte(line[closing+1:], '"')
				if next < 0 {
					return count, false
				}
				closing += 1 + next
				if closing+1 == len(line) || line[closing+1] != '"' {
					break
				}
				closing++
			}
			line = line[closing+1:]
			if len(line) > 0 && line[0] != ',' {
				return count, false
			}
		}
		comma := bytes.IndexByte(line, ',')
		if comma < 0 {
			return count, true
		}
		line = line[comma+1:]
	}
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

// inspect looks through a file at uri. Where it is on S3 a copy stays in the spool, so that a tidied one, if it must be,
// is made of the bytes that were looked at and costs no request; else path is uri.
func (r *reader) inspect(ctx context.Context, file lake.File, uri string) (look *inspection, path string, err error) {
	look = &inspection{}
	if uri != file.URI || !r.lake.OnS3() {
		if uri == file.URI {
			err = r.lake.Fetch(ctx, file, look)
		} else {
			err = copyFile(look, uri)
		}
		look.end()
		return look, uri, err
	}
	if err := os.MkdirAll(r.spool, 0o755); err != nil {
		return nil, "", err
	}
	copied, err := os.CreateTemp(r.spool, "inspected-*")
	if err != nil {
		return nil, "", err
	}
	err = r.lake.Fetch(ctx, file, io.MultiWriter(copied, look))
	look.end()
	return look, copied.Name(), errors.Join(err, copied.Close())
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
// no line is text, so its field is quoted. What is within quotes stays as it is. In the place of a record that is no CSV
// stands one that the engine surely refuses, and nothing of it is read as another record; their own texts come back.
func (r *reader) tidied(path string, columns int) (tidy string, broken []refused, err error) {
	if err := os.MkdirAll(r.spool, 0o755); err != nil {
		return "", nil, err
	}
	source, err := os.Open(path)
	if err != nil {
		return "", nil, err
	}
	defer source.Close()
	target, err := os.CreateTemp(r.spool, "tidy-*.csv")
	if err != nil {
		return "", nil, err
	}
	to := bufio.NewWriterSize(target, 1<<20)
	broken, err = tidyRecords(to, bufio.NewReaderSize(source, 1<<20), columns)
	return target.Name(), broken, errors.Join(err, to.Flush(), target.Close())
}

// refusedRecord is what stands in the place of a record that is no CSV: one field, where every table has more.
const refusedRecord = "!\n"

// longestRecord is the engine's limit for a record, in bytes.
const longestRecord = 2_000_000

// tidyRecords copies CSV record by record; the first is the header and not judged.
func tidyRecords(to *bufio.Writer, from *bufio.Reader, columns int) (broken []refused, err error) {
	if mark, err := from.Peek(3); err == nil && string(mark) == "\xef\xbb\xbf" {
		_, _ = from.Discard(3)
	}
	for number := int64(1); ; {
		if line := plainLine(from, columns); line != nil && number > 1 {
			_, _ = to.Write(line) // the writer keeps its first error for Flush
			_, _ = from.Discard(len(line))
			number++
			continue
		}
		fields, raw, wrong, more, err := nextRecord(from)
		if err != nil {
			return nil, err
		}
		if len(raw) > 0 {
			switch {
			case wrong != "":
			case len(raw) > longestRecord:
				wrong = "line size over maximum"
			case len(fields) > columns:
				wrong = "too many columns"
			case len(fields) < columns:
				wrong = "missing columns"
			}
			if wrong != "" && number > 1 {
				broken = append(broken, refused{Line: number, Kind: wrong, Text: string(raw)})
				_, _ = to.WriteString(refusedRecord)
			} else {
				writeRecord(to, fields)
			}
			number++
		}
		if !more {
			return broken, nil
		}
	}
}

// plainLine returns the next line, LF included, where it is buffered whole and needs no more than to be copied; else nil.
func plainLine(from *bufio.Reader, columns int) []byte {
	if from.Buffered() == 0 {
		_, _ = from.Peek(1)
	}
	buffered, _ := from.Peek(from.Buffered())
	end := bytes.IndexByte(buffered, '\n')
	if end <= 0 {
		return nil
	}
	line := buffered[:end+1]
	if fields, whole := countFields(line[:end]); fields != columns || !whole || bytes.IndexByte(line, '\r') >= 0 || end > longestRecord {
		return nil
	}
	return line
}

func writeRecord(to *bufio.Writer, fields [][]byte) {
	for i, field := range fields {
		if i > 0 {
			_ = to.WriteByte(',')
		}
		if len(field) > 0 && field[0] != '"' && bytes.ContainsRune(field, '\r') {
			field = slices.Concat([]byte{'"'}, bytes.ReplaceAll(field, []byte{'"'}, []byte(`""`)), []byte{'"'})
		}
		_, _ = to.Write(field)
	}
	_ = to.WriteByte('\n')
}

// nextRecord returns the next record as it is written, without its line end, and split into fields; wrong says why its
// quotes are not CSV, more that the file goes on. A blank line is an empty record.
func nextRecord(from *bufio.Reader) (fields [][]byte, raw []byte, wrong string, more bool, err error) {
	for start := 0; ; {
		end, broken, err := nextField(from, &raw)
		if err != nil {
			return nil, nil, "", false, err
		}
		if broken {
			wrong = "unquoted value"
		}
		field := raw[start:]
		if end != ',' {
			field = bytes.TrimSuffix(field, []byte{'\r'})
			raw = raw[:start+len(field)]
		}
		fields = append(fields, field)
		if end != ',' {
			return fields, raw, wrong, end == '\n', nil
		}
		raw = append(raw, ',')
		start = len(raw)
	}
}

// nextField appends the next field to raw as it is written. It returns what ends it - a comma, LF, or 0 at the end of the
// file - and whether it is broken: text after its closing quote, or no closing quote.
func nextField(from *bufio.Reader, raw *[]byte) (end byte, broken bool, err error) {
	start := len(*raw)
	const unquoted, inside, closed = 0, 1, 2
	state := unquoted
	for {
		b, err := from.ReadByte()
		if errors.Is(err, io.EOF) {
			return 0, broken || state == inside, nil
		}
		if err != nil {
			return 0, false, err
		}
		switch {
		case b == '"' && len(*raw) == start:
			state = inside
		case b == '"' && state == inside:
			if next, _ := from.Peek(1); string(next) == `"` {
				_, _ = from.Discard(1)
				*raw = append(*raw, '"')
			} else {
				state = closed
			}
		case state == inside:
		case b == ',', b == '\n':
			return b, broken, nil
		case state == closed:
			if next, _ := from.Peek(1); b != '\r' || len(next) > 0 && next[0] != '\n' {
				broken = true
			}
		}
		*raw = append(*raw, b)
	}
}
