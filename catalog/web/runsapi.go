package web

import "net/http"

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

// runBegun is a run that was started or stopped.
type runBegun struct {
	Run string `json:"run"`
}

func (s *Server) apiStart(v *visit) error {
	var asked Asked
	if v.ContentLength != 0 {
		if err := v.readJSON(&asked.Parameters); err != nil {
			return err
		}
	}
	run, err := v.start(asked)
	if err != nil {
		return err
	}
	return v.jsonStatus(http.StatusCreated, runBegun{run})
}

func (s *Server) apiRepair(v *visit) error {
	run, err := v.start(Asked{Repair: v.PathValue("id")})
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
