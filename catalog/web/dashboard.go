package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/dashboard"
	"github.com/fmcg/fmcg/catalog/guard"
)

// boardView is what the page of a dashboard shows: a page of a board under what its address selects. Each way on from here
// is an address of its own, so that a view can be sent and the back button works.
type boardView struct {
	Board     *dashboard.Board
	Boards    []*dashboard.Board
	Page      *dashboard.Page
	Selection dashboard.Selection
	Filters   []filterView
	Compared  *dashboard.Comparison // what changes are from and to; nil where there is nothing to compare with
	Notes     []string              // of all tiles, each once
	Tiles     []tileView
}

// filterView is a filter: what is chosen of it, and where nothing of it is.
type filterView struct {
	Name, Label string
	Chosen      string // "Retailer", "3 chosen"; "" for none
	Values      []string
	Without     string
}

// dashboardHome leads to the first page of the first board, with what is selected.
func (s *Server) dashboardHome(v *visit) error {
	board := s.config.Dashboards[0]
	if id := v.PathValue("board"); id != "" {
		if board = s.board(id); board == nil {
			return notFound.because("no board %q", id)
		}
	}
	address := boardPath(board, &board.Pages[0])
	if v.URL.RawQuery != "" {
		address += "?" + v.URL.RawQuery
	}
	http.Redirect(v, v.Request, address, http.StatusSeeOther)
	return nil
}

// boardPath is the address of a page of a board.
func boardPath(board *dashboard.Board, page *dashboard.Page) string {
	return "/dashboard/" + board.ID + "/" + page.ID
}

func (s *Server) board(id string) *dashboard.Board {
	i := slices.IndexFunc(s.config.Dashboards, func(b *dashboard.Board) bool { return b.ID == id })
	if i < 0 {
		return nil
	}
	return s.config.Dashboards[i]
}

// boardOf is the board and page that an address names.
func (s *Server) boardOf(v *visit) (*dashboard.Board, *dashboard.Page, error) {
	board := s.board(v.PathValue("board"))
	if board == nil {
		return nil, nil, notFound.because("no board %q", v.PathValue("board"))
	}
	page := board.Page(v.PathValue("page"))
	if page == nil {
		return nil, nil, notFound.because("board %s has no page %q", board.ID, v.PathValue("page"))
	}
	return board, page, nil
}

// selected reads what an address selects; own are the names of parameters that are something else. What can't be selected is
// told in the reader's language.
func (s *Server) selected(v *visit, own ...string) (dashboard.Selection, error) {
	values := v.URL.Query()
	for _, name := range own {
		values.Del(name)
	}
	selection, err := dashboard.ParseSelection(values, s.config.Model)
	var bad dashboard.BadSelection
	if !errors.As(err, &bad) {
		return selection, err
	}
	problems := make([]string, len(bad))
	for i, problem := range bad {
		problems[i] = problem.In(v.prefs.Language)
	}
	return selection, explained{refusal: badRequest.because("%w", err), text: strings.Join(problems, "; ")}
}

// viewOf is the page of a board that an address names, under what it selects.
func (s *Server) viewOf(v *visit, own ...string) (*dashboard.Board, *dashboard.Page, dashboard.Selection, error) {
	board, shown, err := s.boardOf(v)
	if err != nil {
		return nil, nil, dashboard.Selection{}, err
	}
	selection, err := s.selected(v, own...)
	return board, shown, selection, err
}

// dashboardPage shows a page of a board.
func (s *Server) dashboardPage(v *visit) error {
	board, shown, selection, err := s.viewOf(v)
	if err != nil {
		return err
	}
	release, done, err := s.releases.acquire()
	if err != nil {
		return v.pageStatus(errNotReady.status, "empty", page{Title: board.Title.In(v.prefs.Language), Section: "dashboard"})
	}
	defer done()
	results, err := release.Tiles.Page(v.Context(), board, shown.ID, selection, v.prefs.Language)
	if err != nil {
		return err
	}
	s.usage.note(guard.View)
	view := boardView{Board: board, Boards: s.config.Dashboards, Page: shown, Selection: selection, Filters: v.filters(board, shown, selection)}
	for i, result := range results {
		tile := v.tile(board, shown, selection, result, release.Tiles.Data())
		tile.Questions = release.Tiles.AskAbout(release.Ask(v.prefs.Indian), &shown.Tiles[i], selection, v.prefs.Language)
		view.Tiles = append(view.Tiles, tile)
		if view.Compared == nil {
			view.Compared = result.Compared
		}
		for _, note := range result.Notes {
			if !slices.Contains(view.Notes, note) {
				view.Notes = append(view.Notes, note)
			}
		}
	}
	return v.page("dashboard", page{Title: board.Title.In(v.prefs.Language), Section: "dashboard", Scripts: []string{"dashboard.js"}, Data: view})
}

