package catalog

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
)

// QuarantineFilter picks rows of the quarantine; what is empty is not asked for.
type QuarantineFilter struct {
	Reason  string
	Table   string // bronze table, "orders"
	File    string
	Product string // product_code, or the child's product_id
	Month   string // of its day, "2025-07"; NoMonth: it has no day that can be read
}

// NoMonth is the month of a row without a day.
const NoMonth = "none"

// Stake is what a group of rows in quarantine comes to: its pieces, and their value where a price is known.
type Stake struct {
	Table    string `db:"table_name" json:"table,omitempty"`
	Reason   string `db:"reason" json:"reason,omitempty"`
	File     string `db:"file_name" json:"file,omitempty"`
	Month    string `db:"month" json:"month,omitempty"`
	Product  string `db:"product_code" json:"product_code,omitempty"`
	Name     string `db:"product_name" json:"product_name,omitempty"` // "" where no master has it
	Rows     int64  `db:"row_count" json:"rows"`
	Repeated int64  `db:"repeated_count" json:"repeated"` // rows equal to another one in quarantine, which would count once

	// Pieces, each order line once; null where no row has a quantity that can be read.
	Quantity *json.Number `db:"quantity" json:"quantity"`
	// Pieces × price, each order line once; null where no price is known.
	AmountINR *json.Number `db:"amount_inr" json:"amount_inr"`
	// Rows with a quantity for which no price is known: they are not in AmountINR.
	Unpriced int64 `db:"unpriced_count" json:"unpriced"`
	// Rows whose price waits in quarantine with its product; they are in AmountINR.
	PriceWaits int64 `db:"price_waits_count" json:"price_waits"`
}

// QuarantineReport says what is in quarantine, and what could be done about it.
type QuarantineReport struct {
	Total       Stake        `json:"total"`
	ByReason    []Stake      `json:"by_reason"`
	ByTable     []Stake      `json:"by_table"`
	ByMonth     []Stake      `json:"by_month"`
	ByProduct   []Stake      `json:"by_product"` // of order rows
	ByFile      []Stake      `json:"by_file"`
	Suggestions []Suggestion `json:"suggestions"`
}

// A QuarantineView is the quarantine of a release with each row judged again, as the SQL of its table judges it: with the
// product, the day and the quantity that it would count with. Close it.
type QuarantineView struct {
	conn   *sqlx.Conn
	models map[string]string // by path in the SQL tree
}

// Quarantine judges what is in quarantine by the models of a SQL tree, silver/orders.sql and its like; without a tree by
// those that the release holds (ErrNoSQL where it holds none).
func (w *Warehouse) Quarantine(ctx context.Context, tree fs.FS) (*QuarantineView, error) {
	var texts map[string]string
	var err error
	if tree != nil {
		texts, err = modelFiles(tree)
	} else {
		texts, err = w.sqlFiles(ctx)
	}
	if err != nil {
		return nil, err
	}
	conn, err := w.db.Connx(ctx)
	if err != nil {
		return nil, err
	}
	view := &QuarantineView{conn: conn, models: texts}
	if err := view.judge(ctx); err != nil {
		_ = view.Close()
		return nil, fmt.Errorf("judge what is in quarantine by the SQL tree, which must be the one that the file was made with (fmcg plan says): %w", err)
	}
	return view, nil
}

// Close ends the connection: its temporary tables and variables must not be met by another query.
func (v *QuarantineView) Close() error {
	_ = v.conn.Raw(func(any) error { return driver.ErrBadConn })
	if err := v.conn.Close(); !errors.Is(err, sql.ErrConnDone) {
		return err
	}
	return nil
}

// judgedColumns are the columns that a row in quarantine gets from the model that judged it.
var judgedColumns = map[string]string{
	"products":           "product_code",
	"gross_price":        "product_code, month as date",
	"orders":             "product_code, date, order_id, customer_code, sold_quantity as quantity",
	"parent_fact_orders": "product_code, month as date, customer_code, sold_quantity as quantity",
}

