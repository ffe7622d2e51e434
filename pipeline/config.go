package pipeline

import (
	"crypto/rand"
	"encoding/hex"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fmcg/fmcg/pipeline/journal"
	"github.com/fmcg/fmcg/pipeline/lake"
	sqltree "github.com/fmcg/fmcg/sql"
)

// Config is what a refresh may be told. Its zero value works, but for the lake.
type Config struct {
	Lake      lake.Config
	Warehouse string // path of the published file
	SQL       fs.FS  // the SQL tree; default: the embedded one
	Engine    EngineConfig

	Full          bool // build anew from the lake
	AcceptMissing bool // build anew although loaded files are gone from the lake
	MoveAfterLoad bool // move loaded order files to processed/ once published
	KeepReleases  int  // releases kept, the published one included
	KeepJournals  int  // runs whose journal is kept
	Readers       int  // files read at a time

	Tasks       []string      // run these tasks and those they need; nil: all
	Repair      string        // go on from this run, which failed; RepairLast: from the last
	RunTimeout  time.Duration // how long a run may take; 0: as long as it does
	TaskTimeout time.Duration // how long a task may take; 0: as long as it does

	FileChecks []FileCheck // checks that lie outside of the SQL tree

	Trigger   string // what started the run; default: refresh
	Schedule  string // name of the schedule that it is due by
	StartedBy string // user and host
	Version   string // of the program

	Now     func() time.Time
	Log     *slog.Logger
	Observe func(journal.Event) // called with each event of the run, after it is in the journal

	withdrawal *withdrawal
}

// What started a run. A schedule has words of its own.
const (
	triggerRefresh  = "refresh"
	triggerWithdraw = "withdraw"
	triggerRollback = "rollback"
)

// Parameters of a run that a repair reads.
const (
	parameterFull    = "full"
	parameterTasks   = "tasks"
	parameterRepairs = "repairs"
	parameterAsOf    = "as_of" // "now" of a repair
)

// Defaults of Config.
const (
	DefaultWarehouse    = "warehouse/fmcg.duckdb"
	DefaultKeepReleases = 5
	DefaultKeepJournals = 400
)

func (c Config) withDefaults() Config {
	if c.Warehouse == "" {
		c.Warehouse = DefaultWarehouse
	}
	if path, err := filepath.Abs(c.Warehouse); err == nil {
		c.Warehouse = path
	}
	if c.SQL == nil {
		c.SQL = sqltree.Files
	}
	if c.KeepReleases < 1 {
		c.KeepReleases = DefaultKeepReleases
	}
	if c.KeepJournals < 1 {
		c.KeepJournals = DefaultKeepJournals
	}
	if c.Trigger == "" {
		c.Trigger = triggerRefresh
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Observe == nil {
		c.Observe = func(journal.Event) {}
	}
	if c.Lake.Log == nil {
		c.Lake.Log = c.Log
	}
	return c
}

// newRunID returns an id that sorts by time: UTC to the millisecond, and a random part.
func (c Config) newRunID() string {
	random := make([]byte, 3)
	_, _ = rand.Read(random) // never fails
	return strings.Replace(c.Now().UTC().Format("20060102T150405.000Z"), ".", "", 1) + "-" + hex.EncodeToString(random)
}

// parameters are what the history keeps of the configuration; never a secret.
func (c Config) parameters() map[string]any {
	told := map[string]any{
		"parent": c.Lake.Parent, "child": c.Lake.Child, parameterFull: c.Full,
		"accept_missing": c.AcceptMissing, "move_after_load": c.MoveAfterLoad,
	}
	if len(c.Tasks) > 0 {
		told[parameterTasks] = c.Tasks
	}
	if c.Schedule != "" {
		told["schedule"] = c.Schedule
	}
	return told
}

func (c Config) holder(run string) journal.Holder {
	host, _ := os.Hostname()
	return journal.Holder{Run: run, PID: os.Getpid(), Host: host, StartedBy: c.StartedBy, StartedAt: c.Now().UTC()}
}
