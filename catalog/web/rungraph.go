package web

import (
	"fmt"
	"slices"

	"github.com/fmcg/fmcg/catalog"
)

// graph is the tasks of the job as boxes and arrows, from left to right.
type graph struct {
	Width, Height int
	Boxes         []box
	Arrows        []string // paths
}

// box is a task at its place.
type box struct {
	Name, Label, State string // State is "" where the graph is of no run
	X, Y               int
}

// Sizes of a graph.
const (
	boxWidth  = 224
	boxHeight = 52
	gapAcross = 48
	gapDown   = 16
	mostLabel = 28 // letters
)

// TextX and TextY are where the label of a box begins.
func (b box) TextX() int { return b.X + 12 }

// TextY is the line of the label.
func (b box) TextY() int {
	if b.State == "" {
		return b.Y + 31
	}
	return b.Y + 22
}

// StateY is the line of the state.
func (b box) StateY() int { return b.Y + 41 }

// BoxWidth and BoxHeight are the size of each box.
func (graph) BoxWidth() int { return boxWidth }

// BoxHeight is the height of each box.
func (graph) BoxHeight() int { return boxHeight }

// drawGraph puts the tasks in columns, each right of all that it needs, and in rows in which no arrow runs through a box. No
// arrow says what others say together: a task that is needed by another that is needed.
func drawGraph(job catalog.Job, states map[string]string) graph {
	var drawn graph
	needs := map[string][]string{}
	for _, task := range job.Tasks {
		needs[task.Name] = task.Needs
	}
	direct := func(needed, by string) bool {
		return job.Depth(needed) < job.Depth(by) && !slices.ContainsFunc(needs[by], func(other string) bool { return other != needed && slices.Contains(needs[other], needed) })
	}
	at, taken := map[string]box{}, map[[2]int]bool{}
	for _, task := range job.Tasks {
		column := job.Depth(task.Name)
		until := column // its arrows run to here
		for _, other := range job.Tasks {
			if slices.Contains(other.Needs, task.Name) && direct(task.Name, other.Name) {
				until = max(until, job.Depth(other.Name)-1)
			}
		}
		row := 0
		for taken[[2]int{column, row}] {
			row++
		}
		for i := column; i <= until; i++ {
			taken[[2]int{i, row}] = true
		}
		b := box{Name: task.Name, Label: shorten(task.Name, mostLabel), State: states[task.Name], X: column * (boxWidth + gapAcross), Y: row * (boxHeight + gapDown)}
		at[task.Name] = b
		drawn.Boxes = append(drawn.Boxes, b)
		drawn.Width, drawn.Height = max(drawn.Width, b.X+boxWidth), max(drawn.Height, b.Y+boxHeight)
	}
	for _, task := range job.Tasks {
		for _, needed := range task.Needs {
			if direct(needed, task.Name) {
				from, to := at[needed], at[task.Name]
				y1, y2, bend := from.Y+boxHeight/2, to.Y+boxHeight/2, to.X-gapAcross/2
				drawn.Arrows = append(drawn.Arrows, fmt.Sprintf("M%d %dH%dC%d %d %d %d %d %d", from.X+boxWidth, y1, to.X-gapAcross, bend, y1, bend, y2, to.X-2, y2))
			}
		}
	}
	return drawn
}

func shorten(text string, most int) string {
	letters := []rune(text)
	if len(letters) <= most {
		return text
	}
	return string(letters[:most-1]) + "…"
}

// bar is when a task ran, in thousandths of its run.
type bar struct{ From, Width int }

func barOf(run catalog.Run, task catalog.Task) bar {
	end := run.LastEventAt
	if run.FinishedAt != nil {
		end = *run.FinishedAt
	}
	whole := end.Sub(run.StartedAt)
	if task.StartedAt == nil || whole <= 0 {
		return bar{}
	}
	if task.FinishedAt != nil {
		end = *task.FinishedAt
	}
	const all, least = 1000, 4
	from := min(all-least, max(0, int(all*task.StartedAt.Sub(run.StartedAt)/whole)))
	return bar{from, max(least, min(all-from, int(all*end.Sub(*task.StartedAt)/whole)))}
}
