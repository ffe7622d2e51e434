package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/pipeline"
)

const (
	publishedName   = "published"
	defaultExamples = 3
)

func (a *app) diffCommand() *cobra.Command {
	var options catalog.DiffOptions
	command := &cobra.Command{
		Use:   "diff [A [B]]",
		Short: "Compare two published files table by table, and their measures by quarter",
		Long: "Says which rows B has that A has not, which it has no more, and which it has otherwise, and how revenue, quantity and\n" +
			"quarantine change by quarter. A and B are each a kept release (the run, or as much of its beginning as names it alone),\n" +
			"a file, or \"published\". B is what is published unless given, A the kept release before B. Compared are silver, gold\n" +
			"and the quarantine; rows are told apart by the key that a table's comment names.",
		Args: cobra.MaximumNArgs(2),
		RunE: func(command *cobra.Command, args []string) error {
			from, to, err := a.diffSides(command.Context(), args)
			if err != nil {
				return err
			}
			options.MemoryLimit, options.Threads, options.SpillDir = a.settings.MemoryLimit, a.settings.Threads, a.settings.SpillDir
			difference, err := catalog.Diff(command.Context(), from, to, options)
			if errors.Is(err, catalog.ErrNoSuchTable) || errors.Is(err, catalog.ErrNothingPublished) {
				return usageError{err}
			}
			if err != nil {
				return err
			}
			if a.settings.Format == formatJSON {
				return printJSON(a.stdout, difference)
			}
			printDifference(a.stdout, difference)
			return nil
		},
	}
	command.Flags().StringSliceVar(&options.Tables, "table", nil, "compare this table alone; may be given more than once")
	command.Flags().BoolVar(&options.All, "all", false, "compare bronze too")
	command.Flags().IntVar(&options.Examples, "limit", defaultExamples, "rows shown of each kind of change in a table")
	command.Flags().String("memory-limit", "", "memory the comparison may use before it spills; 1GB unless given")
	return command
}

// diffSides finds the two files that a command line names.
func (a *app) diffSides(ctx context.Context, args []string) (from, to string, err error) {
	releases, err := pipeline.Releases(a.settings.Warehouse)
	if err != nil {
		return "", "", err
	}
	name := publishedName
	if len(args) > 1 {
		name = args[1]
	}
	if to, err = fileOf(a.settings.Warehouse, releases, name); err != nil {
		return "", "", err
	}
	if len(args) > 0 {
		from, err = fileOf(a.settings.Warehouse, releases, args[0])
		return from, to, err
	}
	config, err := a.warehouseConfig()
	if err != nil {
		return "", "", err
	}
	before, err := pipeline.ReleaseBefore(ctx, config, releases)
	if err == nil && before.Path == "" {
		err = usageError{fmt.Errorf("no release before the published one is kept; kept: %s", runsOf(releases))}
	}
	return before.Path, to, err
}

// fileOf returns the file of a kept release by the beginning of its run, the published file, or the file of that path.
func fileOf(warehouse string, releases []pipeline.Release, name string) (string, error) {
	if name == publishedName {
		return warehouse, nil
	}
	var found []pipeline.Release
	for _, release := range releases {
		if strings.HasPrefix(release.Run, name) {
			found = append(found, release)
		}
	}
	if len(found) == 1 {
		return found[0].Path, nil
	}
	if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
		return name, nil
	}
	if len(found) > 1 {
		return "", usageError{fmt.Errorf("%s begins more than one run: %s", name, runsOf(found))}
	}
	return "", usageError{fmt.Errorf("%s is no kept release and no file; kept: %s", name, runsOf(releases))}
}

func runsOf(releases []pipeline.Release) string {
	var runs []string
	for _, release := range releases {
		runs = append(runs, release.Run)
	}
	return cmp.Or(strings.Join(runs, ", "), "none")
}

