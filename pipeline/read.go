package pipeline

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"
	"golang.org/x/sync/errgroup"

	"github.com/fmcg/fmcg/pipeline/lake"
)

// How many files are read at a time. A file is parsed by one thread, so a folder wants one reader a core; from S3 a
// reader mostly waits for the store.
const (
	readersFromS3  = 32
	filesPerCommit = 64
)

// globCharacters are those that the engine reads as a pattern; a file with one in its name is fetched first.
const globCharacters = "*?["

// receipt says what a delivered file held.
type receipt struct {
	File     lake.File
	Rows     int64     // records read, refused ones included
	Refused  []refused // records that the CSV parser refused
	Rejected string    // why the file can't be read as its table; "" where it can
	Extra    []string  // columns that the table does not have
}

// refused is one record that is no CSV.
type refused struct {
	Line int64  `db:"line"`
	Kind string `db:"error_type"`
	Text string `db:"csv_line"`
}

// malformedLine is the one reason of quarantine that is judged by the CSV parser and not by a model.
const malformedLine = "malformed_line"

var errNotUTF8 = errors.New("not UTF-8: ask for the file in UTF-8, or convert it (iconv)")

// reader reads delivered files into the bronze tables of one schema.
type reader struct {
	engine  *engine
	lake    *lake.Lake
	bronze  map[string]*Model // by table name
	schema  string            // bronze, or staging for files that are compared first
	spool   string            // folder for files that the engine can't read where they are
	readers int
	at      time.Time                   // read_timestamp
	renew   func(context.Context) error // renews the engine's credentials where they end soon
	done    func(receipt)
	again   func(lake.File, error) // called when the engine fails to read a file, which is then fetched
}

// read reads the files, many at a time, and returns a receipt for each. Files that are gone from the lake since it was
// listed come back as vanished.
func (r *reader) read(ctx context.Context, files []lake.File) (receipts []receipt, vanished []lake.File, err error) {
	widen, err := r.engine.narrow(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, widen()) }()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(r.readers, 1))
	var mutex sync.Mutex
	for batch := range slices.Chunk(files, batchSize(len(files), r.readers)) {
		group.Go(func() error {
			got, gone, err := r.readBatch(ctx, batch)
			mutex.Lock()
			defer mutex.Unlock()
			receipts, vanished = append(receipts, got...), append(vanished, gone...)
			return err
		})
	}
	err = group.Wait()
	slices.SortFunc(receipts, func(a, b receipt) int {
		return compareKeys(fileKey{a.File.Table, a.File.Name}, fileKey{b.File.Table, b.File.Name})
	})
	return receipts, vanished, err
}

func batchSize(files, readers int) int {
	return min(max((files+readers-1)/max(readers, 1), 1), filesPerCommit)
}

