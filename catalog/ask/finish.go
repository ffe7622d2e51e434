package ask

import (
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// finish makes the Query whole: what was left open gets its default, and what does not fit stops it.
func (p *parser) finish() {
	for _, step := range []func(){p.account, p.shape, p.defaults, p.validate, p.fit, p.effect} {
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
	if t.Role == semantic.RoleVague {
		for _, measure := range vagueMeasures[t.Meaning] {
			label := strings.ToLower(p.measureLabel(measure))
			p.choice(label, p.replaced(t.Text, label))
		}
	}
}

// vagueMeasures are what a vague word may stand for, by its meaning.
var vagueMeasures = map[string][]string{
	"price":       {"average_selling_price", "lowest_list_price", "highest_list_price"},
	"performance": {"revenue", "quantity"},
	"good":        {"revenue", "quantity"},
}

// mostChoices are offered with a question that is asked back.
const mostChoices = 8

// offer keeps the choices that are answered as they stand. Where none is left, the question without the words that stopped
// it is one, or else questions that show what can be asked.
func (p *parser) offer() {
	if p.stop == nil || p.stop.status != StatusClarify {
		return
	}
	asked := p.stop.choices
	p.stop.choices = nil
	add := func(c Choice) {
		if len(p.stop.choices) < mostChoices && c.Question != p.question && p.reads(c.Question) {
			p.stop.choices = append(p.stop.choices, c)
		}
	}
	for _, c := range asked {
		add(c)
	}
	if len(p.stop.choices) == 0 {
		bare, words := p.question, p.stop.unrecognised
		if p.stop.word != "" && !slices.Contains(words, p.stop.word) {
			words = append(words, p.stop.word)
		}
		for _, word := range words {
			bare = replacedIn(bare, word, "")
		}
		if bare = strings.Join(strings.Fields(bare), " "); p.ends(bare) {
			add(Choice{p.say("without “", "sans « ") + strings.Join(words, p.say("”, “", " », « ")) + p.say("”", " »"), bare})
		}
	}
	if len(p.stop.choices) == 0 {
		p.examples()
	}
}

// ends says that the last word of a question is one of content: what is left of "brings home the bacon" is no question.
func (p *parser) ends(question string) bool {
	tokens := p.Engine.tokens(question, p.language, false)
	return len(tokens) > 0 && !slices.Contains([]string{semantic.RoleNoise, semantic.RoleConnective, semantic.RoleGroup, semantic.RoleVerb}, tokens[len(tokens)-1].Role)
}

// reads says that a question is answered, after the same question before it.
func (p *parser) reads(question string) bool {
	return p.Engine.parse(question, p.previous).stop == nil
}

// examples are questions that can be asked instead.
func (p *parser) examples() {
	for _, q := range [][2]string{{"total revenue by quarter", "chiffre d'affaires total par trimestre"}, {"top 5 customers by revenue", "top 5 clients par chiffre d'affaires"}, {"revenue by channel", "chiffre d'affaires par canal"}} {
		p.choice(p.say(q[0], q[1]), p.say(q[0], q[1]))
	}
}
