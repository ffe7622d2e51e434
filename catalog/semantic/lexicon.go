package semantic

// Lexicon is the words of the languages, those for measures and dimensions included.
type Lexicon struct {
	Words []Word
}

// Word is a word or phrase with what it does in a question. One phrase may have several, in one language or two.
type Word struct {
	Phrase   string // as written in the file: "par rapport à"
	Role     string // a key of Roles, RoleMeasure or RoleDimension
	Meaning  string // one of the role's meanings, or the name of the measure or dimension
	Language string // en, fr, or both
}
