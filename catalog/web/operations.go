package web

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"slices"
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

	Parameters []Parameter // what a run may be told, and what it is unless it is told otherwise

	Start  func(by string, asked Asked) (run string, err error) // returns once it has begun
	Cancel func(ctx context.Context, by string) error           // of the run that is going; returns when it has ended
	Pause  func(by, reason string) error
	Resume func(by string) error

	Schedules      func() (Schedules, error)
	SetSchedule    func(by string, wanted Schedule) error     // adds it, or changes the one of its name; the error may be a Mistake
	RemoveSchedule func(by, name string) error                // that SetSchedule made; one that is configured then holds again
	Preview        func(wanted Schedule) ([]time.Time, error) // its next due times, in its zone; the error may be a Mistake

	// Overdue is since when newer data than those refreshed at a time were to be expected; the zero time: they are not.
	Overdue func(refreshedAt time.Time) (time.Time, error)
}

// Errors of Operations.
var (
	ErrBusy          = errors.New("a run is going")
	ErrNotRunning    = errors.New("no run is going")
	ErrNotRepairable = errors.New("there is nothing to repair")
	ErrNoSchedule    = errors.New("there is no such schedule")
)

// Mistake is what cannot be as it was sent: a field of a Schedule or of Parameters, as in JSON. Its text may be shown.
type Mistake struct {
	Field string `json:"field"`
	Text  string `json:"text"`
}

func (m Mistake) Error() string { return m.Field + ": " + m.Text }

// Asked is a run that is asked for.
type Asked struct {
	Repair     string // the run that it goes on from, which says the rest; "": none
	Parameters Parameters
}

// Parameters are what a run is told otherwise than usual.
type Parameters struct {
	Full          bool     `json:"full"`
	AcceptMissing bool     `json:"accept_missing"`
	AfterLoad     string   `json:"after_load"` // keep, move; "": as configured
	Tasks         []string `json:"tasks"`      // empty: all
}

// Dear are the parameters that cost much, or take something away: a person is asked whether they are meant.
func (p Parameters) Dear() (names []string) {
	for name, is := range map[string]bool{"full": p.Full, "accept_missing": p.AcceptMissing, "move": p.AfterLoad == "move"} {
		if is {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Parameter is something that a run may be told.
type Parameter struct {
	Name    string `json:"name"`
	Default string `json:"default"`
	From    string `json:"from"` // where that is said: default, a variable of the environment, a file
}

// Schedules are when the job runs by itself.
type Schedules struct {
	Schedules []Schedule    `json:"schedules"`
	Scheduler *Scheduler    `json:"scheduler"` // null: nobody starts runs by them
	Paused    *ScheduleAct  `json:"paused"`    // null: they are not
	Resumed   *ScheduleAct  `json:"resumed"`   // null: they never were
	Next      []Due         `json:"next"`
	Last      *ScheduledRun `json:"last"` // that the scheduler started
}

// Schedule is one of them: with times, or one that waits for new files.
type Schedule struct {
	Name       string      `json:"name"`
	Expression string      `json:"schedule"` // HH:MM or a cron expression; "" of one that waits for files
	Timezone   string      `json:"timezone"`
	Poll       string      `json:"poll"` // how often new files are looked for; "" of one with times
	Settle     string      `json:"settle"`
	On         bool        `json:"on"`
	Parameters Parameters  `json:"parameters"`
	Configured bool        `json:"configured"` // the configuration has one of this name
	By         string      `json:"by"`         // who made it so from a page; "": the configuration
	At         *time.Time  `json:"at"`         // when
	Next       []time.Time `json:"next"`
}

// Due is a due time of a schedule, in its zone.
type Due struct {
	Schedule string    `json:"schedule"`
	At       time.Time `json:"at"`
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
	Schedule  string    `json:"schedule"` // its name
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
	noSchedule    = refusal{status: http.StatusNotFound, code: "no_schedule"}
	mistaken      = refusal{status: http.StatusUnprocessableEntity, code: "mistaken"}
)

// refusedAct is what a client gets for an error of Operations.
func refusedAct(err error) error {
	var mistake Mistake
	if errors.As(err, &mistake) {
		return explained{refusal: mistaken.because("%w", err), text: mistake.Text}
	}
	for known, refused := range map[error]refusal{ErrBusy: runGoing, ErrNotRunning: noRunGoing, ErrNotRepairable: notRepairable, ErrNoSchedule: noSchedule} {
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
func (v *visit) start(asked Asked) (run string, err error) {
	start := v.server.config.Operations.Start
	if start == nil {
		return "", notHere
	}
	if asked.Repair != "" {
		if asked.Repair, err = v.findRun(asked.Repair); err != nil {
			return "", err
		}
	}
	run, err = start(v.actor(), asked)
	v.note("start", err, "run", run, "repairs", asked.Repair, "parameters", asked.Parameters)
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

// setSchedule adds or changes a schedule.
func (v *visit) setSchedule(wanted Schedule) error {
	set := v.server.config.Operations.SetSchedule
	if set == nil {
		return notHere
	}
	err := set(v.actor(), wanted)
	v.note("set schedule", err, "schedule", wanted)
	return refusedAct(err)
}

func (v *visit) removeSchedule(name string) error {
	remove := v.server.config.Operations.RemoveSchedule
	if remove == nil {
		return notHere
	}
	err := remove(v.actor(), name)
	v.note("remove schedule", err, "schedule", name)
	return refusedAct(err)
}

// preview is when a schedule would be due.
func (v *visit) preview(wanted Schedule) ([]time.Time, error) {
	preview := v.server.config.Operations.Preview
	if preview == nil {
		return nil, notHere
	}
	return preview(wanted)
}

// schedules are the schedules, nil where none are told.
func (s *Server) schedules() (*Schedules, error) {
	if s.config.Operations.Schedules == nil {
		return nil, nil
	}
	found, err := s.config.Operations.Schedules()
	return &found, err
}

// schedule is the one of a name.
func (s *Server) schedule(name string) (Schedule, error) {
	all, err := s.schedules()
	if err != nil || all == nil {
		return Schedule{}, cmp.Or[error](err, notHere)
	}
	at := slices.IndexFunc(all.Schedules, func(one Schedule) bool { return one.Name == name })
	if at < 0 {
		return Schedule{}, noSchedule.because("schedule %q", name)
	}
	return all.Schedules[at], nil
}
