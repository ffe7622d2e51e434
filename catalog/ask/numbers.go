package ask

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

var thousands = regexp.MustCompile(`^\d{1,3}(,\d{2,3})*,\d{3}(\.\d+)?$`)

// digits reads 1,500,000, 1.5, 1,5, 10,00,000.
func digits(text string) (float64, bool) {
	if !strings.ContainsAny(text, "0123456789") {
		return 0, false
	}
	switch {
	case thousands.MatchString(text):
		text = strings.ReplaceAll(text, ",", "")
	case strings.Count(text, ".") > 1 && !strings.Contains(text, ","):
		text = strings.ReplaceAll(text, ".", "")
	default:
		text = strings.ReplaceAll(text, ",", ".")
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil
}

// number reads a number with its scale: 1.5 billion, 10 lakh, 5 cr, six.
func (x *lexer) number(at int) (float64, int) {
	if at >= len(x.words) {
		return 0, 0
	}
	value, ok := digits(x.words[at].norm)
	n := 1
	if ok {
		for at+n < len(x.words) && len(x.words[at].norm) <= 3 && len(x.words[at+n].norm) == 3 && !x.words[at+n].glue { // 1 500 000
			next, err := strconv.Atoi(x.words[at+n].norm)
			if err != nil {
				break
			}
			value, n = value*1000+float64(next), n+1
		}
	} else {
		if value, ok = x.lexicon.numbers[strings.Join(x.norms(at, min(at+2, len(x.words))), " ")]; ok && at+1 < len(x.words) {
			n = 2 // twenty-five
		} else if value, ok = x.lexicon.numbers[x.words[at].norm]; !ok {
			return 0, 0
		}
		if (value == 1 || value == 0.5) && !x.isScale(at+1) { // "un", "one" are articles elsewhere
			return 0, 0
		}
	}
	for at+n < len(x.words) && x.isScale(at+n) {
		for _, w := range x.lexicon.lookup(x.norms(at+n, at+n+1)) {
			if w.Role == semantic.RoleScale {
				factor, _ := strconv.ParseFloat(w.Meaning, 64)
				value *= factor
				if x.at(at+n+1) == "et" && x.lexicon.numbers[x.at(at+n+2)] == 0.5 { // un million et demi
					value, n = value+factor/2, n+2
				}
				break
			}
		}
		n++
	}
	if at+n+1 < len(x.words) && n > 0 && (x.words[at+n].norm == "de" || x.words[at+n].norm == "d") && n > 1 && x.words[at+n+1].norm == "roupies" {
		n++
	}
	return value, n
}

func (x *lexer) isScale(at int) bool {
	if at >= len(x.words) {
		return false
	}
	for _, w := range x.lexicon.lookup(x.norms(at, at+1)) {
		if w.Role == semantic.RoleScale {
			return len(w.Phrase) > 1 || x.words[at].glue || at > 0 && x.words[at].text == strings.ToUpper(x.words[at].text)
		}
	}
	return false
}

// unitAfter says that a unit or counted thing follows, so that 2000 is a number and no year.
func (x *lexer) unitAfter(at int) bool {
	if at >= len(x.words) {
		return false
	}
	for _, w := range x.lexicon.lookup(x.norms(at, at+1)) {
		if w.Role == semantic.RoleUnit && w.Meaning != "inr" {
			return true
		}
	}
	return false
}
