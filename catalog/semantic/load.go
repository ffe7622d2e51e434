package semantic

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed sales.yaml lexicon.yaml both.yaml en.yaml fr.yaml
var builtIn embed.FS

// Names of the files of a model; those of the words are both.yaml, en.yaml and fr.yaml.
const (
	viewFile    = "sales.yaml"
	lexiconFile = "lexicon.yaml"
)

// languages of names, labels and questions. Words have one more: "both" is what is written alike in them.
var (
	languages     = []string{"en", "fr"}
	wordLanguages = append([]string{"both"}, languages...)
)

// Open loads the model that a setting names: "" is the built-in one; else the path of a metric view file, which replaces
// sales.yaml, and files beside it named lexicon.yaml, both.yaml, en.yaml, fr.yaml replace the built-in ones.
func Open(path string) (*Model, error) {
	if path == "" {
		return Load(builtIn)
	}
	return Load(beside(path))
}

// beside is the path of a metric view; as a file system it holds that file, those beside it, and the built-in ones.
type beside string

func (b beside) Open(name string) (fs.File, error) {
	if name == viewFile {
		return os.Open(string(b))
	}
	file, err := os.Open(filepath.Join(filepath.Dir(string(b)), name))
	if errors.Is(err, fs.ErrNotExist) {
		return builtIn.Open(name)
	}
	return file, err
}

// Load reads sales.yaml, lexicon.yaml and a file for each language. It is strict: an unknown key, a name used twice or
// missing, a word without meaning is an error, and all errors are returned at once (Mistakes), each with its file and line.
func Load(files fs.FS) (*Model, error) {
	l := &loader{files: files, model: &Model{}}
	for _, step := range []func() error{l.view, l.lexicon, l.words} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	l.crossCheck()
	if len(l.mistakes) > 0 {
		slices.SortFunc(l.mistakes, func(a, b Mistake) int {
			return cmp.Or(l.order(a.File)-l.order(b.File), a.Line-b.Line, strings.Compare(a.Problem, b.Problem))
		})
		return nil, l.mistakes
	}
	return l.model, nil
}

type loader struct {
	files    fs.FS
	model    *Model
	mistakes Mistakes
	extra    *Document // lexicon.yaml
	main     *Document // sales.yaml
}

func (l *loader) order(file string) int {
	return slices.Index(append([]string{viewFile, lexiconFile}, languageFiles()...), file)
}

func languageFiles() []string {
	files := make([]string, len(wordLanguages))
	for i, language := range wordLanguages {
		files[i] = language + ".yaml"
	}
	return files
}

// read decodes a file of the model and gathers the mistakes in it.
func (l *loader) read(name string, into any) (*Document, error) {
	doc, mistakes, err := ReadDocument(l.files, name, into)
	l.mistakes = append(l.mistakes, mistakes...)
	if err != nil {
		return nil, fmt.Errorf("read the semantic model: %w", err)
	}
	return doc, nil
}

func (l *loader) wrong(file string, line int, format string, args ...any) {
	l.mistakes = append(l.mistakes, Mistake{File: file, Line: line, Problem: fmt.Sprintf(format, args...)})
}

