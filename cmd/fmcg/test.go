package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/pipeline"
)

func (a *app) testCommand() *cobra.Command {
	var rows, asCSV bool
	command := &cobra.Command{
		Use:   "test [CHECK]",
		Short: "Run the checks on the published file",
		Long: "Runs all checks of the SQL tree, or CHECK, on the published file, and shows the first rows of those that fail, with\n" +
			"what they found in the last published runs. CHECK --rows shows all its rows.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
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
	return command
}
