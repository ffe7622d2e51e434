package main

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

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
	var maxAge time.Duration
	command := &cobra.Command{
		Use:   "status",
		Short: "Say what is published, since when, what is in quarantine, what runs now",
		Long: "Says what is published, since when, what is in quarantine, what runs now. With --max-age 26h it exits 1 when nothing\n" +
			"is published, or when it was refreshed longer ago.",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			now, err := a.running()
			if err != nil {
				return err
			}
			warehouse, err := catalog.Open(command.Context(), a.settings.Warehouse)
			if errors.Is(err, catalog.ErrNothingPublished) {
				return errors.Join(a.printUnpublished(now), a.tooOld(nil, maxAge))
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
				return errors.Join(a.tooOld(&summary.Freshness, maxAge),
					printJSON(a.stdout, map[string]any{"published": summary, "running": now, "releases": releases, "missing_in_lake": missing}))
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
			return a.tooOld(&summary.Freshness, maxAge)
		},
	}
	command.Flags().DurationVar(&maxAge, "max-age", 0, "exit 1 when what is published was refreshed longer ago, 26h")
	return command
}

// tooOld is the error of a release that was refreshed longer ago than a limit, or is not there; a limit of zero is none.
func (a *app) tooOld(found *catalog.Freshness, limit time.Duration) error {
	switch {
	case limit == 0:
		return nil
	case found == nil:
		return &pipeline.Error{Op: "hold the age of", Subject: a.settings.Warehouse, Err: catalog.ErrNothingPublished}
	case a.now().Sub(found.RefreshedAt) <= limit:
		return nil
	}
	data := "it holds no sales"
	if found.DataThrough != nil {
		data = "its data go through " + found.DataThrough.Format("2006-01")
	}
	return &pipeline.Error{Op: "hold the age of", Subject: a.settings.Warehouse, Hint: "look at the last run's log, then fmcg refresh",
		Err: fmt.Errorf("it was refreshed %s UTC, %s, which is longer than %s; %s",
			found.RefreshedAt.UTC().Format("2006-01-02 15:04"), ago(a.now(), found.RefreshedAt), limit, data)}
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
