package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// PlannedModel is a model that a refresh would run.
type PlannedModel struct {
	Path   string   // "silver/orders.sql"
	Why    []string // "edited", "new", "3 new files", "follows silver.products"
	Schema []string // how its columns differ from those of the published table: "+ margin DECIMAL(18,2)", "- city", …
}

// explain says which models a plan runs, and why. Files that only look changed may turn out to be the same, and then what
// follows from them does not run.
func explain(ctx context.Context, config Config, tree Tree, state published, plan Plan) (planned []PlannedModel, err error) {
	e, err := openEngine(ctx, state.Release, true, EngineConfig{Threads: config.Engine.Threads})
	if err != nil {
		return nil, err
	}
	defer func() { _ = e.close() }()
	if err := tree.resolve(ctx, e); err != nil {
		return nil, err
	}
	edited, runs := setOf(plan.Edited), map[string]bool{}
	for _, model := range tree.Models {
		one := PlannedModel{Path: model.Path}
		switch {
		case !state.Tables[model.Table]:
			one.Why = append(one.Why, "new")
		case edited[model.Table]:
			one.Why = append(one.Why, "edited")
		}
		if model.Load == ByFile {
			one.Why = append(one.Why, filesOf(plan, model.Name)...)
		}
		for _, table := range model.Reads {
			if runs[table] && (model.Load != View || edited[table]) {
				one.Why = append(one.Why, "follows "+table)
			}
		}
		if len(one.Why) == 0 {
			continue
		}
		runs[model.Table] = true
		if edited[model.Table] && state.Tables[model.Table] && model.Load != ByFile {
			one.Schema = e.schemaChange(ctx, model)
		}
		planned = append(planned, one)
	}
	return planned, nil
}

// filesOf says what a plan reads into a bronze table.
func filesOf(plan Plan, table string) (why []string) {
	fresh, looked := 0, 0
	for _, file := range plan.New {
		if file.Table == table {
			fresh++
		}
	}
	for _, file := range plan.Look {
		if file.Table == table {
			looked++
		}
	}
	if fresh > 0 {
		why = append(why, fmt.Sprintf("%d files to read", fresh))
	}
	if looked > 0 {
		why = append(why, fmt.Sprintf("%d files that look changed", looked))
	}
	if slices.Contains(plan.Reordered, table) {
		why = append(why, "another file is the newest")
	}
	return why
}

// schemaChange tells how the columns of an edited model differ from those of its published table. Where the SQL reads what
// the published file does not have yet, the engine can tell only when it is built.
func (e *engine) schemaChange(ctx context.Context, model *Model) (changes []string) {
	before, err := e.columnsOf(ctx, "from "+model.Table)
	if err != nil {
		return nil
	}
	after, err := e.storedColumnsOf(ctx, model)
	if err != nil {
		return []string{"known when it is built: " + firstLine(err.Error())}
	}
	types := map[string]string{}
	for _, column := range before {
		name, kind, _ := strings.Cut(column, " ")
		types[name] = kind
	}
	for _, column := range after {
		name, kind, _ := strings.Cut(column, " ")
		former, known := types[name]
		delete(types, name)
		switch {
		case !known:
			changes = append(changes, "+ "+column)
		case former != kind:
			changes = append(changes, fmt.Sprintf("%s: %s, was %s", name, kind, former))
		}
	}
	for _, column := range before {
		if name, _, _ := strings.Cut(column, " "); types[name] != "" {
			changes = append(changes, "- "+name)
		}
	}
	return changes
}

// storedColumnsOf returns the columns that the table of a model gets from its SQL.
func (e *engine) storedColumnsOf(ctx context.Context, model *Model) ([]string, error) {
	columns, err := e.columnsOf(ctx, model.SQL)
	if model.judged() {
		columns = slices.DeleteFunc(columns, func(column string) bool {
			return strings.HasPrefix(column, outcomeColumn+" ") || strings.HasPrefix(column, reasonColumn+" ")
		})
	}
	return columns, err
}

// columnsOf returns the columns of a query, "price_inr DECIMAL(18,2)".
func (e *engine) columnsOf(ctx context.Context, query string) ([]string, error) {
	return e.texts(ctx, fmt.Sprintf("select column_name || ' ' || column_type from (describe %s)", query))
}
