package catalog

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Account is what became of the rows of a delivered file, or of all files of a table.
type Account struct {
	Table       string     `db:"table_name" json:"table"`
	File        string     `db:"file_name" json:"file,omitempty"`
	Files       int64      `db:"file_count" json:"files"`
	Read        int64      `db:"rows_read" json:"rows_read"`
	Loaded      int64      `db:"rows_loaded" json:"rows_loaded"`
	Duplicate   int64      `db:"rows_duplicate" json:"rows_duplicate"`
	Superseded  int64      `db:"rows_superseded" json:"rows_superseded"`
	Quarantined int64      `db:"rows_quarantined" json:"rows_quarantined"`
	LoadedAt    *time.Time `db:"loaded_at" json:"loaded_at"` // when it was last read, UTC
}

// Balances says that all rows of the account are accounted for.
func (a Account) Balances() bool {
	return a.Read == a.Loaded+a.Duplicate+a.Superseded+a.Quarantined
}

// AccountFilter picks accounts; what is empty is not asked for.
type AccountFilter struct {
	Table string // of bronze, "orders"
	Words string // each in the name of the table or the file
	Sort  string // a key of AccountOrders; "" is file
	Limit int    // < 1: all
}

// AccountOrders are the orders in which accounts come.
var AccountOrders = map[string]string{
	"file": "table_name, file_name", "loaded_at": "loaded_at desc nulls last, table_name, file_name desc", "read": "rows_read desc, table_name, file_name",
	"duplicate": "rows_duplicate desc, table_name, file_name", "superseded": "rows_superseded desc, table_name, file_name",
	"quarantined": "rows_quarantined desc, table_name, file_name",
}

// fileAccounts are the accounts of ops with the time that the file was read.
const fileAccounts = `select accounts.*, 1 as file_count, files.loaded_at
	from ops.row_accounts as accounts
	left join ops.files as files on accounts.table_name = files.table_name and accounts.file_name = files.file_name and files.state = 'loaded'`

// Accounts returns the accounts of files, and how many there are.
func (w *Warehouse) Accounts(ctx context.Context, filter AccountFilter) (accounts []Account, total int64, err error) {
	accounts = []Account{}
	order := AccountOrders[filter.Sort]
	if order == "" {
		order = AccountOrders["file"]
	}
	where, args := " where ($1 = '' or table_name = $1)", []any{filter.Table}
	for _, word := range strings.Fields(strings.ToLower(filter.Words)) {
		args = append(args, word)
		where += fmt.Sprintf(" and contains(lower(table_name || ' ' || file_name), $%d)", len(args))
	}
	from := "from (" + fileAccounts + ") as accounts" + where
	if err := w.db.GetContext(ctx, &total, "select count(*) "+from, args...); err != nil {
		return nil, 0, err
	}
	query := `select table_name, file_name, file_count, rows_read, rows_loaded, rows_duplicate, rows_superseded, rows_quarantined, loaded_at ` + from + " order by " + order
	if filter.Limit > 0 {
		query += fmt.Sprintf(" limit %d", filter.Limit)
	}
	return accounts, total, w.db.SelectContext(ctx, &accounts, query, args...)
}

// TableAccounts returns the accounts of tables.
func (w *Warehouse) TableAccounts(ctx context.Context) ([]Account, error) {
	accounts := []Account{}
	err := w.db.SelectContext(ctx, &accounts, `select table_name, count(*) as file_count, max(loaded_at) as loaded_at,
			cast(sum(rows_read) as bigint) as rows_read, cast(sum(rows_loaded) as bigint) as rows_loaded, cast(sum(rows_duplicate) as bigint) as rows_duplicate,
			cast(sum(rows_superseded) as bigint) as rows_superseded, cast(sum(rows_quarantined) as bigint) as rows_quarantined
		from (`+fileAccounts+`) as accounts group by table_name order by table_name`)
	return accounts, err
}

// FileSetAside is a delivered file of which nothing is in the warehouse.
type FileSetAside struct {
	Table  string     `db:"table_name" json:"table"`
	File   string     `db:"file_name" json:"file"`
	State  string     `db:"state" json:"state"` // rejected, withdrawn
	Reason string     `db:"reason" json:"reason"`
	At     *time.Time `db:"loaded_at" json:"at"`
}

// FilesSetAside returns the files that were rejected or withdrawn.
func (w *Warehouse) FilesSetAside(ctx context.Context) ([]FileSetAside, error) {
	found := []FileSetAside{}
	err := w.db.SelectContext(ctx, &found, `select table_name, file_name, state, coalesce(reason, '') as reason, loaded_at from ops.files
		where state in ('rejected', 'withdrawn') order by table_name, file_name`)
	return found, err
}

// Delivered returns the one row of a bronze table that a line of a file became, as it was delivered; a Table without rows where
// there is none, as of a line that the CSV parser refused.
func (w *Warehouse) Delivered(ctx context.Context, table, file string, line int64) (Table, error) {
	return w.Query(ctx, "select * from bronze."+quoteName(table)+" where file_name = $1 and line = $2", 1, file, line)
}

// Sample returns rows of a table, in the order in which it holds them.
func (w *Warehouse) Sample(ctx context.Context, table string, offset, most int) (Table, error) {
	return w.Query(ctx, fmt.Sprintf("select * from %s limit %d offset %d", quoteTable(table), most+1, offset), most)
}
