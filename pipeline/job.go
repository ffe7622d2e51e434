package pipeline

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/fmcg/fmcg/pipeline/journal"
)

// JobName is the job that a refresh runs.
const JobName = "FMCG INCREMENTAL UPDATE"

// taskNames are the tasks of the job. The last needs all others.
var taskNames = []string{"dim_processing_customer", "dim_processing_products", "dim_processing_prices", "fact_processing_orders"}

// changes is what happened to the bronze tables in this run.
type changes struct {
	tables  map[string]bool            // bronze tables with new, other or fewer rows, or another order of files
	whole   map[string]bool            // bronze tables read anew as a whole
	files   map[string][]string        // files with new rows, by bronze table name
	months  map[string]map[string]bool // months that rows taken out counted in, by bronze table name
	edited  map[string]bool            // models with edited SQL
	current map[string]bool            // tables that exist
}

// built is what one model did in this run.
type built struct {
	all    bool            // made anew
	months map[string]bool // months made anew, of a model loaded by month
	rows   int64
}

// job builds the models whose SQL or data changed.
type job struct {
	engine  *engine
	tree    Tree
	changes changes
	built   map[string]built // by table; a model that had nothing to do is not in it
	run     string
	at      time.Time
	tasks   map[string]*taskRecord
	now     func() time.Time
	observe func(journal.Event)
}

// taskRecord is a row of ops.run_tasks in the making.
type taskRecord struct {
	Started, Finished time.Time
	Read, Written     int64
}

// run builds the models one after the other, each after what it reads; the engine uses all cores for each.
func (j *job) build(ctx context.Context) error {
	if err := j.rememberLookups(ctx); err != nil {
		return err
	}
	for _, model := range j.tree.Models {
		if model.Load == ByFile {
			j.noteBronze(model)
			continue
		}
		started := j.now()
		done, err := j.buildModel(ctx, model)
		if err != nil {
			return &Error{Op: "run", Subject: "sql/" + model.Path, Hint: "mend the SQL or its input; nothing was published", Err: err}
		}
		if done == nil {
			continue
		}
		j.built[model.Table] = *done
		finished := j.now()
		record := j.task(model.Task, started)
		record.Finished, record.Written = finished, record.Written+done.rows
		j.observe(journal.Event{Kind: journal.ModelBuilt, Name: model.Path, Rows: done.rows, Seconds: finished.Sub(started).Seconds()})
	}
	return j.engine.setScope(ctx, nil, nil)
}

func (j *job) task(name string, started time.Time) *taskRecord {
	record := j.tasks[name]
	if record == nil {
		record = &taskRecord{Started: started}
		j.tasks[name] = record
	}
	return record
}

func (j *job) noteBronze(model *Model) {
	if j.changes.tables[model.Name] {
		j.built[model.Table] = built{all: j.changes.whole[model.Name], months: j.changes.months[model.Name]}
	}
}

// buildModel builds one model as far as it has to be; nil when it need not be.
func (j *job) buildModel(ctx context.Context, model *Model) (*built, error) {
	changed := slices.ContainsFunc(model.Reads, func(table string) bool { _, ran := j.built[table]; return ran })
	anew := j.changes.edited[model.Table] || !j.changes.current[model.Table]
	if !changed && !anew {
		return nil, nil
	}
	switch model.Load {
	case View:
		anew = anew || slices.ContainsFunc(model.Reads, func(table string) bool { return j.changes.edited[table] })
		if !anew {
			return nil, nil
		}
		return &built{}, j.createView(ctx, model)
	case ByMonth:
		if !anew && !slices.ContainsFunc(model.Reads, func(table string) bool { return table != model.Lookup.Table && j.built[table].all }) {
			return j.rebuildMonths(ctx, model)
		}
	}
	if err := j.engine.setScope(ctx, nil, nil); err != nil {
		return nil, err
	}
	if model.judged() {
		return j.judge(ctx, model, nil, nil)
	}
	if err := j.engine.exec(ctx, fmt.Sprintf("create or replace table %s as %s", model.Table, model.SQL)); err != nil {
		return nil, err
	}
	return j.madeAnew(ctx, model)
}

// madeAnew comments a table that was replaced, and counts its rows.
func (j *job) madeAnew(ctx context.Context, model *Model) (*built, error) {
	if err := j.engine.comment(ctx, model); err != nil {
		return nil, err
	}
	rows, err := j.engine.number(ctx, "select count(*) from "+model.Table)
	return &built{all: true, rows: rows}, err
}

func (j *job) createView(ctx context.Context, model *Model) error {
	if err := j.engine.exec(ctx, fmt.Sprintf("create or replace view %s as %s", model.Table, model.SQL)); err != nil {
		return err
	}
	return j.engine.comment(ctx, model)
}

