package ask

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Case is a question of a question file.
type Case struct {
	ID           string   `json:"id"`
	Language     string   `json:"lang"`
	Kind         string   `json:"kind"`
	Question     string   `json:"question"`
	Previous     string   `json:"previous"` // the id of the question before a follow-up
	Status       string   `json:"status"`
	SQL          string   `json:"gold_sql"`
	Alternatives []string `json:"gold_sql_alternatives"`
	Ordered      bool     `json:"ordered"`
}

// Report is how a question file went.
type Report struct {
	Asked        int       `json:"asked"`
	Right        int       `json:"right"`
	WrongAnswers int       `json:"wrong_answers"` // answered, and not with the expected result
	NotAnswered  int       `json:"not_answered"`  // asked back or refused although there is an answer
	P50          float64   `json:"p50_ms"`
	P95          float64   `json:"p95_ms"`
	Groups       []Group   `json:"groups"`
	Failures     []Failure `json:"failures"`
}

// Group is how the questions of a kind or language went.
type Group struct {
	Name  string `json:"name"`
	Asked int    `json:"asked"`
	Right int    `json:"right"`
}

// Failure is a question that did not get what was expected.
type Failure struct {
	ID       string `json:"id"`
	Question string `json:"question"`
	Why      string `json:"why"`
	SQL      string `json:"sql"`
}

// Cases reads a question file: one JSON object a line.
func Cases(file string) ([]Case, error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	var cases []Case
	scanner := bufio.NewScanner(in)
	scanner.Buffer(nil, 1<<20)
	for line := 1; scanner.Scan(); line++ {
		if strings.TrimSpace(scanner.Text()) == "" {
			continue
		}
		var c Case
		if err := json.Unmarshal(scanner.Bytes(), &c); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, line, err)
		}
		c.ID = cmp.Or(c.ID, strconv.Itoa(line))
		cases = append(cases, c)
	}
	return cases, scanner.Err()
}

// Benchmark asks all questions of a file and compares statuses and results.
func (e *Engine) Benchmark(ctx context.Context, file string) (Report, error) {
	cases, err := Cases(file)
	if err != nil {
		return Report{}, err
	}
	byID := map[string]Case{}
	for _, c := range cases {
		byID[c.ID] = c
	}
	report := Report{Failures: []Failure{}}
	groups := map[string]*Group{}
	var took []float64
	for _, c := range cases {
		var previous []string
		for before := c.Previous; before != ""; before = byID[before].Previous {
			if _, known := byID[before]; !known {
				return report, fmt.Errorf("%s: %s follows %s, which is not there", file, c.ID, before)
			}
			previous = append([]string{byID[before].Question}, previous...)
		}
		started := e.now()
		answer, err := e.Ask(ctx, c.Question, previous...)
		took = append(took, float64(e.now().Sub(started))/float64(time.Millisecond))
		why := ""
		if err != nil {
			why = err.Error()
		} else if why, err = e.judge(ctx, c, answer); err != nil {
			return report, fmt.Errorf("%s %s: %w", file, c.ID, err)
		}
		report.Asked++
		for _, name := range []string{c.Kind, c.Language} {
			g := groups[name]
			if g == nil {
				g = &Group{Name: name}
				groups[name] = g
			}
			g.Asked++
			if why == "" {
				g.Right++
			}
		}
		switch {
		case why == "":
			report.Right++
			continue
		case answer.Status == StatusAnswered:
			report.WrongAnswers++
			why = "WRONG ANSWER: " + why
		case c.Status == StatusAnswered:
			report.NotAnswered++
			why += ": " + answer.Text
		}
		report.Failures = append(report.Failures, Failure{c.ID, c.Question, why, answer.SQL})
	}
	for _, g := range groups {
		report.Groups = append(report.Groups, *g)
	}
	slices.SortFunc(report.Groups, func(a, b Group) int { return cmp.Compare(a.Name, b.Name) })
	slices.Sort(took)
	if len(took) > 0 {
		report.P50, report.P95 = took[len(took)/2], took[min(len(took)-1, len(took)*95/100)]
	}
	return report, nil
}

// judge says why an answer is wrong, or nothing.
func (e *Engine) judge(ctx context.Context, c Case, answer Answer) (string, error) {
	if answer.Status != c.Status {
		return "status " + answer.Status + ", expected " + c.Status, nil
	}
	if c.Status != StatusAnswered {
		return "", nil
	}
	why := ""
	for _, sql := range append([]string{c.SQL}, c.Alternatives...) {
		gold, err := e.db.Query(ctx, sql)
		if err != nil {
			return "", err
		}
		missing := holds(gold.Columns, gold.Rows, answer.Rows, c.Ordered)
		if missing == "" {
			return "", nil
		}
		why = cmp.Or(why, missing)
	}
	return why, nil
}

// holds says which expected column an answer lacks, if any. Rows are compared in order where that matters, else as a set.
func holds(columns []string, gold, rows [][]any, ordered bool) string {
	if len(gold) != len(rows) {
		return fmt.Sprintf("%d rows, expected %d", len(rows), len(gold))
	}
	if len(rows) == 0 {
		return ""
	}
	picked := make([]int, len(columns))
	for i, name := range columns {
		picked[i] = -1
		want := column(gold, i, ordered)
		for j := range rows[0] {
			if !slices.Contains(picked[:i], j) && alike(want, column(rows, j, ordered)) {
				picked[i] = j
				break
			}
		}
		if picked[i] < 0 {
			return "no column holds the values of " + name
		}
	}
	lines := func(from [][]any, pick []int) []string {
		var out []string
		for _, row := range from {
			line := ""
			for _, j := range pick {
				line += canonical(row[j]) + "|"
			}
			out = append(out, line)
		}
		if !ordered {
			slices.Sort(out)
		}
		return out
	}
	all := make([]int, len(columns))
	for i := range all {
		all[i] = i
	}
	if !slices.Equal(lines(gold, all), lines(rows, picked)) {
		return "the columns do not line up in the rows"
	}
	return ""
}

func column(rows [][]any, at int, ordered bool) []string {
	out := make([]string, len(rows))
	for i, row := range rows {
		out[i] = canonical(row[at])
	}
	if !ordered {
		slices.Sort(out)
	}
	return out
}

func alike(a, b []string) bool { return slices.Equal(a, b) }

// canonical is a value to six digits, so that it compares as text.
func canonical(value any) string {
	if n, ok := toNumber(value); ok {
		return significant(n)
	}
	text := fmt.Sprint(value)
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		return significant(n)
	}
	if value == nil {
		return ""
	}
	return strings.ToLower(text)
}

func significant(n float64) string {
	if math.Abs(n) < 1e-9 {
		return "0"
	}
	return strconv.FormatFloat(n, 'g', 6, 64)
}
