package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/fmcg/fmcg/pipeline/journal"
)

const lockPatience = 300 * time.Millisecond

// acquire takes the lock of a warehouse, or says who has it.
func acquire(ctx context.Context, warehouse string, holder journal.Holder) (release func() error, err error) {
	if err := os.MkdirAll(filepath.Dir(warehouse), 0o755); err != nil {
		return nil, &Error{Op: "create the folder of", Subject: warehouse, Hint: "choose a folder that you may write to with --warehouse", Err: err}
	}
	lock := flock.New(journal.LockPath(warehouse), flock.SetPermissions(0o644))
	// A look at the lock (journal.RunningNow) holds it for a moment; a refresh is refused only for one that keeps it.
	wait, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	locked, err := lock.TryLockContext(wait, lockPatience/10)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return nil, &Error{Op: "lock", Subject: journal.LockPath(warehouse), Hint: "make the folder of the warehouse writable, or choose another with --warehouse", Err: err}
	}
	if !locked {
		first, _ := journal.RunningNow(warehouse)
		return nil, &Error{Op: "refresh", Subject: warehouse, Code: Busy, Hint: "wait for it to end", Err: fmt.Errorf("another refresh runs: %s", first)}
	}
	text, err := json.Marshal(holder)
	if err == nil {
		err = os.WriteFile(journal.LockPath(warehouse), text, 0o644)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("write %s: %w", journal.LockPath(warehouse), err), lock.Unlock())
	}
	return lock.Unlock, nil
}
