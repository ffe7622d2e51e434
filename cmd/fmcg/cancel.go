package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/pipeline"
	"github.com/fmcg/fmcg/pipeline/journal"
)

// cancelPatience is how long cancel waits for the run to end; the engine stops within half a second.
const cancelPatience = 30 * time.Second

func (a *app) cancelCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "cancel",
		Short: "Stop the refresh that runs; the published file stays as it was",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			config, err := a.warehouseConfig()
			if err != nil {
				return err
			}
			ctx, stop := context.WithTimeout(command.Context(), cancelPatience)
			defer stop()
			holder, err := pipeline.Cancel(ctx, config)
			if err != nil {
				return err
			}
			a.noteAct(journal.Act{By: config.StartedBy, Act: journal.CancelAsked, Run: holder.Run})
			if a.settings.Format == formatJSON {
				return printJSON(a.stdout, map[string]any{"cancelled": holder})
			}
			fmt.Fprintf(a.stdout, "Stopped: %s. fmcg runs %s shows how far it came; fmcg refresh --repair goes on from it.\n", holder, holder.Run)
			return nil
		},
	}
}
