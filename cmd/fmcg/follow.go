package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/pipeline"
	"github.com/fmcg/fmcg/pipeline/journal"
)

const followEvery = 200 * time.Millisecond

// follow shows the run in progress, or an older one as it ended, and ends with its exit code.
func (a *app) follow(ctx context.Context, prefix string, wait bool) error {
	id, err := a.toFollow(ctx, prefix, wait)
	if err != nil {
		return err
	}
	follower, err := catalog.Follow(a.settings.Warehouse, id)
	if err != nil {
		return &pipeline.Error{Op: "follow", Subject: "run " + id, Hint: "fmcg runs " + id + " shows what the published file knows of it", Err: err}
	}
	defer func() { _ = follower.Close() }()
	run, err := a.watchJournal(ctx, follower)
	if ctx.Err() != nil {
		fmt.Fprintf(a.stderr, "no longer followed; run %s goes on\n", id)
		return exitCode(pipeline.Cancelled)
	}
	if err != nil {
		return err
	}
	if a.settings.Format == formatJSON {
		if err := printJSON(a.stdout, run); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(a.stdout, "run %s: %s, %s files, %s rows read in %s.\n", run.ID, run.State, thousands(int64(run.Files)), thousands(run.RowsRead), seconds(run.Seconds))
	}
	if run.Error != "" {
		fmt.Fprintf(a.stderr, "error: %s\n", run.Error)
	}
	if run.ErrorCode != 0 {
		return exitCode(run.ErrorCode)
	}
	return nil
}

// watchJournal shows the events of a run until it is over.
func (a *app) watchJournal(ctx context.Context, follower *catalog.Follower) (catalog.Run, error) {
	shown := a.observe()
	defer shown.close()
	ticks := time.NewTicker(followEvery)
	defer ticks.Stop()
	for {
		events, err := follower.Next()
		for _, event := range events {
			shown.event(event)
		}
		if run := follower.Run(); err != nil || run.FinishedAt != nil {
			return run, err
		}
		select {
		case <-ctx.Done():
			return follower.Run(), ctx.Err()
		case <-ticks.C:
		}
	}
}

// toFollow finds the run to follow.
func (a *app) toFollow(ctx context.Context, prefix string, wait bool) (string, error) {
	if prefix != "" {
		history, err := catalog.OpenHistory(ctx, a.settings.Warehouse)
		if err != nil {
			return "", err
		}
		defer func() { _ = history.Close() }()
		id, err := history.Find(prefix)
		if err != nil {
			return "", &pipeline.Error{Op: "follow", Subject: "run", Code: pipeline.WrongUse, Err: err}
		}
		return id, nil
	}
	ticks := time.NewTicker(followEvery)
	defer ticks.Stop()
	for {
		if holder, isRunning := journal.RunningNow(a.settings.Warehouse); isRunning && a.journalled(holder.Run) {
			return holder.Run, nil
		}
		if !wait {
			return "", &pipeline.Error{Op: "follow", Subject: a.settings.Warehouse, Err: errors.New("no refresh runs"),
				Hint: "wait for the next with --wait, or see the last with fmcg runs --last"}
		}
		select {
		case <-ctx.Done():
			fmt.Fprintln(a.stderr, "no longer waited for")
			return "", exitCode(pipeline.Cancelled)
		case <-ticks.C:
		}
	}
}

// journalled says whether the journal of a run was begun: its lock comes a moment before.
func (a *app) journalled(run string) bool {
	runs, err := journal.Runs(filepath.Dir(a.settings.Warehouse))
	return err == nil && slices.Contains(runs, run)
}
