package dashboard

import (
	"slices"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// Board is a dashboard as its YAML file defines it, checked against a model.
type Board struct {
	ID      string   `yaml:"-"` // the file's name without .yaml
	Title   Text     `yaml:"title"`
	Filters []string `yaml:"filters"` // dimensions offered as filters, in order; by default year, quarter, month and all texts
	Pages   []Page   `yaml:"pages"`
}

// Page is tiles that are shown together.
type Page struct {
	ID    string `yaml:"id"`
	Title Text   `yaml:"title"`
	Tiles []Tile `yaml:"tiles"`
}

// Tile is a figure, a chart or a table. Which of the keys it has, and how many dimensions and measures, its kind says (see
// kinds in load.go).
type Tile struct {
	ID       string   `yaml:"id"`
	Title    Text     `yaml:"title"`
	Kind     Kind     `yaml:"kind"`
	By       []string `yaml:"by"`       // dimensions of the model; what each row is
	Measures []string `yaml:"measures"` // of the model; the first is what rows are ranked by
	Limit    int      `yaml:"limit"`    // of a ranking or variation: rows, 0 for all
	Order    string   `yaml:"order"`    // of a ranking or variation: "desc" (the default) or "asc"
	Share    bool     `yaml:"share"`    // of a ranking: the share of the whole in the first measure
	Growth   bool     `yaml:"growth"`   // of a ranking: the first measure in the period before, and the change
	PageSize int      `yaml:"page_size"`
	Chart    string   `yaml:"chart"` // over the kind's own: see charts in load.go
	Width    string   `yaml:"width"` // full, half (the default), third: of the page
}

// Kind is what a tile computes.
type Kind string

// Kinds of tiles.
const (
	KindCounters      Kind = "counters"      // measures as single figures, each with its change and its months
	KindRanking       Kind = "ranking"       // measures by one or more dimensions, the highest or lowest first
	KindConcentration Kind = "concentration" // for each dimension: the largest's share, the first ten's, how many make 80 %, HHI
	KindSeries        Kind = "series"        // a measure over time with growth, the year before, anomalies and variability
	KindSeasonality   Kind = "seasonality"   // a measure by month of the year and year
	KindScatter       Kind = "scatter"       // measures of a dimension's values: across, up, size
	KindVariation     Kind = "variation"     // the coefficient of variation of a measure's months, by a dimension
)

// Text is a title by language, "en" and "fr".
type Text map[string]string

// In is the text in a language, in English if it has none in that.
func (t Text) In(language string) string {
	if text := t[language]; text != "" {
		return text
	}
	return t["en"]
}

// Page returns the page of that id, nil if there is none.
func (b *Board) Page(id string) *Page {
	for i := range b.Pages {
		if b.Pages[i].ID == id {
			return &b.Pages[i]
		}
	}
	return nil
}

// Tile returns the tile of that id, nil if there is none.
func (p *Page) Tile(id string) *Tile {
	for i := range p.Tiles {
		if p.Tiles[i].ID == id {
			return &p.Tiles[i]
		}
	}
	return nil
}

// FilterDimensions are the dimensions that a selection can hold values of: all that are no times.
func FilterDimensions(model *semantic.Model) []string {
	var names []string
	for _, d := range model.Dimensions {
		if d.Kind != semantic.KindTime {
			names = append(names, d.Name)
		}
	}
	return names
}

func isTime(model *semantic.Model, dimension string) bool {
	d := model.Dimension(dimension)
	return d != nil && d.Kind == semantic.KindTime
}

// periodGrains are the times that a selection can hold, and a series go along: not those of a season.
var periodGrains = []string{"year", "quarter", "month"}

func isPeriod(model *semantic.Model, dimension string) bool {
	d := model.Dimension(dimension)
	return d != nil && d.Kind == semantic.KindTime && slices.Contains(periodGrains, d.Grain)
}
