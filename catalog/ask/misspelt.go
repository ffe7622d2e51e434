package ask

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// misspelt corrects a word if one thing alone can be meant.
func (x *lexer) misspelt(at, left int) (Token, int) {
	typed := x.words[at].norm
	allowed := 0
	switch {
	case len(typed) >= 8:
		allowed = 2
	case len(typed) >= 4:
		allowed = 1
	}
	if allowed == 0 || strings.ContainsFunc(typed, unicode.IsDigit) {
		return Token{}, 1
	}
	if token, n := x.misspeltPhrase(at, allowed); n > 0 {
		return token, n
	}
	nearest, readings := allowed+1, map[string]semantic.Word{}
	for phrase, words := range x.lexicon.phrases {
		if strings.Contains(phrase, " ") || len(phrase) < 4 || structural(words[0].Role) && len(phrase) < 5 || words[0].Role == semantic.RoleFollowUp && !x.follows {
			continue
		}
		d := semantic.Distance(typed, phrase, nearest)
		if d2 := semantic.Distance(singular(typed), phrase, nearest); d2 < d {
			d = d2
		}
		if d > allowed {
			continue
		}
		if d < nearest {
			nearest, readings = d, map[string]semantic.Word{}
		}
		if d == nearest {
			t := x.choose(words, at, 1)
			key := t.Role + " " + t.Meaning
			if known, ok := readings[key]; !ok || phrase < known.Phrase {
				readings[key] = semantic.Word{Phrase: phrase, Role: t.Role, Meaning: t.Meaning, Language: t.Language}
			}
		}
	}
	if when, ok := x.misspeltMonth(at); ok {
		return when, 1
	}
	for n := min(left, 3); n > 0; n-- {
		found := semantic.Best(x.find(at, n))
		if len(found) == 0 || found[0].How != semantic.HowEdit || n == 1 && found[0].Distance > allowed || n > 1 && found[0].Distance > 2 {
			continue
		}
		if n > 1 && !x.valueTail(at+1, n-1) {
			continue
		}
		if n == 1 && len(readings) > 0 && nearest < found[0].Distance {
			break
		}
		if n == 1 && len(readings) > 0 && nearest == found[0].Distance {
			return Token{Text: typed, Role: roleUnknown, values: found}, 1
		}
		return Token{Role: roleValue, values: found, Corrected: found[0].Value}, n
	}
	if len(readings) == 1 {
		for _, w := range readings {
			if w.Role == semantic.RoleAbsent && (len(typed) < 6 || typed[0] != w.Phrase[0]) {
				break // home is no phone: what is refused must have been said
			}
			return Token{Role: w.Role, Meaning: w.Meaning, Language: w.Language, Corrected: w.Phrase}, 1
		}
	}
	return Token{}, 1
}

// misspeltName is a name of several words of which the first is misspelt, one name alone.
func (x *lexer) misspeltName(at int) (Token, int) {
	for n := min(3, len(x.words)-at); n > 1; n-- {
		if !x.valueTail(at+1, n-1) {
			continue
		}
		if found := semantic.Best(x.find(at, n)); len(found) == 1 && found[0].How == semantic.HowEdit && found[0].Distance <= 2 {
			return Token{Role: roleValue, values: found, Corrected: found[0].Value}, n
		}
	}
	return Token{}, 0
}

// misspeltPhrase corrects the first word of a phrase of several: "chifre d'affaires".
func (x *lexer) misspeltPhrase(at, allowed int) (Token, int) {
	for n := min(len(x.words)-at, x.lexicon.longest); n > 1; n-- {
		rest := " " + strings.Join(x.norms(at+1, at+n), " ")
		nearest := allowed + 1
		var best semantic.Word
		for phrase, words := range x.lexicon.phrases {
			first, found := strings.CutSuffix(phrase, rest)
			if !found || strings.Contains(first, " ") || len(first) < 4 || words[0].Role != semantic.RoleMeasure && words[0].Role != semantic.RoleDimension {
				continue
			}
			if d := semantic.Distance(x.words[at].norm, first, allowed); d < nearest || d == nearest && d <= allowed && phrase < best.Phrase {
				nearest, best = d, words[0]
			}
		}
		if nearest <= allowed {
			return Token{Role: best.Role, Meaning: best.Meaning, Language: best.Language, Corrected: best.Phrase}, n
		}
	}
	return Token{}, 0
}

// valueTail says that words belong to names of values, and are nothing else of weight.
func (x *lexer) valueTail(at, n int) bool {
	for i := at; i < at+n; i++ {
		if w := x.words[i].norm; !x.valueWords[w] && !x.valueWords[singular(w)] || joins(w) {
			return false
		}
	}
	return true
}

// misspeltMonth corrects the name of a month.
func (x *lexer) misspeltMonth(at int) (Token, bool) {
	typed := x.at(at)
	if len(typed) < 5 {
		return Token{}, false
	}
	for _, name := range slices.Sorted(maps.Keys(x.lexicon.months)) {
		if len(name) >= 5 && semantic.Distance(typed, name, 2) <= 1+boolInt(len(name) >= 8) && name[0] == typed[0] {
			m := x.lexicon.months[name].number
			return Token{Role: semantic.RolePeriod, period: &timeWords{part: Period{From: m, To: m}, hasPart: true}, Corrected: name}, true
		}
	}
	return Token{}, false
}
