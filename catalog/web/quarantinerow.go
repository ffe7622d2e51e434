package web

import (
	"context"
	"fmt"
	"strconv"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/guard"
)

// record is a delivered record by column.
func record(fields []field) map[string]string {
	found := map[string]string{}
	for _, one := range fields {
		found[one.Name] = one.Value
	}
	return found
}

// rowShown is all that is known of a row in quarantine.
type rowShown struct {
	quarantinedLine
	Judged      []field // what the SQL of its table made of it
	Delivered   []field // its row of bronze; empty where the CSV parser refused it
	RunID, At   string
	Suggestions []catalog.Suggestion // corrections that would load it
	Filter      catalog.QuarantineFilter
}

// rowAsked is the row that the address names.
func rowAsked(v *visit) (table, file string, line int64, err error) {
	values := v.URL.Query()
	table, file = values.Get("table"), values.Get("file")
	line, wrong := strconv.ParseInt(values.Get("line"), 10, 64)
	if table == "" || file == "" || wrong != nil || len(table)+len(file) > 2*longestText {
		return "", "", 0, badRequest.because("table %q, file %q, line %q", table, file, values.Get("line"))
	}
	return table, file, line, nil
}

// readQuarantined reads a row in quarantine, its row of bronze, and the corrections that would load it.
func (r *Release) readQuarantined(ctx context.Context, table, file string, line int64) (judged, delivered catalog.Table, suggestions []catalog.Suggestion, err error) {
	err = r.explorer.quarantine(ctx, func(ctx context.Context, view *catalog.QuarantineView) error {
		if judged, err = view.Row(ctx, table, file, line); err != nil {
			return err
		}
		if len(judged.Rows) == 0 {
			return noSuchRow.because("%s, %s, line %d", table, file, line)
		}
		row, err := showQuarantined(judged, judged.Rows[0])
		if err != nil {
			return err
		}
		report, err := view.Report(ctx, catalog.QuarantineFilter{Reason: row.Reason})
		for _, one := range report.Suggestions {
			if one.Loads(row.Product, record(row.Record)) {
				suggestions = append(suggestions, one)
			}
		}
		return err
	})
	if err != nil {
		return judged, delivered, nil, quarantineRefusal(err)
	}
	if _, err = r.explorer.table("bronze." + table); err != nil {
		return judged, delivered, nil, err
	}
	opened, err := r.explorer.warehouse()
	if err != nil {
		return judged, delivered, nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, exploreTime, guard.ErrTooLong)
	defer cancel()
	delivered, err = opened.Delivered(ctx, table, file, line)
	return judged, delivered, suggestions, err
}

// quarantineRowPage is a row in quarantine, down to the raw row.
func (s *Server) quarantineRowPage(v *visit, release *Release) error {
	table, file, line, err := rowAsked(v)
	if err != nil {
		return err
	}
	judged, delivered, suggestions, err := release.readQuarantined(v.Context(), table, file, line)
	if err != nil {
		return err
	}
	shown := rowShown{Suggestions: suggestions}
	if shown.quarantinedLine, err = showQuarantined(judged, judged.Rows[0]); err != nil {
		return err
	}
	for _, one := range v.fields(judged) {
		switch one.Name {
		case "run_id":
			shown.RunID = one.Value
		case "quarantined_at":
			shown.At = one.Value
		case "table_name", "file_name", "line", "reason", "row", "is_repeated":
		default:
			if !one.Null {
				shown.Judged = append(shown.Judged, one)
			}
		}
	}
	if len(delivered.Rows) > 0 {
		shown.Delivered = v.fields(delivered)
	}
	title := fmt.Sprintf("%s, %d", shown.File, shown.Line)
	return v.page("quarantinerow", page{Title: title, Section: "catalog", Scripts: []string{"catalog.js"}, Data: shown})
}

// fields are the first row of a table, column by column.
func (v *visit) fields(table catalog.Table) (fields []field) {
	for i, name := range table.Columns {
		found := v.rawCell(name, table.Types[i], table.Rows[0][i])
		fields = append(fields, field{name, found.Text, found.Null})
	}
	return fields
}
