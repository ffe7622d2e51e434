package web

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/dashboard"
	"github.com/fmcg/fmcg/catalog/semantic"
)

// ReportOptions say what a report shows. The zero value is the first board, whole, in English.
type ReportOptions struct {
	Board    string     // id; "" is the first
	Pages    []string   // ids; none are all
	Select   url.Values // as the address of the dashboard has it
	Language string     // en, fr
	Indian   bool       // figures in lakh and crore
}

// Report is a dashboard as one HTML file that needs no server and no network. The same release and the same options are the
// same bytes.
type Report struct {
	Title       string
	Board       string // id
	HTML        []byte
	Language    string
	Run         string // that made the release
	RefreshedAt string // RFC 3339
	LastMonth   string // of the data, "2025-11"

	// A letter that the file goes with: what it is of, how fresh, its key figures.
	Subject      string
	Text, Letter string // plain, and as HTML
}

// ErrNoReport says that there is no such board, page, filter or value; its text says which there are.
var ErrNoReport = errors.New("no such report")

// reportView is what the template of a report shows.
type reportView struct {
	boardView
	Pages           []reportPage
	Data            ask.Data
	Unheld          []string // names of the checks that did not hold
	LeftOut         []string // what the figures or the file do not hold, in words
	Policy          string
	Icon            template.URL
	Style           template.CSS
	Library, Script template.JS
}

// reportPage is a page of the board within a report.
type reportPage struct {
	Page  *dashboard.Page
	Notes []string
	Tiles []tileView
}

// MakeReport makes a report of what is published, or of a release that is kept, without serving it.
func MakeReport(ctx context.Context, config Config, options ReportOptions) (*Report, error) {
	config.Log = nil // what is wrong with the file is in the error
	s, err := New(ctx, config)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return s.Report(ctx, options)
}

// Report makes a report of the newest release.
func (s *Server) Report(ctx context.Context, options ReportOptions) (*Report, error) {
	release, done, err := s.releases.acquire()
	if err != nil {
		return nil, s.releases.because()
	}
	defer done()
	board, pages, err := s.reportOf(options)
	if err != nil {
		return nil, err
	}
	values, err := s.knownValues(ctx, release, options.Select)
	if err != nil {
		return nil, err
	}
	selection, err := dashboard.ParseSelection(values, s.config.Model)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoReport, err)
	}
	own := prefs{Language: options.Language, Indian: options.Indian}.orDefault()
	if !slices.Contains(languages, own.Language) {
		return nil, fmt.Errorf("%w: language %q is none of %s", ErrNoReport, own.Language, strings.Join(languages, ", "))
	}
	return s.reader(ctx, own).report(release, board, pages, selection)
}

// reader is a visit of nobody, by whose habits a report is written.
func (s *Server) reader(ctx context.Context, own prefs) *visit {
	request := (&http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/"}}).WithContext(ctx)
	return &visit{Request: request, server: s, prefs: own, role: viewer}
}

// reportOf are the board and the pages that a report is of.
func (s *Server) reportOf(options ReportOptions) (*dashboard.Board, []*dashboard.Page, error) {
	var ids []string
	for _, board := range s.config.Dashboards {
		ids = append(ids, board.ID)
	}
	board := s.board(cmp.Or(options.Board, ids[0]))
	if board == nil {
		return nil, nil, fmt.Errorf("%w: there is no board %q%s", ErrNoReport, options.Board, semantic.Near(options.Board, ids))
	}
	ids = nil
	var pages []*dashboard.Page
	for i := range board.Pages {
		page := &board.Pages[i]
		ids = append(ids, page.ID)
		if len(options.Pages) == 0 || slices.Contains(options.Pages, page.ID) {
			pages = append(pages, page)
		}
	}
	for _, id := range options.Pages {
		if !slices.Contains(ids, id) {
			return nil, nil, fmt.Errorf("%w: board %s has no page %q%s", ErrNoReport, board.ID, id, semantic.Near(id, ids))
		}
	}
	return board, pages, nil
}

// Parameters of a selection that are no dimensions of text.
var timeFilters = []string{"year", "quarter"}

// knownValues are the values of an address as the data have them. One that differs in case is taken for the one there is; what is
// no filter, and values that are not in the data, are refused with those that are near.
func (s *Server) knownValues(ctx context.Context, release *Release, values url.Values) (url.Values, error) {
	names := append(dashboard.FilterDimensions(s.config.Model), "year", "quarter", "from", "to", "compare")
	known := url.Values{}
	for name, list := range values {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("%w: %q is not a filter%s", ErrNoReport, name, semantic.Near(name, names))
		}
		if s.config.Model.Dimension(name) == nil || slices.Contains([]string{"from", "to", "compare"}, name) {
			known[name] = list
			continue
		}
		for _, value := range list {
			found, err := s.knownValue(ctx, release, name, value)
			if err != nil {
				return nil, err
			}
			known.Add(name, found)
		}
	}
	return known, nil
}