// readBatch reads files one after the other in one transaction: large commits are written once, already compressed.
// A file that fails takes its transaction with it, so the batch begins again with that file fetched whole by the SDK,
// which retries with backoff (the engine's own attempts all come within half a second) and has the last word on whether
// the lake or the file is at fault.
func (r *reader) readBatch(ctx context.Context, files []lake.File) ([]receipt, []lake.File, error) {
	conn, err := r.engine.db.Connx(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer conn.Close()
	if err := r.renew(ctx); err != nil {
		return nil, nil, err
	}
	names, err := r.nameRejects(ctx, conn)
	if err != nil {
		return nil, nil, err
	}
	local := map[string]string{} // URI: copy in the spool
	defer func() {
		for _, copied := range local {
			_ = os.Remove(copied) // what stays goes with the spool
		}
	}()
	var vanished []lake.File
	unreadable := map[string]string{}
	for _, file := range files {
		if !isPacked(file) && !strings.ContainsAny(file.URI, globCharacters) {
			continue
		}
		var damaged damagedError
		if err := r.fetch(ctx, file, local); errors.As(err, &damaged) {
			unreadable[file.URI] = damaged.Error()
		} else if isVanished(err) {
			vanished = append(vanished, file)
		} else if err != nil {
			return nil, nil, err
		}
	}
	for {
		receipts, failed, err := r.tryBatch(ctx, conn, names, files, vanished, local, unreadable)
		if failed == nil || ctx.Err() != nil {
			return receipts, vanished, err
		}
		if local[failed.URI] != "" { // the bytes are here, so it is what they say
			unreadable[failed.URI] = err.Error()
			continue
		}
		var lakeError *lake.Error
		if errors.As(err, &lakeError) && !isVanished(err) {
			return nil, nil, err
		}
		r.again(*failed, err)
		if fetchError := r.fetch(ctx, *failed, local); isVanished(fetchError) {
			vanished = append(vanished, *failed)
		} else if fetchError != nil {
			return nil, nil, fetchError
		}
	}
}

// rejects are the names of the engine's tables of refused records. Each batch has its own: the engine keeps one counter of
// files for all connections that use the same names, and two that read at the same time lose records by it (measured).
// A file that is read again has another batch, in which the refused records of its former version are not.
type rejects struct{ errors, scans string }

func (r *reader) nameRejects(ctx context.Context, conn *sqlx.Conn) (rejects, error) {
	batch := r.engine.common.batches.Add(1)
	names := rejects{errors: fmt.Sprintf("reject_errors_%d", batch), scans: fmt.Sprintf("reject_scans_%d", batch)}
	if _, err := conn.ExecContext(ctx, "set variable rejects_table = ?", names.errors); err != nil {
		return names, err
	}
	_, err := conn.ExecContext(ctx, "set variable rejects_scan = ?", names.scans)
	return names, err
}

// isVanished says that the object that was listed is not there any more, or is another one by now: list again.
func isVanished(err error) bool {
	var lakeError *lake.Error
	return errors.As(err, &lakeError) && (lakeError.Kind == lake.Vanished || lakeError.Kind == lake.Changed)
}

// tryBatch is one transaction; on a failure it names the file.
func (r *reader) tryBatch(ctx context.Context, conn *sqlx.Conn, names rejects, files, vanished []lake.File, local, unreadable map[string]string) (receipts []receipt, failed *lake.File, err error) {
	transaction, err := conn.BeginTxx(ctx, nil)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = transaction.Rollback() }() // after a commit it does nothing
	for _, file := range files {
		if slices.Contains(vanished, file) {
			continue
		}
		if reason := unreadable[file.URI]; reason != "" {
			receipts = append(receipts, receipt{File: file, Rejected: "unreadable: " + firstLine(reason)})
			continue
		}
		uri := file.URI
		if local[uri] != "" {
			uri = local[uri]
		}
		got, err := r.readFile(ctx, transaction, names, file, uri)
		if err != nil {
			return nil, &file, fmt.Errorf("read %s: %w", file.URI, err)
		}
		receipts = append(receipts, got)
	}
	if err := transaction.Commit(); err != nil {
		return nil, nil, fmt.Errorf("write bronze: %w", err)
	}
	for _, got := range receipts {
		r.done(got)
	}
	return receipts, nil, nil
}

// readFile reads one file into its table.
func (r *reader) readFile(ctx context.Context, transaction *sqlx.Tx, names rejects, file lake.File, uri string) (receipt, error) {
	got := receipt{File: file}
	look, path, err := r.inspect(ctx, file, uri)
	if path != uri {
		defer func() { _ = os.Remove(path) }() // what stays goes with the spool
	}
	if err != nil {
		return got, err
	}
	model := r.bronze[file.Table]
	columns, extra, err := readHeader(look.start, delivered(model))
	if err == nil && look.invalid {
		err = errNotUTF8
	}
	if err != nil {
		got.Rejected = err.Error()
		return got, nil
	}
	got.Extra = extra
	spec, err := json.Marshal(columns)
	if err != nil {
		return got, err
	}
	for _, variable := range []struct {
		name, expression string
		value            any
	}{
		{"file_name", "?", file.Name},
		{"file_size", "?", file.Size},
		{"read_timestamp", "cast(? as timestamp)", timestamp(r.at)},
		// The columns must be a struct; its only way in as a parameter is JSON of the wanted shape.
		{"columns", "json_transform(" + quoteText(string(spec)) + ", " + quoteText(string(spec)) + ")", nil},
	} {
		var args []any
		if variable.value != nil {
			args = append(args, variable.value)
		}
		if _, err := transaction.ExecContext(ctx, "set variable "+variable.name+" = "+variable.expression, args...); err != nil {
			return got, fmt.Errorf("set variable %s: %w", variable.name, err)
		}
	}
	if look.plain() {
		got.Rows, err = r.load(ctx, transaction, names, file, uri, extra, nil)
		var other refusalError
		if err == nil || !errors.As(err, &other) {
			return got, err
		}
		if _, err := transaction.ExecContext(ctx, fmt.Sprintf("delete from %s.%s where file_name = ?", quoteName(r.schema), file.Table), file.Name); err != nil {
			return got, err
		}
	}
	tidy, broken, err := r.tidied(path, len(columns))
	if err != nil {
		return got, err
	}
	defer func() { _ = os.Remove(tidy) }() // what stays goes with the spool
	got.Refused = broken
	got.Rows, err = r.load(ctx, transaction, names, file, tidy, extra, broken)
	got.Rows += int64(len(broken))
	return got, err
}

