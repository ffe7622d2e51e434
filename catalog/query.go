package catalog

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"math/big"
	"strconv"
	"time"

	"github.com/duckdb/duckdb-go/v2"
)

// Table is the result of a query.
type Table struct {
	Columns   []string `json:"columns"`
	Types     []string `json:"types"` // as the engine names them, "DECIMAL(18,2)"
	Rows      [][]any  `json:"rows"`
	Truncated bool     `json:"truncated"` // there were more rows than asked for
}

// Number is the one number of a table of one row and one column; the error says what it is instead.
func (t Table) Number() (float64, error) {
	if len(t.Rows) != 1 || len(t.Columns) != 1 {
		return 0, errors.New("the query must give one number: one row with one column")
	}
	value := t.Rows[0][0]
	if value == nil {
		return 0, errors.New("the query gives null; coalesce says what that means")
	}
	number, err := strconv.ParseFloat(fmt.Sprint(value), 64)
	if err != nil || math.IsNaN(number) {
		return 0, fmt.Errorf("the query gives %v, which is no number", value)
	}
	return number, nil
}

// Query runs a query that reads. Not more than most rows are fetched; most < 1 fetches all.
func (w *Warehouse) Query(ctx context.Context, query string, most int, args ...any) (Table, error) {
	return Fetch(ctx, w.db, query, most, args...)
}

// Queryer runs a query: a database, connection or transaction.
type Queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Fetch runs a query on an engine that is open already. Not more than most rows are fetched; most < 1 fetches all.
func Fetch(ctx context.Context, from Queryer, query string, most int, args ...any) (Table, error) {
	var table Table
	err := Stream(ctx, from, query, func(rows Rows) error {
		table.Columns, table.Types = rows.Columns, rows.Types
		for row, err := range rows.All {
			if err != nil {
				return err
			}
			if most > 0 && len(table.Rows) == most {
				table.Truncated = true
				return nil
			}
			table.Rows = append(table.Rows, row)
		}
		return nil
	}, args...)
	return table, err
}

// Rows are the rows of a query as they come. They can be gone through once.
type Rows struct {
	Columns, Types []string // as in Table
	All            iter.Seq2[[]any, error]
}

// Stream are the rows of the table.
func (t Table) Stream() Rows {
	return Rows{Columns: t.Columns, Types: t.Types, All: func(yield func([]any, error) bool) {
		for _, row := range t.Rows {
			if !yield(row, nil) {
				return
			}
		}
	}}
}

// Stream runs a query and hands its rows on while they come, so that there may be more of them than memory holds.
func Stream(ctx context.Context, from Queryer, query string, use func(Rows) error, args ...any) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	rows, err := from.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return err
	}
	var found Rows
	for _, column := range types {
		found.Columns = append(found.Columns, column.Name())
		found.Types = append(found.Types, column.DatabaseTypeName())
	}
	found.All = func(yield func([]any, error) bool) {
		for rows.Next() {
			values, into := make([]any, len(types)), make([]any, len(types))
			for i := range values {
				into[i] = &values[i]
			}
			err := rows.Scan(into...)
			for i, value := range values {
				values[i] = plain(value, found.Types[i])
			}
			if !yield(values, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, err)
		}
	}
	return use(found)
}

// plain turns the engine's values into ones that print and encode as a reader expects: dates as 2025-07-01, decimals as
// exact text, with all their places, "100.50".
func plain(value any, kind string) any {
	switch value := value.(type) {
	case time.Time:
		switch kind {
		case "DATE":
			return value.Format(time.DateOnly)
		case "TIME":
			return value.UTC().Format("15:04:05.999999")
		}
		return value.UTC().Format("2006-01-02 15:04:05.999999")
	case []byte:
		return string(value)
	case duckdb.Decimal: // its own String leaves out zeros at the end
		unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(value.Scale)), nil)
		return new(big.Rat).SetFrac(value.Value, unit).FloatString(int(value.Scale))
	case fmt.Stringer:
		return value.String()
	case map[string]any, []any: // JSON, structs and lists
		if text, err := json.Marshal(value); err == nil {
			return string(text)
		}
	}
	return value
}
