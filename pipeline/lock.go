package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/fmcg/fmcg/pipeline/journal"
)

// acquire takes the lock of a warehouse, or says who has it.
func acquire(ctx context.Context, warehouse string, holder journal.Holder) (release func() error, err error) {
	if err := os.MkdirAll(filepath.Dir(warehouse), 0o755); err != nil {
		return nil, &Error{Op: "create the folder of", Subject: warehouse, Hint: "choose a folder that you may write to with --warehouse", Err: err}
	}
	release, err = journal.Lock(ctx, warehouse, holder)
	switch {
	case errors.Is(err, journal.ErrHeld):
		first, _ := journal.RunningNow(warehouse)
		return nil, &Error{Op: "refresh", Subject: warehouse, Code: Busy, Hint: "wait for it to end", Err: fmt.Errorf("another refresh runs: %s", first)}
	case err != nil:
		return nil, &Error{Op: "begin on", Subject: warehouse, Hint: "make the folder of the warehouse writable, or choose another with --warehouse", Err: err}
	}
	return release, nil
}
