package oracle

import (
	"fmt"
	"strings"
	"testing"
)

// described writes records as number[field field], or number! where one is malformed.
func described(content string) string {
	var all []string
	for _, r := range records(content) {
		if r.malformed {
			all = append(all, fmt.Sprintf("%d!", r.number))
			continue
		}
		all = append(all, fmt.Sprintf("%d%q", r.number, r.fields))
	}
	return strings.Join(all, " ")
}

func TestRecordsAreReadAsRFC4180Says(t *testing.T) {
	for _, c := range []struct{ about, content, want string }{
		{"an empty file", "", ``},
		{"a last line without its end", "a,b\nc,d", `1["a" "b"] 2["c" "d"]`},
		{"CRLF", "a,b\r\nc,d\r\n", `1["a" "b"] 2["c" "d"]`},
		{"a CR at the very end", "a,\"b\"\r", `1["a" "b"]`},
		{"a CR alone", "a\rb,c\n", `1["a\rb" "c"]`},
		{"blank lines", "\na,b\n\n\r\nc,d\n\n", `1["a" "b"] 2["c" "d"]`},
		{"a line of blanks", "a,b\n  \n", `1["a" "b"] 2["  "]`},
		{"empty fields", ",\n\"\",\n", `1["" ""] 2["" ""]`},
		{"a quoted comma, quote and line end", "\"a,\"\"b\"\"\nc\",d\n", `1["a,\"b\"\nc" "d"]`},
		{"a quote within an unquoted field", "a\"b,c\"\n", `1["a\"b" "c\""]`},
		{"a quote after a blank", "a, \"b\n", `1["a" " \"b"]`},
		{"text after a closing quote", "\"a\"b,c\nd,e\n", `1! 2["d" "e"]`},
		{"a blank after a closing quote", "\"a\" ,c\nd,e\n", `1! 2["d" "e"]`},
		{"a quote in the text after a closing quote", "\"a\"b\"\nd,e\n", `1! 2["d" "e"]`},
		{"a quoted line end after a malformed field", "\"a\"b,\"c\nd\"\ne,f\n", `1! 2["e" "f"]`},
		{"a quote that never closes", "a,b\nc,\"d\ne,f\n", `1["a" "b"] 2!`},
		{"a quote as the last byte", "a,\"", `1!`},
	} {
		if got := described(c.content); got != c.want {
			t.Errorf("%s: got %s, want %s", c.about, got, c.want)
		}
	}
}

func TestARecordBeyondTheLimitIsMalformedAndTheNextIsRead(t *testing.T) {
	longest := strings.Repeat("x", maxRecordBytes-2)
	if all := records(longest + ",y\r\na,b\n"); len(all) != 2 || all[0].malformed {
		t.Errorf("a record of %d bytes and its line end is refused", maxRecordBytes)
	}
	if got, want := described(longest+"x,y\na,b\n"), `1! 2["a" "b"]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
