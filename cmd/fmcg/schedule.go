package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fmcg/fmcg/pipeline"
	"github.com/fmcg/fmcg/pipeline/journal"
	"github.com/fmcg/fmcg/pipeline/schedule"
)

func (a *app) scheduleCommand() *cobra.Command {
	var pause, resume, status bool
	var reason, print string
	var next int
	command := &cobra.Command{
		Use:   "schedule",
		Short: "Refresh every night, as a daemon; pause it, ask it, or hand the task to your system's scheduler",
		Long: "Refreshes at the times of --schedule until it is stopped (Ctrl-C, SIGTERM). After an outage, a sleep of the machine or a\n" +
			"pause it catches up once. With --schedule-poll it also refreshes when new files lie in the lake. The configuration is read\n" +
			"at the start. The other flags ask or tell a scheduler, from any terminal on its machine, and end at once.",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			asked := 0
			for _, name := range []string{"pause", "resume", "status", "print", "next"} {
				if command.Flags().Changed(name) {
					asked++
				}
			}
			if asked > 1 || command.Flags().Changed("reason") && !pause {
				return usageError{errors.New("give one of --pause (with --reason), --resume, --status, --print, --next")}
			}
			configured, err := a.configuredSchedules()
			if err != nil {
				return err
			}
			switch {
			case pause:
				return a.pauseSchedule(reason)
			case resume:
				return a.resumeSchedule()
			case status:
				return a.printSchedule(configured)
			case print != "":
				return a.printUnits(print, command.Flags())
			case command.Flags().Changed("next"):
				if command.Flags().Changed("schedule") || command.Flags().Changed("schedule-timezone") { // of these alone
					return a.printNext(configured[:1], next)
				}
				known, err := a.schedules(configured)
				if err != nil {
					return err
				}
				return a.printNext(known.all, next)
			}
			return a.runSchedule(command.Context(), configured, nil)
		},
	}
	flags := command.Flags()
	flags.BoolVar(&pause, "pause", false, "start no more runs, until --resume; a run that is going goes on")
	flags.StringVar(&reason, "reason", "", "why, kept with the pause")
	flags.BoolVar(&resume, "resume", false, "end a pause")
	flags.BoolVar(&status, "status", false, "say who schedules, what ran last, what is due")
	flags.StringVar(&print, "print", "", "write the timetable for systemd, cron or launchd")
	flags.IntVar(&next, "next", 0, "show the next N due times")
	addScheduleFlags(flags)
	flags.String("after-load", keepLanding, "loaded order files: keep them where they are, or move them from landing/ to processed/")
	addEngineFlags(flags)
	return command
}

// addScheduleFlags adds the flags of commands that schedule runs.
func addScheduleFlags(flags *pflag.FlagSet) {
	flags.String("schedule", schedule.DefaultExpression, "HH:MM, or a cron expression (minute hour day month weekday)")
	flags.String("schedule-timezone", schedule.DefaultTimezone, "time zone of --schedule")
	flags.String("schedule-overlap", string(schedule.Queue), "a due time while a run is going: queue one run, or skip")
	flags.Duration("schedule-poll", 0, "how often to look for new files in the lake, 5m; 0: never")
	flags.Duration("schedule-settle", schedule.DefaultSettle, "new files must have been the same for so long")
}

// configuredSchedules are those of fmcg.yaml, flags and environment: the times, and the look for new files if there is one.
func (a *app) configuredSchedules() ([]schedule.Schedule, error) {
	s := a.settings
	nightly := schedule.Schedule{Name: schedule.Default, Expression: s.Schedule, Timezone: s.ScheduleTimezone}
	if _, err := schedule.Parse(nightly.Expression, nightly.Timezone); err != nil {
		return nil, usageError{err}
	}
	configured := []schedule.Schedule{nightly}
	if s.SchedulePoll > 0 {
		configured = append(configured, schedule.Schedule{Name: schedule.Arrivals, Poll: spoken(s.SchedulePoll), Settle: spoken(s.ScheduleSettle)})
	}
	return configured, nil
}

