package dashboard

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// Selection is what a page is narrowed to: all of it holds at once, several values of one dimension mean any of them. The
// zero value is all of the data, compared with the period before. One that ParseSelection or With made is canonical: equal
// selections are equal in all fields, and have the same Encode.
type Selection struct {
	Years    []int               // ascending
	Quarters []string            // "2025-Q3", ascending
	From, To string              // months, "2025-07", both ends included; "" is open
	Values   map[string][]string // by dimension, ascending; "" means the rows that have none. Nil for none
	Compare  Compare
}

// Compare is the period that figures are compared with.
type Compare string

// Comparisons.
const (
	ComparePrevious Compare = ""     // as many months before; a year or quarter that is not over: the same months of the one before
	CompareYear     Compare = "year" // the same months a year before
	CompareNone     Compare = "none"
)

// Parameters of an address that are no dimensions.
const (
	paramYear    = "year"
	paramQuarter = "quarter"
	paramFrom    = "from"
	paramTo      = "to"
	paramCompare = "compare"
)

// Bounds of a selection, so that its SQL stays one that may run.
const (
	mostValues   = 200  // of all dimensions together
	mostBytes    = 8000 // of all values together
	longestValue = 200  // bytes: no longer text is let through by guard
)

// BadSelection is what is wrong with the parameters of an address, all of it.
type BadSelection []Problem

// Problem is what is wrong with one parameter.
type Problem struct {
	Parameter string
	Value     string // "" where it is about the parameter itself
	en, fr    string
}

// In is the problem in a language, for people. It holds the parameter and value as they came.
func (p Problem) In(language string) string { return say(language, p.en, p.fr) }

func (b BadSelection) Error() string {
	texts := make([]string, len(b))
	for i, p := range b {
		texts[i] = p.en
	}
	return strings.Join(texts, "; ")
}

func (b *BadSelection) add(parameter, value, en, fr string, args ...any) {
	*b = append(*b, Problem{Parameter: parameter, Value: value, en: fmt.Sprintf(en, args...), fr: fmt.Sprintf(fr, args...)})
}

var (
	yearShape    = regexp.MustCompile(`^[12][0-9]{3}$`)
	quarterShape = regexp.MustCompile(`^[12][0-9]{3}-Q[1-4]$`)
	monthShape   = regexp.MustCompile(`^[12][0-9]{3}-(0[1-9]|1[0-2])$`)
)

// ParseSelection reads the parameters of an address, of which none may be of something else: year, quarter, from, to (months),
// compare, and the dimensions of the model that are no times, most of them as often as there are values. The error is a
// BadSelection.
func ParseSelection(values url.Values, model *semantic.Model) (Selection, error) {
	var s Selection
	var bad BadSelection
	count, bytes := 0, 0
	for _, name := range slices.Sorted(maps.Keys(values)) {
		list := slices.Compact(slices.Sorted(slices.Values(values[name])))
		switch name {
		case paramYear:
			for _, v := range matching(list, name, yearShape, "2025", &bad) {
				year, _ := strconv.Atoi(v)
				s.Years = append(s.Years, year)
			}
		case paramQuarter:
			s.Quarters = matching(list, name, quarterShape, "2025-Q3", &bad)
		case paramFrom, paramTo:
			into := map[string]*string{paramFrom: &s.From, paramTo: &s.To}[name]
			if months := matching(list, name, monthShape, "2025-07", &bad); len(months) == 1 {
				*into = months[0]
			} else if len(months) > 1 {
				bad.add(name, "", "%s is there more than once", "%s est présent plusieurs fois", name)
			}
		case paramCompare:
			s.Compare = compareOf(list, &bad)
		default:
			if d := model.Dimension(name); d == nil || d.Kind == semantic.KindTime {
				bad.add(name, "", "%q is not a filter", "« %s » n'est pas un filtre", name)
				continue
			}
			for _, v := range list {
				count, bytes = count+1, bytes+len(v)
				if problem := unfit(v); problem != [2]string{} {
					bad.add(name, v, "a value of %[1]s %[2]s", "une valeur de %[1]s %[3]s", name, problem[0], problem[1])
				}
			}
			if len(list) > 0 {
				s.set(name, list)
			}
		}
	}
	if s.From != "" && s.To != "" && s.From > s.To {
		bad.add(paramFrom, s.From, "from %s to %s is no period", "de %s à %s n'est pas une période", s.From, s.To)
	}
	if count > mostValues || bytes > mostBytes {
		bad.add("", "", "more than %d values are selected, or more than %d letters", "plus de %d valeurs sont choisies, ou plus de %d lettres", mostValues, mostBytes)
	}
	if len(bad) > 0 {
		return Selection{}, bad
	}
	return s, nil
}

