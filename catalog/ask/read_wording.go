package ask

import (
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// readWording takes the words whose role hangs on what stands around them, before the other steps rely on it.
func (p *parser) readWording() {
	for i, t := range p.tokens {
		switch {
		case t.Role == semantic.RoleVerb && t.Meaning == "earn": // made, brought in: says only that "how much" is money
			t.Role, p.earned = semantic.RoleNoise, true
		case t.Role == semantic.RoleVerb && t.Meaning == "evolve": // evolution, trend: a series, if no time is named
			t.Role, p.course = semantic.RoleNoise, true
		case t.Role == semantic.RoleUnit && t.Meaning == "inr" && !p.is(i-1, semantic.RoleNumber) && p.is(i-1, semantic.RoleConnective):
			p.rupees = true // in rupees
		case t.Role == semantic.RoleVerb:
			p.sold = p.sold || t.Meaning == "sell"
			p.spent = p.spent || t.Meaning == "spend"
		}
	}
	p.readNothingBut()
	p.readSlashes()
	p.readListPrice()
	p.readAlways()
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

// readSlashes reads "canal / trimestre" and "CA / client".
func (p *parser) readSlashes() {
	for i, t := range p.tokens {
		if t.Text != "/" || t.Role != roleUnknown || !p.is(i+1, semantic.RoleDimension, semantic.RoleGrain) {
			continue
		}
		switch {
		case p.is(i-1, semantic.RoleDimension, semantic.RoleGrain):
			t.Role, t.Meaning = semantic.RoleConnective, "and"
		case p.is(i-1, semantic.RoleMeasure):
			t.Role, t.Meaning = semantic.RoleGroup, "by"
		}
	}
}

// listPrices are words for the price of the list; the model's other prices are measures with names of their own.
var listPrices = []string{"prix catalogue", "prix public", "prix affiche", "tarif", "tarifs", "list price", "catalog price", "catalogue price"}

// readListPrice makes the list price a measure where it is its lowest or its highest that is asked for: "prix catalogue min et
// max par catégorie", "les trois produits les plus chers au prix catalogue".
func (p *parser) readListPrice() {
	list := -1
	for i, t := range p.tokens {
		if t.Role == semantic.RoleVague && t.Meaning == "price" && slices.Contains(listPrices, fold(t.Text)) {
			list = i
		}
	}
	ends := map[string]string{"minimum": "lowest_list_price", "maximum": "highest_list_price"}
	for i, t := range p.tokens {
		if t.Role == semantic.RoleMeasure && (t.Meaning == ends["minimum"] || t.Meaning == ends["maximum"]) { // prix min et max
			if and := p.after(i, semantic.RoleConnective); p.is(and, semantic.RoleAggregate) && ends[p.tokens[and].Meaning] != "" && p.is(and-1, semantic.RoleConnective) {
				p.tokens[and].Role, p.tokens[and].Meaning = semantic.RoleMeasure, ends[p.tokens[and].Meaning]
			}
		}
	}
	if list < 0 {
		return
	}
	took := false
	for i, t := range p.tokens {
		switch {
		case t.Role == semantic.RoleAggregate && ends[t.Meaning] != "" && (i == list+1 || i == list-1 || took && p.is(i-1, semantic.RoleConnective)):
			t.Role, t.Meaning, took = semantic.RoleMeasure, ends[t.Meaning], true
		case t.Role == semantic.RoleVague && t.Meaning == "price" && i != list && p.is(i-1, semantic.RoleOrder) && strings.HasPrefix(fold(t.Text), "cher"): // les plus chers
			t.Role, t.Meaning, took = semantic.RoleMeasure, map[string]string{"top": ends["maximum"], "bottom": ends["minimum"]}[p.tokens[i-1].Meaning], true
		}
	}
	p.tokens[list].used = took
}

// howMuchAt says that a bare "combien" asks for an amount, not for how many of something: "on a fait combien avec …",
// "combien pèse …", "combien en 2025".
func (p *parser) howMuchAt(i int) bool {
	if text := fold(p.tokens[i].Text); text != "combien" && text != "cb" {
		return false
	}
	next := p.after(i)
	switch {
	case p.is(next, semantic.RoleCalculation), p.is(next, semantic.RoleMeasure) && !counts(p.tokens[next].Meaning):
		return true
	case !p.earned && !p.rupees && !p.sold && !p.spent && !p.measured() && !p.has(CalcShare):
		return false
	case p.analysis == "pareto":
		return false
	case next < 0 && p.measured() && !p.earned: // the revenue is how much?
		word := ""
		if i > 0 {
			word = fold(p.tokens[i-1].Text)
		}
		return word == "a" || strings.HasSuffix(word, "est") || word == "sont" || word == "etait"
	case next < 0, p.is(next, roleValue, semantic.RolePeriod) && p.earned:
		return true
	case p.earned && p.is(next, semantic.RoleConnective) && fold(p.tokens[next].Text) == "de": // combien ça fait de chiffre
		return !p.is(p.after(next), semantic.RoleDimension, semantic.RoleGrain, semantic.RoleVerb, semantic.RoleMeasure, roleValue, semantic.RoleOrder, semantic.RoleAnalysis)
	}
	if p.is(next, semantic.RoleDimension) { // combien représente le canal Direct
		for k := i + 1; k < next; k++ {
			if slices.Contains([]string{"le", "la", "les", "l", "notre", "nos"}, fold(p.tokens[k].Text)) {
				return true
			}
		}
	}
	word := fold(p.tokens[next].Text)
	return p.is(next, semantic.RoleConnective, semantic.RoleGroup, semantic.RoleNegation) && !slices.Contains([]string{"d", "de", "du", "des"}, word) || p.rupees && p.is(next, semantic.RoleVerb, semantic.RoleMetadata)
}

// joinsMeasure says that a thing stands beside a measure, as one more of them: "CA et clients par canal".
func (p *parser) joinsMeasure(i int) bool {
	and := p.before(i)
	for p.means(and, semantic.RoleConnective, "of") {
		and = p.before(and)
	}
	return p.means(and, semantic.RoleConnective, "and") && p.is(p.before(and), semantic.RoleMeasure) && p.rank == nil && !p.which && !p.bought
}

// sharedOut says that the things themselves are shared out over groups: "part des clients par canal".
func (p *parser) sharedOut(i int) bool {
	return len(p.q.Measures) == 0 && p.rank == nil && len(p.q.Groups) > 0 && !p.bought && !p.which && p.is(p.before(i, semantic.RoleConnective), semantic.RoleCalculation) && p.has(CalcShare)
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

// ofAll says that customers are named only to say which ones' sales are meant, by something else that follows: all sales are
// to customers.
func (p *parser) ofAll(i int) bool {
	if i == 0 || !slices.Contains([]string{"des", "aux", "les", "nos"}, fold(p.tokens[i-1].Text)) || !p.is(p.before(i, semantic.RoleConnective), semantic.RoleMeasure) {
		return false
	}
	of := p.after(i)
	next := p.after(i, semantic.RoleConnective, semantic.RoleDimension)
	return p.means(of, semantic.RoleConnective, "of") && p.is(next, roleValue) && !p.ofOnly(next, "customer")
}

// rises says that things are asked for that grew, not how they grew: "quelles divisions ont progressé".
func (p *parser) rises() bool {
	return slices.ContainsFunc(p.tokens, func(t *Token) bool {
		text := fold(t.Text)
		return t.Role == semantic.RoleCalculation && t.Meaning == "growth" && !strings.HasSuffix(text, "ion") && !strings.HasSuffix(text, "ions") && slices.ContainsFunc([]string{
			"progress", "augment", "grimp", "bondi", "croit", "croiss", "cru", "monte", "en hausse", "grew", "grown", "grow", "increased", "rose", "risen"},
			func(start string) bool {
				return strings.HasPrefix(text, start) && text != "croissance" && text != "growth"
			})
	})
}

// counts says that a measure is itself a number of things.
func counts(measure string) bool {
	return strings.HasPrefix(measure, "unique_") || measure == "rows" || measure == "quantity"
}

// salesOnly says that revenue was named as sales alone, which may be meant in pieces.
func (p *parser) salesOnly() bool {
	return !slices.ContainsFunc(p.tokens, func(t *Token) bool {
		return t.Role == semantic.RoleMeasure && t.Meaning == "revenue" && !slices.Contains([]string{"vente", "ventes", "sale", "sales"}, fold(t.Text))
	})
}

// inUnits says that a measure is what something is counted in: "en volume", "in units".
func inUnits(tokens []*Token, i int) bool {
	before := ""
	if i > 0 {
		before = fold(tokens[i-1].Text)
	}
	return before == "en" || before == "in" || strings.HasPrefix(fold(tokens[i].Text), "en ")
}

// percentLike says that a word for a share is only the unit of a growth: "en %", "in percent".
func percentLike(text string) bool {
	text = strings.ToLower(text)
	return strings.Contains(text, "%") || strings.Contains(text, "percent") || strings.Contains(text, "pourcent") || strings.Contains(text, "pct") || strings.Contains(text, "pour cent")
}

// says tells that a word of the question begins so.
func (p *parser) says(start string) bool {
	return slices.ContainsFunc(strings.Fields(fold(p.question)), func(w string) bool { return strings.HasPrefix(w, start) })
}

// asksBetween says that a question word stands between two tokens.
func (p *parser) asksBetween(from, to int) bool {
	for k := from + 1; k < to; k++ {
		if p.is(k, semantic.RoleQuestion) || slices.Contains([]string{"quel", "quelle", "quels", "quelles", "what"}, fold(p.tokens[k].Text)) {
			return true
		}
	}
	return false
}

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

// namedTogether is the dimension of two or more values that are named, all of one.
func (p *parser) namedTogether() string {
	dimension, n := "", 0
	for i, t := range p.tokens {
		if t.Role != roleValue || t.Meaning == "except" {
			continue
		}
		of, _ := p.meaningQuiet(i)
		if dimension != "" && of != dimension {
			return ""
		}
		dimension, n = of, n+1
	}
	if n < 2 {
		return ""
	}
	return dimension
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