// spoken is a duration as people write it: 5m, not 5m0s.
func spoken(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// runSchedule is the daemon; a word on wake has it look at the state at once.
func (a *app) runSchedule(ctx context.Context, configured []schedule.Schedule, wake <-chan struct{}) error {
	config, err := a.pipelineConfig()
	if err != nil {
		return err
	}
	config.Observe = a.lines().event
	zone, err := time.LoadLocation(configured[0].Timezone)
	if err != nil {
		return err
	}
	say := func(format string, arguments ...any) {
		fmt.Fprintf(a.stderr, "%s %s\n", a.now().In(zone).Format("2006-01-02 15:04:05 MST"), fmt.Sprintf(format, arguments...))
	}
	err = schedule.Run(ctx, schedule.Config{
		Warehouse:  a.settings.Warehouse,
		Configured: configured,
		Overlap:    schedule.Overlap(a.settings.ScheduleOverlap),
		StartedBy:  config.StartedBy,
		Now:        a.now,
		Say:        say,
		Wake:       wake,
		Job: func(ctx context.Context, start schedule.Start) error {
			config := withParameters(config, start.Parameters)
			config.Trigger, config.Schedule = start.Trigger, start.Schedule
			result, err := a.refreshAndTell(ctx, config)
			switch {
			case pipeline.CodeOf(err) == pipeline.Busy:
				return fmt.Errorf("%w: %w", schedule.ErrBusy, err)
			case err != nil:
				return err
			case result.Published:
				say("published run %s: %s files, %s rows read in %.1f s", result.Run, thousands(int64(result.Files)), thousands(result.Rows), result.Duration.Seconds())
			default:
				say("nothing new")
			}
			return nil
		},
		NewFiles: func(ctx context.Context) ([]string, error) {
			found, err := pipeline.LookAtLake(ctx, config, "", 0)
			var names []string
			for _, file := range found.Files {
				if file.State == "new" || file.State == "changed" {
					names = append(names, fmt.Sprintf("%s %d %s %s", file.URI, file.Size, file.ETag, file.LastModified.UTC().Format(time.RFC3339Nano)))
				}
			}
			return names, err
		},
	})
	var locked *schedule.LockedError
	if errors.As(err, &locked) {
		return &pipeline.Error{Op: "schedule", Subject: a.settings.Warehouse, Code: pipeline.Busy, Err: err,
			Hint: "stop that one first, or ask it: fmcg schedule --status"}
	}
	return err
}

func (a *app) pauseSchedule(reason string) error {
	if err := schedule.Pause(a.settings.Warehouse, whoami(), reason, a.now()); err != nil {
		return err
	}
	fmt.Fprintln(a.stdout, "Paused: the schedule starts no run until fmcg schedule --resume. fmcg refresh works as ever.")
	return nil
}

func (a *app) resumeSchedule() error {
	was, err := schedule.Resume(a.settings.Warehouse, whoami(), a.now())
	if err != nil {
		return err
	}
	if was == nil {
		fmt.Fprintln(a.stdout, "The schedule was not paused.")
		return nil
	}
	fmt.Fprintf(a.stdout, "Resumed; it was %s.\n", was)
	return nil
}

// withParameters is a run that is told otherwise than the configuration does.
func withParameters(config pipeline.Config, told schedule.Parameters) pipeline.Config {
	config.Full, config.AcceptMissing, config.Tasks = told.Full, told.AcceptMissing, told.Tasks
	if told.AfterLoad != "" {
		config.MoveAfterLoad = told.AfterLoad == moveLanding
	}
	return config
}

// schedulesKnown are the schedules of a warehouse, and who starts runs by them.
type schedulesKnown struct {
	state  schedule.State
	holder *journal.Holder // nil: nobody
	all    []schedule.Schedule
}

// schedules are those that hold. A scheduler that runs goes by what was configured when it started, not by what is now.
func (a *app) schedules(configured []schedule.Schedule) (known schedulesKnown, err error) {
	if known.state, err = schedule.Read(a.settings.Warehouse); err != nil {
		return known, err
	}
	if found, running := schedule.Running(a.settings.Warehouse); running {
		known.holder = &found
		if its := known.state.Configured; its != nil {
			configured = its
		}
	}
	known.all = schedule.Effective(configured, known.state.Schedules)
	return known, nil
}

// printSchedule says what a scheduler of the warehouse does, if there is one.
func (a *app) printSchedule(configured []schedule.Schedule) error {
	known, err := a.schedules(configured)
	if err != nil {
		return err
	}
	state, holder := known.state, known.holder
	type line struct {
		schedule.Schedule
		Next *time.Time `json:"next,omitempty"`
	}
	var lines []line
	for _, one := range known.all {
		next := line{Schedule: one}
		if due := one.Next(a.now(), 1); due != nil {
			next.Next = &due[0]
		}
		lines = append(lines, next)
	}
	if a.settings.Format == formatJSON {
		return printJSON(a.stdout, map[string]any{"schedules": lines, "running": holder, "paused": state.Paused, "last": state.Last})
	}
	if holder == nil {
		fmt.Fprintln(a.stdout, "No scheduler runs.")
	} else {
		fmt.Fprintf(a.stdout, "A scheduler runs: started %s by %s, process %d on %s.\n", holder.StartedAt.Format(time.RFC3339), holder.StartedBy, holder.PID, holder.Host)
	}
	if state.Paused != nil {
		fmt.Fprintf(a.stdout, "The schedule is %s.\n", state.Paused)
	}
	for _, one := range lines {
		fmt.Fprintf(a.stdout, "Schedule %s: %s.", one.Name, one.Schedule)
		if one.Next != nil {
			fmt.Fprintf(a.stdout, " Next due: %s.", one.Next.Format(dueFormat))
		}
		if one.By != "" {
			fmt.Fprintf(a.stdout, " Made so by %s, %s.", one.By, one.At.Format(time.RFC3339))
		}
		fmt.Fprintln(a.stdout)
	}
	if last := state.Last; last != nil {
		outcome := "succeeded"
		if last.Error != "" {
			outcome = "failed: " + last.Error
		}
		fmt.Fprintf(a.stdout, "Last run: %s, %s, %s\n", last.Trigger, last.StartedAt.Format(dueFormat), outcome)
	}
	return nil
}

const dueFormat = "Mon 2006-01-02 15:04 -0700"

// dueAt is a due time of a schedule.
type dueAt struct {
	Schedule string
	At       time.Time // in the zone of the schedule
}

// nextDue are the next due times of schedules.
func nextDue(all []schedule.Schedule, after time.Time, count int) (found []dueAt) {
	for _, one := range all {
		for _, due := range one.Next(after, count) {
			found = append(found, dueAt{one.Name, due})
		}
	}
	slices.SortStableFunc(found, func(a, b dueAt) int { return a.At.Compare(b.At) })
	return found[:min(count, len(found))]
}

func (a *app) printNext(all []schedule.Schedule, count int) error {
	if count < 1 {
		return usageError{fmt.Errorf("--next %d: how many times?", count)}
	}
	type due struct {
		Schedule string    `json:"schedule"`
		Local    string    `json:"local"`
		UTC      time.Time `json:"utc"`
	}
	found := []due{}
	var rows [][]any
	for _, next := range nextDue(all, a.now(), count) {
		found = append(found, due{next.Schedule, next.At.Format(time.RFC3339), next.At.UTC()})
		rows = append(rows, []any{next.Schedule, next.At.Format(dueFormat), next.At.UTC().Format("Mon 2006-01-02 15:04")})
	}
	if a.settings.Format == formatJSON {
		return printJSON(a.stdout, map[string]any{"schedules": all, "next": found})
	}
	printTable(a.stdout, []string{"schedule", "local", "UTC"}, rows)
	return nil
}

// printUnits writes the refresh of this folder, with the flags given here, for a system's scheduler.
func (a *app) printUnits(printer string, flags *pflag.FlagSet) error {
	timetable, err := schedule.Parse(a.settings.Schedule, a.settings.ScheduleTimezone)
	if err != nil {
		return usageError{err}
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	command := schedule.Command{Program: program, Arguments: []string{"refresh"}, Dir: dir}
	if _, err := os.Stat(a.settings.Config); err == nil {
		path, err := filepath.Abs(a.settings.Config)
		if err != nil {
			return err
		}
		command.Arguments = append(command.Arguments, "--config", path)
	}
	flags.Visit(func(flag *pflag.Flag) {
		if !slices.Contains([]string{"config", "print", "format"}, flag.Name) && !strings.HasPrefix(flag.Name, "schedule") {
			command.Arguments = append(command.Arguments, "--"+flag.Name+"="+flag.Value.String())
		}
	})
	text, err := schedule.Units(printer, timetable, command)
	if err != nil {
		return usageError{err}
	}
	var unsaid []string
	for _, key := range settingKeys {
		name := envPrefix + strings.ToUpper(key)
		if os.Getenv(name) != "" && name != envPrefix+"CONFIG" {
			unsaid = append(unsaid, name)
		}
	}
	if len(unsaid) > 0 {
		fmt.Fprintf(a.stderr, "set in this shell only, so put it into %s: %s\n", a.settings.Config, strings.Join(unsaid, ", "))
	}
	if state, err := schedule.Read(a.settings.Warehouse); err == nil && len(state.Schedules) > 0 {
		fmt.Fprintln(a.stderr, "schedules that were made on the pages are not in it; fmcg schedule runs those too")
	}
	fmt.Fprint(a.stdout, text)
	return nil
}
