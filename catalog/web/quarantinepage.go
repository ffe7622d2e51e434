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
	mostFacets       = 12
	quarantineOfPage = 50
)

// facetNames are the ways to narrow the quarantine, as they stand in addresses, in the order they are shown.
var facetNames = []string{"reason", "table", "product", "month", "file"}

// facet is a way to narrow the quarantine: the values that there are under what is chosen, with what is at stake.
type facet struct {
	Name   string
	Chosen string
	Drop   string // the address without what is chosen
	Stakes []facetValue
	More   int // values that are not shown
}

type facetValue struct {
	Value, Label string
	Address      string
	catalog.Stake
	Share int64 // of the largest value, in hundredths; of rows where nothing is priced
}

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

// facets are the ways to narrow further. One that is chosen has its value alone.
func (v *visit) facets(report catalog.QuarantineReport, filter catalog.QuarantineFilter) []facet {
	groups := map[string][]catalog.Stake{"reason": report.ByReason, "table": report.ByTable, "product": report.ByProduct, "month": report.ByMonth, "file": report.ByFile}
	chosen := map[string]string{"reason": filter.Reason, "table": filter.Table, "product": filter.Product, "month": filter.Month, "file": filter.File}
	var all []facet
	for _, name := range facetNames {
		found := facet{Name: name, Chosen: chosen[name], Drop: quarantineAddress(filter, name, "")}
		values := []facetValue{}
		for _, stake := range groups[name] {
			value := facetOf(name, stake)
			if at := slices.IndexFunc(values, func(other facetValue) bool { return other.Value == value }); at >= 0 { // a reason of several tables
				values[at].Stake = sum(values[at].Stake, stake)
				continue
			}
			values = append(values, facetValue{Value: value, Label: v.facetLabel(name, value), Stake: stake})
		}
		var most float64
		for _, value := range values {
			most = max(most, weight(value.Stake))
		}
		for i := range values {
			values[i].Address = quarantineAddress(filter, name, values[i].Value)
			if most > 0 {
				values[i].Share = int64(100 * weight(values[i].Stake) / most)
			}
		}
		if found.More = len(values) - mostFacets; found.More > 0 && name != "month" {
			values = values[:mostFacets]
		} else {
			found.More = 0
		}
		found.Stakes = values
		all = append(all, found)
	}
	return all
}

// weight is how long the bar of a value is: rows, which every value has.
func weight(stake catalog.Stake) float64 { return float64(stake.Rows) }

func facetOf(name string, stake catalog.Stake) string {
	return map[string]string{"reason": stake.Reason, "table": stake.Table, "product": stake.Product, "month": stake.Month, "file": stake.File}[name]
}

// facetLabel is a value for a reader.
func (v *visit) facetLabel(name, value string) string {
	switch name {
	case "reason":
		return v.ReasonName(value)
	case "month":
		if value == catalog.NoMonth {
			return v.T("quarantine.no_month")
		}
		return v.Month(value)
	}
	return value
}

// sum adds up what is at stake in two groups of rows.
func sum(a, b catalog.Stake) catalog.Stake {
	a.Rows, a.Repeated, a.Unpriced, a.PriceWaits = a.Rows+b.Rows, a.Repeated+b.Repeated, a.Unpriced+b.Unpriced, a.PriceWaits+b.PriceWaits
	a.Quantity, a.AmountINR = plus(a.Quantity, b.Quantity), plus(a.AmountINR, b.AmountINR)
	return a
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

// Share1000 is a share of a hundred as a width of a drawing.
func (v *visit) Share1000(share int64) int64 { return share * 10 }

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
