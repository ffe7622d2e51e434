package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strings"

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

	text string // of the line
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Subject != "" {
		b.WriteString(" " + e.Subject)
	}
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
		if e.Column > 0 {
			fmt.Fprintf(&b, ":%d", e.Column)
		}
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.text != "" {
		b.WriteString("\n" + e.excerpt())
	}
	if e.Hint != "" {
		b.WriteString("\n  to do: " + e.Hint)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// sqlError is an error of the SQL of a file of the tree; locate finds its place.
func sqlError(path string, err error) *Error {
	return &Error{Op: "run", Subject: "sql/" + path, Hint: "mend the SQL or its input; nothing was published", Err: err}
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