// view reads the metric view.
func (l *loader) view() error {
	var raw metricView
	var err error
	if l.main, err = l.read(viewFile, &raw); err != nil || l.main == nil {
		return err
	}
	at := func(path ...any) int { return l.main.Line(path...) }
	m := l.model
	m.Version, m.Comment, m.Source, m.Filter = raw.Version, raw.Comment, raw.Source, raw.Filter
	if m.Version != "1.1" {
		l.wrong(viewFile, at("version"), "version %q is not 1.1, the one that is understood", m.Version)
	}
	if m.Source == "" {
		l.wrong(viewFile, 1, "source is missing: the view that everything is computed from")
	}
	if len(raw.Joins) > 0 {
		l.wrong(viewFile, at("joins"), "joins are not supported: the source holds all that is asked")
	}
	if raw.Dimensions != nil && raw.Fields != nil {
		l.wrong(viewFile, at("fields"), "fields and dimensions are two names of one list; keep one")
	}
	key := "dimensions"
	if raw.Fields != nil {
		key = "fields"
	}
	seen := map[string]int{}
	field := func(list string, i int, f field) {
		line := at(list, i)
		switch {
		case f.Name == "":
			l.wrong(viewFile, line, "a name is missing")
		case f.Expr == "":
			l.wrong(viewFile, line, "%s has no expr", f.Name)
		case seen[f.Name] > 0:
			l.wrong(viewFile, line, "%s is defined twice, first in line %d", f.Name, seen[f.Name])
		}
		if seen[f.Name] == 0 {
			seen[f.Name] = line
		}
		if len(f.Synonyms) > mostSynonyms {
			l.wrong(viewFile, at(list, i, "synonyms"), "%s has %d synonyms; a metric view holds %d, more fit in %s", f.Name, len(f.Synonyms), mostSynonyms, lexiconFile)
		}
		if len(f.Window) > 0 {
			l.wrong(viewFile, at(list, i, "window"), "window of %s is not supported: running totals and the like are calculations of %s", f.Name, lexiconFile)
		}
		if problem := f.Format.problem(); problem != "" {
			l.wrong(viewFile, at(list, i, "format"), "format of %s: %s", f.Name, problem)
		}
	}
	for i, f := range append(raw.Dimensions, raw.Fields...) {
		field(key, i, f)
		m.Dimensions = append(m.Dimensions, Dimension{Name: f.Name, Expr: f.Expr, DisplayName: f.label(), Comment: f.Comment, Synonyms: f.Synonyms, Format: f.Format.format()})
	}
	for i, f := range raw.Measures {
		field("measures", i, f)
		m.Measures = append(m.Measures, Measure{Name: f.Name, Expr: f.Expr, DisplayName: f.label(), Comment: f.Comment, Synonyms: f.Synonyms, Format: f.Format.format()})
	}
	for list, n := range map[string]int{"dimensions": len(m.Dimensions), "measures": len(m.Measures)} {
		if n == 0 {
			l.wrong(viewFile, 1, "there are no %s", list)
		}
	}
	return nil
}

// lexicon reads what the metric view has no place for.
func (l *loader) lexicon() error {
	var raw lexiconDocument
	var err error
	if l.extra, err = l.read(lexiconFile, &raw); err != nil || l.extra == nil {
		return err
	}
	l.dimensions(raw.Dimensions)
	l.measures(raw.Measures)
	l.calculations(raw.Calculations)
	l.defaults(raw.Defaults)
	for _, dimension := range l.extra.Keys("values") {
		for _, value := range l.extra.Keys("values", dimension) {
			l.model.Aliases = append(l.model.Aliases, Alias{Dimension: dimension, Value: value, Names: raw.Values[dimension][value]})
		}
	}
	l.model.Spellings = map[string]string{}
	for from, to := range raw.Spellings {
		l.model.Spellings[Normalize(from)] = Normalize(to)
	}
	l.verified(lexiconFile, raw.Verified, func(i int) int { return l.extra.Line("verified", i) })
	return nil
}

func (l *loader) dimensions(raw map[string]dimensionDocument) {
	m := l.model
	at := func(path ...any) int { return l.extra.Line(append([]any{"dimensions"}, path...)...) }
	for rank, name := range l.extra.Keys("dimensions") {
		d, extra := m.Dimension(name), raw[name]
		if d == nil {
			l.wrong(lexiconFile, at(name), "dimension %s is not in %s", name, viewFile)
			continue
		}
		d.Kind, d.Grain, d.Rank = extra.Kind, extra.Grain, rank
		if (d.Kind == KindTime) != slices.Contains(grains, d.Grain) || !slices.Contains([]Kind{KindText, KindCode, KindTime}, d.Kind) {
			l.wrong(lexiconFile, at(name), "dimension %s: kind is one of text, code and time; a time has a grain, one of %s", name, strings.Join(grains, ", "))
		}
		d.Phrasings, d.Names = l.names(d.Name, d.Synonyms, extra.Languages, at(name))
	}
	for i, d := range m.Dimensions {
		if d.Kind == "" && d.Name != "" {
			l.wrong(viewFile, l.main.Line("dimensions", i), "dimension %s is missing in %s, which says its kind", d.Name, lexiconFile)
		}
	}
}

