package catalog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/fmcg/fmcg/catalog/lineage"
)

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

// CheckedRun is a published run whose checks are known.
type CheckedRun struct {
	ID        string    `db:"run_id" json:"run"`
	StartedAt time.Time `db:"started_at" json:"started_at"`
}

// CheckedRuns are the last published runs, the oldest first: those of CheckHistory.
func (w *Warehouse) CheckedRuns(ctx context.Context, runs int) ([]CheckedRun, error) {
	found := []CheckedRun{}
	err := w.db.SelectContext(ctx, &found, `select run_id, started_at from
		(select run_id, started_at from ops.runs order by started_at desc, run_id desc limit $1) order by started_at, run_id`, runs)
	return found, err
}

// CheckState is a check as it was met by the run that published the release.
type CheckState struct {
	Name        string `db:"check_name" json:"check"`
	Severity    string `db:"severity" json:"severity"` // error, warn
	State       string `db:"state" json:"state"`       // held, failed
	FailingRows int64  `db:"failing_rows" json:"failing_rows"`
}

// CheckStates are the checks of the release, those that failed first.
func (w *Warehouse) CheckStates(ctx context.Context) ([]CheckState, error) {
	found := []CheckState{}
	err := w.db.SelectContext(ctx, &found, `select check_name, severity, state, failing_rows from ops.check_results
		where run_id = (select run_id from ops.freshness) order by state = 'held', severity, check_name`)
	return found, err
}

// CheckFile is a check of a SQL tree: a query that returns the offending rows.
type CheckFile struct {
	Name        string   `json:"check"`
	Path        string   `json:"file"`        // "checks/price_gaps.sql"
	Description string   `json:"description"` // what it finds, and what breaks for whom
	Severity    string   `json:"severity"`
	Reads       []string `json:"reads"` // tables
	SQL         string   `json:"sql"`
}

// CheckFiles reads the checks of a SQL tree.
func CheckFiles(ctx context.Context, tree fs.FS) ([]CheckFile, error) {
	paths, err := fs.Glob(tree, "checks/*.sql")
	if err != nil {
		return nil, err
	}
	scratch, err := newScratch(ctx)
	if err != nil {
		return nil, err
	}
	defer scratch.Close()
	found := []CheckFile{}
	for _, name := range paths {
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return nil, err
		}
		check := CheckFile{Name: strings.TrimSuffix(path.Base(name), ".sql"), Path: name, SQL: string(text)}
		check.Description, check.Severity = checkHead(check.SQL)
		if check.Reads, err = lineage.Reads(ctx, scratch, check.SQL); err != nil {
			return nil, fmt.Errorf("parse %s: %w", name, err)
		}
		found = append(found, check)
	}
	return found, nil
}

// checkHead reads the head of a check: its prose, and its severity.
func checkHead(text string) (description, severity string) {
	var prose []string
	for line := range strings.Lines(text) {
		comment, isComment := strings.CutPrefix(strings.TrimSpace(line), "--")
		if !isComment {
			break
		}
		comment = strings.TrimSpace(comment)
		if value, declared := strings.CutPrefix(comment, "severity:"); declared {
			severity = strings.TrimSpace(value)
		} else if comment != "" && severity == "" {
			prose = append(prose, comment)
		}
	}
	return strings.Join(prose, " "), severity
}

// FailingRows runs a check on the release, and returns at most most of the rows that it finds, in the order of their values.
func (w *Warehouse) FailingRows(ctx context.Context, check CheckFile, most int) (Table, error) {
	if check.SQL == "" {
		return Table{}, errors.New("the check has no SQL")
	}
	found, err := w.Query(ctx, fmt.Sprintf("select * from (%s\n) order by all limit %d", check.SQL, most+1), most)
	if err != nil {
		return found, fmt.Errorf("run sql/%s: %w", check.Path, err)
	}
	return found, nil
}
