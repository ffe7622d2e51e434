package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/term"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/pipeline"
	"github.com/fmcg/fmcg/pipeline/journal"
)

// observer shows a run in progress, event by event, until it is closed.
type observer interface {
	event(journal.Event)
	close()
}

// observe returns the live table where standard error is a terminal that can show it, and otherwise lines fit for a log.
func (a *app) observe() observer {
	if screen, isTerminal := a.screen(); isTerminal && !a.settings.NoProgress && !a.settings.Verbose && a.settings.LogFormat != formatJSON {
		return newLive(screen, a.now)
	}
	return a.lines()
}

// lines shows a run as lines, in the format of the log.
func (a *app) lines() observer {
	if a.settings.LogFormat == formatJSON {
		return a.jsonLines()
	}
	return logLines{out: a.stderr, verbose: a.settings.Verbose}
}

// watch shows a run of the pipeline as it goes; what it returns ends the showing, before anything else is printed.
func (a *app) watch(config *pipeline.Config) (stop func()) {
	shown := a.observe()
	config.Observe = shown.event
	if table, isLive := shown.(*live); isLive { // a line of the log must not fall into the table
		config.Log = a.logger(table)
		config.Lake.Log = config.Log
	}
	return shown.close
}

// logLines prints the events of a run as lines.
type logLines struct {
	out     io.Writer
	verbose bool
}

func (l logLines) close() {}

func (l logLines) event(event journal.Event) {
	if line := logLine(event, l.verbose); line != "" {
		fmt.Fprintf(l.out, "%s %s\n", event.At.Local().Format("15:04:05.000"), line)
	}
}

// logLine says an event in a line, or nothing where it says nothing to who reads a log.
func logLine(event journal.Event, verbose bool) string {
	switch event.Kind {
	case journal.RunStarted:
		if event.Repairs != "" {
			return fmt.Sprintf("run %s repairs run %s", event.Run, event.Repairs)
		}
		return "run " + event.Run
	case journal.Step:
		return event.Name
	case journal.TaskStarted:
		return fmt.Sprintf("  task %s starts: %s files, %s SQL files at most", event.Task, thousands(int64(event.Files)), thousands(int64(event.Models)))
	case journal.TaskFinished:
		line := fmt.Sprintf("  task %s: %s", event.Task, event.State)
		if event.State == journal.Succeeded {
			line += fmt.Sprintf(", %s rows read, %s written, %.3f s", thousands(event.RowsRead), thousands(event.Rows), event.Seconds)
		}
		if event.Detail != "" {
			line += ": " + oneLine(event.Detail)
		}
		return line
	case journal.Retry:
		return fmt.Sprintf("  %s is tried again in %.1f s: %s", event.Name, event.Seconds, oneLine(event.Detail))
	case journal.Warning:
		return "warning: " + oneLine(event.Detail)
	case journal.CancelRequested:
		return "cancel requested by " + event.By + parenthesized(event.Detail)
	case journal.FileRead:
		if verbose {
			return fmt.Sprintf("  %s: %s rows %s", event.Name, thousands(event.Rows), event.Detail)
		}
	case journal.ModelBuilt:
		return fmt.Sprintf("  %s: %s rows, %.3f s", event.Name, thousands(event.Rows), event.Seconds)
	case journal.CheckDone:
		if event.State == journal.Failed {
			return fmt.Sprintf("  check %s failed: %s rows", event.Name, thousands(event.Rows))
		}
	}
	return ""
}

func parenthesized(detail string) string {
	if detail == "" {
		return ""
	}
	return " (" + detail + ")"
}

// screen is a terminal.
type screen struct {
	out    io.Writer
	size   func() (width, height int)
	colour bool
}

// Without a size, a terminal is taken to be this wide and high.
const (
	usualWidth  = 100
	usualHeight = 24
)

// screen returns standard error as a terminal; false where it is none, or one that can't move its cursor.
func (a *app) screen() (screen, bool) {
	file, isFile := a.stderr.(*os.File)
	if !isFile || !term.IsTerminal(int(file.Fd())) || os.Getenv("TERM") == "dumb" {
		return screen{}, false
	}
	size := func() (int, int) { return terminalSize(file) }
	return screen{out: file, size: size, colour: os.Getenv("NO_COLOR") == ""}, true
}

func terminalSize(out io.Writer) (width, height int) {
	if file, isFile := out.(*os.File); isFile {
		if width, height, err := term.GetSize(int(file.Fd())); err == nil && width > 0 && height > 0 {
			return width, height
		}
	}
	return usualWidth, usualHeight
}

// live draws a run in progress as a table that stays in its place. It never hides the cursor, takes the keyboard or
// changes to another screen: whatever ends the process, the terminal is as it was.
type live struct {
	screen screen
	now    func() time.Time

	mutex sync.Mutex
	run   catalog.Run
	drawn []string // lines on the screen
	stop  chan struct{}
	done  chan struct{}
}

const redrawEvery = 200 * time.Millisecond

func newLive(screen screen, now func() time.Time) *live {
	l := &live{screen: screen, now: now, stop: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(l.done)
		ticks := time.NewTicker(redrawEvery)
		defer ticks.Stop()
		for {
			select {
			case <-ticks.C:
				l.mutex.Lock()
				l.draw()
				l.mutex.Unlock()
			case <-l.stop:
				return
			}
		}
	}()
	return l
}