func (s *Server) knownValue(ctx context.Context, release *Release, dimension, value string) (string, error) {
	var all []string
	search := value
	if slices.Contains(timeFilters, dimension) { // few, and no texts
		search = ""
	}
	for _, search := range []string{search, ""} {
		options, err := release.Tiles.Options(ctx, dimension, dashboard.Selection{}, search, 0, "en")
		if err != nil {
			return "", err
		}
		all = nil
		for _, option := range options.Values {
			if option.Param == value {
				return value, nil
			}
			all = append(all, option.Param)
		}
		if same := slices.IndexFunc(all, func(other string) bool { return strings.EqualFold(other, value) }); same >= 0 {
			return all[same], nil
		}
	}
	return "", fmt.Errorf("%w: %s has no value %q%s", ErrNoReport, dimension, value, semantic.Near(value, all))
}

// report makes the file.
func (v *visit) report(release *Release, board *dashboard.Board, pages []*dashboard.Page, selection dashboard.Selection) (*Report, error) {
	view := reportView{boardView: boardView{Board: board, Selection: selection}, Data: release.Data}
	for _, filter := range v.filters(board, pages[0], selection) {
		filter.Without = ""
		view.Filters = append(view.Filters, filter)
	}
	made := &Report{Title: board.Title.In(v.prefs.Language), Board: board.ID, Language: v.prefs.Language, Run: release.Data.RunID, RefreshedAt: release.Data.PublishedAt, LastMonth: release.Data.LastMonth}
	for _, shown := range pages {
		results, err := release.Tiles.Page(v.Context(), board, shown.ID, selection, v.prefs.Language)
		if err != nil {
			return nil, err
		}
		page := reportPage{Page: shown}
		for _, result := range results {
			if view.Compared == nil {
				view.Compared = result.Compared
			}
			for _, note := range result.Notes {
				if !slices.Contains(page.Notes, note) {
					page.Notes = append(page.Notes, note)
				}
			}
			page.Tiles = append(page.Tiles, v.tile(board, shown, selection, result, release.Tiles.Data()).still(shown.ID))
		}
		view.Pages = append(view.Pages, page)
	}
	if err := v.accountFor(&view, release); err != nil {
		return nil, err
	}
	if err := view.bring(v.server.static); err != nil {
		return nil, err
	}
	shown := page{visit: v, Title: made.Title, Data: view, Fresh: v.freshness(release)}
	var file, letter bytes.Buffer
	for name, into := range map[string]*bytes.Buffer{"report": &file, "letter": &letter} {
		if err := v.server.pages[name].ExecuteTemplate(into, name+".html", shown); err != nil {
			return nil, fmt.Errorf("page %s: %w", name, err)
		}
	}
	made.HTML, made.Letter = file.Bytes(), letter.String()
	made.Subject = v.T("report.subject", made.Title, v.Month(made.LastMonth))
	made.Text = v.letterText(made, view)
	return made, nil
}

// Figures are the counters of the report.
func (r reportView) Figures() (cards []counterView) {
	for _, page := range r.Pages {
		for _, tile := range page.Tiles {
			cards = append(cards, tile.Cards...)
		}
	}
	return cards
}

// letterText is the letter as plain text.
func (v *visit) letterText(made *Report, view reportView) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n%s · %s\n", made.Title, v.T("data.through", v.Month(made.LastMonth)), v.T("report.refreshed", v.When(made.RefreshedAt)))
	for _, filter := range view.Filters {
		if len(filter.Values) > 0 {
			fmt.Fprintf(&text, "%s: %s\n", filter.Label, strings.Join(filter.Values, ", "))
		}
	}
	text.WriteString("\n")
	for _, figure := range view.Figures() {
		fmt.Fprintf(&text, "%s: %s  %s\n", figure.Label, figure.Value, figure.Change)
	}
	fmt.Fprintf(&text, "\n%s\n", v.T("report.attached"))
	return text.String()
}

