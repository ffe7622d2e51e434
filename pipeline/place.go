package pipeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/rivo/uniseg"
)

// place is where in a SQL file an error is.
type place struct {
	line, column int // from 1; the column counts characters, 0 where it is not known
	text         string
}

// shownLine is how the engine ends the text of an error whose place it knows: the number of the line in its statement, the
// line, of which a long one is cut with "..." on either side, and a caret as many cells further as the text before it is wide.
var shownLine = regexp.MustCompile(`(?s)\n*\nLINE (\d+): (.*)\n( *)\^\s*$`)

// shown is what the engine says of the place of an error.
type shown struct {
	line          int
	before, after string // the line, parted at the caret
}

// readShown reads the place from an error text; what is left of the text is the message with the engine's suggestions.
func readShown(message string) (left string, found shown, ok bool) {
	at := shownLine.FindStringSubmatchIndex(message)
	if at == nil {
		return message, found, false
	}
	group := func(i int) string { return message[at[2*i]:at[2*i+1]] }
	found.line, _ = strconv.Atoi(group(1))
	text, width := group(2), len(group(3))-len("LINE "+group(1)+": ")
	rest := text
	for rest != "" {
		_, further, cells, _ := uniseg.FirstGraphemeClusterInString(rest, -1)
		if width < cells || width == 0 && cells > 0 { // what has no width, a tab, is never what an error is about
			break
		}
		rest, width = further, width-cells
	}
	found.before, found.after = text[:len(text)-len(rest)], strings.TrimRight(rest, "\r")
	return message[:at[0]], found, true
}

// in finds the column of the place in a line of a file. The engine may have been given a statement that goes on before the
// line or after it; where the line does not hold what it shows, or holds it twice, there is none.
func (s shown) in(line string) (column int) {
	line = strings.TrimRight(line, "\r")
	before, cutLeft := strings.CutPrefix(s.before, "...")
	after, cutRight := strings.CutSuffix(s.after, "...")
	for at := range len(line) + 1 {
		left, right := line[:at], line[at:]
		fitsLeft := left == s.before || cutLeft && strings.HasSuffix(left, before) || s.line == 1 && strings.HasSuffix(s.before, left)
		fitsRight := right == s.after || cutRight && strings.HasPrefix(right, after) || right != "" && strings.HasPrefix(s.after, right)
		if !fitsLeft || !fitsRight {
			continue
		}
		if column > 0 {
			return 0
		}
		column = 1 + len([]rune(left))
	}
	return column
}

// locate finds the place that an error of the engine shows in the SQL file it came from.
func (e *Error) locate(sql string) *Error {
	left, found, ok := readShown(e.Err.Error())
	if lines := strings.Split(sql, "\n"); ok && found.line <= len(lines) {
		if column := found.in(lines[found.line-1]); column > 0 {
			return e.at(place{line: found.line, column: column, text: lines[found.line-1]}, left)
		}
	}
	if cause := new(duckdb.Error); errors.As(e.Err, &cause) {
		e.Hint = "the engine names no place in the file: it failed on a value while running, or in what is done with the rows; " + e.Hint
	}
	return e
}

// locateAnywhere is locate for a file of several statements, whose lines the engine counts in each anew. A syntax error after
// characters of several bytes has no place: the engine shows another one, since its parser counts characters as bytes.
func (e *Error) locateAnywhere(sql string) *Error {
	left, found, ok := readShown(e.Err.Error())
	if !ok {
		return e
	}
	found.line = 0 // each statement is run as it stands in the file
	var only place
	for i, line := range strings.Split(sql, "\n") {
		column := found.in(line)
		if column == 0 {
			continue
		}
		if only.line > 0 {
			return e
		}
		only = place{line: i + 1, column: column, text: line}
	}
	var cause *duckdb.Error
	isSyntax := errors.As(e.Err, &cause) && cause.Type == duckdb.ErrorTypeParser
	if only.line > 0 && !(isSyntax && len(sql) > len([]rune(sql))) {
		return e.at(only, left)
	}
	return e
}

// at sets the place; message is the error's text without it.
func (e *Error) at(where place, message string) *Error {
	e.Line, e.Column, e.text = where.line, where.column, strings.TrimRight(where.text, "\r")
	e.Err = &placedError{message: message, err: e.Err}
	return e
}

// placedError is an error of the engine told without the line it shows, which is shown as it stands in the file.
type placedError struct {
	message string
	err     error
}

func (p *placedError) Error() string { return p.message }
func (p *placedError) Unwrap() error { return p.err }

// locate finds the place of an error in the file of the model that it names.
func (t Tree) locate(err error) error {
	var failure *Error
	if errors.As(err, &failure) && failure.Line == 0 && failure.Err != nil {
		for _, model := range t.Models {
			if failure.Subject == "sql/"+model.Path {
				failure.locate(model.SQL)
			}
		}
	}
	return err
}

// parseError is what json_serialize_sql says of SQL that the engine cannot parse, with its position in characters: its parser
// counts those, whatever the binder does.
type parseError struct {
	Failed   bool        `json:"error"`
	Message  string      `json:"error_message"`
	Position json.Number `json:"position"`
}

func (p *parseError) Error() string { return "Parser Error: " + p.Message }

// atParseError sets the place, if the parsing of the SQL failed.
func (e *Error) atParseError(parsing error, sql string) bool {
	var failure *parseError
	if !errors.As(parsing, &failure) {
		return false
	}
	position, err := strconv.Atoi(failure.Position.String())
	characters := []rune(sql)
	if err != nil || position < 0 || position > len(characters) {
		return false
	}
	before := string(characters[:position])
	start := strings.LastIndexByte(before, '\n') + 1
	text, _, _ := strings.Cut(sql[start:], "\n")
	e.at(place{line: 1 + strings.Count(before, "\n"), column: 1 + len([]rune(before[start:])), text: text}, failure.Error())
	return true
}

// excerptWidth is how much of a long line is shown on either side of the caret, in characters.
const excerptWidth = 60

// excerpt shows the line of the place with a caret below the column.
func (e *Error) excerpt() string {
	line := []rune(e.text)
	at := min(e.Column-1, len(line))
	from, to := max(0, at-excerptWidth), min(len(line), at+excerptWidth)
	left, right := string(line[from:at]), string(line[at:to])
	if from > 0 {
		left = "..." + left
	}
	if to < len(line) {
		right += "..."
	}
	left = strings.ReplaceAll(left, "\t", " ")
	margin := fmt.Sprintf("  %d | ", e.Line)
	return margin + left + right + "\n" + strings.Repeat(" ", len(margin)+uniseg.StringWidth(left)) + "^"
}
