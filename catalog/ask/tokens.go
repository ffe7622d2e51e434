package ask

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// word is what stands between spaces, apostrophes and hyphens.
type word struct {
	text string // as typed
	norm string
	glue bool // no space before it
	open bool // a bracket opens before it

	from, to int // where it stands in the text, in letters
}

// Token is a word or phrase of a question with the one role it plays.
type Token struct {
	Text      string
	Role      string
	Meaning   string
	Language  string
	Corrected string // what a misspelt word was read as

	values []semantic.Match
	part   bool // a part of the values' names
	period *timeWords
	number float64
	used   bool
	commas bool // a separator of clauses stands before it
	open   bool // a bracket opens before it

	from, to int // where it stands in the question, in letters
}

var wordPattern = regexp.MustCompile(`\d+(?:[.,]\d+)+|[\p{L}\p{M}\d_]+(?:\.[\p{L}_]{3,})?|>=|<=|≥|≤|[%₹$€<>&,;:/+×]`)

// shortened is an abbreviation with a slash: w/o, y/y, 80/20.
var shortened = regexp.MustCompile(`\b(\p{L}{1,2}|80)/(\p{L}{1,2}|20)\b`)

// decimalComma is a number as the French write it; values have a point.
var decimalComma = regexp.MustCompile(`\b(\d+),(\d{1,2})\b`)

var numberWithUnit = regexp.MustCompile(`^(\d+(?:[.,]\d+)*)(k|m|mn|mio|b|bn|md|mds|mrd|cr|l|lakh|crore|million|billion)$`)

func split(text string) []word {
	text = strings.NewReplacer("’", "'", "‘", "'", "–", "-", "—", "-", "\u00a0", " ", "\u202f", " ").Replace(text)
	text = shortened.ReplaceAllString(text, "$1-$2")
	var words []word
	end, letters := 0, 0
	for _, at := range wordPattern.FindAllStringIndex(text, -1) {
		raw := text[at[0]:at[1]]
		from := letters + utf8.RuneCountInString(text[end:at[0]])
		letters = from + utf8.RuneCountInString(raw)
		w := word{from: from, to: letters, text: raw, norm: plainLetters(raw), glue: at[0] == end && end > 0 || at[0] > 0 && at[0] == end+1 && strings.ContainsRune("-/", rune(text[end])), open: strings.Contains(text[end:at[0]], "(")}
		if w.norm == "n" && (strings.HasPrefix(text[at[1]:], "°") || strings.HasPrefix(text[at[1]:], "º")) {
			w.norm = "numero"
		}
		end = at[1]
		switch w.norm {
		case "≥":
			w.norm = ">="
		case "≤":
			w.norm = "<="
		case "×":
			w.norm = "x"
		}
		if m := numberWithUnit.FindStringSubmatch(w.norm); m != nil {
			middle := w.from + len(m[1])
			words = append(words, word{text: m[1], norm: m[1], glue: w.glue, from: w.from, to: middle}, word{text: m[2], norm: m[2], glue: true, from: middle, to: w.to})
			continue
		}
		words = append(words, w)
	}
	return words
}

func plainLetters(text string) string {
	plain, _, err := transform.String(transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)), norm.NFC), text)
	if err != nil {
		plain = text
	}
	return strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(plain), "œ", "oe"), "æ", "ae")
}

// lexer gives each word of a question its role.
type lexer struct {
	*Engine
	language string
	follows  bool // there is a question before
	dated    bool // a period was said
	words    []word
}

func (x *lexer) norms(from, to int) []string {
	out := make([]string, 0, to-from)
	for _, w := range x.words[from:to] {
		out = append(out, w.norm)
	}
	return out
}

func (x *lexer) text(from, to int) string {
	var out strings.Builder
	for i, w := range x.words[from:to] {
		if i > 0 && !w.glue {
			out.WriteByte(' ')
		}
		out.WriteString(w.text)
	}
	return out.String()
}

const longestValue = 7

// structural roles may open a longer name of a value, and never a misspelt one.
func structural(role string) bool {
	switch role {
	case semantic.RoleNoise, semantic.RoleConnective, semantic.RoleGroup, semantic.RoleQuestion, semantic.RoleAll, semantic.RoleThreshold:
		return true
	}
	return false
}

