package ask

import (
	"slices"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// relate resolves all periods, those that are relative to another one included.
func (p *parser) relate(all []said, comparing bool) {
	for i := range all {
		s := &all[i]
		if s.ok && s.when.hasPart { // of every year
			continue
		}
		s.period, s.ok = s.when.resolve(p.first, p.last, 0)
	}
	p.relateSame(all)
	if p.stop != nil {
		return
	}
	for i := range all { // the 6 months to September 2025
		if s := &all[i]; s.when.last > 0 && s.when.year == 0 && i+1 < len(all) && all[i+1].when.hasPart && all[i+1].ok && (all[i+1].edge == "until" || all[i+1].joined == "to") {
			end := all[i+1].period.To
			s.period = Period{From: end - s.when.last*unitMonths(s.when.unit) + 1, To: end}
			all[i+1].period, all[i+1].edge, all[i+1].joined, all[i+1].within = s.period, "", "", true
		}
	}
	for i := range all {
		s := &all[i]
		if !s.ok || s.period == (Period{}) || !(s.when.before || s.when.isLast) || s.when.last > 0 || s.when.hasPart {
			continue
		}
		other := -1
		for k := range all {
			if k != i && all[k].ok && !all[k].when.before {
				other = k
			}
		}
		switch {
		case other >= 0 && comparing && s.when.before:
			s.period = all[other].period.before()
			if s.when.unit == "year" {
				s.period = all[other].period.shift(-12)
			}
			s.period.Open = false
		case other >= 0 && comparing && s.when.isLast && s.period == all[other].period:
			s.period = all[other].period.before()
			p.assume("“%s” is the one before", "« %s » est celui d'avant", p.tokens[s.at].Text)
		case other >= 0 && comparing && s.when.isLast && s.when.unit == "year" && all[other].period.months() < 12 && (all[other].joined != "" || s.joined != ""):
			s.period = all[other].period.shift(-12)
			p.assume("“%s” is the same period a year before", "« %s » est la même période un an avant", p.tokens[s.at].Text)
		case s.when.before && s.when.unit != "year":
			text := p.tokens[s.at].Text
			p.ask(text, "“%s”: the last one of the data, or the one before it?", "« %s » : le dernier des données, ou celui d'avant ?", text)
			last, _ := timeWords{unit: s.when.unit}.resolve(p.first, p.last, 0)
			for _, option := range []Period{last, last.before()} {
				p.choice(p.label(option), p.replaced(text, p.label(option)))
			}
			return
		}
	}
}

// relateSame finds the months of "that month" and "the same month of 2024": those of the period that was named beside it.
func (p *parser) relateSame(all []said) {
	for i := range all {
		s := &all[i]
		if !s.when.that && !s.when.same {
			continue
		}
		var other *Period
		for k := range all {
			switch {
			case !all[k].ok || all[k].period == (Period{}) || all[k].gloss || k > 0 && all[k-1].gloss && all[k].joined == "to":
			case k > 0 && all[k].joined == "to" && other != nil: // from January to March
				other = &Period{From: other.From, To: all[k].period.To}
			case other == nil || k < i:
				one := all[k].period
				other = &one
			}
		}
		if other == nil && p.previous != nil && len(p.previous.Periods) == 1 {
			other = &p.previous.Periods[0]
		}
		if other == nil || s.when.unit != "" && other.months() != unitMonths(s.when.unit) {
			text := p.tokens[s.at].Text
			p.ask(text, "“%s”: which one?", "« %s » : lequel ?", text)
			return
		}
		s.ok, s.period = true, *other
		switch {
		case s.when.year > 0:
			s.period = other.shift((s.when.year - other.From/12) * 12)
		case s.when.same:
			s.period = other.shift(-12 * s.when.offset)
		}
		p.assume("“%s” is %s", "« %s » : %s", p.tokens[s.at].Text, p.label(s.period))
	}
}

// seriesBefore says that a series over time is asked for before a token.
func (p *parser) seriesBefore(i int) bool {
	return p.q.Grain != "" && slices.ContainsFunc(p.tokens[:i], func(t *Token) bool { return t.Role == semantic.RoleGrain })
}
