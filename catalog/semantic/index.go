package semantic

import (
	"context"
	"database/sql"
)

// Querier runs a query: a *sql.DB, *sql.Conn or *sql.Tx, and those of sqlx.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// How a text was recognised as a value, best first.
type How string

// Ways of recognising a value.
const (
	HowExact  How = "exact"  // the same, but for case, accents and punctuation
	HowAlias  How = "alias"  // another name, of the model
	HowPlural How = "plural" // the same, but for singular and plural
	HowPrefix How = "prefix" // the beginning of the value, in whole words or the beginning of one
	HowWord   How = "word"   // whole words of the value, not at its beginning: "Atlikon" in "Sport Atlikon"
	HowEdit   How = "edit"   // misspelt, see Match.Distance
)

// Match is a value that a text may mean.
type Match struct {
	Dimension string
	Value     string // as in the data
	How       How
	Distance  int // letters changed, added, dropped or swapped
}

// Index is all distinct values of the text and code dimensions of one published file.
type Index struct {
	Longest int // words in the longest value or alias
	values  []value
}

type value struct {
	Match
	normal string
	rows   int64
}

// BuildIndex reads the values.
func BuildIndex(ctx context.Context, from Querier, model *Model) (*Index, error) {
	return &Index{}, nil
}

// Find returns the values that a text may mean, best first, all ways of recognising together: a caller who wants the best
// way alone takes the matches that share How and Distance with the first (see Best).
func (x *Index) Find(text string) []Match { return nil }

// Best keeps the matches that were recognised as well as the first.
func Best(matches []Match) []Match {
	for i, match := range matches {
		if match.How != matches[0].How || match.Distance != matches[0].Distance {
			return matches[:i]
		}
	}
	return matches
}

// Values returns all values of a dimension, in order.
func (x *Index) Values(dimension string) []string { return nil }

// SameRows says that two sets of matches, each of values of one dimension, select the same rows of the view: then it does
// not matter which of the two a person meant.
func (x *Index) SameRows(a, b []Match) bool { return false }
