package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/pipeline"
)

// comparedRuns is of how many published runs the results are shown beside those of today.
const comparedRuns = 5

// checked is a check's result with what it found in the last published runs.
type checked struct {
	pipeline.CheckResult
	LastRuns []catalog.CheckRun `json:"last_runs"`
}

// printFailingRows runs one check and shows every row of it; that there are some is no failure of the command.
func (a *app) printFailingRows(command *cobra.Command, args []string, asCSV bool) error {
	if len(args) == 0 {
		return usageError{errors.New("--rows shows the rows of one check: fmcg test CHECK --rows")}
	}
	if args[0] == verifiedCheck {
		return a.printBrokenVerified(command.Context(), asCSV)
	}
	files, err := a.ownOrEmbeddedTree()
	if err != nil {
		return err
	}
	tree, err := pipeline.LoadTree(files)
	if err != nil {
		return err
	}
	check, err := tree.Find(args[0])
	if err != nil {
		return err
	}
	warehouse, err := catalog.Open(command.Context(), a.settings.Warehouse)
	if err != nil {
		return usageError{err}
	}
	defer func() { _ = warehouse.Close() }()
	found, err := warehouse.Query(command.Context(), fmt.Sprintf("select * from (%s) order by all", check.SQL), 0)
	if err != nil {
		return fmt.Errorf("run sql/%s: %w", check.Path, err)
	}
	return a.printFound(found, asCSV)
}

// printBrokenVerified shows all verified questions that lose their answer on the published file.
func (a *app) printBrokenVerified(ctx context.Context, asCSV bool) error {
	checks := a.fileChecks()
	if len(checks) == 0 {
		return usageError{errors.New("verified_check is off: verified questions are not asked")}
	}
	rows, err := checks[0].Run(ctx, a.settings.Warehouse)
	if err != nil {
		return usageError{err}
	}
	found := catalog.Table{Columns: checks[0].Columns, Rows: [][]any{}}
	for _, row := range rows {
		found.Rows = append(found.Rows, []any{row[0], row[1], row[2]})
	}
	return a.printFound(found, asCSV)
}

// printFound shows the rows of a check.
func (a *app) printFound(found catalog.Table, asCSV bool) error {
	switch {
	case asCSV:
		return printCSV(a.stdout, found)
	case a.settings.Format == formatJSON:
		return printJSON(a.stdout, found)
	}
	printTable(a.stdout, found.Columns, found.Rows)
	fmt.Fprintf(a.stderr, "%s rows\n", thousands(int64(len(found.Rows))))
	return nil
}

func (a *app) printChecks(command *cobra.Command, results []pipeline.CheckResult) error {
	warehouse, err := catalog.Open(command.Context(), a.settings.Warehouse)
	if err != nil {
		return err
	}
	defer func() { _ = warehouse.Close() }()
	history, err := warehouse.CheckHistory(command.Context(), comparedRuns)
	if err != nil {
		return err
	}
	var all []checked
	var rows [][]any
	for _, result := range results {
		all = append(all, checked{result, history[result.Name]})
		rows = append(rows, []any{result.Name, string(result.Severity), result.State(), int(result.FailingRows), trend(history[result.Name])})
	}
	if a.settings.Format == formatJSON {
		return printJSON(a.stdout, all)
	}
	printTable(a.stdout, []string{"check", "severity", "state", "failing rows", "in the last runs"}, rows)
	for _, result := range results {
		if result.Held {
			continue
		}
		fmt.Fprintf(a.stdout, "\n%s: %s\n", result.Name, result.Description)
		printTable(a.stdout, result.Columns, result.FirstRows)
		if more := result.FailingRows - int64(len(result.FirstRows)); more > 0 {
			fmt.Fprintf(a.stdout, " and %s more: fmcg test %s --rows\n", thousands(more), result.Name)
		}
	}
	return nil
}

// trend writes what a check found in the last runs, the oldest first: "0, 0, 12"; - stands for a run that did not have it.
func trend(runs []catalog.CheckRun) string {
	var found []string
	for _, run := range runs {
		if run.FailingRows == nil {
			found = append(found, "-")
		} else {
			found = append(found, thousands(*run.FailingRows))
		}
	}
	return strings.Join(found, "  ")
}
