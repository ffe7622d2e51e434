package semantic

import (
	"fmt"
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

// namesDocument is what one language calls a dimension or measure.
type namesDocument struct {
	Label   string
	Of      string // the label after "of": du chiffre d'affaires
	Plural  string // of the label
	Comment string
	Names   []string
}

type calculationDocument struct {
	Expr     string
	Additive bool
	Format   formatDocument
	Unit     string
	Labels   map[string]string `yaml:",inline"`
}
