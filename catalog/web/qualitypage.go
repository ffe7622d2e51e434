package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/guard"
)

// How much the pages of quality show.
const (
	checkedRuns    = 30
	failingRows    = 200
	accountsOfPage = 200
)

var noSuchCheck = refusal{status: http.StatusNotFound, code: "no_such_check"}

// checkLine is a check with what it found in the published runs.
type checkLine struct {
	catalog.CheckState
	Description string             `json:"description"` // "" where the SQL tree at hand does not have it
	File        string             `json:"file"`
	Reads       []string           `json:"reads"`
	Runs        []catalog.CheckRun `json:"runs"` // the oldest first
}

// Met is the word for what a check found in a run: held, failed, warned, or "" where the run did not have it.
func (l checkLine) Met(run catalog.CheckRun) string {
	switch {
	case run.FailingRows == nil:
		return ""
	case *run.FailingRows == 0:
		return "held"
	case l.Severity == "error":
		return "failed"
	}
	return "warned"
}

// Failing is how many rows it found in a run.
func (l checkLine) Failing(run catalog.CheckRun) int64 {
	if run.FailingRows == nil {
		return 0
	}
	return *run.FailingRows
}

// Now is the word for what it found in the run that published the release.
func (l checkLine) Now() string {
	switch {
	case l.State == "held":
		return "held"
	case l.Severity == "error":
		return "failed"
	}
	return "warned"
}

