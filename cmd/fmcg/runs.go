package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/pipeline"
	"github.com/fmcg/fmcg/pipeline/journal"
)

const defaultRunLimit = 20

// runsOptions are the flags of fmcg runs.
type runsOptions struct {
	limit                      int
	last, failed, follow, wait bool
}

func (a *app) runsCommand() *cobra.Command {
	var options runsOptions
	command := &cobra.Command{
		Use:   "runs [RUN]",
		Short: "Show the history of runs, one run in detail, or a run as it goes",
		Long: "Shows the runs of the warehouse, newest first, whatever became of them, or one run: its tasks as a timeline, every SQL\n" +
			"file with rows and time, checks, quarantine, the whole error. The beginning of a run's id is enough where no other begins\n" +
			"so. With --follow it shows the run in progress until it ends, and exits with that run's code.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			if err := options.validate(args); err != nil {
				return usageError{err}
			}
			prefix := strings.Join(args, "")
			if options.follow {
				return a.follow(command.Context(), prefix, options.wait)
			}
			history, err := catalog.OpenHistory(command.Context(), a.settings.Warehouse)
			if err != nil {
				return err
			}
			defer func() { _ = history.Close() }()
			if prefix == "" && !options.last {
				return a.listRuns(command.Context(), history, options)
			}
			return a.showRun(command.Context(), history, prefix, options.failed)
		},
	}
	flags := command.Flags()
	flags.IntVar(&options.limit, "limit", defaultRunLimit, "show as many runs at most; 0: all")
	flags.BoolVar(&options.last, "last", false, "show the last run in detail; with --failed, the last that failed")
	flags.BoolVar(&options.failed, "failed", false, "only runs that failed")
	flags.BoolVar(&options.follow, "follow", false, "show the run in progress until it ends")
	flags.BoolVar(&options.wait, "wait", false, "with --follow: if none runs, wait for the next")
	return command
}

func (o runsOptions) validate(args []string) error {
	switch {
	case len(args) > 0 && (o.last || o.failed):
		return errors.New("give RUN, or --last or --failed, not both")
	case o.follow && (o.last || o.failed):
		return errors.New("--follow shows the run in progress: give it without --last and --failed")
	case o.wait && !o.follow:
		return errors.New("--wait goes with --follow")
	case o.wait && len(args) > 0:
		return errors.New("--wait waits for the next run: give it without RUN")
	case o.limit < 0:
		return errors.New("--limit is a number of runs, 0 for all")
	}
	return nil
}

// baseline is what durations are held against.
type baseline struct {
	Seconds float64 `json:"median_seconds"` // 0: too few runs
	Runs    int     `json:"of_runs"`
}

// against says how long a run took compared to the median, 1.3x; nothing where it did nothing or there is no median.
func (b baseline) against(run catalog.Run, now time.Time) string {
	if b.Seconds == 0 || run.State == journal.UpToDate {
		return ""
	}
	return fmt.Sprintf("%.1fx", duration(run, now).Seconds()/b.Seconds)
}

// baselineOf takes the median of a history; what can't be read has been said where it was listed.
func baselineOf(all iter.Seq2[catalog.Run, error]) baseline {
	median, of := catalog.MedianDuration(func(yield func(catalog.Run) bool) {
		for run, err := range all {
			if err == nil && !yield(run) {
				return
			}
		}
	})
	return baseline{median.Seconds(), of}
}

func (a *app) listRuns(ctx context.Context, history *catalog.History, options runsOptions) error {
	listed := []catalog.Run{}
	for run, err := range history.All(ctx) {
		if err != nil {
			return err
		}
		if options.failed && run.State != journal.Failed {
			continue
		}
		if listed = append(listed, run); len(listed) == options.limit {
			break
		}
	}
	usual := baselineOf(history.All(ctx))
	if a.settings.Format == formatJSON {
		return printJSON(a.stdout, map[string]any{"runs": listed, "median": usual})
	}
	if len(listed) == 0 {
		fmt.Fprintf(a.stdout, "No run of %s%s; fmcg refresh makes one.\n", a.settings.Warehouse, map[bool]string{true: " has failed"}[options.failed])
		return nil
	}
	printRuns(a.stdout, listed, usual, a.now())
	return nil
}

// printRuns prints the table of runs.
func printRuns(out io.Writer, runs []catalog.Run, usual baseline, now time.Time) {
	var rows [][]any
	for _, run := range runs {
		code := ""
		if run.ErrorCode != 0 {
			code = fmt.Sprint(run.ErrorCode)
		}
		rows = append(rows, []any{run.ID, run.State, run.Trigger, run.StartedBy, run.StartedAt.UTC().Format("2006-01-02 15:04"), took(duration(run, now)),
			usual.against(run, now), thousands(run.RowsRead), thousands(int64(run.Files)), notable(run), code})
	}
	printTable(out, []string{"run", "state", "trigger", "who", "start (UTC)", "took", "usual", "rows", "files", "parameters", "code"}, rows)
	if usual.Seconds > 0 {
		fmt.Fprintf(out, "\nusual: the median of the last %d refreshes that published something and were no full rebuild or repair, %s.\n", usual.Runs, took(time.Duration(usual.Seconds*float64(time.Second))))
	}
}

