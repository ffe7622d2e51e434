package ask

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// shape decides the kind of the query.
func (p *parser) shape() {
	q := &p.q
	if p.kept {
		return
	}
	switch p.analysis {
	case "anomaly":
		q.Kind = KindAnomaly
		if p.target == "" && q.Grain == "" || isGrain(p.target) || isGrain(q.Grain) {
			q.Grain = "month"
		}
		return
	case "volatility", "stable":
		q.Kind, q.Grain = KindVolatility, ""
		if q.Calc == CalcGrowth && q.Step == "month" { // from month to month is what it is
			q.Calc, q.Step = "", ""
		}
		q.Descending = p.analysis == "volatility" != (p.rank != nil && p.rank.Meaning == "bottom")
		if p.target != "" && !isGrain(p.target) {
			p.addGroup(p.target)
			if p.rank != nil || q.Limit > 0 {
				q.Ranked = true
				if q.Limit == 0 {
					q.Limit = p.rankLimit()
				}
			}
		}
		if len(q.Groups) == 1 && q.Limit == 0 && (p.which || p.analysis == "stable" || p.rank != nil) {
			q.Ranked, q.Limit = true, p.rankLimit()
		}
		return
	case "seasonality":
		q.Kind = KindSeasonality
		if p.target != "" && !isGrain(p.target) && p.rank == nil {
			p.addGroup(p.target)
		}
		return
	case "new", "lost":
		if p.analysis == "lost" && p.negated >= 0 && len(q.ButPeriods) > 0 && p.target != "" { // lost: bought in October, nothing in November
			p.shapeSet()
			return
		}
		if len(q.ButFilters)+len(q.All) > 0 || p.exclusive {
			p.ask(p.setWord(), "“%s” beside new or lost ones: one of them at a time, please", "« %s » à côté de nouveaux ou de perdus : l'un des deux, s'il vous plaît", p.setWord())
			return
		}
		q.Kind = KindNew
		if p.analysis == "lost" {
			q.Kind = KindLost
		}
		q.Subject = "customer"
		if p.target == "product" || slices.Contains(q.Groups, "product") {
			q.Subject = "product"
		}
		q.CountRows = p.count || p.target == "" || q.Grain != "" && !p.which
		if !p.count && q.Grain == "" && p.target != "" {
			q.CountRows = false
		}
		if isGrain(p.target) && p.rank != nil {
			q.Grain, q.CountRows, q.Ranked, q.Limit, q.Descending = p.target, true, true, p.rankLimit(), p.rank.Meaning == "top"
		}
		q.Measures = nil
		return
	case "why":
		if p.target != "" && p.which && p.rank == nil { // which divisions explain the fall: the change of each
			p.analysis, q.Calc = "", CalcDifference
			q.Ranked, q.Descending = true, !p.decline
			p.addGroup(p.target)
			p.target, q.Kind = "", KindFigures
			return
		}
		q.Kind, q.Calc = KindWhy, ""
		if len(q.Measures) > 0 && q.Measures[0] != "revenue" {
			p.ask(p.measureLabel(q.Measures[0]), "only a move of revenue can be explained: by price, volume, mix, customers and products", "seule une variation du chiffre d'affaires peut être expliquée : prix, volume, mix, clients et produits")
			return
		}
		q.Measures = []string{"revenue"}
		return
	}
	if q.Kind == KindPareto {
		if p.target != "" && !isGrain(p.target) {
			q.Groups = append([]string{p.target}, q.Groups...)
		}
		q.CountRows = p.count
		if p.count {
			q.Measures = slices.DeleteFunc(q.Measures, func(m string) bool { return m == counted[p.target] || strings.HasPrefix(m, countPrefix) })
		}
		return
	}
	if p.negated >= 0 || p.both >= 0 || p.exclusive {
		p.shapeSet()
		return
	}
	if p.metadata == "exist" && p.ofData() && len(q.Periods) > 0 && p.target == "" && len(q.Measures)+len(q.Groups)+len(q.Filters) == 0 {
		q.Kind, q.Periods = KindPeriod, nil
		return
	}
	measured := len(q.Measures) > 0 || p.rank != nil || len(q.Having) > 0 || q.Calc != "" || p.compare || q.Aggregate != ""
	switch p.metadata {
	case "refresh":
		q.Kind = KindRefresh
	case "columns":
		q.Kind = KindColumns
	case "meaning":
		q.Kind = KindMeaning
		if len(q.Measures) > 0 {
			q.Subject = q.Measures[0]
		} else if p.target != "" {
			q.Subject = p.target
		}
		return
	case "period":
		q.Kind = KindPeriod
		if len(q.Measures) == 0 {
			return
		}
	}
	if q.Kind == KindRefresh || q.Kind == KindColumns {
		return
	}
	measured = measured || p.target != "" && (p.pieces || p.howMuch) && p.metadata == ""                                           // which platforms sold tents, and how many
	if !measured && counted[p.target] != "" && len(q.Groups)+boolInt(q.Grain != "") > 0 && !p.which && p.negated < 0 && !p.count { // customers per channel
		q.Measures = []string{counted[p.target]}
		q.Kind, p.target = KindFigures, ""
		return
	}
	if t := p.wholes(); t != nil && (!measured && p.target != "" || p.count) {
		p.ask(t.Text, "“%s”: a list of those with all, or with nothing else, is not possible here", "« %s » : une liste de ceux qui ont tout, ou rien d'autre, n'est pas possible ici", t.Text)
		return
	}
	if !measured && p.target != "" && !p.count {
		q.Kind, q.Subject = KindList, p.target
		if isGrain(p.target) {
			q.Grain = p.target
		}
		return
	}
	q.Kind = KindFigures
	p.calendarOfOneYear()
	if p.target == "" && p.named != "" && len(q.Groups)+boolInt(q.Grain != "") == 0 && (p.sorted || p.rank != nil || len(q.Having) > 0) { // rank the Atlikon customers
		p.target, p.plural = p.named, true
	}
	if p.shapeComparative(); p.stop != nil {
		return
	}
	if q.Aggregate == "average" && len(q.Measures) == 1 && q.Measures[0] == "average_selling_price" { // it is an average already
		if q.Over != "" {
			p.addGroup(q.Over)
		}
		q.Aggregate, q.Over = "", ""
	}
	if q.Aggregate != "" && q.Over == "" && len(q.Groups) == 1 && q.Grain == "" && p.eachGroup && !p.averaged(p.groupAt) { // units per customer on average
		q.Over, q.Groups = q.Groups[0], nil
	}
	p.shapeFigures()
	p.shapeParts()
	if p.eachPeriod && p.stop == nil && len(q.Periods) > 1 && q.Grain == "" && !q.Versus {
		p.shapeEachPeriod()
	}
}

