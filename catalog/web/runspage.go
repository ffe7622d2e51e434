package web

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/pipeline/journal"
)

// How much a page of runs shows; the API has all of it.
const (
	mostInMatrix = 30
	mostFiles    = 200
)

// historyPage is what the page of the history shows.
type historyPage struct {
	runList
	Asked  runsAsked
	States []string
	Tasks  []string        // rows of the matrix
	Matrix []runLine       // its columns, oldest first
	Chart  *chartOf        // of durations
	Going  string          // the run that is going
	May    map[string]bool // what can be done from here
}

// chartOf is what chart.js draws.
type chartOf struct {
	Chart   ask.Chart
	Columns []ask.Column
	Rows    [][]any
}

// runsPage is the history: durations, runs by tasks, a list.
func (s *Server) runsPage(v *visit) error {
	asked, err := runsAskedBy(v)
	if err != nil {
		return err
	}
	list, err := s.listRuns(v.Context(), asked)
	if err != nil {
		return err
	}
	shown := historyPage{runList: list, Asked: asked, States: runStates, May: v.may()}
	if holder, isRunning := journal.RunningNow(s.config.Warehouse); isRunning {
		shown.Going = holder.Run
	}
	shown.Matrix = slices.Clone(list.Runs[:min(len(list.Runs), mostInMatrix)])
	slices.Reverse(shown.Matrix)
	for _, task := range s.job(v.Context()).Tasks {
		shown.Tasks = append(shown.Tasks, task.Name)
	}
	for _, run := range shown.Matrix {
		for _, task := range run.Tasks {
			if !slices.Contains(shown.Tasks, task.Name) {
				shown.Tasks = append(shown.Tasks, task.Name)
			}
		}
	}
	shown.Chart = v.durations(list.Runs)
	return v.page("runs", page{Title: v.T("runs.title"), Section: "runs", Scripts: []string{"drawn.js"}, Data: shown})
}

// durations charts how long runs took, oldest first.
func (v *visit) durations(runs []runLine) *chartOf {
	chart := chartOf{Chart: ask.Chart{Kind: "bar", X: "started_at", Y: []string{"seconds"}}, Columns: []ask.Column{
		{Name: "started_at", Label: v.T("runs.started"), Type: "date"}, {Name: "seconds", Label: v.T("runs.seconds"), Type: "number"}}}
	for _, run := range slices.Backward(runs) {
		if run.FinishedAt != nil {
			chart.Rows = append(chart.Rows, []any{run.StartedAt.UTC().Format("01-02 15:04:05"), run.Seconds})
		}
	}
	if len(chart.Rows) < 2 {
		return nil
	}
	return &chart
}

// may is what can be done from here by whoever asks.
func (v *visit) may() map[string]bool {
	operations := v.server.config.Operations
	is := v.role >= operator
	return map[string]bool{"start": is && operations.Start != nil, "cancel": is && operations.Cancel != nil,
		"pause": is && operations.Pause != nil, "resume": is && operations.Resume != nil,
		"schedule": is && operations.SetSchedule != nil && operations.RemoveSchedule != nil && operations.Preview != nil}
}

// runShown is what the page of a run shows.
type runShown struct {
	runDetail
	Going    bool
	Graph    graph
	Bars     []bar // of the tasks, in their order
	Files    []catalog.FileRead
	More     int // files that are not shown
	Excerpt  []sqlLine
	Repairs  bool // it can be repaired
	May      map[string]bool
	Settings []setting
}

// setting is a parameter of a run.
type setting struct{ Name, Value string }

// runPage is one run; app.js's neighbour runs.js follows it while it is going.
func (s *Server) runPage(v *visit) error {
	shown, err := s.runShown(v)
	if err != nil {
		return err
	}
	return v.page("run", page{Title: v.T("run.title", shown.Run.ID), Section: "runs", Scripts: []string{"runs.js"}, Data: shown})
}

// runPart is the part of a run's page that changes while the run is going.
func (s *Server) runPart(v *visit) error {
	shown, err := s.runShown(v)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	if err := s.pages["run"].ExecuteTemplate(&body, "run", page{visit: v, Data: shown}); err != nil {
		return fmt.Errorf("part of run: %w", err)
	}
	v.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.WriteHeader(http.StatusOK)
	_, _ = v.Write(body.Bytes())
	return nil
}