func (l *live) event(event journal.Event) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.run.Apply(event)
}

// Write puts a text above the table, a log's line for one, and draws the table again below it.
func (l *live) Write(line []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if _, err := io.WriteString(l.screen.out, l.erasure()); err != nil {
		return 0, err
	}
	l.drawn = nil
	written, err := l.screen.out.Write(line)
	l.draw()
	return written, err
}

// close leaves the last state of the table on the screen, and the cursor below it.
func (l *live) close() {
	close(l.stop)
	<-l.done
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.draw()
}

// draw replaces what was drawn before, in one write.
func (l *live) draw() {
	if l.run.State == "" {
		return
	}
	width, height := l.screen.size()
	lines := liveTable(l.run, l.now(), width-1, l.screen.colour)
	lines = lines[:max(1, min(len(lines), height-1))]
	erasure := l.erasure()
	l.drawn = lines
	fmt.Fprint(l.screen.out, erasure+strings.Join(lines, "\n")+"\n")
}

// erasure goes back to the first line that was drawn and clears from there. A terminal that became narrower has broken the
// lines into more.
func (l *live) erasure() string {
	if len(l.drawn) == 0 {
		return ""
	}
	width, height := l.screen.size()
	rows := 0
	for _, line := range l.drawn {
		rows += 1 + max(0, text.StringWidthWithoutEscSequences(line)-1)/width
	}
	return fmt.Sprintf("\r\x1b[%dA\x1b[J", min(rows, height-1))
}

var stateColours = map[string]text.Colors{
	journal.Running:   {text.FgCyan},
	journal.Succeeded: {text.FgGreen},
	journal.Failed:    {text.FgRed},
	journal.Cancelled: {text.FgYellow},
	journal.Skipped:   {text.FgYellow},
}

// Widths of the live table's columns, and how many warnings stand under it.
const (
	stateWidth   = 10
	barWidth     = 20
	countWidth   = 9
	timeWidth    = 7
	mostWarnings = 3
)

// liveTable shows a run in progress in lines of at most width columns. What is least needed goes first on a narrow screen:
// what is read or run now, then the bars, then the ends of lines.
func liveTable(run catalog.Run, now time.Time, width int, colour bool) []string {
	elapsed := time.Duration(run.Seconds * float64(time.Second))
	if run.FinishedAt == nil {
		elapsed = now.Sub(run.StartedAt)
	}
	head := fmt.Sprintf("run %s  %s  %s", run.ID, clockText(elapsed), run.Step)
	if run.FinishedAt != nil {
		head = fmt.Sprintf("run %s  %s  %s", run.ID, clockText(elapsed), run.State)
	}
	if run.CancelledBy != "" && run.FinishedAt == nil {
		head += "; cancel requested by " + run.CancelledBy
	}
	lines := []string{text.Trim(head, width)}
	nameWidth := 0
	for _, task := range run.Tasks {
		nameWidth = max(nameWidth, len(task.Name))
	}
	withBars := nameWidth+stateWidth+barWidth+countWidth+timeWidth+2*5 <= width
	for _, task := range run.Tasks {
		state := text.Pad(task.State, stateWidth, ' ')
		if colour {
			state = stateColours[task.State].Sprint(state)
		}
		cells := []string{text.Pad(task.Name, nameWidth, ' '), state}
		if withBars {
			cells = append(cells, progressBar(task, barWidth))
		}
		count, taken := "", ""
		if total := task.Files + task.Models; total > 0 {
			count = fmt.Sprintf("%d/%d", task.Done, total)
		}
		if task.StartedAt != nil {
			end := now
			if task.FinishedAt != nil {
				end = *task.FinishedAt
			}
			taken = clockText(end.Sub(*task.StartedAt))
		}
		cells = append(cells, text.AlignRight.Apply(count, countWidth), text.AlignRight.Apply(taken, timeWidth))
		if task.State == journal.Running {
			cells = append(cells, task.Now)
		}
		lines = append(lines, strings.TrimRight(text.Trim(strings.Join(cells, "  "), width), " "))
	}
	for _, retry := range run.Retries[max(0, len(run.Retries)-1):] {
		lines = append(lines, text.Trim(fmt.Sprintf("tried again (%d): %s: %s", len(run.Retries), retry.What, oneLine(retry.Error)), width))
	}
	hidden := max(0, len(run.Warnings)-mostWarnings)
	for _, warning := range run.Warnings[hidden:] {
		lines = append(lines, text.Trim("warning: "+oneLine(warning), width))
	}
	if hidden > 0 {
		lines = append(lines, text.Trim(fmt.Sprintf("and %d warnings before", hidden), width))
	}
	return lines
}

func oneLine(words string) string { return strings.Join(strings.Fields(words), " ") }

// progressBar is full when a task ended well: it says at its start how much it will do at most.
func progressBar(task catalog.Task, width int) string {
	filled := 0
	if total := task.Files + task.Models; total > 0 {
		filled = min(width, width*task.Done/total)
	}
	if task.State == journal.Succeeded || task.State == journal.UpToDate {
		filled = width
	}
	return strings.Repeat("█", filled) + strings.Repeat("░", width-filled)
}

// clockText writes a duration as people read a clock: 0:07, 12:30, 1:02:03.
func clockText(passed time.Duration) string {
	seconds := max(0, int(passed.Seconds()))
	if seconds < 3600 {
		return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
}
