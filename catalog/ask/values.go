package ask

import (
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// readValues makes filters of the values, and asks back where one may be of several dimensions.
func (p *parser) readValues() {
	last, lastDimension := -1, ""
	for i, t := range p.tokens {
		if t.Role == roleUnknown && len(t.values) > 0 {
			continue
		}
		if t.Role != roleValue || t.used {
			continue
		}
		dimension, values := p.meaning(i)
		if p.stop != nil {
			return
		}
		t.used = true
		filter := Filter{Dimension: dimension, Values: values, Negated: t.Meaning == "except"}
		if last >= 0 && lastDimension != dimension {
			for k := last + 1; k < i; k++ {
				if p.means(k, semantic.RoleConnective, "or") {
					p.ask(p.tokens[k].Text, "“%s” between values of different columns: one total for both is not possible", "« %s » entre des valeurs de colonnes différentes n'est pas possible", p.tokens[k].Text)
					return
				}
			}
		}
		for k := last + 1; last >= 0 && lastDimension == dimension && k < i; k++ {
			if p.means(k, semantic.RoleConnective, "and") && !filter.Negated {
				p.anded, p.andedAt, p.andedFirst = true, p.tokens[k].Text, p.tokens[last].Text
			}
		}
		last, lastDimension = i, dimension
		if p.inBoth(i) {
			p.q.All = append(p.q.All, Condition{Filters: []Filter{filter}})
			continue
		}
		if p.leftOut(i) {
			p.q.ButFilters = addFilter(p.q.ButFilters, filter)
			continue
		}
		if p.q.Calc == CalcShare && (!filter.Negated || !p.valued()) && p.isNumerator(i) {
			p.q.Numerator = addFilter(p.q.Numerator, filter)
			continue
		}
		p.q.Filters = addFilter(p.q.Filters, filter)
		if filter.Name = t.Text; !filter.Negated {
			p.spoken = append(p.spoken, filter)
		}
	}
}

// valued says that a value is named that is not left out.
func (p *parser) valued() bool {
	return slices.ContainsFunc(p.tokens, func(t *Token) bool { return t.Role == roleValue && t.Meaning != "except" })
}

func addFilter(filters []Filter, filter Filter) []Filter {
	for i := range filters {
		if filters[i].Dimension == filter.Dimension && filters[i].Negated == filter.Negated {
			for _, v := range filter.Values {
				if !slices.Contains(filters[i].Values, v) {
					filters[i].Values = append(filters[i].Values, v)
				}
			}
			return filters
		}
	}
	filter.Values = slices.Clone(filter.Values)
	return append(filters, filter)
}

// meaning is the dimension and the values that a token stands for.
func (p *parser) meaning(i int) (string, []string) {
	t := p.tokens[i]
	byDimension := map[string][]semantic.Match{}
	var dimensions []string
	for _, m := range t.values {
		if byDimension[m.Dimension] == nil {
			dimensions = append(dimensions, m.Dimension)
		}
		byDimension[m.Dimension] = append(byDimension[m.Dimension], m)
	}
	rank := func(name string) int {
		if d := p.Model.Dimension(name); d != nil {
			return d.Rank
		}
		return 99
	}
	slices.SortStableFunc(dimensions, func(a, b string) int { return rank(a) - rank(b) })
	chosen := dimensions[0]
	for _, other := range dimensions[1:] {
		if p.Index.SameRows(byDimension[chosen], byDimension[other]) {
			continue
		}
		p.ask(t.Text, "“%s” may mean several things", "« %s » peut désigner plusieurs choses", t.Text)
		for _, d := range dimensions {
			names := matchValues(byDimension[d])
			label := p.dimensionLabel(d)
			for n, name := range names {
				if n == 4 {
					break
				}
				p.choice(label+" "+name, p.replaced(t.Text, strings.ToLower(label)+" "+name))
			}
		}
		return "", nil
	}
	values := matchValues(byDimension[chosen])
	how := byDimension[chosen][0].How
	switch {
	case how == semantic.HowPrefix && t.part: // the beginning of a word may be another word: break, Breakfast
		p.ask(t.Text, "“%s” is not a whole name; is this meant?", "« %s » n'est pas un nom entier ; s'agit-il de ceci ?", t.Text)
		for _, v := range values[:min(5, len(values))] {
			p.choice(v, p.replaced(t.Text, v))
		}
		return "", nil
	case t.part && chosen == "product" && len(values) > 1: // a word that some names share is no name
		p.ask(t.Text, "“%s” is a part of several names; which is meant?", "« %s » fait partie de plusieurs noms ; lequel ?", t.Text)
		for _, v := range values[:min(5, len(values))] {
			p.choice(v, p.replaced(t.Text, v))
		}
		return "", nil
	case how == semantic.HowEdit && len(values) > 1:
		p.ask(t.Text, "“%s” is not a value; which of these is meant?", "« %s » n'est pas une valeur ; laquelle de celles-ci ?", t.Text)
		for _, v := range values[:min(5, len(values))] {
			p.choice(v, p.replaced(t.Text, v))
		}
		return "", nil
	case how == semantic.HowEdit:
		p.assume("“%s” is read as %s", "« %s » est lu comme %s", t.Text, values[0])
	case t.part || how == semantic.HowAlias:
		p.assume("“%s” is %s %s", "« %s » désigne %s %s", t.Text, strings.ToLower(p.dimensionLabel(chosen)), strings.Join(values, ", "))
	}
	return chosen, values
}

func matchValues(matches []semantic.Match) []string {
	var out []string
	for _, m := range matches {
		if !slices.Contains(out, m.Value) {
			out = append(out, m.Value)
		}
	}
	return out
}

// isNumerator says that a value is the part, not the whole, of a share: "share of Direct in revenue", "revenue that comes
// from Direct", "Cricket's share". A value right before or after the measure, as in "share of Cricket revenue that comes
// from Direct", belongs to the whole if there is another one.
func (p *parser) isNumerator(i int) bool {
	for _, g := range p.q.Groups {
		if !isGrain(g) {
			return false
		}
	}
	if p.target != "" && !isGrain(p.target) && !p.count {
		return false
	}
	var others []int
	for k, t := range p.tokens {
		if t.Role == roleValue && t.Meaning != "except" {
			others = append(others, k)
		}
	}
	if len(others) <= 1 {
		return true
	}
	dimension, _ := p.meaningQuiet(others[0])
	same := true
	for _, k := range others[1:] {
		d, _ := p.meaningQuiet(k)
		same = same && d == dimension
	}
	if same {
		return true
	}
	first, last := others[0], others[len(others)-1]
	switch {
	case i < p.shareAt:
		return true // Cricket's share of …
	case first < p.shareAt:
		return false
	}
	inside, comes := false, false
	for k := first + 1; k < last; k++ {
		switch text := fold(p.tokens[k].Text); text {
		case "in", "dans", "within", "inside", "among", "en", "sur", "chez":
			inside = true
		default:
			comes = comes || comesFrom[text]
		}
	}
	switch {
	case comes:
		return i != first // share of Cricket revenue that comes from Direct
	case inside:
		return i == first // share of Direct in the Cricket revenue
	case p.measureAt >= 0 && (first < p.measureAt && p.adjacent(first, p.measureAt) || p.measureAt < first && p.adjacent(p.measureAt, first)):
		return i != first // share of Cricket revenue, Direct
	}
	return i == first
}

var comesFrom = map[string]bool{"come": true, "comes": true, "came": true, "is": true, "from": true, "vient": true, "viennent": true, "provient": true, "est": true, "made": true, "goes": true, "go": true,
	"represente": true, "representent": true, "pese": true, "pesent": true, "font": true, "constitue": true, "constituent": true, "occupe": true, "occupent": true,
	"generated": true, "realise": true, "through": true, "via": true, "par": true, "by": true, "coming": true, "vont": true, "are": true, "coming from": true, "fait": true}

func (p *parser) adjacent(a, b int) bool {
	for k := a + 1; k < b; k++ {
		if !p.is(k, semantic.RoleAggregate) {
			return false
		}
	}
	return true
}

func (p *parser) meaningQuiet(i int) (string, []semantic.Match) {
	if len(p.tokens[i].values) == 0 {
		return "", nil
	}
	return p.tokens[i].values[0].Dimension, p.tokens[i].values
}
