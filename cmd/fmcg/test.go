package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/pipeline"
)

func (a *app) testCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "test",
		Short: "Run the checks on the published file",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
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
}
