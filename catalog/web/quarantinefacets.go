package web

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog"
)

// mostFacets are the values of a way to narrow that are shown; months are all.
const mostFacets = 12

// facetNames are the ways to narrow the quarantine, as they stand in addresses, in the order they are shown.
var facetNames = []string{"reason", "table", "product", "month", "file"}

// facet is a way to narrow the quarantine: the values that there are under what is chosen, with what is at stake.
type facet struct {
	Name   string
	Chosen string
	Label  string // of what is chosen
	Drop   string // the address without what is chosen
	Stakes []facetValue
	More   int // values that are not shown
}

type facetValue struct {
	Value, Label string
	Address      string
	catalog.Stake
	Share int64 // of the rows of the value that has most, in hundredths
}

// facets are the ways to narrow further. One that is chosen has its value alone.
func (v *visit) facets(report catalog.QuarantineReport, filter catalog.QuarantineFilter) []facet {
	groups := map[string][]catalog.Stake{"reason": report.ByReason, "table": report.ByTable, "product": report.ByProduct, "month": report.ByMonth, "file": report.ByFile}
	chosen := map[string]string{"reason": filter.Reason, "table": filter.Table, "product": filter.Product, "month": filter.Month, "file": filter.File}
	var all []facet
	for _, name := range facetNames {
		found := facet{Name: name, Chosen: chosen[name], Label: v.facetLabel(name, chosen[name]), Drop: quarantineAddress(filter, name, "")}
		values := []facetValue{}
		for _, stake := range groups[name] {
			value := facetOf(name, stake)
			if at := slices.IndexFunc(values, func(other facetValue) bool { return other.Value == value }); at >= 0 { // a reason of several tables
				values[at].Stake = sum(values[at].Stake, stake)
				continue
			}
			values = append(values, facetValue{Value: value, Label: v.facetLabel(name, value), Stake: stake})
		}
		var most int64
		for _, value := range values {
			most = max(most, value.Rows)
		}
		for i, value := range values {
			values[i].Address, values[i].Share = quarantineAddress(filter, name, value.Value), 100*value.Rows/most
		}
		if name != "month" && len(values) > mostFacets {
			values, found.More = values[:mostFacets], len(values)-mostFacets
		}
		found.Stakes = values
		all = append(all, found)
	}
	return all
}

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

// plus adds two exact numbers, either of which may be absent.
func plus(a, b *json.Number) *json.Number {
	if a == nil {
		return b
	}
	if b == nil {
		return a
	}
	x, known := new(big.Rat).SetString(a.String())
	y, alsoKnown := new(big.Rat).SetString(b.String())
	if !known || !alsoKnown {
		return a
	}
	places := 0
	for _, text := range []string{a.String(), b.String()} {
		if _, after, has := strings.Cut(text, "."); has {
			places = max(places, len(after))
		}
	}
	total := json.Number(x.Add(x, y).FloatString(places))
	return &total
}
