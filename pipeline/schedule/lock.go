package schedule

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

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

// acquire takes the lock.
func acquire(ctx context.Context, config Config) (release func() error, err error) {
	if err := os.MkdirAll(filepath.Dir(config.Warehouse), 0o755); err != nil {
		return nil, fmt.Errorf("create the folder of %s: %w", config.Warehouse, err)
	}
	host, _ := os.Hostname()
	release, err = journal.Lock(ctx, lockOf(config.Warehouse), journal.Holder{PID: os.Getpid(), Host: host, StartedBy: config.StartedBy, StartedAt: config.Now().UTC()})
	if errors.Is(err, journal.ErrHeld) {
		holder, _ := Running(config.Warehouse)
		return nil, &LockedError{config.Warehouse, holder}
	}
	return release, err
}
