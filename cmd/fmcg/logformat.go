package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"

	"github.com/fmcg/fmcg/pipeline"
	"github.com/fmcg/fmcg/pipeline/journal"
)

// logger writes the log to out, in the format and from the level that the settings say.
func (a *app) logger(out io.Writer) *slog.Logger { return slog.New(a.logHandler(out, slog.LevelWarn)) }

func (a *app) logHandler(out io.Writer, level slog.Level) slog.Handler {
	if a.settings.Verbose {
		level = slog.LevelDebug
	}
	options := &slog.HandlerOptions{Level: level}
	if a.settings.LogFormat == formatJSON {
		return slog.NewJSONHandler(out, options)
	}
	return slog.NewTextHandler(out, options)
}

// jsonLines shows the events of a run as log lines in JSON: time, level, the event's kind as msg, and its fields, named as in
// the journal.
type jsonLines struct{ handler slog.Handler }

func (a *app) jsonLines() jsonLines { return jsonLines{a.logHandler(a.stderr, slog.LevelInfo)} }

func (l jsonLines) close() {}

func (l jsonLines) event(event journal.Event) {
	level := eventLevel(event)
	if !l.handler.Enabled(context.Background(), level) {
		return
	}
	record := slog.NewRecord(event.At, level, event.Kind, 0)
	record.AddAttrs(eventFields(event)...)
	_ = l.handler.Handle(context.Background(), record) // there is nowhere else to say it
}

// eventLevel: a file each is much, in a lake of years.
func eventLevel(event journal.Event) slog.Level {
	switch {
	case event.Kind == journal.FileRead:
		return slog.LevelDebug
	case event.Kind == journal.Warning, event.Kind == journal.Retry, event.Kind == journal.CheckDone && event.State == journal.Failed:
		return slog.LevelWarn
	case event.State == journal.Failed:
		return slog.LevelError
	}
	return slog.LevelInfo
}

// eventFields are the fields that an event has in the journal, but for its time and kind, by name.
func eventFields(event journal.Event) []slog.Attr {
	var values map[string]any
	text, err := json.Marshal(event)
	if err == nil {
		err = json.Unmarshal(text, &values)
	}
	if err != nil {
		return []slog.Attr{slog.String("run", event.Run), slog.Any("err", err)}
	}
	var fields []slog.Attr
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if name != "at" && name != "kind" {
			fields = append(fields, slog.Any(name, values[name]))
		}
	}
	return fields
}

// cancelledBy is what an error says of who cancelled, "" where it says nothing.
func cancelledBy(err error) string {
	var operator *pipeline.Error
	if errors.As(err, &operator) && operator.Code == pipeline.Cancelled {
		return operator.Err.Error()
	}
	return ""
}

// sayError ends standard error with what went wrong; where that is JSON, as a line of it.
func (a *app) sayError(err error, code pipeline.Code) {
	cancelled := cmp.Or(cancelledBy(err), "cancelled") + "; the published file is as it was"
	switch {
	case a.log != nil && a.settings.LogFormat == formatJSON:
		message := "failed"
		if code == pipeline.Cancelled {
			message = cancelled
		}
		a.log.Error(message, "exit_code", int(code), "err", err)
	case code == pipeline.Cancelled:
		fmt.Fprintln(a.stderr, cancelled)
	default:
		fmt.Fprintf(a.stderr, "error: %v\n", err)
	}
}
