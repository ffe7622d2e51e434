package ask

import (
	"cmp"
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

const completionsOffered = 12

// Complete lists what the last word of a question can become, or, after a space, what can come next: measures first, then
// dimensions, values and the words that join them.
func (e *Engine) Complete(question string) []string {
	start := strings.LastIndexAny(question, " '’") + 1
	typed, before := fold(question[start:]), fold(question[:start])
	type option struct {
		text string
		rank int
	}
	var options []option
	seen := map[string]bool{}
	add := func(text string, rank int) {
		if text = strings.TrimSpace(text); text != "" && !seen[strings.ToLower(text)] && strings.HasPrefix(fold(text), typed) {
			seen[strings.ToLower(text)] = true
			options = append(options, option{text, rank})
		}
	}
	language := e.detect(question)
	measured := false
	for _, t := range e.tokens(before, language, false) {
		measured = measured || t.Role == semantic.RoleMeasure
	}
	for i := range e.Model.Measures {
		m := &e.Model.Measures[i]
		add(strings.ToLower(m.Label(language)), boolInt(measured)*4)
	}
	for i := range e.Model.Dimensions {
		d := &e.Model.Dimensions[i]
		label := strings.ToLower(d.Label(language))
		if measured && typed == "" {
			label = map[string]string{english: "by ", french: "par "}[language] + label
		}
		add(label, 1)
		if typed != "" && d.Kind == semantic.KindText {
			for _, value := range e.Index.Values(d.Name) {
				add(value, 2)
			}
		}
	}
	if typed != "" {
		for phrase, words := range e.lexicon.phrases {
			switch words[0].Role {
			case semantic.RoleNoise, semantic.RoleUnsafe, semantic.RoleAbsent, semantic.RoleVague, semantic.RoleConnective, semantic.RoleFollowUp:
				continue
			}
			if words[0].Language == language {
				add(phrase, 3)
			}
		}
	}
	slices.SortStableFunc(options, func(a, b option) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(len(a.text)*boolInt(typed != ""), len(b.text)*boolInt(typed != "")), cmp.Compare(a.text, b.text))
	})
	out := []string{}
	for _, o := range options[:min(len(options), completionsOffered)] {
		out = append(out, o.text)
	}
	return out
}
