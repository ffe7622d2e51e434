package feedback

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/semantic"
)

// ErrNotAnswered says that a question has no answer that could be good.
var ErrNotAnswered = errors.New("the question is not answered, so that no answer can be good")

// ErrUnfit says why an item cannot become a verified question as it is.
var ErrUnfit = errors.New("it cannot become a verified question so")

// Desk is where feedback is given and reviewed.
type Desk struct {
	Store    *Store
	Engine   *ask.Engine // of the published file; its model holds the verified questions
	Verified string      // the file of verified questions
}

// Mark is a verdict that is given.
type Mark struct {
	Verdict  Verdict
	Question string
	Previous []string // the questions before it, oldest first
	By       string
	Note     string
}

// Record asks the question and keeps the verdict with what it was answered. The error is ErrNotAnswered where it is marked
// good and has no answer.
func (d *Desk) Record(ctx context.Context, mark Mark) (Feedback, error) {
	answer, err := d.Engine.Ask(ctx, mark.Question, mark.Previous...)
	if err != nil {
		return Feedback{}, err
	}
	if mark.Verdict == Good && answer.Status != ask.StatusAnswered {
		return Feedback{}, fmt.Errorf("%w (%s): %s", ErrNotAnswered, answer.Status, answer.Text)
	}
	return d.Store.Record(ctx, Feedback{By: mark.By, Verdict: mark.Verdict, Question: answer.Question, Previous: mark.Previous, Language: answer.Language,
		Note: mark.Note, Status: answer.Status, Source: answer.Source, SQL: answer.SQL, RunID: answer.Data.RunID})
}

// Proposal is an item with what it would be answered once it is verified.
type Proposal struct {
	Item   Item       `json:"item"`
	SQL    string     `json:"sql"`
	Answer ask.Answer `json:"answer"`
}

// Propose shows an item as it would be answered: with its own SQL, or with another one that is given. The error is ErrUnknown,
// or ErrUnfit where it should not be accepted.
func (d *Desk) Propose(ctx context.Context, id, sql string) (Proposal, error) {
	book, err := d.Store.Read()
	if err != nil {
		return Proposal{}, err
	}
	proposed := Proposal{SQL: strings.TrimSpace(sql)}
	if proposed.Item, err = book.Find(id); err != nil {
		return proposed, err
	}
	item := proposed.Item
	if proposed.SQL == "" {
		switch {
		case item.Verdict == Bad:
			return proposed, fmt.Errorf("%w: its answer is marked bad; give the SQL that answers it", ErrUnfit)
		case d.Engine.Moves(item.Question, item.Previous...):
			return proposed, fmt.Errorf("%w: its time moves with the data (the last month, this year), and its SQL names the months of now: %s; "+
				"leave it to the grammar, or give SQL that finds the months itself", ErrUnfit, item.SQL)
		}
		proposed.SQL = item.SQL
	}
	proposed.Answer, err = d.Engine.Try(ctx, d.verified(proposed, "", time.Time{}))
	if problem := ask.ProblemOf(err); problem != "" {
		return proposed, fmt.Errorf("%w: %s", ErrUnfit, problem)
	}
	if err == nil && len(proposed.Answer.Rows) == 0 {
		err = fmt.Errorf("%w: its SQL returns no rows", ErrUnfit)
	}
	return proposed, err
}

// verified is the question that a proposal becomes.
func (d *Desk) verified(p Proposal, by string, at time.Time) semantic.Verified {
	v := semantic.Verified{Question: p.Item.Question, Language: p.Item.Language, SQL: p.SQL, ReviewedBy: by}
	if d.Engine.Follows(p.Item.Question, p.Item.Previous...) {
		v.Previous = p.Item.Previous
	}
	if !at.IsZero() {
		v.ReviewedAt = at.UTC().Format(time.RFC3339)
	}
	return v
}

// Accept makes what was proposed a verified question, and closes all that waits on it. An Engine made before does not know it.
func (d *Desk) Accept(ctx context.Context, p Proposal, by string) (v semantic.Verified, err error) {
	v = d.verified(p, by, d.Store.now())
	err = d.Store.locked(ctx, func() error {
		waiting, err := d.Store.waiting(p.Item.ID)
		if err != nil {
			return err
		}
		known, err := d.known(v)
		switch {
		case err != nil:
			return err
		case known == nil:
			if err := semantic.WriteVerified(d.Verified, v); err != nil {
				return err
			}
		case strings.Join(strings.Fields(known.SQL), " ") != strings.Join(strings.Fields(v.SQL), " "):
			return fmt.Errorf("%w: %s has it with another SQL; edit it there", ErrUnfit, known.Place)
		default: // an acceptance that was cut off here
			v = *known
		}
		review := Review{By: by, Outcome: Accepted}
		for _, item := range waiting {
			review.IDs = append(review.IDs, item.IDs...)
		}
		return d.Store.close(review)
	})
	return v, err
}

// known is the question where it is verified already, in the model or by now in the file.
func (d *Desk) known(v semantic.Verified) (*semantic.Verified, error) {
	var now semantic.Model
	for _, one := range d.Engine.Model.Verified {
		if !strings.HasPrefix(one.Place, d.Verified+":") {
			now.Verified = append(now.Verified, one)
		}
	}
	if err := now.AddVerified(d.Verified); err != nil {
		return nil, err
	}
	for i := range now.Verified {
		for _, wording := range now.Verified[i].Wordings() {
			if semantic.WordingAfter(now.Verified[i].Previous, wording) == semantic.WordingAfter(v.Previous, v.Question) {
				return &now.Verified[i], nil
			}
		}
	}
	return nil, nil
}
