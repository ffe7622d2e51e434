package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/pipeline"
	"github.com/fmcg/fmcg/pipeline/schedule"
)

func (a *app) rollbackCommand() *cobra.Command {
	var list, hold bool
	var reason string
	command := &cobra.Command{
		Use:   "rollback [RUN]",
		Short: "Publish a kept release again: the one before, or the one named",
		Long: "Publishes a kept release again, the one before the published one or the one named, and says what the next refresh\n" +
			"will do. --hold pauses the schedule, so that the night does not make again what was taken back before it is mended. --list\n" +
			"shows the kept releases with their figures; fmcg diff compares two of them.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			if reason != "" && !hold || hold && list {
				return usageError{errors.New("--hold and its --reason belong to a rollback")}
			}
			if list {
				return a.listReleases(command)
			}
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
			if hold {
				if err := schedule.Pause(a.settings.Warehouse, whoami(), cmp.Or(reason, "rolled back to "+release.Run), a.now()); err != nil {
					return err
				}
			}
			if a.settings.Format == formatJSON {
				return printJSON(a.stdout, map[string]any{"release": release, "held": hold, "next": a.nextRefresh(command)})
			}
			fmt.Fprintf(a.stdout, "Published the release of run %s again.\n", release.Run)
			printNext(a.stdout, a.nextRefresh(command))
			if hold {
				fmt.Fprintln(a.stdout, "The schedule is held: it starts no run until fmcg schedule --resume.")
			}
			return nil
		},
	}
	command.Flags().BoolVar(&list, "list", false, "show the kept releases with their figures; publishes nothing")
	command.Flags().BoolVar(&hold, "hold", false, "pause the schedule until fmcg schedule --resume")
	command.Flags().StringVar(&reason, "reason", "", "why, kept with the pause")
	return command
}

// nextRefresh says what the next refresh would do, where a lake is configured and can be reached: a rollback must not depend
// on that.
func (a *app) nextRefresh(command *cobra.Command) *pipeline.Plan {
	config, err := a.pipelineConfig()
	if err != nil {
		return nil
	}
	plan, err := pipeline.MakePlan(command.Context(), config)
	if err != nil {
		fmt.Fprintf(a.stderr, "the lake is not looked at: %v\n", err)
		return nil
	}
	return &plan
}

// printNext says what the next refresh will make of a release that was published again.
func printNext(out io.Writer, plan *pipeline.Plan) {
	switch {
	case plan == nil:
		fmt.Fprintln(out, "The next refresh goes on from it: it reads again every file that came or changed since then (fmcg plan, with the lake, names them).")
		return
	case plan.Empty():
		fmt.Fprintln(out, "The next refresh finds nothing to do: the lake and the SQL are those of this release.")
		return
	}
	fmt.Fprintln(out, "The next refresh goes on from it, and unless the lake or the SQL is mended first makes again what was taken back:")
	name := func(what string, names []string) {
		if len(names) > 0 {
			fmt.Fprintf(out, "  %s (%d): %s\n", what, len(names), some(names))
		}
	}
	var unknown, other []string
	for _, file := range plan.New {
		unknown = append(unknown, file.Name)
	}
	for _, file := range plan.Look {
		other = append(other, file.Name)
	}
	name("files to read that this release does not know", unknown)
	name("files to read that this release knows as another version", other)
	name("models to rebuild because their SQL is another", plan.Edited)
	name("tables to drop because no SQL file defines them", plan.Dropped)
	name("tables in which another file is the newest now", plan.Reordered)
	if plan.Migrations {
		fmt.Fprintln(out, "  migrations to apply")
	}
}

// some names the first few of many.
func some(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// keptRelease is a release that can be published again, with its figures, unless it can't be read.
type keptRelease struct {
	Run       string            `json:"run"`
	Path      string            `json:"path"`
	Size      int64             `json:"size"`
	Published bool              `json:"published"`
	Snapshot  *catalog.Snapshot `json:"snapshot"`
}

// listReleases shows the kept releases, newest first. One that is damaged must not hide the others.
func (a *app) listReleases(command *cobra.Command) error {
	releases, err := pipeline.Releases(a.settings.Warehouse)
	if err != nil {
		return err
	}
	kept := []keptRelease{}
	for _, release := range releases {
		one := keptRelease{Run: release.Run, Path: release.Path, Size: release.Size, Published: release.Published}
		snapshot, err := catalog.ReadSnapshot(command.Context(), release.Path)
		if err == nil {
			one.Snapshot = &snapshot
		} else {
			fmt.Fprintf(a.stderr, "the release of run %s can't be read: %v\n", release.Run, err)
		}
		kept = append(kept, one)
	}
	if a.settings.Format == formatJSON {
		return printJSON(a.stdout, kept)
	}
	if len(kept) == 0 {
		fmt.Fprintf(a.stdout, "No release is kept beside %s.\n", a.settings.Warehouse)
		return nil
	}
	var rows [][]any
	for _, one := range kept {
		state := ""
		if one.Published {
			state = "published"
		}
		row := []any{one.Run, "unreadable", nil, bytesText(one.Size), nil, nil, nil, nil, state}
		if figures := one.Snapshot; figures != nil {
			through := any(nil)
			if figures.DataThrough != nil {
				through = figures.DataThrough.Format("2006-01")
			}
			row = []any{one.Run, figures.FinishedAt.Format("2006-01-02 15:04"), fmt.Sprintf("%.1f s", figures.FinishedAt.Sub(figures.StartedAt).Seconds()),
				bytesText(one.Size), int(figures.OrderLines), grouped(figures.RevenueINR), int(figures.RowsQuarantined), through, state}
		}
		rows = append(rows, row)
	}
	printTable(a.stdout, []string{"release", "refreshed, UTC", "took", "size", "order lines", "revenue, INR", "quarantined", "data through", ""}, rows)
	return nil
}
