package semantic

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// metricView is the shape of sales.yaml: Databricks' metric view, version 1.1. Keys that it may have and that are not
// supported here are read, so that they can be named.
type metricView struct {
	Version         string
	Comment         string
	Source          string
	Filter          string
	Joins           []yaml.Node
	Dimensions      []field
	Fields          []field // the newer name of dimensions
	Measures        []field
	Materialization yaml.Node // how Databricks speeds it up: no matter here
}

// mostSynonyms that a field of a metric view can have.
const mostSynonyms = 10

// field is a dimension or a measure.
type field struct {
	Name        string
	Expr        string
	DisplayName string `yaml:"display_name"`
	Comment     string
	Synonyms    []string
	Format      formatDocument
	Window      []yaml.Node
}

func (f field) label() string {
	if f.DisplayName != "" {
		return f.DisplayName
	}
	return f.Name
}

type formatDocument struct {
	Type          string
	CurrencyCode  string `yaml:"currency_code"`
	DecimalPlaces struct {
		Type   string
		Places int
	} `yaml:"decimal_places"`
	HideGroupSeparator bool `yaml:"hide_group_separator"`
	Abbreviation       string
	DateFormat         string `yaml:"date_format"`
	TimeFormat         string `yaml:"time_format"`
	LeadingZeros       bool   `yaml:"leading_zeros"`
}

// problem says what is wrong with a format, "" if nothing is.
func (f formatDocument) problem() string {
	for _, one := range []struct {
		key, value string
		allowed    []string
	}{
		{"type", f.Type, []string{"", "number", "currency", "percentage", "byte", "date", "date_time"}},
		{"decimal_places.type", f.DecimalPlaces.Type, []string{"", "max", "exact", "all"}},
		{"abbreviation", f.Abbreviation, []string{"", "none", "compact", "scientific"}},
	} {
		if !slices.Contains(one.allowed, one.value) {
			return fmt.Sprintf("%s %q is none of %s", one.key, one.value, strings.Join(one.allowed[1:], ", "))
		}
	}
	if f.Type == "currency" && f.CurrencyCode == "" {
		return "a currency has a currency_code"
	}
	if f.DecimalPlaces.Places < 0 || f.DecimalPlaces.Places > 10 {
		return "decimal places are 0 to 10"
	}
	return ""
}

func (f formatDocument) format() Format {
	return Format{
		Type: f.Type, CurrencyCode: f.CurrencyCode, DecimalPlaces: f.DecimalPlaces.Places, Exact: f.DecimalPlaces.Type == "exact",
		Abbreviation: f.Abbreviation, DateFormat: f.DateFormat, NoGroups: f.HideGroupSeparator,
	}
}

// lexiconDocument is the shape of lexicon.yaml.
type lexiconDocument struct {
	Defaults     Defaults
	Dimensions   map[string]dimensionDocument
	Measures     map[string]measureDocument
	Calculations map[string]calculationDocument
	Spellings    map[string]string
	Values       map[string]map[string][]string // dimension, value, names
	Verified     []Verified
}

type dimensionDocument struct {
	Kind      Kind
	Grain     string
	Languages map[string]namesDocument `yaml:",inline"`
}

type measureDocument struct {
	Additive  bool
	Unit      string
	Languages map[string]namesDocument `yaml:",inline"`
}

type namesDocument struct {
	Label string
	Names []string
}

type calculationDocument struct {
	Expr     string
	Additive bool
	Format   formatDocument
	Unit     string
	Labels   map[string]string `yaml:",inline"`
}

// document is a YAML file that remembers its lines.
type document struct{ root *yaml.Node }

// read decodes a file. Mistakes in it are gathered; the error says that it cannot be read at all.
func (l *loader) read(name string, into any) (*document, error) {
	content, err := fs.ReadFile(l.files, name)
	if err != nil {
		return nil, fmt.Errorf("read the semantic model: %w", err)
	}
	doc := &document{root: &yaml.Node{}}
	if err := yaml.Unmarshal(content, doc.root); err != nil {
		l.decodeError(name, err)
		return nil, nil
	}
	if into == nil {
		return doc, nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil && !errors.Is(err, io.EOF) {
		l.decodeError(name, err)
	}
	return doc, nil
}

// decodeError notes what the YAML library found, whose texts begin "line 3: ".
func (l *loader) decodeError(name string, err error) {
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
		l.wrong(name, max(line, 1), "%s", problem)
	}
}

// find goes down by keys (string) and positions (int), and returns the last key and value that are there.
func (d *document) find(path ...any) (key, value *yaml.Node) {
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

// line is where a key is, or the nearest one above it that is there.
func (d *document) line(path ...any) int {
	key, _ := d.find(path...)
	return max(key.Line, 1)
}

// keys returns the keys of a mapping, in the file's order.
func (d *document) keys(path ...any) []string {
	_, value := d.find(path...)
	var keys []string
	for i := 0; value.Kind == yaml.MappingNode && i+1 < len(value.Content); i += 2 {
		keys = append(keys, value.Content[i].Value)
	}
	return keys
}
