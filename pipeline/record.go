package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/fmcg/fmcg/pipeline/journal"
)

// record writes the run into the file that it publishes (law 1).
func (r *refresh) record(ctx context.Context) error {
	if err := r.step(ctx, StepRecord); err != nil {
		return err
	}
	parameters, err := json.Marshal(r.parameters())
	if err != nil {
		return err
	}
	if err := r.compareDuration(ctx); err != nil {
		return err
	}
	finished := timestamp(r.config.Now())
	if err := r.engine.exec(ctx, `insert into ops.runs by name
		select $1 as run_id, $2 as job, $3 as trigger, $4 as started_by, cast($5 as json) as parameters, $6 as version, 'succeeded' as state,
			cast($7 as timestamp) as started_at, cast($8 as timestamp) as finished_at, $9 as files_loaded, $10 as rows_read,
			(select count(*) from ops.quarantine) as rows_quarantined`,
		r.run, JobName, r.config.Trigger, r.config.StartedBy, string(parameters), r.config.Version, timestamp(r.started), finished,
		int64(r.result.Files), r.result.Rows); err != nil {
		return fmt.Errorf("record the run: %w", err)
	}
	for _, check := range r.result.Checks {
		if err := r.engine.exec(ctx, "insert into ops.check_results values (?, ?, ?, ?, ?)",
			r.run, check.Name, string(check.Severity), check.State(), check.FailingRows); err != nil {
			return fmt.Errorf("record check %s: %w", check.Name, err)
		}
	}
	for _, table := range r.plan.Dropped {
		if err := r.engine.exec(ctx, "delete from ops.sql_files where path = ?", pathOfTable(table)); err != nil {
			return err
		}
	}
	return r.tellQuarantine(ctx)
}

// When a run took much longer than runs do.
const (
	comparedRuns   = 20               // the last published ones
	fewestCompared = 5                // of these, to tell what is usual
	muchLonger     = 3                // times the median
	worthSaying    = 30 * time.Second // above the median
)

// compareDuration warns of a run that takes far longer than the last ones that read files.
func (r *refresh) compareDuration(ctx context.Context) error {
	var usual struct {
		Runs   int     `db:"runs"`
		Median float64 `db:"median"`
	}
	if err := r.engine.conn.GetContext(ctx, &usual, `
		with latest as (
			select date_diff('millisecond', started_at, finished_at) / 1000.0 as seconds
			from ops.runs where files_loaded > 0 order by started_at desc limit $1
		)
		select count(*) as runs, coalesce(median(seconds), 0) as median from latest`, comparedRuns); err != nil {
		return fmt.Errorf("compare the duration: %w", err)
	}
	took, median := r.config.Now().Sub(r.started), time.Duration(usual.Median*float64(time.Second))
	if usual.Runs >= fewestCompared && took > muchLonger*median && took > median+worthSaying {
		r.warn("this run took %s so far; the median of the last %d is %s", took.Round(time.Second), usual.Runs, median.Round(time.Second))
	}
	return nil
}

// parameters are what the history keeps of how the run was told.
func (r *refresh) parameters() map[string]any {
	told := r.config.parameters()
	if r.config.Repair != "" {
		told[parameterRepairs], told[parameterAsOf] = r.config.Repair, r.asOf.Format(time.RFC3339Nano)
	}
	return told
}

// tellQuarantine puts what is in quarantine into the journal, by table and reason.
func (r *refresh) tellQuarantine(ctx context.Context) error {
	var found []struct {
		Table  string `db:"table_name"`
		Reason string `db:"reason"`
		Rows   int64  `db:"row_count"`
	}
	if err := r.engine.conn.SelectContext(ctx, &found, "select table_name, reason, count(*) as row_count from ops.quarantine group by all order by all"); err != nil {
		return err
	}
	for _, line := range found {
		r.event(journal.Event{Kind: journal.Quarantined, Name: line.Table, State: line.Reason, Rows: line.Rows})
	}
	return nil
}
