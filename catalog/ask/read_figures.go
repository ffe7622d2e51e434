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
		switch {
		case next < 0:
			if p.sold && !p.rupees {
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

// readThresholds reads "more than 1 billion", "between 1 and 2 crore", "10 lakh or more".
func (p *parser) readThresholds() {
	for i, t := range p.tokens {
		if t.Role != semantic.RoleThreshold || t.used {
			continue
		}
		number := p.after(i, semantic.RoleUnit, semantic.RoleConnective)
		if !p.is(number, semantic.RoleNumber) {
			if number = p.before(i, semantic.RoleUnit, semantic.RoleConnective, semantic.RoleMeasure); !p.is(number, semantic.RoleNumber) || (t.Meaning != "ge" && t.Meaning != "le") {
				continue
			}
		}
		if p.is(number+1, semantic.RoleGrain) && p.has(CalcMoving) { // over 6 months
			t.used = true
			continue
		}
		h := Threshold{Op: t.Meaning, Value: p.tokens[number].number}
		t.used, p.tokens[number].used = true, true
		end := number
		if t.Meaning == "between" {
			and := p.after(number, semantic.RoleUnit)
			if p.is(and, semantic.RoleConnective) {
				and = p.after(and, semantic.RoleUnit)
			}
			if !p.is(and, semantic.RoleNumber) {
				p.ask(t.Text, "“%s” needs two numbers", "« %s » demande deux nombres", t.Text)
				return
			}
			h.And, p.tokens[and].used = p.tokens[and].number, true
			if h.Value < h.And/1e4 || h.Value < 1000 && h.And >= 1e5 { // entre 1 et 2 milliards
				scale := 1.0
				for _, s := range []float64{1e9, 1e7, 1e6, 1e5, 1e3} {
					if h.And >= s && h.Value < 1000 {
						scale = s
						break
					}
				}
				h.Value *= scale
			}
			end = and
		}
		if u := end + 1; p.is(u, semantic.RoleCalculation) && strings.HasPrefix(p.tokens[u].Text, "%") { // moins de 1 % du CA
			h.Percent, p.tokens[u].used, end = true, true, u
		}
		for u := end + 1; p.is(u, semantic.RoleUnit, semantic.RoleConnective, semantic.RoleNoise); u++ {
			if p.means(u, semantic.RoleUnit, "percent") {
				h.Percent = true
				p.tokens[u].used = true
			}
			if p.means(u, semantic.RoleUnit, "pieces") {
				h.Measure = "quantity"
				p.tokens[u].used = true
			}
			end = u
		}
		if counting := end + 1; p.is(counting, semantic.RoleDimension) && counted[p.tokens[counting].Meaning] != "" {
			h.Measure = counted[p.tokens[counting].Meaning]
			p.tokens[counting].used = true
		} else if p.is(counting, semantic.RoleMeasure) {
			h.Measure = p.tokens[counting].Meaning
			p.tokens[counting].used = true
			p.noteMeasure(counting)
		} else if c := p.before(i, semantic.RoleConnective); p.is(c, semantic.RoleMeasure) {
			h.Measure = p.tokens[c].Meaning
		}
		p.q.Having = append(p.q.Having, h)
	}
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
			t.used = true
			if p.q.Aggregate == "" {
				p.q.Aggregate = t.Meaning
			} else if p.q.Aggregate != t.Meaning && !slices.Contains(p.q.MoreAggregates, t.Meaning) { // both minimum and maximum
				p.q.MoreAggregates = append(p.q.MoreAggregates, t.Meaning)
			}
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

// readSpans gives numbers to moving averages and Pareto.
func (p *parser) readSpans() {
	moving := -1
	for i, t := range p.tokens {
		if t.Role == semantic.RoleCalculation && t.Meaning == "moving" {
			moving = i
		}
	}
	if moving >= 0 && p.is(moving-1, semantic.RolePeriod) && p.tokens[moving-1].period.last > 0 && p.q.Aggregate == "" && !strings.HasPrefix(fold(p.tokens[moving].Text), "moy") {
		p.tokens[moving].used = true // les 12 derniers mois glissants: a total
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
		if moving >= 0 && !p.tokens[moving].used {
			p.q.Span, t.used = int(t.number), true
			if next := p.after(i); p.is(next, semantic.RoleGrain) {
				p.tokens[next].used = true
				if p.q.Grain == "" || p.adjective {
					p.q.Grain = p.tokens[next].Meaning
				}
			}
			continue
		}
		percent := p.means(i+1, semantic.RoleUnit, "percent") || p.is(i+1, semantic.RoleCalculation) && strings.Contains(p.tokens[i+1].Text, "%")
		if percent && !p.is(i-1, semantic.RoleOrder) && t.number > 0 && t.number <= 100 && (p.count || p.which || p.target != "" || p.analysis == "pareto") && len(p.q.Having) == 0 {
			p.q.Kind, p.q.Percent, t.used, p.tokens[i+1].used = KindPareto, t.number, true, true
		}
	}
	if p.analysis == "pareto" && p.q.Kind != KindPareto {
		p.q.Kind, p.q.Percent = KindPareto, 80
	}
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
			if calc == CalcShare && (p.has(CalcGrowth) || p.has(CalcDifference) || p.q.Calc == CalcDifference) { // growth in %
				if !percentLike(t.Text) { // the growth of a share
					p.ask(t.Text, "“%s” together with another calculation is not possible", "« %s » avec un autre calcul n'est pas possible", t.Text)
					return
				}
				p.q.Calc = CalcGrowth
				continue
			}
			absolute := strings.Contains(text, "absolu")
			if calc == CalcDifference && p.q.Calc == CalcGrowth && !absolute || calc == CalcGrowth && p.q.Calc == CalcDifference && p.says("absolu") {
				continue
			}
			if calc == CalcDifference && p.q.Calc == CalcGrowth {
				p.q.Calc = calc
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
			if calc == CalcGrowth && p.rupees { // in rupees, so no percentage
				p.q.Calc = CalcDifference
			}
			if calc == CalcShare && p.shareAt < 0 {
				p.shareAt = i
			}
			for _, down := range []string{"declin", "decreas", "fell", "fall", "drop", "baiss", "dimin", "recul", "chut", "regress", "repli", "degring", "effond", "plong", "decro", "decru", "descend",
				"contract", "en baiss", "en recul", "en repli", "en declin", "shr"} {
				p.decline = p.decline || strings.HasPrefix(text, down)
			}
		}
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
