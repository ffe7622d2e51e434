package catalog

import "context"

// CheckRun is what a check found in one published run.
type CheckRun struct {
	Run         string `db:"run_id" json:"run"`
	FailingRows *int64 `db:"failing_rows" json:"failing_rows"` // null where the run did not have the check
}

// CheckHistory returns, of each check, what it found in the last published runs, the oldest first.
func (w *Warehouse) CheckHistory(ctx context.Context, runs int) (map[string][]CheckRun, error) {
	var found []struct {
		Name string `db:"check_name"`
		CheckRun
	}
	err := w.db.SelectContext(ctx, &found, `
		with runs as (select run_id, started_at from ops.runs order by started_at desc, run_id desc limit $1)
		select names.check_name, runs.run_id, results.failing_rows
		from runs
		cross join (select distinct check_name from ops.check_results) as names
		left join ops.check_results as results on runs.run_id = results.run_id and names.check_name = results.check_name
		order by names.check_name, runs.started_at, runs.run_id`, runs)
	history := map[string][]CheckRun{}
	for _, one := range found {
		history[one.Name] = append(history[one.Name], one.CheckRun)
	}
	return history, err
}
