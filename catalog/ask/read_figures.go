package ask

import (
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

var counted = map[string]string{"customer": "unique_customers", "customer_code": "unique_customers", "product": "unique_products", "product_code": "unique_product_codes"}

// readCounts makes "how many customers" a measure.
func (p *parser) readCounts() {
	for i, t := range p.tokens {
		if t.Meaning == "total" && t.Role == semantic.RoleAggregate && !p.measured() && p.is(i+1, semantic.RoleDimension) && counted[p.tokens[i+1].Meaning] != "" { // total customers
			p.count, p.target, p.targetAt, p.plural = true, p.tokens[i+1].Meaning, i+1, true
			p.tokens[i+1].used = true
			continue
		}
		if t.Role != semantic.RoleAggregate || t.Meaning != "count" {
			continue
		}
		if b := p.before(i); fold(t.Text) == "count" && p.is(b, semantic.RoleDimension) && counted[p.tokens[b].Meaning] != "" && !p.is(p.before(b), semantic.RoleGroup) && p.countedBefore(i) { // customers count
			continue
		} else if fold(t.Text) == "count" && p.is(b, semantic.RoleMeasure) && strings.HasPrefix(p.tokens[b].Meaning, "unique_") {
			t.used = true
			continue
		}
		if p.analysis == "pareto" && !p.is(p.after(i, semantic.RoleConnective), semantic.RoleDimension) && p.target == "" { // how many of them does it take
			t.used, p.count = true, true
			continue
		}
		if p.howMuchAt(i) {
			t.used, p.howMuch = true, p.howMuch || !p.sold || p.rupees
			p.pieces = p.pieces || p.sold && !p.rupees && !p.spent
			continue
		}
		next := p.after(i, semantic.RoleConnective, semantic.RoleAll)
		for next >= 0 && (p.is(next, semantic.RoleAggregate) && p.tokens[next].Meaning != "count" || p.is(next, semantic.RoleAnalysis) || p.means(next, semantic.RoleOrder, "top")) {
			next = p.after(next, semantic.RoleConnective)
		}
		if thing := p.thingOfValues(next); thing > 0 { // how many Direct customers
			next = thing
		} else if p.shops(next) { // how many retailers
			t.used, p.count, p.target, p.targetAt, p.plural = true, true, "customer", next, true
			continue
		}
		switch {
		case next < 0 && p.countedBefore(i): // new customers in July, how many?
		case next < 0:
			if p.sold && !p.rupees && !p.measured() {
				t.used = true
				p.pieces = true
			}
		case p.is(next, semantic.RoleDimension):
			t.used, p.count = true, true
			p.target, p.targetAt, p.plural = p.tokens[next].Meaning, next, true
			p.tokens[next].used = true
		case p.is(next, semantic.RoleGrain):
			t.used, p.count = true, true
			p.target, p.targetAt, p.plural = p.tokens[next].Meaning, next, true
			p.tokens[next].used = true
		case p.is(next, semantic.RoleMeasure):
			t.used = true
		case p.is(next, roleValue):
			t.used = true
			if p.spent || p.measured() || p.has(CalcShare) {
				p.howMuch = true
				continue
			}
			p.q.Measures = []string{"quantity"}
			p.assume("“%s” counts pieces", "« %s » compte les pièces", t.Text)
		case p.is(next, semantic.RoleVerb):
			t.used, p.pieces, p.howMuch = true, !p.spent, p.spent
		case p.is(next, semantic.RoleMetadata):
			t.used = true
		}
	}
}

// thingOfValues is the dimension named right after a run of values; -1 without one.
func (p *parser) thingOfValues(i int) int {
	if !p.is(i, roleValue) {
		return -1
	}
	for i++; p.is(i, roleValue) || p.is(i, semantic.RoleConnective) && p.is(i+1, roleValue); i++ {
	}
	if p.is(i, semantic.RoleDimension) && counted[p.tokens[i].Meaning] != "" && p.tokens[i].Meaning != "" {
		return i
	}
	return -1
}

// countedBefore makes the customers or products named before "how many", or "count", those that are counted.
func (p *parser) countedBefore(i int) bool {
	if p.has(CalcShare) || slices.ContainsFunc(p.tokens, func(t *Token) bool { return t.Role == semantic.RoleOrder || t.Role == semantic.RoleGroup }) {
		return false
	}
	for k := i - 1; k >= 0; k-- {
		if p.is(k, semantic.RoleDimension) && counted[p.tokens[k].Meaning] != "" && !p.tokens[k].used && !p.is(p.before(k), semantic.RoleGroup) {
			if p.sold && !p.bought && p.analysis == "" && p.tokens[k].Meaning == "product" { // which products sold, and how many
				return false
			}
			p.tokens[i].used, p.tokens[k].used = true, true
			p.count, p.target, p.targetAt, p.plural = true, p.tokens[k].Meaning, k, true
			return true
		}
		if p.is(k, semantic.RoleMeasure) {
			return false
		}
	}
	return false
}

func (p *parser) noteMeasure(i int) {
	if p.measureAt < 0 {
		p.measureAt = i
	}
}

// averaged says that an average, median, minimum or maximum of a measure stands before a token, with no group between.
func (p *parser) averaged(i int) bool {
	for k := i - 1; k >= 0; k-- {
		if p.is(k, semantic.RoleGrain, semantic.RoleDimension) && !p.tokens[k].used {
			return false // average monthly revenue by …
		}
		if p.is(k, semantic.RoleAggregate) && p.tokens[k].Meaning != "total" && p.tokens[k].Meaning != "count" {
			return !p.is(p.before(k), semantic.RoleGrain)
		}
		if p.is(k, semantic.RoleGroup) && k != i {
			return false
		}
	}
	return false
}

// readMeasures takes the measures that are asked for.
func (p *parser) readMeasures() {
	for i, t := range p.tokens {
		switch {
		case t.Role == semantic.RoleMeasure && !t.used:
			t.used = true
			p.noteMeasure(i)
			if t.Meaning == "quantity" && p.salesOnly() && inUnits(p.tokens, i) { // ventes en volume
				p.q.Measures = slices.DeleteFunc(p.q.Measures, func(m string) bool { return m == "revenue" })
			}
			if !slices.Contains(p.q.Measures, t.Meaning) {
				p.q.Measures = append(p.q.Measures, t.Meaning)
			}
		case t.Role == semantic.RoleAggregate && t.Meaning == "average" && p.has(CalcMoving):
			t.used = true
		case t.Role == semantic.RoleAggregate && !t.used && t.Meaning != "count":
			switch t.used = true; {
			case p.q.Aggregate == "" || p.typical: // typical (median)
				p.q.Aggregate = t.Meaning
			case p.q.Aggregate != t.Meaning && !slices.Contains(p.q.MoreAggregates, t.Meaning) && !loosely[fold(t.Text)]:
				p.q.MoreAggregates = append(p.q.MoreAggregates, t.Meaning)
			}
			p.typical = loosely[fold(t.Text)]
		}
	}
	p.readWithin()
	if p.count {
		switch {
		case len(p.q.Having) > 0 || p.rank != nil && p.analysis == "":
		case isGrain(p.target):
		case counted[p.target] != "":
			p.q.Measures = append([]string{counted[p.target]}, p.q.Measures...)
		default:
			p.q.Measures = append([]string{countPrefix + p.target}, p.q.Measures...)
		}
	}
}

const countPrefix = "count:"

// loosely are the words for an average that a better word beside them makes exact.
var loosely = map[string]bool{"typical": true, "typically": true, "usual": true}

// readSpans gives numbers to moving averages and Pareto.
func (p *parser) readSpans() {
	moving := -1
	for i, t := range p.tokens {
		if t.Role == semantic.RoleCalculation && t.Meaning == "moving" {
			moving = i
		}
	}
	if moving >= 0 && p.trailing(moving) {
		moving = -1
	}
	for i, t := range p.tokens {
		if t.Role == semantic.RoleHalf && !t.used {
			if (p.count || p.which || p.target != "") && len(p.q.Having) == 0 {
				p.q.Kind, p.q.Percent, t.used = KindPareto, 50, true
			}
			continue
		}
		if t.Role != semantic.RoleNumber || t.used {
			continue
		}
		if moving >= 0 {
			p.q.Span, t.used = int(t.number), true
			if next := p.after(i); p.is(next, semantic.RoleGrain) {
				p.tokens[next].used = true
				if p.q.Grain == "" || p.adjective {
					p.q.Grain = p.tokens[next].Meaning
				}
			}
			continue
		}
		percent := p.means(i+1, semantic.RoleUnit, "percent") || p.is(i+1, semantic.RoleCalculation) && percentLike(p.tokens[i+1].Text)
		if percent && !p.is(i-1, semantic.RoleOrder) && t.number > 0 && t.number <= 100 && (p.count || p.which || p.target != "" || p.analysis == "pareto") && len(p.q.Having) == 0 {
			p.q.Kind, p.q.Percent, t.used, p.tokens[i+1].used = KindPareto, t.number, true, true
		}
	}
	if p.analysis == "pareto" && p.q.Kind != KindPareto {
		p.q.Kind, p.q.Percent = KindPareto, 80
	}
}

// trailing makes "trailing 12 months", without an average, the last months that it is: a total.
func (p *parser) trailing(moving int) bool {
	text := fold(p.tokens[moving].Text)
	if p.is(moving-1, semantic.RolePeriod) && p.tokens[moving-1].period.last > 0 && p.q.Aggregate == "" && !strings.HasPrefix(text, "moy") { // les 12 derniers mois glissants
		p.tokens[moving].used = true
		return true
	}
	if text != "trailing" && text != "rolling" && text != "running" || slices.ContainsFunc(p.tokens, func(t *Token) bool { return t.Role == semantic.RoleAggregate && t.Meaning == "average" }) {
		return false
	}
	number := p.after(moving)
	unit := p.after(number)
	if !p.is(number, semantic.RoleNumber) || !p.is(unit, semantic.RoleGrain) || p.tokens[number].number < 2 {
		return false
	}
	for i, t := range p.tokens {
		if t.Role == semantic.RoleGrain && i != unit || t.Role == semantic.RoleStep {
			p.ask(p.tokens[moving].Text, "“%s”: an average over the periods? A running sum of a fixed length is not possible", "« %s » : une moyenne sur ces périodes ? Une somme glissante n'est pas possible", p.tokens[moving].Text)
			return true
		}
	}
	p.tokens[moving].used, p.tokens[number].used, p.tokens[unit].used = true, true, true
	p.tokens[moving].Role, p.tokens[number].Role = semantic.RoleNoise, semantic.RoleNoise
	p.tokens[unit].Role, p.tokens[unit].used = semantic.RolePeriod, false
	p.tokens[unit].period = &timeWords{unit: p.tokens[unit].Meaning, last: int(p.tokens[number].number), isLast: true}
	p.assume("“%s” without an average is the total of the last %d", "« %s » sans moyenne est le total des %d derniers", p.tokens[moving].Text, int(p.tokens[number].number))
	if p.q.Grain == p.tokens[unit].Meaning && p.adjective {
		p.q.Grain, p.adjective = "", false
	}
	return true
}

// readCalculations takes share, growth, running totals.
func (p *parser) readCalculations() {
	for i, t := range p.tokens {
		switch {
		case t.used && t.Role == semantic.RoleCalculation:
		case t.Role == semantic.RoleStep:
			p.q.Step, t.used = t.Meaning, true
			if p.q.Calc == "" {
				p.q.Calc = CalcGrowth
			}
		case t.Role == semantic.RoleUnit && t.Meaning == "percent" && !t.used && p.q.Kind != KindPareto:
			before := p.before(i)
			if !p.is(before, semantic.RoleNumber) {
				t.used = true
				if p.q.Calc == "" && !p.has(CalcGrowth) && !p.has(CalcDifference) && !p.compare {
					p.q.Calc, p.shareAt = CalcShare, i
				} else if p.q.Calc == CalcDifference || p.compare || p.has(CalcDifference) {
					p.q.Calc = CalcGrowth
				}
			}
		case t.Role == semantic.RoleCalculation:
			t.used = true
			calc := Calc(t.Meaning)
			text := fold(t.Text)
			p.absolute = p.absolute || p.rupees || strings.Contains(text, "absolu") || strings.HasSuffix(text, "rupees") || strings.HasSuffix(text, "inr")
			if calc == CalcShare && (p.has(CalcGrowth) || p.has(CalcDifference) || p.q.Calc == CalcDifference) { // growth in %
				if !percentLike(t.Text) { // the growth of a share
					p.ask(t.Text, "“%s” together with another calculation is not possible", "« %s » avec un autre calcul n'est pas possible", t.Text)
					return
				}
				p.q.Calc = CalcGrowth
				continue
			}
			if calc == CalcDifference && p.q.Calc == CalcGrowth { // growth, the absolute change of it
				continue
			}
			if calc == CalcShare && strings.HasPrefix(strings.TrimPrefix(strings.TrimPrefix(text, "in "), "en "), "%") || text == "in percent" || text == "en pourcentage" {
				if p.compare || p.evolves() {
					calc = CalcGrowth
				}
			}
			if p.q.Calc != "" && p.q.Calc != calc && !(p.q.Calc == CalcDifference && calc == CalcGrowth) {
				p.ask(t.Text, "“%s” together with another calculation is not possible", "« %s » avec un autre calcul n'est pas possible", t.Text)
				return
			}
			p.q.Calc = calc
			if calc == CalcShare && p.shareAt < 0 {
				p.shareAt = i
			}
			p.decline, p.rise = p.decline || startsWithAny(text, downwards), p.rise || rises(text)
		}
	}
	if p.absolute && p.q.Calc == CalcGrowth {
		p.q.Calc = CalcDifference
	}
}

func (p *parser) has(c Calc) bool {
	for _, t := range p.tokens {
		if t.Role == semantic.RoleCalculation && t.Meaning == string(c) || t.Role == semantic.RoleStep && c == CalcGrowth {
			return true
		}
	}
	return false
}

func (p *parser) measured() bool {
	for _, t := range p.tokens {
		if t.Role == semantic.RoleMeasure {
			return true
		}
	}
	return false
}

// averagedAt says that an average or its like stands right before: "median customer revenue".
func (p *parser) averagedAt(i int) bool {
	b := p.before(i)
	return p.is(b, semantic.RoleAggregate) && p.tokens[b].Meaning != "total" && p.tokens[b].Meaning != "count"
}

// evolves says that a course over time is asked for: "évolution du CA en %".
func (p *parser) evolves() bool {
	for _, t := range p.tokens {
		switch fold(t.Text) {
		case "evolution", "evolutions", "variation", "trend", "development", "change", "changes":
			return true
		}
	}
	return false
}

var insideWords = map[string]bool{"within": true, "inside": true, "within each": true, "in each": true, "of each": true, "dans chaque": true, "au sein de chaque": true, "a l interieur de chaque": true, "its": true, "their": true, "sa": true,
	"son": true, "leur": true, "leurs": true, "de chaque": true}

// readWithin finds what a share is of, if it is not the total: "within each platform", "of its division".
func (p *parser) readWithin() {
	dimensions := 0
	for _, t := range p.tokens {
		dimensions += boolInt(t.Role == semantic.RoleDimension)
	}
	if !p.has(CalcShare) || dimensions < 2 {
		return
	}
	for i, t := range p.tokens {
		if i == 0 || t.Role != semantic.RoleDimension || !insideWords[fold(p.tokens[i-1].Text)] {
			continue
		}
		if !slices.ContainsFunc(p.tokens[:i], func(t *Token) bool { return t.Role == semantic.RoleDimension }) { // share of each category …
			continue
		}
		t.used = true
		p.addGroup(t.Meaning)
		p.q.Within = append(p.q.Within, t.Meaning)
		if p.is(i-1, semantic.RoleGroup) {
			p.tokens[i-1].used = true
		}
	}
}