func duration(run catalog.Run, now time.Time) time.Duration {
	if run.FinishedAt == nil {
		return now.Sub(run.StartedAt)
	}
	return time.Duration(run.Seconds * float64(time.Second))
}

// notable are the parameters that are not the default, and which run is repaired. Where the lake is has no default; it is
// shown with the run.
func notable(run catalog.Run) string {
	var found []string
	for _, name := range slices.Sorted(maps.Keys(run.Parameters)) {
		value := run.Parameters[name]
		switch text := fmt.Sprint(value); {
		case slices.Contains([]string{"parent", "child", "repairs", "as_of"}, name) || value == nil || text == "" || text == "false" || text == "0" || text == "[]" || text == "map[]":
		case text == "true":
			found = append(found, name)
		default:
			found = append(found, name+"="+text)
		}
	}
	if run.Repairs != "" {
		found = append(found, "repairs "+run.Repairs)
	}
	for _, repair := range run.RepairedBy {
		found = append(found, "repaired by "+repair)
	}
	return strings.Join(found, ", ")
}

// showRun shows one run: the one whose id begins with prefix, or the last one.
func (a *app) showRun(ctx context.Context, history *catalog.History, prefix string, failed bool) error {
	id, err := "", error(nil)
	if prefix != "" {
		id, err = history.Find(prefix)
	} else {
		id, err = lastRun(ctx, history, failed)
	}
	if err != nil {
		return &pipeline.Error{Op: "show", Subject: "run", Code: pipeline.WrongUse, Err: err}
	}
	run, err := history.Run(ctx, id)
	if err != nil {
		return err
	}
	// A repair is the second half of a run: both are shown.
	related := []catalog.Run{}
	for _, other := range append([]string{run.Repairs}, run.RepairedBy...) {
		if other == "" {
			continue
		}
		found, err := history.Run(ctx, other)
		if errors.Is(err, catalog.ErrUnknownRun) {
			continue // it is older than what is kept
		}
		if err != nil {
			return err
		}
		related = append(related, found)
	}
	usual := baselineOf(history.All(ctx))
	if a.settings.Format == formatJSON {
		return printJSON(a.stdout, map[string]any{"run": run, "related": related, "median": usual})
	}
	width, _ := terminalSize(a.stdout)
	printRun(a.stdout, run, usual, a.now(), width)
	for _, other := range related {
		title := "It repairs this run:"
		if other.ID != run.Repairs {
			title = "It was repaired by this run:"
		}
		fmt.Fprintf(a.stdout, "\n%s\n\n", title)
		printRun(a.stdout, other, usual, a.now(), width)
	}
	return nil
}

func lastRun(ctx context.Context, history *catalog.History, failed bool) (string, error) {
	for run, err := range history.All(ctx) {
		if err != nil || !failed || run.State == journal.Failed {
			return run.ID, err
		}
	}
	if failed {
		return "", errors.New("none has failed")
	}
	return "", errors.New("there is none yet; fmcg refresh makes one")
}

