package pipeline

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fmcg/fmcg/pipeline/journal"
)

// JobName is the job that a refresh runs.
const JobName = "FMCG INCREMENTAL UPDATE"

// taskNames are the tasks of the job. The last needs all others.
var taskNames = []string{"dim_processing_customer", "dim_processing_products", "dim_processing_prices", "fact_processing_orders"}

// changes is what happened to the bronze tables of a task in this run.
type changes struct {
	tables map[string]bool            // bronze tables with new, other or fewer rows, or another order of files
	whole  map[string]bool            // bronze tables read anew as a whole
	files  map[string][]string        // files with new rows, by bronze table name
	months map[string]map[string]bool // months that rows taken out counted in, by bronze table name
}

func noChanges() changes {
	return changes{tables: map[string]bool{}, whole: map[string]bool{}, files: map[string][]string{}, months: map[string]map[string]bool{}}
}

// built is what one model did in this run.
type built struct {
	all    bool            // made anew
	months map[string]bool // months made anew, of a model loaded by month
	rows   int64
}

// job is what its tasks share.
type job struct {
	tree    Tree
	edited  map[string]bool // models with edited SQL
	sample  []string        // months that a development build is limited to; nil: all
	current map[string]bool // tables that exist
	run     string
	at      time.Time
	now     func() time.Time
	observe func(journal.Event)

	mutex sync.Mutex
	built map[string]built // by table; a model that had nothing to do is not in it
}

// newJob is the job of a run that has a plan.
func newJob(r *refresh) *job {
	j := &job{tree: r.tree, edited: map[string]bool{}, current: r.state.Tables, run: r.run, at: r.asOf, sample: r.sample, now: r.config.Now, observe: r.event, built: map[string]built{}}
	if r.plan.Full {
		j.current = map[string]bool{}
	}
	for _, table := range r.plan.Edited {
		j.edited[table] = true
	}
	return j
}

// ran says what a model did in this run, if anything.
func (j *job) ran(table string) (built, bool) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	done, ran := j.built[table]
	return done, ran
}

func (j *job) note(table string, done built) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.built[table] = done
}

// builder builds the models of a task, in a session of its own, one after the other: the engine uses all cores for each.
type builder struct {
	*job
	task    string
	models  []*Model
	engine  *engine
	changes changes
}

// build builds the models whose SQL or data changed, and returns the rows written.
func (b *builder) build(ctx context.Context) (written int64, err error) {
	for _, model := range b.models {
		if model.Load == ByFile {
			b.noteBronze(model)
			continue
		}
		started := b.now()
		done, err := b.buildModel(ctx, model)
		if err != nil {
			return written, sqlError(model.Path, err)
		}
		if done == nil {
			continue
		}
		b.note(model.Table, *done)
		written += done.rows
		b.observe(journal.Event{Kind: journal.ModelBuilt, Task: b.task, Name: model.Path, Rows: done.rows, Seconds: b.now().Sub(started).Seconds()})
	}
	return written, b.engine.setScope(ctx, nil, nil)
}

func (b *builder) noteBronze(model *Model) {
	if b.changes.tables[model.Name] {
		b.note(model.Table, built{all: b.changes.whole[model.Name], months: b.changes.months[model.Name]})
	}
}

// buildModel builds one model as far as it has to be; nil when it need not be.
func (b *builder) buildModel(ctx context.Context, model *Model) (*built, error) {
	changed := slices.ContainsFunc(model.Reads, func(table string) bool { _, ran := b.ran(table); return ran })
	anew := b.edited[model.Table] || !b.current[model.Table]
	if !changed && !anew {
		return nil, nil
	}
	if model.Load == View && !anew && !slices.ContainsFunc(model.Reads, func(table string) bool { return b.edited[table] }) {
		return nil, nil
	}
	b.observe(journal.Event{Kind: journal.ModelStarted, Task: b.task, Name: model.Path})
	switch model.Load {
	case View:
		return &built{}, b.createView(ctx, model)
	case ByMonth:
		if !anew && !slices.ContainsFunc(model.Reads, func(table string) bool { done, _ := b.ran(table); return table != model.Lookup.Table && done.all }) {
			return b.rebuildMonths(ctx, model)
		}
		if sampled, err := b.canSample(ctx, model); err != nil || sampled {
			if err != nil {
				return nil, err
			}
			return b.buildMonths(ctx, model, setOf(b.sample))
		}
	}
	if err := b.engine.setScope(ctx, nil, nil); err != nil {
		return nil, err
	}
	if model.judged() {
		return b.judge(ctx, model, nil, nil)
	}
	if err := b.engine.exec(ctx, fmt.Sprintf("create or replace table %s as %s", model.Table, model.SQL)); err != nil {
		return nil, err
	}
	return b.madeAnew(ctx, model)
}