func compareOf(list []string, bad *BadSelection) Compare {
	switch {
	case len(list) != 1:
		bad.add(paramCompare, "", "compare is there more than once", "compare est présent plusieurs fois")
	case list[0] == "previous" || list[0] == string(ComparePrevious):
		return ComparePrevious
	case list[0] == string(CompareYear) || list[0] == string(CompareNone):
		return Compare(list[0])
	default:
		bad.add(paramCompare, list[0], "compare is previous, year or none, not %q", "compare est previous, year ou none, pas « %s »", list[0])
	}
	return ComparePrevious
}

func matching(list []string, name string, shape *regexp.Regexp, example string, bad *BadSelection) []string {
	for _, v := range list {
		if !shape.MatchString(v) {
			bad.add(name, v, "%s is like %s, not %q", "%s est de la forme %s, pas « %s »", name, example, v)
		}
	}
	if len(list) > mostValues {
		bad.add(name, "", "%s has more than %d values", "%s a plus de %d valeurs", name, mostValues)
	}
	return list
}

// unfit says why guard would refuse a text.
func unfit(value string) (problem [2]string) {
	switch {
	case len(value) > longestValue:
		return [2]string{fmt.Sprintf("has more than %d bytes", longestValue), fmt.Sprintf("a plus de %d octets", longestValue)}
	case !utf8.ValidString(value) || strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' }):
		return [2]string{"holds what is no text", "contient ce qui n'est pas du texte"}
	}
	return problem
}

func (s *Selection) set(dimension string, values []string) {
	s.Values = maps.Clone(s.Values)
	if s.Values == nil {
		s.Values = map[string][]string{}
	}
	if len(values) == 0 {
		delete(s.Values, dimension)
	} else {
		s.Values[dimension] = values
	}
	if len(s.Values) == 0 {
		s.Values = nil
	}
}

// Params are the parameters that ParseSelection reads back as this selection.
func (s Selection) Params() url.Values {
	values := url.Values{}
	for _, year := range s.Years {
		values.Add(paramYear, strconv.Itoa(year))
	}
	for name, list := range map[string][]string{paramQuarter: s.Quarters, paramFrom: {s.From}, paramTo: {s.To}, paramCompare: {string(s.Compare)}} {
		if len(list) > 0 && list[0] != "" {
			values[name] = slices.Clone(list)
		}
	}
	for dimension, list := range s.Values {
		values[dimension] = slices.Clone(list)
	}
	return values
}

// Encode is the canonical query of an address, without "?"; "" for all of the data.
func (s Selection) Encode() string { return s.Params().Encode() }

// With is the selection narrowed to one value of a dimension, as a click on it does: its other values go. A time is given as
// in the rows of a tile: 2025 of year, "2025-Q3" of quarter, "2025-07-01" or "2025-07" of month; nil and "" are the rows
// without a value. A value of a time replaces the years, quarters and months that were chosen.
func (s Selection) With(dimension string, value any) Selection {
	text := ""
	if value != nil {
		text = fmt.Sprint(value)
	}
	switch dimension {
	case paramYear, paramQuarter, "month":
		s.Years, s.Quarters, s.From, s.To = nil, nil, "", ""
	}
	switch dimension {
	case paramYear:
		if year, err := strconv.Atoi(text); err == nil {
			s.Years = []int{year}
		}
	case paramQuarter:
		s.Quarters = []string{text}
	case "month":
		month := text[:min(len(text), len("2025-07"))]
		s.From, s.To = month, month
	default:
		s.set(dimension, []string{text})
	}
	return s
}

// Without is the selection without its values of a dimension ("month" is both ends).
func (s Selection) Without(dimension string) Selection {
	switch dimension {
	case paramYear:
		s.Years = nil
	case paramQuarter:
		s.Quarters = nil
	case "month":
		s.From, s.To = "", ""
	default:
		s.set(dimension, nil)
	}
	return s
}

// Has says whether a value of a dimension is selected.
func (s Selection) Has(dimension, value string) bool {
	switch dimension {
	case paramYear:
		year, err := strconv.Atoi(value)
		return err == nil && slices.Contains(s.Years, year)
	case paramQuarter:
		return slices.Contains(s.Quarters, value)
	case "month":
		return (s.From != "" || s.To != "") && (s.From == "" || s.From <= value) && (s.To == "" || value <= s.To)
	}
	return slices.Contains(s.Values[dimension], value)
}

func say(language, en, fr string) string {
	if language == "fr" {
		return fr
	}
	return en
}
