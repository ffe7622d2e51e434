package web

import (
	"net/http"

	"github.com/fmcg/fmcg/catalog"
)

// apiRuns is the history of runs.
func (s *Server) apiRuns(v *visit) error {
	asked, err := runsAskedBy(v)
	if err != nil {
		return err
	}
	list, err := s.listRuns(v.Context(), asked)
	if err != nil {
		return err
	}
	return v.json(list)
}

// apiRun is one run.
func (s *Server) apiRun(v *visit) error {
	detail, err := s.readRun(v.Context(), v.PathValue("id"))
	if err != nil {
		return err
	}
	return v.json(detail)
}

// jobAnswer is the job and when it runs.
type jobAnswer struct {
	catalog.Job
	RunsAs   string    `json:"runs_as"`
	Schedule *Schedule `json:"schedule"`
}

// apiJob is the job.
func (s *Server) apiJob(v *visit) error {
	schedule, err := s.schedule()
	if err != nil {
		return err
	}
	return v.json(jobAnswer{s.job(v.Context()), s.config.Operations.RunsAs, schedule})
}

// runBegun is a run that was started or stopped.
type runBegun struct {
	Run string `json:"run"`
}

func (s *Server) apiStart(v *visit) error {
	run, err := v.start("")
	if err != nil {
		return err
	}
	return v.jsonStatus(http.StatusCreated, runBegun{run})
}

func (s *Server) apiRepair(v *visit) error {
	run, err := v.start(v.PathValue("id"))
	if err != nil {
		return err
	}
	return v.jsonStatus(http.StatusCreated, runBegun{run})
}

func (s *Server) apiCancel(v *visit) error {
	run := v.PathValue("id")
	if err := v.cancel(run); err != nil {
		return err
	}
	return v.json(runBegun{run})
}

func (s *Server) apiPause(v *visit) error {
	var asked struct {
		Reason string `json:"reason"`
	}
	if err := v.readJSON(&asked); err != nil {
		return err
	}
	if err := v.pause(asked.Reason); err != nil {
		return err
	}
	return s.apiJob(v)
}

func (s *Server) apiResume(v *visit) error {
	if err := v.resume(); err != nil {
		return err
	}
	return s.apiJob(v)
}
