package ask

import (
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// fit holds the first law where words were understood and the kind of query has no place for them: what would be dropped
// stops the answer.
func (p *parser) fit() {
	q := &p.q
	var dropped []string
	drop := func(is bool, en, fr string) {
		if is {
			dropped = append(dropped, p.say(en, fr))
		}
	}
	having, calc, average := len(q.Having) > 0, q.Calc != "", q.Aggregate != ""
	ranked := q.Ranked || q.Limit > 0
	switch q.Kind {
	case KindList:
		drop(ranked || p.rank != nil, "the ranking", "le classement")
	case KindPeriod, KindRefresh, KindColumns, KindMeaning:
		drop(len(q.Groups) > 0 || q.Grain != "", "the groups", "les groupes")
		drop(ranked || p.rank != nil, "the ranking", "le classement")
		drop(calc || average, "the calculation", "le calcul")
		drop(having, "the condition", "la condition")
	case KindAnomaly:
		drop(ranked || p.rank != nil, "the ranking", "le classement")
	case KindPareto:
		drop(ranked || p.rank != nil, "the ranking", "le classement")
		drop(len(q.Groups) > 1 || q.Grain != "", "the groups", "les groupes")
	case KindSeasonality:
		drop(average && q.Aggregate != "average", "the extreme or median", "l'extrême ou la médiane")
		drop(q.Grain != "" && q.Grain != "month" && q.Grain != "month_of_year", "the periods that are not months", "les périodes autres que le mois")
		drop(ranked || p.rank != nil, "the ranking", "le classement")
	case KindNew:
		drop(len(q.NotPeriods) > 0, "the excluded period", "la période exclue")
		drop(!q.Ranked && p.rank != nil, "the ranking", "le classement")
		drop(p.figureOfSet(), "the figure", "le chiffre")
	case KindLost:
		drop(p.figureOfSet(), "the figure", "le chiffre")
		drop(len(q.Groups) > 0 || q.Grain != "", "the groups", "les groupes")
		drop(p.rank != nil, "the ranking", "le classement")
	case KindSet:
		drop(q.CountRows && len(q.Measures) > 0, "the figure", "le chiffre")
		drop(q.Grain != "" || p.besides(q.Subject), "the groups", "les groupes")
	case KindWhy:
		drop(len(q.Groups) > 0 || q.Grain != "", "the groups", "les groupes")
		drop(p.rank != nil, "the ranking", "le classement")
	case KindFigures:
		single := q.Calc == CalcShare || q.Calc == CalcCumulative || q.Calc == CalcMoving
		drop(single && len(q.Measures) > 1, "the second measure", "la deuxième mesure")
		drop(q.Versus && calc && q.Grain != "", "the series", "la série")
		moved := slices.ContainsFunc(q.Having, func(h Threshold) bool { return isCalc(h.Measure) }) // sold more than in 2024
		drop(moved && calc && q.Calc != CalcGrowth && q.Calc != CalcDifference, "the calculation", "le calcul")
		drop((q.CountRows || average) && calc, "the calculation", "le calcul")
		drop(average && q.Versus, "the comparison", "la comparaison")
		drop(q.CountRows && (average || p.rank != nil), "the ranking or average", "le classement ou la moyenne")
		drop(q.Calc == CalcMoving && (having || ranked), "the condition or ranking", "la condition ou le classement")
		drop(q.TopShare && having, "the condition", "la condition")
		drop(q.CountRows && slices.ContainsFunc(q.Having, func(h Threshold) bool { return h.Percent }), "the percentage", "le pourcentage")
	}
	switch q.Kind {
	case KindPareto, KindAnomaly, KindVolatility, KindSeasonality, KindNew, KindLost, KindSet, KindWhy:
		drop(having, "the condition", "la condition")
		drop(average && q.Kind != KindSeasonality, "the average", "la moyenne")
		drop(calc && q.Kind != KindPareto && q.Kind != KindWhy, "the calculation", "le calcul")
		drop(len(q.Measures) > 1, "the second measure", "la deuxième mesure")
	}
	plain := q.plain()
	drop(q.Offset > 0 && !plain || p.offset > 0 && q.Offset == 0, "the place in the ranking", "le rang")
	drop(!plain && q.Fixed != nil, "the ranking", "le classement")
	drop(!plain && len(q.Parts) > 0, "each by itself", "chacun séparément")
	drop(!plain && len(q.Numerator) > 0, "the part", "la partie")
	drop(q.Kind != KindSet && len(q.All) > 0, "both", "les deux")
	drop(q.Aggregate == "" && len(q.MoreAggregates) > 0, "the second average", "la deuxième moyenne")
	drop(p.oneSided(), "the comparison", "la comparaison")
	drop(p.comparative != "" && (q.Kind != KindFigures || q.Calc == "" || q.Calc == CalcShare), "the comparison", "la comparaison")
	if p.andedPeriods && (q.Kind == KindList || p.count && p.bought) { // in 2024 and in 2025: in either, or in both?
		dropped = append(dropped, p.say("two periods with “and”: sales in either, or in both?", "deux périodes jointes par « et » : des ventes dans l'une ou l'autre, ou dans les deux ?"))
	}
	if len(dropped) > 0 {
		list := strings.Join(dropped, ", ")
		p.ask(list, "that is not possible together with the rest of the question: %s", "cela n'est pas possible avec le reste de la question : %s", list)
	}
}

// oneSided says that something is compared and only one side of it shows.
func (p *parser) oneSided() bool {
	q := &p.q
	if !p.compare || q.Kind != KindFigures || q.Sides != nil || len(q.Parts) > 0 || p.kept {
		return false
	}
	for i, t := range p.tokens { // Cricket vs Yoga
		if t.Role == semantic.RoleCompare && p.is(p.before(i), roleValue) && p.is(p.after(i), roleValue) && len(p.spoken) == 2 &&
			p.spoken[0].Dimension == p.spoken[1].Dimension && !p.grouped(p.spoken[0].Dimension) {
			return true
		}
	}
	if q.Versus {
		return false
	}
	for i, t := range p.tokens {
		if t.Role == semantic.RoleCompare && p.is(p.after(i), semantic.RolePeriod) && len(q.Periods) == 1 && q.Calc == "" {
			return true
		}
	}
	return false
}

// plain says that a query is of measures by groups, with nothing that is made of several queries: see builder.build.
func (q *Query) plain() bool {
	return q.Kind == KindFigures && q.Sides == nil && !q.TopShare && !q.CountRows && q.Aggregate == "" && q.Calc != CalcMoving && q.Calc != CalcGrowth && q.Calc != CalcDifference &&
		!(q.Versus && len(q.Groups) > 0 && q.Grain == "")
}

// besides says that the question groups by something else than the subject of a set.
func (p *parser) besides(subject string) bool {
	return len(p.setGroups) > 1 || len(p.setGroups) == 1 && p.setGroups[0] != subject
}
