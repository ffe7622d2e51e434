package ask

import (
	"strconv"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// readThresholds reads "more than 1 billion", "between 1 and 2 crore", "10 lakh or more".
func (p *parser) readThresholds() {
	for i, t := range p.tokens {
		if t.Role != semantic.RoleThreshold || t.used {
			continue
		}
		number := p.after(i, semantic.RoleUnit, semantic.RoleConnective)
		if !p.is(number, semantic.RoleNumber) {
			if number = p.before(i, semantic.RoleUnit, semantic.RoleConnective, semantic.RoleMeasure); !p.is(number, semantic.RoleNumber) || (t.Meaning != "ge" && t.Meaning != "le") {
				continue
			}
		}
		if p.is(number+1, semantic.RoleGrain) && p.has(CalcMoving) { // over 6 months
			t.used = true
			continue
		}
		h := Threshold{Op: t.Meaning, Value: p.tokens[number].number}
		t.used, p.tokens[number].used = true, true
		end := number
		if t.Meaning == "between" {
			and := p.after(number, semantic.RoleUnit)
			if p.is(and, semantic.RoleConnective) {
				and = p.after(and, semantic.RoleUnit)
			}
			if !p.is(and, semantic.RoleNumber) {
				p.ask(t.Text, "“%s” needs two numbers", "« %s » demande deux nombres", t.Text)
				return
			}
			h.And, p.tokens[and].used = p.tokens[and].number, true
			if scale := p.scaleOf(and); h.Value*scale <= h.And && h.Value < 1000 { // entre 1 et 2 milliards
				h.Value *= scale
			}
			end = and
		}
		if of := end + 1; p.means(of, semantic.RoleCalculation, "share") && (strings.HasPrefix(p.tokens[of].Text, "%") || strings.HasPrefix(fold(p.tokens[of].Text), "percent")) { // 1 % of
			h.Percent, p.tokens[of].used, end = true, true, of
		}
		for u := end + 1; p.is(u, semantic.RoleUnit, semantic.RoleConnective, semantic.RoleNoise); u++ {
			if p.means(u, semantic.RoleUnit, "percent") {
				h.Percent = true
				p.tokens[u].used = true
			}
			if p.means(u, semantic.RoleUnit, "pieces") {
				h.Measure = "quantity"
				p.tokens[u].used = true
			}
			end = u
		}
		if counting := end + 1; p.is(counting, semantic.RoleDimension) && counted[p.tokens[counting].Meaning] != "" {
			h.Measure = counted[p.tokens[counting].Meaning]
			p.tokens[counting].used = true
		} else if p.is(counting, semantic.RoleDimension) && h.Value < 1e4 && !h.Percent && counting == number+1 { // at least 3 categories
			h.Measure = countPrefix + p.tokens[counting].Meaning
			p.tokens[counting].used = true
		} else if p.is(counting, semantic.RoleMeasure) {
			h.Measure = p.tokens[counting].Meaning
			p.tokens[counting].used = true
			p.noteMeasure(counting)
		} else if c := p.before(i, semantic.RoleConnective); p.is(c, semantic.RoleMeasure) {
			h.Measure = p.tokens[c].Meaning
		}
		p.q.Having = append(p.q.Having, h)
	}
}

// scaleOf is the factor that a number was said with: 1e7 of "100 crore".
func (p *parser) scaleOf(i int) float64 {
	scale := 1.0
	for _, w := range split(p.tokens[i].Text) {
		for _, found := range p.lexicon.lookup([]string{w.norm}) {
			if factor, err := strconv.ParseFloat(found.Meaning, 64); found.Role == semantic.RoleScale && err == nil {
				scale *= factor
				break
			}
		}
	}
	return scale
}
