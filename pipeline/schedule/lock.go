package schedule

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

// lockOf is the lock of a warehouse's scheduler: WAREHOUSE.schedule.lock, which tells of its holder as that of a refresh does.
func lockOf(warehouse string) string { return warehouse + ".schedule" }

// Running says who schedules a warehouse right now; false when nobody does.
func Running(warehouse string) (journal.Holder, bool) { return journal.RunningNow(lockOf(warehouse)) }

// LockedError says that a warehouse has a scheduler already.
type LockedError struct {
	Warehouse string
	Holder    journal.Holder
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("%s has a scheduler already: started %s by %s, process %d on %s", e.Warehouse,
		e.Holder.StartedAt.Format(time.RFC3339), e.Holder.StartedBy, e.Holder.PID, e.Holder.Host)
}

const lockPatience = 300 * time.Millisecond

// acquire takes the lock, which the kernel gives back when the process ends, however it ends.
func acquire(ctx context.Context, config Config) (release func() error, err error) {
	if err := os.MkdirAll(filepath.Dir(config.Warehouse), 0o755); err != nil {
		return nil, fmt.Errorf("create the folder of %s: %w", config.Warehouse, err)
	}
	path := journal.LockPath(lockOf(config.Warehouse))
	lock := flock.New(path, flock.SetPermissions(0o644))
	// A look at the lock (Running) holds it for a moment.
	wait, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	locked, err := lock.TryLockContext(wait, lockPatience/10)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if !locked {
		holder, _ := Running(config.Warehouse)
		return nil, &LockedError{config.Warehouse, holder}
	}
	host, _ := os.Hostname()
	text, err := json.Marshal(journal.Holder{PID: os.Getpid(), Host: host, StartedBy: config.StartedBy, StartedAt: config.Now().UTC()})
	if err == nil {
		err = os.WriteFile(path, text, 0o644)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("write %s: %w", path, err), lock.Unlock())
	}
	return lock.Unlock, nil
}
