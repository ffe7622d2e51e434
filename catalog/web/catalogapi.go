package web

import (
	"context"
	"errors"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/guard"
	"github.com/fmcg/fmcg/catalog/lineage"
)

// mostQuarantined are the rows in quarantine that a download holds; a sheet holds no more.
const mostQuarantined = 1_000_000

// tableBrief is a table in the list of the API.
type tableBrief struct {
	Table   string   `json:"table"`
	Kind    string   `json:"kind"`
	Comment string   `json:"comment"`
	Rows    int64    `json:"rows"`
	Columns []string `json:"columns"`
	Key     []string `json:"key"`
	BuiltAt *string  `json:"built_at"`
	Reads   int64    `json:"reads"` // by people, in the last 30 days
	Uses    []string `json:"uses"`
}

// apiCatalog lists the tables, those that a search finds where one is asked for.
func (s *Server) apiCatalog(v *visit, release *Release) error {
	words := v.URL.Query().Get("q")
	if len(words) > longestText {
		return badRequest.because("q of %d letters", len(words))
	}
	shown, err := s.catalogShown(v, release, words)
	if err != nil {
		return err
	}
	found := struct {
		RunID     string       `json:"run_id"`
		Freshness freshness    `json:"freshness"`
		MostUsed  []string     `json:"most_used"`
		Tables    []tableBrief `json:"tables"`
	}{release.Data.RunID, v.freshness(release), []string{}, []tableBrief{}}
	for _, line := range shown.Used {
		found.MostUsed = append(found.MostUsed, line.Table)
	}
	for _, layer := range shown.Layers {
		for _, line := range layer.Tables {
			brief := tableBrief{Table: line.Table, Kind: line.Kind, Comment: line.Comment, Rows: line.Rows, Columns: []string{}, Key: line.Key, Reads: line.Reads, Uses: line.Uses}
			for _, column := range line.Profile.Columns {
				brief.Columns = append(brief.Columns, column.Name)
			}
			if line.BuiltAt != nil {
				at := line.BuiltAt.UTC().Format("2006-01-02T15:04:05Z07:00")
				brief.BuiltAt = &at
			}
			found.Tables = append(found.Tables, brief)
		}
	}
	return v.json(found)
}

// apiTable is a table with the figures of its columns, which it waits for.
func (s *Server) apiTable(v *visit, release *Release) error {
	profile, figures, err := release.explorer.profile(v.Context(), v.PathValue("table"), exploreTime)
	if err != nil {
		return err
	}
	if figures != figuresTold {
		return guard.ErrTooLong
	}
	checks, err := s.checkLines(release, profile.Table)
	if err != nil {
		return err
	}
	line := s.line(v, release, profile)
	return v.json(struct {
		catalog.Profile
		Reads  int64       `json:"reads"`
		Uses   []string    `json:"uses"`
		Checks []checkLine `json:"checks"`
	}{profile, line.Reads, line.Uses, checks})
}

// apiSample are rows of a table.
func (s *Server) apiSample(v *visit, release *Release) error {
	offset, err := wholeNumber(v, "offset", 0, mostOffset)
	if err != nil {
		return err
	}
	limit, err := wholeNumber(v, "limit", sampleRows, mostAtOnce)
	if err != nil {
		return err
	}
	found, err := release.explorer.sample(v.Context(), v.PathValue("table"), offset, max(1, limit))
	if err != nil {
		return err
	}
	s.usage.note(v.PathValue("table"))
	found.Rows = listed(found.Rows)
	return v.json(found)
}

// apiLineage is what a table or a column is made of, and what is made of it.
func (s *Server) apiLineage(v *visit, release *Release) error {
	values := v.URL.Query()
	question := lineageAsked(v, values.Get("table"))
	question.Up, question.Down = values.Get("way") == "up", values.Get("way") == "down"
	if way := values.Get("way"); way != "" && way != "up" && way != "down" {
		return badRequest.because("way %q", way)
	}
	graph, err := release.trace(question)
	if errors.Is(err, catalog.ErrNoSQL) {
		return quarantineRefusal(err)
	}
	if err != nil {
		return err
	}
	return v.json(struct {
		Table  string `json:"table"`
		Column string `json:"column"`
		lineage.Graph
	}{question.Table, question.Column, graph})
}

// apiChecks are the checks and what they found in the published runs.
func (s *Server) apiChecks(v *visit, release *Release) error {
	lines, err := s.checkLines(release, "")
	if err != nil {
		return err
	}
	return v.json(struct {
		Checks []checkLine `json:"checks"`
	}{lines})
}