// judge makes two temporary tables: waiting_prices, the yearly prices that would be known if their products were; and
// quarantined, a row each.
func (v *QuarantineView) judge(ctx context.Context) error {
	judged := []string{`select cast(null as varchar) as table_name, cast(null as varchar) as file_name, cast(null as bigint) as line,
		cast(null as varchar) as product_code, cast(null as date) as date, cast(null as varchar) as order_id,
		cast(null as varchar) as customer_code, cast(null as bigint) as quantity where false`}
	var tables []string
	if err := v.conn.SelectContext(ctx, &tables, "select distinct table_name from ops.quarantine order by all"); err != nil {
		return err
	}
	for _, table := range tables {
		if columns := judgedColumns[table]; columns != "" {
			model, err := v.model(table)
			if err != nil {
				return err
			}
			judged = append(judged, fmt.Sprintf("select '%s' as table_name, file_name, line, %s from (%s) where outcome = 'quarantined'", table, columns, model))
		}
	}
	prices, err := v.model("gross_price")
	if err != nil {
		return err
	}
	for _, statement := range []string{
		"set variable files = (select coalesce(list(distinct file_name), []) from ops.quarantine)",
		// As gold.sb_dim_gross_price and silver.gross_price settle them: the latest month, the newest file, its first row.
		fmt.Sprintf(`create temporary table waiting_prices as
			select judged.product_code, year(judged.month) as year, judged.price_inr
			from (%s) as judged
			inner join ops.files as files on files.table_name = 'gross_price' and judged.file_name = files.file_name and files.state = 'loaded'
			where judged.reason = 'unknown_product'
			qualify row_number() over (
				partition by judged.product_code, year(judged.month)
				order by judged.month desc, date_trunc('second', files.last_modified) desc, judged.file_name desc, judged.line
			) = 1`, prices),
		fmt.Sprintf(`create temporary table quarantined as
			with judged as (%s),
			newest_prices as (
				select product_code, price_inr from gold.dim_gross_price
				qualify row_number() over (partition by product_code order by year desc) = 1
			),
			valued as (
				select
					rows.table_name, rows.file_name, rows.line, rows.reason, judged.product_code, judged.date, judged.order_id, judged.customer_code,
					case when rows.reason not in ('missing_quantity', 'invalid_quantity') then judged.quantity end as quantity,
					prices.price_inr as year_price, waiting_prices.price_inr as waiting_price,
					case when judged.date is null then newest_prices.price_inr end as newest_price,
					rows.run_id, rows.quarantined_at, cast(rows.row as varchar) as row
				from ops.quarantine as rows
				left join judged on rows.table_name = judged.table_name and rows.file_name = judged.file_name and rows.line = judged.line
					and rows.reason <> 'malformed_line'
				left join gold.dim_gross_price as prices on judged.product_code = prices.product_code and year(judged.date) = prices.year
				left join waiting_prices on judged.product_code = waiting_prices.product_code and year(judged.date) = waiting_prices.year
				left join newest_prices on judged.product_code = newest_prices.product_code
			)
			select
				table_name, file_name, line, reason, product_code, date, order_id, customer_code, quantity,
				case when table_name in ('orders', 'parent_fact_orders') then coalesce(year_price, waiting_price, newest_price) end as price_inr,
				cast(quantity as decimal(19, 0)) * coalesce(year_price, waiting_price, newest_price) as amount_inr,
				case
					when table_name not in ('orders', 'parent_fact_orders') then null
					when year_price is not null then 'year'
					when waiting_price is not null then 'in quarantine'
					when newest_price is not null then 'newest'
				end as price_from,
				table_name = 'orders' and reason = 'unknown_product' and row_number() over (
					partition by table_name, reason, order_id, date, customer_code, product_code, quantity order by file_name, line
				) > 1 as is_repeated,
				run_id, quarantined_at, row
			from valued`, strings.Join(judged, "\nunion all by name\n")),
	} {
		if _, err := v.conn.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// model is the SQL that judges the rows of a bronze table.
func (v *QuarantineView) model(table string) (string, error) {
	path := "silver/" + table + ".sql"
	text, found := v.models[path]
	if !found {
		return "", fmt.Errorf("%s: %w", path, fs.ErrNotExist)
	}
	return text, nil
}

// where is the condition of a filter, with its arguments.
func (f QuarantineFilter) where() (string, []any) {
	return ` where ($1 = '' or reason = $1) and ($2 = '' or table_name = $2) and ($3 = '' or file_name = $3)
		and ($4 = '' or product_code in ($4, 'SB' || $4)) and ($5 = '' or coalesce(strftime(date, '%Y-%m'), '` + NoMonth + `') = $5)`,
		[]any{f.Reason, f.Table, f.File, f.Product, f.Month}
}

// Rows returns the rows themselves, by table, file and line, with the price that each would count with, price_from (year: the
// list price of its year; in quarantine: that price waits too; newest: the row has no day that can be read) and the row as
// delivered, JSON.
func (v *QuarantineView) Rows(ctx context.Context, filter QuarantineFilter) (Table, error) {
	return v.Page(ctx, filter, 0, 0)
}

// Page returns some of the Rows: those from an offset on, at most most; most < 1 returns all.
func (v *QuarantineView) Page(ctx context.Context, filter QuarantineFilter, offset, most int) (Table, error) {
	where, args := filter.where()
	limit := ""
	if most > 0 {
		limit = fmt.Sprintf(" limit %d", most)
	}
	return Fetch(ctx, v.conn, fmt.Sprintf("select * from quarantined%s order by table_name, file_name, line%s offset %d", where, limit, offset), 0, args...)
}

// Row returns the one row of a table, file and line, as Rows does; a Table without rows where there is none.
func (v *QuarantineView) Row(ctx context.Context, table, file string, line int64) (Table, error) {
	return Fetch(ctx, v.conn, "select * from quarantined where table_name = $1 and file_name = $2 and line = $3", 1, table, file, line)
}

// stakes sums the rows up by some columns, the greatest amount first.
func (v *QuarantineView) stakes(ctx context.Context, into any, filter QuarantineFilter, columns, condition string) error {
	where, args := filter.where()
	group, separator := "", ""
	if columns != "" {
		group, separator = "group by "+columns, ", "
	}
	return v.conn.SelectContext(ctx, into, fmt.Sprintf(`
		with rows as (
			select
				quarantined.* exclude (product_code), coalesce(quarantined.product_code, '') as product_code,
				coalesce(products.product || coalesce(' (' || products.variant || ')', ''), '') as product_name,
				coalesce(strftime(quarantined.date, '%%Y-%%m'), '`+NoMonth+`') as month
			from quarantined
			left join gold.dim_products as products on quarantined.product_code = products.product_code
		)
		select %s%s
			count(*) as row_count,
			count(*) filter (where is_repeated) as repeated_count,
			cast(sum(quantity) filter (where not is_repeated) as varchar) as quantity,
			cast(sum(amount_inr) filter (where not is_repeated) as varchar) as amount_inr,
			count(*) filter (where quantity is not null and price_inr is null) as unpriced_count,
			count(*) filter (where quantity is not null and price_from = 'in quarantine') as price_waits_count
		from rows %s and %s %s
		order by sum(amount_inr) filter (where not is_repeated) desc nulls last, sum(quantity) filter (where not is_repeated) desc nulls last,
			row_count desc %s%s`, columns, separator, where, condition, group, separator, columns), args...)
}

// Report sums the quarantine up, and suggests corrections for what it is asked for.
func (v *QuarantineView) Report(ctx context.Context, filter QuarantineFilter) (QuarantineReport, error) {
	var report QuarantineReport
	var total []Stake
	for _, part := range []struct {
		into               any
		columns, condition string
	}{
		{&total, "", "true"},
		{&report.ByReason, "table_name, reason", "true"},
		{&report.ByTable, "table_name", "true"},
		{&report.ByMonth, "month", "true"},
		{&report.ByProduct, "product_code, product_name", "table_name in ('orders', 'parent_fact_orders')"},
		{&report.ByFile, "table_name, file_name", "true"},
	} {
		if err := v.stakes(ctx, part.into, filter, part.columns, part.condition); err != nil {
			return report, err
		}
	}
	report.Total = total[0]
	slices.SortFunc(report.ByMonth, func(a, b Stake) int { return strings.Compare(a.Month, b.Month) })
	var err error
	report.Suggestions, err = v.suggest(ctx, filter)
	return report, err
}
