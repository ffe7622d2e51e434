package feedback

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// Verdict is what somebody thinks of an answer.
type Verdict string

// Verdicts.
const (
	Good Verdict = "good"
	Bad  Verdict = "bad"
)

// Feedback is a verdict on the answer to a question.
type Feedback struct {
	ID       string    `json:"id"`
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	Verdict  Verdict   `json:"verdict"`
	Question string    `json:"question"`
	Previous []string  `json:"previous,omitempty"` // the questions before it, oldest first
	Language string    `json:"language"`
	Note     string    `json:"note,omitempty"`
	Status   string    `json:"status"`           // of the answer
	Source   string    `json:"source,omitempty"` // of the answer: grammar, verified, drafted
	SQL      string    `json:"sql,omitempty"`
	RunID    string    `json:"run_id"` // that published what was answered from
}

// Outcome is what became of feedback.
type Outcome string

// Outcomes.
const (
	Accepted Outcome = "accepted"
	Rejected Outcome = "rejected"
)

// Review closes feedback.
type Review struct {
	IDs     []string  `json:"ids"` // of the feedback
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	Outcome Outcome   `json:"outcome"`
	Note    string    `json:"note,omitempty"`
}

// line is one of the two.
type line struct {
	Feedback *Feedback `json:"feedback,omitempty"`
	Review   *Review   `json:"review,omitempty"`
}

// Store is the file of a warehouse's feedback. It may be used by many at a time, in several processes.
type Store struct {
	Path string
	now  func() time.Time
}

// Beside is the store beside a warehouse. Its file comes with the first feedback.
func Beside(warehouse string, now func() time.Time) *Store {
	return &Store{Path: strings.TrimSuffix(warehouse, filepath.Ext(warehouse)) + ".feedback.jsonl", now: now}
}

// Record keeps feedback under an id and the time of now, and returns it with them.
func (s *Store) Record(ctx context.Context, f Feedback) (Feedback, error) {
	id := make([]byte, 4)
	_, _ = rand.Read(id) // never fails
	f.ID, f.At = hex.EncodeToString(id), s.now().UTC()
	return f, s.locked(ctx, func() error { return s.append(line{Feedback: &f}) })
}

// locked does something while no other process writes.
func (s *Store) locked(ctx context.Context, do func() error) (err error) {
	lock := flock.New(s.Path+".lock", flock.SetPermissions(0o644))
	if _, err := lock.TryLockContext(ctx, 5*time.Millisecond); err != nil {
		return fmt.Errorf("lock %s: %w", s.Path, err)
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	return do()
}

// append adds a line, on the disk when it returns. What a writer that died has left of its line is closed, and stays.
func (s *Store) append(l line) (err error) {
	text, err := json.Marshal(l)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(s.Path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o644)
	if err != nil {
		return fmt.Errorf("keep the feedback: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if last := make([]byte, 1); size > 0 {
		if _, err := file.ReadAt(last, size-1); err != nil {
			return err
		}
		if last[0] != '\n' {
			text = append([]byte{'\n'}, text...)
		}
	}
	if _, err := file.Write(text); err != nil {
		return fmt.Errorf("keep the feedback: %w", err)
	}
	return file.Sync()
}

// Book is all that a store holds, oldest first.
type Book struct {
	Feedback []Feedback
	Reviews  []Review
	Broken   []int // lines that cannot be read
}

// Read reads the store; it is empty where there is no file.
func (s *Store) Read() (Book, error) {
	var book Book
	content, err := os.ReadFile(s.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return book, nil
	}
	if err != nil {
		return book, fmt.Errorf("read the feedback: %w", err)
	}
	for i, text := range bytes.Split(content, []byte("\n")) {
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		var l line
		switch err := json.Unmarshal(text, &l); {
		case err == nil && l.Feedback != nil && l.Feedback.ID != "":
			book.Feedback = append(book.Feedback, *l.Feedback)
		case err == nil && l.Review != nil:
			book.Reviews = append(book.Reviews, *l.Review)
		default:
			book.Broken = append(book.Broken, i+1)
		}
	}
	return book, nil
}
