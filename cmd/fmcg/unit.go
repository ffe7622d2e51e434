package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/pipeline"
)

// unitTest runs the unit tests. They lie beside the SQL tree; without one, beside where the program is called.
func (a *app) unitTest(command *cobra.Command, cases, pattern string) error {
	chosen, err := regexp.Compile(pattern)
	if err != nil {
		return usageError{fmt.Errorf("--run: %w", err)}
	}
	config, err := a.warehouseConfig()
	if err != nil {
		return err
	}
	if cases == "" {
		beside := "."
		if a.settings.SQL != "" {
			if beside, err = filepath.Abs(a.settings.SQL); err != nil {
				return err
			}
			beside = filepath.Dir(beside)
		}
		cases = filepath.Join(beside, "testdata", "sql")
	}
	if _, err := os.Stat(cases); err != nil {
		return usageError{fmt.Errorf("no unit tests: %w; --cases names their folder", err)}
	}
	results, err := pipeline.UnitTest(command.Context(), config, os.DirFS(cases), chosen)
	if a.settings.Format == formatJSON && results != nil {
		if printErr := printJSON(a.stdout, results); printErr != nil {
			return printErr
		}
		return err
	}
	var seconds float64
	passed := 0
	for _, result := range results {
		seconds += result.Seconds
		if result.Passed {
			passed++
		} else {
			a.printUnitFailure(filepath.Join(cases, filepath.FromSlash(result.Case)), result)
		}
	}
	if err == nil || results != nil {
		fmt.Fprintf(a.stdout, "%d of %d cases passed, in %.0f ms\n", passed, len(results), seconds*1000)
	}
	return err
}

// printUnitFailure shows the rows that were expected (-) and those that came (+).
func (a *app) printUnitFailure(folder string, result pipeline.UnitResult) {
	fmt.Fprintf(a.stdout, "FAILED %s\n", folder)
	if result.Error != "" {
		fmt.Fprintf(a.stdout, "%s\n\n", result.Error)
		return
	}
	var rows [][]any
	for _, row := range result.Diff {
		cells := []any{"+ got"}
		if row.Expected {
			cells[0] = "- expected"
		}
		for _, value := range row.Values {
			switch {
			case value == nil:
				cells = append(cells, "null")
			case *value == "":
				cells = append(cells, `""`)
			default:
				cells = append(cells, *value)
			}
		}
		rows = append(rows, cells)
	}
	printTable(a.stdout, append([]string{""}, result.Columns...), rows)
	fmt.Fprintf(a.stdout, "%d other rows as expected\n\n", result.Same)
}
