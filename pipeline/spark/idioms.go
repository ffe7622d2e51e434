package spark

import (
	"embed"
	"io/fs"
	"regexp"
	"strings"
)

//go:embed idioms/*.sql
var idiomFiles embed.FS

// Idiom is one query that both engines are tested to answer alike. The idioms are the allow-list: what none of them shows is
// refused.
type Idiom struct {
	Path string `json:"path"` // "idioms/dates.sql:12"
	SQL  string `json:"sql"`
}

// runs says that an idiom needs no lake: those that read files are run by the tests of whole lakes.
func (i Idiom) runs() bool { return !strings.Contains(i.SQL, "read_csv") }

var endOfStatement = regexp.MustCompile(`;[ \t]*(\n|$)`)

// Idioms returns the allow-list, in the order of its files.
func Idioms() ([]Idiom, error) {
	paths, err := fs.Glob(idiomFiles, "idioms/*.sql")
	if err != nil {
		return nil, err
	}
	var idioms []Idiom
	for _, path := range paths {
		body, err := idiomFiles.ReadFile(path)
		if err != nil {
			return nil, err
		}
		line := 1
		for rest := string(body); strings.TrimSpace(rest) != ""; {
			end := len(rest)
			next := end
			if found := endOfStatement.FindStringIndex(rest); found != nil {
				end, next = found[0], found[1]
			}
			lead := len(rest) - len(strings.TrimLeft(rest, "\n"))
			idioms = append(idioms, Idiom{Path: place(path, line+lead), SQL: rest[lead:end]})
			line += strings.Count(rest[:next], "\n")
			rest = rest[next:]
		}
	}
	return idioms, nil
}
