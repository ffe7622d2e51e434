package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/semantic"
	"github.com/fmcg/fmcg/pipeline"
	"github.com/fmcg/fmcg/pipeline/journal"
	"github.com/fmcg/fmcg/pipeline/notify"
)

func (a *app) notifyCommand() *cobra.Command {
	var test bool
	command := &cobra.Command{
		Use:   "notify --test",
		Short: "Send a test message through each notifier that is configured",
		Long: "Sends a test message to the webhook, the mail server and the command of notify in fmcg.yaml, and says what became of\n" +
			"it at each. The heartbeat is left alone: a test is no run.",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if !test {
				return usageError{errors.New("fmcg notify sends nothing by itself; --test sends a test message")}
			}
			return a.testNotifiers(command.Context())
		},
	}
	command.Flags().BoolVar(&test, "test", false, "send a test message")
	return command
}

func (a *app) testNotifiers(ctx context.Context) error {
	notifiers, err := notify.New(a.settings.Notify, os.LookupEnv)
	deliveries := notifiers.Send(ctx, notify.NewTest(a.absoluteWarehouse(), hostname(), a.now()))
	if len(deliveries) == 0 {
		return usageError{errors.Join(err, errors.New("no notifier is configured; fmcg init writes a fmcg.yaml that shows how, under notify"))}
	}
	type report struct {
		Notifier string `json:"notifier"`
		Error    string `json:"error,omitempty"`
	}
	var reports []report
	var rows [][]any
	problems := []error{err}
	for _, delivery := range deliveries {
		said, result := report{Notifier: delivery.Notifier}, "sent"
		if delivery.Err != nil {
			said.Error, result = delivery.Err.Error(), "not sent"
			problems = append(problems, delivery.Err)
		}
		reports, rows = append(reports, said), append(rows, []any{delivery.Notifier, result})
	}
	if a.settings.Format == formatJSON {
		problems = append(problems, printJSON(a.stdout, reports))
	} else {
		printTable(a.stdout, []string{"notifier", "test message"}, rows)
	}
	return errors.Join(problems...)
}

// beforeRun tells the heartbeat that a run begins.
func (a *app) beforeRun(ctx context.Context) {
	notifiers, _ := notify.New(a.settings.Notify, os.LookupEnv) // afterRun says what is wrong
	if err := notifiers.Started(ctx); err != nil {
		a.log.Warn("not told", "err", err)
	}
}

// timeToTellOfCancelling limits what is sent after a run that somebody wanted to stop at once.
const timeToTellOfCancelling = 10 * time.Second

// afterRun tells whoever is configured how a run ended: metrics, heartbeat, notifiers, alerts. What goes wrong with it is
// logged and changes nothing of the run. It is done even when ctx is cancelled, within a time limit of its own.
func (a *app) afterRun(ctx context.Context, config pipeline.Config, result pipeline.Result, failure error) {
	notifiers, err := notify.New(a.settings.Notify, os.LookupEnv)
	if err != nil {
		a.log.Warn("not told", "err", err)
	}
	if a.settings.MetricsFile == "" && notifiers.Empty() {
		return
	}
	code := pipeline.CodeOf(failure)
	if failure != nil && ctx.Err() != nil {
		code = pipeline.Cancelled
	}
	ctx = context.WithoutCancel(ctx)
	if code == pipeline.Cancelled {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeToTellOfCancelling)
		defer cancel()
	}
	run := a.endOf(ctx, config, result, failure, code)
	if path := a.settings.MetricsFile; path != "" {
		if err := notify.WriteMetrics(path, run, a.lastSuccess(run.Warehouse)); err != nil {
			a.log.Warn("no metrics", "err", err)
		}
	}
	if notifiers.Empty() {
		return
	}
	var figures []notify.Figure
	if failure == nil {
		figures = a.figures(ctx, run.Warehouse)
	}
	for _, err := range notifiers.Tell(ctx, run, figures) {
		a.log.Warn("not told", "err", err)
	}
}

