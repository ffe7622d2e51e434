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
	By           string `json:"by"` // kind or language
	Name         string `json:"name"`
	Asked        int    `json:"asked"`
	Right        int    `json:"right"`
	WrongAnswers int    `json:"wrong_answers"`
	NotAnswered  int    `json:"not_answered"`
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
	run := newBenchmark()
	for _, c := range cases {
		var previous []string
		for before := c.Previous; before != ""; before = byID[before].Previous {
			if _, known := byID[before]; !known {
				return run.Report, fmt.Errorf("%s: %s follows %s, which is not there", file, c.ID, before)
			}
			previous = append([]string{byID[before].Question}, previous...)
		}
		if err := run.ask(ctx, e, c, previous); err != nil {
			return run.Report, fmt.Errorf("%s %s: %w", file, c.ID, err)
		}
	}
	return run.report(), nil
}

// BenchmarkVerified asks the model's verified questions of the grammar alone, which does not see their SQL.
func (e *Engine) BenchmarkVerified(ctx context.Context) (Report, error) {
	alone := *e
	alone.verified, alone.drafting = nil, nil
	run := newBenchmark()
	for _, v := range e.Model.Verified {
		for _, wording := range v.Wordings() {
			c := Case{ID: v.Place, Language: v.Language, Kind: "verified", Question: wording, Status: StatusAnswered, SQL: v.SQL}
			if err := run.ask(ctx, &alone, c, v.Previous); err != nil {
				return run.Report, fmt.Errorf("%s: %w", v.Place, err)
			}
		}
	}
	return run.report(), nil
}

// benchmark gathers how questions went.
type benchmark struct {
	Report
	groups map[[2]string]*Group
	took   []float64 // milliseconds
}

func newBenchmark() *benchmark {
	return &benchmark{Report: Report{Failures: []Failure{}}, groups: map[[2]string]*Group{}}
}

// ask asks a question and notes how it went.
func (r *benchmark) ask(ctx context.Context, e *Engine, c Case, previous []string) error {
	started := e.now()
	answer, err := e.Ask(ctx, c.Question, previous...)
	r.took = append(r.took, float64(e.now().Sub(started))/float64(time.Millisecond))
	why, failed := "", err != nil
	if failed {
		why = err.Error()
	} else if why, err = e.judge(ctx, c, answer); err != nil {
		return err
	}
	var right, wrong, silent int
	switch {
	case why == "":
		right = 1
	case failed:
		silent = 1
	case answer.Status == StatusAnswered:
		wrong = 1
		why = "WRONG ANSWER: " + why
	case c.Status == StatusAnswered:
		silent = 1
		why += ": " + answer.Text
	}
	r.Asked, r.Right, r.WrongAnswers, r.NotAnswered = r.Asked+1, r.Right+right, r.WrongAnswers+wrong, r.NotAnswered+silent
	for _, key := range [][2]string{{"kind", c.Kind}, {"language", c.Language}} {
		g := r.groups[key]
		if g == nil {
			g = &Group{By: key[0], Name: key[1]}
			r.groups[key] = g
		}
		g.Asked, g.Right, g.WrongAnswers, g.NotAnswered = g.Asked+1, g.Right+right, g.WrongAnswers+wrong, g.NotAnswered+silent
	}
	if why != "" {
		r.Failures = append(r.Failures, Failure{c.ID, c.Question, why, answer.SQL})
	}
	return nil
}

// report puts the groups in order and finds the median and the 95th percentile of the time.
func (r *benchmark) report() Report {
	for _, g := range r.groups {
		r.Groups = append(r.Groups, *g)
	}
	slices.SortFunc(r.Groups, func(a, b Group) int { return cmp.Or(cmp.Compare(a.By, b.By), cmp.Compare(a.Name, b.Name)) })
	slices.Sort(r.took)
	if len(r.took) > 0 {
		r.P50, r.P95 = r.took[len(r.took)/2], r.took[min(len(r.took)-1, len(r.took)*95/100)]
	}
	return r.Report
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
		_, missing := pick(gold.Columns, gold.Rows, answer.Rows, c.Ordered)
		if missing == "" {
			return "", nil
		}
		why = cmp.Or(why, missing)
	}
	return why, nil
}

// pick finds the columns of rows that hold the values of the expected ones, and says which is missing, if one is. Rows are
// compared in order where that matters, else as a set.
func pick(columns []string, gold, rows [][]any, ordered bool) (picked []int, missing string) {
	if len(gold) != len(rows) {
		return nil, fmt.Sprintf("%d rows, expected %d", len(rows), len(gold))
	}
	if len(rows) == 0 {
		return nil, ""
	}
	picked = make([]int, len(columns))
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
			return nil, "no column holds the values of " + name
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
		return nil, "the columns do not line up in the rows"
	}
	return picked, ""
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