func (p *parser) rankLimit() int {
	if p.q.Limit > 0 {
		return p.q.Limit
	}
	if p.target != "" && !p.plural {
		return 1
	}
	return p.Model.Defaults.Limit
}

// shapeEachPeriod gives each of the periods its own row.
func (p *parser) shapeEachPeriod() {
	grain := p.q.Periods[0].grain()
	for _, period := range p.q.Periods {
		if period.grain() != grain || grain == "" {
			p.ask("", "Each of the periods by itself is possible for months, quarters or years", "Chacune des périodes séparément : possible pour des mois, des trimestres ou des années")
			return
		}
	}
	p.q.Grain = grain
}

// calendarOfOneYear makes the months of the year those of the one year that is asked about.
func (p *parser) calendarOfOneYear() {
	if len(p.q.Periods) != 1 || p.q.Periods[0].From/12 != p.q.Periods[0].To/12 {
		return
	}
	for _, name := range []*string{&p.target, &p.q.Grain} {
		*name = strings.TrimSuffix(*name, "_of_year")
	}
}

// shapeFigures places the target of a ranking or a threshold among the groups.
func (p *parser) shapeFigures() {
	q := &p.q
	if p.count && (len(q.Having) > 0) {
		q.CountRows = true
		p.addGroup(p.target)
		return
	}
	if over := q.Over; p.rank == nil && (q.Aggregate == "maximum" || q.Aggregate == "minimum") && len(q.MoreAggregates) == 0 && len(q.Groups) == 0 && (over != "" && q.Grain == "" || over == "" && q.Grain != "") {
		p.rank = &Token{Role: semantic.RoleOrder, Meaning: map[string]string{"maximum": "top", "minimum": "bottom"}[q.Aggregate]} // the month with it, too
		q.Aggregate, q.Over, q.Grain, p.target = "", "", "", cmp.Or(over, q.Grain)
	}
	if p.rank != nil {
		p.shapeRank()
		return
	}
	if p.target != "" && !p.count {
		if isGrain(p.target) {
			q.Grain = p.target
		} else if !slices.Contains(q.Groups, p.target) {
			q.Groups = append([]string{p.target}, q.Groups...)
		}
		if q.Limit > 0 {
			q.Ranked, q.Descending = true, true
		}
	}
	if p.course && q.Grain == "" && q.Calc == "" && q.Aggregate == "" && len(q.Having) == 0 && !q.Versus && !p.compare && p.previous == nil {
		q.Grain = p.Model.Defaults.Grain // how it went: a series
		if len(q.Periods) == 1 && len(q.Periods[0].grain()) > 0 && q.Periods[0].grain() == q.Grain {
			q.Grain = ""
		} else {
			p.assume("over time, by %s", "dans le temps, par %s", strings.ToLower(p.dimensionLabel(q.Grain)))
		}
	}
	if p.count && isGrain(p.target) {
		q.CountRows, q.Grain = true, p.target
	}
	if p.sorted && len(q.Groups)+boolInt(q.Grain != "") > 0 {
		q.Ranked, q.Descending = true, !p.sortAsc
	}
	if p.rise && !p.decline && len(q.Groups) > 0 && (q.Calc == CalcGrowth || q.Calc == CalcDifference) && p.which && len(q.Having) == 0 { // which grew
		q.Having = append(q.Having, Threshold{Measure: string(q.Calc), Op: "gt"})
	}
	if p.decline && len(q.Groups) > 0 && (q.Calc == CalcGrowth || q.Calc == CalcDifference) && p.which && len(q.Having) == 0 {
		q.Having = append(q.Having, Threshold{Measure: string(q.Calc), Op: "lt"})
	}
}

