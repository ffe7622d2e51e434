package oracle

import (
	"database/sql"
	"fmt"
	"reflect"
)

// Table is a table of the warehouse as texts, to be compared with what a query answers: each value is written as
// the engine's cast to varchar writes it, null is null.
type Table struct {
	Name    string   // with its schema: gold.dim_customers
	Columns []string // in the order of DESIGN.md, with no more than it names
	Rows    [][]Text // sorted as in [Warehouse]
}

// Tables are the gold tables, the view, ops.quarantine and ops.row_accounts (without run ids, times and raw texts).
func (w Warehouse) Tables() []Table {
	return []Table{
		textTable("gold.dim_customers", w.DimCustomers),
		textTable("gold.dim_products", w.DimProducts),
		textTable("gold.dim_gross_price", w.DimGrossPrice),
		textTable("gold.dim_date", w.DimDate),
		textTable("gold.fact_orders", w.FactOrders),
		textTable("gold.sb_dim_customers", w.SBDimCustomers),
		textTable("gold.sb_dim_products", w.SBDimProducts),
		textTable("gold.sb_dim_gross_price", w.SBDimGrossPrice),
		textTable("gold.sb_fact_orders", w.SBFactOrders),
		textTable("gold.vw_fact_orders_enriched", w.Enriched),
		textTable("ops.quarantine", w.Quarantine),
		textTable("ops.row_accounts", w.Accounts),
	}
}

func textTable[T any](name string, rows []T) Table {
	t := Table{Name: name}
	fields := reflect.VisibleFields(reflect.TypeFor[T]())
	for _, field := range fields {
		t.Columns = append(t.Columns, field.Tag.Get("column"))
	}
	for _, row := range rows {
		value := reflect.ValueOf(row)
		texts := make([]Text, len(fields))
		for i := range fields {
			texts[i] = engineText(value.Field(i).Interface())
		}
		t.Rows = append(t.Rows, texts)
	}
	return t
}

func engineText(value any) Text {
	switch value := value.(type) {
	case Text:
		return value
	case sql.Null[Paise]:
		if !value.Valid {
			return Text{}
		}
		return some(value.V.String())
	case *Amount:
		if value == nil {
			return Text{}
		}
		return some(value.String())
	default:
		return some(fmt.Sprint(value))
	}
}
