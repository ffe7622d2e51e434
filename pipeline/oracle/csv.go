package oracle

import "strings"

// maxRecordBytes is the longest record that is read, its quotes counted and its line end not.
const maxRecordBytes = 2_000_000

// A record of a CSV file (RFC 4180: comma, double quote, a quote in a quoted field doubled).
type record struct {
	// number is its place in the file, the header being 1. Malformed records count, blank lines don't.
	number int
	fields []string
	// malformed: a quote that never closes, text after a closing quote, or longer than maxRecordBytes. Its fields mean nothing.
	malformed bool
}

// records reads a whole file. A line of no bytes is no record. A line ends with LF or CRLF; a CR alone is ordinary text,
// but for one at the very end of the file. A quote within an unquoted field is ordinary text too. After a malformed
// field reading goes on at the next comma or line end; a quote that never closes swallows the rest of the file.
func records(content string) []record {
	var all []record
	position := 0
	for position < len(content) {
		if width, ends := lineEnd(content, position); ends {
			position += width
			continue
		}
		var next record
		next, position = readRecord(content, position)
		next.number = len(all) + 1
		all = append(all, next)
	}
	return all
}

// readRecord reads the record that starts at position and returns the position after its line end.
func readRecord(content string, position int) (record, int) {
	var read record
	start := position
	for {
		var field string
		var wellFormed bool
		if strings.HasPrefix(content[position:], `"`) {
			field, position, wellFormed = readQuoted(content, position)
		} else {
			field, position, wellFormed = readUnquoted(content, position)
		}
		read.fields = append(read.fields, field)
		read.malformed = read.malformed || !wellFormed
		if width, ends := lineEnd(content, position); ends {
			read.malformed = read.malformed || position-start > maxRecordBytes
			return read, position + width
		}
		position++ // the comma
	}
}

// readUnquoted reads up to the next comma or line end.
func readUnquoted(content string, position int) (field string, end int, wellFormed bool) {
	end = position
	for end < len(content) && content[end] != ',' {
		if _, ends := lineEnd(content, end); ends {
			break
		}
		end++
	}
	return content[position:end], end, true
}

// readQuoted reads a quoted field up to the comma or line end after its closing quote.
func readQuoted(content string, position int) (field string, end int, wellFormed bool) {
	var text strings.Builder
	end = position + 1
	for {
		length := strings.IndexByte(content[end:], '"')
		if length < 0 {
			return "", len(content), false
		}
		text.WriteString(content[end : end+length])
		end += length + 1
		if !strings.HasPrefix(content[end:], `"`) {
			break
		}
		text.WriteByte('"')
		end++
	}
	rest, end, _ := readUnquoted(content, end)
	return text.String(), end, rest == ""
}

// lineEnd says whether a line ends at position, and how many bytes its end takes. The end of the file ends a line.
func lineEnd(content string, position int) (width int, ends bool) {
	rest := content[position:]
	switch {
	case rest == "":
		return 0, true
	case rest == "\r", rest[0] == '\n':
		return 1, true
	case strings.HasPrefix(rest, "\r\n"):
		return 2, true
	}
	return 0, false
}
