package ask

import (
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// onlyWords say that there is nothing else: "produits vendus uniquement en 2024", "bought only tents".
var onlyWords = map[string]bool{"only": true, "just": true, "exclusively": true, "solely": true, "seulement": true, "uniquement": true, "exclusivement": true}

// boughtOnly reads "bought only tents": nothing else of that kind.
func (p *parser) boughtOnly(i int) bool {
	verb, value := p.before(i), p.after(i)
	if p.is(value, semantic.RoleVerb) { // only bought tents
		verb, value = value, p.after(value)
	}
	if p.is(verb, roleValue) { // bought tents only
		value = verb
		verb = p.before(verb)
	}
	if !p.is(verb, semantic.RoleVerb) || p.tokens[verb].Meaning != "buy" && p.tokens[verb].Meaning != "spend" || !p.is(value, roleValue) || !p.subject(verb) {
		return false
	}
	p.onlyAt = i
	return true
}

// readNothingBut reads "ne … que", which leaves out all else: "qui n'ont acheté que du Yoga".
func (p *parser) readNothingBut() {
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

// readOnly makes a set of the things that were sold there and nowhere else, or of those who bought nothing else. Beside a figure
// of something else it says nothing.
func (p *parser) readOnly() {
	at := p.onlyAt
	if at < 0 {
		at = slices.IndexFunc(p.tokens, func(t *Token) bool { return onlyWords[fold(t.Text)] && fold(t.Text) != "just" })
		if both := p.after(at, semantic.RoleConnective); at >= 0 && p.is(both, semantic.RoleBoth) {
			p.ask(p.tokens[at].Text, "“%s %s”: these and no others? That is not possible", "« %s %s » : ceux-là et aucun autre ? Ce n'est pas possible", p.tokens[at].Text, p.tokens[both].Text)
			return
		}
		if at < 0 || p.previous != nil || !p.bought && !p.sold || p.target == "" || isGrain(p.target) || p.measureAt >= 0 || p.rank != nil {
			return
		}
	}
	next := p.after(at, semantic.RoleConnective, semantic.RoleVerb, semantic.RoleDimension)
	if p.negated >= 0 || p.both >= 0 {
		if word := p.tokens[at].Text; p.onlyAt >= 0 || p.is(next, roleValue, semantic.RolePeriod) {
			p.ask(word, "“%s” beside “%s”: one of them at a time, please", "« %s » à côté de « %s » : l'un des deux, s'il vous plaît", word, p.setWord())
		}
		return
	}
	if !p.is(next, roleValue, semantic.RolePeriod) { // bought tents only
		next = p.before(at)
	}
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
			if p.namesOf(p.tokens[next:next+1], f) && !f.Negated {
				f.Negated = true
				p.q.ButFilters, p.q.ButPeriods = append(p.q.ButFilters, f), p.q.Periods
			}
		}
	}
	if len(p.q.ButFilters)+len(p.q.ButPeriods) == 0 {
		p.ask(p.tokens[at].Text, "“%s”: what is left out?", "« %s » : qu'est-ce qui est exclu ?", p.tokens[at].Text)
		return
	}
	p.exclusive, p.onlyAt = true, at
}

// namesOf says that a value of a filter is named by one of the tokens.
func (p *parser) namesOf(tokens []*Token, f Filter) bool {
	return slices.ContainsFunc(tokens, func(t *Token) bool {
		return slices.ContainsFunc(t.values, func(m semantic.Match) bool { return m.Dimension == f.Dimension && slices.Contains(f.Values, m.Value) })
	})
}

// wholes says that a list is of those with all of something, or with nothing else, which no condition here holds.
func (p *parser) wholes() *Token {
	for i, t := range p.tokens {
		text := fold(t.Text)
		switch {
		case !p.bought && !p.sold || p.exclusive:
		case text == "everything", onlyWords[text] && (p.is(i+1, roleValue, semantic.RoleVerb) || p.is(i-1, roleValue)), t.Role == semantic.RoleAll && p.is(p.after(i), semantic.RoleDimension) && p.subject(i):
			return t
		}
	}
	return nil
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
	var part []Filter
	for _, f := range append(p.q.Filters, p.q.Numerator...) {
		if p.namesOf(p.tokens[at+verb:], f) && !f.Negated {
			p.q.Measures = []string{counted[p.tokens[at].Meaning]}
			part = append(part, f)
		}
	}
	if len(part) == 0 {
		return
	}
	p.q.Filters = slices.DeleteFunc(append(slices.Clone(p.q.Filters), p.q.Numerator...), func(f Filter) bool { return p.namesOf(p.tokens[at+verb:], f) && !f.Negated })
	p.q.Numerator, p.measureAt, p.target = part, at, ""
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