// madeAnew comments a table that was replaced, and counts its rows.
func (b *builder) madeAnew(ctx context.Context, model *Model) (*built, error) {
	if err := b.engine.comment(ctx, model); err != nil {
		return nil, err
	}
	rows, err := b.engine.number(ctx, "select count(*) from "+model.Table)
	return &built{all: true, rows: rows}, err
}

func (b *builder) createView(ctx context.Context, model *Model) error {
	if err := b.engine.exec(ctx, fmt.Sprintf("create or replace view %s as %s", model.Table, model.SQL)); err != nil {
		return err
	}
	return b.engine.comment(ctx, model)
}

// rebuildMonths builds the months of a model that its inputs touched.
func (b *builder) rebuildMonths(ctx context.Context, model *Model) (*built, error) {
	months := map[string]bool{}
	for _, table := range model.Reads {
		done, _ := b.ran(table)
		maps.Copy(months, done.months)
	}
	source := b.sourceOf(model)
	if source != "" {
		if fresh := b.changes.files[source]; len(fresh) > 0 {
			found, err := b.monthsOf(ctx, model, fresh)
			if err != nil {
				return nil, err
			}
			maps.Copy(months, found)
		}
		found, err := b.monthsOfLookup(ctx, model)
		if err != nil {
			return nil, err
		}
		maps.Copy(months, found)
	}
	return b.buildMonths(ctx, model, months)
}

// buildMonths builds some months of a model; nil where there are none, and no new files.
func (b *builder) buildMonths(ctx context.Context, model *Model, months map[string]bool) (*built, error) {
	source := b.sourceOf(model)
	scope := slices.Sorted(maps.Keys(months))
	if source == "" {
		if len(scope) == 0 {
			return nil, nil
		}
		if err := b.engine.setScope(ctx, nil, scope); err != nil {
			return nil, err
		}
		return b.replaceMonths(ctx, model, months)
	}
	files, err := b.filesOf(ctx, source, scope)
	if err != nil {
		return nil, err
	}
	files = append(files, b.changes.files[source]...)
	if len(files) == 0 && len(scope) == 0 {
		return nil, nil
	}
	slices.Sort(files)
	files = append([]string{}, slices.Compact(files)...)
	if err := b.engine.setScope(ctx, files, append([]string{}, scope...)); err != nil {
		return nil, err
	}
	return b.judge(ctx, model, files, months)
}

