package oracle

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// RejectKind is why a file could not be read as its table at all.
type RejectKind string

const (
	NotGzip         RejectKind = "not_gzip"         // a .csv.gz that can't be unpacked to its end
	NotUTF8         RejectKind = "not_utf8"         // a byte anywhere that is not UTF-8
	NoHeader        RejectKind = "no_header"        // no record at all
	MalformedHeader RejectKind = "malformed_header" // the first record is malformed
	MissingColumn   RejectKind = "missing_column"   // a column of the table is not in the header
	RepeatedColumn  RejectKind = "repeated_column"  // a column of the table is in the header twice
)

// RejectedFile is a file rejected whole.
type RejectedFile struct {
	TableName string
	FileName  string
	Kind      RejectKind
}

// A sheet is a file that could be read as its table.
type sheet struct {
	file
	// column gives the place of a table's column among a record's fields.
	column map[string]int
	rows   []row
}

// A row is a record of a sheet after its header.
type row struct {
	sheet     *sheet
	line      int
	fields    []string
	malformed bool
}

// text is the trimmed text in a column; missing where it is empty.
func (r row) text(column string) Text { return textOf(r.fields[r.sheet.column[column]]) }

const byteOrderMark = "\uFEFF"

// readSheet reads a file as its table. kind is "" unless the file is rejected whole.
func readSheet(t table, f file, content []byte) (loaded *sheet, kind RejectKind) {
	if strings.HasSuffix(strings.ToLower(f.path), ".gz") {
		text, ok := unpacked(bytes.NewReader(content))
		if !ok {
			return nil, NotGzip
		}
		content = text
	}
	if !utf8.Valid(content) {
		return nil, NotUTF8
	}
	all := records(strings.TrimPrefix(string(content), byteOrderMark))
	if len(all) == 0 {
		return nil, NoHeader
	}
	header := all[0]
	if header.malformed {
		return nil, MalformedHeader
	}
	columns, kind := placeColumns(t.columns, header.fields)
	if kind != "" {
		return nil, kind
	}
	loaded = &sheet{file: f, column: columns}
	for _, r := range all[1:] {
		loaded.rows = append(loaded.rows, row{
			sheet:     loaded,
			line:      r.number,
			fields:    r.fields,
			malformed: r.malformed || len(r.fields) != len(header.fields),
		})
	}
	return loaded, ""
}

// placeColumns finds a table's columns in a header, whose names are trimmed and compared without case.
// Other columns may stand between them, in any number and under any name.
func placeColumns(wanted, header []string) (places map[string]int, kind RejectKind) {
	places = map[string]int{}
	for place, name := range header {
		name = strings.ToLower(trim(name))
		if !slices.Contains(wanted, name) {
			continue
		}
		if _, seen := places[name]; seen {
			return nil, RepeatedColumn
		}
		places[name] = place
	}
	if len(places) < len(wanted) {
		return nil, MissingColumn
	}
	return places, ""
}
