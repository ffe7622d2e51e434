package dashboard

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

//go:embed sales.yaml
var builtIn embed.FS

// Open loads the boards that a setting names: "" is the built-in one, else those of a folder, in its place.
func Open(dir string, model *semantic.Model) ([]*Board, error) {
	if dir == "" {
		return Load(builtIn, model)
	}
	return Load(os.DirFS(dir), model)
}

// Load reads each *.yaml file of a folder as a board, in the order of their names. It is strict: an unknown key, a measure or
// dimension that the model does not have, an id twice, a title missing in a language is an error, and all are returned at
// once (semantic.Mistakes), each with its file and line.
func Load(files fs.FS, model *semantic.Model) ([]*Board, error) {
	names, err := fs.Glob(files, "*.yaml")
	if err == nil {
		_, err = fs.Stat(files, ".")
	}
	if err != nil {
		return nil, fmt.Errorf("read the dashboards: %w", err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("read the dashboards: there is no *.yaml file; each is a dashboard")
	}
	var boards []*Board
	var all semantic.Mistakes
	for _, name := range names {
		l := &loader{model: model, file: name, board: &Board{ID: strings.TrimSuffix(path.Base(name), ".yaml")}}
		var mistakes semantic.Mistakes
		if l.doc, mistakes, err = semantic.ReadDocument(files, name, l.board); err != nil {
			return nil, fmt.Errorf("read the dashboards: %w", err)
		}
		if l.doc != nil {
			l.check()
		}
		mistakes = append(mistakes, l.mistakes...)
		slices.SortStableFunc(mistakes, func(a, b semantic.Mistake) int { return cmp.Compare(a.Line, b.Line) })
		all, boards = append(all, mistakes...), append(boards, l.board)
	}
	if len(all) > 0 {
		return nil, all
	}
	return boards, nil
}

// shape is what a kind of tile has.
type shape struct {
	by       [2]int // fewest and most dimensions
	measures [2]int
	keys     []string // that only some kinds have
	charts   []string // the first is the default
}

const many = 8

var kinds = map[Kind]shape{
	KindCounters:      {measures: [2]int{1, many}, charts: []string{"counters"}},
	KindRanking:       {by: [2]int{1, 3}, measures: [2]int{1, many}, keys: []string{"limit", "order", "share", "growth", "page_size"}, charts: []string{"bar", "pie", "table"}},
	KindConcentration: {by: [2]int{1, 4}, measures: [2]int{1, 1}, charts: []string{"table"}},
	KindSeries:        {by: [2]int{1, 1}, measures: [2]int{1, 1}, charts: []string{"line", "bar", "area", "table"}},
	KindSeasonality:   {measures: [2]int{1, 1}, charts: []string{"heatmap", "table"}},
	KindScatter:       {by: [2]int{1, 1}, measures: [2]int{2, 3}, charts: []string{"scatter", "table"}},
	KindVariation:     {by: [2]int{1, 1}, measures: [2]int{1, 1}, keys: []string{"limit", "order"}, charts: []string{"bar", "table"}},
}

var (
	languages = []string{"en", "fr"}
	widths    = []string{"half", "full", "third"}
	orders    = []string{"desc", "asc"}
	idShape   = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`) // goes into addresses and file names
)

type loader struct {
	model    *semantic.Model
	file     string
	board    *Board
	doc      *semantic.Document
	mistakes semantic.Mistakes
}

func (l *loader) wrong(at []any, format string, args ...any) {
	l.mistakes = append(l.mistakes, semantic.Mistake{File: l.file, Line: l.doc.Line(at...), Problem: fmt.Sprintf(format, args...)})
}

func at(base []any, more ...any) []any { return append(slices.Clone(base), more...) }

func (l *loader) check() {
	b := l.board
	if !idShape.MatchString(b.ID) {
		l.wrong(nil, "the name of the file is the dashboard's id: small letters, digits, - and _, not %q", b.ID)
	}
	l.title(nil, b.Title)
	if b.Filters == nil {
		b.Filters = defaultFilters(l.model)
	}
	for i, name := range b.Filters {
		switch {
		case l.model.Dimension(name) == nil:
			l.wrong([]any{"filters", i}, "%s is no dimension of the model", name)
		case isTime(l.model, name) && !isPeriod(l.model, name):
			l.wrong([]any{"filters", i}, "%s is a season; the times that can be filtered by are %s", name, strings.Join(periodGrains, ", "))
		case slices.Index(b.Filters, name) < i:
			l.wrong([]any{"filters", i}, "the filter %s is there twice", name)
		}
	}
	if len(b.Pages) == 0 {
		l.wrong(nil, "there are no pages")
	}
	seen := map[string]bool{}
	for i := range b.Pages {
		page, where := &b.Pages[i], []any{"pages", i}
		l.id(where, "page", page.ID, seen)
		if page.ID == reportID {
			l.wrong(at(where, "id"), "the id %s is taken: a board's report has that address", reportID)
		}
		l.title(where, page.Title)
		if len(page.Tiles) == 0 {
			l.wrong(where, "page %s has no tiles", page.ID)
		}
		tiles := map[string]bool{}
		for j := range page.Tiles {
			l.tile(at(where, "tiles", j), &page.Tiles[j], tiles)
		}
	}
}

func defaultFilters(model *semantic.Model) []string {
	filters := slices.Clone(periodGrains)
	for _, d := range model.Dimensions {
		if d.Kind == semantic.KindText {
			filters = append(filters, d.Name)
		}
	}
	return slices.DeleteFunc(filters, func(name string) bool { return model.Dimension(name) == nil })
}

// reportID is what no page may be called, since /api/dashboards/BOARD/report is something else.
const reportID = "report"

func (l *loader) id(where []any, what, id string, seen map[string]bool) {
	switch {
	case id == "":
		l.wrong(where, "a %s has no id", what)
	case !idShape.MatchString(id):
		l.wrong(at(where, "id"), "an id is small letters, digits, - and _, at most 40, not %q", id)
	case seen[id]:
		l.wrong(at(where, "id"), "the id %s is there twice", id)
	}
	seen[id] = true
}

func (l *loader) title(where []any, title Text) {
	for _, language := range languages {
		if strings.TrimSpace(title[language]) == "" {
			l.wrong(at(where, "title"), "a title in %s is missing", language)
		}
	}
	for language := range title {
		if !slices.Contains(languages, language) {
			l.wrong(at(where, "title", language), "%s is not one of the languages %s", language, strings.Join(languages, ", "))
		}
	}
}

func (l *loader) tile(where []any, t *Tile, seen map[string]bool) {
	l.id(where, "tile", t.ID, seen)
	l.title(where, t.Title)
	shape, known := kinds[t.Kind]
	if !known {
		l.wrong(at(where, "kind"), "kind %q is none of %s", t.Kind, strings.Join(kindNames(), ", "))
		return
	}
	l.count(at(where, "by"), t, "dimensions (by)", len(t.By), shape.by)
	l.count(at(where, "measures"), t, "measures", len(t.Measures), shape.measures)
	for i, name := range t.By {
		l.dimension(at(where, "by", i), t, name, slices.Index(t.By, name) < i)
	}
	for i, name := range t.Measures {
		switch m := l.model.Measure(name); {
		case m == nil:
			l.wrong(at(where, "measures", i), "%s is no measure of the model", name)
		case slices.Index(t.Measures, name) < i:
			l.wrong(at(where, "measures", i), "the measure %s is there twice", name)
		case i == 0 && !m.Additive && (t.Share || t.Kind == KindConcentration):
			l.wrong(at(where, "measures", i), "%s does not add up, so that there are no shares of it", name)
		}
	}
	given := l.doc.Keys(where...)
	for _, key := range []string{"limit", "order", "share", "growth", "page_size"} {
		if slices.Contains(given, key) && !slices.Contains(shape.keys, key) {
			l.wrong(at(where, key), "a tile of the kind %s has no %s", t.Kind, key)
		}
	}
	for key, n := range map[string]int{"limit": t.Limit, "page_size": t.PageSize} {
		if slices.Contains(given, key) && (n < 1 || n > 1000) {
			l.wrong(at(where, key), "%s is 1 to 1000", key)
		}
	}
	l.one(at(where, "order"), &t.Order, orders)
	l.one(at(where, "width"), &t.Width, widths)
	l.one(at(where, "chart"), &t.Chart, shape.charts)
}

// one fills in the first choice, and finds what is none.
func (l *loader) one(where []any, value *string, choices []string) {
	*value = cmp.Or(*value, choices[0])
	if !slices.Contains(choices, *value) {
		l.wrong(where, "%q is none of %s", *value, strings.Join(choices, ", "))
	}
}

func (l *loader) dimension(where []any, t *Tile, name string, twice bool) {
	switch {
	case l.model.Dimension(name) == nil:
		l.wrong(where, "%s is no dimension of the model", name)
	case twice:
		l.wrong(where, "the dimension %s is there twice", name)
	case t.Kind == KindSeries && !isPeriod(l.model, name):
		l.wrong(where, "a series goes along one of %s", strings.Join(periodGrains, ", "))
	case t.Kind != KindSeries && isTime(l.model, name):
		l.wrong(where, "%s is a time; a tile of the kind %s is by what is sold, and to whom", name, t.Kind)
	}
}

func (l *loader) count(where []any, t *Tile, what string, n int, allowed [2]int) {
	if n >= allowed[0] && n <= allowed[1] {
		return
	}
	wanted := fmt.Sprintf("%d to %d", allowed[0], allowed[1])
	if allowed[0] == allowed[1] {
		wanted = fmt.Sprint(allowed[0])
	}
	l.wrong(where, "a tile of the kind %s has %s %s, not %d", t.Kind, wanted, what, n)
}

func kindNames() []string {
	var names []string
	for kind := range kinds {
		names = append(names, string(kind))
	}
	slices.Sort(names)
	return names
}
