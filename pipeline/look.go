package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fmcg/fmcg/pipeline/lake"
)

// look finds out what there is to do.
func (r *refresh) look(ctx context.Context) (err error) {
	if err := r.step(ctx, StepLook); err != nil {
		return err
	}
	if err := r.begin(ctx); err != nil {
		return err
	}
	var listing lake.Listing
	if r.lake, r.tree, r.state, listing, err = open(ctx, r.config, r.base()); err != nil {
		return err
	}
	for _, warning := range listing.Warnings {
		r.warn("%s", warning)
	}
	conflicts, err := r.lake.Conflicts(ctx, listing)
	if err != nil {
		return err
	}
	for _, file := range conflicts {
		r.warn("%s lies in the lake twice; the newer copy counts, not %s", file.Name, file.URI)
	}
	if r.plan, err = makePlan(r.state, r.tree, listing, r.config.Full && r.reused == nil); err != nil {
		return err
	}
	if err := r.choose(ctx); err != nil {
		return err
	}
	r.result.Plan = r.plan
	if r.config.withdrawal != nil {
		if err := r.config.withdrawal.apply(&r.plan, r.state); err != nil {
			return err
		}
	}
	return r.missing()
}

// begin tidies up after former runs, and takes over from the run that is to be repaired.
func (r *refresh) begin(ctx context.Context) error {
	if err := sweep(r.config.Warehouse, r.config.Repair); err != nil || r.config.Repair == "" {
		return err
	}
	return r.takeOver(ctx)
}

// base is the file that the run goes on from: what is published, or for a repair its build so far.
func (r *refresh) base() string {
	if r.reused != nil {
		return r.release.path
	}
	return r.config.Warehouse
}

// choose narrows the plan to the tasks that were asked for and those they need.
func (r *refresh) choose(ctx context.Context) error {
	if len(r.config.Tasks) == 0 {
		return nil
	}
	wrong := func(format string, args ...any) error {
		return &Error{Op: "run tasks", Subject: strings.Join(r.config.Tasks, ", "), Code: WrongUse, Err: fmt.Errorf(format, args...), Hint: "the tasks are " + strings.Join(taskNames, ", ")}
	}
	if r.plan.Full {
		return wrong("a warehouse that is built anew needs all tasks")
	}
	e, err := openEngine(ctx, "", false, r.config.Engine)
	if err != nil {
		return err
	}
	defer func() { _ = e.close() }()
	if err := r.tree.resolve(ctx, e); err != nil {
		return err
	}
	for wanted := slices.Clone(r.config.Tasks); len(wanted) > 0; wanted = wanted[1:] {
		if !slices.Contains(taskNames, wanted[0]) {
			return wrong("there is no task %s", wanted[0])
		}
		if !slices.Contains(r.plan.Tasks, wanted[0]) {
			r.plan.Tasks = append(r.plan.Tasks, wanted[0])
			wanted = append(wanted, r.tree.needs(wanted[0])...)
		}
	}
	owner := r.tree.owners()
	otherFile := func(file lake.File) bool { return !r.plan.chosen(owner["bronze."+file.Table]) }
	r.plan.New, r.plan.Look, r.plan.Touched = slices.DeleteFunc(r.plan.New, otherFile), slices.DeleteFunc(r.plan.Look, otherFile), slices.DeleteFunc(r.plan.Touched, otherFile)
	r.plan.Edited = slices.DeleteFunc(r.plan.Edited, func(table string) bool { return !r.plan.chosen(owner[table]) })
	r.plan.Reordered = slices.DeleteFunc(r.plan.Reordered, func(table string) bool { return !r.plan.chosen(owner["bronze."+table]) })
	return nil
}

// open gets at the three things that a plan compares.
func open(ctx context.Context, config Config, base string) (*lake.Lake, Tree, published, lake.Listing, error) {
	var listing lake.Listing
	tree, err := LoadTree(config.SQL)
	if err != nil {
		return nil, tree, published{}, listing, err
	}
	state, err := readPublished(ctx, base, config.Engine)
	if err != nil {
		return nil, tree, state, listing, err
	}
	opened, err := lake.Open(ctx, config.Lake)
	if err != nil {
		return nil, tree, state, listing, err
	}
	listing, err = opened.List(ctx)
	return opened, tree, state, listing, err
}

// missing warns of loaded files that are gone from the lake; where their rows would be lost, or where the lake is
// another one, the run stops.
func (r *refresh) missing() error {
	if len(r.plan.Missing) == 0 {
		return nil
	}
	origin := lakeOrigin{Parent: r.config.Lake.Parent, Child: r.config.Lake.Child}
	switch {
	case len(r.plan.Lost) > 0 && !r.config.AcceptMissing:
		return &Error{Op: "rebuild", Subject: r.config.Warehouse, Code: WrongUse,
			Err:  fmt.Errorf("%d loaded files are no longer in the lake, their rows would be lost: %s", len(r.plan.Lost), some(r.plan.Lost)),
			Hint: "bring them back, or accept the loss with --accept-missing"}
	case !r.plan.Full && r.state.Lake != origin:
		return &Error{Op: "refresh", Subject: r.config.Warehouse, Code: WrongUse,
			Err: fmt.Errorf("it was built from another lake (%s), and %d of its files are not in this one: %s",
				strings.Trim(r.state.Lake.Parent+" "+r.state.Lake.Child, " "), len(r.plan.Missing), some(r.plan.Missing)),
			Hint: "choose another --warehouse, or rebuild this one from this lake alone with --full --accept-missing"}
	case len(r.plan.Lost) > 0:
		r.warn("%d loaded files are no longer in the lake, their rows are given up: %s", len(r.plan.Lost), some(r.plan.Lost))
		return nil
	}
	r.warn("%d loaded files are no longer in the lake, their rows stay: %s", len(r.plan.Missing), some(r.plan.Missing))
	return nil
}

// some names the first few of many.
func some(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
