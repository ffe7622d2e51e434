package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/pipeline"
)

func (a *app) testCommand() *cobra.Command {
	var rows, asCSV, unit bool
	var cases, pattern string
	command := &cobra.Command{
		Use:   "test [CHECK]",
		Short: "Run the checks on the published file, or the unit tests of the SQL",
		Long: "Runs all checks of the SQL tree, or CHECK, on the published file, and shows the first rows of those that fail, with\n" +
			"what they found in the last published runs. CHECK --rows shows all its rows.\n\n" +
			"With --unit it runs the models of the SQL tree on small tables instead, and needs neither lake nor warehouse: a case is a\n" +
			"folder SCHEMA/MODEL/NAME with a CSV for each table that the model reads (bronze.orders.csv) and expected.csv. An empty\n" +
			"field is null, \"\" the empty text.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			switch {
			case unit && (len(args) > 0 || rows || asCSV):
				return usageError{errors.New("--unit runs no checks; --run PATTERN picks cases")}
			case unit:
				return a.unitTest(command, cases, pattern)
			case cases != "" || pattern != "":
				return usageError{errors.New("--cases and --run belong to --unit")}
			}
			config, err := a.warehouseConfig()
			if err != nil {
				return err
			}
			if rows {
				return a.printFailingRows(command, args, asCSV)
			}
			if asCSV {
				return usageError{errors.New("--csv writes the rows of a check: fmcg test CHECK --rows --csv")}
			}
			results, err := pipeline.Test(command.Context(), config, args...)
			if results == nil {
				return err
			}
			return errors.Join(a.printChecks(command, results), err)
		},
	}
	command.Flags().BoolVar(&rows, "rows", false, "show all rows that CHECK returns")
	command.Flags().BoolVar(&asCSV, "csv", false, "write them as CSV")
	command.Flags().BoolVar(&unit, "unit", false, "run the unit tests of the SQL")
	command.Flags().StringVar(&cases, "cases", "", "folder of the unit tests; default: testdata/sql beside the SQL tree")
	command.Flags().StringVar(&pattern, "run", "", "run the unit tests whose path matches, silver/orders")
	return command
}
