package web

import (
	"bytes"
	"cmp"
	"errors"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/guard"
	"github.com/fmcg/fmcg/catalog/lineage"
	"github.com/fmcg/fmcg/catalog/saved"
)

// mostAccounts are the files of a table that its page lists.
const mostAccounts = 50

// tableShown is what the page of a table shows.
type tableShown struct {
	tableLine
	Figures  figures // of the columns
	Columns  []columnShown
	Sample   sampleShown
	Lineage  *lineageShown // nil where the release does not hold its SQL
	Note     string
	Checks   []checkLine
	Accounts []catalog.Account // of the files in it, or of the tables that it is made of
	OfFiles  bool              // the accounts are of files
	Files    int64             // that there are
	SQLPage  string            // where its rows can be asked for
	Queries  []saved.Query     // that read it
}

// columnShown is a column with its most frequent values as bars.
type columnShown struct {
	catalog.ColumnProfile
	Values []valueBar
	IsKey  bool
}

// valueBar is a value and how many of the rows hold it, in hundredths.
type valueBar struct {
	Text  string
	Rows  int64
	Share int64
}

// sampleShown are rows of a table.
type sampleShown struct {
	Columns        []string
	Types          []string
	Rows           [][]cell
	Traces         []string // where each row is traced; empty where the table's cannot be
	First, Last    int
	Earlier, Later string
}

// tablePage is all that is known of a table.
func (s *Server) tablePage(v *visit, release *Release) error {
	name := v.PathValue("table")
	profile, figures, err := release.explorer.profile(v.Context(), name, profileWait)
	if err != nil {
		return err
	}
	shown := tableShown{tableLine: s.line(v, release, profile), Figures: figures}
	for _, column := range profile.Columns {
		shown.Columns = append(shown.Columns, showColumn(profile, column))
	}
	if shown.Sample, err = s.sample(v, release, profile); err != nil {
		return err
	}
	shown.Lineage, err = s.lineageShown(v, release, name)
	if errors.Is(err, catalog.ErrNoSQL) {
		shown.Note, err = v.T("catalog.no_sql"), nil
	}
	if err != nil {
		return err
	}
	if shown.Checks, err = s.checkLines(release, name); err != nil {
		return err
	}
	if err := s.addAccounts(&shown, release); err != nil {
		return err
	}
	shown.SQLPage, shown.Queries = sqlAddress("select *\nfrom "+name+"\nlimit 1000"), v.queriesOf(release, name)
	s.usage.note(name)
	return v.page("table", page{Title: name, Section: "catalog", Scripts: []string{"catalog.js"}, Data: shown})
}

// queriesOf are the saved queries that read a table.
func (v *visit) queriesOf(release *Release, table string) (found []saved.Query) {
	queries, err := v.server.queries().List()
	if err != nil {
		v.server.log.Warn("cannot read the saved queries", "error", err)
	}
	for _, query := range queries {
		if reads, err := guard.Reads(v.Context(), release.SQL, query.SQL); err == nil && slices.Contains(reads, table) {
			found = append(found, query)
		}
	}
	return found
}

func showColumn(table catalog.Profile, column catalog.ColumnProfile) columnShown {
	shown := columnShown{ColumnProfile: column, IsKey: slices.Contains(table.Key, column.Name)}
	for i, value := range column.Samples {
		rows := column.SampleRows[i]
		shown.Values = append(shown.Values, valueBar{value, rows, max(1, rows*100/max(1, table.Rows))})
	}
	return shown
}

// sample reads the rows of a table that the address asks for.
func (s *Server) sample(v *visit, release *Release, table catalog.Profile) (sampleShown, error) {
	offset, err := wholeNumber(v, "offset", 0, mostOffset)
	if err != nil {
		return sampleShown{}, err
	}
	found, err := release.explorer.sample(v.Context(), table.Table, offset, sampleRows)
	if err != nil {
		return sampleShown{}, err
	}
	shown := sampleShown{Columns: found.Columns, Types: found.Types, Rows: v.cells(found), First: offset + 1, Last: offset + len(found.Rows)}
	at := func(offset int) string {
		values := v.URL.Query()
		values.Set("offset", itoa(offset))
		return tableAddress(table.Table, "") + "?" + values.Encode() + "#sample"
	}
	if offset > 0 {
		shown.Earlier = at(max(0, offset-sampleRows))
	}
	if found.Truncated {
		shown.Later = at(offset + sampleRows)
	}
	for _, row := range found.Rows {
		if key := traceKey(table.Table, found.Columns, row); key != "" {
			shown.Traces = append(shown.Traces, traceAddress(table.Table, key))
		}
	}
	return shown, nil
}

// lineageShown is the lineage of a table, or of one of its columns.
type lineageShown struct {
	Column   string
	Names    []string // columns of the table
	Indirect bool     // what decides values and rows is followed too
	Drawing  template.HTML
	From, To []edgeLine // what the column is made of, and what is made of it, however far
	Decided  []edgeLine // what decides the column's values and which rows there are
	Decides  []edgeLine // what the column decides
	Untraced []gap
}

// edgeLine is a column that another comes from, and how.
type edgeLine struct {
	From, To lineage.Column
	Uses     []string
	File     string
}

// gap is a column, or a table, whose sources are not all known.
type gap struct{ Name, Why string }

// lineageAsked is what the address asks of the lineage.
func lineageAsked(v *visit, table string) lineage.Question {
	return lineage.Question{Table: table, Column: v.URL.Query().Get("column"), Indirect: v.URL.Query().Get("indirect") == "true"}
}