func (l *loader) measures(raw map[string]measureDocument) {
	m := l.model
	at := func(path ...any) int { return l.extra.Line(append([]any{"measures"}, path...)...) }
	for _, name := range l.extra.Keys("measures") {
		measure, extra := m.Measure(name), raw[name]
		if measure == nil {
			l.wrong(lexiconFile, at(name), "measure %s is not in %s", name, viewFile)
			continue
		}
		measure.Additive, measure.Unit = extra.Additive, extra.Unit
		measure.Phrasings, measure.Names = l.names(name, measure.Synonyms, extra.Languages, at(name))
	}
	for i, measure := range m.Measures {
		if measure.Names == nil && measure.Name != "" {
			l.wrong(viewFile, l.main.Line("measures", i), "measure %s is missing in %s, which says whether it adds up", measure.Name, lexiconFile)
		}
	}
}

// names gathers the phrasings and all names by language.
func (l *loader) names(name string, synonyms []string, given map[string]namesDocument, line int) (phrasings map[string]Phrasing, names map[string][]string) {
	phrasings, names = map[string]Phrasing{}, map[string][]string{"en": append([]string{strings.ReplaceAll(name, "_", " ")}, synonyms...)}
	for language, words := range given {
		if !slices.Contains(languages, language) {
			l.wrong(lexiconFile, line, "%s: %s is neither a key nor one of the languages %s", name, language, strings.Join(languages, ", "))
			continue
		}
		phrasings[language] = Phrasing{Label: words.Label, Of: words.Of, Plural: words.Plural, Comment: words.Comment}
		names[language] = append(names[language], words.Names...)
	}
	return phrasings, names
}

func (l *loader) calculations(raw map[string]calculationDocument) {
	for _, name := range l.extra.Keys("calculations") {
		c, line := raw[name], l.extra.Line("calculations", name)
		if !strings.Contains(c.Expr, "{measure}") {
			l.wrong(lexiconFile, line, "calculation %s: its expr has no {measure}", name)
		}
		if problem := c.Format.problem(); problem != "" {
			l.wrong(lexiconFile, line, "format of %s: %s", name, problem)
		}
		for language := range c.Labels {
			if !slices.Contains(languages, language) {
				l.wrong(lexiconFile, line, "calculation %s: %s is neither a key nor a language", name, language)
			}
		}
		l.model.Calculations = append(l.model.Calculations, Calculation{Name: name, Expr: c.Expr, Additive: c.Additive, Format: c.Format.format(), Unit: c.Unit, Labels: c.Labels})
	}
}

func (l *loader) defaults(raw Defaults) {
	l.model.Defaults = raw
	at := func(key string) int { return l.extra.Line("defaults", key) }
	if l.model.Measure(raw.Measure) == nil {
		l.wrong(lexiconFile, at("measure"), "default measure %q is not in %s", raw.Measure, viewFile)
	}
	if !slices.ContainsFunc(l.model.Dimensions, func(d Dimension) bool { return d.Kind == KindTime && d.Grain == raw.Grain }) {
		l.wrong(lexiconFile, at("grain"), "no time dimension has the default grain %q", raw.Grain)
	}
	for key, order := range map[string]string{"group_order": raw.GroupOrder, "rank_order": raw.RankOrder} {
		if order != "asc" && order != "desc" {
			l.wrong(lexiconFile, at(key), "%s is asc or desc, not %q", key, order)
		}
	}
	for key, n := range map[string]int{"limit": raw.Limit, "moving_span": raw.MovingSpan, "maximal_rows": raw.MaximalRows} {
		if n < 1 {
			l.wrong(lexiconFile, at(key), "%s is a number above 0", key)
		}
	}
}
