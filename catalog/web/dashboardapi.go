package web

import (
	"errors"
	"strconv"

	"github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/dashboard"
	"github.com/fmcg/fmcg/catalog/guard"
	"github.com/fmcg/fmcg/catalog/sheet"
)

// Bounds of what is asked for at once.
const (
	mostOffset  = 1_000_000_000
	mostAtOnce  = 1000
	longestText = 200
)

func itoa(n int) string { return strconv.Itoa(n) }

// wholeNumber is a parameter of an address, from 0 on.
func wholeNumber(v *visit, name string, absent, most int) (int, error) {
	text := v.URL.Query().Get(name)
	if text == "" {
		return absent, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > most {
		return 0, badRequest.because("%s %q", name, text)
	}
	return n, nil
}

// boardBrief is a board without its figures.
type boardBrief struct {
	ID      string      `json:"id"`
	Title   string      `json:"title"`
	Filters []string    `json:"filters"` // dimensions
	Pages   []pageBrief `json:"pages"`
}

type pageBrief struct {
	ID    string      `json:"id"`
	Title string      `json:"title"`
	Tiles []tileBrief `json:"tiles"`
}

type tileBrief struct {
	ID    string         `json:"id"`
	Title string         `json:"title"`
	Kind  dashboard.Kind `json:"kind"`
}

// apiDashboards are the boards that there are.
func (s *Server) apiDashboards(v *visit) error {
	found := struct {
		Dashboards []boardBrief `json:"dashboards"`
	}{}
	language := v.prefs.Language
	for _, board := range s.config.Dashboards {
		brief := boardBrief{ID: board.ID, Title: board.Title.In(language), Filters: board.Filters}
		for _, p := range board.Pages {
			pages := pageBrief{ID: p.ID, Title: p.Title.In(language)}
			for _, t := range p.Tiles {
				pages.Tiles = append(pages.Tiles, tileBrief{t.ID, t.Title.In(language), t.Kind})
			}
			brief.Pages = append(brief.Pages, pages)
		}
		found.Dashboards = append(found.Dashboards, brief)
	}
	return v.json(found)
}

// apiDashboardPage is all that a page of a board shows.
func (s *Server) apiDashboardPage(v *visit, release *Release) error {
	board, shown, selection, err := s.viewOf(v)
	if err != nil {
		return err
	}
	results, err := release.Tiles.Page(v.Context(), board, shown.ID, selection, v.prefs.Language)
	if err != nil {
		return err
	}
	s.usage.note(guard.View)
	return v.json(struct {
		RunID     string             `json:"run_id"`
		Selection string             `json:"selection"` // canonical, as the query of an address
		Data      dashboard.Data     `json:"data"`
		Tiles     []dashboard.Result `json:"tiles"`
	}{release.Data.RunID, selection.Encode(), release.Tiles.Data(), results})
}

// apiTile is one tile, as JSON or as a file for a spreadsheet.
func (s *Server) apiTile(v *visit, release *Release) error {
	board, shown, selection, err := s.viewOf(v, "format")
	if err != nil {
		return err
	}
	result, err := release.Tiles.Tile(v.Context(), board, shown.ID, v.PathValue("tile"), selection, v.prefs.Language)
	if errors.Is(err, dashboard.ErrUnknown) {
		return notFound.because("%w", err)
	}
	if err != nil {
		return err
	}
	s.usage.note(guard.View)
	if v.URL.Query().Has("format") {
		return v.file(result.ID, result.Columns, result.Rows)
	}
	return v.json(result)
}

// apiFilter are the values that a filter can take under the others.
func (s *Server) apiFilter(v *visit, release *Release) error {
	board := s.board(v.PathValue("board"))
	if board == nil {
		return notFound.because("no board %q", v.PathValue("board"))
	}
	selection, err := s.selected(v, "search", "limit")
	if err != nil {
		return err
	}
	limit, err := wholeNumber(v, "limit", 0, mostAtOnce)
	if err != nil {
		return err
	}
	search := v.URL.Query().Get("search")
	if len(search) > longestText {
		return badRequest.because("search of %d letters", len(search))
	}
	options, err := release.Tiles.Options(v.Context(), v.PathValue("dimension"), selection, search, limit, v.prefs.Language)
	if errors.Is(err, dashboard.ErrUnknown) {
		return notFound.because("%w", err)
	}
	if err != nil {
		return err
	}
	return v.json(options)
}

// apiRows are rows of the view, as JSON or as a file for a spreadsheet.
func (s *Server) apiRows(v *visit, release *Release) error {
	selection, err := s.selected(v, "format", "offset", "limit")
	if err != nil {
		return err
	}
	offset, err := wholeNumber(v, "offset", 0, mostOffset)
	if err != nil {
		return err
	}
	isFile := v.URL.Query().Has("format")
	limit, err := wholeNumber(v, "limit", map[bool]int{false: rowsOfPage, true: mostAtOnce}[isFile], mostAtOnce)
	if err != nil {
		return err
	}
	rows, err := release.Tiles.Drill(v.Context(), selection, offset, limit, v.prefs.Language)
	if err != nil {
		return err
	}
	if isFile {
		return v.file("rows", rows.Columns, rows.Rows)
	}
	return v.json(rows)
}

// file answers with rows for a spreadsheet, in the format of the address.
func (v *visit) file(name string, columns []ask.Column, rows [][]any) error {
	format := v.URL.Query().Get("format")
	write, known := sheet.Formats[format]
	if !known {
		return badRequest.because("format %q", format)
	}
	v.Header().Set("Content-Type", sheet.Kinds[format])
	v.Header().Set("Content-Disposition", `attachment; filename="fmcg-`+name+`.`+format+`"`)
	return write(v, tableOf(ask.Answer{Columns: columns, Rows: rows}), name)
}
