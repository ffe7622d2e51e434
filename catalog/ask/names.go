package ask

import (
	"fmt"
	"strings"
)

const (
	english = "en"
	french  = "fr"
	both    = "both" // of words that the languages share
)

var monthLabels = map[string][]string{
	english: {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	french:  {"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"},
}

func monthLabelIn(month int, language string) string {
	return fmt.Sprintf("%s %d", monthLabels[language][month%12], month/12)
}

func (p *parser) monthLabel(month int) string { return monthLabelIn(month, p.language) }

func (p *parser) label(period Period) string { return p.labelIn(period, p.language) }

// labelIn is a period in words that are read back as the same period.
func (e *Engine) labelIn(p Period, language string) string {
	switch p.grain() {
	case "year":
		return fmt.Sprint(p.From / 12)
	case "quarter":
		letter := "Q"
		if language == french {
			letter = "T"
		}
		return fmt.Sprintf("%s%d %d", letter, p.From%12/3+1, p.From/12)
	case "month":
		return monthLabelIn(p.From, language)
	}
	if language == french {
		return "de " + monthLabelIn(p.From, language) + " à " + monthLabelIn(p.To, language)
	}
	return "from " + monthLabelIn(p.From, language) + " to " + monthLabelIn(p.To, language)
}

func (e *Engine) dimensionLabelIn(name, language string) string {
	if d := e.Model.Dimension(name); d != nil {
		return d.Label(language)
	}
	return name
}

func (e *Engine) measureLabelIn(name, language string) string {
	if dimension, ok := strings.CutPrefix(name, countPrefix); ok {
		if language == french {
			return "Nombre (" + strings.ToLower(e.dimensionLabelIn(dimension, language)) + ")"
		}
		return "Number (" + strings.ToLower(e.dimensionLabelIn(dimension, language)) + ")"
	}
	if m := e.Model.Measure(name); m != nil {
		return m.Label(language)
	}
	if labels, known := map[string][2]string{string(CalcGrowth): {"Growth", "Croissance"}, string(CalcDifference): {"Change", "Variation"}}[name]; known {
		return labels[boolInt(language == french)]
	}
	return name
}

func (p *parser) dimensionLabel(name string) string { return p.dimensionLabelIn(name, p.language) }
func (p *parser) measureLabel(name string) string   { return p.measureLabelIn(name, p.language) }

func (e *Engine) additive(measure string) bool {
	m := e.Model.Measure(measure)
	return m != nil && m.Additive
}
