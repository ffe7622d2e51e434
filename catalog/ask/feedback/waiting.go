package feedback

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/semantic"
)

// Item is feedback that waits for a review: the same verdict on the same question and SQL, however often it was given.
type Item struct {
	ID       string    `json:"id"` // of the first
	IDs      []string  `json:"ids"`
	Verdict  Verdict   `json:"verdict"`
	Question string    `json:"question"`
	Previous []string  `json:"previous,omitempty"`
	Language string    `json:"language"`
	Times    int       `json:"times"`
	First    time.Time `json:"first"`
	Last     time.Time `json:"last"`
	By       []string  `json:"by"`
	Notes    []string  `json:"notes"`
	Status   string    `json:"status"`
	Source   string    `json:"source"`
	SQL      string    `json:"sql"`
	RunID    string    `json:"run_id"` // of the last
}

// Waiting are the items that no review has closed: those marked good, which may become verified questions, then those marked
// bad; within these the ones given most often first. A good answer of a verified question, or without SQL, needs no review.
func (b Book) Waiting() []Item {
	closed := map[string]bool{}
	for _, review := range b.Reviews {
		for _, id := range review.IDs {
			closed[id] = true
		}
	}
	at := map[string]int{}
	items := []Item{}
	for _, f := range b.Feedback {
		if closed[f.ID] || f.Verdict == Good && (f.Source == ask.SourceVerified || f.SQL == "") {
			continue
		}
		key := strings.Join([]string{string(f.Verdict), semantic.WordingAfter(f.Previous, f.Question), f.SQL}, "\x00")
		i, known := at[key]
		if !known {
			i = len(items)
			at[key] = i
			items = append(items, Item{ID: f.ID, Verdict: f.Verdict, Question: f.Question, Previous: f.Previous, Language: f.Language, First: f.At,
				By: []string{}, Notes: []string{}, Status: f.Status, Source: f.Source, SQL: f.SQL})
		}
		item := &items[i]
		item.IDs, item.Times, item.Last, item.RunID = append(item.IDs, f.ID), item.Times+1, f.At, f.RunID
		if !slices.Contains(item.By, f.By) {
			item.By = append(item.By, f.By)
		}
		if f.Note != "" && !slices.Contains(item.Notes, f.Note) {
			item.Notes = append(item.Notes, f.Note)
		}
	}
	slices.SortStableFunc(items, func(a, b Item) int {
		return cmp.Or(-cmp.Compare(a.Verdict, b.Verdict), -cmp.Compare(a.Times, b.Times))
	})
	return items
}

// ErrUnknown says that no feedback that waits has the id.
var ErrUnknown = errors.New("no feedback of that id waits for a review")

// Find returns the item with an id; the beginning of one is enough where no other begins so.
func (b Book) Find(id string) (Item, error) {
	var found []Item
	for _, item := range b.Waiting() {
		if id != "" && slices.ContainsFunc(item.IDs, func(one string) bool { return strings.HasPrefix(one, id) }) {
			found = append(found, item)
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	if len(found) > 1 {
		return Item{}, fmt.Errorf("%s: %w alone: %d begin so", id, ErrUnknown, len(found))
	}
	for _, review := range b.Reviews {
		if slices.Contains(review.IDs, id) {
			return Item{}, fmt.Errorf("%s: %w: %s by %s at %s", id, ErrUnknown, review.Outcome, review.By, review.At.Format(time.RFC3339))
		}
	}
	return Item{}, fmt.Errorf("%s: %w", id, ErrUnknown)
}

// Reject closes an item without more, and returns it. The error may be ErrUnknown.
func (s *Store) Reject(ctx context.Context, id, by, note string) (item Item, err error) {
	err = s.locked(ctx, func() error {
		waiting, err := s.waiting(id)
		if err != nil {
			return err
		}
		item = waiting[0]
		return s.close(Review{IDs: item.IDs, By: by, Outcome: Rejected, Note: note})
	})
	return item, err
}

// waiting is the item with an id, and after it all others on the same question.
func (s *Store) waiting(id string) ([]Item, error) {
	book, err := s.Read()
	if err != nil {
		return nil, err
	}
	item, err := book.Find(id)
	if err != nil {
		return nil, err
	}
	found := []Item{item}
	for _, other := range book.Waiting() {
		if other.ID != item.ID && semantic.WordingAfter(other.Previous, other.Question) == semantic.WordingAfter(item.Previous, item.Question) {
			found = append(found, other)
		}
	}
	return found, nil
}

func (s *Store) close(review Review) error {
	review.At = s.now().UTC()
	return s.append(line{Review: &review})
}
