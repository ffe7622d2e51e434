package ask

import (
	"fmt"
	"strings"
)

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
	inside := func(row []any) string { // of parentheses, where value has some of its own
		return strings.TrimSuffix(strings.Replace(value(row), " (", ", ", 1), ")")
	}
	out := fmt.Sprintf(b.word("%s is highest for %s (%s) and lowest for %s (%s).", "%s : le plus haut pour %s (%s), le plus bas pour %s (%s)."), column.Label, name(rows[high]), inside(rows[high]), name(rows[low]), inside(rows[low]))
	if len(dims) == 1 && isGrain(columns[dims[0]].Name) && !b.q.Ranked && b.q.Calc != CalcGrowth && b.q.Kind == KindFigures {
		begin, okBegin := toNumber(rows[0][figureAt])
		end, okEnd := toNumber(rows[len(rows)-1][figureAt])
		if okBegin && okEnd && begin != 0 {
			change := 100 * (end/begin - 1)
			direction := b.word("It rose", "Hausse")
			if change < 0 {
				direction = b.word("It fell", "Baisse")
			}
			out += fmt.Sprintf(b.word(" %s from %s (%s) to %s (%s), %+.1f %%.", " %s de %s (%s) à %s (%s), %+.1f %%."), direction, name(rows[0]), inside(rows[0]), name(rows[len(rows)-1]), inside(rows[len(rows)-1]), change)
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