// printRun prints everything that is known of a run.
func printRun(out io.Writer, run catalog.Run, usual baseline, now time.Time, width int) {
	lasted := took(duration(run, now))
	if ratio := usual.against(run, now); ratio != "" {
		lasted += fmt.Sprintf(", %s the median of %d runs", ratio, usual.Runs)
	}
	fmt.Fprintf(out, "run %s: %s\n", run.ID, run.State)
	for _, line := range [][2]string{
		{"job", run.Job},
		{"started", fmt.Sprintf("%s UTC, %s by %s", run.StartedAt.UTC().Format(time.DateTime), run.Trigger, run.StartedBy)},
		{"took", lasted},
		{"read", fmt.Sprintf("%s files, %s rows", thousands(int64(run.Files)), thousands(run.RowsRead))},
		{"parameters", parametersText(run.Parameters)},
		{"repairs", run.Repairs},
		{"repaired by", strings.Join(run.RepairedBy, ", ")},
		{"cancelled by", run.CancelledBy},
	} {
		if line[1] != "" {
			fmt.Fprintf(out, "  %-13s%s\n", line[0], line[1])
		}
	}
	if run.State == journal.Running {
		fmt.Fprintf(out, "  %-13s%s\n", "at", run.Step)
	}
	if run.Error != "" {
		fmt.Fprintf(out, "\nerror (code %d)", run.ErrorCode)
		if run.ErrorFile != "" {
			fmt.Fprintf(out, " in %s", run.ErrorFile)
			if run.ErrorLine > 0 {
				fmt.Fprintf(out, ", line %d", run.ErrorLine)
			}
		}
		fmt.Fprintf(out, ":\n  %s\n", strings.ReplaceAll(run.Error, "\n", "\n  "))
	}
	if len(run.Tasks) > 0 {
		fmt.Fprintln(out)
		for _, line := range timeline(run, now, width) {
			fmt.Fprintln(out, line)
		}
	}
	section(out, []string{"SQL file", "task", "state", "rows", "seconds"}, run.Models, func(model catalog.ModelRun) []any {
		return []any{model.File, model.Task, model.State, int(model.Rows), fmt.Sprintf("%.3f", model.Seconds)}
	})
	section(out, []string{"check", "severity", "state", "rows"}, run.Checks, func(check catalog.RunCheck) []any {
		return []any{check.Name, check.Severity, check.State, int(check.FailingRows)}
	})
	section(out, []string{"in quarantine", "reason", "rows"}, run.Quarantine, func(line catalog.Quarantine) []any {
		return []any{line.Table, line.Reason, int(line.Rows)}
	})
	if len(run.Quarantine) == 0 && run.RowsQuarantined > 0 {
		fmt.Fprintf(out, "\n%s rows in quarantine at its end\n", thousands(run.RowsQuarantined))
	}
	rejected := slices.DeleteFunc(slices.Clone(run.FilesRead), func(file catalog.FileRead) bool { return file.Rejected == "" })
	section(out, []string{"file rejected", "why"}, rejected, func(file catalog.FileRead) []any { return []any{file.Name, file.Rejected} })
	section(out, []string{"tried again", "task", "at (UTC)", "after s", "because"}, run.Retries, func(retry catalog.Retry) []any {
		return []any{retry.What, retry.Task, retry.At.UTC().Format(time.TimeOnly), fmt.Sprintf("%.1f", retry.Seconds), oneLine(retry.Error)}
	})
	if len(run.Warnings) > 0 {
		fmt.Fprintln(out)
	}
	for _, warning := range run.Warnings {
		fmt.Fprintf(out, "warning: %s\n", warning)
	}
}

// section prints a table of its own, unless it would be empty.
func section[T any](out io.Writer, header []string, items []T, row func(T) []any) {
	if len(items) == 0 {
		return
	}
	var rows [][]any
	for _, item := range items {
		rows = append(rows, row(item))
	}
	fmt.Fprintln(out)
	printTable(out, header, rows)
}

func parametersText(parameters map[string]any) string {
	body, err := json.Marshal(parameters)
	if err != nil || len(parameters) == 0 {
		return ""
	}
	return string(body)
}

// timeline draws the tasks of a run as bars from their start to their end, scaled to width columns.
func timeline(run catalog.Run, now time.Time, width int) []string {
	name, state := 0, stateWidth
	for _, task := range run.Tasks {
		name = max(name, len(task.Name))
	}
	const secondsWidth, rowsWidth, gaps = 9, 12, 4 * 2
	columns := max(10, width-name-state-secondsWidth-rowsWidth-gaps)
	whole := duration(run, now)
	lines := []string{fmt.Sprintf("%-*s  %-*s  %*s  %*s  %s", name, "task", state, "state", rowsWidth, "rows written", secondsWidth, "took", "0 s"+
		text.AlignRight.Apply(seconds(whole.Seconds()), columns-len("0 s")))}
	for _, task := range run.Tasks {
		bar, lasted := "", ""
		if task.StartedAt != nil {
			end := run.StartedAt.Add(whole)
			if task.FinishedAt != nil {
				end = *task.FinishedAt
			}
			lasted = seconds(end.Sub(*task.StartedAt).Seconds())
			from := scale(task.StartedAt.Sub(run.StartedAt), whole, columns-1)
			to := max(from+1, scale(end.Sub(run.StartedAt), whole, columns))
			bar = strings.Repeat("·", from) + strings.Repeat("█", to-from) + strings.Repeat("·", columns-to)
		}
		line := fmt.Sprintf("%-*s  %-*s  %*s  %*s  %s", name, task.Name, state, task.State, rowsWidth, thousands(task.RowsWritten), secondsWidth, lasted, bar)
		lines = append(lines, strings.TrimRight(line, " "))
		if task.Error != "" {
			lines = append(lines, "  "+oneLine(task.Error))
		}
	}
	return lines
}

// scale maps a time since the run's start to a column.
func scale(passed, whole time.Duration, columns int) int {
	if whole <= 0 {
		return 0
	}
	return min(columns, max(0, int(float64(columns)*float64(passed)/float64(whole))))
}

// took writes how long something took, to a tenth of a second within the first minute.
func took(passed time.Duration) string {
	if passed < time.Minute {
		return seconds(passed.Seconds())
	}
	return clockText(passed)
}

func seconds(value float64) string { return fmt.Sprintf("%.1f s", value) }
