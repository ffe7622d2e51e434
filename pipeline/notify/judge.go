package notify

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
)

// Figure is the value that the query of an alert gave, or why it gave none.
type Figure struct {
	Rule  AlertRule
	Value float64
	Err   error

	kind Kind // Alert when empty
}

// States of a figure. None is kept of one within its thresholds.
const (
	within = "ok"
	below  = "below"
	above  = "above"
	failed = "failed"
)

func (f Figure) state() string {
	switch {
	case f.Err != nil:
		return failed
	case f.Rule.Below != nil && f.Value < *f.Rule.Below:
		return below
	case f.Rule.Above != nil && f.Value > *f.Rule.Above:
		return above
	}
	return within
}

// QuarantineFigure is the figure that every warehouse has.
const QuarantineFigure = "rows in quarantine"

func (r Run) quarantineFigure(most int64) Figure {
	threshold := float64(most)
	return Figure{kind: Quarantine, Value: float64(r.Published.quarantined()), Rule: AlertRule{Name: QuarantineFigure, Above: &threshold}}
}

// told is what people were told last: whether runs fail, and which figures are beyond their thresholds.
type told struct {
	Failing *failing          `json:"failing,omitempty"`
	Figures map[string]string `json:"figures,omitempty"` // name: state
}

// failing is a row of runs that did not end well.
type failing struct {
	Since time.Time `json:"since"`
	Runs  int       `json:"runs"`
}

// toldPath is the file that keeps it, beside the warehouse.
func toldPath(warehouse string) string { return warehouse + ".told" }

func readTold(warehouse string) (told, error) {
	before := told{Figures: map[string]string{}}
	text, err := os.ReadFile(toldPath(warehouse))
	if errors.Is(err, fs.ErrNotExist) {
		return before, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &before)
	}
	if err != nil {
		return told{Figures: map[string]string{}}, fmt.Errorf("read what was told last, %s: %w; it is begun anew", toldPath(warehouse), err)
	}
	if before.Figures == nil {
		before.Figures = map[string]string{}
	}
	return before, nil
}

// text is how it is kept.
func (t told) text() string {
	text, _ := json.Marshal(t) // it holds times, numbers and texts, which always encode
	return string(text) + "\n"
}

func (t told) write(warehouse string) error {
	path := toldPath(warehouse)
	err := os.WriteFile(path+".new", []byte(t.text()), 0o644)
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return fmt.Errorf("keep what was told: %w; a recovery may not be told, and alerts be told again", err)
	}
	return nil
}

// judge returns what is to be told of a run and its figures. A failure is noted at once, told or not, so that its recovery
// is told in any case; everything else is noted once it is told, so that what could not be sent is told after the next run.
func (t *told) judge(run Run, figures []Figure) []Event {
	var events []Event
	if run.endedWell() {
		events = append(events, t.judgeSuccess(run)...)
		t.forget(figures)
	} else {
		if t.Failing == nil {
			t.Failing = &failing{Since: run.Started.UTC()}
		}
		t.Failing.Runs++
		title, text := run.Job+" "+run.State, "The published file is as it was."
		if t.Failing.Runs > 1 {
			text += fmt.Sprintf(" This is the %s run in a row since %s.", ordinal(t.Failing.Runs), t.Failing.Since.Format("2006-01-02 15:04 UTC"))
		}
		events = append(events, run.event(Failure, title, text))
	}
	for _, figure := range figures {
		if event, tell := t.judgeFigure(run, figure); tell {
			events = append(events, event)
		}
	}
	return events
}

func (t *told) judgeSuccess(run Run) []Event {
	success := run.event(Success, run.Job+" "+run.State, "")
	if t.Failing == nil {
		return []Event{success}
	}
	recovery := run.event(Recovery, run.Job+" recovered",
		fmt.Sprintf("The first run to end well after %d that did not, since %s.", t.Failing.Runs, t.Failing.Since.Format("2006-01-02 15:04 UTC")))
	recovery.settle = func(t *told) { t.Failing = nil }
	return []Event{recovery, success}
}

// judgeFigure tells of a figure that crossed a threshold, in either direction.
func (t *told) judgeFigure(run Run, figure Figure) (Event, bool) {
	rule, state, before := figure.Rule, figure.state(), t.Figures[figure.Rule.Name]
	if before == "" {
		before = within
	}
	still := state == before
	if still && (state == within || !rule.Repeat) {
		return Event{}, false
	}
	kind := figure.kind
	if kind == "" {
		kind = Alert
	}
	title := fmt.Sprintf("%s: %s", rule.Name, number(figure.Value))
	var text string
	switch state {
	case failed:
		kind, title, text = Failure, "Alert "+rule.Name+" gives no figure", figure.Err.Error()
	case below:
		title += ", below " + number(*rule.Below)
	case above:
		title += ", above " + number(*rule.Above)
	default:
		kind = Recovery
		title += ", within its threshold again"
		if before == failed {
			title = fmt.Sprintf("Alert %s gives a figure again: %s", rule.Name, number(figure.Value))
		}
	}
	if still {
		title = "Still " + title
	}
	if figure.kind == Quarantine {
		text = run.Published.reasons()
	}
	event := run.event(kind, title, text)
	event.Error = "" // of the run, which this is not about
	event.Alert = &AlertFigure{Name: rule.Name, State: state, Below: rule.Below, Above: rule.Above}
	if state != failed {
		event.Alert.Value = &figure.Value
	}
	event.settle = func(t *told) {
		if t.Figures[rule.Name] = state; state == within {
			delete(t.Figures, rule.Name)
		}
	}
	return event, true
}

// reasons lists the quarantine, the most frequent reasons first.
func (p *Published) reasons() string {
	lines := slices.Clone(p.Quarantine)
	slices.SortStableFunc(lines, func(a, b QuarantinedRows) int { return int(b.Rows - a.Rows) })
	var texts []string
	for _, line := range lines {
		texts = append(texts, fmt.Sprintf("%s %s: %d", line.Table, line.Reason, line.Rows))
	}
	return strings.Join(texts, "\n")
}

// forget drops figures that are no longer looked at.
func (t *told) forget(figures []Figure) {
	maps.DeleteFunc(t.Figures, func(name, _ string) bool {
		return !slices.ContainsFunc(figures, func(figure Figure) bool { return figure.Rule.Name == name })
	})
}

func ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return fmt.Sprintf("%d%s", n, suffix)
}
