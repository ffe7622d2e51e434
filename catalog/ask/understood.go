package ask

import (
	"fmt"
	"slices"
	"strings"
)

// understood restates the query.
func (b *builder) understood() string {
	q := b.q
	var parts []string
	switch q.Kind {
	case KindRefresh:
		return b.word("When the data were refreshed", "Date de mise à jour des données")
	case KindColumns:
		return b.word("What can be asked", "Ce qui peut être demandé")
	case KindMeaning:
		return b.word("Meaning of ", "Signification : ") + b.subjectLabel()
	case KindPeriod:
		parts = append(parts, b.word("The period that the data cover", "La période couverte par les données"))
	case KindList:
		parts = append(parts, b.word("The different ", "Les différentes valeurs : ")+b.plural(q.Subject))
	case KindPareto:
		subject := "product"
		if len(q.Groups) > 0 {
			subject = q.Groups[0]
		}
		parts = append(parts, fmt.Sprintf(b.word("The %s, biggest first, that together make %s %% %s", "Les %s, du plus grand au plus petit, qui font ensemble %s %% %s"), b.plural(subject), plainNumber(q.Percent), b.of()))
	case KindAnomaly:
		parts = append(parts, fmt.Sprintf(b.word("The periods with an unusual %s: more than 2 standard deviations from the mean (|z| > 2)", "Les périodes inhabituelles (%s) : à plus de 2 écarts types de la moyenne (|z| > 2)"), strings.ToLower(b.measures())))
	case KindVolatility:
		parts = append(parts, fmt.Sprintf(b.word("Coefficient of variation %s by month", "Coefficient de variation %s par mois"), b.of()))
	case KindSeasonality:
		parts = append(parts, fmt.Sprintf(b.word("Average %s by month of the year", "Moyenne (%s) par mois de l'année"), strings.ToLower(b.measures())))
	case KindNew:
		parts = append(parts, fmt.Sprintf(b.word("New %s: the first month with sales", "Nouveaux %s : premier mois avec des ventes"), b.plural(q.Subject)))
	case KindLost:
		parts = append(parts, fmt.Sprintf(b.word("Lost %s: sales in the period before, none in the period", "Perdus (%s) : des ventes la période d'avant, aucune pendant la période"), b.plural(q.Subject)))
	case KindSet:
		parts = append(parts, b.setWords())
	case KindWhy:
		parts = append(parts, fmt.Sprintf(b.word("Why revenue moved from %s to %s: price, volume, mix, new and lost customers and products", "Pourquoi le chiffre d'affaires a bougé (%s, puis %s) : prix, volume, mix, clients et produits nouveaux et perdus"), b.labelIn(q.Periods[0], b.language), b.labelIn(q.Periods[1], b.language)))
	default:
		parts = append(parts, b.figureWords())
	}
	if q.CountRows {
		parts[0] = b.word("Number: ", "Nombre : ") + strings.ToLower(parts[0][:1]) + parts[0][1:]
	}
	dims := slices.DeleteFunc(b.dimensions(), func(d string) bool { return q.Kind == KindPareto || q.Kind == KindList && d == q.Subject })
	if len(dims) > 0 {
		var names []string
		for _, d := range dims {
			names = append(names, b.lower(d))
		}
		parts = append(parts, b.word("by ", "par ")+strings.Join(names, b.word(" and ", " et ")))
	}
	if len(q.Parts) > 0 {
		var names []string
		for _, part := range q.Parts {
			names = append(names, part.Name)
		}
		parts = append(parts, b.word("each by itself: ", "chacun séparément : ")+strings.Join(names, ", "))
	}
	if scope := b.scope(q.Filters, q.Periods, q.NotPeriods); q.Kind == KindSet {
		return strings.Join(parts, ", ")
	} else if scope != "" {
		parts = append(parts, scope)
	} else if len(q.Periods) == 0 && q.Kind != KindPeriod && q.Kind != KindList {
		parts = append(parts, b.word("all of the data, ", "toutes les données, ")+b.labelIn(Period{From: b.first, To: b.last}, b.language))
	}
	if q.Fixed != nil {
		order := b.word("the lowest", "les plus petits")
		if q.Fixed.Descending {
			order = b.word("the highest", "les plus grands")
		}
		parts = append(parts, fmt.Sprintf(b.word("%s %d of the whole, the same throughout", "%s %d de l'ensemble, toujours les mêmes"), order, q.Fixed.Limit))
	}
	for _, h := range q.Having {
		parts = append(parts, b.thresholdWords(h))
	}
	if q.Ranked {
		order := b.word("lowest first", "les plus petits d'abord")
		if q.Descending {
			order = b.word("highest first", "les plus grands d'abord")
		}
		if q.Offset > 0 {
			order += fmt.Sprintf(b.word(", number %d", ", numéro %d"), q.Offset+1)
		} else if q.Limit > 0 {
			order += fmt.Sprintf(", %d", q.Limit)
			if len(q.Within) > 0 {
				var names []string
				for _, w := range q.Within {
					names = append(names, b.lower(w))
				}
				order += b.word(" for each ", " pour chaque ") + strings.Join(names, b.word(" and ", " et "))
			}
		}
		parts = append(parts, order)
	}
	return strings.Join(parts, ", ")
}

