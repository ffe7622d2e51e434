package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/sheet"
)

// How much the pages of the quarantine show.
const (
	quarantineOfPage = 50
)

// quarantineShown is what the page of the quarantine shows.
type quarantineShown struct {
	Report     catalog.QuarantineReport
	Filter     catalog.QuarantineFilter
	Facets     []facet
	Rows       []quarantinedLine
	First      int
	Last       int
	Earlier    string
	Later      string
	CSV, XLSX  string
	IsNarrowed bool
}

// quarantinedLine is a row in quarantine.
type quarantinedLine struct {
	Table, File, Reason, Product, Date string
	Line                               int64
	Quantity, Amount                   *json.Number
	Record                             []field // as delivered
	Address                            string
}

// field is a column of a record and its value.
type field struct {
	Name  string
	Value string
	Null  bool
}

func quarantineAsked(v *visit) (catalog.QuarantineFilter, error) {
	values := v.URL.Query()
	for _, name := range facetNames {
		if len(values.Get(name)) > longestText {
			return catalog.QuarantineFilter{}, badRequest.because("%s of %d letters", name, len(values.Get(name)))
		}
	}
	return catalog.QuarantineFilter{Reason: values.Get("reason"), Table: values.Get("table"), Product: values.Get("product"),
		Month: values.Get("month"), File: values.Get("file")}, nil
}

// quarantineQuery is what is chosen, as the query of an address, with one value changed.
func quarantineQuery(filter catalog.QuarantineFilter, name, value string) string {
	values := url.Values{}
	for key, kept := range map[string]string{"reason": filter.Reason, "table": filter.Table, "product": filter.Product, "month": filter.Month, "file": filter.File} {
		if key == name {
			kept = value
		}
		if kept != "" {
			values.Set(key, kept)
		}
	}
	return values.Encode()
}

func quarantineAddress(filter catalog.QuarantineFilter, name, value string) string {
	return "/catalog/quarantine?" + quarantineQuery(filter, name, value)
}

// quarantinePage narrows the quarantine by what its address chooses.
func (s *Server) quarantinePage(v *visit, release *Release) error {
	filter, err := quarantineAsked(v)
	if err != nil {
		return err
	}
	offset, err := wholeNumber(v, "offset", 0, mostOffset)
	if err != nil {
		return err
	}
	shown := quarantineShown{Filter: filter, IsNarrowed: filter != (catalog.QuarantineFilter{}), First: offset + 1}
	var rows catalog.Table
	err = release.explorer.quarantine(v.Context(), func(ctx context.Context, view *catalog.QuarantineView) (err error) {
		if shown.Report, err = view.Report(ctx, filter); err == nil {
			rows, err = view.Page(ctx, filter, offset, quarantineOfPage)
		}
		return err
	})
	if err != nil {
		return quarantineRefusal(err)
	}
	for _, row := range rows.Rows {
		line, err := showQuarantined(rows, row)
		if err != nil {
			return err
		}
		shown.Rows = append(shown.Rows, line)
	}
	shown.Last = offset + len(rows.Rows)
	at := func(offset int) string {
		return quarantineAddress(filter, "", "") + "&offset=" + itoa(offset) + "#rows"
	}
	if offset > 0 {
		shown.Earlier = at(max(0, offset-quarantineOfPage))
	}
	if int64(shown.Last) < shown.Report.Total.Rows {
		shown.Later = at(offset + quarantineOfPage)
	}
	shown.Facets = v.facets(shown.Report, filter)
	shown.CSV = "/api/catalog/quarantine/rows?format=csv&" + quarantineQuery(filter, "", "")
	shown.XLSX = "/api/catalog/quarantine/rows?format=xlsx&" + quarantineQuery(filter, "", "")
	return v.page("quarantine", page{Title: v.T("quarantine.title"), Section: "catalog", Scripts: []string{"catalog.js"}, Data: shown})
}

// quarantineRefusal is what a reader is told where the quarantine cannot be judged.
func quarantineRefusal(err error) error {
	if errors.Is(err, catalog.ErrNoSQL) {
		return refusal{http.StatusServiceUnavailable, "no_sql", err}
	}
	return err
}

// ReasonName is a reason in the reader's language; its code where there is no word for it.
func (v *visit) ReasonName(reason string) string {
	if text := v.T("reason." + reason); text != "reason."+reason {
		return text
	}
	return reason
}

// Cure is what would correct rows set aside for a reason; "" where nothing is known.
func (v *visit) Cure(reason string) string {
	if text := v.T("cure." + reason); text != "cure."+reason {
		return text
	}
	return ""
}

// Money is an amount of INR.
func (v *visit) Money(amount *json.Number) string {
	if amount == nil {
		return "–"
	}
	return v.Figure(*amount, ask.Column{Type: "number", Unit: "INR"})
}

// Pieces is a quantity.
func (v *visit) Pieces(quantity *json.Number) string {
	if quantity == nil {
		return "–"
	}
	return v.Number(*quantity)
}

func showQuarantined(table catalog.Table, row []any) (quarantinedLine, error) {
	text := func(name string) string {
		if at := slices.Index(table.Columns, name); at >= 0 && row[at] != nil {
			return fmt.Sprint(row[at])
		}
		return ""
	}
	number := func(name string) *json.Number {
		if found := json.Number(text(name)); found != "" {
			return &found
		}
		return nil
	}
	line := quarantinedLine{Table: text("table_name"), File: text("file_name"), Reason: text("reason"), Product: text("product_code"), Date: text("date"),
		Quantity: number("quantity"), Amount: number("amount_inr")}
	var err error
	if line.Line, err = strconv.ParseInt(text("line"), 10, 64); err != nil {
		return line, fmt.Errorf("line of a row in quarantine: %w", err)
	}
	line.Record = recordOf(text("row"))
	line.Address = rowAddress(line.Table, line.File, line.Line)
	return line, nil
}

// rowAddress is the page of a delivered row.
func rowAddress(table, file string, line int64) string {
	return "/catalog/quarantine/row?" + url.Values{"table": {table}, "file": {file}, "line": {strconv.FormatInt(line, 10)}}.Encode()
}

// recordOf reads a record as delivered: an object, in its own order, or a text that was no record.
func recordOf(text string) []field {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	token, err := decoder.Token()
	if err != nil || token != json.Delim('{') {
		var raw string
		if json.Unmarshal([]byte(text), &raw) == nil {
			text = raw
		}
		return []field{{Value: text}}
	}
	var fields []field
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			break
		}
		var value any
		if err := decoder.Decode(&value); err != nil {
			break
		}
		one := field{Name: fmt.Sprint(name), Null: value == nil}
		if value != nil {
			one.Value = fmt.Sprint(value)
		}
		fields = append(fields, one)
	}
	return fields
}

// sendRows answers with the chosen rows as a file for a spreadsheet.
func (v *visit) sendRows(name, format string, rows catalog.Table) error {
	write, known := sheet.Formats[format]
	if !known {
		return badRequest.because("format %q", format)
	}
	v.Header().Set("Content-Type", sheet.Kinds[format])
	v.Header().Set("Content-Disposition", `attachment; filename="fmcg-`+name+"."+format+`"`)
	return write(v, rows, name)
}
