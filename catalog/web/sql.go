package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/guard"
	"github.com/fmcg/fmcg/catalog/sheet"
)

// Bounds on what readers run themselves. They have an engine of their own, which takes at most half of the cores, so that what
// runs for long keeps nobody from the dashboard.
const (
	sqlTime        = 30 * time.Second
	mostStatements = 4 // that run at once
	mostOfReader   = 2 // of them
	mostExported   = 100_000
)

// sqlLimits are those of the engine that runs what readers write.
func (c Config) sqlLimits() guard.Limits {
	limits := c.Limits
	limits.Keep = 0
	limits.Time = cmp.Or(limits.Time, sqlTime)
	limits.Threads = cmp.Or(limits.Threads, max(1, runtime.NumCPU()/2))
	return limits
}

// places are where statements run.
type places struct {
	mu      sync.Mutex
	taken   int
	readers map[string]int
}

// tooManyStatements says that as many run as may.
var tooManyStatements = refusal{status: http.StatusServiceUnavailable, code: "too_many_statements"}

// take gives a place, and what gives it back.
func (p *places) take(reader string) (leave func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken == mostStatements || p.readers[reader] == mostOfReader {
		return nil, tooManyStatements.because("%d run, %d of %s", p.taken, p.readers[reader], reader)
	}
	if p.readers == nil {
		p.readers = map[string]int{}
	}
	p.taken++
	p.readers[reader]++
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.taken--
		if p.readers[reader]--; p.readers[reader] == 0 {
			delete(p.readers, reader)
		}
	}, nil
}

// running runs something of a reader's own on the engine for it.
func running[T any](v *visit, sql string, run func(context.Context) (T, error)) (found T, err error) {
	leave, err := v.server.places.take(cmp.Or(v.user, neighbourhood(v.client)))
	if err != nil {
		return found, err
	}
	defer leave()
	if found, err = run(v.Context()); err != nil {
		return found, v.sqlRefusal(err, sql)
	}
	return found, nil
}

// runSQL runs a statement and says how its rows are best shown.
func (v *visit) runSQL(release *Release, sql string) (ask.Result, error) {
	if strings.TrimSpace(sql) == "" {
		return ask.Result{}, badRequest.because("no SQL")
	}
	result, err := running(v, sql, func(ctx context.Context) (ask.Result, error) {
		return release.Ask(v.prefs.Indian).Run(ctx, release.SQL, sql, v.prefs.Language)
	})
	if err == nil {
		v.noteReads(release, sql)
	}
	return result, err
}

// noteReads counts the tables that a statement which ran has read.
func (v *visit) noteReads(release *Release, sql string) {
	if tables, err := guard.Reads(v.Context(), release.SQL, sql); err == nil { // it ran, so that it can be parsed; else the client is gone
		v.server.usage.note(tables...)
	}
}

// apiSQL runs SQL that a reader wrote or edited, under the guard.
func (s *Server) apiSQL(v *visit, release *Release) error {
	var sent struct {
		SQL string `json:"sql"`
	}
	if err := v.readJSON(&sent); err != nil {
		return err
	}
	result, err := v.runSQL(release, sent.SQL)
	if err != nil {
		return err
	}
	return v.json(result)
}

// apiExportSQL gives the rows of a statement as a file: more of them than a page shows.
func (s *Server) apiExportSQL(v *visit, release *Release) error {
	var sent struct {
		SQL    string `json:"sql"`
		Format string `json:"format"`
	}
	if err := v.readJSON(&sent); err != nil {
		return err
	}
	if sent.Format == "parquet" && strings.TrimSpace(sent.SQL) != "" {
		return v.sendParquet(release, sent.SQL)
	}
	write, known := sheet.Formats[sent.Format]
	if !known || strings.TrimSpace(sent.SQL) == "" {
		return badRequest.because("format %q", sent.Format)
	}
	table, err := running(v, sent.SQL, func(ctx context.Context) (catalog.Table, error) {
		return release.SQL.QueryPublished(ctx, sent.SQL, mostExported)
	})
	if err != nil {
		return err
	}
	v.noteReads(release, sent.SQL)
	v.fileOf(sent.Format, sheet.Kinds[sent.Format], table.Truncated)
	return write(v, table, "query")
}

// sqlRefusal is what a reader is told of SQL that did not run: why and where, where the statement is to blame.
func (v *visit) sqlRefusal(err error, sql string) error {
	refused, failed := (*guard.Refusal)(nil), (*duckdb.Error)(nil)
	told := explained{}
	switch {
	case errors.As(err, &refused):
		told = explained{refusal: refusal{http.StatusUnprocessableEntity, "sql_refused", err}, text: firstLine(v.T("refused."+refused.Code, refused.Args...))}
	case errors.As(err, &failed):
		told = explained{refusal: refusal{http.StatusUnprocessableEntity, "sql_failed", err}, text: engineText(failed)}
	default:
		return err
	}
	told.line, told.column = guard.PlaceOf(err, sql)
	return told
}

// statementErrors are the kinds of the engine's errors whose text is about the statement and the values it reads: what passed
// the guard reads what is published alone.
var statementErrors = []duckdb.ErrorType{duckdb.ErrorTypeBinder, duckdb.ErrorTypeParser, duckdb.ErrorTypeSyntax, duckdb.ErrorTypeConversion,
	duckdb.ErrorTypeOutOfRange, duckdb.ErrorTypeMismatchType, duckdb.ErrorTypeInvalidInput, duckdb.ErrorTypeDivideByZero, duckdb.ErrorTypeInvalidType}

// engineText is what may be shown of an error of the engine.
func engineText(err *duckdb.Error) string {
	if !slices.Contains(statementErrors, err.Type) {
		return ""
	}
	text := firstLine(err.Msg)
	for line := range strings.Lines(err.Msg) {
		if strings.HasPrefix(line, "Candidate bindings:") {
			text += " " + firstLine(line)
		}
	}
	return text
}

// longestDetail is the most bytes of a text about what a client sent.
const longestDetail = 500

func firstLine(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	if len(text) > longestDetail {
		return strings.ToValidUTF8(text[:longestDetail], "") + " …"
	}
	return text
}

// problemOf is sqlRefusal's text where a person, not a program, is told.
func problemOf(v *visit, err error) string {
	refused, why := refusalOf(err), explained{}
	text := v.T("error." + refused.code)
	if errors.As(err, &why) && why.text != "" {
		text = fmt.Sprintf("%s: %s", text, why.text)
	}
	return text
}

// clauses begin a line of a statement that is laid out.
var clauses = []string{"from ", "where ", "group by ", "having ", "qualify ", "order by ", "limit ", "union all "}

// layOut breaks a statement of one line before its clauses, outside of parentheses and texts.
func layOut(sql string) string {
	if strings.Contains(sql, "\n") || strings.Contains(sql, "--") {
		return sql
	}
	var out strings.Builder
	depth, quote := 0, byte(0)
	for at := 0; at < len(sql); at++ {
		c := sql[at]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ' ' && depth == 0 && slices.ContainsFunc(clauses, func(clause string) bool { return strings.HasPrefix(sql[at+1:], clause) }):
			c = '\n'
		}
		out.WriteByte(c)
	}
	return out.String()
}
