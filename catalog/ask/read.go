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
	pieces         bool    // how many were sold
	kept           bool    // the query is the one before, changed
	note           string  // what a language model had to say
	instead        *parser // a drafted query stands in for this
	earned         bool    // what was made in money is asked for
	course         bool    // how a figure went over time is asked for
	onlyAt         int     // the "que" of "ne … que"; -1
	andedPeriods   bool    // two periods joined by and
	shared         bool    // customers or products themselves are shared out
	rupees         bool    // the answer is to be in rupees
}

// stop is why a question is not answered.
type stop struct {
	status       string
	word         string
	text         string
	choices      []Choice
	unrecognised []string
	outside      bool // a period that the data do not reach
}

func (p *parser) free(t *Token) bool {
	switch t.Role {
	case semantic.RoleNoise, semantic.RoleConnective, semantic.RoleQuestion, semantic.RoleAll, semantic.RoleHowMuch, semantic.RoleDistinct, semantic.RoleVerb:
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
		if !p.is(i, semantic.RoleNoise, semantic.RoleDistinct) && !p.is(i, skip...) {
			return i
		}
	}
	return -1
}

func (p *parser) before(i int, skip ...string) int {
	for i--; i >= 0; i-- {
		if !p.is(i, semantic.RoleNoise, semantic.RoleDistinct) && !p.is(i, skip...) {
			return i
		}
	}
	return -1
}

// read runs all steps.
func (p *parser) read() {
	p.start()
	for _, step := range p.steps() {
		if step(); p.stop != nil {
			return
		}
	}
}

// start says that nothing has been found yet.
func (p *parser) start() {
	p.negated, p.shareAt, p.measureAt, p.rankAt, p.groupAt, p.targetAt = -1, -1, -1, -1, -1, -1
}

// steps are those that take tokens, in order; the last two make the periods and the filters.
func (p *parser) steps() []func() {
	return []func(){
		p.readRefusals, p.readWording, p.readFlags, p.readCounts, p.readNaming, p.readThresholds, p.readNegations, p.readGroups, p.readRank, p.readMeasures, p.readTargets,
		p.readSpans, p.readCalculations, p.readPeriods, p.readValues, p.readTogether,
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
		case semantic.RoleQuestion:
			p.which = true
		case semantic.RoleHowMuch:
			p.howMuch = true
		case semantic.RoleVerb:
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
			if next := p.after(i, semantic.RoleConnective, semantic.RoleAll, semantic.RoleNoise); next >= 0 && p.is(next, semantic.RoleDimension, semantic.RoleGrain) {
				p.which = true
			}
		}
	}
}
