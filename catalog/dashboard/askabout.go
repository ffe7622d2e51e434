package dashboard

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/ask"
)

// AskAbout are questions in words that ask answers with the figures of a tile, what is selected carried over: one for each
// measure of counters, else one. A question is left out where its words would not be read back as exactly that, a value
// without a name for instance.
func (s *Source) AskAbout(engine *ask.Engine, t *Tile, selection Selection, language string) []string {
	c := s.scope(selection)
	scope, sayable := s.scopeWords(c, selection, language)
	if !sayable {
		return nil
	}
	var questions []string
	for _, asked := range s.askable(t, language) {
		question := asked.words + scope
		if q, answered := engine.Understand(question); answered && s.means(q, asked, c, selection) {
			questions = append(questions, question)
		}
	}
	return questions
}

// asked is a question without what is selected, and what it must be read as.
type asked struct {
	words string
	query ask.Query // kind, measures, groups, grain, limit
}

// askable are the questions of a tile.
func (s *Source) askable(t *Tile, language string) []asked {
	measure := func(name string) string { return strings.ToLower(s.model.Measure(name).Label(language)) }
	dimension := func(name string) string { return strings.ToLower(s.model.Dimension(name).Label(language)) }
	join := func(names []string, word func(string) string) string {
		words := make([]string, len(names))
		for i, name := range names {
			words[i] = word(name)
		}
		return strings.Join(words, say(language, " and ", " et "))
	}
	by := say(language, " by ", " par ")
	figures := ask.Query{Kind: ask.KindFigures, Measures: t.Measures, Groups: t.By}
	main := ""
	if len(t.Measures) > 0 {
		main = measure(t.Measures[0])
	}
	switch t.Kind {
	case KindCounters:
		var all []asked
		for _, name := range t.Measures {
			all = append(all, asked{measure(name), ask.Query{Kind: ask.KindFigures, Measures: []string{name}}})
		}
		return all
	case KindRanking:
		if t.Limit > 0 && len(t.By) == 1 && len(t.Measures) == 1 {
			figures.Limit = t.Limit
			best := say(language, "top", "top")
			if t.Order == "asc" {
				best = say(language, "bottom", "flop")
			}
			return []asked{{fmt.Sprintf("%s %d %s%s%s", best, t.Limit, dimension(t.By[0]), by, main), figures}}
		}
		return []asked{{join(t.Measures, measure) + by + join(t.By, dimension), figures}}
	case KindScatter:
		return []asked{{join(t.Measures, measure) + by + dimension(t.By[0]), figures}}
	case KindSeries:
		return []asked{{main + by + dimension(t.By[0]), ask.Query{Kind: ask.KindFigures, Measures: t.Measures, Grain: s.model.Dimension(t.By[0]).Grain}}}
	case KindConcentration:
		var all []asked
		for _, name := range t.By {
			words := fmt.Sprintf(say(language, "which %ss make %d%% of %s", "quels %ss font %d%% de %s"), dimension(name), mostOfIt, main)
			all = append(all, asked{words, ask.Query{Kind: ask.KindPareto, Measures: t.Measures, Groups: []string{name}}})
		}
		return all
	case KindVariation:
		words := say(language, "volatility of ", "volatilité de ") + main + by + dimension(t.By[0])
		return []asked{{words, ask.Query{Kind: ask.KindVolatility, Measures: t.Measures, Groups: t.By}}}
	case KindSeasonality:
		return []asked{{main + by + say(language, "month", "mois"), ask.Query{Kind: ask.KindFigures, Measures: t.Measures, Grain: "month"}}}
	}
	return nil
}

// scopeWords say what is selected, as the end of a question.
func (s *Source) scopeWords(c scope, selection Selection, language string) (words string, sayable bool) {
	for i := range s.model.Dimensions {
		d := &s.model.Dimensions[i]
		values := selection.Values[d.Name]
		if slices.Contains(values, "") {
			return "", false
		}
		if len(values) > 0 {
			words += say(language, " for ", " pour ") + strings.ToLower(d.Label(language)) + " " + strings.Join(values, say(language, " or ", " ou "))
		}
	}
	if c.chosen {
		if len(c.now) == 0 {
			return "", false
		}
		names := make([]string, len(c.periods))
		for i, p := range c.periods {
			names[i] = p.Label(language)
		}
		words += " " + strings.Join(names, say(language, " and ", " et "))
	}
	return words, true
}

// means says that a question was read as it is meant: the figures, the values, the months.
func (s *Source) means(q ask.Query, meant asked, c scope, selection Selection) bool {
	want := meant.query
	if q.Kind != want.Kind || !slices.Equal(q.Measures, want.Measures) || !slices.Equal(q.Groups, want.Groups) || q.Grain != want.Grain || q.Limit != want.Limit {
		return false
	}
	if q.Calc != "" || q.Aggregate != "" || q.Versus || q.Sides != nil || q.CountRows || q.TopShare || len(q.Having)+len(q.NotPeriods)+len(q.Within)+len(q.Numerator) > 0 {
		return false
	}
	values := map[string][]string{}
	for _, f := range q.Filters {
		if f.Negated {
			return false
		}
		values[f.Dimension] = slices.Sorted(slices.Values(f.Values))
	}
	if !maps.EqualFunc(values, selection.Values, slices.Equal[[]string]) {
		return false
	}
	if !c.chosen || len(q.Periods) == 0 {
		return len(q.Periods) == 0 && (!c.chosen || len(s.months(c.now)) == s.last-s.first+1)
	}
	return maps.Equal(s.months(s.clip(q.Periods)), s.months(c.now))
}

// months are the months of periods.
func (s *Source) months(periods []ask.Period) map[int]bool {
	set := map[int]bool{}
	for _, p := range periods {
		for month := p.From; month <= p.To; month++ {
			set[month] = true
		}
	}
	return set
}