func (s *Server) runShown(v *visit) (runShown, error) {
	detail, err := s.readRun(v.Context(), v.PathValue("id"))
	if err != nil {
		return runShown{}, err
	}
	run := detail.Run
	shown := runShown{runDetail: detail, Going: run.FinishedAt == nil, May: v.may()}
	states := map[string]string{}
	for _, task := range run.Tasks {
		states[task.Name] = task.State
		shown.Bars = append(shown.Bars, barOf(run, task))
	}
	if len(run.Tasks) > 0 {
		shown.Graph = drawGraph(s.job(v.Context()), states)
	}
	// Those that were rejected first, then those read last.
	shown.Files = slices.Clone(run.FilesRead)
	slices.Reverse(shown.Files)
	slices.SortStableFunc(shown.Files, func(a, b catalog.FileRead) int { return cmp.Compare(b.Rejected, a.Rejected) })
	if shown.More = len(shown.Files) - mostFiles; shown.More > 0 {
		shown.Files = shown.Files[:mostFiles]
	}
	if detail.SQL != nil {
		shown.Excerpt = excerpt(*detail.SQL)
	}
	shown.Repairs = (run.State == journal.Failed || run.State == journal.Cancelled) && run.Trigger != catalog.RollbackTrigger && run.Trigger != catalog.WithdrawTrigger
	for name, value := range run.Parameters {
		text, isText := value.(string)
		if !isText {
			body, err := json.Marshal(value)
			if err != nil {
				return shown, err
			}
			text = string(body)
		}
		shown.Settings = append(shown.Settings, setting{name, text})
	}
	slices.SortFunc(shown.Settings, func(a, b setting) int { return cmp.Compare(a.Name, b.Name) })
	return shown, nil
}

// sqlLine is a line of SQL with its number.
type sqlLine struct {
	Number int
	Text   string
	Failed bool
}

// around is how many lines before and after the one that failed are shown.
const around = 4

// excerpt is the SQL around the line that failed; all of it where the line is not known.
func excerpt(sql failedSQL) (lines []sqlLine) {
	for i, text := range strings.Split(strings.TrimRight(sql.Text, "\n"), "\n") {
		number := i + 1
		if sql.Line == 0 || number >= sql.Line-around && number <= sql.Line+around {
			lines = append(lines, sqlLine{number, text, number == sql.Line})
		}
	}
	return lines
}

// The acts of operators on runs, as forms. Each leads back to the page that shows what came of it.

func (s *Server) repairFromPage(v *visit) error {
	run, err := v.start(Asked{Repair: v.PathValue("id")})
	return v.leadTo("/runs/"+run, err)
}

func (s *Server) cancelFromPage(v *visit) error {
	run := v.PathValue("id")
	return v.leadTo("/runs/"+run, v.cancel(run))
}

func (v *visit) leadTo(path string, err error) error {
	if err == nil {
		http.Redirect(v, v.Request, path, http.StatusSeeOther)
	}
	return err
}

// StateName is a state in the reader's language.
func (v *visit) StateName(state string) string {
	key := "state." + strings.ReplaceAll(state, " ", "_")
	if text := v.T(key); text != key {
		return text
	}
	return state
}

// symbols stand for states where there is no room for a word; none is told by its colour alone.
var symbols = map[string]string{journal.Succeeded: "✓", journal.Failed: "✗", journal.Cancelled: "■", journal.Skipped: "–", journal.UpToDate: "=",
	journal.Running: "▶", journal.Pending: "○"}

// Symbol is the sign of a state.
func (v *visit) Symbol(state string) string { return cmp.Or(symbols[state], "·") }

// StateClass is the name of a state in the style.
func (v *visit) StateClass(state string) string {
	if symbols[state] == "" {
		return "state-none"
	}
	return "state-" + strings.ReplaceAll(state, " ", "-")
}

// Lasted is a duration.
func (v *visit) Lasted(seconds float64) string {
	whole := int(seconds)
	switch {
	case seconds < 60:
		return fmt.Sprintf("%.1f s", seconds)
	case whole < 3600:
		return fmt.Sprintf("%d min %02d s", whole/60, whole%60)
	}
	return fmt.Sprintf("%d h %02d min", whole/3600, whole/60%60)
}

// Second is a time to the second.
func (v *visit) Second(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05 UTC") }

// Number is a whole number with its digits grouped.
func (v *visit) Number(value any) string { return v.Figure(value, ask.Column{Type: "number"}) }
