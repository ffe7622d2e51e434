package ask

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// The law of drafts has three sides. Each part of the Query fits its kind (wellFormed). What the grammar understands of the
// question is in the Query: each value, each month, each number (holdsKnown). Each word of the question became a part of
// the Query, and each part of the Query came from a word; a word that the grammar knows keeps what it means (accountDraft).

// parts are what a Query is made of: a head, and a name where there may be several.
func (q *Query) parts() []string {
	var out []string
	add := func(is bool, part string) {
		if is && !slices.Contains(out, part) {
			out = append(out, part)
		}
	}
	each := func(head string, names []string) {
		for _, name := range names {
			add(true, head+" "+name)
		}
	}
	filters := func(head string, all []Filter) {
		for _, f := range all {
			add(!f.Negated, head+" "+f.Dimension)
			add(f.Negated, "except "+f.Dimension)
		}
	}
	add(q.Kind != KindFigures, "kind "+string(q.Kind))
	each("measure", q.Measures)
	each("group", q.Groups)
	add(q.Grain != "", "grain "+q.Grain)
	filters("filter", q.Filters)
	filters("but", q.ButFilters)
	filters("part", q.Numerator)
	if q.Sides != nil {
		filters("compare", []Filter{*q.Sides})
	}
	add(len(q.Periods) > 0, "period")
	add(len(q.NotPeriods) > 0, "except_period")
	add(len(q.ButPeriods) > 0, "but_period")
	add(q.Aggregate != "", "aggregate "+q.Aggregate)
	add(q.Over != "", "over "+q.Over)
	add(q.Calc != "", "calc "+string(q.Calc))
	add(q.Step != "", "step "+q.Step)
	add(q.Span > 0, "span")
	add(q.Versus, "versus")
	for _, h := range q.Having {
		add(true, "having "+h.Measure)
	}
	add(q.Ranked, "ranking")
	each("within", q.Within)
	add(q.CountRows, "count")
	add(q.TopShare, "top_share")
	add(q.Percent > 0, "percent")
	add(q.Subject != "", "subject "+q.Subject)
	add(q.Chart != "", "chart "+q.Chart)
	return out
}

// fits are the heads of the parts that each kind has a place for.
var fits = map[Kind]string{
	KindFigures: "measure group grain filter except part compare period except_period aggregate over calc step span versus having ranking within count top_share chart",
	KindList:    "subject group grain filter except period except_period chart", KindPareto: "measure group filter except period except_period count percent chart",
	KindAnomaly: "measure group grain filter except period except_period chart", KindVolatility: "measure group filter except period except_period ranking chart",
	KindSeasonality: "measure filter except period except_period chart", KindNew: "subject grain filter except period count chart", KindLost: "subject filter except period count chart",
	KindSet: "subject filter period but but_period count chart", KindWhy: "measure filter except period versus step chart",
	KindPeriod: "filter except", KindRefresh: "", KindMeaning: "subject", KindColumns: "",
}

