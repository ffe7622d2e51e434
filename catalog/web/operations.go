package web

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"time"

	"github.com/fmcg/fmcg/pipeline/journal"
)

// Operations are what operators may do from the pages, and what is told of how the job runs. The program fills them in, for
// this package only reads: a function that is nil is something that cannot be done here. Their errors are those of this
// package (ErrBusy, ErrNotRunning, ErrNotRepairable) where a person can do something about it.
type Operations struct {
	RunsAs string // user@host that a run which is started here runs as
	Lake   string // that it reads
	SQL    fs.FS  // the tree that it runs, for the line of an error; nil: as published

	Start    func(by, repair string) (run string, err error) // a refresh, which goes on from the run repair if that is given; returns once it has begun
	Cancel   func(ctx context.Context, by string) error      // of the run that is going; returns when it has ended
	Pause    func(by, reason string) error
	Resume   func(by string) error
	Schedule func() (Schedule, error)

	// Overdue is since when newer data than those refreshed at a time were to be expected; the zero time: they are not.
	Overdue func(refreshedAt time.Time) (time.Time, error)
}

// Errors of Operations.
var (
	ErrBusy          = errors.New("a run is going")
	ErrNotRunning    = errors.New("no run is going")
	ErrNotRepairable = errors.New("there is nothing to repair")
)

// Schedule is when the job runs by itself.
type Schedule struct {
	Expression string        `json:"schedule"`
	Timezone   string        `json:"timezone"`
	Scheduler  *Scheduler    `json:"scheduler"` // null: nobody starts runs at these times
	Paused     *ScheduleAct  `json:"paused"`    // null: it is not
	Resumed    *ScheduleAct  `json:"resumed"`   // null: it never was
	Next       []time.Time   `json:"next"`
	Last       *ScheduledRun `json:"last"` // that the scheduler started
}

// Scheduler is the process that starts runs at the times of the schedule.
type Scheduler struct {
	StartedAt time.Time `json:"started_at"`
	StartedBy string    `json:"started_by"` // user@host, which runs run as
}

// ScheduleAct is a pause or its end.
type ScheduleAct struct {
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// ScheduledRun is a run that the scheduler started.
type ScheduledRun struct {
	Trigger   string    `json:"trigger"`
	StartedAt time.Time `json:"started_at"`
	EndedAt   time.Time `json:"ended_at"`
	Error     string    `json:"error"`
}

// Refusals of an operator's acts.
var (
	runGoing      = refusal{status: http.StatusConflict, code: "run_going"}
	noRunGoing    = refusal{status: http.StatusConflict, code: "no_run_going"}
	notRepairable = refusal{status: http.StatusConflict, code: "not_repairable"}
	notHere       = refusal{status: http.StatusNotImplemented, code: "not_here"}
)

// refusedAct is what a client gets for an error of Operations.
func refusedAct(err error) error {
	for known, refused := range map[error]refusal{ErrBusy: runGoing, ErrNotRunning: noRunGoing, ErrNotRepairable: notRepairable} {
		if errors.Is(err, known) {
			return refused.because("%w", err)
		}
	}
	return err
}

// mostReason is the longest reason of a pause, in bytes.
const mostReason = 500

// actor is who does it: who is logged in, else who the server runs as.
func (v *visit) actor() string { return cmp.Or(v.user, v.server.config.Operations.RunsAs, "page") }

// start starts a run, or a repair of one.
func (v *visit) start(repair string) (run string, err error) {
	start := v.server.config.Operations.Start
	if start == nil {
		return "", notHere
	}
	if repair != "" {
		if repair, err = v.findRun(repair); err != nil {
			return "", err
		}
	}
	run, err = start(v.actor(), repair)
	v.note("start", err, "run", run, "repairs", repair)
	return run, refusedAct(err)
}

// cancel stops a run, which must be the one that is going.
func (v *visit) cancel(run string) error {
	cancel := v.server.config.Operations.Cancel
	if cancel == nil {
		return notHere
	}
	if holder, isRunning := journal.RunningNow(v.server.config.Warehouse); !isRunning || holder.Run != run {
		return noRunGoing.because("run %s", run)
	}
	ctx, stop := context.WithTimeout(v.Context(), cancelPatience)
	defer stop()
	err := cancel(ctx, v.actor())
	v.note("cancel", err, "run", run)
	return refusedAct(err)
}

// cancelPatience is how long a run that is stopped may take to end.
const cancelPatience = 30 * time.Second

func (v *visit) pause(reason string) error {
	pause := v.server.config.Operations.Pause
	switch {
	case pause == nil:
		return notHere
	case len(reason) > mostReason:
		return badRequest.because("a reason of %d bytes", len(reason))
	}
	err := pause(v.actor(), reason)
	v.note("pause", err, "reason", reason)
	return err
}

func (v *visit) resume() error {
	resume := v.server.config.Operations.Resume
	if resume == nil {
		return notHere
	}
	err := resume(v.actor())
	v.note("resume", err)
	return err
}

// note puts an operator's act into the log.
func (v *visit) note(act string, err error, more ...any) {
	if err == nil {
		v.server.log.Info("operator's act", append([]any{"id", v.ID, "act", act, "by", v.actor(), "client", v.client}, more...)...)
	}
}

// schedule is the schedule, nil where none is told.
func (s *Server) schedule() (*Schedule, error) {
	if s.config.Operations.Schedule == nil {
		return nil, nil
	}
	found, err := s.config.Operations.Schedule()
	return &found, err
}
