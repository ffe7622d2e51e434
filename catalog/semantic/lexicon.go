package semantic

import "strings"

// Lexicon is the words of the languages.
type Lexicon struct {
	Languages            []string // "en", "fr"
	Words                []Word
	Longest              int // words in the longest phrase
	byPhrase, bySingular map[string][]Word
}

// Word is a word or phrase with what it does in a question. One phrase may have several, in one language or two.
type Word struct {
	Phrase   string // normalized: "par rapport a"
	Role     string // a key of Roles
	Meaning  string // one of the role's meanings
	Language string
}

// Lookup returns what a normalized phrase can mean: the words written so, or if there are none, those that differ from it
// in singular and plural alone. Names of measures and dimensions are words of the roles RoleMeasure and RoleDimension.
func (l *Lexicon) Lookup(phrase string) []Word {
	if words := l.byPhrase[phrase]; words != nil {
		return words
	}
	return l.bySingular[Singular(phrase)]
}

// index makes ready for Lookup.
func (l *Lexicon) index() {
	l.Languages = languages
	l.byPhrase, l.bySingular = map[string][]Word{}, map[string][]Word{}
	for _, word := range l.Words {
		l.byPhrase[word.Phrase] = append(l.byPhrase[word.Phrase], word)
		singular := Singular(word.Phrase)
		l.bySingular[singular] = append(l.bySingular[singular], word)
		l.Longest = max(l.Longest, strings.Count(word.Phrase, " ")+1)
	}
}

// Of returns the words of a role and meaning, in all languages.
func (l *Lexicon) Of(role, meaning string) []Word {
	var found []Word
	for _, word := range l.Words {
		if word.Role == role && word.Meaning == meaning {
			found = append(found, word)
		}
	}
	return found
}

func label(labels map[string]string, language, otherwise string) string {
	if label := labels[language]; label != "" {
		return label
	}
	return otherwise
}