// wellFormed stops what the SQL would leave out, or has no words for.
func wellFormed(q *Query, isDimension func(name string) bool) error {
	for _, part := range q.parts() {
		if head, _, _ := strings.Cut(part, " "); head != "kind" && !slices.Contains(strings.Fields(fits[q.Kind]), head) {
			return unfit("%s has no place for %s", q.Kind, part)
		}
	}
	series, grouped := slices.Contains(steps, q.Grain), len(q.Groups) > 0 || q.Grain != ""
	overTime := q.Calc == CalcCumulative || q.Calc == CalcMoving
	since := q.Calc == CalcGrowth || q.Calc == CalcDifference
	pivoted := q.Sides != nil || q.Versus && (since || len(q.Groups) > 0)
	customers := q.Subject == "customer" || q.Subject == "product"
	if q.Kind == KindList && isGrain(q.Subject) {
		q.Grain = q.Subject
	}
	for _, stop := range []struct {
		is  bool
		why string
	}{
		{q.Versus && (len(q.Periods) != 2 || q.Periods[0].To >= q.Periods[1].From), "two periods are compared, one after the other"},
		{q.Sides != nil && (q.Versus || !since && q.Calc != ""), "two values are compared, and nothing else"},
		{pivoted && q.Grain != "", "what is compared side by side is no series"},
		{(since || overTime || q.Kind == KindAnomaly) && q.Grain != "" && !series, "a series goes by month, quarter or year"},
		{since && !pivoted && (len(q.Within) > 0 || q.Versus), "a series of growth is ranked as one"},
		{pivoted && len(q.Within) > 0, "what is compared side by side is ranked as one"},
		{overTime && (q.Ranked || len(q.Having) > 0 || q.Versus), "a running figure is neither ranked nor cut"},
		{q.Ranked && !grouped && q.Kind == KindFigures, "a ranking of nothing"},
		{q.Limit > 0 && !q.Ranked, "a limit without a ranking"},
		{len(q.Within) > 0 && (!q.Ranked || len(q.Within) >= len(q.Groups)+boolInt(q.Grain != "")), "a ranking within all that is shown"},
		{slices.ContainsFunc(q.Within, func(name string) bool { return name != q.Grain && !slices.Contains(q.Groups, name) }), "a ranking within what is not shown"},
		{q.TopShare && (q.Calc != CalcShare || len(q.Groups) != 1 || q.Grain != "" || q.Limit == 0 || len(q.Numerator) > 0), "the share of a ranking is of one dimension, with a limit"},
		{len(q.Numerator) > 0 && q.Calc != CalcShare, "a part of a whole without a share"},
		{q.CountRows && q.Kind == KindFigures && (len(q.Having) == 0 || !grouped || q.Calc != "" || q.Versus || q.Sides != nil || q.Ranked), "only what passes a threshold is counted"},
		{q.CountRows && q.Kind == KindFigures && slices.ContainsFunc(q.Measures, func(m string) bool {
			return !slices.ContainsFunc(q.Having, func(h Threshold) bool { return h.Measure == m })
		}), "a figure beside a count"},
		{slices.ContainsFunc(q.Having, func(h Threshold) bool {
			return (h.Measure == string(CalcGrowth) || h.Measure == string(CalcDifference)) != since && isCalc(h.Measure)
		}), "a threshold on a growth that is not asked for"},
		{slices.ContainsFunc(q.Having, func(h Threshold) bool { return h.Percent && !isCalc(h.Measure) && q.Calc != CalcShare }), "a threshold in percent of nothing"},
		{q.Over != "" && (q.Aggregate == "" || slices.Contains(q.Groups, q.Over) || q.Grain == q.Over), "an average over what is shown"},
		{q.Aggregate != "" && (q.Sides != nil || q.Versus), "an average is not compared"},
		{q.Step != "" && (q.Versus || q.Sides != nil || !since && (q.Kind != KindWhy || q.Step != "year")), "a step without growth"},
		{q.Versus && q.Calc != "" && !since, "two periods are compared, and nothing else"},
		{q.Span > 0 && (q.Calc != CalcMoving || q.Span < 2), "a span without a moving average"},
		{q.Kind == KindPareto && (q.Percent == 0 || len(q.Groups) > 1), "a share of how many per cent, and of which things"},
		{(q.Kind == KindAnomaly || q.Kind == KindVolatility) && len(q.Groups) > 1, "more than one dimension"},
		{(q.Kind == KindNew || q.Kind == KindLost || q.Kind == KindSet) && !customers, "customers or products"},
		{q.Kind == KindNew && q.Grain != "" && (!series || !q.CountRows), "a list is no series"},
		{q.Kind == KindVolatility && q.Ranked && !grouped, "a ranking of nothing"},
		{q.Kind == KindSet && len(q.ButFilters)+len(q.ButPeriods) == 0, "a set that leaves nothing out"},
		{q.Kind == KindWhy && (len(q.Measures) > 1 || len(q.Measures) == 1 && q.Measures[0] != "revenue"), "only moves of revenue are explained"},
		{(q.Kind == KindList || q.Kind == KindMeaning) && q.Subject == "", "nothing is listed"},
		{q.Kind == KindList && (!isGrain(q.Subject) && q.Grain != "" || !isDimension(q.Subject)), "what is listed is a dimension"},
	} {
		if stop.is {
			return unfit("%s", stop.why)
		}
	}
	return nil
}

func isCalc(name string) bool { return name == string(CalcGrowth) || name == string(CalcDifference) }

