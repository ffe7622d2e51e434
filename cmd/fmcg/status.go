package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/pipeline"
	"github.com/fmcg/fmcg/pipeline/journal"
)

// running is a refresh at work, as its lock and its journal tell.
type running struct {
	journal.Holder
	Step string `json:"step"`
}

func (a *app) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Say what is published, since when, what is in quarantine, what runs now",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			now, err := a.running()
			if err != nil {
				return err
			}
			warehouse, err := catalog.Open(command.Context(), a.settings.Warehouse)
			if errors.Is(err, catalog.ErrNothingPublished) {
				return a.printUnpublished(now)
			}
			if err != nil {
				return err
			}
			defer func() { _ = warehouse.Close() }()
			summary, err := warehouse.Summarize(command.Context())
			if err != nil {
				return err
			}
			releases, err := pipeline.Releases(a.settings.Warehouse)
			if err != nil {
				return err
			}
			missing := a.missingFiles(command)
			if a.settings.Format == formatJSON {
				return printJSON(a.stdout, map[string]any{"published": summary, "running": now, "releases": releases, "missing_in_lake": missing})
			}
			fmt.Fprintf(a.stdout, "%s: run %s, refreshed %s UTC (%s), %s files loaded.\n\n", a.settings.Warehouse, summary.Freshness.Run,
				summary.Freshness.RefreshedAt.Format("2006-01-02 15:04"), ago(a.now(), summary.Freshness.RefreshedAt), thousands(summary.Freshness.FilesLoaded))
			printSummary(a.stdout, summary)
			if len(missing) > 0 {
				fmt.Fprintf(a.stdout, "\nLoaded files that are gone from the lake; their rows stay (%d):\n", len(missing))
				for _, name := range missing {
					fmt.Fprintf(a.stdout, "  %s\n", name)
				}
			}
			var rows [][]any
			for _, release := range releases {
				state := ""
				if release.Published {
					state = "published"
				}
				rows = append(rows, []any{release.Run, bytesText(release.Size), state})
			}
			fmt.Fprintln(a.stdout)
			printTable(a.stdout, []string{"release", "size", ""}, rows)
			a.printRunning(now)
			return nil
		},
	}
}

// missingFiles names loaded files that are not in the lake, where a lake is configured and can be reached; the status of
// a published file must not depend on that.
func (a *app) missingFiles(command *cobra.Command) []string {
	config, err := a.pipelineConfig()
	if err != nil {
		return nil
	}
	plan, err := pipeline.MakePlan(command.Context(), config)
	if err != nil {
		fmt.Fprintf(a.stderr, "the lake is not looked at: %v\n", err)
		return nil
	}
	return plan.Missing
}

func (a *app) printUnpublished(now *running) error {
	if a.settings.Format == formatJSON {
		return printJSON(a.stdout, map[string]any{"published": nil, "running": now})
	}
	fmt.Fprintf(a.stdout, "Nothing is published at %s.\n", a.settings.Warehouse)
	a.printRunning(now)
	return nil
}

func (a *app) running() (*running, error) {
	holder, isRunning := journal.RunningNow(a.settings.Warehouse)
	if !isRunning {
		return nil, nil
	}
	run, err := catalog.ReadRun(a.settings.Warehouse, holder.Run)
	if errors.Is(err, fs.ErrNotExist) { // it has the lock and has written nothing yet
		err = nil
	}
	return &running{Holder: holder, Step: run.Step}, err
}

func (a *app) printRunning(now *running) {
	if now == nil {
		fmt.Fprintln(a.stdout, "\nNo refresh runs.")
		return
	}
	fmt.Fprintf(a.stdout, "\nA refresh runs: %s, at: %s.\n", now.Holder, now.Step)
}
