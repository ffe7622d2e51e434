package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/guard"
	"github.com/fmcg/fmcg/catalog/saved"
)

// table is a published table or view, with what an editor tells of it.
type table struct {
	Schema  string   `json:"schema"`
	Name    string   `json:"name"`
	Kind    string   `json:"kind"` // table, view
	Comment string   `json:"comment"`
	Columns []column `json:"columns"`
}

type column struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	Comment string `json:"comment"`
}

// readTables are the published tables, gold first: it is what most ask for.
func readTables(ctx context.Context, db *guard.DB) ([]table, error) {
	found, err := catalog.Fetch(ctx, db, `
		select c.schema_name, c.table_name, case when v.view_name is null then 'table' else 'view' end, coalesce(t.comment, v.comment, ''),
			c.column_name, c.data_type, coalesce(c.comment, '')
		from duckdb_columns() as c
		left join duckdb_tables() as t on t.database_name = c.database_name and t.schema_name = c.schema_name and t.table_name = c.table_name
		left join duckdb_views() as v on v.database_name = c.database_name and v.schema_name = c.schema_name and v.view_name = c.table_name
		where c.database_name = current_database() and c.schema_name in ('gold', 'silver', 'bronze', 'ops')
		order by array_position(['gold', 'silver', 'bronze', 'ops'], c.schema_name), c.table_name, c.column_index`, 0)
	if err != nil {
		return nil, fmt.Errorf("read the columns: %w", err)
	}
	tables := []table{}
	for _, row := range found.Rows {
		text := func(at int) string { return fmt.Sprint(row[at]) }
		if last := len(tables) - 1; last < 0 || tables[last].Schema != text(0) || tables[last].Name != text(1) {
			tables = append(tables, table{Schema: text(0), Name: text(1), Kind: text(2), Comment: text(3)})
		}
		last := &tables[len(tables)-1]
		last.Columns = append(last.Columns, column{text(4), text(5), text(6)})
	}
	return tables, nil
}

// apiSchema is what an editor completes: tables, columns, functions.
func (s *Server) apiSchema(v *visit, release *Release) error {
	return v.json(struct {
		Tables    []table  `json:"tables"`
		Functions []string `json:"functions"`
	}{release.tables, guard.Functions()})
}

// sqlShown is what the page of SQL shows.
type sqlShown struct {
	SQL     string
	Saved   *savedQuery // whose page it is
	Schemas []schemaShown
	Queries []savedQuery
	Lost    bool // the saved queries cannot be read
	Reader  string
	Result  *ask.Result // where the server ran it, for a browser without scripts
	Problem string

	MostStatements, MostOfReader, Seconds int
}

type schemaShown struct {
	Name   string
	Tables []table
}

// Address is the page of a saved query.
func (sqlShown) Address(q savedQuery) string { return "/sql?" + url.Values{"saved": {q.ID}}.Encode() }

// First is the SQL that a click on a table starts with.
func (sqlShown) First(t table) string {
	return "/sql?" + url.Values{"sql": {"select *\nfrom " + t.Schema + "." + t.Name + "\nlimit 100"}}.Encode()
}

// sqlPage is the editor: empty, with the SQL of its address (?sql=), or with a saved query (?saved=). A browser without scripts
// has the server run it (&run=yes).
func (s *Server) sqlPage(v *visit) error {
	values := v.URL.Query()
	shown := sqlShown{SQL: values.Get("sql"), Reader: v.by(), MostStatements: mostStatements, MostOfReader: mostOfReader,
		Seconds: int(s.config.sqlLimits().Time.Seconds())}
	if len(shown.SQL) > saved.LongestSQL {
		return badRequest.because("SQL of %d bytes", len(shown.SQL))
	}
	queries, err := s.queries().List()
	if err != nil {
		s.log.Error("cannot read the saved queries", "id", v.ID, "error", err)
		shown.Lost = true
	}
	for _, q := range queries {
		shown.Queries = append(shown.Queries, v.savedQuery(q))
	}
	if id := values.Get("saved"); id != "" {
		q, err := saved.Find(queries, id)
		if err != nil {
			return v.queryRefusal(err)
		}
		found := v.savedQuery(q)
		shown.Saved = &found
		if shown.SQL == "" {
			shown.SQL = q.SQL
		}
	}
	release, done, err := s.releases.acquire()
	if err != nil {
		return v.pageStatus(errNotReady.status, "empty", page{Title: v.T("sql.title"), Section: "sql"})
	}
	defer done()
	for _, t := range release.tables {
		if last := len(shown.Schemas) - 1; last < 0 || shown.Schemas[last].Name != t.Schema {
			shown.Schemas = append(shown.Schemas, schemaShown{Name: t.Schema})
		}
		last := &shown.Schemas[len(shown.Schemas)-1]
		last.Tables = append(last.Tables, t)
	}
	if values.Get("run") != "" && shown.SQL != "" {
		result, err := v.runSQL(release, shown.SQL)
		refused := refusal{}
		switch {
		case err == nil:
			shown.Result = &result
		case errors.As(err, &refused) && refused.status < http.StatusInternalServerError:
			shown.Problem = problemOf(v, err)
		default:
			return err
		}
	}
	title := v.T("sql.title")
	if shown.Saved != nil {
		title = shown.Saved.Name
	}
	return v.page("sql", page{Title: title, Section: "sql", Scripts: []string{"sql.js"}, Data: shown})
}