// holdsKnown holds that a drafted Query has exactly the values that the question names, its periods and its numbers. What a
// follow-up does not name may be as it was.
func (p *parser) holdsKnown(known *skeleton, q *Query) error {
	before := Query{}
	if p.previous != nil {
		before = *p.previous
	}
	shares := known.q.Calc == CalcShare
	drafted, named, kept := q.values(shares), known.q.values(shares), before.values(shares)
	for value := range named {
		if !drafted[value] {
			return unfit("%s %s is left out", value.dimension, value.value)
		}
	}
	for value := range drafted {
		if !named[value] && !kept[value] {
			return unfit("%s %s is not in the question", value.dimension, value.value)
		}
	}
	months, said, kept2 := q.months(), known.q.months(), before.months()
	for month := range said {
		if !months[month] {
			return unfit("%s is left out", draftMonthText(month.month))
		}
	}
	for month := range months {
		if len(said) > 0 && !said[month] && !kept2[month] && !(q.Versus && (said[month.later(12)] || said[month.later(known.q.length())])) {
			return unfit("%s is not in the question", draftMonthText(month.month))
		}
	}
	numbers := []float64{float64(q.Limit), float64(q.Span), q.Percent}
	for _, h := range q.Having {
		numbers = append(numbers, h.Value, h.And)
	}
	for _, t := range known.tokens {
		rising := t.Meaning == "bottom" || t.Meaning == "asc"
		switch {
		case t.Role == semantic.RoleNumber && !slices.Contains(numbers, t.number):
			return unfit("%s is left out", t.Text)
		case t.Role == semantic.RoleOrder && q.Ranked && q.Descending == rising && q.Calc != CalcGrowth && q.Calc != CalcDifference: // the biggest drop is the lowest growth
			return unfit("%s goes the other way", t.Text)
		case t.Role == semantic.RoleThreshold && len(q.Having) > 0 && !slices.ContainsFunc(q.Having, func(h Threshold) bool { return h.Op == t.Meaning }):
			return unfit("%s is another comparison", t.Text)
		}
	}
	if len(known.q.Having) > 0 {
		for i, h := range known.q.Having {
			if i >= len(q.Having) || q.Having[i].Op != h.Op || q.Having[i].Value != h.Value || q.Having[i].And != h.And {
				return unfit("a threshold of the question is another one in the draft")
			}
		}
	}
	return nil
}

// valueUse is a value with what it does in a query.
type valueUse struct {
	dimension, value, use string
}

// values are those of all filters; the parts of a share are told from the whole if both are known to be meant.
func (q *Query) values(shares bool) map[valueUse]bool {
	out := map[valueUse]bool{}
	note := func(filters []Filter, use string) {
		for _, f := range filters {
			as := use
			if f.Negated {
				as = useExcept
			}
			for _, v := range f.Values {
				out[valueUse{f.Dimension, v, as}] = true
			}
		}
	}
	note(q.Filters, useKeep)
	note(q.ButFilters, useBut)
	if shares {
		note(q.Numerator, usePart)
	} else {
		note(q.Numerator, useKeep)
	}
	if q.Sides != nil {
		note([]Filter{*q.Sides}, useKeep)
	}
	return out
}

// monthUse is a month with what it does in a query.
type monthUse struct {
	month int
	use   string
}

func (m monthUse) later(months int) monthUse { return monthUse{m.month + months, m.use} }

func (q *Query) months() map[monthUse]bool {
	out := map[monthUse]bool{}
	note := func(periods []Period, use string) {
		for _, period := range periods {
			for month := period.From; month <= period.To; month++ {
				out[monthUse{month, use}] = true
			}
		}
	}
	note(q.Periods, useKeep)
	note(q.NotPeriods, useExcept)
	note(q.ButPeriods, useBut)
	return out
}

// length is the number of months of the one period, 0 if there is not one.
func (q *Query) length() int {
	if len(q.Periods) != 1 {
		return 0
	}
	return q.Periods[0].months()
}

// becomes says which parts a word of a role may become. Words of other roles, and those that the grammar does not know, may
// become any.
var becomes = map[string]string{
	semantic.RoleMeasure: "measure having subject", semantic.RoleDimension: "group over subject within filter except part but compare measure count",
	semantic.RoleGrain: "grain over period step span subject within", semantic.RoleStep: "step calc period versus", roleValue: "filter except part but compare",
	semantic.RolePeriod: "period except_period but_period", semantic.RoleNumber: "ranking having span percent period top_share",
	semantic.RoleAggregate: "aggregate count ranking measure over calc", semantic.RoleCalculation: "calc", semantic.RoleCompare: "versus compare calc step filter group",
	semantic.RoleThreshold: "having period except_period but_period", semantic.RoleOrder: "ranking top_share", semantic.RoleNegation: "except except_period but but_period kind",
	semantic.RoleHalf: "percent", semantic.RoleAnalysis: "kind", semantic.RoleMetadata: "kind subject", semantic.RoleChart: "chart", semantic.RoleTime: "period except_period but_period",
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
	case semantic.RoleMeasure, semantic.RoleCalculation, semantic.RoleChart:
		return name == t.Meaning || t.Meaning == "any"
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

// placesOf finds words among the tokens, each place as the first token and the one after the last.
func placesOf(tokens []*Token, words string) [][2]int {
	sought := fold(words)
	var places [][2]int
	for from := range tokens {
		text := ""
		for to := from; to < len(tokens) && len(text) < len(sought); to++ {
			text = strings.TrimSpace(text + " " + fold(tokens[to].Text))
			if text == sought && sought != "" {
				places = append(places, [2]int{from, to + 1})
			}
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
