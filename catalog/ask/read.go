package ask

import (
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// parser turns the tokens of one question into a Query. Each step takes the tokens that it understands; what none took is
// what stops the answer (see unaccounted).
type parser struct {
	*Engine
	question string
	language string
	tokens   []*Token
	q        Query
	stop     *stop
	previous *Query // what a follow-up follows

	assumptions    []string
	rank           *Token // top or bottom
	rankAt         int
	target         string // the dimension or time that is listed or ranked
	targetAt       int
	plural         bool
	which          bool // things are asked for, not a figure
	count          bool
	analysis       string
	metadata       string
	decline        bool
	compare        bool
	negated        int // index of the "not" of a set; -1
	shareAt        int
	measureAt      int
	adjective      bool // the time was said as in "monthly revenue"
	groupAt        int
	followUp       bool
	only           bool
	eachGroup      bool
	sorted         bool
	sortAsc        bool
	bought         bool
	sold           bool
	howMuch        bool
	spent          bool
	setGroups      []string
	assumedMeasure bool
	anded          bool // values of one dimension joined by and
	andedAt        string
	pieces         bool // how many were sold
	kept           bool // the query is the one before, changed
}

// stop is why a question is not answered.
type stop struct {
	status       string
	word         string
	text         string
	choices      []Choice
	unrecognised []string
}

func (p *parser) free(t *Token) bool {
	switch t.Role {
	case semantic.RoleNoise, semantic.RoleConnective, roleQuestion, roleAll, roleHowMuch, roleDistinct, roleVerb:
		return true
	case semantic.RoleUnit:
		return t.Meaning == "inr"
	case semantic.RoleFollowUp:
		return p.previous != nil
	}
	return false
}

// unaccounted is the first law: the words of a question that no step took.
func (p *parser) unaccounted() []*Token {
	var out []*Token
	for _, t := range p.tokens {
		if !t.used && !p.free(t) {
			out = append(out, t)
		}
	}
	return out
}

func (p *parser) is(i int, roles ...string) bool {
	return i >= 0 && i < len(p.tokens) && slices.Contains(roles, p.tokens[i].Role)
}

func (p *parser) means(i int, role, meaning string) bool {
	return p.is(i, role) && p.tokens[i].Meaning == meaning
}

// after is the next token that is no noise; nor connective, if those are skipped too.
func (p *parser) after(i int, skip ...string) int {
	for i++; i < len(p.tokens); i++ {
		if !p.is(i, semantic.RoleNoise, roleDistinct) && !p.is(i, skip...) {
			return i
		}
	}
	return -1
}

func (p *parser) before(i int, skip ...string) int {
	for i--; i >= 0; i-- {
		if !p.is(i, semantic.RoleNoise, roleDistinct) && !p.is(i, skip...) {
			return i
		}
	}
	return -1
}

// read runs all steps.
func (p *parser) read() {
	p.negated, p.shareAt, p.measureAt, p.rankAt, p.groupAt, p.targetAt = -1, -1, -1, -1, -1, -1
	for _, step := range []func(){
		p.readRefusals, p.readFlags, p.readCounts, p.readNaming, p.readThresholds, p.readNegations, p.readGroups, p.readRank, p.readMeasures, p.readTargets,
		p.readSpans, p.readCalculations, p.readPeriods, p.readValues,
	} {
		if step(); p.stop != nil {
			return
		}
	}
}

func (p *parser) readFlags() {
	for i, t := range p.tokens {
		switch t.Role {
		case semantic.RoleAnalysis:
			if t.Meaning == "new" && p.is(i+1, roleUnknown) {
				continue
			}
			p.analysis, t.used = t.Meaning, true
		case semantic.RoleMetadata:
			if p.metadata == "" || p.metadata == "exist" {
				p.metadata = t.Meaning
			}
			t.used = true
		case semantic.RoleChart:
			if t.Meaning != "any" {
				p.q.Chart = t.Meaning
			}
			t.used = true
		case semantic.RoleCompare:
			p.compare, t.used = true, true
			if strings.Contains(fold(t.Text), "difference") || strings.Contains(fold(t.Text), "ecart") {
				p.q.Calc = CalcDifference
			}
		case roleQuestion:
			p.which = true
		case roleHowMuch:
			p.howMuch = true
		case roleVerb:
			p.bought = p.bought || t.Meaning == "buy" || t.Meaning == "spend"
			p.spent = p.spent || t.Meaning == "spend"
			p.sold = p.sold || t.Meaning == "sell"
		case semantic.RoleFollowUp:
			p.followUp = p.followUp || p.previous != nil
			p.only = p.only || t.Meaning == "only"
		case semantic.RoleAggregate:
			if t.Meaning == "total" {
				t.used = true
			}
		}
	}
	for i, t := range p.tokens { // "quel canal" and "which" before a thing ask for things
		if t.Role == semantic.RoleNoise && slices.Contains([]string{"quel", "quelle", "quels", "quelles", "what", "list", "lister", "liste", "listez"}, fold(t.Text)) {
			if next := p.after(i, semantic.RoleConnective, roleAll, semantic.RoleNoise); next >= 0 && p.is(next, semantic.RoleDimension, roleGrain) {
				p.which = true
			}
		}
	}
}

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
		next := p.after(i, semantic.RoleConnective, roleAll)
		for next >= 0 && (p.is(next, semantic.RoleAnalysis) || p.means(next, semantic.RoleOrder, "top")) {
			next = p.after(next, semantic.RoleConnective)
		}
		switch {
		case next < 0:
			if p.sold {
				t.used = true
				p.pieces = true
			}
		case p.is(next, semantic.RoleDimension):
			t.used, p.count = true, true
			p.target, p.targetAt, p.plural = p.tokens[next].Meaning, next, true
			p.tokens[next].used = true
		case p.is(next, roleGrain):
			t.used, p.count = true, true
			p.target, p.targetAt, p.plural = p.tokens[next].Meaning, next, true
			p.tokens[next].used = true
		case p.is(next, semantic.RoleMeasure):
			t.used = true
		case p.is(next, roleValue):
			t.used = true
			if p.spent {
				p.howMuch = true
				continue
			}
			p.q.Measures = []string{"quantity"}
			p.assume("“%s” counts pieces", "« %s » compte les pièces", t.Text)
		case p.is(next, roleVerb):
			t.used, p.pieces, p.howMuch = true, !p.spent, p.spent
		case p.is(next, semantic.RoleMetadata):
			t.used = true
		}
	}
}

