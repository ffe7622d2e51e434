package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/guard"
)

// mostTraced are the delivered rows of a row of gold that a page shows.
const mostTraced = 500

// traceKey is the key of a row by which it is traced; "" where its table cannot be, or a part of the key holds a comma.
func traceKey(table string, columns []string, row []any) string {
	var parts []string
	for _, name := range catalog.TraceKey(table) {
		at := slices.Index(columns, name)
		if at < 0 || row[at] == nil || strings.Contains(fmt.Sprint(row[at]), ",") {
			return ""
		}
		parts = append(parts, fmt.Sprint(row[at]))
	}
	return strings.Join(parts, ",")
}

// traceShown is what the page of a trace shows.
type traceShown struct {
	Tables     []tracedTable
	Table, Key string
	Asked      bool
	Lines      []tracedLine
	More       int
}

// tracedTable is a table whose rows can be traced, and by which key.
type tracedTable struct{ Name, Key string }

// tracedLine is a delivered row that a row of gold was made of.
type tracedLine struct {
	Table, File, Line, URI string
	Record                 []field
}

var badTrace = refusal{status: http.StatusBadRequest, code: "bad_trace"}

// readTrace traces the row that the address names.
func (s *Server) readTrace(v *visit, release *Release) (table, key string, found catalog.Table, err error) {
	table, key = v.URL.Query().Get("table"), v.URL.Query().Get("key")
	names := catalog.TraceKey(table)
	if names == nil || len(key) > longestText || strings.Count(key, ",")+1 != len(names) {
		return table, key, found, explained{refusal: badTrace.because("table %q, key %q", table, key), text: strings.Join(names, ",")}
	}
	file, err := release.explorer.warehouse()
	if err != nil {
		return table, key, found, err
	}
	ctx, cancel := context.WithTimeoutCause(v.Context(), exploreTime, guard.ErrTooLong)
	defer cancel()
	if found, err = file.Trace(ctx, table, key); err != nil {
		return table, key, found, v.sqlRefusal(err, "") // "abc" is no year
	}
	found.Rows = listed(found.Rows)
	return table, key, found, nil
}

// tracePage leads from a row of gold to the delivered rows that it was made of.
func (s *Server) tracePage(v *visit, release *Release) error {
	shown := traceShown{Table: v.URL.Query().Get("table"), Key: v.URL.Query().Get("key")}
	for _, table := range catalog.TracedTables() {
		shown.Tables = append(shown.Tables, tracedTable{table, strings.Join(catalog.TraceKey(table), ",")})
	}
	if shown.Key != "" {
		_, _, found, err := s.readTrace(v, release)
		if err != nil {
			return err
		}
		shown.Asked = true
		if shown.More = len(found.Rows) - mostTraced; shown.More > 0 {
			found.Rows = found.Rows[:mostTraced]
		}
		for _, row := range found.Rows {
			text := func(i int) string {
				if row[i] == nil {
					return ""
				}
				return fmt.Sprint(row[i])
			}
			shown.Lines = append(shown.Lines, tracedLine{text(0), text(1), text(2), text(3), recordOf(text(4))})
		}
	}
	return v.page("trace", page{Title: v.T("trace.title"), Section: "catalog", Data: shown})
}