// refusalError says that the engine refuses other records of a file than those that are no CSV.
type refusalError struct{ refused, expected int }

func (e refusalError) Error() string {
	return fmt.Sprintf("the engine refuses %d of its records, %d are no CSV", e.refused, e.expected)
}

// load has the engine read a file into its table, and returns the rows. Of the records that are expected to be refused, the
// i-th, at line r, moves the lines of all rows whose own count has reached r - i.
func (r *reader) load(ctx context.Context, transaction *sqlx.Tx, names rejects, file lake.File, uri string, extra []string, expected []refused) (rows int64, err error) {
	if _, err := transaction.ExecContext(ctx, "set variable uri = ?", uri); err != nil {
		return 0, err
	}
	query, args := r.bronze[file.Table].SQL, []any(nil)
	if len(extra) > 0 { // the engine then counts columns for force_not_null without those that are kept out (measured)
		query = emptiesKept(r.bronze[file.Table])
	}
	if len(expected) > 0 {
		starts := []int64{0}
		for i, record := range expected {
			starts = append(starts, record.Line-int64(i))
		}
		query, args = fmt.Sprintf(`
			select delivered.* replace (delivered.line + shifts.shift as line) from (%s) as delivered
			inner join (
				select unnest(cast($1 as bigint[])) as first, unnest(cast($2 as bigint[])) as next, generate_subscripts(cast($1 as bigint[]), 1) - 1 as shift
			) as shifts on delivered.line >= shifts.first and delivered.line < shifts.next`, query),
			[]any{starts, append(starts[1:len(starts):len(starts)], math.MaxInt64)}
	}
	written, err := transaction.ExecContext(ctx, fmt.Sprintf("insert into %s.%s by name %s", quoteName(r.schema), file.Table, query), args...)
	if err != nil {
		return 0, err
	}
	var lines []int64
	if err := transaction.SelectContext(ctx, &lines, fmt.Sprintf("select distinct line from %s natural join %s where file_path = ? order by line", names.errors, names.scans), uri); err != nil {
		return 0, fmt.Errorf("read the refused records: %w", err)
	}
	if !slices.EqualFunc(lines, expected, func(line int64, record refused) bool { return line == record.Line }) {
		return 0, refusalError{len(lines), len(expected)}
	}
	return written.RowsAffected()
}

// emptiesKept is the query of a bronze table in which an empty field is the empty text, wherever it stands.
func emptiesKept(model *Model) string {
	var columns []string
	for _, name := range delivered(model) {
		columns = append(columns, fmt.Sprintf("coalesce(read.%[1]s, '') as %[1]s", quoteName(name)))
	}
	return fmt.Sprintf("select read.* replace (%s) from (%s) as read", strings.Join(columns, ", "), model.SQL)
}

