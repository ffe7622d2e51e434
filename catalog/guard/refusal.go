package guard

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"unicode/utf8"

	"github.com/duckdb/duckdb-go/v2"
)

// Refusal says why a statement may not run.
type Refusal struct {
	Code   string // a key of Reasons
	Args   []any  // what stands in the places of its text
	Reason string // the text, in English
	At     int    // the byte of the statement that it is about; -1: none in particular
}

func (r *Refusal) Error() string { return "this SQL may not run: " + r.Reason }

// Reasons are the texts of refusals by their codes, in English. Places in them are {0}, {1} …
func Reasons() map[string]string { return maps.Clone(reasons) }

var reasons = map[string]string{
	"too_long":       "it has more than {0} bytes",
	"not_utf8":       "it is not UTF-8",
	"control":        "it has a control character",
	"syntax":         "{0}",
	"not_select":     "only a SELECT may, and describe or summarize of one",
	"statements":     "it is {0} statements, not one",
	"places":         "it reads from more than {0} places",
	"depth":          "it is nested too deep",
	"name_of_view":   "{0} is the name of the view; a common table expression needs another",
	"type":           "values of the type {0} are not allowed",
	"kind":           "{0} is not allowed",
	"arrow":          "-> is not allowed: it may be a lambda; ->> and json_extract read JSON",
	"expression":     "expressions of the kind {0} are not allowed",
	"sample":         "{0} is not allowed: the answer must be the same each time",
	"table_function": "the table function {0} is not allowed",
	"groups":         "it groups in more than {0} ways",
	"not_the_view":   "it reads {0}; only {1} can be read",
	"catalog":        "it reads {0}: write {1}, without the name of the database",
	"no_schema":      "it reads {0}: a table is named with its schema, {1}",
	"no_table":       "it reads {0}, which is no published table",
	"no_table_near":  "it reads {0}, which is no published table; {1} is",
	"engine_table":   "it reads {0}, which is of the engine; describe shows the columns of a table, as in: describe gold.fact_orders",
	"function":       "the function {0} is not allowed",
	"gathered":       "{0} is allowed only by itself in the outermost select: what it gives is as long as the table",
	"joinings":       "it joins or splits more than {0} texts",
	"replacement":    "{0} may not make a text longer: give a replacement by value, no longer than what it replaces",
	"clock":          "{0} is not allowed: time is told by the data",
	"letters":        "a text in it has more than {0} bytes",
	"columns":        "columns() is not allowed",
}

func refuse(code string, args ...any) error {
	text := reasons[code]
	for i, arg := range args {
		text = strings.ReplaceAll(text, fmt.Sprintf("{%d}", i), fmt.Sprint(arg))
	}
	return &Refusal{Code: code, Args: args, Reason: text, At: -1}
}

// located says of a refusal where in the statement it is, unless it knows.
func located(err error, node map[string]any) error {
	refused := (*Refusal)(nil)
	if at, known := node["query_location"].(float64); known && at < longest && errors.As(err, &refused) && refused.At < 0 {
		refused.At = int(at)
	}
	return err
}

// PlaceOf says where in a statement the error of its Query is: line and column from 1, both 0 where that is not known.
func PlaceOf(err error, query string) (line, column int) {
	refused, failed := (*Refusal)(nil), (*duckdb.Error)(nil)
	switch {
	case errors.As(err, &refused) && refused.At >= 0 && refused.At <= len(query):
		before := query[:refused.At]
		return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[strings.LastIndex(before, "\n")+1:]) + 1
	case errors.As(err, &failed):
		return placeIn(failed.Msg, query)
	}
	return 0, 0
}

// placeIn reads where the engine points with its caret: below a line of the statement that ran, which has the reader's own from
// its second on, and may be cut at both ends.
func placeIn(message, query string) (line, column int) {
	_, shown, found := strings.Cut(message, "\nLINE ")
	if !found {
		return 0, 0
	}
	number, shown, _ := strings.Cut(shown, ": ")
	text, caret, _ := strings.Cut(shown, "\n")
	if _, err := fmt.Sscan(number, &line); err != nil {
		return 0, 0
	}
	line--
	lines := strings.Split(query, "\n")
	at := strings.Index(caret, "^") - len("LINE ") - len(number) - len(": ")
	if line < 1 || line > len(lines) || at < 0 {
		return 0, 0
	}
	if cut, is := strings.CutPrefix(text, "..."); is {
		before, _, known := strings.Cut(lines[line-1], strings.TrimSuffix(cut, "..."))
		if !known {
			return line, 1
		}
		at += utf8.RuneCountInString(before) - len("...")
	}
	return line, at + 1
}
