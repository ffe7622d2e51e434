package pipeline

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fmcg/fmcg/pipeline/lake"
)

// triggerDevelop is the trigger of a development build in its own ops.runs.
const triggerDevelop = "dev"

// Development is what a development build made of edited SQL.
type Development struct {
	File   string        `json:"file"`   // the development file; it is never published
	From   string        `json:"from"`   // the published release that it was built from
	Edited []string      `json:"edited"` // models with edited SQL
	Months []string      `json:"months"` // that models loaded by month were limited to; nil: all
	Checks []CheckResult `json:"checks"`
}

// DevelopmentFile is where the development build of a warehouse lies. Its name is the warehouse's, so that names with the
// catalog in front (fmcg.gold.dim_date) work there too.
func DevelopmentFile(warehouse string) string {
	return filepath.Join(filepath.Dir(warehouse), "dev", filepath.Base(warehouse))
}

// Develop builds what edited SQL changes, in a clone of the published release: the edited models and what follows from
// them, from the rows that are in it. The lake is read only for an edited bronze file. Nothing is published, and checks
// that fail are told in the result. sample > 0 limits models that are loaded by month to the newest months of that number.
// It fails with the code WrongUse where nothing is published, or nothing is edited.
func Develop(ctx context.Context, config Config, sample int) (made Development, err error) {
	config = config.withDefaults()
	config.Trigger = triggerDevelop
	r := &refresh{config: config, run: config.newRunID(), started: config.Now().UTC()}
	r.asOf = r.started
	made.File = DevelopmentFile(config.Warehouse)
	unlock, err := acquire(ctx, made.File, config.holder(r.run))
	if err != nil {
		return made, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := r.planDevelopment(ctx); err != nil {
		return made, err
	}
	made.From, made.Edited = r.state.Release, r.plan.Edited
	if err := r.cloneForDevelopment(made.File); err != nil {
		return made, err
	}
	defer func() {
		if r.engine != nil {
			err = errors.Join(err, r.engine.close())
		}
		err = errors.Join(err, r.release.leave())
	}()
	if err := r.openBuild(ctx); err != nil {
		return made, err
	}
	if sample > 0 {
		if r.sample, err = r.engine.texts(ctx, "select distinct cast(date as varchar) as month from gold.fact_orders order by month desc limit ?", sample); err != nil {
			return made, err
		}
		made.Months = r.sample
	}
	if err := r.runJob(ctx); err != nil {
		return made, err
	}
	if err := r.check(ctx); err != nil && CodeOf(err) != ChecksFailed {
		return made, err
	}
	made.Checks = r.result.Checks
	if err := r.record(ctx); err != nil {
		return made, err
	}
	return made, r.writeFile(ctx)
}

// planDevelopment finds what is edited, and the files of the lake that an edited bronze file reads again.
func (r *refresh) planDevelopment(ctx context.Context) (err error) {
	if r.tree, err = LoadTree(r.config.SQL); err != nil {
		return err
	}
	if r.state, err = readPublished(ctx, r.config.Warehouse, r.config.Engine); err != nil {
		return err
	}
	if r.state.Release == "" {
		return &Error{Op: "develop", Subject: r.config.Warehouse, Code: WrongUse, Err: errors.New("nothing is published to compare with"), Hint: "fmcg refresh"}
	}
	if r.plan, err = makePlan(r.state, r.tree, lake.Listing{}, false); err != nil {
		return err
	}
	if len(r.plan.Edited)+len(r.plan.Dropped) == 0 && !r.plan.Migrations {
		return &Error{Op: "develop", Code: WrongUse, Err: errors.New("no SQL differs from that of the published file"), Hint: "edit a file of the tree, and name the tree with --sql"}
	}
	if !slices.ContainsFunc(r.plan.Edited, func(table string) bool { return strings.HasPrefix(table, "bronze.") }) {
		return nil
	}
	if r.lake, err = lake.Open(ctx, r.config.Lake); err != nil {
		return err
	}
	listing, err := r.lake.List(ctx)
	if err != nil {
		return err
	}
	if r.plan, err = makePlan(r.state, r.tree, listing, false); err != nil {
		return err
	}
	if len(r.plan.Lost) > 0 {
		r.warn("%d loaded files are no longer in the lake, their rows are not in the development file: %s", len(r.plan.Lost), some(r.plan.Lost))
	}
	r.plan.New = slices.DeleteFunc(r.plan.New, func(file lake.File) bool { return !slices.Contains(r.plan.Edited, "bronze."+file.Table) })
	r.plan.Look, r.plan.Touched, r.plan.Reordered = nil, nil, nil
	return nil
}

// cloneForDevelopment makes the development file, in the place of the one before.
func (r *refresh) cloneForDevelopment(file string) error {
	r.release = release{warehouse: file, dir: filepath.Dir(file), path: file, run: r.run}
	for _, path := range []string{file, file + walSuffix} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return &Error{Op: "replace", Subject: path, Hint: "check the rights of the folder", Err: err}
		}
	}
	if err := clone(r.state.Release, file); err != nil {
		return &Error{Op: "clone the published release to", Subject: file, Hint: "check the rights and the free space of the folder", Err: err}
	}
	return nil
}

// canSample says that a model can be limited to the months of a sample: it is loaded by month, and its table has the columns
// that its SQL gives. Else it is built whole.
func (b *builder) canSample(ctx context.Context, model *Model) (bool, error) {
	if b.sample == nil || !b.current[model.Table] {
		return false, nil
	}
	before, err := b.engine.columnsOf(ctx, "from "+model.Table)
	if err != nil {
		return false, err
	}
	after, err := b.engine.storedColumnsOf(ctx, model)
	return slices.Equal(before, after), err
}

func setOf(values []string) map[string]bool {
	set := map[string]bool{}
	for _, value := range values {
		set[value] = true
	}
	return set
}
