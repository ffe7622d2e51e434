package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/pipeline"
)

// settle is how long the tree must be quiet after a save before it is built: an editor writes a file in several steps.
const settle = 200 * time.Millisecond

func (a *app) devCommand() *cobra.Command {
	var watch bool
	var sample int
	options := catalog.DiffOptions{}
	command := &cobra.Command{
		Use:   "dev --sql DIR",
		Short: "Build what edited SQL changes, beside what is published, and show the difference",
		Long: "Builds with an edited SQL tree into a development file, a clone of the published one: only the edited models and what\n" +
			"follows from them run. Then it shows the difference from the published file, and the checks that fail. Nothing is\n" +
			"published, and the lake is read only for an edited bronze file.",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			options.MemoryLimit, options.Threads, options.SpillDir = a.settings.MemoryLimit, a.settings.Threads, a.settings.SpillDir
			work := func(ctx context.Context) error { return a.develop(ctx, sample, options) }
			if !watch {
				return work(command.Context())
			}
			if a.settings.SQL == "" {
				return usageError{errors.New("--watch needs the tree that you edit: --sql DIR")}
			}
			return a.watchTree(command.Context(), work)
		},
	}
	command.Flags().BoolVar(&watch, "watch", false, "build again on every save")
	command.Flags().IntVar(&sample, "sample", 0, "limit models that are loaded by month to this many newest months; 0: all")
	command.Flags().StringSliceVar(&options.Tables, "table", nil, "compare this table alone; may be given more than once")
	command.Flags().IntVar(&options.Examples, "limit", defaultExamples, "rows shown of each kind of change in a table")
	command.Flags().String("memory-limit", "", "memory the engine may use before it spills, 4GB")
	command.Flags().Int("threads", 0, "threads of the engine; 0: all cores")
	return command
}

// develop builds once, and shows what differs.
func (a *app) develop(ctx context.Context, sample int, options catalog.DiffOptions) error {
	config, err := a.warehouseConfig()
	if err != nil {
		return err
	}
	config.Lake, _ = a.lakeConfig() // needed for an edited bronze file only
	stop := a.watch(&config)
	made, err := pipeline.Develop(ctx, config, sample)
	stop()
	if err != nil {
		return err
	}
	difference, err := catalog.Diff(ctx, made.From, made.File, options)
	if err != nil {
		return err
	}
	if a.settings.Format == formatJSON {
		return printJSON(a.stdout, map[string]any{"development": made, "difference": difference})
	}
	printDifference(a.stdout, difference)
	if made.Months != nil {
		fmt.Fprintf(a.stdout, "\nModels loaded by month were built for %s alone; their other months are those of the published file.\n", strings.Join(made.Months, ", "))
	}
	for _, check := range made.Checks {
		if !check.Held && check.Severity == pipeline.SeverityError {
			fmt.Fprintf(a.stdout, "\ncheck %s would stop the publishing: %s rows. %s\n", check.Name, thousands(check.FailingRows), check.Description)
		}
	}
	fmt.Fprintf(a.stdout, "\nNothing is published. The development file is %s.\n", made.File)
	return nil
}

// watchTree does a piece of work now and after every save in the SQL tree, until it is interrupted. What fails is said, and
// the next save tries again.
func (a *app) watchTree(ctx context.Context, work func(context.Context) error) error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch %s: %w", a.settings.SQL, err)
	}
	defer func() { _ = watcher.Close() }()
	err = filepath.WalkDir(a.settings.SQL, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		return watcher.Add(path)
	})
	if err != nil {
		return fmt.Errorf("watch %s: %w", a.settings.SQL, err)
	}
	quiet := time.NewTimer(0)
	defer quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-watcher.Errors:
			return fmt.Errorf("watch %s: %w", a.settings.SQL, err)
		case event := <-watcher.Events:
			if slices.Contains([]string{".sql", ".csv"}, filepath.Ext(event.Name)) && !event.Has(fsnotify.Chmod) {
				quiet.Reset(settle)
			}
		case <-quiet.C:
			if err := work(ctx); err != nil && ctx.Err() == nil {
				fmt.Fprintf(a.stderr, "error: %v\n", err)
			}
			if ctx.Err() == nil {
				fmt.Fprintf(a.stdout, "\n%s watching %s; Ctrl-C ends it\n", a.now().Format("15:04:05"), a.settings.SQL)
			}
		}
	}
}
