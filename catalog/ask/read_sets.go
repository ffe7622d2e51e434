package ask

import (
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// readTogether reads what is said of all that was named: both of them, each of them.
func (p *parser) readTogether() {
	for _, t := range p.tokens {
		switch {
		case t.used:
		case t.Role == semantic.RoleBoth:
			p.readBoth(t)
		case t.Role == semantic.RoleEach:
			p.readEach(t)
		}
		if p.stop != nil {
			return
		}
	}
	p.readOnly()
	p.readMembers()
}

// readBoth makes a set of those with sales of one value and of the other too.
func (p *parser) readBoth(t *Token) {
	if p.negated >= 0 || !p.bought && !p.sold || p.target == "" || isGrain(p.target) {
		return
	}
	var pairs []int
	for i, f := range p.q.Filters {
		if len(f.Values) == 2 && !f.Negated {
			pairs = append(pairs, i)
		}
	}
	if len(pairs) != 1 {
		return
	}
	pair := p.q.Filters[pairs[0]]
	filters := slices.Delete(slices.Clone(p.q.Filters), pairs[0], pairs[0]+1)
	p.q.Filters = append(slices.Clone(filters), Filter{Dimension: pair.Dimension, Values: pair.Values[:1]})
	p.q.ButFilters = append(filters, Filter{Dimension: pair.Dimension, Values: pair.Values[1:]})
	p.q.ButPeriods = p.q.Periods
	p.q.Both, t.used = true, true
}

// readEach gives each value that was named its own row: "Cricket et Football, chacun".
func (p *parser) readEach(t *Token) {
	if len(p.q.Groups) > 0 || p.target != "" || p.q.Grain != "" {
		t.used = true
		return
	}
	for _, f := range p.q.Filters {
		if len(f.Values) > 1 && !f.Negated {
			p.addGroup(f.Dimension)
			t.used = true
		}
	}
}

// onlyWords say that there is nothing else: "produits vendus uniquement en 2024".
var onlyWords = map[string]bool{"uniquement": true, "seulement": true, "exclusivement": true, "only": true, "exclusively": true, "solely": true}

// readOnly makes a set of the things that were sold there and nowhere else. Beside a figure it says nothing.
func (p *parser) readOnly() {
	at := p.onlyAt
	if at < 0 {
		at = slices.IndexFunc(p.tokens, func(t *Token) bool { return onlyWords[fold(t.Text)] })
	}
	if at < 0 {
		return
	}
	if p.previous != nil || p.negated >= 0 || p.q.Both || !p.bought && !p.sold || p.target == "" || isGrain(p.target) || p.measureAt >= 0 || p.rank != nil {
		if p.onlyAt >= 0 {
			p.ask(p.tokens[at].Text, "“%s”: what is left out?", "« ne … %s » : qu'est-ce qui est exclu ?", p.tokens[at].Text)
		}
		return
	}
	next := p.after(at, semantic.RoleConnective, semantic.RoleVerb, semantic.RoleDimension)
	switch {
	case p.is(next, semantic.RolePeriod) && len(p.q.Periods) == 1 && len(p.q.NotPeriods) == 0:
		in := p.q.Periods[0]
		p.q.ButFilters = p.q.Filters
		for _, other := range []Period{{From: p.first, To: in.From - 1}, {From: in.To + 1, To: p.last}} {
			if other.From <= other.To {
				p.q.ButPeriods = append(p.q.ButPeriods, other)
			}
		}
	case p.is(next, roleValue):
		for _, f := range p.q.Filters {
			if slices.ContainsFunc(p.tokens[next].values, func(m semantic.Match) bool { return m.Dimension == f.Dimension && slices.Contains(f.Values, m.Value) }) && !f.Negated {
				f.Negated = true
				p.q.ButFilters, p.q.ButPeriods = append(p.q.ButFilters, f), p.q.Periods
			}
		}
	}
	if len(p.q.ButFilters)+len(p.q.ButPeriods) == 0 {
		p.ask(p.tokens[at].Text, "“%s”: what is left out?", "« %s » : qu'est-ce qui est exclu ?", p.tokens[at].Text)
		return
	}
	p.negated = at
}

// readNothingBut reads "ne … que", which leaves out all else: "qui n'ont acheté que du Yoga".
func (p *parser) readNothingBut() {
	p.onlyAt = -1
	for i, t := range p.tokens {
		if word := fold(t.Text); t.Role != semantic.RoleNegation || word != "n" && word != "ne" {
			continue
		}
		for k := i + 1; k < len(p.tokens) && !p.is(k, semantic.RoleNegation, roleValue, semantic.RolePeriod, semantic.RoleMeasure); k++ {
			if word := fold(p.tokens[k].Text); (word == "que" || word == "qu") && p.is(p.before(k), semantic.RoleVerb) {
				t.Role, p.onlyAt = semantic.RoleNoise, k
				break
			}
		}
	}
}

// leftOut says that a token is of what a set leaves out: after its "not", unless the sentence has turned again: "pas vendus
// au T1 mais vendus au T2".
func (p *parser) leftOut(i int) bool {
	if p.negated < 0 || i < p.negated {
		return false
	}
	for k := p.negated + 1; k < i; k++ {
		turns := p.means(k, semantic.RoleConnective, "but") || p.means(k, semantic.RoleConnective, "and") && p.is(p.after(k, semantic.RoleConnective), semantic.RoleVerb)
		if turns && !slices.ContainsFunc(p.tokens[k:i], func(t *Token) bool { return t.Role == semantic.RoleNegation }) {
			return false
		}
	}
	return true
}

// boughtBy asks back where a figure is of customers who bought something: of that, or of all that they bought?
func (p *parser) boughtBy(i int) {
	if i == 0 || p.tokens[i].Meaning != "customer" || fold(p.tokens[i-1].Text) != "des" || !p.is(p.before(i, semantic.RoleConnective), semantic.RoleMeasure) {
		return
	}
	verb := p.after(i, semantic.RoleConnective, semantic.RoleQuestion)
	if p.is(verb, semantic.RoleVerb) && p.tokens[verb].Meaning == "buy" && p.is(p.after(verb, semantic.RoleConnective, semantic.RoleDimension), roleValue) && !p.has(CalcShare) {
		p.ask(p.tokens[verb].Text, "“%s”: their figure for that, or for all that they bought?", "« %s » : leur chiffre avec cela, ou avec tout ce qu'ils ont acheté ?", p.tokens[verb].Text)
	}
}

// readMembers makes a share of customers or products themselves: "part des clients qui ont acheté du Yoga". What they bought
// is the part; what was said of them before is the whole.
func (p *parser) readMembers() {
	if !p.shareOfMembers() || p.negated >= 0 {
		return
	}
	at := p.after(p.shareAt, semantic.RoleConnective, semantic.RoleAll)
	verb := slices.IndexFunc(p.tokens[at:], func(t *Token) bool { return t.Role == semantic.RoleVerb })
	if verb < 0 {
		return
	}
	named := func(tokens []*Token, f Filter) bool {
		return slices.ContainsFunc(tokens, func(t *Token) bool {
			return slices.ContainsFunc(t.values, func(m semantic.Match) bool { return m.Dimension == f.Dimension && slices.Contains(f.Values, m.Value) })
		})
	}
	whole := slices.Clone(p.q.Numerator[:0])
	for _, f := range append(p.q.Filters, p.q.Numerator...) {
		if named(p.tokens[at+verb:], f) && !f.Negated {
			p.q.Measures = []string{counted[p.tokens[at].Meaning]}
			whole = append(whole, f)
		}
	}
	if len(whole) == 0 {
		return
	}
	p.q.Filters = slices.DeleteFunc(append(slices.Clone(p.q.Filters), p.q.Numerator...), func(f Filter) bool { return named(p.tokens[at+verb:], f) && !f.Negated })
	p.q.Numerator, p.measureAt, p.target = whole, at, ""
	p.tokens[at].used = true
}

// readAlways asks back where things are to have sales in each of several periods: "clients actifs tous les mois".
func (p *parser) readAlways() {
	for i, t := range p.tokens {
		every := t.Role == semantic.RoleGrain && (p.is(i-1, semantic.RoleAll) || strings.HasPrefix(fold(t.Text), "tou"))
		if !every || p.is(i-1, semantic.RoleGroup) {
			continue
		}
		k := p.before(i, semantic.RoleAll, semantic.RoleConnective, semantic.RoleVerb)
		who := p.is(k, semantic.RoleDimension) && counted[p.tokens[k].Meaning] != "" || p.is(k, semantic.RoleMeasure) && strings.HasPrefix(p.tokens[k].Meaning, "unique_") && !p.says("nombre") && !p.says("combien")
		if who && p.which || who && !p.measured() || who && p.is(k, semantic.RoleMeasure) {
			p.ask(t.Text, "“%s”: by itself, or with sales in all of them?", "« %s » : un par un, ou avec des ventes dans tous ?", t.Text)
			return
		}
	}
}
