package saved

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Query is a saved query.
type Query struct {
	ID          string    `yaml:"id" json:"id"`
	Name        string    `yaml:"name" json:"name"` // no other has it, in capitals or not
	Description string    `yaml:"description,omitempty" json:"description"`
	SQL         string    `yaml:"sql" json:"sql"`
	By          string    `yaml:"by,omitempty" json:"by"` // who saved it first, and owns it
	SavedAt     time.Time `yaml:"saved_at,omitempty" json:"saved_at"`
	ChangedBy   string    `yaml:"changed_by,omitempty" json:"changed_by"`
	ChangedAt   time.Time `yaml:"changed_at,omitempty" json:"changed_at"`
	Version     int       `yaml:"version" json:"version"`
	Alert       *Alert    `yaml:"alert,omitempty" json:"alert"` // nil: it is none
}

// Alert makes a query that gives one number one that is looked at after each run.
type Alert struct {
	Below  *float64  `yaml:"below,omitempty" json:"below"`
	Above  *float64  `yaml:"above,omitempty" json:"above"`
	Repeat bool      `yaml:"repeat,omitempty" json:"repeat"` // tell after each run, as long as it is beyond
	By     string    `yaml:"by,omitempty" json:"by"`
	SetAt  time.Time `yaml:"set_at,omitempty" json:"set_at"`
}

// States of an alert's number.
const (
	Within = "ok"
	Below  = "below"
	Above  = "above"
)

// State is where a number is, seen from the thresholds.
func (a Alert) State(value float64) string {
	switch {
	case a.Below != nil && value < *a.Below:
		return Below
	case a.Above != nil && value > *a.Above:
		return Above
	}
	return Within
}

// Most bytes of what a query is made of.
const (
	LongestName        = 100
	LongestDescription = 2000
	LongestSQL         = 20_000
)

// check says what is wrong with a query.
func (q Query) check() error {
	switch {
	case strings.TrimSpace(q.Name) == "":
		return wrong("it has no name")
	case strings.TrimSpace(q.Name) != q.Name || strings.ContainsAny(q.Name, "\n\r\t"):
		return wrong("its name is to be one line, with no space around it")
	case len(q.Name) > LongestName || len(q.Description) > LongestDescription || len(q.SQL) > LongestSQL:
		return wrong("its name may have %d bytes, its description %d, its SQL %d", LongestName, LongestDescription, LongestSQL)
	case strings.TrimSpace(q.SQL) == "":
		return wrong("it has no SQL")
	case q.Alert != nil && q.Alert.Below == nil && q.Alert.Above == nil:
		return wrong("its alert has no threshold: below, above or both")
	case q.Alert != nil && q.Alert.Below != nil && q.Alert.Above != nil && *q.Alert.Below > *q.Alert.Above:
		return wrong("its alert would always tell: below is higher than above")
	}
	return nil
}

func wrong(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrWrong}, args...)...)
}

// idOf is the id of a query that was written by hand, without one.
func idOf(name string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(name)))
	return hex.EncodeToString(sum[:4])
}

// Who does something.
type Who struct {
	Name     string
	Operator bool
}

// May says that somebody may change a query.
func (w Who) May(q Query) bool { return w.Operator || q.Alert == nil && w.Name == q.By }

// Find is the query with an id, or of a name.
func Find(queries []Query, name string) (Query, error) {
	i := slices.IndexFunc(queries, func(q Query) bool { return q.ID == name || strings.EqualFold(q.Name, name) })
	if i < 0 {
		return Query{}, fmt.Errorf("%w: %s", ErrUnknown, name)
	}
	return queries[i], nil
}

// Search are the queries whose name, description, SQL or owner holds each word of a text.
func Search(queries []Query, text string) []Query {
	found := []Query{}
	for _, q := range queries {
		all := strings.ToLower(strings.Join([]string{q.Name, q.Description, q.SQL, q.By}, "\n"))
		if !slices.ContainsFunc(strings.Fields(strings.ToLower(text)), func(word string) bool { return !strings.Contains(all, word) }) {
			found = append(found, q)
		}
	}
	return found
}
