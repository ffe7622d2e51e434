package semantic

import (
	"cmp"
	"strings"
)

// Model is the company's definitions over one view.
type Model struct {
	Version      string // of the metric view's format: "1.1"
	Comment      string
	Source       string // the view that everything is computed from: "gold.vw_fact_orders_enriched"
	Filter       string // a condition that holds for every query, "" for none
	Dimensions   []Dimension
	Measures     []Measure
	Calculations []Calculation     // over a measure: share, growth, running total
	Aliases      []Alias           // other names of values
	Spellings    map[string]string // normalized words that are spelled otherwise inside values: bangalore, bengaluru
	Verified     []Verified
	Defaults     Defaults
	Lexicon      Lexicon
}

// Dimension returns the dimension of that name, nil if there is none.
func (m *Model) Dimension(name string) *Dimension {
	for i := range m.Dimensions {
		if m.Dimensions[i].Name == name {
			return &m.Dimensions[i]
		}
	}
	return nil
}

// Measure returns the measure of that name, nil if there is none.
func (m *Model) Measure(name string) *Measure {
	for i := range m.Measures {
		if m.Measures[i].Name == name {
			return &m.Measures[i]
		}
	}
	return nil
}

// Calculation returns the calculation of that name, nil if there is none.
func (m *Model) Calculation(name string) *Calculation {
	for i := range m.Calculations {
		if m.Calculations[i].Name == name {
			return &m.Calculations[i]
		}
	}
	return nil
}

// Kind is what sort of values a dimension has.
type Kind string

// Kinds of dimensions.
const (
	KindText Kind = "text" // names, which people write in questions: their values are indexed
	KindCode Kind = "code" // codes of products and customers: text that is matched whole
	KindTime Kind = "time" // a period, see Dimension.Grain
)

// Dimension is what rows can be grouped and filtered by.
type Dimension struct {
	Name        string
	Expr        string // SQL over the view's columns
	DisplayName string // English
	Comment     string
	Synonyms    []string // English, as in the metric view
	Format      Format
	Kind        Kind
	Grain       string              // of a time: "month", "quarter", "year", or "month_of_year", "quarter_of_year" for seasons
	Rank        int                 // where a text means values of several dimensions with the same rows, the lowest is taken
	Phrasings   map[string]Phrasing // by language
	Names       map[string][]string // by language: all that people call it, singular, the synonyms included
}

// Label is the name shown to people of a language ("en", "fr").
func (d *Dimension) Label(language string) string {
	return cmp.Or(d.Phrasings[language].Label, d.DisplayName)
}

// grains of time dimensions.
var grains = []string{"month", "quarter", "year", "month_of_year", "quarter_of_year"}

// Phrasing is how a language speaks of a dimension or measure. What is empty is as in English, or as the label.
type Phrasing struct {
	Label   string
	Of      string // the label after "of": du chiffre d'affaires
	Plural  string
	Comment string
}

// Plural is the label of several: "categories".
func (d *Dimension) Plural(language string) string {
	if plural := d.Phrasings[language].Plural; plural != "" {
		return plural
	}
	label := d.Label(language)
	switch stem, ends := strings.CutSuffix(label, "y"); {
	case ends && language == "en":
		return stem + "ies"
	case strings.HasSuffix(label, "s"):
		return label
	}
	return label + "s"
}

// Meaning is what the dimension is, in words.
func (d *Dimension) Meaning(language string) string {
	return cmp.Or(d.Phrasings[language].Comment, d.Comment)
}

// Meaning is what the measure is, in words.
func (m *Measure) Meaning(language string) string {
	return cmp.Or(m.Phrasings[language].Comment, m.Comment)
}

// Of is the label in lower case after "of", as in "share of revenue".
func (m *Measure) Of(language string) string {
	if of := m.Phrasings[language].Of; of != "" {
		return of
	}
	return map[string]string{"en": "of ", "fr": "de "}[language] + strings.ToLower(m.Label(language))
}

// Measure is a figure, an aggregate over rows of the view.
type Measure struct {
	Name        string
	Expr        string // an SQL aggregate over the view's columns: "sum(total_amount_inr)"
	DisplayName string // English
	Comment     string
	Synonyms    []string // English, as in the metric view
	Format      Format
	Unit        string              // "INR", "pieces", "customers", "products", "INR per piece"
	Additive    bool                // the parts of any partition sum to the whole: shares and running totals make sense
	Phrasings   map[string]Phrasing // by language
	Names       map[string][]string // by language: all that people call it, singular, the synonyms included
}

// Label is the name shown to people of a language.
func (m *Measure) Label(language string) string {
	return cmp.Or(m.Phrasings[language].Label, m.DisplayName)
}

// Calculation is computed from a measure over the groups of a query: a share, a growth, a running total.
type Calculation struct {
	Name     string
	Expr     string // SQL with the places {measure}, {time} (what the series is ordered by), {group} and {n}
	Additive bool   // it makes sense for additive measures only
	Format   Format
	Unit     string // "" is the measure's own
	Labels   map[string]string
}

// Label is the name shown to people of a language.
func (c *Calculation) Label(language string) string { return cmp.Or(c.Labels[language], c.Name) }

// SQL fills the places of the expression, given by name without braces: "measure", "time", "group", "n".
func (c *Calculation) SQL(places map[string]string) string {
	var pairs []string
	for name, value := range places {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(c.Expr)
}

// Format says how a figure is shown, as in a metric view.
type Format struct {
	Type          string // "number", "currency", "percentage", "date", "" for none
	CurrencyCode  string // "INR"
	DecimalPlaces int    // at most; see Exact
	Exact         bool   // always that many
	Abbreviation  string // "none", "compact"
	DateFormat    string // "year_month_day"
	NoGroups      bool   // no separators between thousands
}

// Alias is another name of a value of a dimension, in any language.
type Alias struct {
	Dimension string
	Value     string
	Names     []string
}

// Defaults hold where a question says nothing.
type Defaults struct {
	Measure     string // what "best" and "sales" go by: "revenue"
	Grain       string // of a series over time: "month"
	Limit       int    // of "top products" without a number
	GroupOrder  string `yaml:"group_order"`  // of groups: "asc" by name
	RankOrder   string `yaml:"rank_order"`   // of rankings: "desc" by measure
	MovingSpan  int    `yaml:"moving_span"`  // months of a moving average without a number
	MaximalRows int    `yaml:"maximal_rows"` // that an answer holds
}
