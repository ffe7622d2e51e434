package ask

import (
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// splits are the words after a thing that say a figure is split by it: "platform split", "channel mix".
var splits = map[string]bool{"split": true, "splits": true, "breakdown": true, "breakdowns": true, "break up": true, "breakup": true, "mix": true, "distribution": true, "share": true, "shares": true, "cut": true}

// readAfterThings groups by what stands before "wise", "split" and "mix", and on both sides of "x".
func (p *parser) readAfterThings() {
	for i, t := range p.tokens {
		thing := i - 1
		switch {
		case p.means(i, semantic.RoleGroup, "wise"):
			thing = p.before(i)
		case p.means(i, semantic.RoleGroup, "cross"):
			next := p.after(i)
			if !p.thing(p.before(i)) || !p.thing(next) {
				continue
			}
			p.groupThing(next)
			thing = p.before(i)
		case splits[fold(t.Text)], splits[strings.TrimSuffix(fold(t.Text), " %")]:
			if p.is(i+1, semantic.RoleGroup) { // share by channel
				continue
			}
		default:
			continue
		}
		if !p.thing(thing) || p.is(p.before(thing), semantic.RoleGroup, semantic.RoleOrder, semantic.RoleNumber, semantic.RoleAggregate) && t.Role != semantic.RoleGroup {
			continue
		}
		if t.Role == semantic.RoleGroup {
			t.used = true
		}
		p.groupThing(thing)
		for p.is(p.before(thing), semantic.RoleConnective) && p.joinsThings(p.before(thing)) && p.thing(p.before(p.before(thing))) { // channel and platform wise
			thing = p.before(p.before(thing))
			p.groupThing(thing)
		}
		if by := p.before(thing); p.means(by, semantic.RoleGroup, "by") { // by channel x platform
			p.tokens[by].used = true
		}
	}
}

func (p *parser) thing(i int) bool {
	return p.is(i, semantic.RoleDimension, semantic.RoleGrain) && !p.tokens[i].used
}

func (p *parser) joinsThings(i int) bool {
	return p.tokens[i].Meaning == "and" || p.tokens[i].Meaning == ","
}

// readOfEach reads "customer of the month, for every month": the first of each.
func (p *parser) readOfEach() {
	for i, t := range p.tokens {
		of := p.after(i)
		if !p.thing(i) || t.Role != semantic.RoleDimension || fold(t.Text) != singular(fold(t.Text)) || !p.means(of, semantic.RoleConnective, "of") {
			continue
		}
		grain := p.after(of)
		if !p.is(grain, semantic.RoleGrain) || p.tokens[grain].used || slices.ContainsFunc(p.tokens, func(t *Token) bool {
			return t.Role == semantic.RoleOrder || t.Role == semantic.RoleAggregate && t.Meaning != "total"
		}) {
			continue
		}
		for k := range p.tokens {
			if k > grain && p.is(k, semantic.RoleGroup) && isEach(p.tokens[k]) || k > grain && p.is(k, semantic.RoleGrain) && p.tokens[k].Meaning == p.tokens[grain].Meaning {
				p.rank, p.rankAt = &Token{Role: semantic.RoleOrder, Meaning: "top", Text: t.Text}, i
				p.target, p.targetAt, p.plural, p.eachGroup = t.Meaning, i, false, true
				t.used, p.tokens[grain].used = true, true
				p.addGroup(p.tokens[grain].Meaning)
				return
			}
		}
	}
}

// shops says that a value in the plural names the customers that it holds for: "retailers", "sports bars".
func (p *parser) shops(i int) bool {
	if !p.is(i, roleValue) || p.is(p.after(i), semantic.RoleDimension) {
		return false
	}
	for _, m := range p.tokens[i].values {
		if m.Dimension != "channel" && m.Dimension != "platform" {
			return false
		}
	}
	text := fold(p.tokens[i].Text)
	return text != singular(text)
}

// readEnds makes "highest and lowest", of one figure over time, the two ends of it.
func (p *parser) readEnds() {
	for i, t := range p.tokens {
		if t.Role != semantic.RoleOrder || !p.means(i+1, semantic.RoleConnective, "and") || !p.is(i+2, semantic.RoleOrder) || opposite[t.Meaning] != p.tokens[i+2].Meaning {
			continue
		}
		if next := p.after(i + 2); p.is(next, semantic.RoleGrain) && p.is(p.after(next), semantic.RoleMeasure) {
			for _, end := range []*Token{t, p.tokens[i+2]} {
				end.Role, end.Meaning = semantic.RoleAggregate, map[string]string{"top": "maximum", "bottom": "minimum"}[end.Meaning]
			}
		}
	}
}

// readShops makes retailers the customers that are asked for: "top 5 retailers", "retailers that bought over 10 lakh pieces".
func (p *parser) readShops() {
	for i := range p.tokens {
		if !p.shops(i) || p.target != "" || p.mentions("customer") {
			continue
		}
		before := p.before(i)
		relative := i+1 < len(p.tokens) && slices.Contains([]string{"that", "who", "which", "with", "whose", "qui"}, fold(p.tokens[i+1].Text))
		if before < 0 && (relative || p.is(p.after(i), semantic.RoleThreshold, semantic.RoleNegation)) || p.is(before, semantic.RoleOrder, semantic.RoleNumber, semantic.RoleQuestion) && !p.is(before-1, semantic.RoleThreshold) {
			p.target, p.targetAt, p.plural = "customer", i, true
			p.which = p.which || relative
			p.assume("“%s” are the customers of it", "« %s » : les clients de ce type", p.tokens[i].Text)
		}
	}
}

// shapeParts gives each name that stands for several values its own row, where names are compared: Hyderabad against Bengaluru.
func (p *parser) shapeParts() {
	q := &p.q
	if !p.compare && p.apartBy == "" || q.Versus || q.Calc != "" || p.rank != nil || q.Aggregate != "" || len(q.Having) > 0 || q.Kind != KindFigures {
		return
	}
	var parts []Filter
	several := false
	seen := map[string]bool{}
	for _, f := range p.spoken {
		if len(parts) > 0 && f.Dimension != parts[0].Dimension {
			return
		}
		for _, v := range f.Values {
			if several = several || len(f.Values) > 1; seen[v] {
				return
			}
			seen[v] = true
		}
		parts = append(parts, f)
	}
	if len(parts) < 2 || !several || p.target != "" && p.target != parts[0].Dimension {
		return
	}
	q.Parts = parts
	q.Groups = slices.DeleteFunc(q.Groups, func(g string) bool { return g == parts[0].Dimension })
}

// groupThing puts a thing among the groups, in the order in which the things were said.
func (p *parser) groupThing(i int) {
	p.tokens[i].used = true
	name := p.tokens[i].Meaning
	if !isGrain(name) && !slices.Contains(p.q.Groups, name) {
		p.q.Groups = append([]string{name}, p.q.Groups...)
		return
	}
	p.addGroup(name)
}

// readEach reads "respectively" and "each" after or before the values that each get a figure of their own.
func (p *parser) readEach() {
	for i, t := range p.tokens {
		if t.Role == semantic.RoleEach && !t.used && p.apart(i) {
			t.used = true
		}
	}
}

// apart groups by the dimension of the values, periods or things named, of which each gets its own figure.
func (p *parser) apart(i int) bool {
	var dimension string
	values, periods := 0, 0
	for _, t := range p.tokens {
		switch {
		case t.Role == semantic.RolePeriod:
			periods++
		case t.Role == roleValue && t.Meaning != "except":
			name := t.values[0].Dimension
			if dimension == "" || dimension == name {
				values += len(matchValues(t.values))
			} else if values < 2 {
				values = 0
			} else {
				continue
			}
			dimension = name
		}
	}
	switch {
	case values > 1:
		p.apartBy = dimension
		if !slices.Contains(p.q.Groups, dimension) {
			p.q.Groups = append([]string{dimension}, p.q.Groups...)
		}
		p.eachGroup = true
	case periods > 1:
		p.eachPeriod = true
	default:
		for k := i - 1; k >= 0; k-- { // folding chair variants: what does each bring in
			if p.thing(k) && p.is(k, semantic.RoleDimension) && p.target == "" && fold(p.tokens[k].Text) != singular(fold(p.tokens[k].Text)) {
				p.setTarget(k)
				return true
			}
		}
		return len(p.q.Groups)+boolInt(p.q.Grain != "") > 0 // each of the groups
	}
	return true
}

// readComparatives reads "more … than" and "less … than" around two periods or two values.
func (p *parser) readComparatives() {
	for i, t := range p.tokens {
		if t.Role == semantic.RoleCompare && (t.Meaning == "more" || t.Meaning == "less") && p.alternative(i) { // more in 2024 or in 2025
			t.used, p.compare = true, true
			continue
		}
		comparative, at := "", -1
		switch {
		case t.used:
			continue
		case p.means(i, semantic.RoleCompare, "than"):
			for k := i - 1; k >= 0 && at < 0; k-- {
				switch {
				case p.is(k, semantic.RoleCompare) && (p.tokens[k].Meaning == "more" || p.tokens[k].Meaning == "less"):
					comparative, at = p.tokens[k].Meaning, k
				case p.is(k, semantic.RoleCalculation): // how many more … than, grew faster than
					comparative, at = "by", k
				}
			}
		case t.Role == semantic.RoleThreshold && (t.Meaning == "gt" || t.Meaning == "lt"):
			comparative, at = map[string]string{"gt": "more", "lt": "less"}[t.Meaning], i
		}
		if at < 0 || !p.comparable(i) {
			continue
		}
		if p.crossed(i) {
			p.ask(t.Text, "“%s”: of one thing at two times, or of two things at one time?", "« %s » : une chose à deux moments, ou deux choses à un moment ?", t.Text)
			return
		}
		t.used, p.compare, p.comparative = true, true, comparative
		if p.tokens[at].Role != semantic.RoleCalculation {
			p.tokens[at].Role, p.tokens[at].Meaning, p.tokens[at].used = semantic.RoleCompare, comparative, true
		}
	}
}

// alternative says that two periods, or two values of a dimension, joined by "or" follow.
func (p *parser) alternative(i int) bool {
	for k := i + 1; k < len(p.tokens); k++ {
		if !p.means(k, semantic.RoleConnective, "or") {
			continue
		}
		before, next := p.before(k, semantic.RoleConnective), p.after(k, semantic.RoleConnective)
		return p.is(before, semantic.RolePeriod) && p.is(next, semantic.RolePeriod) ||
			p.is(before, roleValue) && p.is(next, roleValue) && p.tokens[before].values[0].Dimension == p.tokens[next].values[0].Dimension
	}
	return false
}

// crossed says that both sides of a comparison differ in time and in values: tents in 2024, lanterns in 2025.
func (p *parser) crossed(than int) bool {
	sides := map[string]int{}
	for k, t := range p.tokens {
		if t.Role == roleValue || t.Role == semantic.RolePeriod {
			sides[t.Role+map[bool]string{true: " before", false: " after"}[k < than]]++
		}
	}
	return len(sides) == 4
}

// comparable says that a period or value stands on both sides of a comparison.
func (p *parser) comparable(than int) bool {
	next := p.after(than, semantic.RoleConnective, semantic.RoleVerb)
	if !p.is(next, roleValue, semantic.RolePeriod) {
		return false
	}
	return slices.ContainsFunc(p.tokens[:than], func(t *Token) bool { return t.Role == p.tokens[next].Role })
}

// shapeComparative says what "more than" keeps, or by how much it is.
func (p *parser) shapeComparative() {
	q := &p.q
	if p.comparative == "" {
		return
	}
	if !q.Versus {
		if p.target != "" || len(q.Groups) > 0 {
			p.ask("", "Things can be compared between two periods; which two?", "Les choses se comparent entre deux périodes ; lesquelles ?")
			return
		}
		if q.Calc == "" {
			q.Calc = CalcDifference
		}
		return
	}
	if q.Calc == "" {
		q.Calc = CalcDifference
	}
	if p.comparative == "by" || p.target == "" && len(q.Groups) == 0 || len(q.Having) > 0 || p.rank != nil {
		return
	}
	op := map[bool]string{true: "gt", false: "lt"}[(p.comparative == "more") == p.laterFirst]
	q.Having = append(q.Having, Threshold{Measure: string(CalcDifference), Op: op})
}
