package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/guard"
)

// How much the pages of the catalog show at once.
const (
	mostUsed     = 6
	sampleRows   = 100
	mostInColumn = 6 // columns of a table that a search shows
)

var noSuchTable = refusal{status: http.StatusNotFound, code: "no_such_table"}

// onCatalog holds the newest release open for a page of the catalog.
func (s *Server) onCatalog(handler func(*visit, *Release) error) func(*visit) error {
	return func(v *visit) error {
		release, done, err := s.releases.acquire()
		if err != nil {
			return v.pageStatus(errNotReady.status, "empty", page{Title: v.T("catalog.title"), Section: "catalog"})
		}
		defer done()
		return handler(v, release)
	}
}

// tableLine is a table in a list.
type tableLine struct {
	catalog.Profile
	Reads   int64                   // by people, lately
	Days    []int64                 // the same, day by day
	Uses    []string                // who uses it without a reader: dashboards, verified questions
	Columns []catalog.ColumnProfile // those that a search found
	More    int                     // columns that it found besides
}

// About is its comment without the key, which is told beside it.
func (l tableLine) About() string {
	return strings.TrimSuffix(l.Comment, " Key: "+strings.Join(l.Key, ", ")+".")
}

// First is the first sentence of it.
func (l tableLine) First() string {
	first, _, _ := strings.Cut(l.About(), ". ")
	return strings.TrimSuffix(first, ".")
}

// Spark are the reads of the days as the points of a line of 100 by 20.
func (l tableLine) Spark() string {
	most := max(1, slices.Max(l.Days))
	var points []string
	for i, reads := range l.Days {
		points = append(points, strconv.Itoa(i*100/max(1, len(l.Days)-1))+","+strconv.FormatInt(19-reads*18/most, 10))
	}
	return strings.Join(points, " ")
}

// layer is a schema and its tables.
type layer struct {
	Name   string
	Tables []tableLine
}

// catalogShown is what the first page of the catalog shows.
type catalogShown struct {
	Words  string
	Used   []tableLine
	Layers []layer
	Tables int // that are shown
	Note   string
}

// catalogPage opens with the tables most used, and lists or searches all of them.
func (s *Server) catalogPage(v *visit, release *Release) error {
	words := v.URL.Query().Get("q")
	if len(words) > longestText {
		return badRequest.because("q of %d letters", len(words))
	}
	shown, err := s.catalogShown(v, release, words)
	if err != nil {
		return err
	}
	return v.page("catalog", page{Title: v.T("catalog.title"), Section: "catalog", Scripts: []string{"catalog.js"}, Data: shown})
}

func (s *Server) catalogShown(v *visit, release *Release, words string) (catalogShown, error) {
	list, err := release.explorer.tables()
	if err != nil {
		return catalogShown{}, err
	}
	shown := catalogShown{Words: words, Note: list.Note}
	for _, table := range list.Tables {
		line := s.line(v, release, table)
		if line.Reads > 0 || len(line.Uses) > 0 {
			shown.Used = append(shown.Used, line)
		}
		if !line.found(words) {
			continue
		}
		if shown.Tables++; len(shown.Layers) == 0 || shown.Layers[len(shown.Layers)-1].Name != table.Schema() {
			shown.Layers = append(shown.Layers, layer{Name: table.Schema()})
		}
		last := &shown.Layers[len(shown.Layers)-1]
		last.Tables = append(last.Tables, line)
	}
	slices.SortStableFunc(shown.Used, func(a, b tableLine) int {
		return cmp.Or(cmp.Compare(b.Reads, a.Reads), cmp.Compare(len(b.Uses), len(a.Uses)))
	})
	shown.Used = shown.Used[:min(len(shown.Used), mostUsed)]
	return shown, nil
}

// line is a table with who uses it.
func (s *Server) line(v *visit, release *Release, table catalog.Profile) tableLine {
	line := tableLine{Profile: table, Uses: []string{}}
	line.Days, line.Reads = s.usage.recent(table.Table)
	if table.Table == guard.View {
		for _, board := range s.config.Dashboards {
			line.Uses = append(line.Uses, v.T("catalog.use.dashboard", board.Title.In(v.prefs.Language)))
		}
		if verified := len(release.Ask(false).Model.Verified); verified > 0 {
			line.Uses = append(line.Uses, v.T("catalog.use.verified", verified))
		}
	}
	return line
}

// found says whether a search finds the table: all words are in its name and comment, or in those with one of its columns. Columns
// that hold a word are kept, to be shown.
func (l *tableLine) found(search string) bool {
	words := strings.Fields(strings.ToLower(search))
	if len(words) == 0 {
		return true
	}
	title := strings.ToLower(l.Table + " " + l.Comment)
	whole := true
	for _, word := range words {
		whole = whole && strings.Contains(title, word)
	}
	for _, column := range l.Profile.Columns {
		text := strings.ToLower(column.Name + " " + column.Comment)
		all, own := true, false
		for _, word := range words {
			inColumn := strings.Contains(text, word)
			all, own = all && (inColumn || strings.Contains(title, word)), own || inColumn
		}
		if !all || !own {
			continue
		}
		if len(l.Columns) < mostInColumn {
			l.Columns = append(l.Columns, column)
		} else {
			l.More++
		}
	}
	return whole || len(l.Columns) > 0
}

// MomentOf is when something was, to the minute, "" where it is not known.
func (v *visit) MomentOf(at *time.Time) string {
	if at == nil {
		return "–"
	}
	return v.Moment(*at)
}

// tableAddress is the page of a table, of one of its columns where that is given.
func tableAddress(table, column string) string {
	address := "/catalog/" + url.PathEscape(table)
	if column != "" {
		address += "?column=" + url.QueryEscape(column) + "#lineage"
	}
	return address
}

// TableAddress is the page of a table, for templates.
func (v *visit) TableAddress(table string) string { return tableAddress(table, "") }
