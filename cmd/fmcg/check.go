package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/pipeline"
	"github.com/fmcg/fmcg/pipeline/lake"
)

func (a *app) checkCommand() *cobra.Command {
	var mayMove bool
	command := &cobra.Command{
		Use:   "check",
		Short: "Test the link to the lake, step by step",
		Long: "Tests credentials, region, listing and reading, and with --move the right to move files (it writes and removes a\n" +
			"probe under a name that is never read), then the engine's own way to the lake. A failure names its cause and cure.",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			config, err := a.pipelineConfig()
			if err != nil {
				return err
			}
			opened, err := lake.Open(command.Context(), config.Lake)
			if err != nil {
				return err
			}
			type line struct {
				Step   string `json:"step"`
				State  string `json:"state"`
				Detail string `json:"detail"`
			}
			var lines []line
			var failure error
			say := func(step lake.Step) {
				one := line{Step: step.Name, State: "ok", Detail: step.Detail}
				if step.Err != nil {
					one.State, one.Detail = "failed", step.Err.Error()
					if failure == nil {
						failure = step.Err
					}
				}
				lines = append(lines, one)
				if a.settings.Format == formatText {
					fmt.Fprintf(a.stdout, "%-6s  %s: %s\n", one.State, one.Step, one.Detail)
				}
			}
			for step := range opened.Check(command.Context(), mayMove) {
				say(step)
			}
			if failure == nil {
				say(pipeline.CheckEngine(command.Context(), config, opened))
			}
			if a.settings.Format == formatJSON {
				if err := printJSON(a.stdout, lines); err != nil {
					return err
				}
			}
			return failure
		},
	}
	command.Flags().BoolVar(&mayMove, "move", false, "test the right to move files too")
	return command
}