// still is a tile that leads nowhere, of a name that it has once in the whole file.
func (t tileView) still(page string) tileView {
	t.ID = page + "-" + t.ID
	t.API, t.CSV, t.RowsBehind = "", "", ""
	for _, row := range t.Table {
		for i := range row.Cells {
			row.Cells[i].Link = ""
		}
	}
	return t
}

// accountFor says how the checks ended, and what the report does not hold.
func (v *visit) accountFor(view *reportView, release *Release) (err error) {
	if view.Unheld, err = release.unheld(v.Context()); err != nil {
		return err
	}
	waiting, err := release.waiting(v.Context())
	if err != nil {
		return err
	}
	if waiting > 0 {
		view.LeftOut = append(view.LeftOut, v.T("report.left_waiting", v.Count(int(waiting))))
	}
	var left []string
	for i := range view.Board.Pages {
		page := &view.Board.Pages[i]
		if !slices.ContainsFunc(view.Pages, func(p reportPage) bool { return p.Page == page }) {
			left = append(left, page.Title.In(v.prefs.Language))
		}
	}
	if left != nil {
		view.LeftOut = append(view.LeftOut, v.T("report.left_pages", strings.Join(left, ", ")))
	}
	return nil
}

// bring puts into the file what it would otherwise load.
func (r *reportView) bring(from *static) error {
	library, err := from.library()
	if err != nil {
		return err
	}
	script, err := from.bundle("report.js")
	if err != nil {
		return err
	}
	style := from.styles("app.css", "dashboard.css", "report.css")
	r.Library, r.Script, r.Style = template.JS(library), template.JS(script), template.CSS(style) // our own files
	r.Icon = template.URL(from.asURL("icon.svg"))
	r.Policy = policyOf(style, library, script)
	return nil
}

// unheld are the names of the checks that did not hold in the run that made the release.
func (r *Release) unheld(ctx context.Context) (names []string, err error) {
	if r.checked.Warned+r.checked.Failed == 0 {
		return nil, nil
	}
	table, err := catalog.Fetch(ctx, r.DB, "select check_name from ops.check_results where state <> 'held' and run_id = (select run_id from ops.freshness) order by all", 0)
	for _, row := range table.Rows {
		names = append(names, fmt.Sprint(row[0]))
	}
	return names, err
}

// waiting is how many rows are in quarantine.
func (r *Release) waiting(ctx context.Context) (rows int64, err error) {
	table, err := catalog.Fetch(ctx, r.DB, "select count(*) from ops.quarantine", 1)
	if err != nil {
		return 0, absent(err)
	}
	rows, _ = table.Rows[0][0].(int64)
	return rows, nil
}

// absent lets go of an error that says that there is no such table.
func absent(err error) error {
	if missing := (*duckdb.Error)(nil); errors.As(err, &missing) && missing.Type == duckdb.ErrorTypeCatalog {
		return nil
	}
	return err
}

// apiReport hands out a page of a board, or all of its pages, as a report.
func (s *Server) apiReport(v *visit, release *Release) error {
	selection, err := s.selected(v, "page")
	if err != nil {
		return err
	}
	board, pages, err := s.reportOf(ReportOptions{Board: v.PathValue("board"), Pages: v.URL.Query()["page"]})
	if err != nil {
		return notFound.because("%w", err)
	}
	made, err := v.report(release, board, pages, selection)
	if err != nil {
		return err
	}
	name := board.ID + "-" + made.LastMonth
	if len(pages) == 1 {
		name = board.ID + "-" + pages[0].ID + "-" + made.LastMonth
	}
	v.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.Header().Set("Content-Disposition", `attachment; filename="fmcg-`+name+`.html"`)
	_, _ = v.Write(made.HTML) // the client may be gone
	return nil
}

// ReportAddress is the page as a file, or with all the pages of the board.
func (b boardView) ReportAddress(whole bool) string {
	address := "/api/dashboards/" + url.PathEscape(b.Board.ID) + "/report"
	if whole {
		return selectionAddress(address, b.Selection)
	}
	return selectionAddress(address, b.Selection, "page", b.Page.ID)
}
