package saved

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"go.yaml.in/yaml/v3"

	"github.com/fmcg/fmcg/catalog"
)

// Errors of a Store.
var (
	ErrUnknown  = errors.New("there is no such saved query")
	ErrTaken    = errors.New("the name is taken")
	ErrChanged  = errors.New("it was changed meanwhile")
	ErrNotYours = errors.New("it is changed by who saved it, or by an operator")
	ErrWrong    = errors.New("it cannot be saved so")
)

// Store is the file of a warehouse's saved queries. It may be used by many at a time, in several processes.
type Store struct {
	Path string
	now  func() time.Time
}

// Beside is the store beside a warehouse. Its file comes with the first query.
func Beside(warehouse string, now func() time.Time) *Store {
	return &Store{Path: strings.TrimSuffix(warehouse, filepath.Ext(warehouse)) + ".queries.yaml", now: now}
}

// moment is now, to the second.
func (s *Store) moment() time.Time { return s.now().UTC().Truncate(time.Second) }

// head is how a new file begins.
const head = `# Saved queries. The SQL page of fmcg serve writes them; people may edit them too. Comments stay.
`

// List returns the queries by their names; none where there is no file.
func (s *Store) List() ([]Query, error) {
	queries, _, err := s.read()
	slices.SortFunc(queries, func(a, b Query) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return queries, err
}

// Create saves a query of somebody's. The error may be ErrTaken or ErrWrong.
func (s *Store) Create(ctx context.Context, q Query, who Who) (Query, error) {
	id := make([]byte, 4)
	_, _ = rand.Read(id) // never fails
	q.ID, q.By, q.SavedAt, q.Version, q.Alert = hex.EncodeToString(id), who.Name, s.moment(), 1, nil
	q.ChangedBy, q.ChangedAt, q.SQL = q.By, q.SavedAt, laidOut(q.SQL)
	return q, s.edit(ctx, func(queries []Query, list *yaml.Node) error {
		if err := fits(queries, q); err != nil {
			return err
		}
		node, err := nodeOf(q)
		if err == nil {
			list.Content = append(list.Content, node)
		}
		return err
	})
}

// Change changes a query as its version was. The error may be ErrUnknown, ErrChanged, with which the query is returned as it is
// now, ErrNotYours, ErrTaken or ErrWrong.
func (s *Store) Change(ctx context.Context, id string, version int, who Who, change func(*Query)) (q Query, err error) {
	err = s.edit(ctx, func(queries []Query, list *yaml.Node) error {
		at, err := find(queries, id, version, who, &q)
		if err != nil {
			return err
		}
		changed := queries[at]
		change(&changed)
		changed.ID, changed.Version, changed.ChangedBy, changed.ChangedAt, changed.SQL = q.ID, version+1, who.Name, s.moment(), laidOut(changed.SQL)
		if err := fits(slices.Delete(slices.Clone(queries), at, at+1), changed); err != nil {
			return err
		}
		node, err := nodeOf(changed)
		if err != nil {
			return err
		}
		was := list.Content[at]
		node.HeadComment, node.LineComment, node.FootComment = was.HeadComment, was.LineComment, was.FootComment
		keepComments(was, node)
		list.Content[at], q = node, changed
		return nil
	})
	return q, err
}

// Delete takes a query out, with its alert. Its errors are those of Change.
func (s *Store) Delete(ctx context.Context, id string, version int, who Who) (q Query, err error) {
	err = s.edit(ctx, func(queries []Query, list *yaml.Node) error {
		at, err := find(queries, id, version, who, &q)
		if err == nil {
			list.Content = slices.Delete(list.Content, at, at+1)
		}
		return err
	})
	return q, err
}

// find is where a query stands that somebody may change as they saw it.
func find(queries []Query, id string, version int, who Who, into *Query) (int, error) {
	at := slices.IndexFunc(queries, func(q Query) bool { return q.ID == id })
	if at < 0 {
		return 0, fmt.Errorf("%w: %s", ErrUnknown, id)
	}
	*into = queries[at]
	switch {
	case !who.May(*into):
		return 0, ErrNotYours
	case into.Version != version:
		return 0, fmt.Errorf("%w, by %s at %s", ErrChanged, into.ChangedBy, into.ChangedAt.UTC().Format("2006-01-02 15:04 UTC"))
	}
	return at, nil
}

// fits says what keeps a query from standing beside others.
func fits(others []Query, q Query) error {
	if slices.ContainsFunc(others, func(other Query) bool { return strings.EqualFold(other.Name, q.Name) }) {
		return fmt.Errorf("%w: %s", ErrTaken, q.Name)
	}
	return q.check()
}

// edit changes the list of the file while no other process does, and puts the new file in place of the old.
func (s *Store) edit(ctx context.Context, change func([]Query, *yaml.Node) error) (err error) {
	lock := flock.New(s.Path+".lock", flock.SetPermissions(0o644))
	if _, err := lock.TryLockContext(ctx, 5*time.Millisecond); err != nil {
		return fmt.Errorf("lock %s: %w", s.Path, err)
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	queries, document, err := s.read()
	if err != nil {
		return err
	}
	if err := change(queries, document.Content[0]); err != nil {
		return err
	}
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := errors.Join(encoder.Encode(document), encoder.Close()); err != nil {
		return fmt.Errorf("write the saved queries: %w", err)
	}
	path := s.Path
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		path = resolved
	}
	if err := catalog.ReplaceFile(path, text.Bytes()); err != nil {
		return fmt.Errorf("write the saved queries: %w", err)
	}
	return nil
}

// read returns the queries and the document they stand in, in the same order.
func (s *Store) read() ([]Query, *yaml.Node, error) {
	text, err := os.ReadFile(s.Path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = []byte(head), nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read the saved queries: %w", err)
	}
	var queries []Query
	document := &yaml.Node{}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true) // what is not known would be lost with the next change
	if err := decoder.Decode(&queries); err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, fmt.Errorf("read %s: %w", s.Path, err)
	}
	if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		return nil, nil, fmt.Errorf("read %s: it is more than one list", s.Path)
	}
	if err := yaml.Unmarshal(text, document); err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", s.Path, err)
	}
	if len(document.Content) == 0 || document.Content[0].Kind != yaml.SequenceNode { // nothing but comments
		document = &yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{{Kind: yaml.SequenceNode, Tag: "!!seq", HeadComment: strings.TrimRight(string(text), "\n")}}}
	}
	document.Content[0].Style = 0 // [] of a list that was emptied
	for i := range queries {
		if queries[i].ID == "" {
			queries[i].ID = idOf(queries[i].Name)
		}
		if err := fits(queries[:i], queries[i]); err != nil {
			return nil, nil, fmt.Errorf("read %s, query %d: %w", s.Path, i+1, err)
		}
	}
	return queries, document, nil
}

// laidOut is SQL in lines as they are written.
func laidOut(sql string) string {
	return strings.TrimRight(strings.ReplaceAll(sql, "\r\n", "\n"), " \t\n") + "\n"
}

// nodeOf is a query as it is written, its SQL as it is laid out.
func nodeOf(q Query) (*yaml.Node, error) {
	node := &yaml.Node{}
	if err := node.Encode(q); err != nil {
		return nil, err
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == "sql" {
			node.Content[i+1].Style = yaml.LiteralStyle
		}
	}
	return node, nil
}

// keepComments takes the comments of a query's lines over to its new ones.
func keepComments(from, to *yaml.Node) {
	for i := 0; i+1 < len(from.Content); i += 2 {
		for j := 0; j+1 < len(to.Content); j += 2 {
			if from.Content[i].Value == to.Content[j].Value {
				for k := range 2 {
					was, is := from.Content[i+k], to.Content[j+k]
					is.HeadComment, is.LineComment, is.FootComment = was.HeadComment, was.LineComment, was.FootComment
				}
			}
		}
	}
}
