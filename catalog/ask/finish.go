package ask

import (
	"slices"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// finish makes the Query whole: what was left open gets its default, and what does not fit stops it.
func (p *parser) finish() {
	for _, step := range []func(){p.account, p.shape, p.defaults, p.validate, p.fit, p.effect} {
		if step(); p.stop != nil {
			return
		}
	}
}

// account holds the first law.
func (p *parser) account() {
	left := p.unaccounted()
	if p.analysis == "why" { // so low, so bad: what is to be explained
		left = slices.DeleteFunc(left, func(t *Token) bool { return t.Role == semantic.RoleVague })
	}
	if len(left) == 0 {
		return
	}
	for _, t := range left {
		if t.Role == semantic.RoleVague && t.Meaning == "profitable" {
			p.ask(t.Text, "“%s”: there are no costs in the data; by revenue?", "« %s » : il n'y a pas de coûts dans les données ; par chiffre d'affaires ?", t.Text)
			p.choice(p.say("by revenue", "par chiffre d'affaires"), p.replaced(t.Text, p.say("best", "meilleur"))+" "+p.say("by revenue", "par chiffre d'affaires"))
			return
		}
	}
	t := left[0]
	for _, other := range left {
		if other.Role == roleUnknown {
			t = other
			break
		}
	}
	if t.Role == roleUnknown {
		p.ask(t.Text, "“%s” is not understood", "« %s » n'est pas compris", t.Text)
	} else {
		p.ask(t.Text, "It is not clear what “%s” asks for here", "Ce que « %s » demande ici n'est pas clair", t.Text)
	}
	for _, other := range left {
		p.stop.unrecognised = append(p.stop.unrecognised, other.Text)
	}
	for _, m := range t.values {
		p.choice(m.Value, p.replaced(t.Text, m.Value))
	}
	p.examples()
}

// examples are questions that can be asked instead.
func (p *parser) examples() {
	if len(p.stop.choices) == 0 {
		for _, q := range [][2]string{{"total revenue by quarter", "chiffre d'affaires total par trimestre"}, {"top 5 customers by revenue", "top 5 clients par chiffre d'affaires"}, {"revenue by channel", "chiffre d'affaires par canal"}} {
			p.choice(p.say(q[0], q[1]), p.say(q[0], q[1]))
		}
	}
}
