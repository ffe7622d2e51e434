package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
)

// record writes the run into the file that it publishes (law 1).
func (r *refresh) record(ctx context.Context) error {
	if err := r.step(ctx, StepRecord); err != nil {
		return err
	}
	parameters, err := json.Marshal(r.config.parameters())
	if err != nil {
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
	for _, name := range taskNames {
		state, record := "succeeded", r.job.tasks[name]
		started, ended := "", ""
		if record == nil {
			state, record = "up to date", &taskRecord{}
		} else {
			started, ended = timestamp(record.Started), timestamp(record.Finished)
		}
		if err := r.engine.exec(ctx, `insert into ops.run_tasks (run_id, task, state, started_at, finished_at, rows_read, rows_written)
			values (?, ?, ?, cast(nullif(?, '') as timestamp), cast(nullif(?, '') as timestamp), ?, ?)`,
			r.run, name, state, started, ended, record.Read, record.Written); err != nil {
			return fmt.Errorf("record task %s: %w", name, err)
		}
	}
	for _, check := range r.result.Checks {
		if err := r.engine.exec(ctx, "insert into ops.check_results values (?, ?, ?, ?, ?)",
			r.run, check.Name, string(check.Severity), check.State(), check.FailingRows); err != nil {
			return fmt.Errorf("record check %s: %w", check.Name, err)
		}
	}
	if err := r.engine.exec(ctx, "delete from ops.sql_files"); err != nil {
		return err
	}
	for _, model := range r.tree.Models {
		if err := r.engine.exec(ctx, "insert into ops.sql_files values (?, ?)", model.Path, model.Hash); err != nil {
			return fmt.Errorf("record the SQL: %w", err)
		}
	}
	return nil
}
