package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fmcg/fmcg/pipeline/journal"
)

// Rollback publishes a kept release again: the one named, or the newest before the published one. It leaves a journal as
// a run of its own does.
func Rollback(ctx context.Context, config Config, run string) (release Release, err error) {
	config = config.withDefaults()
	id, started := config.newRunID(), config.Now()
	unlock, err := acquire(ctx, config.Warehouse, config.holder(id))
	if err != nil {
		return release, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	folder := filepath.Dir(config.Warehouse)
	events, err := journal.Create(folder, id, config.Now)
	if err != nil {
		return release, &Error{Op: "write the journal beside", Subject: config.Warehouse, Hint: "make the folder writable", Err: err}
	}
	note := func(event journal.Event) {
		written, err := events.Write(event)
		if err != nil {
			config.Log.Warn("journal not written", "err", err)
		}
		config.Observe(written)
	}
	note(journal.Event{Kind: journal.RunStarted, Name: triggerRollback, By: config.StartedBy, Parameters: map[string]any{"release": run}})
	release, setAside, err := rollBack(ctx, config, run)
	for _, log := range setAside {
		note(journal.Event{Kind: journal.Warning, Detail: fmt.Sprintf("a client had the file open for writing; its log is set aside as %s and never replayed", log)})
	}
	state, detail := journal.Succeeded, "published the release of run "+release.Run+" again"
	switch {
	case CodeOf(err) == Cancelled:
		state, detail = journal.Cancelled, err.Error()
	case err != nil:
		state, detail = journal.Failed, err.Error()
	}
	note(journal.Event{Kind: journal.RunFinished, State: state, Code: int(CodeOf(err)), Detail: detail, Seconds: config.Now().Sub(started).Seconds()})
	return release, errors.Join(err, events.Close(), journal.Prune(folder, config.KeepJournals))
}

// ReleaseBefore returns the kept release that the published one was built on, or the newest kept one before that, as the
// history in the published file tells: a release that was rolled back from is in no such history. It is zero where none is kept.
func ReleaseBefore(ctx context.Context, config Config, kept []Release) (Release, error) {
	config = config.withDefaults()
	published := slices.IndexFunc(kept, func(r Release) bool { return r.Published })
	if published < 0 {
		return Release{}, nil
	}
	e, err := openEngine(ctx, kept[published].Path, true, EngineConfig{Threads: config.Engine.Threads})
	if err != nil {
		return Release{}, &Error{Op: "open", Subject: kept[published].Path, Err: err, Hint: "name the release to publish: fmcg rollback RUN"}
	}
	defer func() { _ = e.close() }()
	runs, err := e.texts(ctx, "select run_id from ops.runs where run_id <> ? order by finished_at desc, run_id desc", kept[published].Run)
	if err != nil {
		return Release{}, err
	}
	for _, run := range runs {
		if is := slices.IndexFunc(kept, func(r Release) bool { return r.Run == run }); is >= 0 {
			return kept[is], nil
		}
	}
	return Release{}, nil
}

// rollBack finds the release, looks at it as a reader would, and swaps the link to it.
func rollBack(ctx context.Context, config Config, run string) (release Release, setAside []string, err error) {
	if err := sweep(config.Warehouse, ""); err != nil {
		return release, nil, err
	}
	releases, err := Releases(config.Warehouse)
	if err != nil {
		return release, nil, err
	}
	wanted := run
	if run == "" {
		before, err := ReleaseBefore(ctx, config, releases)
		if err != nil {
			return release, nil, err
		}
		wanted = before.Run
	}
	var names []string
	for _, one := range releases {
		names = append(names, one.Run)
	}
	chosen := slices.Index(names, wanted)
	if chosen < 0 {
		return release, nil, &Error{Op: "roll back", Subject: config.Warehouse, Code: WrongUse, Hint: "fmcg rollback RUN takes one of the kept releases",
			Err: fmt.Errorf("no kept release %s; kept: %s", cmp.Or(run, "before the published one"), cmp.Or(strings.Join(names, ", "), "none"))}
	}
	target := newRelease(config.Warehouse, releases[chosen].Run)
	if err := verify(ctx, target.path, config.Engine); err != nil {
		return release, nil, err
	}
	if setAside, err = target.publish(); err != nil {
		return release, setAside, err
	}
	releases[chosen].Published = true
	return releases[chosen], setAside, nil
}
