package ask

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// said is a period of the question with what is said about it.
type said struct {
	at     int
	when   timeWords
	period Period
	ok     bool
	joined string // how it follows the one before: "to", "and", "versus" or ""
	edge   string // since, until, before, after
	except bool
	but    bool
	span   bool // the first of a range
	within bool // said by the one before
	gloss  bool // in brackets after another one, which it makes clearer
}

// readPeriods makes the periods of the question, years that were said once for several included.
func (p *parser) readPeriods() {
	var all []said
	for i, t := range p.tokens {
		if t.Role == semantic.RolePeriod && !t.used {
			if t.period.hasPart && t.period.part.From == t.period.part.To && (p.isDay(i-1) || p.isDay(i+1)) {
				said := absences["day"]
				p.refuse(t.Text, "“%s”: %s", "« %s » : %s", t.Text, p.say(said[0], said[1]))
				return
			}
			s := said{at: i, gloss: t.open && len(all) > 0, when: *t.period, except: t.Meaning == "except", but: p.leftOut(i)}
			if s.when.same && p.seriesBefore(i) { // revenue by month and growth from the same month a year before
				p.q.Step, t.used = "year", true
				if p.q.Calc != CalcDifference {
					p.q.Calc = CalcGrowth
				}
				continue
			}
			p.edges(&s, i)
			if len(all) > 0 {
				s.joined = p.joined(all[len(all)-1].at, i)
			}
			all = append(all, s)
			t.used = true
		}
	}
	if len(all) == 0 {
		return
	}
	p.readSeasons()
	years := p.course && p.q.Grain == "" && len(all) == 2 && all[0].when.grain() == "year" && all[1].when.grain() == "year"
	if years && p.q.Calc == "" && p.rank == nil { // the evolution from 2024 to 2025
		p.q.Calc = CalcGrowth
	}
	comparing := p.compare || p.q.Calc == CalcGrowth || p.q.Calc == CalcDifference || p.analysis == "why"
	p.shareYears(all, comparing)
	if p.stop != nil {
		return
	}
	p.relate(all, comparing)
	for i := range all {
		s := &all[i]
		if p.outside(s); p.stop != nil {
			return
		}
	}
	p.combine(all, comparing)
}

// edges reads since, until, before and after a period, and what opens a range.
func (p *parser) edges(s *said, i int) {
	b := p.before(i)
	if p.is(b, semantic.RoleConnective) && p.is(p.before(b), "time") {
		b = p.before(b)
	}
	switch {
	case p.is(b, "time"):
		s.edge, p.tokens[b].used = p.tokens[b].Meaning, true
	case p.means(b, semantic.RoleThreshold, "between") && !p.tokens[b].used:
		p.tokens[b].used, s.span = true, true
	case b >= 0 && slices.Contains([]string{"from", "between", "entre", "de", "du"}, fold(p.tokens[b].Text)):
		s.span = fold(p.tokens[b].Text) != "de" && fold(p.tokens[b].Text) != "du"
	case b >= 0 && fold(p.tokens[b].Text) == "up to":
		s.edge, p.tokens[b].used = "until", true
	}
	if p.is(i+1, "time") && p.tokens[i+1].Meaning == "onwards" {
		s.edge, p.tokens[i+1].used = "since", true
	}
}

// joined says how a period follows another.
func (p *parser) joined(a, b int) string {
	join := ""
	for k := a + 1; k < b; k++ {
		text := fold(p.tokens[k].Text)
		switch {
		case p.is(k, semantic.RoleCompare):
			return "versus"
		case p.means(k, semantic.RoleConnective, "but"):
			return ""
		case p.means(k, "time", "until"), slices.Contains([]string{"to", "a", "au", "aux", "until", "through"}, text) && k+3 > b:
			if join == "" || join == "and" {
				join = "to"
			}
			p.tokens[k].used = true
		case p.is(k, semantic.RoleConnective) && (p.tokens[k].Meaning == "and" || p.tokens[k].Meaning == "or" || p.tokens[k].Meaning == ","):
			join = "and"
		case p.is(k, semantic.RoleNoise, semantic.RoleConnective, "time"):
		default:
			return join
		}
	}
	if one, two := p.tokens[a].period, p.tokens[b].period; b == a+1 && one.hasPart && two.hasPart && (one.year == 0 || two.year == 0) && !p.tokens[b].open {
		return "to" // Oct-Nov 2025
	}
	if b == a+1 && join == "" && p.tokens[a].period.year > 0 && p.tokens[b].period.year > 0 && !p.tokens[a].period.hasPart {
		return "to" // 2024-2025
	}
	return join
}

