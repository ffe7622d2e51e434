package ask

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// Word is a word or phrase of a question with what it was taken for.
type Word struct {
	Text    string `json:"text"` // as typed
	From    int    `json:"from"` // where it stands in the question: letters (code points) before its first,
	To      int    `json:"to"`   // and up to its last
	Role    string `json:"role"` // one of package semantic, value, or drafted where a language model took it; "" is not understood
	Meaning string `json:"meaning"`
}

// roleDrafted is the role of a word that only a language model has taken.
const roleDrafted = "drafted"

// said are the words of the question; those that are named count as not understood.
func (p *parser) said(unrecognised []string) []Word {
	tokens, letters := p.tokens, []rune(p.question)
	if p.instead != nil {
		tokens = p.instead.tokens
	}
	words := []Word{}
	for _, t := range tokens {
		word := Word{Text: string(letters[t.from:t.to]), From: t.from, To: t.to, Role: t.Role, Meaning: p.standsFor(t)}
		switch {
		case p.instead != nil && !slices.ContainsFunc(p.tokens, func(known *Token) bool { return known.from == t.from }):
			word.Role, word.Meaning = roleDrafted, ""
		case slices.Contains(unrecognised, t.Text) && t.Role != semantic.RoleAbsent && t.Role != semantic.RoleUnsafe:
			word.Role, word.Meaning = roleUnknown, ""
		}
		words = append(words, word)
	}
	return words
}

// standsFor says what a word stands for, in the language of the question; "" where its role says it all.
func (p *parser) standsFor(t *Token) string {
	switch t.Role {
	case semantic.RoleMeasure:
		return p.measureLabelIn(t.Meaning, p.language)
	case semantic.RoleDimension, semantic.RoleGrain:
		return p.dimensionLabelIn(t.Meaning, p.language)
	case roleValue:
		var values []string
		for _, m := range t.values {
			if text := p.dimensionLabelIn(m.Dimension, p.language) + p.say(": ", " : ") + m.Value; !slices.Contains(values, text) {
				values = append(values, text)
			}
		}
		return strings.Join(values[:min(len(values), 3)], p.say(" or ", " ou "))
	case semantic.RolePeriod:
		if period, known := t.period.resolve(p.first, p.last, 0); known {
			return p.labelIn(period, p.language)
		}
	case semantic.RoleNumber:
		return strconv.FormatFloat(t.number, 'f', -1, 64)
	}
	return t.Corrected
}
