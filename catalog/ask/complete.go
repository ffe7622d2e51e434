package ask

import (
	"cmp"
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

const completionsOffered = 12

// Complete lists what the last word of a question can become, or, after a space, what can come next: measures, dimensions,
// values, periods and the operators that join them (by, excluding, more than, versus), the likeliest first.
func (e *Engine) Complete(question string) []string {
	start := strings.LastIndexAny(question, " '’") + 1
	c := &completion{Engine: e, typed: fold(question[start:]), language: e.detect(question), seen: map[string]bool{}}
	tokens := e.tokens(question[:start], c.language, false)
	for i, next := range c.following(tokens) {
		for _, text := range next() {
			c.add(text, i)
		}
	}
	if c.typed != "" {
		c.addWords(len(c.options))
	}
	slices.SortStableFunc(c.options, func(a, b option) int {
		shorter := 0
		if c.typed != "" {
			shorter = cmp.Compare(len(a.text), len(b.text))
		}
		return cmp.Or(cmp.Compare(a.rank, b.rank), shorter)
	})
	out := []string{}
	for _, o := range c.options[:min(len(c.options), completionsOffered)] {
		out = append(out, o.text)
	}
	return out
}

type completion struct {
	*Engine
	typed    string // of the word that is being written, folded
	language string
	options  []option
	seen     map[string]bool
}

type option struct {
	text string
	rank int // the lower, the likelier
}

func (c *completion) add(text string, rank int) {
	key := strings.ToLower(text)
	if text == "" || c.seen[key] || !strings.HasPrefix(fold(text), c.typed) {
		return
	}
	c.seen[key] = true
	c.options = append(c.options, option{text, rank})
}

// following are the kinds of words that can come after some, the likeliest kind first.
func (c *completion) following(tokens []*Token) []func() []string {
	last, measured, grouped := "", false, false
	for _, t := range tokens {
		measured = measured || t.Role == semantic.RoleMeasure
		grouped = grouped || t.Role == semantic.RoleGroup
		if t.Role != semantic.RoleNoise {
			last = t.Role
		}
	}
	if n := len(tokens); n > 0 && c.lexicon.has(strings.Fields(fold(tokens[n-1].Text)), semantic.RoleThreshold) {
		last = semantic.RoleThreshold // no number makes it one yet
	}
	switch last {
	case semantic.RoleGroup, semantic.RoleOrder, semantic.RoleQuestion:
		return []func() []string{c.dimensions, c.measures, c.values}
	case semantic.RoleNumber:
		return []func() []string{c.dimensions, c.scales, c.measures}
	case semantic.RoleThreshold:
		return []func() []string{c.amounts}
	case semantic.RoleNegation, semantic.RoleCompare:
		return []func() []string{c.values, c.periods, c.dimensions}
	case semantic.RoleTime:
		return []func() []string{c.periods}
	case semantic.RoleCalculation, semantic.RoleAggregate:
		return []func() []string{c.measures, c.dimensions, c.operators, c.values}
	case semantic.RoleConnective:
		return []func() []string{c.periods, c.measures, c.dimensions, c.values}
	case "":
		return []func() []string{c.measures, c.beginnings, c.dimensions, c.values}
	}
	switch {
	case measured && !grouped:
		return []func() []string{c.groupings, c.operators, c.dimensions, c.periods, c.values, c.measures}
	case measured:
		return []func() []string{c.operators, c.periods, c.groupings, c.dimensions, c.values, c.measures}
	}
	return []func() []string{c.operators, c.measures, c.dimensions, c.periods, c.values}
}

func (c *completion) say(en, fr string) string {
	if c.language == french {
		return fr
	}
	return en
}

func (c *completion) measures() (out []string) {
	for i := range c.Model.Measures {
		out = append(out, strings.ToLower(c.Model.Measures[i].Label(c.language)))
	}
	return out
}

func (c *completion) dimensions() (out []string) {
	for i := range c.Model.Dimensions {
		out = append(out, strings.ToLower(c.Model.Dimensions[i].Label(c.language)))
	}
	return out
}

func (c *completion) groupings() (out []string) {
	for _, name := range c.dimensions() {
		out = append(out, c.say("by ", "par ")+name)
	}
	return out
}

// values are offered once their first letter is known: there are hundreds.
func (c *completion) values() (out []string) {
	if c.typed == "" {
		return nil
	}
	for i := range c.Model.Dimensions {
		if d := &c.Model.Dimensions[i]; d.Kind == semantic.KindText {
			out = append(out, c.Index.Values(d.Name)...)
		}
	}
	return out
}

func (c *completion) operators() []string {
	if c.language == french {
		return []string{"sauf", "en", "depuis", "par rapport à", "plus de", "moins de", "entre", "et"}
	}
	return []string{"excluding", "in", "since", "compared to", "more than", "less than", "between", "and"}
}

func (c *completion) beginnings() []string {
	if c.language == french {
		return []string{"top 5", "quels", "combien de", "part", "croissance", "pourquoi", "nouveaux", "anomalies"}
	}
	return []string{"top 5", "which", "how many", "share", "growth", "why", "new", "anomalies"}
}

func (c *completion) periods() []string {
	year := Period{From: c.last - c.last%12, To: c.last - c.last%12 + 11}
	quarter := Period{From: c.last - c.last%3, To: c.last - c.last%3 + 2}
	labels := []string{c.labelIn(year, c.language)}
	if before := year.before(); before.To >= c.first {
		labels = append(labels, c.labelIn(before, c.language))
	}
	return append(labels, c.labelIn(quarter, c.language), c.labelIn(Period{From: c.last, To: c.last}, c.language),
		c.say("last month", "le mois dernier"), c.say("last 6 months", "les 6 derniers mois"), c.say("this year", "cette année"), c.say("year to date", "depuis le début de l'année"))
}

func (c *completion) scales() []string {
	return []string{c.say("million", "millions"), c.say("billion", "milliards"), "lakh", "crore", "%"}
}

func (c *completion) amounts() []string {
	return []string{c.say("1 billion", "1 milliard"), c.say("100 million", "100 millions"), "10 crore", "10 lakh", "10 %"}
}

// addWords adds the other words that begin as typed.
func (c *completion) addWords(rank int) {
	var phrases []string
	for phrase, words := range c.lexicon.phrases {
		switch words[0].Role {
		case semantic.RoleNoise, semantic.RoleUnsafe, semantic.RoleAbsent, semantic.RoleVague, semantic.RoleConnective, semantic.RoleFollowUp:
			continue
		}
		if words[0].Language == c.language || words[0].Language == both {
			phrases = append(phrases, phrase)
		}
	}
	slices.Sort(phrases)
	for _, phrase := range phrases {
		c.add(phrase, rank)
	}
}