func (p *parser) shapeRank() {
	q := &p.q
	q.Descending = p.rank.Meaning == "top" != (p.decline && (q.Calc == CalcGrowth || q.Calc == CalcDifference))
	switch {
	case p.target == "" && p.previous != nil:
	case p.target == "" && q.Over != "" && isGrain(q.Over):
		p.target, q.Over, q.Aggregate = q.Over, "", ""
	case p.target == "" && len(q.Groups) == 1 && !p.eachGroup:
		p.target, q.Groups = q.Groups[0], nil
		p.plural = q.Limit != 1
		if q.Limit == 0 {
			q.Ranked = true
			q.Groups = []string{p.target}
			return
		}
	case p.target == "" && q.Grain != "" && len(q.Groups) == 0:
		p.target, q.Grain = q.Grain, ""
	case p.target == "":
		p.ask(p.rank.Text, "“%s” of what, and by which measure?", "« %s » de quoi, et selon quelle mesure ?", p.rank.Text)
		for _, c := range [][2]string{{"best customers by revenue", "meilleurs clients par chiffre d'affaires"}, {"best products by revenue", "meilleurs produits par chiffre d'affaires"}, {"best divisions by quantity", "meilleures divisions par quantité"}} {
			p.choice(p.say(c[0], c[1]), p.say(c[0], c[1]))
		}
		return
	}
	if (q.Aggregate == "maximum" || q.Aggregate == "minimum") && len(q.MoreAggregates) == 0 {
		q.Aggregate = ""
	}
	if strings.HasPrefix(fold(p.rank.Text), "numero") && q.Limit == 0 { // n° 1
		p.plural = false
	}
	if p.target != "" && !isGrain(p.target) && !p.eachGroup && len(q.Groups)+boolInt(q.Grain != "") > 0 && q.Calc != CalcShare {
		switch {
		case p.measureAt >= 0 && p.measureAt < p.rankAt && !slices.Contains(q.Groups, p.target): // revenue of the top 5 customers by month
			q.Fixed = &Fixed{Dimension: p.target, Limit: p.rankLimit(), Descending: q.Descending}
			q.Limit = 0
			p.addGroup(p.target)
			p.assume("the %d of the whole period, the same throughout", "les %d de toute la période, toujours les mêmes", q.Fixed.Limit)
			return
		case q.Grain != "" && p.adjective:
			p.ask(p.rank.Text, "“%s”: the top of each, or the same ones throughout?", "« %s » : le top de chacun, ou toujours les mêmes ?", p.rank.Text)
			grain, thing := strings.ToLower(p.dimensionLabel(q.Grain)), strings.ToLower(p.dimensionLabel(p.target))
			measure := strings.ToLower(p.measureLabel(cmp.Or(append(slices.Clone(q.Measures), p.Model.Defaults.Measure)...)))
			p.choice("", fmt.Sprintf(p.say("top %d %s for each %s by %s", "top %d %s de chaque %s par %s"), p.rankLimit(), thing, grain, measure))
			p.choice("", fmt.Sprintf(p.say("%s of the top %d %s by %s", "%s du top %d %s par %s"), measure, p.rankLimit(), thing, grain))
			return
		}
	}
	q.Ranked = true
	q.Limit = p.rankLimit()
	if p.offset > 0 { // second best
		q.Limit, q.Offset = 1, p.offset
	}
	q.TopShare = q.Calc == CalcShare && p.shareAt >= 0 && p.shareAt < p.rankAt && len(q.Groups) == 0 && q.Grain == "" && !isGrain(p.target)
	if q.TopShare {
		for _, f := range q.Numerator { // the whole is what they are the top of
			q.Filters = addFilter(q.Filters, f)
		}
		q.Numerator = nil
	}
	q.Within = slices.Clone(q.Groups)
	if isGrain(p.target) {
		if q.Grain != "" && q.Grain != p.target { // best month of each year
			q.Within = append(q.Within, q.Grain)
		}
		if q.Grain != p.target && q.Grain != "" {
			q.Groups = append(q.Groups, q.Grain)
		}
		q.Grain = p.target
		return
	}
	if q.Grain != "" {
		q.Within = append([]string{q.Grain}, q.Within...)
	}
	q.Within = slices.DeleteFunc(q.Within, func(g string) bool { return g == p.target })
	if p.target != "" && !slices.Contains(q.Groups, p.target) {
		q.Groups = append(q.Groups, p.target)
	}
}
