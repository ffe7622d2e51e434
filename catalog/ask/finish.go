package ask

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// finish makes the Query whole: what was left open gets its default, and what does not fit stops it.
func (p *parser) finish() {
	for _, step := range []func(){p.account, p.shape, p.defaults, p.validate, p.fit} {
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

// shape decides the kind of the query.
func (p *parser) shape() {
	q := &p.q
	if p.kept {
		return
	}
	switch p.analysis {
	case "anomaly":
		q.Kind = KindAnomaly
		if p.target == "" && q.Grain == "" || isGrain(p.target) || isGrain(q.Grain) {
			q.Grain = "month"
		}
		return
	case "volatility", "stable":
		q.Kind, q.Grain = KindVolatility, ""
		q.Descending = p.analysis == "volatility" != (p.rank != nil && p.rank.Meaning == "bottom")
		if p.target != "" && !isGrain(p.target) {
			p.addGroup(p.target)
			if p.rank != nil || q.Limit > 0 {
				q.Ranked = true
				if q.Limit == 0 {
					q.Limit = p.rankLimit()
				}
			}
		}
		if len(q.Groups) == 1 && q.Limit == 0 && (p.which || p.analysis == "stable" || p.rank != nil) {
			q.Ranked, q.Limit = true, p.rankLimit()
		}
		return
	case "seasonality":
		q.Kind = KindSeasonality
		return
	case "new", "lost":
		q.Kind = KindNew
		if p.analysis == "lost" {
			q.Kind = KindLost
		}
		q.Subject = "customer"
		if p.target == "product" || slices.Contains(q.Groups, "product") {
			q.Subject = "product"
		}
		q.CountRows = p.count || p.target == "" || q.Grain != "" && !p.which
		if !p.count && q.Grain == "" && p.target != "" {
			q.CountRows = false
		}
		if isGrain(p.target) && p.rank != nil {
			q.Grain, q.CountRows, q.Ranked, q.Limit, q.Descending = p.target, true, true, p.rankLimit(), p.rank.Meaning == "top"
		}
		q.Measures = nil
		return
	case "why":
		q.Kind, q.Calc = KindWhy, ""
		if len(q.Measures) > 0 && q.Measures[0] != "revenue" {
			p.ask(p.measureLabel(q.Measures[0]), "only a move of revenue can be explained: by price, volume, mix, customers and products", "seule une variation du chiffre d'affaires peut être expliquée : prix, volume, mix, clients et produits")
			return
		}
		q.Measures = []string{"revenue"}
		return
	}
	if q.Kind == KindPareto {
		if p.target != "" && !isGrain(p.target) {
			q.Groups = append([]string{p.target}, q.Groups...)
		}
		q.CountRows = p.count
		if p.count {
			q.Measures = slices.DeleteFunc(q.Measures, func(m string) bool { return m == counted[p.target] || strings.HasPrefix(m, countPrefix) })
		}
		return
	}
	if p.negated >= 0 {
		q.Kind = KindSet
		q.Subject = p.target
		if q.Subject == "" && len(q.Groups) == 1 {
			q.Subject = q.Groups[0]
		}
		q.CountRows = p.count
		p.setGroups = q.Groups
		q.Measures, q.Groups = nil, nil
		return
	}
	if p.metadata == "exist" && p.ofData() && len(q.Periods) > 0 && p.target == "" && len(q.Measures)+len(q.Groups)+len(q.Filters) == 0 {
		q.Kind, q.Periods = KindPeriod, nil
		return
	}
	measured := len(q.Measures) > 0 || p.rank != nil || len(q.Having) > 0 || q.Calc != "" || p.compare || q.Aggregate != ""
	switch p.metadata {
	case "refresh":
		q.Kind = KindRefresh
	case "columns":
		q.Kind = KindColumns
	case "meaning":
		q.Kind = KindMeaning
		if len(q.Measures) > 0 {
			q.Subject = q.Measures[0]
		} else if p.target != "" {
			q.Subject = p.target
		}
		return
	case "period":
		q.Kind = KindPeriod
		if len(q.Measures) == 0 {
			return
		}
	}
	if q.Kind == KindRefresh || q.Kind == KindColumns {
		return
	}
	if !measured && counted[p.target] != "" && len(q.Groups)+boolInt(q.Grain != "") > 0 && !p.which && p.negated < 0 && !p.count { // customers per channel
		q.Measures = []string{counted[p.target]}
		q.Kind, p.target = KindFigures, ""
		return
	}
	if !measured && p.target != "" && !p.count {
		q.Kind, q.Subject = KindList, p.target
		if isGrain(p.target) {
			q.Grain = p.target
		}
		return
	}
	q.Kind = KindFigures
	if q.Aggregate == "average" && len(q.Measures) == 1 && q.Measures[0] == "average_selling_price" { // it is an average already
		if q.Over != "" {
			p.addGroup(q.Over)
		}
		q.Aggregate, q.Over = "", ""
	}
	if q.Aggregate != "" && q.Over == "" && len(q.Groups) == 1 && q.Grain == "" && p.eachGroup && !p.averaged(p.groupAt) { // units per customer on average
		q.Over, q.Groups = q.Groups[0], nil
	}
	p.shapeFigures()
}

func (p *parser) rankLimit() int {
	if p.q.Limit > 0 {
		return p.q.Limit
	}
	if p.target != "" && !p.plural {
		return 1
	}
	return p.Model.Defaults.Limit
}

// shapeFigures places the target of a ranking or a threshold among the groups.
func (p *parser) shapeFigures() {
	q := &p.q
	if p.count && (len(q.Having) > 0) {
		q.CountRows = true
		p.addGroup(p.target)
		return
	}
	if over := q.Over; p.rank == nil && (q.Aggregate == "maximum" || q.Aggregate == "minimum") && len(q.Groups) == 0 && (over != "" && q.Grain == "" || over == "" && q.Grain != "") {
		p.rank = &Token{Role: semantic.RoleOrder, Meaning: map[string]string{"maximum": "top", "minimum": "bottom"}[q.Aggregate]} // the month with it, too
		q.Aggregate, q.Over, q.Grain, p.target = "", "", "", cmp.Or(over, q.Grain)
	}
	if p.rank != nil {
		p.shapeRank()
		return
	}
	if p.target != "" && !p.count {
		if isGrain(p.target) {
			q.Grain = p.target
		} else if !slices.Contains(q.Groups, p.target) {
			q.Groups = append([]string{p.target}, q.Groups...)
		}
		if q.Limit > 0 {
			q.Ranked, q.Descending = true, true
		}
	}
	if p.count && isGrain(p.target) {
		q.CountRows, q.Grain = true, p.target
	}
	if p.sorted && len(q.Groups)+boolInt(q.Grain != "") > 0 {
		q.Ranked, q.Descending = true, !p.sortAsc
	}
	if p.decline && len(q.Groups) > 0 && (q.Calc == CalcGrowth || q.Calc == CalcDifference) && p.which && len(q.Having) == 0 {
		q.Having = append(q.Having, Threshold{Measure: string(q.Calc), Op: "lt"})
	}
}

func (p *parser) shapeRank() {
	q := &p.q
	q.Descending = p.rank.Meaning == "top" != (p.decline && q.Calc == CalcGrowth)
	switch {
	case p.target == "" && p.previous != nil:
	case p.target == "" && q.Over != "" && isGrain(q.Over):
		p.target, q.Over, q.Aggregate = q.Over, "", ""
	case p.target == "" && len(q.Groups) == 1:
		p.target, q.Groups = q.Groups[0], nil
		p.plural = q.Limit != 1
		if q.Limit == 0 {
			q.Ranked = true
			q.Groups = []string{p.target}
			return
		}
	case p.target == "" && q.Grain != "" && len(q.Groups) == 0:
		p.target, q.Grain = q.Grain, ""
	case p.target == "":
		p.ask(p.rank.Text, "“%s” of what, and by which measure?", "« %s » de quoi, et selon quelle mesure ?", p.rank.Text)
		for _, c := range [][2]string{{"best customers by revenue", "meilleurs clients par chiffre d'affaires"}, {"best products by revenue", "meilleurs produits par chiffre d'affaires"}, {"best divisions by quantity", "meilleures divisions par quantité"}} {
			p.choice(p.say(c[0], c[1]), p.say(c[0], c[1]))
		}
		return
	}
	if q.Aggregate == "maximum" || q.Aggregate == "minimum" {
		q.Aggregate = ""
	}
	if q.Grain != "" && p.adjective && !isGrain(p.target) && p.target != "" {
		p.ask(p.rank.Text, "a series over time of the %s ones: ask for them first, then for the series of those", "une série des « %s » : demandez d'abord lesquels, puis leur série", p.rank.Text)
		p.choice("", strings.Join([]string{p.say("top customers by revenue for each", "meilleur client par chiffre d'affaires de chaque"), strings.ToLower(p.dimensionLabel(q.Grain))}, " "))
		return
	}
	if p.target != "" && !isGrain(p.target) && p.measureAt >= 0 && p.measureAt < p.rankAt && !p.eachGroup && len(q.Groups)+boolInt(q.Grain != "") > 0 && q.Calc != CalcShare { // revenue of the top 5 customers by month
		p.ask(p.rank.Text, "“%s”: the top of each, or the same ones throughout?", "« %s » : le top de chacun, ou toujours les mêmes ?", p.rank.Text)
		for _, d := range append(slices.Clone(q.Groups), q.Grain) {
			if d != "" {
				p.choice("", fmt.Sprintf(p.say("top %d %s for each %s by %s", "top %d %s de chaque %s par %s"), p.rankLimit(), strings.ToLower(p.dimensionLabel(p.target)), strings.ToLower(p.dimensionLabel(d)), strings.ToLower(p.measureLabel(q.Measures[0]))))
			}
		}
		return
	}
	q.Ranked = true
	q.Limit = p.rankLimit()
	q.TopShare = q.Calc == CalcShare && p.shareAt >= 0 && p.shareAt < p.rankAt && len(q.Groups) == 0 && q.Grain == "" && !isGrain(p.target)
	q.Within = slices.Clone(q.Groups)
	if isGrain(p.target) {
		if q.Grain != "" && q.Grain != p.target { // best month of each year
			q.Within = append(q.Within, q.Grain)
		}
		if q.Grain != p.target && q.Grain != "" {
			q.Groups = append(q.Groups, q.Grain)
		}
		q.Grain = p.target
		return
	}
	if q.Grain != "" {
		q.Within = append([]string{q.Grain}, q.Within...)
	}
	q.Within = slices.DeleteFunc(q.Within, func(g string) bool { return g == p.target })
	if p.target != "" && !slices.Contains(q.Groups, p.target) {
		q.Groups = append(q.Groups, p.target)
	}
}

// defaults fills in what the question left open, and says so.
func (p *parser) defaults() {
	q := &p.q
	switch q.Kind {
	case KindFigures, KindPareto, KindAnomaly, KindVolatility, KindSeasonality, KindWhy:
	default:
		return
	}
	if len(q.Measures) == 0 && q.Aggregate != "" && q.Over == "" {
		p.ask(q.Aggregate, "which measure, and over what?", "quelle mesure, et sur quoi ?")
		return
	}
	if len(q.Measures) == 0 {
		for _, h := range q.Having {
			if h.Measure != "" && h.Measure != string(CalcGrowth) && h.Measure != string(CalcDifference) {
				q.Measures = []string{h.Measure}
			}
		}
	}
	if len(q.Measures) == 0 {
		certain := q.Kind != KindFigures || q.Ranked || len(q.Having) > 0 || q.Calc != "" || p.compare
		switch {
		case p.pieces, p.count, p.sold && !p.howMuch && len(q.Filters) > 0 && q.Kind == KindFigures && !q.Ranked:
			if p.language == french && p.pieces && len(q.Filters) == 0 {
				p.noMeasure()
				return
			}
			q.Measures = []string{"quantity"}
			p.assume("quantity is meant", "il s'agit de la quantité")
		case certain, p.howMuch, p.purchases() && len(q.Filters) > 0:
			q.Measures = []string{p.Model.Defaults.Measure}
			p.assumedMeasure = true
			p.assume("no measure is named: by %s", "sans mesure nommée : %s", strings.ToLower(p.measureLabel(q.Measures[0])))
		default:
			p.noMeasure()
			return
		}
	}
	for i := range q.Having {
		if q.Having[i].Measure == "" {
			q.Having[i].Measure = q.Measures[0]
			if q.Having[i].Percent && (q.Calc == CalcGrowth || q.Calc == CalcDifference) {
				q.Having[i].Measure = string(CalcGrowth)
			}
		}
	}
	p.defaultCalculation()
}

func (p *parser) noMeasure() {
	p.ask("", "Which figure is meant?", "Quel chiffre est demandé ?")
	question := strings.TrimRight(p.question, " ?!.")
	for _, m := range []string{"revenue", "quantity"} {
		label := strings.ToLower(p.measureLabel(m))
		p.choice(label, label+" "+question)
	}
}

func (p *parser) defaultCalculation() {
	q := &p.q
	steps := map[string]int{"month": 1, "quarter": 3, "year": 12}
	switch q.Calc {
	case CalcCumulative:
		if len(q.Periods) == 1 && q.Grain == "" && len(q.Groups) == 0 && p.yearToDate() {
			q.Calc = ""
			return
		}
		if q.Grain == "" {
			q.Grain = "month"
		}
	case CalcMoving:
		if q.Grain == "" {
			q.Grain = "month"
		}
		if q.Span == 0 {
			q.Span = p.Model.Defaults.MovingSpan
			p.assume("over %d periods", "sur %d périodes", q.Span)
		}
	case CalcGrowth, CalcDifference:
		if q.Versus {
			return
		}
		if q.Calc == CalcDifference && q.Grain == "" && len(q.Groups) == 0 {
			for i, f := range q.Filters {
				if len(f.Values) == 2 && !f.Negated && len(q.Periods) < 2 { // between Cricket and Yoga
					q.Sides, q.Filters = &f, slices.Delete(slices.Clone(q.Filters), i, i+1)
					return
				}
			}
		}
		if len(q.Periods) == 1 && q.Grain == "" || len(q.Periods) == 1 && q.Step != "" && q.Grain == q.Step && q.Periods[0].grain() == q.Step {
			period := q.Periods[0]
			step, grain := q.Step, period.grain()
			if step == "" && grain == "year" {
				step = "year"
			}
			if step == "" && grain == "month" && false {
				step = "month"
			}
			switch {
			case step != "" && steps[step] >= period.months() || step == "year":
				before := period.shift(-steps[step])
				if before.To < p.first {
					p.refuse("", "%s has nothing before it in the data, which begin with %s", "%s n'a rien avant lui dans les données, qui commencent en %s", p.label(period), p.monthLabel(p.first))
					return
				}
				q.Periods, q.Versus, q.Grain, q.Step = []Period{before, period}, true, "", ""
				p.assume("compared with %s", "par rapport à %s", p.label(before))
				return
			case step != "":
				q.Grain = step
				return
			case period.months() > 12 || period.Open:
				q.Grain, q.Step = "month", "month"
				return
			default:
				p.ask("", "Growth of %s since when?", "Croissance de %s par rapport à quand ?", p.label(period))
				stem := strings.TrimRight(p.question, " ?!.")
				for _, other := range []Period{period.before(), period.shift(-12)} {
					if other.From >= p.first {
						p.choice(p.label(other), stem+" vs "+p.label(other))
					}
				}
				return
			}
		}
		if q.Grain == "" && q.Step != "" {
			q.Grain = q.Step
		}
		if q.Grain == "" && len(q.Groups) == 0 && !q.Ranked && len(q.Periods) == 0 && q.Calc == CalcGrowth {
			p.ask("", "Growth from when to when?", "Croissance de quand à quand ?")
			for _, c := range [][2]string{{"year over year growth", "croissance d'une année à l'autre"}, {"month over month growth", "croissance d'un mois à l'autre"}} {
				p.choice(p.say(c[0], c[1]), p.say(c[0], c[1])+p.say(" of ", " : ")+strings.ToLower(p.measureLabel(q.Measures[0])))
			}
			return
		}
		if q.Grain == "" {
			p.ask("", "Between which two periods?", "Entre quelles deux périodes ?")
			last := Period{From: p.last - p.last%12, To: p.last - p.last%12 + 11}
			p.choice(p.label(last.before())+" – "+p.label(last), strings.TrimRight(p.question, " ?!.")+" "+p.label(last)+" vs "+p.label(last.before()))
			return
		}
		if q.Step == "" {
			q.Step = q.Grain
		}
		if steps[q.Step] < steps[q.Grain] {
			q.Grain = q.Step
		}
	}
}

func (p *parser) yearToDate() bool {
	for _, t := range p.tokens {
		if t.Role == rolePeriod && t.period.toDate {
			return true
		}
	}
	return false
}

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
	if (q.Calc == CalcShare || q.Calc == CalcCumulative) && len(q.Measures) > 0 && !p.additive(q.Measures[0]) {
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
	if p.compare && !q.Versus && q.Calc == "" && q.Kind == KindFigures {
		p.validateCompare()
	}
}

func (p *parser) validateSet() {
	q := &p.q
	if q.Subject == "" || isGrain(q.Subject) {
		p.ask(p.tokens[p.negated].Text, "“%s”: which things, customers or products?", "« %s » : quoi, des clients ou des produits ?", p.tokens[p.negated].Text)
		return
	}
	if len(q.ButFilters) == 0 && len(q.ButPeriods) == 0 && len(q.Filters)+len(q.Periods) > 0 && p.negated > 0 {
		p.ask(p.tokens[p.negated].Text, "what “%s” leaves out is not clear", "ce que « %s » exclut n'est pas clair", p.tokens[p.negated].Text)
		return
	}
	if len(q.ButFilters) == 0 && len(q.ButPeriods) == 0 {
		p.ask(p.tokens[p.negated].Text, "what “%s” leaves out is not clear", "ce que « %s » exclut n'est pas clair", p.tokens[p.negated].Text)
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
	next := p.after(p.shareAt, semantic.RoleConnective, roleAll)
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
