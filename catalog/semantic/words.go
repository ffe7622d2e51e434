package semantic

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// words reads the words of the languages, and adds the names of the measures and dimensions.
func (l *loader) words() error {
	for _, language := range wordLanguages {
		file := language + ".yaml"
		doc, err := l.read(file, nil)
		if err != nil {
			return err
		}
		if doc == nil {
			continue
		}
		place := map[Word]string{} // of a word, without its meaning
		for _, role := range doc.Keys() {
			meanings, known := Roles[role]
			if !known {
				l.wrong(file, doc.Line(role), "%s is not a role; the roles are %s", role, strings.Join(roleNames(), ", "))
				continue
			}
			for _, meaning := range doc.Keys(role) {
				if !slices.Contains(meanings, meaning) {
					l.wrong(file, doc.Line(role, meaning), "%s is not a meaning of %s; those are %s", meaning, role, strings.Join(meanings, ", "))
				}
				_, phrases := doc.find(role, meaning)
				if phrases.Kind != yaml.SequenceNode {
					l.wrong(file, doc.Line(role, meaning), "%s is a list of words", meaning)
				}
				for _, phrase := range phrases.Content {
					l.word(file, phrase.Line, place, Word{Phrase: phrase.Value, Role: role, Meaning: meaning, Language: language})
				}
			}
		}
		for i, d := range l.model.Dimensions {
			for _, name := range d.Names[language] {
				file, line := l.whereName("dimensions", i, d.Name, language, name)
				l.word(file, line, place, Word{Phrase: name, Role: RoleDimension, Meaning: d.Name, Language: language})
			}
		}
		for i, m := range l.model.Measures {
			for _, name := range m.Names[language] {
				file, line := l.whereName("measures", i, m.Name, language, name)
				l.word(file, line, place, Word{Phrase: name, Role: RoleMeasure, Meaning: m.Name, Language: language})
			}
		}
	}
	return nil
}

// whereName finds the line in which a name of a measure or dimension, the i-th of its list, was given.
func (l *loader) whereName(list string, i int, owner, language, name string) (file string, line int) {
	if _, names := l.extra.find(list, owner, language, "names"); names.Kind == yaml.SequenceNode {
		for _, one := range names.Content {
			if one.Value == name {
				return lexiconFile, one.Line
			}
		}
	}
	return viewFile, l.main.Line(list, i, "synonyms")
}

// word adds a word, unless it says nothing or contradicts another of its role and language.
func (l *loader) word(file string, line int, place map[Word]string, word Word) {
	where := fmt.Sprintf("%s:%d", file, line)
	form := Normalize(word.Phrase)
	if form == "" {
		l.wrong(file, line, "%q has neither letters nor digits", word.Phrase)
		return
	}
	// One phrase has one meaning in a role; and it names a measure or a dimension, not both.
	key := Word{Phrase: form, Role: word.Role, Language: word.Language}
	if key.Role == RoleMeasure {
		key.Role = RoleDimension
	}
	if before, taken := place[key]; taken {
		l.wrong(file, line, "%q is given twice for the role %s, first in %s (case, accents and dashes make no difference)", word.Phrase, word.Role, before)
		return
	}
	place[key] = where
	l.model.Lexicon.Words = append(l.model.Lexicon.Words, word)
}

func roleNames() []string {
	var names []string
	for role := range Roles {
		names = append(names, role)
	}
	slices.Sort(names)
	return names
}

// crossCheck holds what needs all files: aliases of values.
func (l *loader) crossCheck() {
	if l.extra == nil {
		return
	}
	for _, alias := range l.model.Aliases {
		line := l.extra.Line("values", alias.Dimension, alias.Value)
		if d := l.model.Dimension(alias.Dimension); d == nil || d.Kind == KindTime {
			l.wrong(lexiconFile, line, "values of %s: there is no such text dimension", alias.Dimension)
		}
		seen := map[string]bool{}
		for _, name := range alias.Names {
			form := compact(valueForm(name))
			if form == "" || seen[form] || form == compact(valueForm(alias.Value)) {
				l.wrong(lexiconFile, line, "%q says nothing new of %s", name, alias.Value)
			}
			seen[form] = true
		}
	}
}
