package semantic

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Mistake is what is wrong in a line of a file.
type Mistake struct {
	File    string
	Line    int
	Problem string
}

func (m Mistake) String() string { return fmt.Sprintf("%s:%d: %s", m.File, m.Line, m.Problem) }

// Mistakes are all that is wrong in some files, in their order.
type Mistakes []Mistake

func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, mistake := range m {
		lines[i] = mistake.String()
	}
	return strings.Join(lines, "\n")
}

// Document is a YAML file that remembers its lines.
type Document struct{ root *yaml.Node }

// ReadDocument decodes a YAML file strictly into a value, nil for none: a key that it has no place for is a mistake. The document is nil where
// the file is no YAML, which is a mistake too; the error says that it cannot be read at all.
func ReadDocument(files fs.FS, name string, into any) (*Document, Mistakes, error) {
	content, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, nil, err
	}
	doc := &Document{root: &yaml.Node{}}
	if err := yaml.Unmarshal(content, doc.root); err != nil {
		return nil, decodeMistakes(name, err), nil
	}
	if into == nil {
		return doc, nil, nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil && !errors.Is(err, io.EOF) {
		return doc, decodeMistakes(name, err), nil
	}
	return doc, nil, nil
}

// decodeMistakes are what the YAML library found, whose texts begin "line 3: ".
func decodeMistakes(name string, err error) (mistakes Mistakes) {
	problems := []string{strings.TrimPrefix(err.Error(), "yaml: ")}
	if typed := (*yaml.TypeError)(nil); errors.As(err, &typed) {
		problems = typed.Errors
	}
	for _, problem := range problems {
		var line int
		if _, scanErr := fmt.Sscanf(problem, "line %d:", &line); scanErr == nil {
			_, problem, _ = strings.Cut(problem, ": ")
		}
		problem, _, _ = strings.Cut(problem, " in type ") // a name of this program's
		mistakes = append(mistakes, Mistake{File: name, Line: max(line, 1), Problem: problem})
	}
	return mistakes
}

// find goes down by keys (string) and positions (int), and returns the last key and value that are there.
func (d *Document) find(path ...any) (key, value *yaml.Node) {
	value = d.root
	if value.Kind == yaml.DocumentNode && len(value.Content) > 0 {
		value = value.Content[0]
	}
	key = value
	for _, step := range path {
		found := false
		switch step := step.(type) {
		case string:
			for i := 0; value.Kind == yaml.MappingNode && i+1 < len(value.Content) && !found; i += 2 {
				if value.Content[i].Value == step {
					key, value, found = value.Content[i], value.Content[i+1], true
				}
			}
		case int:
			if value.Kind == yaml.SequenceNode && step < len(value.Content) {
				key, value, found = value.Content[step], value.Content[step], true
			}
		}
		if !found {
			return key, &yaml.Node{}
		}
	}
	return key, value
}

// Line is where a key is, or the nearest one above it that is there.
func (d *Document) Line(path ...any) int {
	key, _ := d.find(path...)
	return max(key.Line, 1)
}

// Keys returns the keys of a mapping, in the file's order.
func (d *Document) Keys(path ...any) []string {
	_, value := d.find(path...)
	var keys []string
	for i := 0; value.Kind == yaml.MappingNode && i+1 < len(value.Content); i += 2 {
		keys = append(keys, value.Content[i].Value)
	}
	return keys
}
