package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/pipeline"
)

// app is what every command shares: its streams, its clock and its settings.
type app struct {
	stdin    io.Reader
	stdout   io.Writer
	stderr   io.Writer
	now      func() time.Time
	settings settings
	log      *slog.Logger
}

// run executes one command line and returns the exit code (DESIGN: 0 done, 1 failed, 2 wrong use, 3 a check failed,
// 4 lake unreachable, 5 busy, 130 cancelled).
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, now: time.Now}
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	command, err := root.ExecuteContextC(ctx)
	if err != nil && command == root { // the root does nothing itself: there is no such command
		err = usageError{err}
	}
	if err == nil {
		return int(pipeline.Done)
	}
	code := pipeline.CodeOf(err)
	if ctx.Err() != nil {
		code = pipeline.Cancelled
	}
	var wrong usageError
	if errors.As(err, &wrong) {
		code = pipeline.WrongUse
	}
	if code == pipeline.Cancelled {
		fmt.Fprintf(stderr, "%v; the published file is as it was\n", cmp.Or(cancelledBy(err), "cancelled"))
	} else {
		fmt.Fprintf(stderr, "error: %v\n", err)
	}
	return int(code)
}

// cancelledBy is what an error says of who cancelled, "" where it says nothing.
func cancelledBy(err error) string {
	var operator *pipeline.Error
	if errors.As(err, &operator) && operator.Code == pipeline.Cancelled {
		return operator.Err.Error()
	}
	return ""
}

// usageError is a mistake in the command line or the configuration.
type usageError struct{ error }

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "fmcg",
		Short: "An embedded analytical warehouse with SQL",
		Long: "fmcg reads the CSV files of a lake (a folder or S3), builds bronze, silver and gold from plain SQL files, and\n" +
			"publishes one file, fmcg.duckdb, that any DuckDB client opens.",
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(command *cobra.Command, _ []string) (err error) {
			if a.settings, err = loadSettings(command.Flags(), command.Name() == initName); err != nil {
				return usageError{err}
			}
			level := slog.LevelWarn
			if a.settings.Verbose {
				level = slog.LevelDebug
			}
			a.log = slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: level}))
			return nil
		},
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	addGlobalFlags(root.PersistentFlags())
	root.AddCommand(
		a.initCommand(),
		a.checkCommand(),
		a.planCommand(),
		a.refreshCommand(),
		a.statusCommand(),
		a.rollbackCommand(),
		a.cancelCommand(),
		a.withdrawCommand(),
		a.traceCommand(),
		a.testCommand(),
		a.lineageCommand(),
		a.catalogCommand(),
		a.queryCommand(),
		a.lakeCommand(),
		a.demoCommand(),
		a.versionCommand(),
	)
	for _, command := range root.Commands() {
		if args := command.Args; args != nil {
			command.Args = func(command *cobra.Command, given []string) error {
				if err := args(command, given); err != nil {
					return usageError{err}
				}
				return nil
			}
		}
	}
	return root
}