// trace answers a question about lineage.
func (r *Release) trace(question lineage.Question) (lineage.Graph, error) {
	sources, err := r.explorer.sources()
	if err != nil {
		return lineage.Graph{}, err
	}
	graph, err := sources.Trace(question)
	if err != nil {
		return graph, noSuchTable.because("%w", err)
	}
	return graph, nil
}

func (s *Server) lineageShown(v *visit, release *Release, table string) (*lineageShown, error) {
	question := lineageAsked(v, table)
	graph, err := release.trace(question)
	if err != nil {
		return nil, err
	}
	shown := &lineageShown{Column: question.Column, Indirect: question.Indirect}
	profile, err := release.explorer.table(table)
	if err != nil {
		return nil, err
	}
	for _, column := range profile.Columns {
		shown.Names = append(shown.Names, column.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(graph.Untraced)) {
		shown.Untraced = append(shown.Untraced, gap{name, strings.Join(graph.Untraced[name], "; ")})
	}
	if len(graph.Edges) > 0 {
		graph.Link = func(at lineage.Column) string {
			if at.Name == lineage.Rows {
				return ""
			}
			return tableAddress(at.Table, at.Name)
		}
		var drawing bytes.Buffer
		if err := graph.WriteSVG(&drawing); err != nil {
			return nil, err
		}
		shown.Drawing = template.HTML(drawing.String()) // names are escaped by the drawing
	}
	if question.Column == "" {
		return shown, nil
	}
	root := lineage.Column{Table: table, Name: question.Column}
	up, down := reach(graph.Edges, root, false), reach(graph.Edges, root, true)
	for _, edge := range graph.Edges {
		switch {
		case edge.From.Name == lineage.Rows && edge.From.Table == edge.To.Table: // plain
		case up[edge.To]:
			shown.From = append(shown.From, v.edge(edge))
		case down[edge.From]:
			shown.To = append(shown.To, v.edge(edge))
		}
	}
	for _, edge := range graph.Deciding {
		if edge.From == root {
			shown.Decides = append(shown.Decides, v.edge(edge))
		} else {
			shown.Decided = append(shown.Decided, v.edge(edge))
		}
	}
	for _, lines := range [][]edgeLine{shown.Decided, shown.Decides} {
		slices.SortFunc(lines, func(a, b edgeLine) int {
			return cmp.Or(cmp.Compare(a.From.String(), b.From.String()), cmp.Compare(a.To.String(), b.To.String()))
		})
	}
	return shown, nil
}

// reach are the columns that can be reached from one, with it.
func reach(edges []lineage.Edge, from lineage.Column, down bool) map[lineage.Column]bool {
	met := map[lineage.Column]bool{from: true}
	for grown := true; grown; {
		grown = false
		for _, edge := range edges {
			near, far := edge.To, edge.From
			if down {
				near, far = far, near
			}
			if met[near] && !met[far] {
				met[far], grown = true, true
			}
		}
	}
	return met
}

func (v *visit) edge(edge lineage.Edge) edgeLine {
	line := edgeLine{From: edge.From, To: edge.To, File: edge.File}
	for _, use := range edge.Use.Names() {
		line.Uses = append(line.Uses, v.T("use."+use))
	}
	return line
}

// variables is the table of what a run hands over, in lineage.
const variables = "variable"

// ColumnAddress is the lineage of a column; "" where it is one of a file.
func (v *visit) ColumnAddress(column lineage.Column) string {
	if lineage.IsFile(column.Table) || column.Table == variables || column.Name == lineage.Rows {
		return ""
	}
	return tableAddress(column.Table, column.Name)
}

// ColumnName is a column for a reader: the rows of a table have no name of their own.
func (v *visit) ColumnName(column lineage.Column) string {
	switch made, _, _ := strings.Cut(column.Table, " "); {
	case column.Name == lineage.Rows:
		return v.T("catalog.rows_of", column.Table)
	case lineage.IsFile(column.Table):
		return v.T("catalog.of_files", column.Name, made)
	}
	return column.String()
}

// addAccounts adds the accounts of the files in a table; where no file is, those of the tables that it is made of.
func (s *Server) addAccounts(shown *tableShown, release *Release) error {
	file, err := release.explorer.warehouse()
	if err != nil {
		return err
	}
	ctx, cancel := release.explorer.bounded()
	defer cancel()
	if schema := shown.Schema(); schema == "bronze" || schema == "silver" {
		shown.Accounts, shown.Files, err = file.Accounts(ctx, catalog.AccountFilter{Table: shown.Name(), Sort: "loaded_at", Limit: mostAccounts})
		if shown.OfFiles = shown.Files > 0; err != nil || shown.OfFiles {
			return err
		}
	}
	list, err := release.explorer.tables()
	if err != nil {
		return err
	}
	origins := map[string]bool{}
	for waiting := []string{shown.Table}; len(waiting) > 0; waiting = waiting[1:] {
		for _, table := range list.Tables {
			if table.Table != waiting[0] {
				continue
			}
			for _, source := range table.Upstream {
				if !origins[source] {
					origins[source] = true
					waiting = append(waiting, source)
				}
			}
		}
	}
	accounts, err := file.TableAccounts(ctx)
	for _, account := range accounts {
		if origins["bronze."+account.Table] {
			shown.Accounts = append(shown.Accounts, account)
		}
	}
	return err
}

// traceAddress is where a row of gold is traced.
func traceAddress(table, key string) string {
	return "/catalog/trace?" + url.Values{"table": {table}, "key": {key}}.Encode()
}

// noSuchRow is what there is none of.
var noSuchRow = refusal{status: http.StatusNotFound, code: "no_such_row"}
