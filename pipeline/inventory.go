package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fmcg/fmcg/pipeline/lake"
)

// Inventory is what lies in the lake, held against the ledger.
type Inventory struct {
	Files    []InventoryFile `json:"files"`
	Missing  []string        `json:"missing"` // loaded files that are gone from the lake
	Ignored  []lake.Object   `json:"ignored"`
	Warnings []string        `json:"warnings"`
}

// InventoryFile is one delivered file. State is new, changed (it looks so: it is read and compared by the next refresh),
// or its state in the ledger.
type InventoryFile struct {
	lake.File
	State string   `json:"state"`
	Head  []string `json:"head,omitempty"` // first lines as delivered
}

// LookAtLake lists the lake, of one table or ("") all, with the first lines of each file where head > 0.
func LookAtLake(ctx context.Context, config Config, table string, head int) (Inventory, error) {
	config = config.withDefaults()
	opened, tree, state, listing, err := open(ctx, config, config.Warehouse)
	if err != nil {
		return Inventory{}, err
	}
	if table != "" && tree.bronze()[table] == nil {
		return Inventory{}, &Error{Op: "list", Subject: table, Code: WrongUse, Err: errors.New("no such table in bronze"), Hint: "fmcg lake without a table lists all"}
	}
	plan, err := makePlan(state, tree, listing, false)
	if err != nil {
		return Inventory{}, err
	}
	found := Inventory{Missing: plan.Missing, Ignored: listing.Ignored, Warnings: listing.Warnings}
	for _, file := range listing.Files {
		if table != "" && file.Table != table {
			continue
		}
		one := InventoryFile{File: file, State: state.Ledger[fileKey{file.Table, file.Name}].State}
		switch {
		case one.State == "":
			one.State = "new"
		case slices.Contains(plan.Look, file):
			one.State = "changed"
		}
		if head > 0 {
			start, err := opened.Head(ctx, file)
			if err != nil {
				return found, fmt.Errorf("read %s: %w", file.URI, err)
			}
			lines := strings.SplitN(string(start), "\n", head+1)
			one.Head = lines[:min(head, len(lines))]
		}
		found.Files = append(found.Files, one)
	}
	return found, nil
}
