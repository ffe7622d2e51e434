package notify

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/fmcg/fmcg/pipeline/journal"
)

// Run is how a run ended, and the published file as it is now.
type Run struct {
	Job       string
	ID        string
	Warehouse string
	Host      string
	State     string // of journal: succeeded, up to date, failed, cancelled
	Code      int    // exit code
	Error     string
	Started   time.Time
	Finished  time.Time
	Files     int
	RowsRead  int64

	Published *Published // nil where nothing is published
}

// Published is what the published file says of itself.
type Published struct {
	RefreshedAt time.Time
	DataThrough *time.Time // nil where it holds no sales
	Size        int64      // bytes
	Quarantine  []QuarantinedRows
}

// QuarantinedRows are the rows set aside for one reason.
type QuarantinedRows struct {
	Table, Reason string
	Rows          int64
}

func (p *Published) quarantined() (rows int64) {
	if p != nil {
		for _, line := range p.Quarantine {
			rows += line.Rows
		}
	}
	return rows
}

func (r Run) endedWell() bool { return r.State == journal.Succeeded || r.State == journal.UpToDate }

// Event is one message. Its JSON is what a generic webhook and a command get.
type Event struct {
	Kind      Kind         `json:"event"`
	Title     string       `json:"title"`
	Text      string       `json:"text,omitempty"`
	Job       string       `json:"job,omitempty"`
	Run       string       `json:"run,omitempty"`
	State     string       `json:"state,omitempty"`
	Code      int          `json:"exit_code"`
	Error     string       `json:"error,omitempty"`
	Warehouse string       `json:"warehouse"`
	Host      string       `json:"host"`
	At        time.Time    `json:"at"`
	Seconds   float64      `json:"seconds"`
	Files     int          `json:"files_read"`
	RowsRead  int64        `json:"rows_read"`
	Alert     *AlertFigure `json:"alert,omitempty"`

	facts  []fact
	settle func(*told) // what it changes in what was told, once it is
}

// AlertFigure is the figure that a message is about.
type AlertFigure struct {
	Name  string   `json:"name"`
	State string   `json:"state"` // below, above, failed, ok
	Value *float64 `json:"value,omitempty"`
	Below *float64 `json:"below,omitempty"`
	Above *float64 `json:"above,omitempty"`
}

// fact is a line under a message.
type fact struct{ name, value string }

// NewTest returns the message that fmcg notify --test sends.
func NewTest(warehouse, host string, at time.Time) Event {
	return Event{Kind: Test, Title: "Test message of fmcg", Text: "If you can read this, you are told of the runs of this warehouse.",
		Warehouse: warehouse, Host: host, At: at.UTC(), facts: []fact{{"warehouse", warehouse}, {"host", host}}}
}

// event returns a message about the run.
func (r Run) event(kind Kind, title, text string) Event {
	event := Event{Kind: kind, Title: title, Text: text, Job: r.Job, Run: r.ID, State: r.State, Code: r.Code, Error: r.Error,
		Warehouse: r.Warehouse, Host: r.Host, At: r.Finished.UTC(), Seconds: r.Finished.Sub(r.Started).Seconds(), Files: r.Files, RowsRead: r.RowsRead}
	event.facts = []fact{
		{"run", r.ID},
		{"state", fmt.Sprintf("%s (exit code %d)", r.State, r.Code)},
		{"started", r.Started.UTC().Format("2006-01-02 15:04 UTC")},
		{"duration", r.Finished.Sub(r.Started).Round(time.Second / 10).String()},
		{"read", fmt.Sprintf("%d files, %d rows", r.Files, r.RowsRead)},
	}
	if p := r.Published; p != nil {
		event.facts = append(event.facts, fact{"published", p.RefreshedAt.UTC().Format("2006-01-02 15:04 UTC")})
		if p.DataThrough != nil {
			event.facts = append(event.facts, fact{"data through", p.DataThrough.Format("2006-01")})
		}
		event.facts = append(event.facts, fact{"quarantine", fmt.Sprintf("%d rows", p.quarantined())})
	}
	event.facts = append(event.facts, fact{"warehouse", r.Warehouse}, fact{"host", r.Host})
	return event
}

// plain writes a message as text, for mail and heartbeats.
func (e Event) plain() string {
	var b strings.Builder
	for _, part := range []string{e.Text, e.Error} {
		if part != "" {
			fmt.Fprintf(&b, "%s\n\n", part)
		}
	}
	for _, fact := range e.facts {
		fmt.Fprintf(&b, "%-13s %s\n", fact.name, fact.value)
	}
	return b.String()
}

// cut shortens a text to what a receiver takes.
func cut(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-1]) + "…"
}

func number(value float64) string { return strconv.FormatFloat(value, 'f', -1, 64) }
