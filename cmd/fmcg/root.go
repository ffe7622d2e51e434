package main

import (
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
	var told exitCode
	if errors.As(err, &told) {
		return int(told)
	}
	code := pipeline.CodeOf(err)
	if ctx.Err() != nil {
		code = pipeline.Cancelled
	}
	var wrong usageError
	if errors.As(err, &wrong) {
		code = pipeline.WrongUse
	}
	a.sayError(err, code)
	return int(code)
}

// usageError is a mistake in the command line or the configuration.
type usageError struct{ error }

// exitCode ends the program with a code where everything has been said already.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

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
			a.log = a.logger(a.stderr)
			return nil
		},
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	addGlobalFlags(root.PersistentFlags())
	for _, group := range []struct {
		id, title string
		commands  []*cobra.Command
	}{
		{"read", "Read what is published:", []*cobra.Command{
			a.serveCommand(), a.askCommand(), a.statusCommand(), a.catalogCommand(), a.lineageCommand(), a.queryCommand(), a.traceCommand(), a.quarantineCommand(), a.diffCommand(), a.exportCommand(), a.reportCommand(),
		}},
		{"night", "Bring it up to date:", []*cobra.Command{
			a.initCommand(), a.checkCommand(), a.lakeCommand(), a.planCommand(), a.refreshCommand(), a.scheduleCommand(), a.runsCommand(),
			a.cancelCommand(), a.rollbackCommand(), a.withdrawCommand(), a.notifyCommand(),
		}},
		{"engineer", "Change its SQL:", []*cobra.Command{
			a.devCommand(), a.testCommand(), a.migrateCommand(), a.sparkCommand(), a.demoCommand(), a.versionCommand(),
		}},
	} {
		root.AddGroup(&cobra.Group{ID: group.id, Title: group.title})
		for _, command := range group.commands {
			command.GroupID = group.id
			root.AddCommand(command)
		}
	}
	refuseWrongUse(root)
	return root
}

// refuseWrongUse makes wrong arguments of all commands below one a usageError, and names of commands that do not exist too.
func refuseWrongUse(above *cobra.Command) {
	for _, command := range above.Commands() {
		refuseWrongUse(command)
		if command.HasSubCommands() && !command.Runnable() {
			command.RunE = func(command *cobra.Command, given []string) error {
				if len(given) > 0 {
					return usageError{fmt.Errorf("unknown command %q for %q", given[0], command.CommandPath())}
				}
				return command.Help()
			}
		}
		if args := command.Args; args != nil {
			command.Args = func(command *cobra.Command, given []string) error {
				if err := args(command, given); err != nil {
					return usageError{err}
				}
				return nil
			}
		}
	}
}
