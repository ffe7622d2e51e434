package dashboard

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/semantic"
)

// scope is what a selection means on the data of a release.
type scope struct {
	filters []string     // conditions that are not of time
	chosen  bool         // a time is selected
	periods []ask.Period // the selected times, which exclude each other; none that are chosen: no row can be
	now     []ask.Period // what is compared: the periods as far as there are data, by default the last year as far as it went
	before  []ask.Period // nil where there is nothing to compare with
}

func (s *Source) scope(selection Selection) scope {
	c := scope{filters: s.kept(selection)}
	c.periods, c.chosen = s.selected(selection)
	c.now = s.clip(c.periods)
	if !c.chosen {
		c.now = s.lastYear()
	}
	c.before = s.earlier(selection.Compare, c)
	return c
}

// kept are the conditions of the model and of the values.
func (s *Source) kept(selection Selection) []string {
	var all []string
	if s.model.Filter != "" {
		all = append(all, "("+s.model.Filter+")")
	}
	for i := range s.model.Dimensions { // in the model's order, so that equal selections are equal SQL
		d := &s.model.Dimensions[i]
		values, selected := selection.Values[d.Name]
		if !selected {
			continue
		}
		condition := ""
		rest := slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
		if len(rest) > 0 {
			condition = semantic.Condition(d.Expr, rest, false)
		}
		if len(rest) < len(values) {
			condition = either(condition, d.Expr+" is null")
		}
		all = append(all, condition)
	}
	return all
}

func either(one, other string) string {
	if one == "" {
		return other
	}
	return "(" + one + " or " + other + ")"
}

// selected are the months that the years, the quarters and the range of a selection have in common.
func (s *Source) selected(selection Selection) (periods []ask.Period, chosen bool) {
	narrow := func(list []ask.Period) {
		if len(list) == 0 {
			return
		}
		if !chosen {
			periods, chosen = list, true
			return
		}
		var common []ask.Period
		for _, a := range periods {
			for _, b := range list {
				if from, to := max(a.From, b.From), min(a.To, b.To); from <= to {
					common = append(common, ask.Period{From: from, To: to})
				}
			}
		}
		periods = common
	}
	var years, quarters, months []ask.Period
	for _, year := range selection.Years {
		years = append(years, ask.Period{From: year * 12, To: year*12 + 11})
	}
	for _, quarter := range selection.Quarters {
		year, _ := strconv.Atoi(quarter[:4])
		from := year*12 + 3*int(quarter[6]-'1')
		quarters = append(quarters, ask.Period{From: from, To: from + 2})
	}
	if selection.From != "" || selection.To != "" {
		whole := ask.Period{From: s.first, To: s.last}
		if selection.From != "" {
			whole.From = monthOf(selection.From)
		}
		if selection.To != "" {
			whole.To = monthOf(selection.To)
		}
		if whole.From > whole.To { // it begins after the data, or ends before them
			return nil, true
		}
		months = append(months, whole)
	}
	for _, list := range [][]ask.Period{years, quarters, months} {
		narrow(list)
	}
	slices.SortFunc(periods, func(a, b ask.Period) int { return cmp.Compare(a.From, b.From) })
	return periods, chosen
}

// monthOf counts months as ask.Period does.
func monthOf(month string) int {
	year, _ := strconv.Atoi(month[:4])
	number, _ := strconv.Atoi(month[5:7])
	return year*12 + number - 1
}

// clip keeps what the data hold of periods.
func (s *Source) clip(periods []ask.Period) []ask.Period {
	var out []ask.Period
	for _, p := range periods {
		if from, to := max(p.From, s.first), min(p.To, s.last); from <= to {
			out = append(out, ask.Period{From: from, To: to})
		}
	}
	return out
}

// lastYear is the last year of the data, as far as its months are complete.
func (s *Source) lastYear() []ask.Period {
	last := s.last
	if s.unfinished != "" {
		last--
	}
	return s.clip([]ask.Period{{From: last - last%12, To: last}})
}

// earlier is what the periods are compared with, nil where the data do not hold all of it.
func (s *Source) earlier(compare Compare, c scope) []ask.Period {
	if compare == CompareNone || len(c.now) == 0 {
		return nil
	}
	back := 12
	if compare == ComparePrevious && c.chosen {
		back = c.now[len(c.now)-1].To - c.now[0].From + 1
		if size := map[string]int{"year": 12, "quarter": 3}[c.periods[0].Grain()]; size > 0 && len(c.periods) == 1 {
			back = size
		}
	}
	var before []ask.Period
	for _, p := range c.now {
		if p = p.Shift(-back); p.From < s.first {
			return nil
		}
		before = append(before, p)
	}
	return before
}

// Names of the parts that rows are counted to. A row may be of several.
const (
	partAll    = "all"
	partNow    = "now"
	partBefore = "before"
)

// shown is the part that the selection is.
func (c scope) shown() string {
	if c.chosen {
		return partNow
	}
	return partAll
}

// where is the condition of the rows that are selected, with its word; "" for all rows.
func (c scope) where(more ...string) string {
	all := slices.Clone(c.filters)
	if len(c.periods) > 0 {
		all = append(all, ask.Within(c.periods))
	}
	return conditions(append(all, more...))
}

func conditions(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return " where " + strings.Join(all, " and ")
}

// parts joins each row with the parts that it counts to: what is shown, and what is compared.
func (s *Source) parts(c scope) string {
	var lines []string
	add := func(part string, periods []ask.Period) {
		for _, p := range periods {
			lines = append(lines, fmt.Sprintf("('%s', %s, %s)", part, ask.MonthDate(p.From), ask.MonthDate(p.To)))
		}
	}
	if !c.chosen {
		add(partAll, []ask.Period{{From: s.first, To: s.last}})
	}
	if c.chosen || c.before != nil {
		add(partNow, c.now)
	}
	add(partBefore, c.before)
	return " join (values " + strings.Join(lines, ", ") + ") as parts(part, first_month, last_month) on date between first_month and last_month" + conditions(c.filters)
}

// comparison names what is compared.
func (c scope) comparison(language string) *Comparison {
	if c.before == nil {
		return nil
	}
	return &Comparison{Now: labels(c.now, language), Before: labels(c.before, language)}
}

func labels(periods []ask.Period, language string) string {
	names := make([]string, len(periods))
	for i, p := range periods {
		names[i] = p.Label(language)
	}
	return strings.Join(names, ", ")
}
