package semantic

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/fmcg/fmcg/catalog"
)

// Verified is a question whose SQL an engineer has checked. Its answer is that SQL's.
type Verified struct {
	Question   string   `json:"question"`                             // in any case, accents, punctuation and polite words around it: see Wording
	Language   string   `json:"language"`                             // "en", "fr"
	Also       []string `json:"also,omitempty" yaml:",omitempty"`     // other wordings
	Previous   []string `json:"previous,omitempty" yaml:",omitempty"` // the questions before it, oldest first, where it is a follow-up
	SQL        string   `json:"sql"`
	Chart      string   `json:"chart,omitempty" yaml:",omitempty"` // where it is not the natural one
	ReviewedBy string   `json:"reviewed_by" yaml:"reviewed_by"`
	ReviewedAt string   `json:"reviewed_at" yaml:"reviewed_at"` // a day, or a time as 2006-01-02T15:04:05Z

	Place string `json:"place" yaml:"-"` // file and line
}

// Wordings are all ways in which it is asked.
func (v *Verified) Wordings() []string { return append([]string{v.Question}, v.Also...) }

// WordingAfter is the Wording of a question, after those before it, oldest first.
func WordingAfter(previous []string, question string) string {
	var all []string
	for _, one := range append(slices.Clone(previous), question) {
		all = append(all, Wording(one))
	}
	return strings.Join(all, "\n")
}

// Charts are the kinds of charts that a verified question may ask for.
var Charts = []string{"counter", "bar", "line", "area", "pie", "histogram", "scatter", "heatmap", "table"}

// verified adds verified questions of a file, and says what is wrong with them.
func (l *loader) verified(file string, list []Verified, line func(i int) int) {
	known := map[string]string{} // place of a wording
	for _, v := range l.model.Verified {
		for _, wording := range v.Wordings() {
			known[WordingAfter(v.Previous, wording)] = v.Place
		}
	}
	for i, v := range list {
		v.Place = fmt.Sprintf("%s:%d", file, line(i))
		wrong := func(format string, args ...any) { l.wrong(file, line(i), format, args...) }
		if strings.TrimSpace(v.Question) == "" || strings.TrimSpace(v.SQL) == "" || !slices.Contains(languages, v.Language) {
			wrong("a verified question has a question, a language (%s) and its sql", strings.Join(languages, ", "))
		}
		if v.Chart != "" && !slices.Contains(Charts, v.Chart) {
			wrong("chart %q is none of %s", v.Chart, strings.Join(Charts, ", "))
		}
		_, noTime := time.Parse(time.RFC3339, v.ReviewedAt)
		if _, noDay := time.Parse(time.DateOnly, v.ReviewedAt); v.ReviewedAt != "" && noTime != nil && noDay != nil {
			wrong("reviewed_at %q is neither a day, 2025-12-31, nor a time, 2025-12-31T15:04:05Z", v.ReviewedAt)
		}
		for _, wording := range v.Wordings() {
			key := WordingAfter(v.Previous, wording)
			if before := known[key]; before != "" && before != v.Place {
				wrong("%q is verified twice, first in %s", wording, before)
			}
			known[key] = v.Place
		}
		l.model.Verified = append(l.model.Verified, v)
	}
}

// AddVerified adds the verified questions of a YAML file to the model: a list of what lexicon.yaml has under verified. It is
// as strict as Load. A file that is not there holds none.
func (m *Model) AddVerified(path string) error {
	name := filepath.Base(path)
	l := &loader{files: os.DirFS(filepath.Dir(path)), model: m}
	var list []Verified
	doc, err := l.read(name, &list)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if doc != nil && len(l.mistakes) == 0 {
		l.verified(path, list, func(i int) int { return doc.Line(i) })
	}
	if len(l.mistakes) == 0 {
		return nil
	}
	for i := range l.mistakes {
		l.mistakes[i].File = path
	}
	slices.SortStableFunc(l.mistakes, func(a, b Mistake) int { return cmp.Compare(a.Line, b.Line) })
	return l.mistakes
}

const verifiedHead = `# Questions whose SQL an engineer has checked: fmcg ask answers them with it. fmcg ask --review --accept adds to this file;
# it may be edited, and belongs under version control. The keys are those of "verified" in lexicon.yaml: question, language,
# also (other wordings), previous (the questions before a follow-up), sql, chart, reviewed_by, reviewed_at.
`

// WriteVerified appends a verified question to a YAML file, which it makes where there is none. What is in the file stays as
// it is written. The file is replaced in one step.
func WriteVerified(path string, v Verified) error {
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		path = resolved
	}
	before, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		before, err = []byte(verifiedHead), nil
	}
	if err != nil {
		return err
	}
	item, err := yaml.Marshal([]Verified{v})
	if err != nil {
		return err
	}
	text := string(before)
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	text += string(item)
	var was, is []Verified
	if err := errors.Join(yaml.Unmarshal(before, &was), yaml.Unmarshal([]byte(text), &is)); err != nil || len(is) != len(was)+1 {
		return fmt.Errorf("%s is no plain list that a question can be added to at the end; add it by hand:\n%s", path, item)
	}
	return catalog.ReplaceFile(path, []byte(text))
}
