package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fmcg/fmcg/pipeline/lake"
)

// withdrawal takes the rows of a wrongly delivered file out.
type withdrawal struct {
	File   string
	Reason string
	key    fileKey
}

// Withdraw takes the rows of a loaded file out, with a reason, as a refresh of its own. The file is not loaded again,
// not by a full rebuild either, until it is delivered with other content. It is named as in ops.files.file_name.
func Withdraw(ctx context.Context, config Config, file, reason string) (Result, error) {
	if strings.TrimSpace(reason) == "" {
		return Result{}, &Error{Op: "withdraw", Subject: file, Code: WrongUse, Err: errors.New("no reason given"), Hint: "say why with --reason"}
	}
	config.withdrawal = &withdrawal{File: file, Reason: reason}
	config.Trigger = triggerWithdraw
	return Refresh(ctx, config)
}

// apply finds the file in the ledger and keeps it out of what is read.
func (w *withdrawal) apply(plan *Plan, state published) error {
	var found []fileKey
	for _, key := range slices.SortedFunc(maps.Keys(state.Ledger), compareKeys) {
		if key.Name == w.File && state.Ledger[key].State != stateWithdrawn {
			found = append(found, key)
		}
	}
	if len(found) != 1 {
		return &Error{Op: "withdraw", Subject: w.File, Code: WrongUse, Err: fmt.Errorf("%d loaded files have that name", len(found)),
			Hint: "name it as ops.files.file_name does: an order file by its base name, another by its path within the lake; fmcg lake lists them"}
	}
	w.key = found[0]
	isIt := func(file lake.File) bool { return (fileKey{file.Table, file.Name}) == w.key }
	plan.New, plan.Look, plan.Touched = slices.DeleteFunc(plan.New, isIt), slices.DeleteFunc(plan.Look, isIt), slices.DeleteFunc(plan.Touched, isIt)
	return nil
}
