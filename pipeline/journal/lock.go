package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/gofrs/flock"
)

// Holder is who refreshes a warehouse right now, as its lock file says.
type Holder struct {
	Run       string    `json:"run"`
	PID       int       `json:"pid"`
	Host      string    `json:"host"`
	StartedBy string    `json:"started_by"`
	StartedAt time.Time `json:"started_at"`
}

func (h Holder) String() string {
	return fmt.Sprintf("run %s, started %s by %s, process %d", h.Run, h.StartedAt.Format(time.RFC3339), h.StartedBy, h.PID)
}

// LockPath is the lock of a warehouse. The lock is the kernel's, so it ends with its process; the text only names it.
func LockPath(warehouse string) string { return warehouse + ".lock" }

// ErrHeld says that somebody else holds a lock.
var ErrHeld = errors.New("held by another")

// A look at a lock (RunningNow) holds it for a moment, so only one that is kept is refused.
const lockPatience = 300 * time.Millisecond

// Lock takes the lock of a warehouse and writes down who has it. It fails with ErrHeld where another keeps it, whom
// RunningNow names. The kernel gives the lock back when its process ends, however it ends.
func Lock(ctx context.Context, warehouse string, holder Holder) (unlock func() error, err error) {
	path := LockPath(warehouse)
	lock := flock.New(path, flock.SetPermissions(0o644))
	wait, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	locked, err := lock.TryLockContext(wait, lockPatience/10)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if !locked {
		return nil, ErrHeld
	}
	text, err := json.Marshal(holder)
	if err == nil {
		err = os.WriteFile(path, text, 0o644)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("write %s: %w", path, err), lock.Unlock())
	}
	return lock.Unlock, nil
}

// RunningNow says who holds the lock of a warehouse; false when nobody does. A journal without an end whose run is not the
// one that holds the lock belongs to a process that died.
func RunningNow(warehouse string) (Holder, bool) {
	var holder Holder
	if _, err := os.Stat(LockPath(warehouse)); err != nil {
		return holder, false
	}
	lock := flock.New(LockPath(warehouse), flock.SetFlag(os.O_RDONLY))
	if locked, err := lock.TryRLock(); err != nil || locked {
		_ = lock.Unlock()
		return holder, false
	}
	text, err := os.ReadFile(LockPath(warehouse))
	if err == nil {
		err = json.Unmarshal(text, &holder)
	}
	return holder, err == nil || holder.Run == ""
}
