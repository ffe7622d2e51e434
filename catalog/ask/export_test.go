package ask

import (
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// Says tells that a question has the words of a phrase already, or others that come to the same.
func (e *Engine) Says(question, phrase string) bool {
	asked := e.read(question, nil)
	for _, word := range e.tokens(phrase, asked.language, false) {
		if asked.free(word) || word.Role == semantic.RoleGroup {
			continue
		}
		if !slices.ContainsFunc(asked.tokens, func(t *Token) bool { return sameSense(t, word) }) && !asked.implies(word) {
			return false
		}
	}
	return true
}

// Reads is the SQL that a question comes to, "" where there is none, and what was assumed; nothing runs.
func (e *Engine) Reads(question string) (sql string, assumptions []string) {
	p := e.read(question, nil)
	if p.stop != nil {
		return "", nil
	}
	b := &builder{Engine: e, language: p.language, q: p.q}
	if e.about(&Answer{}, b) {
		return "", nil
	}
	return b.build(), p.assumptions
}

// sameSense says that two words come to the same where they stand in one question.
func sameSense(a, b *Token) bool {
	ranks := func(t *Token) bool {
		return t.Role == semantic.RoleOrder || t.Role == semantic.RoleAggregate && (t.Meaning == "maximum" || t.Meaning == "minimum")
	}
	moves := func(t *Token) bool {
		return t.Role == semantic.RoleCalculation && (t.Meaning == "growth" || t.Meaning == "difference") || t.Role == semantic.RoleCompare
	}
	return a.Role == b.Role && a.Meaning == b.Meaning && slices.EqualFunc(a.values, b.values, func(x, y semantic.Match) bool { return x.Value == y.Value }) && b.Role != semantic.RolePeriod ||
		ranks(a) && ranks(b) && opposite[a.Meaning] != b.Meaning || moves(a) && moves(b) || a.Role == semantic.RoleUnit && b.Role == semantic.RoleCalculation && b.Meaning == "share"
}

// implies says that a question comes to a word without saying it: quantity where things were sold, 2024 with last year.
func (p *parser) implies(word *Token) bool {
	switch word.Role {
	case semantic.RoleMeasure:
		return slices.Contains(p.q.Measures, word.Meaning)
	case semantic.RoleDimension:
		return p.grouped(word.Meaning) || p.q.Sides != nil && p.q.Sides.Dimension == word.Meaning
	case semantic.RoleOrder:
		return p.q.Ranked && (p.q.Descending || word.Meaning == "desc") && word.Meaning != "bottom" && word.Meaning != "asc"
	case semantic.RoleAggregate:
		return word.Meaning == "count" && (p.q.CountRows || slices.ContainsFunc(p.q.Measures, func(m string) bool { return m == "quantity" || strings.HasPrefix(m, "unique_") }))
	case semantic.RoleNegation:
		return slices.ContainsFunc(p.q.Filters, func(f Filter) bool { return f.Negated })
	case semantic.RoleCalculation:
		return word.Meaning == "cumulative" && p.yearToDate() || word.Meaning == "share" && p.q.Kind == KindPareto || p.course && word.Meaning == string(p.q.Calc)
	case semantic.RoleGrain:
		return p.grouped(word.Meaning) || p.q.Versus && p.q.Periods[0].grain() == word.Meaning || p.q.Kind == KindVolatility || p.q.Kind == KindAnomaly || p.q.Kind == KindPeriod || p.q.Kind == KindSeasonality
	case semantic.RolePeriod:
		period, known := word.period.resolve(p.first, p.last, 0)
		return known && slices.ContainsFunc(p.q.Periods, func(said Period) bool { return said.From >= period.From && said.To <= period.To })
	case roleValue:
		return slices.ContainsFunc(p.q.Filters, func(f Filter) bool { return slices.Contains(f.Values, word.values[0].Value) })
	case semantic.RoleStep:
		return p.q.Versus || p.q.Step == word.Meaning
	}
	return false
}