func (b *builder) figureWords() string {
	q := b.q
	words := b.measures()
	switch q.Calc {
	case CalcShare:
		words = b.word("Share ", "Part ") + b.of()
		if len(q.Numerator) > 0 {
			words += b.word(": ", " : ") + b.scope(q.Numerator, nil, nil)
		}
	case CalcGrowth:
		words = b.word("Growth ", "Croissance ") + b.of()
		if q.Step != "" && !q.Versus {
			words += b.word(" over the ", " par rapport au précédent : ") + b.lower(q.Step) + b.word(" before", "")
		}
	case CalcDifference:
		words = b.word("Change ", "Variation ") + b.of()
		if q.Sides != nil {
			words = b.word("Difference ", "Écart ") + b.of() + ", " + b.lower(q.Sides.Dimension) + " " + strings.Join(q.Sides.Values, b.word(" less ", " moins "))
		}
	case CalcCumulative:
		words = b.word("Running total ", "Cumul ") + b.of()
	case CalcMoving:
		words = fmt.Sprintf(b.word("Moving average over %d periods ", "Moyenne mobile sur %d périodes "), q.Span) + b.of()
	}
	if q.Aggregate != "" {
		names := b.aggregateLabel(q.Aggregate)
		for _, more := range q.MoreAggregates {
			names += b.word(" and ", " et ") + strings.ToLower(b.aggregateLabel(more))
		}
		words = fmt.Sprintf(b.word("%s %s by %s", "%s %s par %s"), names, b.of(), b.lower(q.Over))
	}
	return words
}

func (b *builder) scope(filters []Filter, periods, not []Period) string {
	var parts []string
	for _, f := range filters {
		is := " "
		if f.Negated {
			is = b.word(" not ", " sauf ")
		}
		parts = append(parts, b.lower(f.Dimension)+is+strings.Join(f.Values, b.word(" or ", " ou ")))
	}
	for _, list := range [][]Period{periods, not} {
		var names []string
		for _, p := range list {
			names = append(names, b.labelIn(p, b.language))
		}
		if len(names) > 0 {
			joint := b.word(" and ", " et ")
			if b.q.Versus {
				joint = b.word(" against ", " contre ")
			}
			text := strings.Join(names, joint)
			if len(not) > 0 && &list[0] == &not[0] {
				text = b.word("without ", "sans ") + text
			}
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, ", ")
}

func (b *builder) thresholdWords(h Threshold) string {
	words := map[string][2]string{"gt": {"more than", "plus de"}, "ge": {"at least", "au moins"}, "lt": {"less than", "moins de"}, "le": {"at most", "au plus"}, "equal": {"exactly", "exactement"}, "between": {"between", "entre"}}
	unit := b.unit(h.Measure)
	if h.Percent || h.Measure == string(CalcGrowth) {
		unit = "%"
	}
	text := b.measureLabelIn(h.Measure, b.language) + " " + b.word(words[h.Op][0], words[h.Op][1]) + " " + b.figure(h.Value, unit)
	if h.Op == "between" {
		text += b.word(" and ", " et ") + b.figure(h.And, unit)
	}
	return text
}

// incomplete names the periods that the data do not hold whole.
func (b *builder) incomplete() []string {
	var out []string
	for _, p := range b.q.Periods {
		if p.Open || p.To <= b.last && p.From >= b.first {
			continue
		}
		out = append(out, fmt.Sprintf(b.word("%s is not complete: the data go from %s to %s", "%s est incomplet : les données vont de %s à %s"), b.labelIn(p, b.language), monthLabelIn(b.first, b.language), monthLabelIn(b.last, b.language)))
	}
	if size := map[string]int{"quarter": 3, "year": 12}[b.q.Grain]; size > 0 && len(out) == 0 && (b.last+1)%size != 0 {
		end := b.last - b.last%size
		if len(b.q.Periods) == 0 || b.q.Periods[len(b.q.Periods)-1].To >= end {
			out = append(out, fmt.Sprintf(b.word("%s is not complete: the data end with %s", "%s est incomplet : les données s'arrêtent en %s"), b.labelIn(Period{From: end, To: end + size - 1}, b.language), monthLabelIn(b.last, b.language)))
		}
	}
	for _, p := range b.q.Periods {
		if p.From == p.To && p.To == b.last {
			out = append(out, fmt.Sprintf(b.word("the last month of the data is %s", "le dernier mois des données est %s"), monthLabelIn(b.last, b.language)))
		}
	}
	return out
}

func bracket(scope string) string {
	if scope == "" {
		return ""
	}
	return " (" + scope + ")"
}