// readNaming lets a dimension beside a value say which dimension the value is of: "canal Direct", "the Cricket division".
func (p *parser) readNaming() {
	for i, t := range p.tokens {
		if t.Role != semantic.RoleDimension || t.used {
			continue
		}
		// "canal Direct"; "divisions Cricket et Football": all values of the run
		named := false
		for next := p.after(i, semantic.RoleNegation); p.is(next, roleValue) && p.restrict(next, t.Meaning, true); {
			named = true
			following := p.after(next)
			if !p.is(following, semantic.RoleConnective) || p.tokens[following].Meaning == "of" || p.tokens[following].Meaning == "but" {
				break
			}
			next = p.after(following, semantic.RoleConnective)
		}
		if of := p.after(i); !named && p.means(of, semantic.RoleConnective, "of") && p.is(of+1, roleValue) && p.measured() && !p.asksFor(i) &&
			!p.is(p.before(i), semantic.RoleGroup, semantic.RoleOrder, roleNumber, semantic.RoleAggregate) && p.ofOnly(of+1, t.Meaning) { // des clients de Bengaluru
			named = true
		}
		if named {
			t.used = true
			if g := p.before(i); p.is(g, semantic.RoleGroup) { // for each Atlikon customer
				p.tokens[g].used = true
				p.addGroup(t.Meaning)
			}
			continue
		}
		before := i - 1
		if p.is(before, roleValue) {
			grouped := false
			for k := before; k >= 0 && k >= before-2; k-- {
				grouped = grouped || p.is(k, semantic.RoleGroup)
			}
			if !p.is(before-1, semantic.RoleOrder) && !p.is(before-1, roleNumber) && p.restrict(before, t.Meaning, true) {
				t.used = true
				if grouped {
					p.addGroup(t.Meaning)
					for k := before; k >= 0 && k >= before-2; k-- {
						if p.is(k, semantic.RoleGroup) {
							p.tokens[k].used = true
						}
					}
				}
			}
		}
	}
}

