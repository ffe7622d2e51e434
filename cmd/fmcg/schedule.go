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
			timetable, err := schedule.Parse(a.settings.Schedule, a.settings.ScheduleTimezone)
			if err != nil {
				return usageError{err}
			}
			switch {
			case pause:
				return a.pauseSchedule(reason)
			case resume:
				return a.resumeSchedule()
			case status:
				return a.printSchedule(timetable)
			case print != "":
				return a.printUnits(print, timetable, command.Flags())
			case command.Flags().Changed("next"):
				return a.printNext(timetable, next)
			}
			return a.runSchedule(command.Context(), timetable)
		},
	}
	flags := command.Flags()
	flags.BoolVar(&pause, "pause", false, "start no more runs, until --resume; a run that is going goes on")
	flags.StringVar(&reason, "reason", "", "why, kept with the pause")
	flags.BoolVar(&resume, "resume", false, "end a pause")
	flags.BoolVar(&status, "status", false, "say who schedules, what ran last, what is due")
	flags.StringVar(&print, "print", "", "write the timetable for systemd, cron or launchd")
	flags.IntVar(&next, "next", 0, "show the next N due times")
	flags.String("schedule", schedule.DefaultExpression, "HH:MM, or a cron expression (minute hour day month weekday)")
	flags.String("schedule-timezone", schedule.DefaultTimezone, "time zone of --schedule")
	flags.String("schedule-overlap", string(schedule.Queue), "a due time while a run is going: queue one run, or skip")
	flags.Duration("schedule-poll", 0, "how often to look for new files in the lake, 5m; 0: never")
	flags.Duration("schedule-settle", schedule.DefaultSettle, "new files must have been the same for so long")
	flags.String("after-load", keepLanding, "loaded order files: keep them where they are, or move them from landing/ to processed/")
	addEngineFlags(flags)
	return command
}

// runSchedule is the daemon.
func (a *app) runSchedule(ctx context.Context, timetable schedule.Timetable) error {
	config, err := a.pipelineConfig()
	if err != nil {
		return err
	}
	config.Observe = a.lines().event
	say := func(format string, arguments ...any) {
		fmt.Fprintf(a.stderr, "%s %s\n", timetable.In(a.now()).Format("2006-01-02 15:04:05 MST"), fmt.Sprintf(format, arguments...))
	}
	err = schedule.Run(ctx, schedule.Config{
		Warehouse: a.settings.Warehouse,
		Timetable: timetable,
		Overlap:   schedule.Overlap(a.settings.ScheduleOverlap),
		Poll:      a.settings.SchedulePoll,
		Settle:    a.settings.ScheduleSettle,
		StartedBy: config.StartedBy,
		Now:       a.now,
		Say:       say,
		Job: func(ctx context.Context, trigger string) error {
			config := config
			config.Trigger = trigger
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

// printSchedule says what a scheduler of the warehouse does, if there is one.
func (a *app) printSchedule(timetable schedule.Timetable) error {
	state, err := schedule.Read(a.settings.Warehouse)
	if err != nil {
		return err
	}
	var holder *journal.Holder
	if found, running := schedule.Running(a.settings.Warehouse); running {
		holder = &found
		// It goes by what it was started with, not by what is configured now.
		if its, err := schedule.Parse(state.Expression, state.Timezone); err == nil {
			timetable = its
		}
	}
	next := timetable.Next(a.now())
	if a.settings.Format == formatJSON {
		return printJSON(a.stdout, map[string]any{"schedule": timetable.Expression, "timezone": timetable.Timezone, "next": next.UTC(),
			"running": holder, "paused": state.Paused, "last": state.Last})
	}
	if holder == nil {
		fmt.Fprintln(a.stdout, "No scheduler runs.")
	} else {
		fmt.Fprintf(a.stdout, "A scheduler runs: started %s by %s, process %d on %s.\n", holder.StartedAt.Format(time.RFC3339), holder.StartedBy, holder.PID, holder.Host)
	}
	if state.Paused != nil {
		fmt.Fprintf(a.stdout, "The schedule is %s.\n", state.Paused)
	}
	fmt.Fprintf(a.stdout, "Schedule: %s. Next due: %s.\n", timetable, timetable.In(next).Format(dueFormat))
	if last := state.Last; last != nil {
		outcome := "succeeded"
		if last.Error != "" {
			outcome = "failed: " + last.Error
		}
		fmt.Fprintf(a.stdout, "Last run: %s, %s, %s\n", last.Trigger, timetable.In(last.StartedAt).Format(dueFormat), outcome)
	}
	return nil
}

const dueFormat = "Mon 2006-01-02 15:04 -0700"

func (a *app) printNext(timetable schedule.Timetable, count int) error {
	if count < 1 {
		return usageError{fmt.Errorf("--next %d: how many times?", count)}
	}
	type due struct {
		Local string    `json:"local"`
		UTC   time.Time `json:"utc"`
	}
	var found []due
	var rows [][]any
	at := a.now()
	for range count {
		at = timetable.Next(at)
		found = append(found, due{timetable.In(at).Format(time.RFC3339), at.UTC()})
		rows = append(rows, []any{timetable.In(at).Format(dueFormat), at.UTC().Format("Mon 2006-01-02 15:04")})
	}
	if a.settings.Format == formatJSON {
		return printJSON(a.stdout, map[string]any{"schedule": timetable.Expression, "timezone": timetable.Timezone, "next": found})
	}
	printTable(a.stdout, []string{timetable.Timezone, "UTC"}, rows)
	return nil
}

// printUnits writes the refresh of this folder, with the flags given here, for a system's scheduler.
func (a *app) printUnits(printer string, timetable schedule.Timetable, flags *pflag.FlagSet) error {
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
	fmt.Fprint(a.stdout, text)
	return nil
}
