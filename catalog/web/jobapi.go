package web

import (
	"errors"
	"path/filepath"
	"strconv"
	"time"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/pipeline/journal"
)

// How many acts of operators are told.
const (
	usualActs = 100
	mostActs  = 1000
)

// jobAnswer is the job, when it runs, and what a run of it may be told.
type jobAnswer struct {
	catalog.Job
	RunsAs     string      `json:"runs_as"`
	Schedule   *Schedules  `json:"schedule"`
	Parameters []Parameter `json:"parameters"`
}

func (v *visit) jobAnswer() (jobAnswer, error) {
	schedules, err := v.server.schedules()
	operations := v.server.config.Operations
	return jobAnswer{v.server.job(v.Context()), operations.RunsAs, schedules, listed(operations.Parameters)}, err
}

// apiJob is the job.
func (s *Server) apiJob(v *visit) error {
	answer, err := v.jobAnswer()
	if err != nil {
		return err
	}
	return v.json(answer)
}

func (s *Server) apiPause(v *visit) error {
	var asked struct {
		Reason string `json:"reason"`
	}
	if err := v.readJSON(&asked); err != nil {
		return err
	}
	return v.answerJob(v.pause(asked.Reason))
}

func (s *Server) apiResume(v *visit) error { return v.answerJob(v.resume()) }

// scheduleSent is a schedule as a program sends it.
type scheduleSent struct {
	Expression string     `json:"schedule"`
	Timezone   string     `json:"timezone"`
	Poll       string     `json:"poll"`
	Settle     string     `json:"settle"`
	On         *bool      `json:"on"` // null: it is
	Parameters Parameters `json:"parameters"`
}

func (s *Server) apiSetSchedule(v *visit) error {
	var sent scheduleSent
	if err := v.readJSON(&sent); err != nil {
		return err
	}
	return v.answerJob(v.setSchedule(Schedule{Name: v.PathValue("name"), Expression: sent.Expression, Timezone: sent.Timezone, Poll: sent.Poll, Settle: sent.Settle,
		On: sent.On == nil || *sent.On, Parameters: sent.Parameters}))
}

func (s *Server) apiRemoveSchedule(v *visit) error {
	return v.answerJob(v.removeSchedule(v.PathValue("name")))
}

// answerJob tells how the job is after an act.
func (v *visit) answerJob(err error) error {
	if err != nil {
		return err
	}
	return v.server.apiJob(v)
}

// nextTimes is when a timetable would be due, or why it cannot be.
type nextTimes struct {
	Next  []nextTime `json:"next"`
	Wrong *Mistake   `json:"wrong"`
}

type nextTime struct {
	At    time.Time `json:"at"`
	Local string    `json:"local"` // as a clock of its zone shows it
}

// apiNext is asked while a timetable is written.
func (s *Server) apiNext(v *visit) error {
	values, told := v.URL.Query(), nextTimes{Next: []nextTime{}}
	next, err := v.preview(Schedule{Name: "preview", Expression: values.Get("schedule"), Timezone: values.Get("timezone"), On: true})
	if mistake := (Mistake{}); errors.As(err, &mistake) {
		told.Wrong = &mistake
		return v.json(told)
	}
	if err != nil {
		return err
	}
	for _, at := range next {
		told.Next = append(told.Next, nextTime{at, v.Due(at)})
	}
	return v.json(told)
}

// activity are the newest acts of operators, newest first.
func (s *Server) activity(most int) ([]journal.Act, error) {
	acts, err := journal.Acts(filepath.Dir(s.config.Warehouse), most)
	return listed(acts), err
}

// apiActivity is who did what.
func (s *Server) apiActivity(v *visit) error {
	limit := usualActs
	if given := v.URL.Query().Get("limit"); given != "" {
		var err error
		if limit, err = strconv.Atoi(given); err != nil || limit < 1 || limit > mostActs {
			return badRequest.because("limit %q", given)
		}
	}
	acts, err := s.activity(limit)
	if err != nil {
		return err
	}
	return v.json(struct {
		Activity []journal.Act `json:"activity"`
	}{acts})
}