// apiCheck is a check with the rows that it finds.
func (s *Server) apiCheck(v *visit, release *Release) error {
	shown, err := s.readCheck(v, release)
	if err != nil {
		return err
	}
	return v.json(shown)
}

// apiAccounts are the accounts of rows by file and by table.
func (s *Server) apiAccounts(v *visit, release *Release) error {
	asked, err := accountsAsked(v)
	if err != nil {
		return err
	}
	if asked.Limit, err = wholeNumber(v, "limit", accountsOfPage, mostAtOnce); err != nil {
		return err
	}
	file, err := release.explorer.warehouse()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(v.Context(), exploreTime, guard.ErrTooLong)
	defer cancel()
	var found struct {
		Total  int64                  `json:"total"` // of files that were asked for
		Files  []catalog.Account      `json:"files"`
		Tables []catalog.Account      `json:"tables"`
		Aside  []catalog.FileSetAside `json:"set_aside"`
	}
	if found.Files, found.Total, err = file.Accounts(ctx, asked); err != nil {
		return err
	}
	if found.Tables, err = file.TableAccounts(ctx); err != nil {
		return err
	}
	if found.Aside, err = file.FilesSetAside(ctx); err != nil {
		return err
	}
	return v.json(found)
}

// apiQuarantine sums up what is in quarantine, what is at stake, and which corrections are plain.
func (s *Server) apiQuarantine(v *visit, release *Release) error {
	filter, err := quarantineAsked(v)
	if err != nil {
		return err
	}
	var report catalog.QuarantineReport
	err = release.explorer.quarantine(v.Context(), func(ctx context.Context, view *catalog.QuarantineView) (err error) {
		report, err = view.Report(ctx, filter)
		return err
	})
	if err != nil {
		return quarantineRefusal(err)
	}
	for _, part := range []*[]catalog.Stake{&report.ByReason, &report.ByTable, &report.ByMonth, &report.ByProduct, &report.ByFile} {
		*part = listed(*part)
	}
	report.Suggestions = listed(report.Suggestions)
	return v.json(report)
}

// apiQuarantineRows are the rows themselves, as JSON or as a file for a spreadsheet.
func (s *Server) apiQuarantineRows(v *visit, release *Release) error {
	filter, err := quarantineAsked(v)
	if err != nil {
		return err
	}
	offset, err := wholeNumber(v, "offset", 0, mostOffset)
	if err != nil {
		return err
	}
	isFile := v.URL.Query().Has("format")
	limit, err := wholeNumber(v, "limit", map[bool]int{false: quarantineOfPage, true: mostQuarantined}[isFile], map[bool]int{false: mostAtOnce, true: mostQuarantined}[isFile])
	if err != nil {
		return err
	}
	var rows catalog.Table
	err = release.explorer.quarantine(v.Context(), func(ctx context.Context, view *catalog.QuarantineView) (err error) {
		rows, err = view.Page(ctx, filter, offset, max(1, limit))
		return err
	})
	if err != nil {
		return quarantineRefusal(err)
	}
	if isFile {
		return v.sendRows("quarantine", v.URL.Query().Get("format"), rows)
	}
	rows.Rows = listed(rows.Rows)
	return v.json(rows)
}

// apiQuarantineRow is one row, as it was judged and as it was delivered.
func (s *Server) apiQuarantineRow(v *visit, release *Release) error {
	table, file, line, err := rowAsked(v)
	if err != nil {
		return err
	}
	judged, delivered, suggestions, err := release.readQuarantined(v.Context(), table, file, line)
	if err != nil {
		return err
	}
	named := func(table catalog.Table) map[string]any {
		if len(table.Rows) == 0 {
			return nil
		}
		row := map[string]any{}
		for i, name := range table.Columns {
			row[name] = table.Rows[0][i]
		}
		return row
	}
	return v.json(struct {
		Judged      map[string]any       `json:"judged"`
		Delivered   map[string]any       `json:"delivered"` // null where the CSV parser refused it
		Suggestions []catalog.Suggestion `json:"suggestions"`
	}{named(judged), named(delivered), listed(suggestions)})
}

// apiTrace are the delivered rows that a row of gold was made of.
func (s *Server) apiTrace(v *visit, release *Release) error {
	_, _, found, err := s.readTrace(v, release)
	if err != nil {
		return err
	}
	return v.json(found)
}
