package ask

import (
	"strconv"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// roleValue is the role of a token that names a value; the semantic model's roles name the others.
const roleValue = "value"

// lexicon is the words of the model, by how they are looked up.
type lexicon struct {
	phrases map[string][]semantic.Word // all that are not values, numbers or times
	longest int                        // words in the longest of them

	numbers   map[string]float64
	ordinals  map[string]int
	months    map[string]month
	units     map[string]string // of time
	relatives map[string]string
	times     []fixedTime
}

// month is a name of a month, 0 to 11.
type month struct {
	number   int
	language string
}

// fixedTime is a phrase that names a period.
type fixedTime struct {
	phrase []string
	means  timeWords
}

func (l *lexicon) add(word semantic.Word) {
	for _, known := range l.phrases[word.Phrase] {
		if known.Role == word.Role && known.Meaning == word.Meaning && known.Language == word.Language {
			return
		}
	}
	l.phrases[word.Phrase] = append(l.phrases[word.Phrase], word)
	l.longest = max(l.longest, len(strings.Fields(word.Phrase)))
}

// newLexicon folds the words of the model. What separates clauses is no word.
func newLexicon(model *semantic.Model) *lexicon {
	l := &lexicon{
		phrases: map[string][]semantic.Word{}, numbers: map[string]float64{}, ordinals: map[string]int{}, months: map[string]month{},
		units: map[string]string{}, relatives: map[string]string{},
	}
	for i := range model.Dimensions {
		dimension := &model.Dimensions[i]
		if dimension.Kind == semantic.KindTime {
			continue // months, quarters and years are words of the languages
		}
		l.addNames(semantic.RoleDimension, dimension.Name, dimension.Names)
	}
	for _, mark := range []string{",", ";"} {
		l.add(semantic.Word{Phrase: mark, Role: semantic.RoleConnective, Meaning: ",", Language: both})
	}
	l.add(semantic.Word{Phrase: ":", Role: semantic.RoleNoise, Language: both})
	l.add(semantic.Word{Phrase: "+", Role: semantic.RoleConnective, Meaning: "and", Language: both})
	l.add(semantic.Word{Phrase: "+", Role: semantic.RoleThreshold, Meaning: "ge", Language: both}) // 10 lakh+
	for _, word := range model.Lexicon.Words {
		word.Phrase = fold(word.Phrase)
		number, _ := strconv.ParseFloat(word.Meaning, 64) // of the roles whose meanings are numbers
		switch word.Role {
		case semantic.RoleMeasure, semantic.RoleDimension: // above and below
		case semantic.RoleNumber:
			l.numbers[word.Phrase] = number
		case semantic.RoleOrdinal:
			l.ordinals[word.Phrase] = int(number)
		case semantic.RoleMonth:
			l.months[word.Phrase] = month{int(number) - 1, word.Language}
		case semantic.RoleUnitOfTime:
			l.units[word.Phrase] = word.Meaning
		case semantic.RoleRelative:
			l.relatives[word.Phrase] = word.Meaning
		case semantic.RolePeriod:
			l.times = append(l.times, fixedTime{strings.Fields(word.Phrase), fixedTimes[word.Meaning]})
		default:
			l.addForms(word)
		}
	}
	for i := range model.Measures {
		measure := &model.Measures[i]
		for language, names := range measure.Names {
			for _, name := range names {
				if phrase := fold(name); !l.composed(phrase, model) {
					l.add(semantic.Word{Phrase: phrase, Role: semantic.RoleMeasure, Meaning: measure.Name, Language: language})
				}
			}
		}
	}
	return l
}

// addForms adds a word, and in French what becomes of "de" before an article or a vowel, and the superlative.
func (l *lexicon) addForms(word semantic.Word) {
	l.add(word)
	phrase := word.Phrase
	if word.Language != french {
		return
	}
	if stem, found := strings.CutSuffix(phrase, " de"); found {
		for _, elided := range []string{" d", " du", " des"} {
			word.Phrase = stem + elided
			l.add(word)
		}
	}
	if word.Role == semantic.RoleOrder && (strings.HasPrefix(phrase, "plus") || strings.HasPrefix(phrase, "moins")) {
		for _, article := range []string{"le ", "la ", "les "} {
			word.Phrase = article + phrase
			l.add(word)
		}
	}
}

// composed says that a measure's name is one that the grammar puts together itself: "number of customers", "revenue per
// customer". The words must stay apart there, so that they can play other roles: revenue for each customer.
func (l *lexicon) composed(phrase string, model *semantic.Model) bool {
	words := strings.Fields(phrase)
	for n := len(words) - 1; n > 0; n-- {
		head, tail := l.lookup(words[:n]), words[n:]
		if len(head) > 0 && head[0].Role == semantic.RoleAggregate && head[0].Meaning == "count" {
			for len(tail) > 1 && l.has(tail[:1], semantic.RoleDistinct) {
				tail = tail[1:]
			}
			if l.has(tail, semantic.RoleDimension) {
				return true
			}
		}
	}
	for _, per := range []string{" per ", " par "} {
		if measure, dimension, found := strings.Cut(phrase, per); found && l.has(strings.Fields(dimension), semantic.RoleDimension) {
			for i := range model.Measures {
				for _, names := range model.Measures[i].Names {
					for _, name := range names {
						if fold(name) == measure {
							return true
						}
					}
				}
			}
		}
	}
	return false
}

func (l *lexicon) has(words []string, role string) bool {
	for _, word := range l.lookup(words) {
		if word.Role == role {
			return true
		}
	}
	return false
}

func (l *lexicon) addNames(role, name string, names map[string][]string) {
	for language, all := range names {
		for _, phrase := range all {
			l.add(semantic.Word{Phrase: fold(phrase), Role: role, Meaning: name, Language: language})
		}
	}
}

// lookup finds a phrase, also written in the plural.
func (l *lexicon) lookup(words []string) []semantic.Word {
	phrase := strings.Join(words, " ")
	if found := l.phrases[phrase]; found != nil {
		return found
	}
	single := make([]string, len(words))
	for i, word := range words {
		single[i] = singular(word)
	}
	if one := strings.Join(single, " "); one != phrase {
		if found := l.phrases[one]; found != nil {
			return found
		}
	}
	last := append(append([]string{}, words[:len(words)-1]...), single[len(words)-1])
	return l.phrases[strings.Join(last, " ")]
}

func singular(word string) string {
	switch {
	case len(word) < 4:
		return word
	case strings.HasSuffix(word, "ies"):
		return word[:len(word)-3] + "y"
	case strings.HasSuffix(word, "aux"):
		return word[:len(word)-3] + "al"
	case strings.HasSuffix(word, "ss"):
		return word
	case strings.HasSuffix(word, "s"), strings.HasSuffix(word, "x"):
		return word[:len(word)-1]
	}
	return word
}

// fold is how words are compared: lower case, no accents, hyphens and apostrophes as spaces.
func fold(text string) string {
	var folded []string
	for _, w := range split(text) {
		folded = append(folded, w.norm)
	}
	return strings.Join(folded, " ")
}
