package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/pipeline"
	"github.com/fmcg/fmcg/pipeline/lake"
)

func (a *app) planCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "plan",
		Short: "Say what a refresh would do; touches nothing",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			config, err := a.pipelineConfig()
			if err != nil {
				return err
			}
			config.Full, _ = command.Flags().GetBool("full")
			plan, err := pipeline.MakePlan(command.Context(), config)
			if err != nil {
				return err
			}
			if a.settings.Format == formatJSON {
				return printJSON(a.stdout, plan)
			}
			a.printPlan(plan)
			return nil
		},
	}
	command.Flags().Bool("full", false, "plan a full rebuild")
	return command
}

func (a *app) printPlan(plan pipeline.Plan) {
	if plan.Empty() {
		fmt.Fprintln(a.stdout, "Nothing to do: the lake and the SQL are those of the published file.")
	}
	if plan.First {
		fmt.Fprintln(a.stdout, "Nothing is published yet: all tables are built for the first time.")
	} else if plan.Full {
		fmt.Fprintln(a.stdout, "Build anew from the lake.")
	}
	if plan.Migrations && !plan.First {
		fmt.Fprintln(a.stdout, "Apply migrations.")
	}
	files := func(title string, files []lake.File) {
		if len(files) == 0 {
			return
		}
		var rows [][]any
		for _, file := range files {
			rows = append(rows, []any{file.Table, file.Name, int(file.Size)})
		}
		fmt.Fprintf(a.stdout, "\n%s (%d):\n", title, len(files))
		printTable(a.stdout, []string{"table", "file", "bytes"}, rows)
	}
	names := func(title string, names []string) {
		if len(names) > 0 {
			fmt.Fprintf(a.stdout, "\n%s (%d):\n", title, len(names))
			for _, name := range names {
				fmt.Fprintf(a.stdout, "  %s\n", name)
			}
		}
	}
	files("New files to read", plan.New)
	files("Known files that look changed, to read and compare", plan.Look)
	if len(plan.Models) > 0 {
		var rows [][]any
		for _, model := range plan.Models {
			rows = append(rows, []any{model.Path, strings.Join(model.Why, ", "), strings.Join(model.Schema, "; ")})
		}
		fmt.Fprintf(a.stdout, "\nModels to run (%d):\n", len(rows))
		printTable(a.stdout, []string{"SQL file", "why", "columns that change"}, rows)
	}
	names("Tables to drop because no SQL file defines them", plan.Dropped)
	names("Tables in which another file is the newest now", plan.Reordered)
	names("Months to judge anew because a known file may have changed", plan.Months)
	names("Loaded files that are gone from the lake; their rows stay", plan.Missing)
	names("Warnings of the lake", plan.Listing.Warnings)
	if len(plan.Listing.Ignored) > 0 {
		fmt.Fprintf(a.stdout, "\n%d other objects in the lake are ignored; fmcg lake lists them.\n", len(plan.Listing.Ignored))
	}
}
