package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/pipeline"
)

func (a *app) refreshCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "refresh [--repair [RUN]]",
		Short: "Bring the warehouse up to date with the lake",
		Long: "Reads what is new in the lake, rebuilds what follows from it and from edited SQL, checks the result, and publishes\n" +
			"it in one step. Whatever fails, the published file stays as it was.\n\n" +
			"--repair goes on from a run that failed, the last one or RUN: what its tasks had finished is taken over where files and\n" +
			"SQL are unchanged, what failed and what follows is done again, as of the time when the failed run began.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			repaired, err := repaired(command, args)
			if err != nil {
				return err
			}
			config, err := a.pipelineConfig()
			if err != nil {
				return err
			}
			config.Repair = repaired
			config.Full, _ = command.Flags().GetBool("full")
			config.AcceptMissing, _ = command.Flags().GetBool("accept-missing")
			config.Tasks, _ = command.Flags().GetStringSlice("task")
			stop := a.watch(&config)
			result, err := a.refreshAndTell(command.Context(), config)
			stop() // the table stands above the result
			if err != nil {
				return err
			}
			return a.printResult(command.Context(), result)
		},
	}
	flags := command.Flags()
	flags.Bool("full", false, "build anew from the lake")
	flags.Bool("accept-missing", false, "build anew even if loaded files are gone from the lake, and lose their rows")
	flags.StringSlice("task", nil, "run this task of the job and those that it needs; may be given several times")
	flags.Bool("repair", false, "go on from a run that failed: the last one, or RUN")
	flags.String("after-load", keepLanding, "loaded order files: keep them where they are, or move them from landing/ to processed/")
	addEngineFlags(flags)
	return command
}

// refreshAndTell is a run of the job, of which whoever is configured is told.
func (a *app) refreshAndTell(ctx context.Context, config pipeline.Config) (pipeline.Result, error) {
	a.beforeRun(ctx)
	result, err := pipeline.Refresh(ctx, config)
	a.afterRun(ctx, config, result, err)
	a.reportsAfterRun(ctx, config, result, err)
	return result, err
}

// repaired is the run that --repair names.
func repaired(command *cobra.Command, args []string) (string, error) {
	wanted, _ := command.Flags().GetBool("repair")
	switch {
	case !wanted && len(args) > 0:
		return "", usageError{fmt.Errorf("refresh takes no argument but the run of --repair, not %q", args[0])}
	case !wanted:
		return "", nil
	case command.Flags().Changed("full") || command.Flags().Changed("task"):
		return "", usageError{errors.New("--repair does what the failed run was told; leave out --full and --task")}
	case len(args) > 0:
		return args[0], nil
	}
	return pipeline.RepairLast, nil
}

func (a *app) withdrawCommand() *cobra.Command {
	var reason string
	command := &cobra.Command{
		Use:   "withdraw FILE --reason TEXT",
		Short: "Take the rows of a wrongly delivered file out",
		Long: "Takes the rows of a loaded file out, as a refresh of its own. FILE is an order file's base name, or another file's\n" +
			"path within the lake (child/customers/customers.csv). It is not loaded again until it is delivered with other content.",
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			config, err := a.pipelineConfig()
			if err != nil {
				return err
			}
			stop := a.watch(&config)
			result, err := pipeline.Withdraw(command.Context(), config, args[0], reason)
			stop() // the table stands above the result
			if err != nil {
				return err
			}
			return a.printResult(command.Context(), result)
		},
	}
	command.Flags().StringVar(&reason, "reason", "", "why, kept in ops.files")
	addEngineFlags(command.Flags())
	return command
}

// printResult says what was published, what is set aside and why, and how to open it.
func (a *app) printResult(ctx context.Context, result pipeline.Result) error {
	warehouse, err := catalog.Open(ctx, result.Warehouse)
	if err != nil {
		return err
	}
	defer func() { _ = warehouse.Close() }()
	summary, err := warehouse.Summarize(ctx)
	if err != nil {
		return err
	}
	if a.settings.Format == formatJSON {
		return printJSON(a.stdout, map[string]any{"result": result, "summary": summary})
	}
	if !result.Published {
		fmt.Fprintf(a.stdout, "Nothing new: %s is up to date (run %s, %s), and untouched.\n",
			a.settings.Warehouse, summary.Freshness.Run, ago(a.now(), summary.Freshness.RefreshedAt))
		printMoved(a.stdout, result)
		return nil
	}
	fmt.Fprintf(a.stdout, "Published %s (run %s): %s files, %s rows read in %.1f s.\n\n",
		a.settings.Warehouse, result.Run, thousands(int64(result.Files)), thousands(result.Rows), result.Duration.Seconds())
	printMoved(a.stdout, result)
	printSummary(a.stdout, summary)
	fmt.Fprintf(a.stdout, "\n%s", howToOpen(result.Warehouse))
	return nil
}

func printMoved(out io.Writer, result pipeline.Result) {
	if len(result.Moved) > 0 {
		fmt.Fprintf(out, "Moved %s order files to processed/.\n", thousands(int64(len(result.Moved))))
	}
}

// printSummary shows the rows of gold, the quarantine, and what did not go well.
func printSummary(out io.Writer, summary catalog.Summary) {
	var rows [][]any
	for _, table := range summary.Tables {
		rows = append(rows, []any{table.Table, int(table.Rows)})
	}
	printTable(out, []string{"table", "rows"}, rows)
	if len(summary.Quarantine) > 0 {
		rows = nil
		for _, line := range summary.Quarantine {
			rows = append(rows, []any{line.Table, line.Reason, int(line.Rows)})
		}
		fmt.Fprintln(out)
		printTable(out, []string{"in quarantine", "reason", "rows"}, rows)
	}
	rows = nil
	for _, line := range summary.Files {
		if line.State == "rejected" || line.State == "withdrawn" {
			rows = append(rows, []any{line.Table, line.State, int(line.Files)})
		}
	}
	if rows != nil {
		fmt.Fprintln(out)
		printTable(out, []string{"files not in it", "state", "files"}, rows)
	}
	if len(summary.Checks) > 0 {
		rows = nil
		for _, check := range summary.Checks {
			rows = append(rows, []any{check.Name, check.Severity, int(check.FailingRows)})
		}
		fmt.Fprintln(out)
		printTable(out, []string{"check failed", "severity", "rows"}, rows)
	}
}

// howToOpen says how to open the file, always read-only.
func howToOpen(path string) string {
	absolute, err := filepath.Abs(path)
	if err != nil {
		absolute = path
	}
	return strings.Join([]string{
		"Open it (read-only):",
		"  DBeaver  jdbc:duckdb:" + absolute + ";access_mode=READ_ONLY",
		"  duckdb   duckdb -readonly " + absolute,
		"  Python   duckdb.connect('" + absolute + "', read_only=True)",
		"  here     fmcg query \"select year_quarter, sum(total_amount_inr) from gold.vw_fact_orders_enriched group by all order by all\"",
		"",
	}, "\n")
}