// fetch brings a file here for the engine to read from the spool, unpacked: packed data that is cut short or damaged the
// engine takes for the whole (measured).
func (r *reader) fetch(ctx context.Context, file lake.File, local map[string]string) error {
	if err := os.MkdirAll(r.spool, 0o755); err != nil {
		return err
	}
	copied, err := os.CreateTemp(r.spool, "file-*.csv")
	if err != nil {
		return fmt.Errorf("copy %s here: %w", file.URI, err)
	}
	local[file.URI] = copied.Name()
	err = r.lake.Fetch(ctx, file, io.Writer(copied))
	if err := errors.Join(err, copied.Close()); err != nil || !isPacked(file) {
		return err
	}
	packed := copied.Name() + ".gz"
	if err := os.Rename(copied.Name(), packed); err != nil {
		return err
	}
	return errors.Join(unpack(packed, copied.Name()), os.Remove(packed))
}

func isPacked(file lake.File) bool { return strings.HasSuffix(strings.ToLower(file.URI), ".gz") }

// damagedError says that a file's packed data is not whole.
type damagedError struct{ error }

func unpack(packed, to string) (err error) {
	source, err := os.Open(packed)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.Create(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	unpacker, err := gzip.NewReader(source)
	if errors.Is(err, io.EOF) {
		return nil // a file of no byte: its header is what is missing
	}
	if err == nil {
		_, err = io.Copy(target, unpacker)
	}
	var corrupt flate.CorruptInputError
	if errors.As(err, &corrupt) || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, io.ErrUnexpectedEOF) {
		return damagedError{fmt.Errorf("its gzip data is damaged: %w", err)}
	}
	return err
}

// metaColumns are the columns of bronze that the file itself does not hold.
var metaColumns = []string{"read_timestamp", "file_name", "file_size", "line"}

// delivered returns the columns that a file of a bronze table must have.
func delivered(model *Model) []string {
	var names []string
	for _, column := range model.Columns {
		if !slices.Contains(metaColumns, column.Name) {
			names = append(names, column.Name)
		}
	}
	return names
}

// header is the columns of one file in its own order, as the engine wants them: name to type.
type header []string

// MarshalJSON keeps the order, which a map would lose.
func (h header) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, name := range h {
		key, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(key)
		b.WriteString(`:"varchar"`)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// readHeader checks the first record of a file against the columns its table needs: any order, any case, blanks
// around. Columns that the table does not have are kept out and named. The error says why the file is rejected.
func readHeader(start []byte, needed []string) (columns header, extra []string, err error) {
	start = bytes.TrimPrefix(start, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(start, []byte("\xff\xfe")) || bytes.HasPrefix(start, []byte("\xfe\xff")) {
		return nil, nil, errors.New("not UTF-8: it begins as UTF-16; ask for the file in UTF-8, or convert it (iconv)")
	}
	record, err := csv.NewReader(bytes.NewReader(start)).Read()
	if errors.Is(err, io.EOF) {
		return nil, nil, errors.New("empty: it has no header line")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("its header line is no CSV: %w", err)
	}
	seen := map[string]bool{}
	for i, field := range record {
		if !utf8.ValidString(field) {
			return nil, nil, errNotUTF8
		}
		name := strings.TrimSpace(field)
		if known := slices.IndexFunc(needed, func(column string) bool { return strings.EqualFold(column, name) }); known >= 0 {
			name = needed[known]
			if seen[name] {
				return nil, nil, fmt.Errorf("column %s is there twice", name)
			}
		} else {
			extra = append(extra, name)
			name = fmt.Sprintf("extra %d", i+1)
		}
		seen[name] = true
		columns = append(columns, name)
	}
	var missing []string
	for _, name := range needed {
		if !seen[name] {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return nil, nil, fmt.Errorf("column %s missing; its header is %q%s", strings.Join(missing, ", "), strings.Join(record, ","), separatorHint(record))
	}
	return columns, extra, nil
}

func separatorHint(record []string) string {
	for separator, name := range map[string]string{";": "semicolons", "\t": "tabs", "|": "bars"} {
		if len(record) == 1 && strings.Contains(record[0], separator) {
			return ", separated by " + name + " and not by commas"
		}
	}
	return ""
}

// timestamp writes a time as the engine reads it: UTC, microseconds.
func timestamp(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05.999999") }

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
