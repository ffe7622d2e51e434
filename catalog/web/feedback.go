package web

import (
	"cmp"
	"errors"
	"io/fs"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/ask/feedback"
	"github.com/fmcg/fmcg/catalog/semantic"
)

// localUser gives feedback where nobody logs in.
const localUser = "local"

func (v *visit) by() string { return cmp.Or(v.user, localUser) }

func (s *Server) desk(v *visit, release *Release) *feedback.Desk {
	return &feedback.Desk{Store: s.feedback(), Engine: release.Ask(v.prefs.Indian), Verified: s.config.Verified}
}

func (s *Server) feedback() *feedback.Store { return feedback.Beside(s.config.Warehouse, s.now) }

// longestNote is the most bytes of what somebody writes about an answer.
const longestNote = 2000

// apiFeedback keeps what a reader thinks of an answer.
func (s *Server) apiFeedback(v *visit, release *Release) error {
	var sent struct {
		Verdict  feedback.Verdict `json:"verdict"`
		Question string           `json:"question"`
		Previous []string         `json:"previous"`
		Note     string           `json:"note"`
	}
	if err := v.readJSON(&sent); err != nil {
		return err
	}
	if err := (question{Question: sent.Question, Previous: sent.Previous}).check(); err != nil {
		return err
	}
	if sent.Verdict != feedback.Good && sent.Verdict != feedback.Bad || len(sent.Note) > longestNote {
		return badRequest.because("verdict %q, a note of %d letters", sent.Verdict, len(sent.Note))
	}
	kept, err := s.desk(v, release).Record(v.Context(), feedback.Mark{Verdict: sent.Verdict, Question: sent.Question, Previous: sent.Previous, By: v.by(),
		Note: strings.TrimSpace(sent.Note)})
	if err != nil {
		return s.feedbackRefusal(err)
	}
	s.log.Info("feedback", "id", kept.ID, "by", kept.By, "verdict", kept.Verdict)
	return v.json(struct {
		ID    string `json:"id"`
		Waits bool   `json:"waits"` // for a review
	}{kept.ID, kept.Verdict == feedback.Bad || kept.Source != ask.SourceVerified && kept.SQL != ""})
}

// feedbackRefusal is what a client is told of feedback or a review that could not be.
func (s *Server) feedbackRefusal(err error) error {
	text := strings.TrimPrefix(err.Error(), feedback.ErrUnfit.Error()+": ")
	text = strings.ReplaceAll(text, s.config.Verified, filepath.Base(s.config.Verified))
	switch {
	case errors.Is(err, feedback.ErrNotAnswered):
		return refusal{http.StatusUnprocessableEntity, "not_good", err}
	case errors.Is(err, feedback.ErrUnknown):
		return refusal{http.StatusNotFound, "no_feedback", err}
	case errors.Is(err, feedback.ErrUnfit):
		return explained{refusal: refusal{http.StatusUnprocessableEntity, "unfit", err}, text: firstLine(text)}
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return refusal{http.StatusInternalServerError, "not_kept", err}
	}
	return err
}

// waitingList is what waits for a review.
type waitingList struct {
	Waiting []feedback.Item `json:"waiting"`
	Broken  int             `json:"broken_lines"`
}

func (s *Server) waiting() (waitingList, error) {
	book, err := s.feedback().Read()
	return waitingList{book.Waiting(), len(book.Broken)}, err
}

func (s *Server) apiWaiting(v *visit) error {
	list, err := s.waiting()
	if err != nil {
		return err
	}
	return v.json(list)
}

// act is what an operator does with an item.
type act struct {
	Action string `json:"action"` // propose, accept, reject
	SQL    string `json:"sql"`    // of propose and accept; "" is the item's own
	Note   string `json:"note"`   // of reject
}

// reviewed is what came of it.
type reviewed struct {
	Item     *feedback.Item     `json:"item"`
	SQL      string             `json:"sql"`
	Answer   *ask.Answer        `json:"answer"`   // of propose and accept: how it is answered from now on
	Accepted *semantic.Verified `json:"accepted"` // of accept
}

// apiReview shows an item as it would be answered, accepts or rejects it.
func (s *Server) apiReview(v *visit, release *Release) error {
	var sent act
	if err := v.readJSON(&sent); err != nil {
		return err
	}
	done, err := s.review(v, release, v.PathValue("id"), sent)
	if err != nil {
		return err
	}
	if done.Accepted != nil {
		done.Accepted.Place = "" // a path
	}
	return v.json(done)
}

// review does what an operator asks for. What is accepted holds for the next question.
func (s *Server) review(v *visit, release *Release, id string, do act) (done reviewed, err error) {
	if len(do.Note) > longestNote {
		return done, badRequest.because("a note of %d letters", len(do.Note))
	}
	desk := s.desk(v, release)
	switch do.Action {
	case "reject":
		item, err := desk.Store.Reject(v.Context(), id, v.by(), strings.TrimSpace(do.Note))
		if err != nil {
			return done, s.feedbackRefusal(err)
		}
		s.log.Info("rejected", "id", id, "by", v.by())
		return reviewed{Item: &item}, nil
	case "propose", "accept":
		proposed, err := desk.Propose(v.Context(), id, do.SQL)
		done.Item, done.SQL = &proposed.Item, proposed.SQL
		if err != nil {
			return done, s.feedbackRefusal(err)
		}
		done.Answer = &proposed.Answer
		if do.Action == "propose" {
			return done, nil
		}
		accepted, err := desk.Accept(v.Context(), proposed, v.by())
		if err != nil {
			return done, s.feedbackRefusal(err)
		}
		done.Accepted = &accepted
		s.log.Info("accepted", "id", id, "by", v.by(), "question", accepted.Question)
		return done, s.readVerified(true)
	}
	return done, badRequest.because("action %q", do.Action)
}