// endOf puts together what is to be told of a run.
func (a *app) endOf(ctx context.Context, config pipeline.Config, result pipeline.Result, failure error, code pipeline.Code) notify.Run {
	now := a.now()
	run := notify.Run{Job: pipeline.JobName, ID: result.Run, Warehouse: a.absoluteWarehouse(), Host: hostname(), State: journal.UpToDate,
		Code: int(code), Started: now.Add(-result.Duration), Finished: now, Files: result.Files, RowsRead: result.Rows}
	switch {
	case code == pipeline.Cancelled: // where it was just then is no error to look into
		run.State = journal.Cancelled
	case failure != nil:
		run.State, run.Error = journal.Failed, failure.Error()
	case result.Published:
		run.State = journal.Succeeded
	}
	var err error
	if run.Published, err = readPublished(ctx, config.Warehouse); err != nil && !errors.Is(err, catalog.ErrNothingPublished) {
		a.log.Warn("the published file can't be read", "err", err)
	}
	return run
}

// readPublished asks the published file for what is told of it.
func readPublished(ctx context.Context, path string) (*notify.Published, error) {
	warehouse, err := catalog.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = warehouse.Close() }()
	summary, err := warehouse.Summarize(ctx)
	if err != nil {
		return nil, err
	}
	file, err := os.Stat(warehouse.Release)
	if err != nil {
		return nil, err
	}
	found := &notify.Published{RefreshedAt: summary.Freshness.RefreshedAt, DataThrough: summary.Freshness.DataThrough, Size: file.Size()}
	for _, line := range summary.Quarantine {
		found.Quarantine = append(found.Quarantine, notify.QuarantinedRows{Table: line.Table, Reason: line.Reason, Rows: line.Rows})
	}
	return found, nil
}

// figures asks the published file for what alerts are about.
func (a *app) figures(ctx context.Context, path string) []notify.Figure {
	limit := a.settings.Notify.Timeout
	if limit == 0 {
		limit = notify.DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var figures []notify.Figure
	for _, rule := range a.settings.Alerts {
		query, err := a.alertQuery(rule)
		var value float64
		if err == nil {
			value, err = figure(ctx, path, query)
		}
		if err != nil {
			a.log.Warn("an alert gives no figure", "alert", rule.Name, "err", err)
		}
		figures = append(figures, notify.Figure{Rule: rule, Value: value, Err: err})
	}
	return append(figures, a.savedFigures(ctx, path, limit)...)
}

// alertQuery is the query of an alert. A measure is that of the semantic model, so that it is the figure that fmcg ask gives.
func (a *app) alertQuery(rule notify.AlertRule) (string, error) {
	if rule.Measure == "" {
		return rule.Query, nil
	}
	model, err := semantic.Open(a.settings.Model)
	if err != nil {
		return "", err
	}
	measure := model.Measure(rule.Measure)
	if measure == nil {
		return "", fmt.Errorf("there is no measure %q; there are %s", rule.Measure, measureNames(model))
	}
	return fmt.Sprintf("select %s from %s where (%s) and date = (select data_through from ops.freshness)",
		measure.Expr, model.Source, cmp.Or(model.Filter, "true")), nil
}

func measureNames(model *semantic.Model) string {
	var names []string
	for _, measure := range model.Measures {
		names = append(names, measure.Name)
	}
	return strings.Join(names, ", ")
}

// figure runs a query that gives one number.
func figure(ctx context.Context, path, query string) (float64, error) {
	warehouse, err := catalog.Open(ctx, path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = warehouse.Close() }()
	table, err := warehouse.Query(ctx, query, 2)
	if err != nil {
		return 0, err
	}
	return table.Number()
}

// lastSuccess is when a run ended well last, as the journal tells; zero when none did.
func (a *app) lastSuccess(warehouse string) time.Time {
	dir := filepath.Dir(warehouse)
	runs, err := journal.Runs(dir)
	for _, id := range runs {
		events, err := journal.Read(dir, id)
		if err != nil {
			a.log.Warn("a journal can't be read", "run", id, "err", err)
		}
		for _, event := range events {
			if event.Kind == journal.RunFinished && (event.State == journal.Succeeded || event.State == journal.UpToDate) {
				return event.At
			}
		}
	}
	if err != nil {
		a.log.Warn("the journal can't be read", "err", err)
	}
	return time.Time{}
}

func (a *app) absoluteWarehouse() string {
	path, err := filepath.Abs(a.settings.Warehouse)
	if err != nil {
		return a.settings.Warehouse
	}
	return path
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return name
}
