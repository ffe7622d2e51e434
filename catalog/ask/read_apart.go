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
	}
}

func (p *parser) thing(i int) bool {
	return p.is(i, semantic.RoleDimension, semantic.RoleGrain) && !p.tokens[i].used
}

func (p *parser) joinsThings(i int) bool {
	return p.tokens[i].Meaning == "and" || p.tokens[i].Meaning == ","
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
		t.used, p.compare, p.comparative = true, true, comparative
		if p.tokens[at].Role == semantic.RoleCompare {
			p.tokens[at].used = true
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