// rebuildMonths builds the months of a model that its inputs touched.
func (j *job) rebuildMonths(ctx context.Context, model *Model) (*built, error) {
	months := map[string]bool{}
	for _, table := range model.Reads {
		maps.Copy(months, j.built[table].months)
	}
	source := j.sourceOf(model)
	if source != "" {
		if fresh := j.changes.files[source]; len(fresh) > 0 {
			found, err := j.monthsOf(ctx, model, fresh)
			if err != nil {
				return nil, err
			}
			maps.Copy(months, found)
		}
		found, err := j.monthsOfLookup(ctx, model)
		if err != nil {
			return nil, err
		}
		maps.Copy(months, found)
	}
	scope := slices.Sorted(maps.Keys(months))
	if source == "" {
		if len(scope) == 0 {
			return nil, nil
		}
		if err := j.engine.setScope(ctx, nil, scope); err != nil {
			return nil, err
		}
		return j.replaceMonths(ctx, model, months)
	}
	files, err := j.filesOf(ctx, source, scope)
	if err != nil {
		return nil, err
	}
	files = append(files, j.changes.files[source]...)
	if len(files) == 0 && len(scope) == 0 {
		return nil, nil
	}
	slices.Sort(files)
	files = append([]string{}, slices.Compact(files)...)
	if err := j.engine.setScope(ctx, files, append([]string{}, scope...)); err != nil {
		return nil, err
	}
	return j.judge(ctx, model, files, months)
}

// sourceOf returns the bronze table whose rows a judged model judges, "" for other models.
func (j *job) sourceOf(model *Model) string {
	if !model.judged() {
		return ""
	}
	for _, table := range model.Reads {
		if name, found := strings.CutPrefix(table, "bronze."); found {
			return name
		}
	}
	return ""
}

// monthsOf returns the months that the rows of some files count in.
func (j *job) monthsOf(ctx context.Context, model *Model, files []string) (map[string]bool, error) {
	if err := j.engine.setScope(ctx, files, nil); err != nil {
		return nil, err
	}
	column := quoteName(model.MonthColumn)
	return j.monthSet(ctx, fmt.Sprintf("select distinct cast(%s as varchar) from (%s) where %s is not null", column, model.SQL, column))
}

func (j *job) monthSet(ctx context.Context, query string, args ...any) (map[string]bool, error) {
	months, err := j.engine.texts(ctx, query, args...)
	found := map[string]bool{}
	for _, month := range months {
		found[month] = true
	}
	return found, err
}

// filesOf returns the files of a bronze table that have rows in some months, whatever became of those.
func (j *job) filesOf(ctx context.Context, table string, months []string) ([]string, error) {
	return j.engine.texts(ctx, `
		select file_name from ops.outcomes where table_name = $1 and list_contains(cast(cast($2 as varchar[]) as date[]), month)
		union
		select file_name from ops.quarantine where table_name = $1 and list_contains(cast(cast($2 as varchar[]) as date[]), month)`, table, append([]string{}, months...))
}

// A lookup may change in any refresh: the values it had before are kept aside until the model that looks up is built.
const lookupBefore = "lookup_before_"

func (j *job) rememberLookups(ctx context.Context) error {
	for _, model := range j.tree.Models {
		if model.Lookup.Table == "" || !j.changes.current[model.Lookup.Table] {
			continue
		}
		err := j.engine.exec(ctx, fmt.Sprintf("create or replace temporary table %s as select distinct %s as value from %s",
			lookupBefore+model.Name, quoteName(model.Lookup.Column), model.Lookup.Table))
		if err != nil {
			return fmt.Errorf("read %s: %w", model.Lookup.Table, err)
		}
	}
	return nil
}

// monthsOfLookup returns the months of rows that the lookup found and finds no more, or finds now and did not.
func (j *job) monthsOfLookup(ctx context.Context, model *Model) (map[string]bool, error) {
	if _, ran := j.built[model.Lookup.Table]; !ran {
		return nil, nil
	}
	column := quoteName(model.Lookup.Column)
	return j.monthSet(ctx, fmt.Sprintf(`
		with changed as (
			(select value from %[1]s except select %[2]s from %[3]s) union (select %[2]s from %[3]s except select value from %[1]s)
		)
		select distinct cast(%[4]s as varchar) from %[5]s where %[2]s in (select value from changed)
		union
		select distinct cast(month as varchar) from ops.quarantine
		where table_name = ? and month is not null and lookup_value in (select value from changed)`,
		lookupBefore+model.Name, column, model.Lookup.Table, quoteName(model.MonthColumn), model.Table), j.sourceOf(model))
}

// replaceMonths replaces the rows of some months of a model that judges nothing.
func (j *job) replaceMonths(ctx context.Context, model *Model, months map[string]bool) (*built, error) {
	if err := j.engine.exec(ctx, fmt.Sprintf("delete from %s where list_contains(getvariable('months'), %s)", model.Table, quoteName(model.MonthColumn))); err != nil {
		return nil, err
	}
	rows, err := j.engine.count(ctx, fmt.Sprintf("insert into %s by name %s", model.Table, model.SQL))
	return &built{months: months, rows: rows}, err
}

