package ask

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// The law of drafts has three sides. Each part of the Query fits its kind (wellFormed, draft_parts.go). What the grammar
// understands of the question is in the Query: each value, each month, each number (holdsKnown, draft_known.go). Each word
// of the question became a part of the Query, and each part of the Query came from a word; a word that the grammar knows
// keeps what it means (accountDraft).

// becomes says which parts a word of a role may become. Words of other roles, and those that the grammar does not know, may
// become any.
var becomes = map[string]string{
	semantic.RoleMeasure: "measure having subject", semantic.RoleDimension: "group over subject within filter except part but compare measure count",
	semantic.RoleGrain: "grain over period step span subject within", semantic.RoleStep: "step calc period versus", roleValue: "filter except part but compare",
	semantic.RolePeriod: "period except_period but_period", semantic.RoleNumber: "ranking having span percent period top_share",
	semantic.RoleAggregate: "aggregate count ranking measure over calc", semantic.RoleCalculation: "calc kind percent versus compare having top_share part", semantic.RoleCompare: "versus compare calc step filter group",
	semantic.RoleThreshold: "having period except_period but_period", semantic.RoleOrder: "ranking top_share", semantic.RoleNegation: "except except_period but but_period kind",
	semantic.RoleHalf: "percent", semantic.RoleAnalysis: "kind", semantic.RoleMetadata: "kind subject", semantic.RoleChart: "chart", semantic.RoleTime: "period except_period but_period",
}

// calculated are the parts besides a calculation that words of one may become.
var calculated = map[Calc][]string{
	CalcShare:      {"kind pareto", "percent", "having", "top_share", "part"},
	CalcGrowth:     {"kind why", "kind volatility", "versus", "compare", "having growth"},
	CalcDifference: {"kind why", "kind volatility", "versus", "compare", "having difference", "calc growth"},
}

// may says that a word can have become a part.
func (t *Token) may(part string) bool {
	head, name, _ := strings.Cut(part, " ")
	heads, known := becomes[t.Role]
	if !known {
		return true
	}
	if !slices.Contains(strings.Fields(heads), head) {
		return false
	}
	switch t.Role {
	case semantic.RoleMeasure, semantic.RoleChart:
		return name == t.Meaning || t.Meaning == "any"
	case semantic.RoleCalculation:
		return part == "calc "+t.Meaning || slices.Contains(calculated[Calc(t.Meaning)], head) || slices.Contains(calculated[Calc(t.Meaning)], part)
	case semantic.RoleDimension:
		return name == t.Meaning || name == counted[t.Meaning] || name == countPrefix+t.Meaning || head == "count"
	case semantic.RoleGrain:
		return name == t.Meaning || head == "period" || head == "span"
	case roleValue:
		return slices.ContainsFunc(t.values, func(m semantic.Match) bool { return m.Dimension == name })
	case semantic.RoleStep:
		return head != "step" || name == t.Meaning
	case semantic.RoleAggregate:
		return head != "aggregate" || name == t.Meaning
	case semantic.RoleAnalysis:
		return name == t.Meaning || name == string(KindVolatility) && t.Meaning == "stable"
	}
	return true
}

// weightless says that a word needs not become a part: the grammar leaves it out too.
func (p *parser) weightless(t *Token) bool {
	return p.free(t) || t.Role == semantic.RoleAggregate && t.Meaning == "total" || t.Role == semantic.RoleGroup
}

// accountDraft holds the first law over a draft, and returns how the words were read that only the model read.
func (p *parser) accountDraft(q *Query, claims []claim) ([]string, error) {
	all := p.Engine.tokens(p.question, p.language, p.previous != nil)
	parts := q.parts()
	became := make([][]string, len(all))
	for _, c := range claims {
		if !slices.Contains(parts, c.Part) {
			return nil, unfit("“%s” became %q, which is not in the query", c.Words, c.Part)
		}
		places := placesOf(all, c.Words)
		if len(places) == 0 {
			return nil, unfit("“%s” does not stand so in the question", c.Words)
		}
		for _, place := range places {
			alone := !slices.ContainsFunc(all[place[0]:place[1]], func(t *Token) bool { return t.Role != roleUnknown && t.Role != semantic.RoleVague && !p.weightless(t) })
			for i := place[0]; i < place[1]; i++ {
				unread := all[i].Role == roleUnknown || all[i].Role == semantic.RoleVague
				if all[i].may(c.Part) && (alone || !unread) { // an unknown word cannot hide behind a known one
					became[i] = append(became[i], c.Part)
				}
			}
		}
	}
	source := map[string]bool{}
	if p.previous != nil {
		for _, part := range p.previous.parts() {
			source[part] = true
		}
	}
	var readings []string
	for i, t := range all {
		if len(became[i]) == 0 && !p.weightless(t) {
			return nil, unfit("“%s” became nothing", t.Text)
		}
		for _, part := range became[i] {
			source[part] = source[part] || t.Role != semantic.RoleNoise && t.Role != semantic.RoleConnective || strings.HasPrefix(part, "grain ")
		}
		if t.Role == roleUnknown || t.Role == semantic.RoleVague {
			readings = append(readings, fmt.Sprintf(p.say("“%s” is read as %s", "« %s » est lu comme %s"), t.Text, p.partLabel(became[i][0])))
		}
	}
	for _, part := range parts {
		if !source[part] {
			return nil, unfit("%s comes from no word of the question", part)
		}
	}
	return readings, nil
}

// placesOf finds words in a question, each place as the first token they touch and the one after the last.
func placesOf(tokens []*Token, words string) [][2]int {
	var all []string
	var of []int // the token of each
	for i, t := range tokens {
		for _, word := range strings.Fields(fold(t.Text)) {
			all, of = append(all, word), append(of, i)
		}
	}
	sought := strings.Fields(fold(words))
	var places [][2]int
	for at := 0; at+len(sought) <= len(all) && len(sought) > 0; at++ {
		if slices.Equal(all[at:at+len(sought)], sought) {
			places = append(places, [2]int{of[at], of[at+len(sought)-1] + 1})
		}
	}
	return places
}

// partLabel is a part in the words of the question's language.
func (p *parser) partLabel(part string) string {
	head, name, _ := strings.Cut(part, " ")
	label := p.dimensionLabel(name)
	if p.Model.Dimension(name) == nil {
		label = p.measureLabel(name)
	}
	heads := map[string][2]string{
		"measure": {"", ""}, "group": {"by ", "par "}, "grain": {"by ", "par "}, "filter": {"a filter: ", "un filtre : "}, "except": {"left out: ", "exclu : "}, "over": {"over ", "sur "},
		"calc": {"a calculation: ", "un calcul : "}, "step": {"since the ", "depuis : "}, "kind": {"a kind of question: ", "un type de question : "}, "aggregate": {"", ""},
		"having": {"a condition: ", "une condition : "}, "subject": {"", ""}, "chart": {"a chart: ", "un graphique : "}, "within": {"for each ", "pour chaque "},
		"part": {"a part: ", "une part : "}, "but": {"without: ", "sans : "}, "compare": {"compared: ", "comparé : "},
		"period": {"a period", "une période"}, "except_period": {"a period left out", "une période exclue"}, "but_period": {"a period left out", "une période exclue"},
		"ranking": {"a ranking", "un classement"}, "versus": {"a comparison", "une comparaison"}, "count": {"a number of things", "un nombre"}, "span": {"a span", "une durée"},
		"top_share": {"a share of the first", "une part des premiers"}, "percent": {"a percentage", "un pourcentage"},
	}
	return p.say(heads[head][0], heads[head][1]) + strings.ToLower(label)
}
