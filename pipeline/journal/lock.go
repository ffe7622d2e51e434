package journal

import (
	"encoding/json"
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
