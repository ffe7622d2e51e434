package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/pipeline"
)

func (a *app) rollbackCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "rollback [RUN]",
		Short: "Publish a kept release again: the one before, or the one named",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			config, err := a.warehouseConfig()
			if err != nil {
				return err
			}
			run := ""
			if len(args) > 0 {
				run = args[0]
			}
			release, err := pipeline.Rollback(command.Context(), config, run)
			if err != nil {
				return err
			}
			if a.settings.Format == formatJSON {
				return printJSON(a.stdout, release)
			}
			fmt.Fprintf(a.stdout, "Published the release of run %s again. The next refresh goes on from it.\n", release.Run)
			return nil
		},
	}
}