// judge runs a SELECT that tells what becomes of each row and puts the rows where they belong: loaded ones into the
// table, quarantined ones into ops.quarantine, all others into the counts of ops.outcomes. The SELECT runs once.
// months nil: all rows; else those of the months, and those without a month of the files.
func (j *job) judge(ctx context.Context, model *Model, files []string, months map[string]bool) (*built, error) {
	source := j.sourceOf(model)
	if source == "" {
		return nil, fmt.Errorf("a model with the column %s judges the rows of one bronze table", outcomeColumn)
	}
	month := "cast(null as date)"
	if model.Load == ByMonth {
		month = "judged." + quoteName(model.MonthColumn)
	}
	lookup := "cast(null as varchar)"
	if model.Lookup.Column != "" {
		lookup = "judged." + quoteName(model.Lookup.Column)
	}
	var columns []string
	for _, column := range model.stored() {
		columns = append(columns, quoteName(column.Name))
	}
	var row []string
	for _, model := range j.tree.Models {
		if model.Table == "bronze."+source {
			for _, name := range delivered(model) {
				row = append(row, fmt.Sprintf("%s := rows.%s", quoteName(name), quoteName(name)))
			}
		}
	}
	loaded := fmt.Sprintf("select %s from judged where outcome = 'loaded'", strings.Join(columns, ", "))
	scope := fmt.Sprintf("table_name = %s", quoteText(source))
	if months != nil {
		scope += " and (list_contains(getvariable('months'), month) or (month is null and list_contains(getvariable('files'), file_name)))"
	}
	if err := j.engine.exec(ctx, "create or replace temporary table judged as "+model.SQL); err != nil {
		return nil, err
	}
	wrong, err := j.engine.number(ctx, `select count(*) from judged
		where coalesce(outcome not in ('loaded', 'duplicate', 'superseded', 'quarantined'), true) or (outcome = 'quarantined') <> (reason is not null)`)
	if err != nil {
		return nil, err
	}
	if wrong > 0 {
		return nil, fmt.Errorf("%d rows have no outcome, an unknown one, or a reason without being quarantined", wrong)
	}
	done := &built{months: months}
	if months == nil {
		if err = j.engine.exec(ctx, fmt.Sprintf("create or replace table %s as %s", model.Table, loaded)); err == nil {
			done, err = j.madeAnew(ctx, model)
		}
	} else if err = j.engine.exec(ctx, fmt.Sprintf("delete from %s where list_contains(getvariable('months'), %s)", model.Table, quoteName(model.MonthColumn))); err == nil {
		done.rows, err = j.engine.count(ctx, fmt.Sprintf("insert into %s by name %s", model.Table, loaded))
	}
	if err != nil {
		return nil, err
	}
	for _, statement := range []struct {
		query string
		args  []any
	}{
		{"create or replace temporary table quarantined_before as select * from ops.quarantine where reason <> 'malformed_line' and " + scope, nil},
		{"delete from ops.quarantine where reason <> 'malformed_line' and " + scope, nil},
		{fmt.Sprintf(`insert into ops.quarantine by name
			select %s as table_name, judged.file_name, judged.line, judged.reason, to_json(struct_pack(%s)) as row,
				coalesce(before.run_id, $1) as run_id, coalesce(before.quarantined_at, cast($2 as timestamp)) as quarantined_at,
				%s as month, %s as lookup_value
			from judged
			inner join bronze.%s as rows on judged.file_name = rows.file_name and judged.line = rows.line
			left join quarantined_before as before on judged.file_name = before.file_name and judged.line = before.line
			where judged.outcome = 'quarantined'`, quoteText(source), strings.Join(row, ", "), month, lookup, source), []any{j.run, timestamp(j.at)}},
		{"delete from ops.outcomes where " + scope, nil},
		{fmt.Sprintf(`insert into ops.outcomes by name
			select %s as table_name, file_name, %s as month,
				count(*) filter (where outcome = 'loaded') as rows_loaded,
				count(*) filter (where outcome = 'duplicate') as rows_duplicate,
				count(*) filter (where outcome = 'superseded') as rows_superseded
			from judged where outcome <> 'quarantined' group by all`, quoteText(source), month), nil},
		{"drop table judged", nil},
		{"drop table quarantined_before", nil},
	} {
		if err := j.engine.exec(ctx, statement.query, statement.args...); err != nil {
			return nil, err
		}
	}
	return done, nil
}

// comment sets the comments of a model from its head: replacing a table loses them.
func (e *engine) comment(ctx context.Context, model *Model) error {
	kind := "table"
	if model.Load == View {
		kind = "view"
	}
	if err := e.exec(ctx, fmt.Sprintf("comment on %s %s is %s", kind, model.Table, quoteText(model.Description))); err != nil {
		return fmt.Errorf("comment: %w", err)
	}
	for _, column := range model.stored() {
		if err := e.exec(ctx, fmt.Sprintf("comment on column %s.%s is %s", model.Table, quoteName(column.Name), quoteText(column.Comment))); err != nil {
			return fmt.Errorf("the head names the column %s: %w", column.Name, err)
		}
	}
	return nil
}
