package web

import (
	"embed"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/fmcg/fmcg/catalog/guard"
)

//go:embed messages/*.yaml
var messageFiles embed.FS

// messages are the texts of one language by key. Places in them are {0}, {1} …
type messages map[string]string

func loadMessages() (map[string]messages, error) {
	found := map[string]messages{}
	for _, name := range languages {
		body, err := messageFiles.ReadFile("messages/" + name + ".yaml")
		if err != nil {
			return nil, err
		}
		var texts messages
		if err := yaml.Unmarshal(body, &texts); err != nil {
			return nil, fmt.Errorf("read messages/%s.yaml: %w", name, err)
		}
		if name == "en" {
			for code, text := range guard.Reasons() { // which are written in English where they are given
				texts["refused."+code] = text
			}
		}
		found[name] = texts
	}
	return found, nil
}

// T is the text of a key in the reader's language.
func (v *visit) T(key string, places ...any) string {
	text, found := v.server.messages[v.prefs.orDefault().Language][key]
	if !found {
		return key
	}
	for i, place := range places {
		text = strings.ReplaceAll(text, fmt.Sprintf("{%d}", i), fmt.Sprint(place))
	}
	return text
}

// scriptMessages are the texts that scripts show: those whose keys begin with js.
func (v *visit) scriptMessages() map[string]string {
	found := map[string]string{}
	for key, text := range v.server.messages[v.prefs.Language] {
		if short, is := strings.CutPrefix(key, "js."); is {
			found[short] = text
		}
	}
	return found
}
