package catalog

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
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
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	rows, err := from.QueryContext(ctx, query, args...)
	if err != nil {
		return table, err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return table, err
	}
	for _, column := range types {
		table.Columns = append(table.Columns, column.Name())
		table.Types = append(table.Types, column.DatabaseTypeName())
	}
	for rows.Next() {
		if most > 0 && len(table.Rows) == most {
			table.Truncated = true
			return table, nil
		}
		values := make([]any, len(types))
		into := make([]any, len(types))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return table, err
		}
		for i, value := range values {
			values[i] = plain(value, table.Types[i])
		}
		table.Rows = append(table.Rows, values)
	}
	return table, rows.Err()
}

// plain turns the engine's values into ones that print and encode as a reader expects: dates as 2025-07-01, decimals as
// exact text, with all their places, "100.50".
func plain(value any, kind string) any {
	switch value := value.(type) {
	case time.Time:
		if kind == "DATE" {
			return value.Format(time.DateOnly)
		}
		return value.UTC().Format("2006-01-02 15:04:05")
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
