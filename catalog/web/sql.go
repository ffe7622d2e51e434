package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/fmcg/fmcg/catalog/guard"
)

// apiSQL runs SQL that a reader wrote or edited, under the guard.
func (s *Server) apiSQL(v *visit, release *Release) error {
	var sent struct {
		SQL string `json:"sql"`
	}
	if err := v.readJSON(&sent); err != nil {
		return err
	}
	if strings.TrimSpace(sent.SQL) == "" {
		return badRequest.because("no SQL")
	}
	result, err := release.Ask(v.prefs.Indian).Run(v.Context(), sent.SQL, v.prefs.Language)
	if err != nil {
		return sqlRefusal(err)
	}
	s.usage.note(guard.View) // which is all that SQL may read
	return v.json(result)
}

// sqlRefusal is what a reader is told of SQL that did not run: why, where the statement is to blame.
func sqlRefusal(err error) error {
	refused, failed := (*guard.Refusal)(nil), (*duckdb.Error)(nil)
	switch {
	case errors.As(err, &refused):
		return explained{refusal{http.StatusUnprocessableEntity, "sql_refused", err}, firstLine(refused.Reason)}
	case errors.As(err, &failed):
		return explained{refusal{http.StatusUnprocessableEntity, "sql_failed", err}, engineText(failed)}
	}
	return err
}

// statementErrors are the kinds of the engine's errors whose text is about the statement and the values it reads: what passed
// the guard reads the view alone.
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
