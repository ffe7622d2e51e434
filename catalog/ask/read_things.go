package ask

import (
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// readNaming lets a dimension beside a value say which dimension the value is of: "canal Direct", "the Cricket division".
func (p *parser) readNaming() {
	for i, t := range p.tokens {
		if t.Role != semantic.RoleDimension || t.used {
			continue
		}
		// "canal Direct"; "divisions Cricket et Football": all values of the run
		named := false
		if p.is(i-1, semantic.RoleAll) && p.is(p.after(i), semantic.RoleNegation) { // all channels except Direct: those are listed
			continue
		}
		for next := p.after(i, semantic.RoleNegation); p.is(next, roleValue) && p.restrict(next, t.Meaning, true); {
			named = true
			following := p.after(next)
			if !p.is(following, semantic.RoleConnective) || p.tokens[following].Meaning == "of" || p.tokens[following].Meaning == "but" {
				break
			}
			next = p.after(following, semantic.RoleConnective)
		}
		if of := p.after(i); !named && p.means(of, semantic.RoleConnective, "of") && p.is(of+1, roleValue) && (p.measured() || p.previous != nil || p.howMuch) && !p.asksFor(i) &&
			!p.is(p.before(i), semantic.RoleGroup, semantic.RoleOrder, semantic.RoleNumber, semantic.RoleAggregate) && p.ofOnly(of+1, t.Meaning) { // des clients de Bengaluru
			named = true
		}
		if p.boughtBy(i); p.stop != nil {
			return
		}
		if !named && t.Meaning == "customer" && p.measured() && p.ofAll(i) { // ventes des clients du canal Direct
			t.Role = semantic.RoleNoise
			continue
		}
		if named {
			t.used = true
			p.noteNamed(t)
			if g := p.before(i); p.is(g, semantic.RoleGroup) { // for each Atlikon customer
				p.tokens[g].used = true
				p.addGroup(t.Meaning)
			}
			continue
		}
		before := i - 1
		if p.is(before, roleValue) {
			grouped := false
			for k := before; k >= 0 && k >= before-2; k-- {
				grouped = grouped || p.is(k, semantic.RoleGroup)
			}
			if !p.is(before-1, semantic.RoleOrder) && !p.is(before-1, semantic.RoleNumber) && p.restrict(before, t.Meaning, true) {
				t.used = true
				p.noteNamed(t)
				if grouped {
					p.addGroup(t.Meaning)
					for k := before; k >= 0 && k >= before-2; k-- {
						if p.is(k, semantic.RoleGroup) {
							p.tokens[k].used = true
						}
					}
				}
			}
		}
	}
}

// noteNamed keeps what named values, if it may still be what is listed or ranked: "the Atlikon customers".
func (p *parser) noteNamed(t *Token) {
	if text := fold(t.Text); text != singular(text) {
		p.named = t.Meaning
	}
}

// restrict keeps the readings of a value that are of a dimension, if there are any.
func (p *parser) restrict(i int, dimension string, change bool) bool {
	var kept []semantic.Match
	for _, m := range p.tokens[i].values {
		if m.Dimension == dimension || m.Dimension == dimension+"_code" {
			kept = append(kept, m)
		}
	}
	if len(kept) > 0 && change {
		p.tokens[i].values = kept
	}
	return len(kept) > 0
}

func (p *parser) addGroup(dimension string) {
	if isGrain(dimension) {
		p.q.Grain = dimension
	} else if !slices.Contains(p.q.Groups, dimension) {
		p.q.Groups = append(p.q.Groups, dimension)
	}
}

func isGrain(name string) bool {
	switch name {
	case "month", "quarter", "year", "month_of_year", "quarter_of_year":
		return true
	}
	return false
}

// readGroups reads what follows by, per, for each.
func (p *parser) readGroups() {
	for i, t := range p.tokens {
		if t.Role != semantic.RoleGroup || t.used || t.Meaning != "by" {
			continue
		}
		next := p.after(i, semantic.RoleAll, semantic.RoleGroup)
		if p.is(next, semantic.RoleConnective) && p.tokens[next].Meaning == "of" {
			next = p.after(next, semantic.RoleConnective)
		}
		if p.is(next, roleValue) && p.is(next+1, semantic.RoleDimension) && !p.tokens[next+1].used { // each Atlikon customer
			p.restrict(next, p.tokens[next+1].Meaning, true)
			next++
		}
		if p.is(next, semantic.RoleNumber) && p.is(next+1, semantic.RoleGrain) && p.tokens[next+1].Meaning == "year" && p.tokens[next].number == float64(p.last/12-p.first/12+1) {
			p.tokens[next].Role = semantic.RoleNoise // pour chacune des deux années
			next++
		}
		if p.is(next, semantic.RoleOrder, semantic.RoleNumber) {
			t.used = true
			continue
		}
		took := false
		for p.is(next, semantic.RoleDimension, semantic.RoleGrain) {
			d := p.tokens[next]
			if d.used && d.Role == semantic.RoleDimension {
				break
			}
			d.used, t.used, took = true, true, true
			if p.q.Aggregate == "" && p.averaged(i) && p.q.Over == "" && (d.Role == semantic.RoleGrain || fold(t.Text) != "by") {
				p.q.Over = d.Meaning
			} else {
				p.addGroup(d.Meaning)
				p.groupAt = i
				p.eachGroup = p.eachGroup || isEach(t)
			}
			following := p.after(next)
			if !p.is(following, semantic.RoleConnective) || p.tokens[following].Meaning == "of" && fold(p.tokens[following].Text) != "with" || p.tokens[following].Meaning == "but" {
				if p.is(following, semantic.RoleGroup) {
					break
				}
				if p.is(following, semantic.RoleDimension, semantic.RoleGrain) && following == next+1 && p.q.Over == "" {
					next = following
					continue
				}
				break
			}
			next = p.after(following, semantic.RoleConnective)
			if next > following && p.asksBetween(following, next) { // dans chaque canal, quelle division
				break
			}
		}
		if !took && isEach(t) && fold(t.Text) != "per" && p.apart(i) {
			t.used = true
			continue
		}
		if !took && p.is(next, semantic.RoleMeasure, roleValue, semantic.RolePeriod, semantic.RoleCalculation, semantic.RoleAggregate, semantic.RoleUnit, semantic.RoleAnalysis, semantic.RoleThreshold) {
			t.used = true
		}
	}
}

func isEach(t *Token) bool {
	text := fold(t.Text)
	return strings.Contains(text, "each") || strings.Contains(text, "every") || strings.Contains(text, "chaque") || strings.Contains(text, "within") || strings.Contains(text, "chacun") || strings.Contains(text, "per")
}

// readTargets takes the dimensions and times that nothing has taken yet.
func (p *parser) readTargets() {
	for i, t := range p.tokens {
		if t.used || t.Role != semantic.RoleDimension && t.Role != semantic.RoleGrain {
			continue
		}
		if t.Role == semantic.RoleGrain {
			switch {
			case p.q.Aggregate != "" && p.q.Over == "":
				p.q.Over, t.used = t.Meaning, true
			case p.target == "" && p.which && (i > 0 && p.asksFor(i)) || len(p.q.Having) > 0 && p.target == "" && p.q.Grain == "":
				p.setTarget(i)
			case p.target == "" && (p.analysis == "anomaly"):
				p.setTarget(i)
			case p.q.Grain == "" || p.q.Grain == t.Meaning:
				p.q.Grain, t.used, p.adjective = t.Meaning, true, true
			}
			continue
		}
		switch {
		case counted[t.Meaning] != "" && len(p.q.Having) == 0 && (p.joinsMeasure(i) || p.sharedOut(i)): // revenue and customers; share of the customers by channel
			p.shared = len(p.q.Measures) == 0
			p.q.Measures, t.used = append(p.q.Measures, counted[t.Meaning]), true
			p.noteMeasure(i)
		case counted[t.Meaning] != "" && len(p.q.Measures) == 0 && p.rank == nil && !p.asksFor(i) && (p.has(CalcGrowth) || p.has(CalcCumulative) || p.has(CalcMoving) || p.has(CalcDifference)) && len(p.q.Having) == 0:
			p.q.Measures, t.used = []string{counted[t.Meaning]}, true
			p.noteMeasure(i)
		case p.q.Aggregate != "" && p.q.Over == "" && (p.is(i+1, semantic.RoleMeasure) && p.averagedAt(i) || p.oneOf(i)):
			p.q.Over, t.used = t.Meaning, true
		case p.target == "" && (p.which && p.asksFor(i) || len(p.q.Having) > 0 || p.sorted || p.negated >= 0 || p.bought || p.analysis != "" || p.metadata != "" || len(p.q.Measures) == 0):
			p.setTarget(i)
			p.plural = true
		case p.target == t.Meaning:
			t.used = true
		case p.restates(i): // revenue of Brick & Mortar shops
			t.Role = semantic.RoleNoise
		case p.target == "" && p.is(i+1, semantic.RoleGroup) && p.is(p.after(i+1), semantic.RoleMeasure):
			p.setTarget(i)
			p.sorted = true
		case len(p.q.Measures) > 0 && !slices.Contains(p.q.Groups, t.Meaning) && (p.is(i+1, semantic.RoleMeasure) || p.is(i-1, semantic.RoleMeasure) || p.is(i-1, semantic.RoleAll)):
			p.addGroup(t.Meaning)
			t.used = true
		case p.compare && !slices.Contains(p.q.Groups, t.Meaning):
			p.addGroup(t.Meaning)
			t.used = true
		case slices.Contains(p.q.Groups, t.Meaning):
			t.used = true
		}
	}
}

// restates says that customers or products are named after a value that says which, of a figure over all of them.
func (p *parser) restates(i int) bool {
	value := i - 1
	if counted[p.tokens[i].Meaning] == "" || !p.is(value, roleValue) || p.which || p.rank != nil || p.sorted || p.count || p.eachGroup || !p.measured() {
		return false
	}
	for p.is(p.before(value, semantic.RoleConnective), roleValue) {
		value = p.before(value, semantic.RoleConnective)
	}
	return p.means(value-1, semantic.RoleConnective, "of") || p.is(value-1, semantic.RoleNoise, semantic.RoleAll) && p.means(p.before(value, semantic.RoleAll), semantic.RoleConnective, "of")
}

// are says that several are asked for: "who are", "which were".
func (p *parser) are(i int) bool {
	next := i + 1
	return next < len(p.tokens) && (fold(p.tokens[next].Text) == "are" || fold(p.tokens[next].Text) == "were") || strings.HasSuffix(fold(p.tokens[i].Text), "sont")
}

// oneOf says that a measure is one of a single thing: "median revenue of a customer".
func (p *parser) oneOf(i int) bool {
	text := fold(p.tokens[i].Text)
	of := p.before(i)
	article := i > 0 && slices.Contains([]string{"a", "an", "one", "single", "un", "une"}, fold(p.tokens[i-1].Text))
	return article && text == singular(text) && p.means(of, semantic.RoleConnective, "of") && p.is(p.before(of), semantic.RoleMeasure)
}

// asksFor says that a question word or an order to list stands before a token: "which month", "quels canaux".
func (p *parser) asksFor(i int) bool {
	for k := i - 1; k >= 0 && k >= i-4; k-- {
		text := fold(p.tokens[k].Text)
		if p.is(k, semantic.RoleQuestion) || slices.Contains([]string{"quel", "quelle", "quels", "quelles", "what", "list", "lister", "liste", "listez"}, text) {
			return true
		}
		if p.is(k, semantic.RoleMeasure, semantic.RoleGroup) {
			return false
		}
	}
	return false
}

// ofOnly says that a value is of that dimension alone.
func (p *parser) ofOnly(i int, dimension string) bool {
	for _, m := range p.tokens[i].values {
		if m.Dimension != dimension {
			return false
		}
	}
	return true
}

func (p *parser) mentions(dimension string) bool {
	for _, t := range p.tokens {
		if t.Role == semantic.RoleDimension && t.Meaning == dimension {
			return true
		}
	}
	return false
}