// filters are the filters of a board with what is chosen of each.
func (v *visit) filters(board *dashboard.Board, shown *dashboard.Page, selection dashboard.Selection) []filterView {
	var all []filterView
	names := slices.Clone(board.Filters)
	for name := range selection.Values { // one that a link brought along
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names[len(board.Filters):])
	for _, name := range names {
		filter := filterView{Name: name, Label: v.server.config.Model.Dimension(name).Label(v.prefs.Language), Values: v.chosen(selection, name)}
		switch n := len(filter.Values); {
		case n == 1:
			filter.Chosen = filter.Values[0]
		case n > 1:
			filter.Chosen = v.T("dash.chosen", n)
		}
		filter.Without = selectionAddress(boardPath(board, shown), selection.Without(name))
		all = append(all, filter)
	}
	return all
}

// chosen are the values that a selection has of a dimension, in words.
func (v *visit) chosen(selection dashboard.Selection, dimension string) (values []string) {
	switch dimension {
	case "year":
		return selection.Params()["year"]
	case "quarter":
		return selection.Quarters
	case "month":
		switch from, to := v.Month(selection.From), v.Month(selection.To); {
		case from == to && from != "":
			return []string{from}
		case from != "" && to != "":
			return []string{v.T("dash.range", from, to)}
		case from != "":
			return []string{v.T("dash.since", from)}
		case to != "":
			return []string{v.T("dash.until", to)}
		}
	default:
		for _, value := range selection.Values[dimension] {
			if value == "" {
				value = v.T("dash.none")
			}
			values = append(values, value)
		}
	}
	return values
}

// selectionAddress is an address with a selection as its query.
func selectionAddress(path string, selection dashboard.Selection, more ...string) string {
	values := selection.Params()
	for i := 0; i+1 < len(more); i += 2 {
		values.Set(more[i], more[i+1])
	}
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}

// Path is where the page is.
func (b boardView) Path() string { return boardPath(b.Board, b.Page) }

// PageAddress is another page of the board under the same selection.
func (b boardView) PageAddress(id string) string {
	return selectionAddress(boardPath(b.Board, b.Board.Page(id)), b.Selection)
}

// BoardAddress is another board under the same selection.
func (b boardView) BoardAddress(other *dashboard.Board) string {
	return selectionAddress(boardPath(other, &other.Pages[0]), b.Selection)
}

// CompareAddress is the page compared with another period.
func (b boardView) CompareAddress(with string) string {
	selection := b.Selection
	selection.Compare = dashboard.Compare(with)
	return selectionAddress(b.Path(), selection)
}

// IsCompared says that the page is compared so.
func (b boardView) IsCompared(with string) bool { return string(b.Selection.Compare) == with }

// ResetAddress is the page with nothing selected.
func (b boardView) ResetAddress() string {
	return selectionAddress(b.Path(), dashboard.Selection{Compare: b.Selection.Compare})
}

// IsFiltered says that something is selected.
func (b boardView) IsFiltered() bool {
	return slices.ContainsFunc(b.Filters, func(f filterView) bool { return f.Chosen != "" })
}

// FilterCount is how many filters are set.
func (b boardView) FilterCount() (n int) {
	for _, f := range b.Filters {
		if f.Chosen != "" {
			n++
		}
	}
	return n
}

// OptionsAddress is where the values of the filters are, and Query what selects them.
func (b boardView) OptionsAddress() string {
	return "/api/dashboards/" + url.PathEscape(b.Board.ID) + "/filters/"
}

// rowsView is a page of the rows of the view behind a figure.
type rowsView struct {
	dashboard.Rows
	Filters             []filterView
	Back                string
	CSV                 string
	First, Last         int
	Earlier, Later      string // addresses, "" where there are none
	Offset, Limit, Page int
}

const rowsOfPage = 50

// rowsPage shows the rows behind a figure.
func (s *Server) rowsPage(v *visit) error {
	board, shown, selection, err := s.viewOf(v, "offset")
	if err != nil {
		return err
	}
	offset, err := wholeNumber(v, "offset", 0, mostOffset)
	if err != nil {
		return err
	}
	release, done, err := s.releases.acquire()
	if err != nil {
		return v.pageStatus(errNotReady.status, "empty", page{Title: v.T("rows.title"), Section: "dashboard"})
	}
	defer done()
	rows, err := release.Tiles.Drill(v.Context(), selection, offset, rowsOfPage, v.prefs.Language)
	if err != nil {
		return err
	}
	s.usage.note(guard.View)
	path := boardPath(board, shown)
	view := rowsView{
		Rows: rows, Filters: v.filters(board, shown, selection), Back: selectionAddress(path, selection),
		CSV: selectionAddress("/api/rows", selection, "format", "csv"), First: offset + 1, Last: offset + len(rows.Rows),
	}
	at := func(offset int) string { return selectionAddress(path+"/rows", selection, "offset", itoa(offset)) }
	if offset > 0 {
		view.Earlier = at(max(0, offset-rowsOfPage))
	}
	if int64(view.Last) < rows.Total {
		view.Later = at(offset + rowsOfPage)
	}
	return v.page("rows", page{Title: v.T("rows.title"), Section: "dashboard", Data: view})
}

// Count is a number of things with its digits grouped.
func (p page) Count(n any) string { return p.Figure(n, ask.Column{Type: "number"}) }
