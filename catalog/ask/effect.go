package ask

import (
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// effect holds the first law at its end: a word that a step took must show in the Query that came out. A step may take a
// word for one thing while another decides the shape; what is then nowhere in the Query stops the answer.
func (p *parser) effect() {
	understood := (&builder{Engine: p.Engine, language: p.language, q: p.q}).understood()
	for _, t := range p.tokens {
		if shows, checked := effects[t.Role]; checked && t.used && !shows(p, t) {
			p.ask(t.Text, "“%s” would change nothing in the answer as it is understood (%s); how is it meant?",
				"« %s » ne changerait rien à la réponse telle qu'elle est comprise (%s) ; que veut-il dire ?", t.Text, understood)
			p.stop.unrecognised = append(p.stop.unrecognised, t.Text)
			return
		}
	}
}

// effects tell, by the role of a word, where it shows in the Query.
var effects = map[string]func(*parser, *Token) bool{
	semantic.RoleOrder: func(p *parser, t *Token) bool {
		q := &p.q
		if slices.ContainsFunc(p.tokens, func(other *Token) bool {
			return other.Role == t.Role && other.used && opposite[t.Meaning] != "" && opposite[t.Meaning] == other.Meaning
		}) {
			return false
		}
		return q.Ranked || q.Limit > 0 || q.Fixed != nil || len(q.MoreAggregates) > 0 || q.Aggregate == "maximum" || q.Aggregate == "minimum" || q.Kind == KindVolatility || isPriceEnd(q.Measures)
	},
	semantic.RoleNumber: func(p *parser, t *Token) bool {
		n := t.number
		return float64(p.q.Limit) == n || p.q.Fixed != nil && float64(p.q.Fixed.Limit) == n || float64(p.q.Span) == n || p.q.Percent == n || 100-p.q.Percent == n ||
			slices.ContainsFunc(p.q.Having, func(h Threshold) bool { return h.Value == n || h.And == n || h.Op == "between" && scaled(h, n) })
	},
	semantic.RoleCalculation: func(p *parser, t *Token) bool {
		q := &p.q
		compared := q.Calc == CalcGrowth || q.Calc == CalcDifference || q.Kind == KindWhy || q.Versus
		over := func(measures ...string) bool {
			return slices.ContainsFunc(q.Having, func(h Threshold) bool {
				return slices.Contains(measures, h.Measure) || len(measures) == 0 && h.Percent && h.Measure != string(CalcGrowth) && h.Measure != string(CalcDifference)
			})
		}
		switch Calc(t.Meaning) {
		case CalcShare:
			return q.Calc == CalcShare || q.TopShare || len(q.Numerator) > 0 || q.Kind == KindPareto || q.Kind == KindWhy || over() || compared && percentLike(t.Text)
		case CalcGrowth, CalcDifference:
			return compared || q.Sides != nil || over(string(CalcGrowth), string(CalcDifference)) || q.Kind == KindVolatility
		case CalcCumulative:
			return q.Calc == CalcCumulative || p.yearToDate()
		}
		return q.Calc == CalcMoving || len(q.Periods) == 1
	},
	semantic.RoleStep: func(p *parser, _ *Token) bool {
		return p.q.Step != "" && p.q.Sides == nil && (p.q.Calc == CalcGrowth || p.q.Calc == CalcDifference || p.q.Kind == KindWhy) || p.q.Versus || p.q.Kind == KindSeasonality || p.q.Kind == KindVolatility
	},
	semantic.RoleEach: func(p *parser, _ *Token) bool {
		return len(p.q.Groups)+len(p.q.Parts) > 0 || p.q.Grain != "" || p.q.Over != ""
	},
	semantic.RoleBoth: func(p *parser, _ *Token) bool { return len(p.q.All) > 1 || len(p.q.Groups) > 0 || p.q.Grain != "" },
	semantic.RoleNegation: func(p *parser, _ *Token) bool {
		negated := func(f Filter) bool { return f.Negated }
		return p.q.Kind == KindSet || len(p.q.NotPeriods) > 0 || slices.ContainsFunc(p.q.Filters, negated) || slices.ContainsFunc(p.q.Numerator, negated)
	},
	semantic.RoleAggregate: func(p *parser, t *Token) bool {
		switch t.Meaning {
		case "minimum", "maximum", "median":
			return p.q.Aggregate == t.Meaning || slices.Contains(p.q.MoreAggregates, t.Meaning) || p.q.Ranked || p.q.Limit > 0 || isPriceEnd(p.q.Measures) || p.q.Kind != KindFigures
		case "count":
			return p.q.CountRows || p.q.Kind != KindList && len(p.q.Measures) > 0
		}
		return true
	},
	semantic.RoleGroup: func(p *parser, t *Token) bool {
		if words := strings.Fields(fold(t.Text)); !slices.ContainsFunc(words, func(w string) bool { return eachWords[w] }) {
			return true
		}
		return !p.q.Ranked || p.q.Limit == 0 || len(p.q.Within) > 0 || len(p.q.Groups)+boolInt(p.q.Grain != "") > 1 // the best of each
	},
	semantic.RoleMeasure: func(p *parser, t *Token) bool {
		q := &p.q
		return t.Meaning == p.Model.Defaults.Measure || !(q.CountRows && q.Kind == KindFigures) && slices.Contains(q.Measures, t.Meaning) || // sales are also just what was sold
			q.Subject == t.Meaning || counted[q.Subject] == t.Meaning || q.CountRows && counted[p.target] == t.Meaning || slices.ContainsFunc(q.Having, func(h Threshold) bool { return h.Measure == t.Meaning })
	},
	semantic.RoleDimension: func(p *parser, t *Token) bool {
		q := &p.q
		filtered := func(f Filter) bool { return f.Dimension == t.Meaning }
		return p.grouped(t.Meaning) || q.Subject == t.Meaning || q.Sides != nil && q.Sides.Dimension == t.Meaning ||
			slices.ContainsFunc(q.Filters, filtered) || slices.ContainsFunc(q.Numerator, filtered) || slices.ContainsFunc(q.ButFilters, filtered) ||
			slices.Contains(q.Measures, counted[t.Meaning]) || slices.Contains(q.Measures, countPrefix+t.Meaning)
	},
}

// opposite are rankings that cannot both be.
var opposite = map[string]string{"top": "bottom", "bottom": "top"}

// eachWords say that a ranking is made anew within each of something.
var eachWords = map[string]bool{"each": true, "every": true, "chaque": true, "chacun": true, "chacune": true}

// scaled says that a number is an end of a range whose scale stands at its other end: between 1 and 2 billion.
func scaled(h Threshold, n float64) bool {
	return n > 0 && slices.ContainsFunc([]float64{1e3, 1e5, 1e6, 1e7, 1e9, 1e12}, func(factor float64) bool { return h.Value == n*factor })
}

// grouped says that the answer has rows, or is made of parts, by a dimension or grain.
func (p *parser) grouped(name string) bool {
	return slices.Contains(p.q.Groups, name) || slices.Contains(p.q.Within, name) || p.q.Over == name || p.q.Grain == name
}

// isPriceEnd says that a measure is itself a lowest or highest price.
func isPriceEnd(measures []string) bool {
	return slices.Contains(measures, "lowest_list_price") || slices.Contains(measures, "highest_list_price")
}
