package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/pipeline/demo"
	"github.com/fmcg/fmcg/pipeline/lake"
)

func (a *app) demoCommand() *cobra.Command {
	config := demo.Config{}
	var lastDay string
	command := &cobra.Command{
		Use:   "demo URL",
		Short: "Write a made-up lake to a folder or s3://bucket/prefix",
		Long: "Writes the lake of an invented company, with every kind of dirt that the business rules name. The same seed and\n" +
			"sizes give the same bytes.",
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			if lastDay != "" {
				day, err := time.Parse(time.DateOnly, lastDay)
				if err != nil {
					return usageError{fmt.Errorf("--last-day: %w", err)}
				}
				config.LastDay = day
			}
			sink, err := a.demoSink(command.Context(), args[0])
			if err != nil {
				return err
			}
			summary, err := demo.Write(command.Context(), config, sink)
			if err != nil {
				return err
			}
			if a.settings.Format == formatJSON {
				return printJSON(a.stdout, summary)
			}
			fmt.Fprintf(a.stdout, "Wrote %s: %s files, %s.\n", args[0], thousands(int64(summary.Files)), bytesText(summary.Bytes))
			var rows [][]any
			for _, table := range slices.Sorted(maps.Keys(summary.Rows)) {
				rows = append(rows, []any{table, summary.Rows[table]})
			}
			printTable(a.stdout, []string{"table", "rows"}, rows)
			return nil
		},
	}
	flags := command.Flags()
	flags.Uint64Var(&config.Seed, "seed", 0, "another seed tells the same story in other numbers")
	flags.IntVar(&config.Days, "days", demo.DefaultDays, "daily order files")
	flags.IntVar(&config.RowsPerDay, "rows-per-day", demo.DefaultRowsPerDay, "order lines a day, about")
	flags.StringVar(&lastDay, "last-day", "", "day of the last order file, 2025-11-30 unless told")
	return command
}

func (a *app) demoSink(ctx context.Context, url string) (demo.Sink, error) {
	if !strings.HasPrefix(url, "s3://") {
		return demo.FolderSink(url), nil
	}
	a.settings.Lake = url
	config, err := a.lakeConfig()
	if err != nil {
		return nil, err
	}
	opened, err := lake.Open(ctx, config)
	if err != nil {
		return nil, err
	}
	return opened.Put, nil
}
