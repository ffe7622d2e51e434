package ask

import (
	_ "embed" // the words
	"fmt"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

//go:embed words.txt
var wordFile string

// Roles of words that are about the shape of a question; the semantic model's roles name the others.
const (
	roleGrain    = "grain"
	roleStep     = "step"
	roleQuestion = "question"
	roleAll      = "all"
	roleHowMuch  = "howmuch"
	roleDistinct = "distinct"
	roleVerb     = "verb"
	roleValue    = "value"
	rolePeriod   = "period"
	roleNumber   = "number"
)

// lexicon is all phrases that are not values.
type lexicon struct {
	phrases map[string][]semantic.Word
	longest int
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

// newLexicon reads the words of the grammar and the names of the model.
func newLexicon(model *semantic.Model) (*lexicon, error) {
	l := &lexicon{phrases: map[string][]semantic.Word{}}
	for i := range model.Dimensions {
		dimension := &model.Dimensions[i]
		if dimension.Kind == semantic.KindTime {
			continue // months, quarters and years are words of the languages
		}
		l.addNames(semantic.RoleDimension, dimension.Name, dimension.Names)
	}
	language := ""
	for n, line := range strings.Split(wordFile, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
			continue
		case strings.HasPrefix(line, "["):
			language = strings.Trim(line, "[]")
			continue
		}
		head, phrases, found := strings.Cut(line, ": ")
		role, meaning, both := strings.Cut(head, " ")
		if !found || !both {
			return nil, fmt.Errorf("words.txt:%d: ROLE MEANING: phrases", n+1)
		}
		for phrase := range strings.SplitSeq(phrases, ", ") {
			if phrase = fold(phrase); phrase != "" {
				l.add(semantic.Word{Phrase: phrase, Role: role, Meaning: meaning, Language: language})
				if stem, found := strings.CutSuffix(phrase, " de"); found && language == french {
					for _, elided := range []string{" d", " du", " des"} {
						l.add(semantic.Word{Phrase: stem + elided, Role: role, Meaning: meaning, Language: language})
					}
				}
				if language == french && role == semantic.RoleOrder && (strings.HasPrefix(phrase, "plus") || strings.HasPrefix(phrase, "moins")) {
					for _, article := range []string{"le ", "la ", "les "} {
						l.add(semantic.Word{Phrase: article + phrase, Role: role, Meaning: meaning, Language: language})
					}
				}
			}
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
	l.addShared(&model.Lexicon)
	return l, nil
}

// composed says that a measure's name is one that the grammar puts together itself: "number of customers", "revenue per
// customer". The words must stay apart there, so that they can play other roles: revenue for each customer.
func (l *lexicon) composed(phrase string, model *semantic.Model) bool {
	words := strings.Fields(phrase)
	for n := len(words) - 1; n > 0; n-- {
		head, tail := l.lookup(words[:n]), words[n:]
		if len(head) > 0 && head[0].Role == semantic.RoleAggregate && head[0].Meaning == "count" {
			for len(tail) > 1 && l.has(tail[:1], roleDistinct) {
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

// shared are the roles and meanings of the model's language files that mean the same here. What the grammar knows itself
// comes first: a phrase is added where it has no word for it.
var shared = map[string]map[string]string{
	semantic.RoleNoise: nil, semantic.RoleAbsent: nil, semantic.RoleUnsafe: nil, semantic.RoleVague: nil,
	semantic.RoleAggregate:   {"average": "average", "median": "median", "minimum": "minimum", "maximum": "maximum"},
	semantic.RoleCalculation: {"share": "share", "growth": "growth", "difference": "difference", "running_total": "cumulative", "moving_average": "moving"},
	semantic.RoleCompare:     {"versus": "versus"},
	semantic.RoleThreshold:   {"more_than": "gt", "at_least": "ge", "less_than": "lt", "at_most": "le"},
	semantic.RoleAnalysis:    {"anomaly": "anomaly", "volatility": "volatility", "seasonality": "seasonality", "new": "new"},
}

func (l *lexicon) addShared(words *semantic.Lexicon) {
	known := map[string]bool{}
	for phrase := range l.phrases {
		known[phrase] = true
	}
	for _, word := range words.Words {
		meanings, taken := shared[word.Role]
		phrase := fold(word.Phrase)
		if _, isMonth := monthOf(phrase); !taken || phrase == "" || known[phrase] || isMonth || numberWords[phrase] > 0 || unitWords[phrase] != "" {
			continue
		}
		meaning := word.Meaning
		if meanings != nil {
			if meaning = meanings[word.Meaning]; meaning == "" {
				continue
			}
		}
		l.add(semantic.Word{Phrase: phrase, Role: word.Role, Meaning: meaning, Language: word.Language})
	}
}
