package ask

import (
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// follow lays a short question over the one before it: what it names replaces what was there, the rest stays.
func (p *parser) follow() {
	if p.complete() {
		return
	}
	old, now := *p.previous, p.q
	q := old
	q.Groups, q.Filters, q.Measures = slices.Clone(old.Groups), slices.Clone(old.Filters), slices.Clone(old.Measures)
	changed := false
	if p.course && now.Grain == "" { // and how did it go?
		now.Grain = p.Model.Defaults.Grain
	}
	if len(now.Measures) > 0 {
		if p.adds() { // add the quantity
			now.Measures = append(slices.Clone(old.Measures), slices.DeleteFunc(now.Measures, func(m string) bool { return slices.Contains(old.Measures, m) })...)
		}
		q.Measures, changed = now.Measures, true
		if p.remeasure(&q, old); p.stop != nil {
			return
		}
	}
	if len(now.NotPeriods) > 0 && len(now.Periods) == 0 { // without October: of what was asked about
		now.Periods, now.Versus = old.Periods, old.Versus
	}
	if len(now.Periods) > 0 || len(now.NotPeriods) > 0 {
		q.Periods, q.NotPeriods, q.Versus, changed = now.Periods, now.NotPeriods, now.Versus, true
		if old.Kind == KindSet && slices.Equal(old.Periods, old.ButPeriods) {
			q.ButPeriods = now.Periods
		}
		if p.compare && len(now.Periods) == 1 && len(old.Periods) == 1 {
			q.Periods = append(slices.Clone(old.Periods), now.Periods...)
			slices.SortFunc(q.Periods, func(a, b Period) int { return a.From - b.From })
			q.Versus = true
		}
		if q.Calc == CalcGrowth && !q.Versus && old.Versus {
			q.Grain = ""
		}
	}
	target := ""
	if len(now.Groups) > 0 || now.Grain != "" || p.target != "" && p.rank == nil && !p.only && !p.count {
		groups := now.Groups
		grain := now.Grain
		if p.target != "" && p.rank == nil {
			if isGrain(p.target) {
				grain = p.target
			} else {
				groups = append(groups, p.target)
			}
		}
		changed = true
		if p.adds() {
			groups = append(slices.Clone(old.Groups), slices.DeleteFunc(groups, func(g string) bool { return slices.Contains(old.Groups, g) })...)
		}
		if old.Ranked && len(old.Groups) > 0 && len(groups) > 0 && old.Limit > 0 {
			q.Groups = groups
			q.Within = nil
		} else if len(groups) > 0 {
			q.Groups = groups
			if isGrain(old.Grain) && grain == "" {
				q.Grain = old.Grain
			}
		}
		if grain != "" {
			q.Grain = grain
			if old.Versus && old.Calc == "" {
				q.Versus = false
			}
			if len(groups) == 0 && !p.also() {
				q.Groups = nil
				q.Ranked, q.Limit, q.Within = false, 0, nil
				if len(old.Groups) > 0 && !old.Ranked {
					q.Groups = nil
				}
			}
		}
		p.target = ""
	} else if p.target != "" {
		target = p.target
	}
	for _, f := range now.Filters {
		changed = true
		if len(q.Parts) > 0 && q.Parts[0].Dimension == f.Dimension {
			q.Parts = nil
		}
		if p.adds() && !f.Negated { // add Tennis: beside what is there
			for _, o := range old.Filters {
				if o.Dimension == f.Dimension && !o.Negated {
					f.Values = append(slices.Clone(o.Values), slices.DeleteFunc(slices.Clone(f.Values), func(v string) bool { return slices.Contains(o.Values, v) })...)
				}
			}
			if len(f.Values) > 1 && !slices.Contains(q.Groups, f.Dimension) {
				q.Groups = append(q.Groups, f.Dimension)
			}
		}
		q.Filters = slices.DeleteFunc(q.Filters, func(o Filter) bool { return o.Dimension == f.Dimension && o.Negated == f.Negated })
		q.Filters = append(q.Filters, f)
		if !f.Negated && len(f.Values) == 1 {
			q.Groups = slices.DeleteFunc(slices.Clone(q.Groups), func(g string) bool { return g == f.Dimension })
		}
	}
	if len(now.Numerator) > 0 {
		q.Numerator, changed = now.Numerator, true
	}
	if step := map[string]int{"month": 1, "quarter": 3, "year": 12}[now.Step]; now.Calc == CalcGrowth && step > 0 && len(old.Periods) == 1 && len(now.Periods) == 0 && !p.compare && p.earlier() {
		q.Periods, changed = []Period{old.Periods[0].shift(-step)}, true // and the year before
	} else if now.Calc != "" && now.Calc == old.Calc && p.only && len(now.Having) == 0 { // only those that fall
		op := "gt"
		if p.decline {
			op = "lt"
		}
		q.Having, changed = append(slices.Clone(old.Having), Threshold{Measure: string(now.Calc), Op: op}), true
	} else if now.Calc != "" {
		q.Calc, q.Step, q.Span, changed = now.Calc, now.Step, now.Span, true
	}
	if now.Aggregate != "" {
		q.Aggregate, q.MoreAggregates, q.Over, changed = now.Aggregate, now.MoreAggregates, now.Over, true
		if q.Grain == q.Over {
			q.Grain = ""
		}
	}
	if len(now.Having) > 0 {
		q.Having, changed = now.Having, true
	}
	if now.Chart != "" {
		q.Chart, changed = now.Chart, true
	}
	if (p.rank != nil || now.Limit > 0) && old.Fixed != nil && target == "" { // of the same series
		fixed := *old.Fixed
		if now.Limit > 0 {
			fixed.Limit = now.Limit
		}
		fixed.Descending = p.rank == nil && fixed.Descending || p.rank != nil && p.rank.Meaning == "top"
		q.Fixed, q.Offset, changed, p.rank = &fixed, 0, true, nil
		now.Limit = 0
	}
	if p.rank != nil || now.Limit > 0 {
		changed = true
		if target != "" && !slices.Contains(q.Groups, target) && !isGrain(target) {
			q.Groups = []string{target}
		}
		if isGrain(target) {
			q.Grain = target
		}
		q.Ranked, q.Offset, q.Fixed = true, p.offset, nil
		q.Descending = p.rank == nil || p.rank.Meaning == "top"
		if now.Limit > 0 {
			q.Limit = now.Limit
		} else {
			q.Limit = 1
			if target == "" && old.Ranked && old.Limit > 0 { // the same, but the worst
				q.Limit = old.Limit
			} else if p.plural || target == "" {
				q.Limit = p.Model.Defaults.Limit
			}
		}
		if q.Kind == KindSet && len(q.Measures) == 0 && !q.CountRows {
			q.Measures = []string{p.Model.Defaults.Measure}
		}
		if len(q.Groups) == 0 && q.Grain == "" && (q.Kind != KindSet || q.CountRows) {
			p.ask(p.tokens[0].Text, "the top of what?", "le top de quoi ?")
			return
		}
		p.rank, p.target = nil, ""
	}
	if p.sorted {
		q.Ranked, q.Descending, changed = true, !p.sortAsc, true
	}
	if p.analysis == "why" {
		changed = true
		q.Kind, q.Groups, q.Calc = KindWhy, nil, ""
		p.analysis = "why"
	}
	if p.compare {
		changed = true
	}
	if t := p.bareCount(); t != nil && (old.Kind == KindSet || old.Kind == KindNew || old.Kind == KindLost || old.Kind == KindFigures && len(old.Having) > 0 && len(old.Groups)+boolInt(old.Grain != "") == 1) {
		q.CountRows, changed, t.used = true, true, true // how many are they?
	}
	if !changed {
		return
	}
	p.q = q
	if q.Kind == "" {
		p.q.Kind = KindFigures
	}
	p.kept = true
}

// bareCount is a "how many" with nothing after it.
func (p *parser) bareCount() *Token {
	for i, t := range p.tokens {
		if t.Role == semantic.RoleAggregate && t.Meaning == "count" && !t.used && p.after(i, semantic.RoleConnective) < 0 {
			return t
		}
	}
	return nil
}

// adds says that a follow-up puts something beside what was asked: "add Tennis", "aussi la quantité".
func (p *parser) adds() bool {
	return slices.ContainsFunc(p.tokens, func(t *Token) bool { return t.Role == semantic.RoleFollowUp && t.Meaning == "and" })
}

// also says that a follow-up adds to what was there: "and how did they evolve?".
func (p *parser) also() bool { return p.course }

// remeasure keeps the shape of what was asked before, where another measure is asked for.
func (p *parser) remeasure(q *Query, old Query) {
	switch old.Kind {
	case KindFigures, KindPareto, KindAnomaly, KindVolatility, KindSeasonality:
		q.Kind = old.Kind
	case KindSet:
		if q.CountRows {
			p.ask("", "The number of them, or a figure of them?", "Leur nombre, ou un chiffre ?")
			return
		}
		q.Ranked, q.Descending = true, true
	case KindList:
		q.Kind, q.CountRows = KindFigures, false
		if !isGrain(old.Subject) && !slices.Contains(q.Groups, old.Subject) {
			q.Groups = append(q.Groups, old.Subject)
		}
	case KindNew, KindLost, KindWhy:
		p.ask("", "A figure of those is not possible; ask for it in one question", "Un chiffre de ceux-là n'est pas possible ; posez-le en une question")
	default:
		q.Kind = KindFigures
	}
}

// earlier says that a step was said as a period of its own: "the year before", not "versus the year before".
func (p *parser) earlier() bool {
	for _, t := range p.tokens {
		if t.Role == semantic.RoleStep {
			step := t.Role
			t.Role = semantic.RoleFollowUp
			switch strings.TrimPrefix(fold(t.Text), "the ") {
			case "year before", "a year before", "a year earlier", "year earlier", "a year ago", "same period last year", "month before", "quarter before", "annee precedente":
				return true
			}
			t.Role = step
		}
	}
	return false
}

// complete says that a question stands on its own: it has its measure or analysis, and does not begin like a follow-up.
func (p *parser) complete() bool {
	if p.metadata != "" && p.metadata != "exist" || p.negated >= 0 || p.both >= 0 || p.exclusive || p.analysis != "" && p.analysis != "why" {
		return true
	}
	if p.analysis == "why" {
		return len(p.q.Measures) > 0 && len(p.q.Periods) > 0
	}
	if p.followUp || p.startsLikeFollowUp() {
		return false
	}
	shaped := len(p.q.Groups) > 0 || p.q.Grain != "" || p.target != "" || len(p.q.Periods) > 0 || len(p.q.Filters) > 0 || p.q.Aggregate != "" || len(p.tokens) > 2
	return len(p.q.Measures) > 0 && shaped || p.which && p.target != "" && (len(p.q.Having) > 0 || p.rank != nil && len(p.q.Measures)+len(p.q.Filters)+len(p.q.Periods) > 0) || p.count ||
		p.rank != nil && p.target != "" && len(p.previous.Groups) > 0 && !p.only && p.q.Limit == 0 || p.which && p.target != "" && p.rank == nil && (len(p.q.Filters)+len(p.q.Periods) > 0 || p.metadata != "")
}

func (p *parser) startsLikeFollowUp() bool {
	switch fold(p.tokens[0].Text) {
	case "and", "et", "only", "now", "same", "just", "mais", "but", "also", "maintenant", "plutot", "instead", "then", "ok":
		return true
	}
	return false
}
