package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/pipeline"
)

func (a *app) testCommand() *cobra.Command {
	var unit bool
	var cases, pattern string
	command := &cobra.Command{
		Use:   "test",
		Short: "Run the checks on the published file, or the unit tests of the SQL",
		Long: "Runs the checks of the SQL tree on the published file. With --unit it runs the models of the SQL tree on small tables\n" +
			"instead, and needs neither lake nor warehouse: a case is a folder SCHEMA/MODEL/NAME with a CSV for each table that the\n" +
			"model reads (bronze.orders.csv) and expected.csv. An empty field is null, \"\" the empty text.",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if unit {
				return a.unitTest(command, cases, pattern)
			}
			if cases != "" || pattern != "" {
				return usageError{fmt.Errorf("--cases and --run belong to --unit")}
			}
			config, err := a.warehouseConfig()
			if err != nil {
				return err
			}
			results, err := pipeline.Test(command.Context(), config)
			if a.settings.Format == formatJSON {
				if results == nil {
					return err
				}
				if printErr := printJSON(a.stdout, results); printErr != nil {
					return printErr
				}
				return err
			}
			var rows [][]any
			for _, result := range results {
				rows = append(rows, []any{result.Name, string(result.Severity), result.State(), int(result.FailingRows)})
			}
			if rows != nil {
				printTable(a.stdout, []string{"check", "severity", "state", "failing rows"}, rows)
			}
			for _, result := range results {
				if !result.Held {
					fmt.Fprintf(a.stdout, "\n%s: %s\n", result.Name, result.Description)
				}
			}
			return err
		},
	}
	command.Flags().BoolVar(&unit, "unit", false, "run the unit tests of the SQL")
	command.Flags().StringVar(&cases, "cases", "", "folder of the unit tests; default: testdata/sql beside the SQL tree")
	command.Flags().StringVar(&pattern, "run", "", "run the unit tests whose path matches, silver/orders")
	return command
}

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
