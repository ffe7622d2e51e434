package lineage

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Column is a column of a table, "gold.fact_orders" and "date". Rows says that it stands for the rows of the table.
type Column struct {
	Table string `json:"table"`
	Name  string `json:"column"`
}

// Rows is the name of the column that stands for which rows a table has, and how many.
const Rows = "*"

func (c Column) String() string { return c.Table + "." + c.Name }

// Use says how a column is used, in the terms of OpenLineage. The first three are direct: values come from it. The others
// are indirect: it decides which values, and which rows, there are.
type Use uint16

// The uses of a column.
const (
	Identity       Use = 1 << iota // the value itself
	Transformation                 // a value computed from it
	Aggregation                    // a value computed from many of them
	Join                           // rows are found by it
	Filter                         // rows are kept or left out by it
	Group                          // rows are put together by it
	Sort                           // rows are ordered, or cut off, by it
	Window                         // rows are numbered or compared by it
	Condition                      // it decides between values
)

const direct = Identity | Transformation | Aggregation

var useNames = []string{"identity", "transformation", "aggregation", "join", "filter", "group", "sort", "window", "condition"}

// Direct says that values come from the column.
func (u Use) Direct() bool { return u&direct != 0 }

// Names are the names of the uses.
func (u Use) Names() []string {
	var names []string
	for i, name := range useNames {
		if u&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

func (u Use) String() string { return strings.Join(u.Names(), ", ") }

// MarshalJSON writes the names.
func (u Use) MarshalJSON() ([]byte, error) { return json.Marshal(u.Names()) }

// Source is a column and how it is used.
type Source struct {
	Column
	Use Use `json:"use"`
}

// flow is what a value, or the rows of a relation, are made of.
type flow struct {
	uses     map[Column]Use
	untraced map[string]bool // why something is missing
}

func from(column Column, use Use) flow { return flow{uses: map[Column]Use{column: use}} }

func untraced(reason string) flow { return flow{untraced: map[string]bool{reason: true}} }

// and is what both are made of.
func (f flow) and(others ...flow) flow {
	sum := flow{uses: maps.Clone(f.uses), untraced: maps.Clone(f.untraced)}
	if sum.uses == nil {
		sum.uses = map[Column]Use{}
	}
	if sum.untraced == nil {
		sum.untraced = map[string]bool{}
	}
	for _, other := range others {
		for column, use := range other.uses {
			sum.uses[column] |= use
		}
		maps.Copy(sum.untraced, other.untraced)
	}
	return sum
}

// as is the flow of something that uses the value: a direct use comes atop of those before, an indirect one ends them.
func (f flow) as(use Use) flow {
	used := flow{uses: make(map[Column]Use, len(f.uses)), untraced: f.untraced}
	for column, before := range f.uses {
		after := before &^ direct
		if before.Direct() {
			if use.Direct() {
				after |= max(before&direct, use)
			} else {
				after |= use
			}
		}
		used.uses[column] = after
	}
	return used
}

func (f flow) sources() []Source {
	var found []Source
	for column, use := range f.uses {
		// Of several direct ways the one that changes most is told.
		for _, most := range []Use{Aggregation, Transformation, Identity} {
			if use&most != 0 {
				use = use&^direct | most
				break
			}
		}
		found = append(found, Source{Column: column, Use: use})
	}
	slices.SortFunc(found, func(a, b Source) int {
		return strings.Compare(a.Table+"\x00"+a.Name, b.Table+"\x00"+b.Name)
	})
	return found
}

func (f flow) reasons() []string { return slices.Sorted(maps.Keys(f.untraced)) }
