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
		none := b.word("but without any", "mais sans aucune")
		if q.Both {
			none = b.word("and others, too", "et d'autres aussi")
		}
		parts = append(parts, fmt.Sprintf(b.word("Each %s with sales%s, %s (%s)", "Chaque %s avec des ventes%s, %s (%s)"), b.lower(q.Subject), bracket(b.scope(q.Filters, q.Periods, nil)), none, b.scope(q.ButFilters, q.ButPeriods, nil)))
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
	if scope := b.scope(q.Filters, q.Periods, q.NotPeriods); q.Kind == KindSet {
		return strings.Join(parts, ", ")
	} else if scope != "" {
		parts = append(parts, scope)
	} else if len(q.Periods) == 0 && q.Kind != KindPeriod && q.Kind != KindList {
		parts = append(parts, b.word("all of the data, ", "toutes les données, ")+b.labelIn(Period{From: b.first, To: b.last}, b.language))
	}
	for _, h := range q.Having {
		parts = append(parts, b.thresholdWords(h))
	}
	if q.Ranked {
		order := b.word("lowest first", "les plus petits d'abord")
		if q.Descending {
			order = b.word("highest first", "les plus grands d'abord")
		}
		if q.Limit > 0 {
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

func (b *builder) lower(dimension string) string {
	return strings.ToLower(b.dimensionLabelIn(dimension, b.language))
}

// plural is the name of several members of a dimension.
func (b *builder) plural(dimension string) string {
	if d := b.Model.Dimension(dimension); d != nil {
		return strings.ToLower(d.Plural(b.language))
	}
	return dimension
}

// subjectLabel is the measure or dimension that is asked about.
func (b *builder) subjectLabel() string {
	if b.Model.Measure(b.q.Subject) != nil {
		return b.measureLabelIn(b.q.Subject, b.language)
	}
	return b.dimensionLabelIn(b.q.Subject, b.language)
}

// counted names what the rows of a list are.
func (b *builder) counted(rows int) string {
	subject := b.q.Subject
	if subject == "" && len(b.q.Groups) > 0 {
		subject = b.q.Groups[0]
	}
	switch {
	case subject == "":
		return b.word("rows", "lignes")
	case rows == 1:
		return b.lower(subject)
	}
	return b.plural(subject)
}

// of is the measures after "of".
func (b *builder) of() string {
	var names []string
	for _, name := range b.q.Measures {
		if m := b.Model.Measure(name); m != nil {
			names = append(names, m.Of(b.language))
		} else {
			names = append(names, b.word("of ", "de ")+strings.ToLower(b.measureLabelIn(name, b.language)))
		}
	}
	return strings.Join(names, b.word(" and ", " et "))
}

func (b *builder) measures() string {
	var names []string
	for i, m := range b.q.Measures {
		name := b.measureLabelIn(m, b.language)
		if i > 0 {
			name = strings.ToLower(name)
		}
		names = append(names, name)
	}
	return strings.Join(names, b.word(" and ", " et "))
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
		labels := b.aggregateLabel(q.Aggregate)
		for _, more := range q.MoreAggregates {
			labels += b.word(" and ", " et ") + strings.ToLower(b.aggregateLabel(more))
		}
		words = fmt.Sprintf(b.word("%s %s by %s", "%s %s par %s"), labels, b.of(), b.lower(q.Over))
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

// text says the main finding of the rows.
func (b *builder) text(columns []Column, rows [][]any, truncated bool) string {
	if len(rows) == 0 {
		return b.nothing()
	}
	figureAt, last := -1, -1
	var dims []int
	for i, c := range columns {
		if c.Type == "number" && !isGrain(c.Name) {
			if figureAt < 0 {
				figureAt = i
			}
			last = i
		} else {
			dims = append(dims, i)
		}
	}
	name := func(row []any) string {
		var parts []string
		for _, d := range dims {
			parts = append(parts, b.cellText(columns[d], row[d]))
		}
		return strings.Join(parts, ", ")
	}
	if figureAt < 0 {
		var first []string
		for _, row := range rows[:min(5, len(rows))] {
			first = append(first, name(row))
		}
		if b.q.Kind == KindPeriod {
			return fmt.Sprintf(b.word("The data go from %s to %s.", "Les données vont de %s à %s."), b.cellText(columns[0], rows[0][0]), b.cellText(columns[1], rows[0][1]))
		}
		more := ""
		if len(rows) > 5 {
			more = ", …"
		}
		return fmt.Sprintf(b.word("%d %s: %s%s.", "%d %s : %s%s."), len(rows), b.counted(len(rows)), strings.Join(first, "; "), more)
	}
	switch b.q.Calc {
	case CalcShare, CalcGrowth, CalcMoving, CalcCumulative:
		figureAt = last
	case CalcDifference:
		for i, c := range columns {
			if c.Name == "difference" {
				figureAt = i
			}
		}
	}
	if b.q.Kind == KindVolatility {
		figureAt = last
	}
	column := columns[figureAt]
	value := func(row []any) string { return b.figure(row[figureAt], column.Unit) }
	if len(rows) == 1 && len(dims) == 0 {
		var parts []string
		for i, c := range columns {
			parts = append(parts, fmt.Sprintf(b.word("%s: %s", "%s : %s"), c.Label, b.figure(rows[0][i], c.Unit)))
		}
		return strings.Join(parts, "; ") + "."
	}
	if b.q.Kind == KindWhy {
		var parts []string
		for _, row := range rows {
			parts = append(parts, fmt.Sprintf("%v %s", row[0], value(row)))
		}
		return strings.Join(parts, "; ") + "."
	}
	if len(rows) == 1 {
		return fmt.Sprintf("%s: %s, %s.", name(rows[0]), column.Label, value(rows[0]))
	}
	high, low := -1, -1
	var highest, lowest float64
	for i, row := range rows {
		if n, ok := toNumber(row[figureAt]); ok {
			if high < 0 || n > highest {
				high, highest = i, n
			}
			if low < 0 || n < lowest {
				low, lowest = i, n
			}
		}
	}
	if high < 0 {
		return b.nothing()
	}
	out := fmt.Sprintf(b.word("%s is highest for %s (%s) and lowest for %s (%s).", "%s : le plus haut pour %s (%s), le plus bas pour %s (%s)."), column.Label, name(rows[high]), value(rows[high]), name(rows[low]), value(rows[low]))
	if len(dims) == 1 && isGrain(columns[dims[0]].Name) && !b.q.Ranked && b.q.Calc != CalcGrowth && b.q.Kind == KindFigures {
		begin, okBegin := toNumber(rows[0][figureAt])
		end, okEnd := toNumber(rows[len(rows)-1][figureAt])
		if okBegin && okEnd && begin != 0 {
			change := 100 * (end/begin - 1)
			direction := b.word("It rose", "Hausse")
			if change < 0 {
				direction = b.word("It fell", "Baisse")
			}
			out += fmt.Sprintf(b.word(" %s from %s (%s) to %s (%s), %+.1f %%.", " %s de %s (%s) à %s (%s), %+.1f %%."), direction, name(rows[0]), value(rows[0]), name(rows[len(rows)-1]), value(rows[len(rows)-1]), change)
		}
	}
	if truncated {
		out += b.word(" Only the first rows are shown.", " Seules les premières lignes sont montrées.")
	}
	return out
}

func (b *builder) nothing() string {
	if scope := b.scope(b.q.Filters, b.q.Periods, b.q.NotPeriods); scope != "" {
		return b.word("No such rows: nothing was sold with ", "Aucune ligne : rien n'a été vendu avec ") + scope + b.word(", or nothing passes the conditions.", ", ou rien ne remplit les conditions.")
	}
	return b.word("No such rows.", "Aucune ligne.")
}

func bracket(scope string) string {
	if scope == "" {
		return ""
	}
	return " (" + scope + ")"
}
