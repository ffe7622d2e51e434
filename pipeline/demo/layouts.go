package demo

import "strings"

// orderHeader is the child's header of an order file; the sixth column comes with some layouts only.
var orderHeader = [...]string{"order_id", "order_placement_date", "customer_id", "product_id", "order_qty", "remark"}

// layout is how a daily order file is written.
type layout struct {
	kind     string // of the file's oddity, empty for the usual layout
	columns  []int  // indexes into orderHeader
	bom      bool
	crlf     bool
	gzip     bool
	unclosed bool // its last records lie behind a quote that nobody closed
	remarks  []string
}

var usualColumns = []int{0, 1, 2, 3, 4}

// layouts are the odd ones by their place in the round; all other days have the usual one.
var layouts = map[int]layout{
	1:  {kind: "file/loaded/crlf", columns: usualColumns, crlf: true},
	3:  {kind: "file/loaded/bom", columns: usualColumns, bom: true},
	5:  {kind: "file/loaded/other column order", columns: []int{4, 2, 0, 3, 1}},
	8:  {kind: "file/loaded/extra column", columns: []int{0, 1, 2, 3, 4, 5}, remarks: []string{"", "", "gift wrap", "call first"}},
	10: {kind: "file/loaded/quoted newline", columns: []int{0, 1, 5, 2, 3, 4}, remarks: []string{"", "", "", "leave at the gate,\nring twice"}},
	12: {kind: "file/loaded/gzip", columns: usualColumns, gzip: true},
	16: {kind: "file/loaded/unterminated quote", columns: usualColumns, unclosed: true},
}

func layoutAt(place int) layout {
	if l, odd := layouts[place]; odd {
		return l
	}
	return layout{columns: usualColumns}
}

// fileName is the name of a day's order file.
func (l layout) fileName(date string) string {
	name := "orders_" + strings.ReplaceAll(date, "-", "_") + ".csv"
	if l.gzip {
		name += ".gz"
	}
	return name
}

// orderSheet is an order file in the making.
type orderSheet struct {
	*sheet
	layout layout
}

func newOrderSheet(l layout, room int) *orderSheet {
	s := &orderSheet{sheet: &sheet{eol: "\n", gzip: l.gzip, planted: map[string]int{}}, layout: l}
	s.body = make([]byte, 0, room)
	if l.crlf {
		s.eol = "\r\n"
	}
	if l.bom {
		s.body = append(s.body, "\ufeff"...)
	}
	if l.kind != "" {
		s.plant(l.kind)
	}
	var header [len(orderHeader)]string
	for i, column := range l.columns {
		header[i] = orderHeader[column]
	}
	s.sheet.write(header[:len(l.columns)])
	return s
}

// line adds an order line in the file's layout; a broken one as it is.
func (s *orderSheet) line(l orderLine) {
	if l.broken != nil {
		s.row(l.broken...)
		return
	}
	remark := ""
	if n := len(s.layout.remarks); n > 0 {
		remark = s.layout.remarks[s.rows%n]
	}
	all := [len(orderHeader)]string{l.order, l.date, l.customer, l.product, l.quantity, remark}
	var fields [len(orderHeader)]string
	for i, column := range s.layout.columns {
		fields[i] = all[column]
	}
	s.row(fields[:len(s.layout.columns)]...)
}

// leaveOpen ends the file with a quote that is never closed: the lines behind it are swallowed, and are one record.
func (s *orderSheet) leaveOpen(lines []orderLine) {
	for i, l := range lines {
		quote := ""
		if i == 0 {
			quote = `"`
		}
		s.body = append(s.body, strings.Join([]string{l.order, l.date, l.customer, quote + l.product, l.quantity}, ",")...)
		s.body = append(s.body, s.eol...)
	}
	s.rows++
	s.plant("orders/malformed_line/unterminated quote")
}
