package dashboard

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/ask"
)

// AskAbout are questions in words that ask answers with the figures of a tile, what is selected carried over: one for each
// measure of counters and each dimension of a concentration, else one. A question is left out where no words for it are read
// back as exactly that, because of a value without a name for instance.
func (s *Source) AskAbout(engine *ask.Engine, t *Tile, selection Selection, language string) []string {
	c := s.scope(selection)
	scope, sayable := s.scopeWords(c, selection, language)
	if !sayable {
		return nil
	}
	var questions []string
	for _, asked := range s.askable(t, language) {
		for _, words := range asked.wordings {
			if q, answered := engine.Understand(words + scope); answered && s.means(q, asked.query, c, selection) {
				questions = append(questions, words+scope)
				break
			}
		}
	}
	return questions
}

// asked is a question without what is selected: ways to say it, the best first, and what it must be read as.
type asked struct {
	wordings []string
	query    ask.Query // kind, measures, groups, grain, limit
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
	one := func(query ask.Query, wordings ...string) []asked { return []asked{{wordings, query}} }
	figures := ask.Query{Kind: ask.KindFigures, Measures: t.Measures, Groups: t.By}
	switch t.Kind {
	case KindCounters:
		var all []asked
		for _, name := range t.Measures { // "customers" asks for their names, "unique customers" for their number
			query := ask.Query{Kind: ask.KindFigures, Measures: []string{name}}
			all = append(all, one(query, append([]string{measure(name)}, s.model.Measure(name).Names[language]...)...)...)
		}
		return all
	case KindRanking:
		if t.Limit == 0 || len(t.By) > 1 || len(t.Measures) > 1 {
			break
		}
		figures.Limit = t.Limit
		best := "top"
		if t.Order == "asc" {
			best = say(language, "bottom", "flop")
		}
		ranked := func(things string) string {
			return fmt.Sprintf("%s %d %s%s%s", best, t.Limit, things, by, measure(t.Measures[0]))
		}
		return one(figures, ranked(plural(dimension(t.By[0]), language)), ranked(dimension(t.By[0])))
	case KindSeries:
		figures.Groups, figures.Grain = nil, s.model.Dimension(t.By[0]).Grain
	case KindConcentration:
		var all []asked
		for _, name := range t.By {
			words := fmt.Sprintf(say(language, "which %s make %d%% of %s", "quels %s font %d%% de %s"), plural(dimension(name), language), mostOfIt, measure(t.Measures[0]))
			all = append(all, one(ask.Query{Kind: ask.KindPareto, Measures: t.Measures, Groups: []string{name}}, words)...)
		}
		return all
	case KindVariation:
		return one(ask.Query{Kind: ask.KindVolatility, Measures: t.Measures, Groups: t.By}, say(language, "volatility of ", "volatilité : ")+measure(t.Measures[0])+by+dimension(t.By[0]))
	case KindSeasonality:
		figures.Grain = "month"
		return one(figures, measure(t.Measures[0])+by+say(language, "month", "mois"))
	}
	return one(figures, join(t.Measures, measure)+by+join(t.By, dimension))
}

// plural is the usual one; a question with a wrong one is not understood, and then not offered.
func plural(word, language string) string {
	stem, isY := strings.CutSuffix(word, "y")
	if isY && language == "en" {
		return stem + "ies"
	}
	return word + "s"
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
func (s *Source) means(q, want ask.Query, c scope, selection Selection) bool {
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
