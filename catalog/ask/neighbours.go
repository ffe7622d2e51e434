package ask

import (
	"github.com/fmcg/fmcg/catalog/semantic"
)

// namedByDimension says that one word, which means something else elsewhere, is the value of the dimension named right after it:
// "Running division".
func (x *lexer) namedByDimension(at, longest int) int {
	if longest != 1 || at+1 >= len(x.words) {
		return 0
	}
	for _, w := range x.lexicon.lookup(x.norms(at+1, at+2)) {
		if w.Role != semantic.RoleDimension {
			continue
		}
		for _, m := range x.Index.Find(x.words[at].text) {
			if m.Dimension == w.Meaning && m.How == semantic.HowExact && len(x.lexicon.lookup(x.norms(at, at+2))) == 0 {
				return 1
			}
		}
	}
	return 0
}

// sharedHead reads the first of two names that share their end: "lowest and highest list price".
func (x *lexer) sharedHead(at int) (Token, bool) {
	if at+3 >= len(x.words) || !joins(x.words[at+1].norm) && x.words[at+1].norm != "or" && x.words[at+1].norm != "ou" {
		return Token{}, false
	}
	for n := min(4, len(x.words)-at-2); n > 1; n-- {
		first := append(x.norms(at, at+1), x.norms(at+3, at+2+n)...)
		for _, one := range x.lexicon.lookup(first) {
			for _, other := range x.lexicon.lookup(x.norms(at+2, at+2+n)) {
				if one.Role == semantic.RoleMeasure && other.Role == one.Role {
					return Token{Role: one.Role, Meaning: one.Meaning, Language: one.Language}, true
				}
			}
		}
	}
	return Token{}, false
}
