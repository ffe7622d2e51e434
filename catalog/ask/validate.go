package ask

import (
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// validate refuses combinations that would say something false.
func (p *parser) validate() {
	q := &p.q
	if q.Kind == KindWhy && !q.Versus {
		if len(q.Periods) != 1 {
			p.ask("", "Between which two periods?", "Entre quelles deux périodes ?")
			last := Period{From: p.last, To: p.last}
			p.choice(p.label(last), p.say("why did revenue change in ", "pourquoi le chiffre d'affaires a changé en ")+p.label(last))
			return
		}
		period := q.Periods[0]
		before := period.before()
		if q.Step == "year" {
			before = period.shift(-12)
		}
		if before.From < p.first && before.To < p.first {
			p.refuse("", "%s has nothing before it in the data", "%s n'a rien avant lui dans les données", p.label(period))
			return
		}
		q.Periods, q.Versus = []Period{before, period}, true
		p.assume("compared with %s", "par rapport à %s", p.label(before))
	}
	if q.Kind == KindSet {
		p.validateSet()
		return
	}
	if q.Kind == KindLost && len(q.Periods) != 1 {
		p.ask("", "Lost in which period?", "Perdus pendant quelle période ?")
		stem := strings.TrimRight(p.question, " ?!.")
		year := Period{From: p.last - p.last%12, To: p.last - p.last%12 + 11}
		for _, option := range []Period{year, {From: p.last - p.last%3, To: p.last - p.last%3 + 2}, {From: p.last, To: p.last}} {
			p.choice(p.label(option), stem+p.say(" in ", " en ")+p.label(option))
		}
		return
	}
	if q.Kind == KindMeaning && q.Subject == "" {
		p.ask("", "The meaning of which measure or column?", "La signification de quelle mesure ou colonne ?")
		return
	}
	switch {
	case (q.Calc == CalcGrowth || q.Calc == CalcDifference) && !q.Versus && q.Ranked && len(q.Groups) > 0:
		p.ask("", "A ranking of growth needs two periods", "Un classement par croissance demande deux périodes")
		return
	case p.shareOfMembers():
		p.ask("", "A share of the number of customers or products is not possible; a share of revenue or quantity is", "Une part du nombre de clients ou de produits n'est pas possible ; une part du chiffre d'affaires ou de la quantité l'est")
		return
	case q.Kind == KindNew && p.target == "" && len(q.Groups) == 0 && len(q.Filters) > 0:
		p.ask("", "New customers, or new products?", "De nouveaux clients, ou de nouveaux produits ?")
		return
	case p.anded && p.bought && (q.Kind == KindList || p.count) && (p.target == "customer" || q.Subject == "customer"):
		p.ask(p.andedAt, "“%s”: customers of either, or of both?", "« %s » : clients de l'un ou l'autre, ou des deux ?", p.andedAt)
		p.choice(p.say("either", "l'un ou l'autre"), p.replaced(" "+p.andedAt+" ", p.say(" or ", " ou ")))
		if p.language == english {
			p.choice("both", p.replaced(p.andedFirst, "both "+p.andedFirst))
		}
		return
	}
	for _, h := range q.Having {
		if m := p.Model.Measure(h.Measure); m != nil && m.Unit == "INR" && p.assumedMeasure && !h.Percent && h.Value < 1000 {
			p.ask("", "More or less than %s of what?", "Plus ou moins de %s de quoi ?", plainNumber(h.Value))
			return
		}
	}
	if len(q.Having) > 0 && len(q.Groups) == 0 && q.Grain == "" {
		p.ask("", "Which things are to be compared with that number?", "Quelles choses comparer à ce nombre ?")
		p.choice(p.say("customers", "clients"), p.say("customers with ", "clients avec ")+p.question)
		return
	}
	if (q.Calc == CalcShare && len(q.Numerator) == 0 && !p.ofWhole() || q.Calc == CalcCumulative) && len(q.Measures) > 0 && !p.additive(q.Measures[0]) {
		p.refuse(p.measureLabel(q.Measures[0]), "%s does not add up, so a share or running total of it says nothing", "%s ne s'additionne pas : une part ou un cumul n'a pas de sens", p.measureLabel(q.Measures[0]))
		return
	}
	if q.Calc == CalcShare && len(q.Numerator) == 0 && len(q.Groups) == 0 && q.Grain == "" {
		p.ask("", "Share of what?", "La part de quoi ?")
		p.choice(p.say("by channel", "par canal"), strings.TrimRight(p.question, " ?!.")+p.say(" by channel", " par canal"))
		return
	}
	if q.Aggregate != "" && q.Kind == KindFigures {
		if len(q.Measures) == 1 && !p.additive(q.Measures[0]) && q.Over == "" && q.Aggregate == "average" && q.Measures[0] == "average_selling_price" {
			q.Aggregate = ""
			return
		}
		if q.Over == "" && len(q.Groups) == 0 && q.Grain != "" {
			q.Over, q.Grain = q.Grain, ""
		}
		if q.Over == "" {
			p.ask(q.Aggregate, "The %s over what: months, customers, products?", "%s sur quoi : mois, clients, produits ?", q.Aggregate)
			stem := strings.TrimRight(p.question, " ?!.")
			for _, c := range [][2]string{{" per month", " par mois"}, {" per customer", " par client"}, {" per product", " par produit"}} {
				p.choice(strings.TrimSpace(p.say(c[0], c[1])), stem+p.say(c[0], c[1]))
			}
			return
		}
		if q.Calc != "" || len(q.Having) > 0 || q.Ranked {
			p.ask(q.Aggregate, "an average with that is not possible", "une moyenne avec cela n'est pas possible")
			return
		}
	}
	if p.compare && !q.Versus && q.Calc == "" && q.Kind == KindFigures && len(q.Parts) == 0 {
		p.validateCompare()
	}
}

func (p *parser) validateSet() {
	q := &p.q
	word := p.setWord()
	if q.Subject == "" || isGrain(q.Subject) {
		p.ask(word, "“%s”: which things, customers or products?", "« %s » : quoi, des clients ou des produits ?", word)
		return
	}
	if len(q.ButFilters)+len(q.ButPeriods) == 0 && (p.negated >= 0 || p.exclusive || len(q.All) < 2) {
		p.ask(word, "what “%s” leaves out is not clear", "ce que « %s » exclut n'est pas clair", word)
		return
	}
	if len(q.ButFilters) == 0 && len(q.ButPeriods) > 0 { // kettlebells in October, but not in November
		q.ButFilters = slices.Clone(q.Filters)
		return
	}
	if len(q.ButFilters) > 0 { // one period is of both sides
		if len(q.ButPeriods) == 0 {
			q.ButPeriods = q.Periods
		} else if len(q.Periods) == 0 && len(q.Filters) > 0 {
			q.Periods = q.ButPeriods
		}
	}
}

// validateCompare gives a comparison its two sides.
func (p *parser) validateCompare() {
	q := &p.q
	for _, f := range q.Filters {
		if len(f.Values) > 1 && !f.Negated && !slices.Contains(q.Groups, f.Dimension) {
			q.Groups = append(q.Groups, f.Dimension)
			return
		}
	}
	if len(q.Periods) > 2 {
		return
	}
	if len(q.Groups) > 0 || q.Grain != "" {
		return
	}
	p.ask("", "Compared with what?", "Comparé à quoi ?")
	last := Period{From: p.last - p.last%12, To: p.last - p.last%12 + 11}
	p.choice(p.label(last.before()), strings.TrimRight(p.question, " ?!.")+" "+p.label(last)+" vs "+p.label(last.before()))
}

// purchases says that somebody's purchases are asked for, a figure, and not what was bought.
func (p *parser) purchases() bool {
	for _, t := range p.tokens {
		switch fold(t.Text) {
		case "purchases", "achats", "spend", "spent", "depense", "depenses":
			return true
		}
	}
	return false
}

// shareOfMembers says that a share of customers or products themselves is asked for: "percentage of customers who bought".
func (p *parser) shareOfMembers() bool {
	if p.q.Calc != CalcShare || p.measureAt >= 0 || p.shareAt < 0 {
		return false
	}
	next := p.after(p.shareAt, semantic.RoleConnective, semantic.RoleAll)
	return p.is(next, semantic.RoleDimension) && counted[p.tokens[next].Meaning] != "" && (p.bought || p.sold || len(p.q.Filters)+len(p.q.Numerator) > 0)
}

// ofData says that the data themselves are named: "the latest month in the data".
func (p *parser) ofData() bool {
	for _, t := range p.tokens {
		if text := fold(t.Text); strings.Contains(text, "data") || strings.Contains(text, "donnees") || strings.Contains(text, "available") || strings.Contains(text, "disponible") {
			return true
		}
	}
	return false
}
