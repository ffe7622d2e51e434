package ask

import (
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// defaults fills in what the question left open, and says so.
func (p *parser) defaults() {
	q := &p.q
	switch q.Kind {
	case KindFigures, KindPareto, KindAnomaly, KindVolatility, KindSeasonality, KindWhy:
	default:
		return
	}
	if len(q.Measures) == 0 && q.Aggregate != "" && q.Over == "" {
		p.ask(q.Aggregate, "which measure, and over what?", "quelle mesure, et sur quoi ?")
		return
	}
	if len(q.Measures) == 0 {
		for _, h := range q.Having {
			if h.Measure != "" && h.Measure != string(CalcGrowth) && h.Measure != string(CalcDifference) {
				q.Measures = []string{h.Measure}
			}
		}
	}
	if len(q.Measures) == 0 {
		certain := q.Kind != KindFigures || q.Ranked || len(q.Having) > 0 || q.Calc != "" || p.compare
		switch {
		case p.rupees, p.count && len(q.Having) > 0 && !p.pieces: // customers over 200 crore
			q.Measures = []string{p.Model.Defaults.Measure}
			p.assumedMeasure = !p.rupees
			p.assume("no measure is named: by %s", "sans mesure nommée : %s", strings.ToLower(p.measureLabel(q.Measures[0])))
		case p.pieces, p.mostOf(), p.count, p.sold && !p.howMuch && len(q.Filters) > 0 && q.Kind == KindFigures && !q.Ranked:
			if p.language == french && p.pieces && len(q.Filters) == 0 {
				p.noMeasure()
				return
			}
			q.Measures = []string{"quantity"}
			p.assume("quantity is meant", "il s'agit de la quantité")
		case certain, p.howMuch, p.purchases() && len(q.Filters) > 0:
			q.Measures = []string{p.Model.Defaults.Measure}
			p.assumedMeasure = true
			p.assume("no measure is named: by %s", "sans mesure nommée : %s", strings.ToLower(p.measureLabel(q.Measures[0])))
		default:
			p.noMeasure()
			return
		}
	}
	for _, h := range q.Having { // what a condition is on is shown
		if p.Model.Measure(h.Measure) != nil && !slices.Contains(q.Measures, h.Measure) && q.Kind == KindFigures && q.Calc == "" && q.Aggregate == "" && !q.Ranked && !q.CountRows {
			q.Measures = append(q.Measures, h.Measure)
		}
	}
	if q.Chart == "scatter" && len(q.Measures) == 2 && q.Kind == KindFigures && len(q.Groups) == 0 && q.Grain == "" && q.Calc == "" {
		q.Groups = []string{"product"}
		p.assume("a point for each product", "un point par produit")
	}
	for i := range q.Having {
		if q.Having[i].Measure == "" {
			q.Having[i].Measure = q.Measures[0]
			if q.Having[i].Percent && (q.Calc == CalcGrowth || q.Calc == CalcDifference) {
				q.Having[i].Measure = string(CalcGrowth)
			}
		}
	}
	p.defaultCalculation()
}

// mostOf says that the most of a product are asked for: "who buys the most yoga mats".
func (p *parser) mostOf() bool {
	next := p.after(p.rankAt)
	if p.rank == nil || !slices.Contains([]string{"most", "least", "fewest", "the most"}, fold(p.rank.Text)) || !p.is(next, roleValue) || fold(p.tokens[next].Text) == singular(fold(p.tokens[next].Text)) {
		return false
	}
	dimension, _ := p.meaningQuiet(next)
	return dimension == "category" || dimension == "product"
}

func (p *parser) noMeasure() {
	p.ask("", "Which figure is meant?", "Quel chiffre est demandé ?")
	question := strings.TrimRight(p.question, " ?!.")
	for _, m := range []string{"revenue", "quantity"} {
		label := strings.ToLower(p.measureLabel(m))
		p.choice(label, label+" "+question)
	}
}

func (p *parser) defaultCalculation() {
	q := &p.q
	steps := map[string]int{"month": 1, "quarter": 3, "year": 12}
	switch q.Calc {
	case CalcShare:
		if len(q.Measures) > 0 && counts(q.Measures[0]) && !p.additive(q.Measures[0]) && len(q.Numerator) == 0 && p.ofWhole() {
			p.assume("one may be in several of them, so the shares need not make 100 %%", "l'un peut être dans plusieurs : les parts ne font pas forcément 100 %%")
		}
	case CalcCumulative:
		if len(q.Periods) == 1 && q.Grain == "" && len(q.Groups) == 0 && p.yearToDate() {
			q.Calc = ""
			return
		}
		if q.Grain == "" {
			q.Grain = "month"
		}
	case CalcMoving:
		if q.Grain == "" {
			q.Grain = "month"
		}
		if q.Span == 0 {
			q.Span = p.Model.Defaults.MovingSpan
			p.assume("over %d periods", "sur %d périodes", q.Span)
		}
	case CalcGrowth, CalcDifference:
		if q.Versus {
			return
		}
		if q.Calc == CalcDifference && q.Grain == "" && len(q.Groups) == 0 {
			for i, f := range q.Filters {
				if len(f.Values) == 2 && !f.Negated && len(q.Periods) < 2 { // between Cricket and Yoga
					q.Sides, q.Filters = &f, slices.Delete(slices.Clone(q.Filters), i, i+1)
					return
				}
			}
		}
		if len(q.Periods) == 1 && q.Grain == "" || len(q.Periods) == 1 && q.Step != "" && q.Grain == q.Step && q.Periods[0].grain() == q.Step {
			period := q.Periods[0]
			step, grain := q.Step, period.grain()
			if step == "" && grain == "year" {
				step = "year"
			}
			switch {
			case step != "" && steps[step] >= period.months() || step == "year":
				before := period.shift(-steps[step])
				if before.To < p.first {
					p.refuse("", "%s has nothing before it in the data, which begin with %s", "%s n'a rien avant lui dans les données, qui commencent en %s", p.label(period), p.monthLabel(p.first))
					return
				}
				q.Periods, q.Versus, q.Grain, q.Step = []Period{before, period}, true, "", ""
				p.assume("compared with %s", "par rapport à %s", p.label(before))
				return
			case step != "":
				q.Grain = step
				return
			case period.months() > 12 || period.Open:
				q.Grain, q.Step = "month", "month"
				return
			default:
				p.ask("", "Growth of %s since when?", "Croissance de %s par rapport à quand ?", p.label(period))
				stem := strings.TrimRight(p.question, " ?!.")
				for _, other := range []Period{period.before(), period.shift(-12)} {
					if other.From >= p.first {
						p.choice(p.label(other), stem+" vs "+p.label(other))
					}
				}
				return
			}
		}
		if q.Grain == "" && q.Step != "" {
			q.Grain = q.Step
		}
		if q.Grain == "" && len(q.Groups) == 0 && !q.Ranked && len(q.Periods) == 0 && q.Calc == CalcGrowth {
			p.ask("", "Growth from when to when?", "Croissance de quand à quand ?")
			for _, c := range [][2]string{{"year over year growth", "croissance d'une année à l'autre"}, {"month over month growth", "croissance d'un mois à l'autre"}} {
				p.choice(p.say(c[0], c[1]), p.say(c[0], c[1])+p.say(" of ", " : ")+strings.ToLower(p.measureLabel(q.Measures[0])))
			}
			return
		}
		if q.Grain == "" {
			p.ask("", "Between which two periods?", "Entre quelles deux périodes ?")
			last := Period{From: p.last - p.last%12, To: p.last - p.last%12 + 11}
			p.choice(p.label(last.before())+" – "+p.label(last), strings.TrimRight(p.question, " ?!.")+" "+p.label(last)+" vs "+p.label(last.before()))
			return
		}
		if q.Step == "" {
			q.Step = q.Grain
		}
		if steps[q.Step] < steps[q.Grain] {
			q.Grain = q.Step
		}
	}
}

// ofWhole says that a share is of the whole that was asked about, not of a group or a period within it.
func (p *parser) ofWhole() bool {
	return (p.shared || p.count) && len(p.q.Within) == 0 && p.q.Grain == "" && len(p.q.Groups) == 1 && !p.q.TopShare && len(p.q.Measures) > 0 && strings.HasPrefix(p.q.Measures[0], "unique_")
}

func (p *parser) yearToDate() bool {
	for _, t := range p.tokens {
		if t.Role == semantic.RolePeriod && t.period.toDate {
			return true
		}
	}
	return false
}