// restrict keeps the readings of a value that are of a dimension, if there are any.
func (p *parser) restrict(i int, dimension string, change bool) bool {
	var kept []semantic.Match
	for _, m := range p.tokens[i].values {
		if m.Dimension == dimension || m.Dimension == dimension+"_code" {
			kept = append(kept, m)
		}
	}
	if len(kept) > 0 && change {
		p.tokens[i].values = kept
	}
	return len(kept) > 0
}

func (p *parser) addGroup(dimension string) {
	if isGrain(dimension) {
		p.q.Grain = dimension
	} else if !slices.Contains(p.q.Groups, dimension) {
		p.q.Groups = append(p.q.Groups, dimension)
	}
}

func isGrain(name string) bool {
	switch name {
	case "month", "quarter", "year", "month_of_year", "quarter_of_year":
		return true
	}
	return false
}

// readThresholds reads "more than 1 billion", "between 1 and 2 crore", "10 lakh or more".
func (p *parser) readThresholds() {
	for i, t := range p.tokens {
		if t.Role != semantic.RoleThreshold || t.used {
			continue
		}
		number := p.after(i, semantic.RoleUnit, semantic.RoleConnective)
		if !p.is(number, roleNumber) {
			if number = p.before(i, semantic.RoleUnit, semantic.RoleConnective, semantic.RoleMeasure); !p.is(number, roleNumber) || (t.Meaning != "ge" && t.Meaning != "le") {
				continue
			}
		}
		if p.is(number+1, roleGrain) && p.has(CalcMoving) { // over 6 months
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
			if !p.is(and, roleNumber) {
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

// readNegations marks the values and periods that are left out, or that a set must not have.
func (p *parser) readNegations() {
	for i, t := range p.tokens {
		if t.Role != semantic.RoleNegation || t.used {
			continue
		}
		next := p.after(i, semantic.RoleConnective, roleVerb, semantic.RoleNegation, roleAll, semantic.RoleDimension)
		buying := p.after(i, semantic.RoleConnective)
		set := t.Meaning == "not" || p.is(buying, roleVerb) || p.is(buying, semantic.RoleMeasure) && p.tokens[buying].Meaning == "revenue"
		if p.is(buying, semantic.RoleMeasure) && p.tokens[buying].Meaning == "revenue" {
			p.tokens[buying].used = true
		}
		if set {
			if p.negated < 0 {
				p.negated = i
			}
			t.used = true
			continue
		}
		if !p.is(next, roleValue, rolePeriod) {
			continue
		}
		t.used = true
		role := p.tokens[next].Role
		for p.is(next, role) {
			p.tokens[next].Meaning = "except"
			following := p.after(next, semantic.RoleDimension)
			if p.is(following, semantic.RoleConnective) && p.tokens[following].Meaning != "of" && p.tokens[following].Meaning != "but" {
				following = p.after(following, semantic.RoleConnective)
			} else if role == roleValue {
				break
			}
			next = following
		}
	}
}

// readGroups reads what follows by, per, for each.
func (p *parser) readGroups() {
	for i, t := range p.tokens {
		if t.Role != semantic.RoleGroup || t.used {
			continue
		}
		next := p.after(i, roleAll, semantic.RoleGroup)
		if p.is(next, semantic.RoleConnective) && p.tokens[next].Meaning == "of" {
			next = p.after(next, semantic.RoleConnective)
		}
		if p.is(next, roleValue) && p.is(next+1, semantic.RoleDimension) && !p.tokens[next+1].used { // each Atlikon customer
			p.restrict(next, p.tokens[next+1].Meaning, true)
			next++
		}
		if p.is(next, semantic.RoleOrder, roleNumber) {
			t.used = true
			continue
		}
		took := false
		for p.is(next, semantic.RoleDimension, roleGrain) {
			d := p.tokens[next]
			if d.used && d.Role == semantic.RoleDimension {
				break
			}
			d.used, t.used, took = true, true, true
			if p.q.Aggregate == "" && p.averaged(i) && p.q.Over == "" && (d.Role == roleGrain || fold(t.Text) != "by") {
				p.q.Over = d.Meaning
			} else {
				p.addGroup(d.Meaning)
				p.groupAt = i
				p.eachGroup = p.eachGroup || isEach(t)
			}
			following := p.after(next)
			if !p.is(following, semantic.RoleConnective) || p.tokens[following].Meaning == "of" && fold(p.tokens[following].Text) != "with" || p.tokens[following].Meaning == "but" {
				if p.is(following, semantic.RoleGroup) {
					break
				}
				if p.is(following, semantic.RoleDimension, roleGrain) && following == next+1 && p.q.Over == "" {
					next = following
					continue
				}
				break
			}
			next = p.after(following, semantic.RoleConnective)
		}
		if !took && p.is(next, semantic.RoleMeasure, roleValue, rolePeriod, semantic.RoleCalculation, semantic.RoleAggregate, semantic.RoleUnit, semantic.RoleAnalysis, semantic.RoleThreshold) {
			t.used = true
		}
	}
}

func isEach(t *Token) bool {
	text := fold(t.Text)
	return strings.Contains(text, "each") || strings.Contains(text, "every") || strings.Contains(text, "chaque") || strings.Contains(text, "within") || strings.Contains(text, "chacun") || strings.Contains(text, "per")
}

// averaged says that an average, median, minimum or maximum of a measure stands before a token, with no group between.
func (p *parser) averaged(i int) bool {
	for k := i - 1; k >= 0; k-- {
		if p.is(k, roleGrain, semantic.RoleDimension) && !p.tokens[k].used {
			return false // average monthly revenue by …
		}
		if p.is(k, semantic.RoleAggregate) && p.tokens[k].Meaning != "total" && p.tokens[k].Meaning != "count" {
			return !p.is(p.before(k), roleGrain)
		}
		if p.is(k, semantic.RoleGroup) && k != i {
			return false
		}
	}
	return false
}

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
		if p.rank == nil {
			p.rank, p.rankAt = t, i
		} else if t.Meaning == "bottom" && fold(p.rank.Text) != "top" { // plus … moins
			p.rank = t
		}
	}
	for _, t := range p.tokens { // who bought tents
		if w := fold(t.Text); (w == "who" || w == "qui" || w == "whom" || w == "qui sont") && p.rank == nil && p.target == "" && (p.bought || p.analysis != "") && !p.mentions("customer") {
			p.target, p.plural = "customer", true
		}
	}
	p.limitBeforeThing()
	if p.rank == nil || p.target != "" {
		return
	}
	for k := range p.rankAt { // which division has the most customers
		if p.is(k, semantic.RoleDimension, roleGrain) && !p.tokens[k].used && (p.asksFor(k) || p.leads(k, p.rankAt)) {
			p.setTarget(k)
			if more := p.after(p.rankAt, semantic.RoleConnective); p.is(more, semantic.RoleDimension) && counted[p.tokens[more].Meaning] != "" && !p.tokens[more].used {
				p.tokens[more].used = true
				p.q.Measures = append(p.q.Measures, counted[p.tokens[more].Meaning])
			}
			return
		}
	}
	// what is ranked: the nearest thing after, else before
	for k := p.after(p.rankAt, semantic.RoleConnective, roleAll); k >= 0 && k < len(p.tokens); k = p.after(k) {
		if p.is(k, semantic.RoleDimension, roleGrain) && !p.tokens[k].used {
			p.setTarget(k)
			return
		}
		if p.is(k, semantic.RoleGroup, semantic.RoleMeasure) {
			break
		}
	}
	for k := p.rankAt - 1; k >= 0; k-- {
		if p.is(k, semantic.RoleDimension, roleGrain) && !p.tokens[k].used {
			p.setTarget(k)
			return
		}
	}
	for k := p.rankAt + 1; k < len(p.tokens); k++ {
		if p.is(k, semantic.RoleDimension, roleGrain) && !p.tokens[k].used {
			p.setTarget(k)
			return
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
		if t.Role != roleNumber || t.used || t.Meaning == "half" || t.number != float64(int(t.number)) || t.number < 1 || t.number > 1000 {
			continue
		}
		next := p.after(i, semantic.RoleOrder, semantic.RoleAnalysis)
		ranked := p.rank != nil && (p.is(i-1, semantic.RoleOrder) || p.is(i+1, semantic.RoleOrder))
		if !(p.previous != nil && next < 0) && !p.is(next, semantic.RoleDimension, roleGrain) && !ranked || i+1 < len(p.tokens) && (p.means(i+1, semantic.RoleUnit, "percent") || strings.HasPrefix(p.tokens[i+1].Text, "%")) {
			continue
		}
		if p.previous != nil && next < 0 && p.rank == nil { // show 10
			p.q.Limit, t.used = int(t.number), true
			return
		}
		if p.rank == nil && (p.is(next, roleGrain) || p.analysis == "" && !p.only) {
			continue
		}
		p.q.Limit, t.used = int(t.number), true
		if p.is(next, semantic.RoleDimension, roleGrain) && !p.tokens[next].used && p.target == "" {
			p.setTarget(next)
			p.plural = true
		}
		return
	}
}

// readMeasures takes the measures that are asked for.
func (p *parser) readMeasures() {
	for i, t := range p.tokens {
		switch {
		case t.Role == semantic.RoleMeasure && !t.used:
			t.used = true
			p.noteMeasure(i)
			if !slices.Contains(p.q.Measures, t.Meaning) {
				p.q.Measures = append(p.q.Measures, t.Meaning)
			}
		case t.Role == semantic.RoleAggregate && t.Meaning == "average" && p.has(CalcMoving):
			t.used = true
		case t.Role == semantic.RoleAggregate && !t.used && t.Meaning != "count":
			if p.q.Aggregate != "" && p.q.Aggregate != t.Meaning {
				p.ask(t.Text, "“%s” together with another one is not possible", "« %s » avec un autre n'est pas possible", t.Text)
				return
			}
			p.q.Aggregate, t.used = t.Meaning, true
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

// readTargets takes the dimensions and times that nothing has taken yet.
func (p *parser) readTargets() {
	for i, t := range p.tokens {
		if t.used || t.Role != semantic.RoleDimension && t.Role != roleGrain {
			continue
		}
		if t.Role == roleGrain {
			switch {
			case p.q.Aggregate != "" && p.q.Over == "":
				p.q.Over, t.used = t.Meaning, true
			case p.target == "" && p.which && (i > 0 && p.asksFor(i)) || len(p.q.Having) > 0 && p.target == "" && p.q.Grain == "":
				p.setTarget(i)
			case p.target == "" && (p.analysis == "anomaly"):
				p.setTarget(i)
			case p.q.Grain == "" || p.q.Grain == t.Meaning:
				p.q.Grain, t.used, p.adjective = t.Meaning, true, true
			}
			continue
		}
		switch {
		case counted[t.Meaning] != "" && len(p.q.Measures) == 0 && p.rank == nil && !p.asksFor(i) && (p.has(CalcGrowth) || p.has(CalcCumulative) || p.has(CalcMoving) || p.has(CalcDifference)) && len(p.q.Having) == 0:
			p.q.Measures, t.used = []string{counted[t.Meaning]}, true
			p.noteMeasure(i)
		case p.q.Aggregate != "" && p.q.Over == "" && p.is(i+1, semantic.RoleMeasure) && p.averagedAt(i):
			p.q.Over, t.used = t.Meaning, true
		case p.target == "" && (p.which && p.asksFor(i) || len(p.q.Having) > 0 || p.sorted || p.negated >= 0 || p.bought || p.analysis != "" || p.metadata != "" || len(p.q.Measures) == 0):
			p.setTarget(i)
			p.plural = true
		case p.target == t.Meaning:
			t.used = true
		case p.target == "" && p.is(i+1, semantic.RoleGroup) && p.is(p.after(i+1), semantic.RoleMeasure):
			p.setTarget(i)
			p.sorted = true
		case len(p.q.Measures) > 0 && !slices.Contains(p.q.Groups, t.Meaning) && (p.is(i+1, semantic.RoleMeasure) || p.is(i-1, semantic.RoleMeasure) || p.is(i-1, roleAll)):
			p.addGroup(t.Meaning)
			t.used = true
		case p.compare && !slices.Contains(p.q.Groups, t.Meaning):
			p.addGroup(t.Meaning)
			t.used = true
		case slices.Contains(p.q.Groups, t.Meaning):
			t.used = true
		}
	}
}

// asksFor says that a question word or an order to list stands before a token: "which month", "quels canaux".
func (p *parser) asksFor(i int) bool {
	for k := i - 1; k >= 0 && k >= i-4; k-- {
		text := fold(p.tokens[k].Text)
		if p.is(k, roleQuestion) || slices.Contains([]string{"quel", "quelle", "quels", "quelles", "what", "list", "lister", "liste", "listez"}, text) {
			return true
		}
		if p.is(k, semantic.RoleMeasure, semantic.RoleGroup) {
			return false
		}
	}
	return false
}

// readSpans gives numbers to moving averages and Pareto.
func (p *parser) readSpans() {
	moving := -1
	for i, t := range p.tokens {
		if t.Role == semantic.RoleCalculation && t.Meaning == "moving" {
			moving = i
		}
	}
	for i, t := range p.tokens {
		if t.Role == rolePeriod && moving >= 0 && t.period.last > 0 && t.period.year == 0 && p.q.Span == 0 && moving < i && p.is(i-1, semantic.RoleConnective) && p.q.Grain == "" && false {
			continue
		}
		if t.Role != roleNumber || t.used {
			continue
		}
		if t.Meaning == "half" {
			if (p.count || p.which || p.target != "") && len(p.q.Having) == 0 {
				p.q.Kind, p.q.Percent, t.used = KindPareto, 50, true
			}
			continue
		}
		if moving >= 0 {
			p.q.Span, t.used = int(t.number), true
			if next := p.after(i); p.is(next, roleGrain) {
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
		case t.Role == roleStep:
			p.q.Step, t.used = t.Meaning, true
			if p.q.Calc == "" {
				p.q.Calc = CalcGrowth
			}
		case t.Role == semantic.RoleUnit && t.Meaning == "percent" && !t.used && p.q.Kind != KindPareto:
			before := p.before(i)
			if !p.is(before, roleNumber) {
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
				p.q.Calc = CalcGrowth
				continue
			}
			if calc == CalcDifference && p.q.Calc == CalcGrowth {
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
			for _, down := range []string{"declin", "decreas", "fell", "fall", "drop", "baiss", "dimin", "recul"} {
				p.decline = p.decline || strings.HasPrefix(text, down)
			}
		}
	}
}

func (p *parser) has(c Calc) bool {
	for _, t := range p.tokens {
		if t.Role == semantic.RoleCalculation && t.Meaning == string(c) || t.Role == roleStep && c == CalcGrowth {
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

// ofOnly says that a value is of that dimension alone.
func (p *parser) ofOnly(i int, dimension string) bool {
	for _, m := range p.tokens[i].values {
		if m.Dimension != dimension {
			return false
		}
	}
	return true
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

// leads says that a thing stands before a ranking that belongs to it: "the month with the most customers".
func (p *parser) leads(k, rank int) bool {
	linked := false
	for i := k + 1; i < rank; i++ {
		if !p.is(i, semantic.RoleNoise, semantic.RoleConnective, roleVerb) {
			return false
		}
		linked = linked || p.is(i, semantic.RoleConnective, roleVerb)
	}
	return linked
}

func (p *parser) mentions(dimension string) bool {
	for _, t := range p.tokens {
		if t.Role == semantic.RoleDimension && t.Meaning == dimension {
			return true
		}
	}
	return false
}