// next is the token that begins at a word, and the number of words it takes: the longest reading wins.
func (x *lexer) next(at int, before *Token) (Token, int) {
	left := min(len(x.words)-at, longestValue)
	var best Token
	longest := 0
	take := func(n int, token Token) {
		if n > longest {
			best, longest = token, n
		}
	}
	threshold := before != nil && before.Role == semantic.RoleThreshold
	number, nNumber := x.number(at)
	when, nTime := x.timeAt(at)
	if threshold && x.dated && when.year >= x.first/12 && when.year <= x.last/12 && nNumber == nTime && !x.unitAfter(at+nNumber) { // 2025 better than 2024
		nNumber, threshold = 0, false
	}
	if threshold && nNumber >= nTime && nNumber > 0 && !(before.Meaning == "between" && when.year > 0) {
		nTime = 0
	}
	if nTime > 0 && nNumber == nTime && x.unitAfter(at+nNumber) {
		nTime = 0
	}
	if nTime > 0 {
		take(nTime, Token{Role: semantic.RolePeriod, period: &when})
	}
	var code []semantic.Match
	if nNumber == 1 && !threshold {
		code = x.code(at)
	}
	if code != nil {
		take(1, Token{Role: roleValue, values: code})
	} else if nNumber > 0 {
		take(nNumber, Token{Role: semantic.RoleNumber, number: number})
	}
	for n := min(len(x.words)-at, x.lexicon.longest); n > longest; n-- {
		if found := x.lexicon.lookup(x.norms(at, at+n)); found != nil {
			if !x.follows {
				found = slices.DeleteFunc(slices.Clone(found), func(w semantic.Word) bool { return w.Role == semantic.RoleFollowUp })
			}
			if len(found) > 0 {
				token := x.choose(found, at, n)
				if n > 1 && token.Role == semantic.RoleConnective && found[0].Role == semantic.RoleThreshold && x.lexicon.has(x.norms(at, at+1), semantic.RoleAggregate) {
					continue // minimum of the sales: no number follows
				}
				take(n, token)
			}
		}
	}
	if n := x.namedByDimension(at, longest); n > 0 {
		longest, best = 0, Token{}
	}
	for n := left; n > 0; n-- {
		foreign := n == longest && x.language == french && best.Language == english // Running is a division there
		if n < longest || n == longest && best.Role != roleUnknown && !foreign || threshold && nNumber > 0 {
			break
		}
		if n == 1 && len(x.words[at].norm) < 3 && (x.words[at].norm == x.words[at].text || at+1 < len(x.words) && x.words[at+1].glue) {
			break
		}
		if joins(x.words[at].norm) || joins(x.words[at+n-1].norm) || n > 1 && !x.mayName(at, n) {
			continue
		}
		found := semantic.Best(x.find(at, n))
		if len(found) == 0 {
			continue
		}
		switch found[0].How {
		case semantic.HowExact, semantic.HowAlias, semantic.HowPlural:
			if foreign && found[0].How == semantic.HowExact {
				longest--
			}
			take(n, Token{Role: roleValue, values: found})
		case semantic.HowPrefix, semantic.HowWord:
			if edited, k := x.misspeltName(at); n == 1 && found[0].How == semantic.HowPrefix && k > 0 {
				take(k, edited)
			} else if x.namesPart(at, n) && n > longest {
				take(n, Token{Role: roleValue, values: partial(x.find(at, n)), part: true})
			}
		}
		if longest == n {
			break
		}
	}
	if shared, ok := x.sharedHead(at); ok && longest == 1 && (best.Role == semantic.RoleOrder || best.Role == semantic.RoleAggregate) {
		best = shared
	}
	if nth, ok := x.lexicon.ordinals[x.words[at].norm]; ok && longest == 0 {
		take(1, Token{Role: semantic.RoleOrdinal, number: float64(nth)})
	}
	if longest == 0 {
		best, longest = x.misspelt(at, left)
	}
	best.Text = x.text(at, at+longest)
	return best, longest
}

// code finds digits that are the code of a customer or product.
func (x *lexer) code(at int) []semantic.Match {
	if len(x.words[at].norm) < 5 || strings.ContainsAny(x.words[at].norm, ".,") {
		return nil
	}
	var found []semantic.Match
	for _, m := range semantic.Best(x.Index.Find(x.words[at].text)) {
		if d := x.Model.Dimension(m.Dimension); m.How == semantic.HowExact && d != nil && d.Kind == semantic.KindCode {
			found = append(found, m)
		}
	}
	return found
}

// attribute is the dimension of which only whole values are recognised: parts of them are everyday words.
const attribute = "variant"

func (x *lexer) find(at, n int) []semantic.Match {
	found := x.Index.Find(decimalComma.ReplaceAllString(x.text(at, at+n), "$1.$2"))
	return slices.DeleteFunc(found, func(m semantic.Match) bool {
		return m.Dimension == attribute && (m.How == semantic.HowWord || m.How == semantic.HowPrefix || m.How == semantic.HowEdit)
	})
}

// mayName says that several words can be a value's name, or a part of one.
func (x *lexer) mayName(at, n int) bool {
	compact, all := "", true
	for _, w := range x.words[at : at+n] {
		if joins(w.norm) {
			continue
		}
		name := decimalComma.ReplaceAllString(w.norm, "$1.$2")
		compact += name
		all = all && (x.valueWords[name] || x.valueWords[singular(name)])
	}
	return all || x.valueNames[compact] || x.valueNames[singular(compact)]
}

// joins says that a word stands between names; the index leaves it out of them.
func joins(word string) bool { return word == "and" || word == "et" || word == "&" || word == "," }

func partial(matches []semantic.Match) []semantic.Match {
	var out []semantic.Match
	for _, m := range matches {
		if m.How == semantic.HowPrefix || m.How == semantic.HowWord {
			out = append(out, m)
		}
	}
	return out
}