// printDifference writes what differs for people to read.
func printDifference(out io.Writer, difference catalog.Difference) {
	for _, side := range []struct {
		word string
		catalog.DiffSide
	}{{"from", difference.From}, {"to  ", difference.To}} {
		fmt.Fprintf(out, "%s run %s, refreshed %s UTC\n", side.word, side.Run, side.RefreshedAt.Format("2006-01-02 15:04"))
	}
	var equal []string
	var rows [][]any
	leftOut := map[string]bool{}
	for _, table := range difference.Tables {
		for _, column := range table.LeftOut {
			leftOut[column] = true
		}
		if table.Equal() {
			equal = append(equal, table.Table)
			continue
		}
		rows = append(rows, []any{table.Table, int(table.RowsFrom), int(table.RowsTo), int(table.Added), int(table.Removed), int(table.Changed), remark(table)})
	}
	if len(rows) > 0 {
		fmt.Fprintln(out)
		printTable(out, []string{"table", "rows before", "rows now", "added", "removed", "changed", ""}, rows)
	}
	for _, table := range difference.Tables {
		printExamples(out, table)
	}
	printMeasures(out, difference.Measures)
	if len(equal) > 0 {
		fmt.Fprintf(out, "\nEqual: %s.\n", strings.Join(equal, ", "))
	}
	if len(leftOut) > 0 {
		var names []string
		for name := range leftOut {
			names = append(names, name)
		}
		slices.Sort(names)
		fmt.Fprintf(out, "Not compared, for they differ with every run: %s.\n", strings.Join(names, ", "))
	}
}

// remark says what the counts of a table do not.
func remark(table catalog.TableDifference) string {
	var remarks []string
	switch table.In {
	case "from":
		return "the table is gone"
	case "to":
		return "the table is new"
	}
	for _, change := range table.Schema {
		switch {
		case change.From == "":
			remarks = append(remarks, "new column "+change.Column)
		case change.To == "":
			remarks = append(remarks, "column "+change.Column+" is gone")
		default:
			remarks = append(remarks, fmt.Sprintf("%s is %s, was %s", change.Column, change.To, change.From))
		}
	}
	for _, change := range table.Changes {
		remarks = append(remarks, fmt.Sprintf("%s in %s", change.Column, thousands(change.Rows)))
	}
	if table.Note != "" {
		remarks = append(remarks, table.Note)
	}
	return strings.Join(remarks, "; ")
}

// printExamples shows rows in the way of a patch: what is there no more, what is there now, and what became of what.
func printExamples(out io.Writer, table catalog.TableDifference) {
	if len(table.Examples) == 0 {
		return
	}
	fmt.Fprintf(out, "\n%s, some rows:\n", table.Table)
	for _, example := range table.Examples {
		sign, row := "+", example.To
		if example.Change == catalog.RowRemoved {
			sign, row = "-", example.From
		} else if example.Change == catalog.RowChanged {
			sign = "~"
		}
		var cells []string
		for _, column := range table.Columns {
			now, shown := row[column]
			switch {
			case !shown:
			case example.Change == catalog.RowChanged && !slices.Contains(table.Key, column):
				cells = append(cells, fmt.Sprintf("%s %s → %s", column, exampleValue(example.From[column]), exampleValue(now)))
			default:
				cells = append(cells, column+" "+exampleValue(now))
			}
		}
		times := ""
		if example.Rows > 1 {
			times = fmt.Sprintf(" (%s times)", thousands(example.Rows))
		}
		fmt.Fprintf(out, "  %s %s%s\n", sign, strings.Join(cells, ", "), times)
	}
}

func exampleValue(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case string:
		return strings.ReplaceAll(value, "\n", `\n`)
	}
	return fmt.Sprint(value)
}

// printMeasures shows the quarters in which a measure changed, and its total.
func printMeasures(out io.Writer, measures []catalog.MeasureChange) {
	var rows [][]any
	for i, measure := range measures {
		if strings.Trim(measure.Change, "0.") != "" {
			rows = append(rows, []any{measure.Measure, measure.Quarter, grouped(measure.From), grouped(measure.To), grouped(measure.Change)})
		} else if last := i+1 == len(measures) || measures[i+1].Measure != measure.Measure; last {
			rows = append(rows, []any{measure.Measure, "as it was", grouped(measure.From), grouped(measure.To), grouped(measure.Change)})
		}
	}
	if len(rows) > 0 {
		fmt.Fprintln(out)
		printTable(out, []string{"measure", "quarter", "before", "now", "change"}, rows)
	}
}
