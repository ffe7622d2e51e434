package ask

import (
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// readRank reads top, best, highest, with its number and what is ranked.
func (p *parser) readRank() {
	for i, t := range p.tokens {
		if t.Role != semantic.RoleOrder || t.used {
			continue
		}
		if t.Meaning == "desc" || t.Meaning == "asc" {
			p.sorted, p.sortAsc, t.used = true, t.Meaning == "asc", true
			continue
		}
		t.used = true
		if nth := i - 1; p.is(nth, semantic.RoleOrdinal) && p.tokens[nth].number > 1 {
			p.tokens[nth].used, p.offset = true, int(p.tokens[nth].number)-1
		}
		if p.rank == nil {
			p.rank, p.rankAt = t, i
		} else if t.Meaning == "bottom" && fold(p.rank.Text) != "top" { // plus … moins
			p.rank = t
		}
	}
	for i, t := range p.tokens { // who bought tents
		if w := fold(t.Text); (w == "who" || w == "qui" || w == "whom" || w == "qui sont") && (p.rank == nil || i < p.rankAt && p.bought) && p.target == "" && (p.bought || p.analysis != "" || p.negated >= 0) && !p.mentions("customer") {
			p.target, p.plural, p.which = "customer", p.rank == nil || p.q.Limit > 1 || p.are(i), true
		}
	}
	p.limitBeforeThing()
	if p.rank == nil || p.target != "" {
		return
	}
	if text := fold(p.rank.Text); strings.HasPrefix(strings.ReplaceAll(text, " ", ""), "bestsel") && !p.is(p.after(p.rankAt), semantic.RoleDimension) {
		p.target, p.targetAt, p.plural = "product", p.rankAt, strings.HasSuffix(text, "s") // the best seller of each division
		return
	}
	for k := range p.rankAt { // which division has the most customers
		if p.is(k, semantic.RoleDimension, semantic.RoleGrain) && !p.tokens[k].used && (p.asksFor(k) || p.leads(k, p.rankAt)) {
			p.setTarget(k)
			if more := p.after(p.rankAt, semantic.RoleConnective); p.is(more, semantic.RoleDimension) && counted[p.tokens[more].Meaning] != "" && !p.tokens[more].used {
				p.tokens[more].used = true
				p.q.Measures = append(p.q.Measures, counted[p.tokens[more].Meaning])
			}
			return
		}
	}
	// what is ranked: the nearest thing after, else before
	for k := p.after(p.rankAt, semantic.RoleConnective, semantic.RoleAll); k >= 0 && k < len(p.tokens); k = p.after(k) {
		if p.is(k, semantic.RoleDimension, semantic.RoleGrain) && !p.tokens[k].used {
			p.setTarget(k)
			return
		}
		if p.is(k, semantic.RoleGroup, semantic.RoleMeasure) {
			break
		}
	}
	for k := p.rankAt - 1; k >= 0; k-- {
		if p.is(k, semantic.RoleDimension, semantic.RoleGrain) && !p.tokens[k].used {
			p.setTarget(k)
			return
		}
	}
	for k := p.rankAt + 1; k < len(p.tokens); k++ {
		if p.is(k, semantic.RoleDimension, semantic.RoleGrain) && !p.tokens[k].used {
			p.setTarget(k)
			return
		}
	}
	if of := p.namedTogether(); p.target == "" && of != "" && len(p.q.Groups) == 0 { // Direct or Retailer: which sells most
		p.target = of
		return
	}
	for _, t := range p.tokens { // who buys most of it
		if w := fold(t.Text); p.target == "" && (w == "who" || w == "qui") && p.bought && len(p.q.Groups) == 0 {
			p.target = "customer"
		}
	}
	for _, t := range p.tokens { // when did we sell most
		if w := fold(t.Text); p.target == "" && (w == "when" || w == "quand") && p.q.Grain == "" {
			p.target = "month"
		}
	}
}

func (p *parser) setTarget(k int) {
	t := p.tokens[k]
	t.used = true
	p.target, p.targetAt = t.Meaning, k
	text := fold(t.Text)
	p.plural = text != singular(text) && text != "mois"
	if text == "mois" {
		for b := k - 1; b >= 0 && b >= k-3; b-- {
			w := fold(p.tokens[b].Text)
			if w == "quels" || w == "les" || w == "des" || w == "meilleurs" || w == "pires" || w == "tous les" {
				p.plural = true
			}
			if w == "quel" || w == "le" || w == "meilleur" || w == "pire" {
				p.plural = false
				break
			}
		}
	}
}

// limitBeforeThing reads "5 customers" and "top 5".
func (p *parser) limitBeforeThing() {
	for i, t := range p.tokens {
		if t.Role != semantic.RoleNumber || t.used || t.number != float64(int(t.number)) || t.number < 1 || t.number > 1000 {
			continue
		}
		next := p.after(i, semantic.RoleOrder, semantic.RoleAnalysis)
		ranked := p.rank != nil && (p.is(i-1, semantic.RoleOrder) || p.is(i+1, semantic.RoleOrder))
		if !(p.previous != nil && next < 0) && !p.is(next, semantic.RoleDimension, semantic.RoleGrain) && !ranked || i+1 < len(p.tokens) && (p.means(i+1, semantic.RoleUnit, "percent") || strings.HasPrefix(p.tokens[i+1].Text, "%")) {
			continue
		}
		if p.previous != nil && next < 0 && p.rank == nil { // show 10
			p.q.Limit, t.used = int(t.number), true
			return
		}
		if p.rank == nil && (p.is(next, semantic.RoleGrain) || p.analysis == "" && !p.only) {
			continue
		}
		p.q.Limit, t.used = int(t.number), true
		if p.is(next, semantic.RoleDimension, semantic.RoleGrain) && !p.tokens[next].used && p.target == "" {
			p.setTarget(next)
			p.plural = true
		}
		return
	}
}

// leads says that a thing stands before a ranking that belongs to it: "the month with the most customers".
func (p *parser) leads(k, rank int) bool {
	linked := false
	for i := k + 1; i < rank; i++ {
		if !p.is(i, semantic.RoleNoise, semantic.RoleConnective, semantic.RoleVerb) {
			return false
		}
		linked = linked || p.is(i, semantic.RoleConnective, semantic.RoleVerb)
	}
	return linked
}