// namesPart says that words can be a part of a value's name: each of them belongs to it.
func (x *lexer) namesPart(at, n int) bool {
	for i := at; i < at+n; i++ {
		if found := x.lexicon.lookup(x.norms(i, i+1)); found != nil && (i == at+n-1 || n == 1 || structural(found[0].Role)) && n == 1 {
			return false
		}
	}
	first, last := x.lexicon.lookup(x.norms(at, at+1)), x.lexicon.lookup(x.norms(at+n-1, at+n))
	edge := func(found []semantic.Word) bool {
		return found != nil && (structural(found[0].Role) || found[0].Role == semantic.RoleNegation)
	}
	if edge(first) || edge(last) || n == 1 && len(x.words[at].norm) < 3 {
		return false
	}
	return true
}

// choose takes one of several roles of a phrase, by its surroundings.
func (x *lexer) choose(found []semantic.Word, at, n int) Token {
	following := ""
	if at+n < len(x.words) {
		following = x.words[at+n].norm
	}
	numberFollows := false
	if at+n < len(x.words) {
		skip := at + n
		for skip < len(x.words) && (x.words[skip].norm == "₹" || x.words[skip].norm == "rs" || x.words[skip].norm == "inr" || x.words[skip].norm == "a" || x.words[skip].norm == "the") {
			skip++
		}
		_, k := x.number(skip)
		_, t := x.timeAt(skip)
		numberFollows = k > 0 && (k >= t || t == 1)
	}
	score := func(w semantic.Word) int {
		s := rolePriority[w.Role]
		switch w.Role {
		case semantic.RoleThreshold:
			if w.Phrase == "+" {
				s = -50
				if at > 0 && (x.isScale(at-1) || strings.ContainsAny(x.words[at-1].norm, "0123456789")) {
					s = 100
				}
			} else if numberFollows || w.Meaning == "ge" && following == "" || (w.Phrase == "or more" || w.Phrase == "or less" || w.Phrase == "ou plus" || w.Phrase == "ou moins") {
				s += 100
			} else {
				s -= 100
			}
		case semantic.RoleGroup:
			if w.Phrase == "a" {
				s = -50
				if at > 0 {
					if l := x.lexicon.lookup(x.norms(at-1, at)); l != nil && l[0].Role == semantic.RoleMeasure && following != "" {
						if f := x.lexicon.lookup([]string{following}); f != nil && f[0].Role == semantic.RoleGrain && w.Language == "en" {
							s = 80
						}
					}
				}
			}
		}
		if x.language != "" && w.Language != both && w.Language != x.language {
			s -= 15
		}
		return s
	}
	best := found[0]
	for _, w := range found[1:] {
		if score(w) > score(best) {
			best = w
		}
	}
	if best.Role == semantic.RoleThreshold && score(best) < 0 && (best.Language != english || alsoPlaces[best.Phrase]) {
		return Token{Role: semantic.RoleConnective, Meaning: "of", Language: best.Language}
	}
	return Token{Role: best.Role, Meaning: best.Meaning, Language: best.Language}
}

// rolePriority decides between roles of one phrase, where its surroundings do not.
var rolePriority = map[string]int{
	semantic.RoleUnsafe: 20, semantic.RoleMeasure: 60, semantic.RoleDimension: 58, semantic.RoleGrain: 56, semantic.RoleAbsent: 50, semantic.RoleAnalysis: 45,
	semantic.RoleCalculation: 44, semantic.RoleStep: 44, semantic.RoleOrder: 42, semantic.RoleAggregate: 43, semantic.RoleNegation: 41, semantic.RoleCompare: 40,
	semantic.RoleVerb: 39, semantic.RoleGroup: 38, semantic.RoleMetadata: 30, semantic.RoleChart: 30, semantic.RoleAll: 28, semantic.RoleHowMuch: 27, semantic.RoleQuestion: 26,
	semantic.RoleDistinct: 25, semantic.RoleFollowUp: 10, semantic.RoleUnit: 24, semantic.RoleScale: 1, semantic.RoleConnective: 12, semantic.RoleNoise: 8, semantic.RoleVague: 5,
}

const roleUnknown = ""

// alsoPlaces are the words of thresholds that mean nothing of the kind without a number: over 2024.
var alsoPlaces = map[string]bool{"over": true, "under": true, "above": true, "below": true, "between": true, "in between": true, "up to": true, "and over": true}

// tokens lexes a question.
func (e *Engine) tokens(question, language string, follows bool) []*Token {
	x := &lexer{Engine: e, language: language, follows: follows, words: split(question)}
	var out []*Token
	comma := false
	for at := 0; at < len(x.words); {
		var before *Token
		if len(out) > 0 {
			before = out[len(out)-1]
		}
		token, n := x.next(at, before)
		if token.Meaning == "," {
			comma = true
		}
		token.from, token.to = x.words[at].from, x.words[at+n-1].to
		token.commas, token.open = comma && token.Meaning != ",", x.words[at].open
		if token.Meaning != "," {
			comma = false
		}
		x.dated = x.dated || token.Role == semantic.RolePeriod
		out = append(out, &token)
		at += n
	}
	return out
}