// sourceOf returns the bronze table whose rows a judged model judges, "" for other models.
func (b *builder) sourceOf(model *Model) string {
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
func (b *builder) monthsOf(ctx context.Context, model *Model, files []string) (map[string]bool, error) {
	if err := b.engine.setScope(ctx, files, nil); err != nil {
		return nil, err
	}
	column := quoteName(model.MonthColumn)
	return b.monthSet(ctx, fmt.Sprintf("select distinct cast(%s as varchar) from (%s) where %s is not null", column, model.SQL, column))
}

func (b *builder) monthSet(ctx context.Context, query string, args ...any) (map[string]bool, error) {
	months, err := b.engine.texts(ctx, query, args...)
	found := map[string]bool{}
	for _, month := range months {
		found[month] = true
	}
	return found, err
}

// filesOf returns the files of a bronze table that have rows in some months, whatever became of those.
func (b *builder) filesOf(ctx context.Context, table string, months []string) ([]string, error) {
	return b.engine.texts(ctx, `
		select file_name from ops.outcomes where table_name = $1 and list_contains(cast(cast($2 as varchar[]) as date[]), month)
		union
		select file_name from ops.quarantine where table_name = $1 and list_contains(cast(cast($2 as varchar[]) as date[]), month)`, table, append([]string{}, months...))
}

// A lookup may change in any refresh: the values it had before are kept aside until the model that looks up is built.
const lookupBefore = "lookup_before_"

func (b *builder) rememberLookups(ctx context.Context) error {
	for _, model := range b.models {
		if model.Lookup.Table == "" || !b.current[model.Lookup.Table] {
			continue
		}
		err := b.engine.exec(ctx, fmt.Sprintf("create or replace temporary table %s as select distinct %s as value from %s",
			lookupBefore+model.Name, quoteName(model.Lookup.Column), model.Lookup.Table))
		if err != nil {
			return fmt.Errorf("read %s: %w", model.Lookup.Table, err)
		}
	}
	return nil
}

// monthsOfLookup returns the months of rows that the lookup found and finds no more, or finds now and did not.
func (b *builder) monthsOfLookup(ctx context.Context, model *Model) (map[string]bool, error) {
	if _, ran := b.ran(model.Lookup.Table); !ran {
		return nil, nil
	}
	column := quoteName(model.Lookup.Column)
	return b.monthSet(ctx, fmt.Sprintf(`
		with changed as (
			(select value from %[1]s except select %[2]s from %[3]s) union (select %[2]s from %[3]s except select value from %[1]s)
		)
		select distinct cast(%[4]s as varchar) from %[5]s where %[2]s in (select value from changed)
		union
		select distinct cast(month as varchar) from ops.quarantine
		where table_name = ? and month is not null and lookup_value in (select value from changed)`,
		lookupBefore+model.Name, column, model.Lookup.Table, quoteName(model.MonthColumn), model.Table), b.sourceOf(model))
}

// replaceMonths replaces the rows of some months of a model that judges nothing.
func (b *builder) replaceMonths(ctx context.Context, model *Model, months map[string]bool) (*built, error) {
	if err := b.engine.exec(ctx, fmt.Sprintf("delete from %s where list_contains(getvariable('months'), %s)", model.Table, quoteName(model.MonthColumn))); err != nil {
		return nil, err
	}
	rows, err := b.engine.count(ctx, fmt.Sprintf("insert into %s by name %s", model.Table, model.SQL))
	return &built{months: months, rows: rows}, err
}

// judge runs a SELECT that tells what becomes of each row and puts the rows where they belong: loaded ones into the
// table, quarantined ones into ops.quarantine, all others into the counts of ops.outcomes. The SELECT runs once.
// months nil: all rows; else those of the months, and those without a month of the files.
func (b *builder) judge(ctx context.Context, model *Model, files []string, months map[string]bool) (*built, error) {
	source := b.sourceOf(model)
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
	for _, model := range b.tree.Models {
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
	if err := b.engine.exec(ctx, "create or replace temporary table judged as "+model.SQL); err != nil {
		return nil, err
	}
	wrong, err := b.engine.number(ctx, `select count(*) from judged
		where coalesce(outcome not in ('loaded', 'duplicate', 'superseded', 'quarantined'), true) or (outcome = 'quarantined') <> (reason is not null)`)
	if err != nil {
		return nil, err
	}
	if wrong > 0 {
		return nil, fmt.Errorf("%d rows have no outcome, an unknown one, or a reason without being quarantined", wrong)
	}
	done := &built{months: months}
	if months == nil {
		if err = b.engine.exec(ctx, fmt.Sprintf("create or replace table %s as %s", model.Table, loaded)); err == nil {
			done, err = b.madeAnew(ctx, model)
		}
	} else if err = b.engine.exec(ctx, fmt.Sprintf("delete from %s where list_contains(getvariable('months'), %s)", model.Table, quoteName(model.MonthColumn))); err == nil {
		done.rows, err = b.engine.count(ctx, fmt.Sprintf("insert into %s by name %s", model.Table, loaded))
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
			where judged.outcome = 'quarantined'`, quoteText(source), strings.Join(row, ", "), month, lookup, source), []any{b.run, timestamp(b.at)}},
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
		if err := b.engine.exec(ctx, statement.query, statement.args...); err != nil {
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

// dropModel drops a table or view that no SQL file defines any more.
func (e *engine) dropModel(ctx context.Context, table string) error {
	kinds, err := e.texts(ctx, "select case table_type when 'VIEW' then 'view' else 'table' end from information_schema.tables where table_schema || '.' || table_name = ?", table)
	if err != nil {
		return err
	}
	for _, kind := range kinds {
		if err := e.exec(ctx, fmt.Sprintf("drop %s %s", kind, table)); err != nil {
			return fmt.Errorf("drop %s, which no SQL file defines any more: %w", table, err)
		}
	}
	return nil
}
