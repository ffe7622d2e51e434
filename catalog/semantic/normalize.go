package semantic

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// symbols are kept by Normalize, each a word of its own: they carry meaning in a question.
const symbols = "%₹$€£#&<>="

var ligatures = strings.NewReplacer("œ", "oe", "æ", "ae", "ß", "ss", "≥", " >= ", "≤", " <= ")

// Normalize folds a text to how it is compared: lower case, without accents, one space between words. All that is neither
// letter, digit, _ nor one of the symbols % ₹ $ € £ # & < > = separates words, a point between digits excepted: "L'année" is
// "l annee", "12.5 kg" stays. Comparisons are one word: ">=".
func Normalize(text string) string {
	var out strings.Builder
	var before rune // the last rune written, ' ' where a word ended
	runes := []rune(ligatures.Replace(strings.ToLower(norm.NFKD.String(text))))
	write := func(r rune) {
		if before == ' ' && out.Len() > 0 {
			out.WriteRune(' ')
		}
		out.WriteRune(r)
		before = r
	}
	for i, r := range runes {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '_':
			if strings.ContainsRune(symbols, before) && before != 0 {
				before = ' '
			}
			write(r)
		case r == '.' && unicode.IsDigit(before) && i+1 < len(runes) && unicode.IsDigit(runes[i+1]):
			write(r)
		case strings.ContainsRune(symbols, r):
			if !(strings.ContainsRune("<>=", r) && strings.ContainsRune("<>=", before)) || before == 0 {
				before = ' '
			}
			write(r)
		default:
			before = ' '
		}
	}
	return out.String()
}

// Singular puts each word of a normalized text into the form that its singular and its plural, English or French, have
// in common: mostly the singular, "categories" and "catégorie" both "category". It is for comparing, not for showing.
func Singular(text string) string {
	words := strings.Fields(text)
	for i, word := range words {
		words[i] = singular(word)
	}
	return strings.Join(words, " ")
}

// singularEndings are tried in order; the first that a word ends in decides. Short words stay as they are.
var singularEndings = []struct {
	ending, becomes string
	longerThan      int
}{
	{"ies", "y", 4}, {"ie", "y", 4},
	{"eaux", "eau", 4}, {"aux", "al", 4}, {"eux", "eu", 3},
	{"sses", "ss", 4}, {"sse", "ss", 4}, {"xes", "x", 3}, {"xe", "x", 3}, {"ches", "ch", 4}, {"che", "ch", 4}, {"shes", "sh", 4}, {"she", "sh", 4},
	{"ss", "ss", 2},
	{"s", "", 3},
}

func singular(word string) string {
	for _, rule := range singularEndings {
		if len(word) > rule.longerThan && strings.HasSuffix(word, rule.ending) {
			return strings.TrimSuffix(word, rule.ending) + rule.becomes
		}
	}
	return word
}
