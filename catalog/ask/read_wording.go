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
		case p.means(i, semantic.RoleGroup, "by") && !isEach(t) && p.means(i-1, semantic.RoleVerb, "buy") && p.is(p.after(i, semantic.RoleAll), roleValue): // bought by Atlikon
			t.Role, t.Meaning = semantic.RoleConnective, "of"
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
	case next < 0: // the revenue is how much? we made how much?
		word := ""
		if i > 0 {
			word = fold(p.tokens[i-1].Text)
		}
		return i > 0 && (p.tokens[i-1].Meaning == "earn" || p.is(i-1, semantic.RoleVerb)) || word == "a" || strings.HasSuffix(word, "est") || word == "sont" || word == "etait"
	case p.is(next, roleValue, semantic.RolePeriod) && p.earned:
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

// downwards and upwards are how the words begin by which things fell and grew; not those for how much, like growth.
var downwards = []string{"declin", "decreas", "fell", "fall", "drop", "shr", "slip", "slid", "slump", "dip", "plung", "tumbl", "contract", "went down", "go down", "going down", "down",
	"baiss", "dimin", "recul", "chut", "regress", "repli", "degring", "effond", "plong", "decro", "decru", "descend", "en baiss", "en recul", "en repli", "en declin"}

var upwards = []string{"grew", "grow", "rose", "risen", "rising", "increased", "increasing", "improved", "went up", "gone up", "climbed", "expanded", "are growing",
	"progress", "augment", "grimp", "bondi", "croit", "croiss", "cru", "monte", "en hausse"}

// rises says that a word is of things that grew, not of how they grew: "quelles divisions ont progressé".
func rises(text string) bool {
	return text != "growth" && text != "croissance" && !strings.HasSuffix(text, "ion") && !strings.HasSuffix(text, "ions") && startsWithAny(text, upwards)
}

func startsWithAny(text string, starts []string) bool {
	return slices.ContainsFunc(starts, func(start string) bool { return strings.HasPrefix(text, start) })
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
