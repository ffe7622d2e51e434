package pipeline

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/fmcg/fmcg/pipeline/lake"
)

// Code says how a command ended; it is the exit code of the program.
type Code int

const (
	Done            Code = 0   // published, or nothing new
	Failed          Code = 1   // anything not named below
	WrongUse        Code = 2   // a flag, a setting, an edited SQL tree
	ChecksFailed    Code = 3   // a check of severity error
	LakeUnreachable Code = 4   // bucket, credentials, rights, time-out
	Busy            Code = 5   // another refresh runs
	Cancelled       Code = 130 // interrupted
)

// Error is what an operator reads: what failed, on what, and what to do.
type Error struct {
	Op      string // "read", "publish"
	Subject string // file, table or folder
	Hint    string // what to do
	Code    Code   // Failed when zero
	Line    int    // of the SQL file that is the subject; 0 where it is not known
	Column  int    // in that line, in characters from 1; 0 where it is not known
	Err     error
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Subject != "" {
		b.WriteString(" " + e.Subject)
	}
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	if e.Column > 0 {
		fmt.Fprintf(&b, ":%d", e.Column)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.Hint != "" {
		b.WriteString("\n  to do: " + e.Hint)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// placeInSQL is how the engine says where in a statement an error is: a line, of which it shows no more than a piece where
// it is long, and a mark under the place.
var placeInSQL = regexp.MustCompile(`(?m)^LINE (\d+): (.*)\n( *)\^`)

// sqlError is an error of the SQL of a file of the tree, with its place where the engine tells it; its text has the line with
// the place marked, and what the engine suggests. The statements of the pipeline put nothing before a SQL file but what
// stands on its first line, so a line of the statement is the file's line.
func sqlError(path, body string, err error) error {
	failure := &Error{Op: "run", Subject: "sql/" + path, Hint: "mend the SQL or its input; nothing was published", Err: err}
	if found := placeInSQL.FindStringSubmatch(err.Error()); found != nil {
		failure.Line, _ = strconv.Atoi(found[1])
		failure.Column = columnOf(body, failure.Line, found[2], len(found[3])-len("LINE : ")-len(found[1]))
	}
	return failure
}

// columnOf finds the column, in characters from 1, of a place that the engine marked in the piece of a line that it shows. It
// is 0 where the piece does not tell which part of the line it is.
func columnOf(body string, line int, shown string, mark int) int {
	lines := strings.Split(body, "\n")
	if line < 1 || line > len(lines) {
		return 0
	}
	const cut = "..."
	if piece, found := strings.CutPrefix(shown, cut); found && !strings.HasPrefix(lines[line-1], shown) {
		shown, mark = piece, mark-len(cut)
	}
	if !strings.Contains(lines[line-1], shown) {
		shown = strings.TrimSuffix(shown, cut)
	}
	if mark < 0 || strings.Count(lines[line-1], shown) != 1 {
		return 0
	}
	return utf8.RuneCountInString(lines[line-1][:strings.Index(lines[line-1], shown)]) + mark + 1
}

// CodeOf returns the exit code that an error stands for.
func CodeOf(err error) Code {
	if err == nil {
		return Done
	}
	if errors.Is(err, context.Canceled) {
		return Cancelled
	}
	var lakeError *lake.Error
	if errors.As(err, &lakeError) && (lakeError.Kind == lake.Unreachable || lakeError.Kind == lake.Refused) {
		return LakeUnreachable
	}
	if lakeError != nil && lakeError.Kind == lake.Invalid {
		return WrongUse
	}
	var operator *Error
	if errors.As(err, &operator) && operator.Code != Done {
		return operator.Code
	}
	return Failed
}