// shareYears gives periods without a year the one that was said beside them.
func (p *parser) shareYears(all []said, comparing bool) {
	years := map[int]bool{}
	for _, s := range all {
		if s.when.year > 0 {
			years[s.when.year] = true
		}
	}
	for i := range all {
		s := &all[i]
		if comparing && i > 0 && !s.when.hasPart && s.when.year > 0 && s.when.last == 0 && all[i-1].when.hasPart && all[i-1].when.year > 0 && s.joined != "" && s.joined != "to" {
			s.when.hasPart, s.when.part = true, all[i-1].when.part         // Q4 2024 vs 2025
			if i > 1 && all[i-1].joined == "to" && all[i-2].when.hasPart { // January to March 2024 vs 2025
				s.when.part.From = all[i-2].when.part.From
			}
		}
		if !s.when.hasPart || s.when.year > 0 {
			continue
		}
		if s.gloss || i > 0 && all[i-1].gloss && s.joined == "to" {
			s.when.year = all[i-1].when.year
		}
		for k := i + 1; k < len(all) && s.when.year == 0 && all[k].joined != ""; k++ {
			s.when.year = all[k].when.year
		}
		if s.when.year == 0 && i > 0 && s.joined != "" {
			s.when.year = all[i-1].when.year
		}
		if s.when.year == 0 && len(years) == 1 {
			for year := range years {
				s.when.year = year
			}
		}
	}
	// a year that only completes another period is no period of its own: "Q4 … in 2025"
	for i := range all {
		s := &all[i]
		relative := s.when.unit == "year" && (s.when.current || s.when.isLast) && s.when.last == 0 && !s.when.toDate
		if !relative || comparing {
			continue
		}
		for k := range all {
			if all[k].when.hasPart && all[k].when.year == 0 {
				at, _ := s.when.resolve(p.first, p.last, 0)
				all[k].when.year = at.From / 12
			}
		}
	}
	for i := range all {
		s := &all[i]
		if !s.when.hasPart || s.when.year > 0 {
			continue
		}
		if p.previous != nil && len(p.previous.Periods) > 0 {
			s.when.year = p.previous.Periods[len(p.previous.Periods)-1].From / 12
			continue
		}
		var fit []int
		for year := p.first / 12; year <= p.last/12; year++ {
			at := Period{From: year*12 + s.when.part.From, To: year*12 + s.when.part.To}
			if at.To >= p.first && at.From <= p.last {
				fit = append(fit, year)
			}
		}
		switch {
		case len(fit) == 0:
		case len(fit) == 1 || p.q.Step == "year" && p.q.Grain == "" || s.edge == "since" || s.edge == "after" || s.joined == "to" || s.span && i+1 < len(all) && all[i+1].joined == "to":
			s.when.year = fit[len(fit)-1]
			p.assume("“%s” is the one of %d", "« %s » est celui de %d", p.tokens[s.at].Text, s.when.year)
		case p.q.Grain == "year" || p.target == "year":
			s.ok = true // of every year
		default:
			text := p.tokens[s.at].Text
			p.ask(text, "“%s” of which year?", "« %s » de quelle année ?", text)
			for _, year := range fit {
				p.choice(fmt.Sprintf("%s %d", text, year), p.replaced(text, fmt.Sprintf("%s %d", text, year)))
			}
			return
		}
	}
}

// outside refuses periods that the data do not hold.
func (p *parser) outside(s *said) {
	if s.period == (Period{}) {
		return
	}
	switch s.edge {
	case "since":
		s.period = Period{From: s.period.From, To: p.last, Open: true}
	case "after":
		s.period = Period{From: s.period.To + 1, To: max(p.last, s.period.To+1), Open: true}
	case "until":
		s.period = Period{From: min(p.first, s.period.To), To: s.period.To, Open: true}
	case "before":
		s.period = Period{From: min(p.first, s.period.From-1), To: s.period.From - 1, Open: true}
	}
	if s.period.To >= p.first && s.period.From <= p.last {
		return
	}
	p.refuse(p.tokens[s.at].Text, "“%s” (%s) lies outside the data, which go from %s to %s", "« %s » (%s) est hors des données, qui vont de %s à %s",
		p.tokens[s.at].Text, p.label(Period{From: s.period.From, To: s.period.To}), p.monthLabel(p.first), p.monthLabel(p.last))
	p.stop.outside = true
}

