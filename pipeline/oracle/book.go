package oracle

import (
	"cmp"
	"slices"
)

// Reason is why a row is in quarantine.
type Reason string

const (
	passes Reason = ""

	MalformedLine    Reason = "malformed_line"
	MissingKey       Reason = "missing_key"
	MissingOrderID   Reason = "missing_order_id"
	UnparsableDate   Reason = "unparsable_date"
	UnparsableMonth  Reason = "unparsable_month"
	MissingQuantity  Reason = "missing_quantity"
	InvalidQuantity  Reason = "invalid_quantity"
	MissingPrice     Reason = "missing_price"
	InvalidPrice     Reason = "invalid_price"
	InvalidProductID Reason = "invalid_product_id"
	UnknownProduct   Reason = "unknown_product"
)

// Quarantined is a row of ops.quarantine.
type Quarantined struct {
	TableName string `column:"table_name"`
	FileName  string `column:"file_name"`
	Line      int    `column:"line"`
	Reason    Reason `column:"reason"`
}

// Account is a row of ops.row_accounts: what became of the rows of one file.
type Account struct {
	TableName   string `column:"table_name"`
	FileName    string `column:"file_name"`
	Read        int    `column:"rows_read"`
	Loaded      int    `column:"rows_loaded"`
	Duplicate   int    `column:"rows_duplicate"`
	Superseded  int    `column:"rows_superseded"`
	Quarantined int    `column:"rows_quarantined"`
}

// books keep an account for each delivered file, and the quarantine.
type books struct {
	accounts   map[fileKey]*Account
	quarantine []Quarantined
}

type fileKey struct{ table, name string }

func openBooks(delivered delivery) *books {
	b := &books{accounts: map[fileKey]*Account{}}
	for _, sheets := range delivered.loaded {
		for _, s := range sheets {
			b.accounts[fileKey{s.table, s.name}] = &Account{TableName: s.table, FileName: s.name, Read: len(s.rows)}
		}
	}
	for _, r := range delivered.rejected {
		b.accounts[fileKey{r.TableName, r.FileName}] = &Account{TableName: r.TableName, FileName: r.FileName}
	}
	return b
}

func (b *books) account(r row) *Account { return b.accounts[fileKey{r.sheet.table, r.sheet.name}] }

// A passed row has no reason to be in quarantine: where it came from and its clean value.
type passed[T any] struct {
	row
	value T
}

// judge puts the malformed rows and those for which judgeRow has a reason into quarantine, and returns the others, sheet by sheet.
func judge[T any](b *books, sheets []*sheet, judgeRow func(row) (T, Reason)) []passed[T] {
	var all []passed[T]
	for _, s := range sheets {
		for _, r := range s.rows {
			value, reason := *new(T), MalformedLine
			if !r.malformed {
				value, reason = judgeRow(r)
			}
			if reason == passes {
				all = append(all, passed[T]{r, value})
				continue
			}
			b.account(r).Quarantined++
			b.quarantine = append(b.quarantine, Quarantined{s.table, s.name, r.line, reason})
		}
	}
	return all
}

// settleByKey settles the same key twice in dimensions, prices and parent facts: in each file the first row counts and the
// others are duplicates; of these first rows the newest file's is loaded and the others are superseded.
func settleByKey[T any, K comparable](b *books, rows []passed[T], key func(T) K) []T {
	oldestFirst := slices.Clone(rows)
	slices.SortStableFunc(oldestFirst, func(x, y passed[T]) int {
		return cmp.Or(newerFile(x.sheet.file, y.sheet.file), cmp.Compare(x.line, y.line))
	})
	winner := map[K]passed[T]{}
	for _, r := range oldestFirst {
		former, seen := winner[key(r.value)]
		switch {
		case seen && former.sheet == r.sheet:
			b.account(r.row).Duplicate++
			continue
		case seen:
			b.account(former.row).Superseded++
			b.account(former.row).Loaded--
		}
		b.account(r.row).Loaded++
		winner[key(r.value)] = r
	}
	loaded := make([]T, 0, len(winner))
	for _, r := range winner {
		loaded = append(loaded, r.value)
	}
	return loaded
}

// settleOrderLines settles equal order lines: the one with the least file name, then line, is loaded, the others are duplicates.
// When a file was modified plays no part.
func settleOrderLines(b *books, rows []passed[OrderLine]) []OrderLine {
	inOrder := slices.Clone(rows)
	slices.SortFunc(inOrder, func(x, y passed[OrderLine]) int {
		return cmp.Or(cmp.Compare(x.sheet.name, y.sheet.name), cmp.Compare(x.line, y.line))
	})
	seen := map[OrderLine]bool{}
	var loaded []OrderLine
	for _, r := range inOrder {
		if seen[r.value] {
			b.account(r.row).Duplicate++
			continue
		}
		seen[r.value] = true
		b.account(r.row).Loaded++
		loaded = append(loaded, r.value)
	}
	return loaded
}

func (b *books) quarantined() []Quarantined {
	slices.SortFunc(b.quarantine, func(x, y Quarantined) int {
		return cmp.Or(cmp.Compare(x.TableName, y.TableName), cmp.Compare(x.FileName, y.FileName), cmp.Compare(x.Line, y.Line))
	})
	return b.quarantine
}

func (b *books) accounted() []Account {
	var all []Account
	for _, account := range b.accounts {
		all = append(all, *account)
	}
	slices.SortFunc(all, func(x, y Account) int {
		return cmp.Or(cmp.Compare(x.TableName, y.TableName), cmp.Compare(x.FileName, y.FileName))
	})
	return all
}