// checkLines are the checks of a release, those that failed first; of those that read a table where one is given.
func (s *Server) checkLines(release *Release, table string) ([]checkLine, error) {
	file, err := release.explorer.warehouse()
	if err != nil {
		return nil, err
	}
	files, err := release.explorer.checkFiles()
	if err != nil {
		s.log.Warn("cannot read the checks of the SQL tree", "error", err) // it may be under an engineer's hands
	}
	ctx, cancel := release.explorer.bounded()
	defer cancel()
	states, err := file.CheckStates(ctx)
	if err != nil {
		return nil, err
	}
	history, err := file.CheckHistory(ctx, checkedRuns)
	if err != nil {
		return nil, err
	}
	lines := []checkLine{}
	for _, state := range states {
		line := checkLine{CheckState: state, Reads: []string{}, Runs: history[state.Name]}
		for _, file := range files {
			if file.Name == state.Name {
				line.Description, line.File, line.Reads = file.Description, file.Path, listed(file.Reads)
			}
		}
		if table == "" || slices.Contains(line.Reads, table) {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

// qualityShown is what the page of quality shows.
type qualityShown struct {
	Checks   []checkLine
	Runs     []catalog.CheckedRun
	Tables   []catalog.Account
	Accounts []catalog.Account
	Total    int64 // accounts that were asked for
	SetAside []catalog.FileSetAside
	Asked    catalog.AccountFilter
	Orders   []string
}

func accountsAsked(v *visit) (catalog.AccountFilter, error) {
	values := v.URL.Query()
	asked := catalog.AccountFilter{Table: values.Get("table"), Words: values.Get("q"), Sort: values.Get("sort"), Limit: accountsOfPage}
	if _, known := catalog.AccountOrders[asked.Sort]; !known && asked.Sort != "" {
		return asked, badRequest.because("sort %q", asked.Sort)
	}
	if len(asked.Words) > longestText || len(asked.Table) > longestText {
		return asked, badRequest.because("a search of %d letters", len(asked.Words))
	}
	return asked, nil
}

// qualityPage is the checks over time and the accounts of rows.
func (s *Server) qualityPage(v *visit, release *Release) error {
	asked, err := accountsAsked(v)
	if err != nil {
		return err
	}
	shown := qualityShown{Asked: asked, Orders: []string{"file", "loaded_at", "read", "quarantined", "duplicate", "superseded"}}
	if shown.Checks, err = s.checkLines(release, ""); err != nil {
		return err
	}
	file, err := release.explorer.warehouse()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(v.Context(), exploreTime, guard.ErrTooLong)
	defer cancel()
	if shown.Runs, err = file.CheckedRuns(ctx, checkedRuns); err != nil {
		return err
	}
	if shown.Tables, err = file.TableAccounts(ctx); err != nil {
		return err
	}
	if shown.SetAside, err = file.FilesSetAside(ctx); err != nil {
		return err
	}
	if shown.Accounts, shown.Total, err = file.Accounts(ctx, asked); err != nil {
		return err
	}
	return v.page("quality", page{Title: v.T("quality.title"), Section: "catalog", Data: shown})
}

// checkShown is a check with the rows that it finds.
type checkShown struct {
	checkLine
	SQL       string         `json:"sql"`
	Rows      *catalog.Table `json:"rows"`    // that it finds today; null where its SQL is not at hand
	Problem   string         `json:"problem"` // why the rows are not told
	Chart     *chartOf       `json:"-"`
	Cells     [][]cell       `json:"-"`
	Truncated bool           `json:"-"`
}

func (s *Server) readCheck(v *visit, release *Release) (checkShown, error) {
	name := v.PathValue("check")
	lines, err := s.checkLines(release, "")
	if err != nil {
		return checkShown{}, err
	}
	at := slices.IndexFunc(lines, func(line checkLine) bool { return line.Name == name })
	if at < 0 {
		return checkShown{}, noSuchCheck.because("check %q", name)
	}
	shown := checkShown{checkLine: lines[at]}
	files, _ := release.explorer.checkFiles() // what is wrong with them was logged
	for _, check := range files {
		if check.Name != name {
			continue
		}
		shown.SQL = check.SQL
		file, err := release.explorer.warehouse()
		if err != nil {
			return shown, err
		}
		ctx, cancel := context.WithTimeoutCause(v.Context(), exploreTime, guard.ErrTooLong)
		defer cancel()
		rows, err := file.FailingRows(ctx, check, failingRows)
		switch {
		case err == nil:
			rows.Rows = listed(rows.Rows)
			shown.Rows = &rows
		case errors.Is(context.Cause(ctx), guard.ErrTooLong):
			shown.Problem = v.T("error.too_long")
		case v.Context().Err() != nil:
			return shown, err
		default: // the tree that is at hand is not the one that made the file
			s.log.Warn("cannot run a check", "check", name, "error", err)
			shown.Problem = v.T("quality.not_run")
		}
	}
	return shown, nil
}

// checkPage is one check: what breaks when it fails, and the rows that it finds.
func (s *Server) checkPage(v *visit, release *Release) error {
	shown, err := s.readCheck(v, release)
	if err != nil {
		return err
	}
	if shown.Rows != nil {
		shown.Cells, shown.Truncated = v.cells(*shown.Rows), shown.Rows.Truncated
	}
	chart := chartOf{Chart: ask.Chart{Kind: "bar", X: "run", Y: []string{"failing_rows"}}, Columns: []ask.Column{
		{Name: "run", Label: v.T("runs.started"), Type: "date"}, {Name: "failing_rows", Label: v.T("run.failing"), Type: "number"}}}
	for _, run := range shown.Runs {
		if run.FailingRows != nil {
			chart.Rows = append(chart.Rows, []any{runLabel(run.Run), *run.FailingRows})
		}
	}
	if len(chart.Rows) > 1 {
		shown.Chart = &chart
	}
	return v.page("check", page{Title: shown.Name, Section: "catalog", Scripts: []string{"drawn.js"}, Data: shown})
}

// runLabel is the time in a run's id: 20251129T020000000Z-000002 is 2025-11-29 02:00:00.
func runLabel(id string) string {
	const length = len("20251129T020000")
	if len(id) < length {
		return id
	}
	return id[:4] + "-" + id[4:6] + "-" + id[6:8] + " " + id[9:11] + ":" + id[11:13] + ":" + id[13:15]
}

// checkSymbols stand for what a check found; none is told by its colour alone.
var checkSymbols = map[string]string{"held": "✓", "warned": "!", "failed": "✗"}

// CheckSymbol is the sign of what a check found.
func (v *visit) CheckSymbol(met string) string { return cmp.Or(checkSymbols[met], "·") }

// CheckClass is its name in the style.
func (v *visit) CheckClass(met string) string {
	return map[string]string{"held": "state-succeeded", "warned": "state-warned", "failed": "state-failed"}[met]
}

// AccountsAddress is the page of quality with other accounts asked for.
func (q qualityShown) AccountsAddress(name, value string) string {
	values := url.Values{}
	for key, kept := range map[string]string{"table": q.Asked.Table, "q": q.Asked.Words, "sort": q.Asked.Sort} {
		if key == name {
			kept = value
		}
		if kept != "" {
			values.Set(key, kept)
		}
	}
	return "/catalog/quality?" + values.Encode() + "#accounts"
}
