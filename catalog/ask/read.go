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
	andedFirst     string
	andedPeriods   bool     // two periods joined by and
	pieces         bool     // how many were sold
	kept           bool     // the query is the one before, changed
	eachPeriod     bool     // each of the periods by itself
	comparative    string   // more, less, or by how much
	laterFirst     bool     // the later of two periods was said first
	both           int      // index of the "both" of a set; -1
	onlyAt         int      // the "que" of "ne … que"; -1
	exclusive      bool     // bought nothing else
	offset         int      // of the second best, 1
	rise           bool     // things grew
	typical        bool     // the average was said loosely
	absolute       bool     // growth in rupees, not in percent
	rupees         bool     // the answer is to be in rupees
	earned         bool     // what was made in money is asked for
	course         bool     // how a figure went over time is asked for
	shared         bool     // customers or products themselves are shared out
	apartBy        string   // the dimension of the values that each get a figure
	spoken         []Filter // the values as they were named
	named          string   // the dimension, in the plural, that named values are of
	note           string   // what a language model had to say
	instead        *parser  // a drafted query stands in for this
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

// asked says that a word is what is asked for politely, a verb: all before it is wrapping, and it has its object after it.
func (p *parser) asked(i int) bool {
	next := i + 1
	return i > 0 && !slices.ContainsFunc(p.tokens[:i], func(t *Token) bool {
		return t.Role != semantic.RoleNoise || fold(t.Text) == "the" || strings.HasPrefix(fold(t.Text), "what")
	}) &&
		!p.is(next, semantic.RoleConnective, semantic.RoleGroup) && next < len(p.tokens)
}

// figured says that a figure is asked for after a token.
func (p *parser) figured(i int) bool {
	return slices.ContainsFunc(p.tokens[i+1:], func(t *Token) bool {
		return t.Role == semantic.RoleHowMuch || t.Role == semantic.RoleVerb || t.Role == semantic.RoleEach || t.Role == semantic.RoleGroup && isEach(t)
	})
}

// start says that nothing has been found yet.
func (p *parser) start() {
	p.negated, p.both, p.onlyAt, p.shareAt, p.measureAt, p.rankAt, p.groupAt, p.targetAt = -1, -1, -1, -1, -1, -1, -1, -1
}

// closing is how many of the steps, the last, make the periods, the filters and what hangs on them.
const closing = 4

// steps are those that take tokens, in order.
func (p *parser) steps() []func() {
	return []func(){
		p.readRefusals, p.readEnds, p.readWording, p.readFlags, p.readCounts, p.readNaming, p.readThresholds, p.readComparatives, p.readNegations, p.readShops,
		p.readOfEach, p.readAfterThings, p.readGroups, p.readEach, p.readRank, p.readMeasures, p.readTargets,
		p.readSpans, p.readCalculations, p.readPeriods, p.readValues, p.readOnly, p.readMembers,
	}
}

func (p *parser) readFlags() {
	for i, t := range p.tokens {
		if t.Role == semantic.RoleCalculation && fold(t.Text) == "share" && p.asked(i) { // please share the sales by month
			t.Role = semantic.RoleNoise
		}
		switch t.Role {
		case semantic.RoleAnalysis:
			if t.Meaning == "new" && p.is(i+1, roleUnknown) {
				continue
			}
			p.analysis, t.used = t.Meaning, true
		case semantic.RoleMetadata:
			if t.Meaning == "meaning" && strings.HasPrefix(fold(t.Text), "what do") && p.figured(i) { // what does each of them bring in
				t.used = true
				continue
			}
			if last := p.tokens[len(p.tokens)-1]; t.Meaning == "meaning" && last.Role == semantic.RoleAggregate && fold(last.Text) == "mean" { // what does … mean
				last.Role = semantic.RoleNoise
			}
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
			if t.Meaning != "versus" { // see readComparatives
				continue
			}
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