// combine unites, intersects or compares the periods.
func (p *parser) combine(all []said, comparing bool) {
	var periods []Period
	for i := 0; i < len(all); i++ {
		s := all[i]
		list := []Period{s.period}
		if s.period == (Period{}) && s.when.hasPart { // a quarter or month of every year
			list = nil
			for year := p.first / 12; year <= p.last/12; year++ {
				at := Period{From: year*12 + s.when.part.From, To: year*12 + s.when.part.To}
				if at.To >= p.first && at.From <= p.last {
					list = append(list, at)
				}
			}
		}
		gloss := s.gloss
		ranged := i+1 < len(all) && (all[i+1].joined == "to" || s.span && all[i+1].joined == "and") && all[i+1].but == s.but
		if ranged && (!comparing || p.analysis == "anomaly" || gloss || len(all) > 2 || p.q.Step != "") {
			list = []Period{{From: s.period.From, To: all[i+1].period.To}}
			if list[0].To < list[0].From {
				list[0] = Period{From: all[i+1].period.From, To: s.period.To}
			}
			i++
		} else if s.edge == "since" && i+1 < len(all) && all[i+1].edge == "until" {
			list = []Period{{From: s.period.From, To: all[i+1].period.To}}
			i++
		} else if s.span && s.joined == "" && s.edge == "" && !comparing && s.period.grain() != "year" && s.when.hasPart && fold(p.tokens[s.at-1].Text) == "from" && i+1 == len(all) {
			list = []Period{{From: s.period.From, To: p.last, Open: true}}
			p.assume("“from %s” is since then", "« from %s » : depuis lors", p.tokens[s.at].Text)
		}
		if s.within {
			continue
		}
		if p.analysis == "lost" && !s.but && slices.ContainsFunc(all[i+1:], func(later said) bool { return later.but && later.period == s.period }) {
			continue // said again, with what it leaves out
		}
		switch {
		case gloss && len(periods) > 0 && len(list) == 1: // in brackets: narrows the one before
			last := &periods[len(periods)-1]
			if last.From > list[0].From || last.To < list[0].To {
				p.ask(p.tokens[s.at].Text, "“%s” does not fit the other period that is named", "« %s » ne va pas avec l'autre période", p.tokens[s.at].Text)
				return
			}
			*last = list[0]
		case s.except:
			p.q.NotPeriods = append(p.q.NotPeriods, list...)
		case p.inBoth(s.at):
			for _, one := range list {
				p.q.All = append(p.q.All, Condition{Periods: []Period{one}})
			}
		case s.but:
			p.q.ButPeriods = append(p.q.ButPeriods, list...)
		case len(periods) > 0 && s.joined == "" && !comparing && len(list) == 1:
			narrow := Period{From: max(periods[0].From, list[0].From), To: min(periods[0].To, list[0].To)}
			if len(periods) > 1 || narrow.To < narrow.From {
				p.ask(p.tokens[s.at].Text, "“%s” does not fit the other period that is named", "« %s » ne va pas avec l'autre période", p.tokens[s.at].Text)
				return
			}
			periods = []Period{narrow}
		default:
			for _, one := range list {
				if !slices.Contains(periods, one) {
					periods = append(periods, one)
				}
			}
		}
	}
	p.laterFirst = len(periods) > 1 && periods[0].From > periods[1].From
	if len(all) == 2 && all[1].joined == "and" && len(periods) == 2 && !comparing {
		p.andedPeriods = true
	}
	whole := Period{From: p.first, To: p.last}
	if len(periods) == 1 && periods[0] == whole {
		periods = nil
	}
	slices.SortStableFunc(periods, func(a, b Period) int { return a.From - b.From })
	p.q.Periods = periods
	p.q.Versus = comparing && len(periods) == 2
}

// replaced is the question with a word replaced.
func (p *parser) replaced(from, to string) string {
	if changed := replacedIn(p.question, from, to); changed != p.question {
		return changed
	}
	return strings.TrimRight(p.question, " ?!.") + " " + to
}

// replacedIn replaces the last place where words stand as whole words.
func replacedIn(question, from, to string) string {
	if from == "" {
		return question
	}
	letter := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	for end := len(question); ; {
		at := strings.LastIndex(question[:end], from)
		if at < 0 {
			return question
		}
		before, _ := utf8.DecodeLastRuneInString(question[:at])
		after, _ := utf8.DecodeRuneInString(question[at+len(from):])
		if !letter(before) && !letter(after) {
			return question[:at] + to + question[at+len(from):]
		}
		end = at + len(from) - 1
	}
}

// isDay says that a number beside a month is a day of it.
func (p *parser) isDay(i int) bool {
	return p.is(i, semantic.RoleNumber) && !p.tokens[i].used && p.tokens[i].number >= 1 && p.tokens[i].number <= 31 && p.tokens[i].number == float64(int(p.tokens[i].number)) && !p.means(i+1, semantic.RoleUnit, "percent")
}

// readSeasons takes the name of a season where its months are said beside it: "the festive months, September to November 2025".
func (p *parser) readSeasons() {
	for i, t := range p.tokens {
		if t.Role != semantic.RoleVague || t.Meaning != "season" {
			continue
		}
		for _, k := range []int{p.after(i, semantic.RoleConnective, semantic.RoleTime), p.before(i)} {
			if p.is(k, semantic.RolePeriod) && p.tokens[k].period.hasPart && (k <= i+1 || p.tokens[k].commas || p.is(k-1, semantic.RoleNoise, semantic.RoleTime)) {
				t.used = true
			}
		}
	}
}
