package ask

import (
	"context"
	"strings"
	"time"

	"github.com/fmcg/fmcg/catalog/guard"
)

// Result is what SQL of somebody's own comes to.
type Result struct {
	SQL       string   `json:"sql"`
	Columns   []Column `json:"columns"`
	Rows      [][]any  `json:"rows"`
	Truncated bool     `json:"truncated"`
	Charts    []Chart  `json:"charts"` // all that can show the rows, the best first
	Data      Data     `json:"data"`
	ElapsedMS float64  `json:"elapsed_ms"`
}

// Run runs SQL that reads any published table, on a guarded file, and says how its rows are best shown, with labels in a language.
// ProblemOf tells the errors that are the statement's.
func (e *Engine) Run(ctx context.Context, on *guard.DB, sql, language string) (Result, error) {
	started := e.now()
	table, err := on.QueryPublished(ctx, sql, 0)
	if err != nil {
		return Result{}, err
	}
	b := &builder{Engine: e, language: language}
	result := Result{SQL: strings.TrimSpace(sql), Columns: e.described(table.Columns, table.Types, language), Rows: exact(table.Rows, table.Types),
		Truncated: table.Truncated, Data: e.Data}
	_, result.Charts, _ = b.chartOf(result.Columns, result.Rows)
	result.ElapsedMS = float64(e.now().Sub(started)) / float64(time.Millisecond)
	return result, nil
}
