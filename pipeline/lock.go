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

const lockPatience = 300 * time.Millisecond

// lockPath is the lock of a warehouse. The lock is the kernel's, so it ends with its process; the text only names it.
func lockPath(warehouse string) string { return warehouse + ".lock" }

// acquire takes the lock of a warehouse, or says who has it.
func acquire(ctx context.Context, warehouse string, holder Holder) (release func() error, err error) {
	if err := os.MkdirAll(filepath.Dir(warehouse), 0o755); err != nil {
		return nil, &Error{Op: "create the folder of", Subject: warehouse, Hint: "choose a folder that you may write to with --warehouse", Err: err}
	}
	lock := flock.New(lockPath(warehouse), flock.SetPermissions(0o644))
	// A look at the lock (Running) holds it for a moment; a refresh is refused only for one that keeps it.
	wait, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	locked, err := lock.TryLockContext(wait, lockPatience/10)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return nil, &Error{Op: "lock", Subject: lockPath(warehouse), Hint: "make the folder of the warehouse writable, or choose another with --warehouse", Err: err}
	}
	if !locked {
		first, _ := Running(warehouse)
		return nil, &Error{Op: "refresh", Subject: warehouse, Code: Busy, Hint: "wait for it to end", Err: fmt.Errorf("another refresh runs: %s", first)}
	}
	text, err := json.Marshal(holder)
	if err == nil {
		err = os.WriteFile(lockPath(warehouse), text, 0o644)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("write %s: %w", lockPath(warehouse), err), lock.Unlock())
	}
	return lock.Unlock, nil
}

// Running says who holds the lock of a warehouse; false when nobody does.
func Running(warehouse string) (Holder, bool) {
	var holder Holder
	if _, err := os.Stat(lockPath(warehouse)); err != nil {
		return holder, false
	}
	lock := flock.New(lockPath(warehouse), flock.SetFlag(os.O_RDONLY))
	if locked, err := lock.TryRLock(); err != nil || locked {
		_ = lock.Unlock()
		return holder, false
	}
	text, err := os.ReadFile(lockPath(warehouse))
	if err == nil {
		err = json.Unmarshal(text, &holder)
	}
	return holder, err == nil || holder.Run == ""
}
