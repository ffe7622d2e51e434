package ask

import (
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// readNegations marks the values and periods that are left out, or that a set must not have.
func (p *parser) readNegations() {
	p.readBoth()
	for i, t := range p.tokens {
		if t.Role != semantic.RoleNegation || t.used {
			continue
		}
		if next := i + 1; next < len(p.tokens) && onlyWords[fold(p.tokens[next].Text)] { // not only
			p.ask(t.Text+" "+p.tokens[next].Text, "“%s %s”: these and others? That is not possible", "« %s %s » : ceux-là et d'autres ? Ce n'est pas possible", t.Text, p.tokens[next].Text)
			return
		}
		switch {
		case p.negated >= 0 && t.Meaning == "except" && fold(t.Text) == "ni": // n'ont acheté ni l'un ni l'autre
			t.used = true
		case t.Meaning == "only":
			t.used = p.boughtOnly(i) || p.is(p.after(i, semantic.RoleConnective), roleValue, semantic.RolePeriod) || p.is(p.before(i), roleValue, semantic.RolePeriod)
		case t.Meaning == "excluded" && p.excludedBefore(i):
			t.used, t.Meaning = true, "except"
		case p.negated >= 0 && t.Meaning != "not" && p.ofSet(i):
			p.ask(t.Text, "“%s” beside “%s”: one of them at a time, please", "« %s » à côté de « %s » : l'un des deux, s'il vous plaît", t.Text, p.tokens[p.negated].Text)
			return
		case p.ofSet(i):
			if buying := p.after(i, semantic.RoleConnective); p.is(buying, semantic.RoleMeasure) && p.tokens[buying].Meaning == "revenue" {
				p.tokens[buying].used = true
			}
			if p.negated < 0 {
				p.negated = i
			}
			t.used = true
		default:
			t.used = p.exceptAfter(i)
		}
	}
	for i, t := range p.tokens { // customers who bought only tents
		if t.Role == semantic.RoleNoise && (fold(t.Text) == "only" || fold(t.Text) == "just") && p.subject(i) && p.boughtOnly(i) {
			t.used = true
		}
	}
}

// ofSet says that a negation is of what somebody did not buy, or of what was not sold.
func (p *parser) ofSet(i int) bool {
	t := p.tokens[i]
	buying := p.after(i, semantic.RoleConnective)
	switch {
	case p.is(buying, semantic.RoleVerb), p.is(buying, semantic.RoleMeasure) && p.tokens[buying].Meaning == "revenue":
		return true
	case t.Meaning == "not":
		next := p.after(i, semantic.RoleConnective, semantic.RoleAll, semantic.RoleDimension)
		return p.language == french || p.subject(len(p.tokens)) || p.bought || !p.is(next, roleValue, semantic.RolePeriod)
	case t.Meaning == "except" && (fold(t.Text) == "without" || fold(t.Text) == "w o" || strings.HasPrefix(fold(t.Text), "not ")): // customers without Yoga
		return p.subject(i) && !p.measured() && !slices.ContainsFunc(p.tokens, func(t *Token) bool {
			return t.Role == semantic.RoleOrder || t.Role == semantic.RoleGroup || t.Role == semantic.RoleHowMuch
		})
	}
	return false
}

// subject says that customers or products, or who, are spoken of before a token.
func (p *parser) subject(end int) bool {
	return slices.ContainsFunc(p.tokens[:end], func(t *Token) bool {
		return t.Role == semantic.RoleDimension && !isGrain(t.Meaning) || t.Role == semantic.RoleQuestion && (strings.HasPrefix(fold(t.Text), "who") || fold(t.Text) == "qui")
	})
}

// exceptAfter leaves out the values or periods that follow.
func (p *parser) exceptAfter(i int) bool {
	next := p.after(i, semantic.RoleConnective, semantic.RoleVerb, semantic.RoleNegation, semantic.RoleAll, semantic.RoleDimension)
	if !p.is(next, roleValue, semantic.RolePeriod) {
		return false
	}
	role := p.tokens[next].Role
	for p.is(next, role) {
		p.tokens[next].Meaning = "except"
		following := p.after(next, semantic.RoleDimension)
		if p.means(following, semantic.RoleNegation, "except") && fold(p.tokens[following].Text) == "ni" {
			p.tokens[following].used = true
			following = p.after(following, semantic.RoleConnective)
		} else if p.is(following, semantic.RoleConnective) && p.tokens[following].Meaning != "of" && p.tokens[following].Meaning != "but" {
			following = p.after(following, semantic.RoleConnective)
		} else if role == roleValue {
			break
		}
		next = following
	}
	return true
}

// excludedBefore leaves out the values or periods that stand before: "Yoga and Cricket excluded".
func (p *parser) excludedBefore(i int) bool {
	before := p.before(i, semantic.RoleDimension)
	if !p.is(before, roleValue, semantic.RolePeriod) {
		return false
	}
	role := p.tokens[before].Role
	for p.is(before, role) {
		p.tokens[before].Meaning = "except"
		join := p.before(before, semantic.RoleDimension)
		if !p.means(join, semantic.RoleConnective, "and") && !p.means(join, semantic.RoleConnective, "or") {
			break
		}
		before = p.before(join, semantic.RoleDimension)
	}
	return true
}

// setWord is the word that makes the question one about a set.
func (p *parser) setWord() string {
	switch {
	case p.negated >= 0:
		return p.tokens[p.negated].Text
	case p.both >= 0:
		return p.tokens[p.both].Text
	case p.onlyAt >= 0:
		return p.tokens[p.onlyAt].Text
	}
	return ""
}

// shapeSet makes the set: its subject, what its members have, and what is asked of them.
func (p *parser) shapeSet() {
	q := &p.q
	q.Kind = KindSet
	q.Subject = p.target
	if q.Subject == "" && len(q.Groups) == 1 {
		q.Subject = q.Groups[0]
	}
	q.CountRows = p.count
	p.setGroups = q.Groups
	figure := p.figureOfSet()
	if !figure && p.rank == nil {
		q.Measures, q.Groups, q.Limit = nil, nil, 0
		return
	}
	q.Measures = slices.DeleteFunc(q.Measures, func(m string) bool { return m == "unique_customers" || m == "unique_products" })
	if len(q.Measures) == 0 {
		q.Measures = []string{p.Model.Defaults.Measure}
		p.assume("no measure is named: by %s", "sans mesure nommée : %s", strings.ToLower(p.measureLabel(q.Measures[0])))
	}
	q.Groups = nil
	subject := strings.ToLower(p.dimensionLabel(q.Subject))
	p.assume("of all that each %s has there, not only of what the condition names", "pour tout ce que fait chaque %s, pas seulement pour la condition", subject)
	if p.rank != nil || p.sorted || p.measureGrouped() {
		q.Ranked, q.Descending = true, p.rank == nil && !p.sortAsc || p.rank != nil && p.rank.Meaning == "top"
		if p.rank != nil {
			q.Limit = p.rankLimit()
		}
	}
}

// measureGrouped says that the members are wanted by a measure: "customers who … by revenue".
func (p *parser) measureGrouped() bool {
	for i := range p.tokens {
		if p.is(i, semantic.RoleMeasure) && p.is(p.before(i), semantic.RoleGroup, semantic.RoleOrder) {
			return true
		}
	}
	return false
}

// figureOfSet says that a figure of a set's members is asked for, not only who they are: "revenue of customers who …".
func (p *parser) figureOfSet() bool {
	for i, t := range p.tokens {
		if t.Role != semantic.RoleMeasure || slices.Contains([]string{"unique_customers", "unique_products"}, t.Meaning) {
			continue
		}
		if p.is(p.before(i), semantic.RoleGroup, semantic.RoleOrder) || p.targetAt > i {
			return true
		}
		switch fold(t.Text) {
		case "sales", "ventes", "sale", "vente", "revenue":
			continue
		}
		return true
	}
	return false
}

// readBoth marks the list of a set, all of which must be there: "bought both tents and lanterns", "du Yoga et du Cricket à la fois".
func (p *parser) readBoth() {
	for i, t := range p.tokens {
		if t.Role != semantic.RoleBoth {
			continue
		}
		next, step := p.after(i, semantic.RoleConnective, semantic.RoleGroup), 1
		if last := p.before(i, semantic.RoleDimension); !p.is(next, roleValue, semantic.RolePeriod) && p.is(last, roleValue, semantic.RolePeriod) {
			next, step = last, -1
		}
		switch {
		case !p.is(next, roleValue, semantic.RolePeriod):
		case p.subject(i) && (p.bought || p.sold):
			p.both, t.used = i, true
			p.markBoth(next, step)
		case p.apart(i): // revenue of both Cricket and Yoga: of each
			t.used = true
		}
	}
}

// markBoth marks the values, or periods, of a list from one of its ends on.
func (p *parser) markBoth(end, step int) {
	role := p.tokens[end].Role
	for k := end; k >= 0 && k < len(p.tokens); k += step {
		switch {
		case p.is(k, role):
			p.tokens[k].Meaning = "both"
		case p.is(k, semantic.RoleConnective), p.is(k, semantic.RoleNoise, semantic.RoleDimension):
		default:
			return
		}
	}
}

// inBoth says that a value or period belongs to the list that "both" is about.
func (p *parser) inBoth(i int) bool { return p.tokens[i].Meaning == "both" }

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
