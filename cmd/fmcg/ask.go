package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	asking "github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/ask/draft"
	"github.com/fmcg/fmcg/catalog/guard"
	"github.com/fmcg/fmcg/catalog/semantic"
)

func (a *app) askCommand() *cobra.Command {
	var previous []string
	var benchmark string
	var complete, lint bool
	var marks feedbackFlags
	command := &cobra.Command{
		Use:   "ask QUESTION",
		Short: "Answer a question in plain English or French from the published file",
		Long: "Answers a question about the sales, in English or French, with a sentence, a table, a chart and the SQL. Every word is\n" +
			"accounted for, or the question is asked back. --previous gives the questions before a follow-up, oldest first:\n" +
			"  fmcg ask \"revenue by channel in 2025\"\n" +
			"  fmcg ask --previous \"revenue by channel in 2025\" \"and for 2024?\"\n" +
			"A question that is asked back or refused exits 0 too; see \"status\" in --format json. A language model that is configured\n" +
			"(ask in fmcg.yaml, off by default) may draft how a question is read that would be asked back; the answer says so.\n\n" +
			"--good and --bad keep what you think of an answer beside the warehouse. --review lists what waits; --review --accept ID\n" +
			"makes a question a verified one, which is then answered by its SQL.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 && benchmark == "" && !lint && !marks.review {
				return fmt.Errorf("a question is missing: fmcg ask \"revenue by quarter\"")
			}
			return marks.validate(len(args) > 0)
		},
		RunE: func(command *cobra.Command, args []string) error {
			ctx := command.Context()
			if marks.review && marks.accept+marks.reject == "" {
				return a.listWaiting()
			}
			db, err := guard.Open(ctx, a.settings.Warehouse, guard.Limits{})
			if err != nil {
				return usageError{err}
			}
			defer func() { _ = db.Close() }()
			words, err := a.semanticModel()
			if err != nil {
				return usageError{err}
			}
			if lint {
				return a.lintModel(ctx, db, words)
			}
			drafter, err := a.drafter()
			if err != nil {
				return usageError{err}
			}
			engine, err := asking.New(ctx, db, words, asking.Config{Indian: a.settings.Indian, Now: a.now, Drafter: drafter})
			if err != nil {
				return err
			}
			question := strings.Join(args, " ")
			switch {
			case marks.review:
				return a.decide(ctx, a.feedbackDesk(engine), marks)
			case marks.good || marks.bad:
				return a.mark(ctx, a.feedbackDesk(engine), marks, question, previous)
			case benchmark != "":
				if benchmark == benchmarkVerified && question != "" { // --benchmark FILE
					benchmark = question
				}
				return a.benchmarkQuestions(ctx, engine, benchmark)
			case complete:
				next := engine.Complete(question)
				if a.settings.Format == formatJSON {
					return printJSON(a.stdout, next)
				}
				for _, word := range next {
					fmt.Fprintln(a.stdout, word)
				}
				return nil
			}
			answer, err := engine.Ask(ctx, question, previous...)
			if err != nil {
				return err
			}
			if a.settings.Format == formatJSON {
				return printJSON(a.stdout, answer)
			}
			printAnswer(a.stdout, answer, previous)
			return nil
		},
	}
	flags := command.Flags()
	flags.StringArrayVar(&previous, "previous", nil, "a question before a follow-up, repeatable, oldest first")
	flags.String("model", "", "a metric view to ask instead of the built-in one")
	flags.String("verified", "", "file of verified questions; default: fmcg.verified.yaml beside the published file")
	flags.StringVar(&benchmark, "benchmark", "", "run a FILE of questions with their SQL, one JSON object a line, and print the accuracy; without one, ask the verified questions of the grammar alone")
	flags.Lookup("benchmark").NoOptDefVal = benchmarkVerified
	marks.add(flags)
	flags.BoolVar(&complete, "complete", false, "words that can come next, instead of an answer")
	flags.BoolVar(&lint, "lint", false, "check the measures, dimensions and words against the published view")
	flags.Bool("indian", false, "figures in lakh and crore")
	return command
}

// drafter is the language model that is configured, nil if none is.
func (a *app) drafter() (*asking.Drafter, error) {
	config := a.settings.Ask
	if !config.On() {
		return nil, nil
	}
	client, err := draft.New(config, os.Getenv(draft.KeyVariable))
	if err != nil {
		return nil, err
	}
	return &asking.Drafter{Model: config.Model, Draft: client.Draft, Log: a.log}, nil
}

// lintModel prints what does not fit between the model and the view.
func (a *app) lintModel(ctx context.Context, db *guard.DB, model *semantic.Model) error {
	findings, err := semantic.Lint(ctx, db, model)
	if err != nil {
		return err
	}
	for _, finding := range findings {
		fmt.Fprintf(a.stdout, "%s: %s\n", finding.Subject, finding.Problem)
	}
	if len(findings) > 0 {
		return fmt.Errorf("%d mistakes in the semantic model", len(findings))
	}
	fmt.Fprintln(a.stdout, "The semantic model fits the view.")
	return nil
}

// benchmarkVerified stands for the verified questions in place of a file.
const benchmarkVerified = "verified"

// benchmarkQuestions runs a question file, or the verified questions, and prints what came of it.
func (a *app) benchmarkQuestions(ctx context.Context, engine *asking.Engine, file string) error {
	run := func(ctx context.Context) (asking.Report, error) { return engine.Benchmark(ctx, file) }
	if file == benchmarkVerified {
		run = engine.BenchmarkVerified
	}
	report, err := run(ctx)
	if err != nil {
		return err
	}
	if a.settings.Format == formatJSON {
		return printJSON(a.stdout, report)
	}
	for _, failure := range report.Failures {
		fmt.Fprintf(a.stdout, "%s %s\n    %s\n", failure.ID, failure.Question, failure.Why)
		if failure.SQL != "" {
			fmt.Fprintf(a.stdout, "    %s\n", failure.SQL)
		}
	}
	for _, by := range []string{"kind", "language"} {
		var rows [][]any
		for _, group := range report.Groups {
			if group.By == by {
				rows = append(rows, []any{cmp.Or(group.Name, "-"), group.Right, group.Asked, fmt.Sprintf("%.1f", 100*float64(group.Right)/float64(group.Asked)),
					group.WrongAnswers, group.NotAnswered})
			}
		}
		printTable(a.stdout, []string{by, "right", "asked", "%", "wrong answers", "not answered"}, rows)
	}
	fmt.Fprintf(a.stdout, "accuracy %d of %d; wrong answers %d, not answered although answerable %d; p50 %.1f ms, p95 %.1f ms a question\n",
		report.Right, report.Asked, report.WrongAnswers, report.NotAnswered, report.P50, report.P95)
	return nil
}

// printAnswer writes an answer for people.
func printAnswer(out io.Writer, answer asking.Answer, previous []string) {
	french := answer.Language == "fr"
	say := func(en, fr string) string {
		if french {
			return fr
		}
		return en
	}
	fmt.Fprintln(out, answer.Text)
	if len(answer.Choices) > 0 {
		fmt.Fprintln(out)
		before := ""
		for _, question := range previous {
			before += fmt.Sprintf("--previous %q ", question)
		}
		for _, choice := range answer.Choices {
			fmt.Fprintf(out, "  fmcg ask %s%q\n", before, choice.Question)
		}
	}
	if answer.Status != asking.StatusAnswered {
		for _, assumption := range answer.Assumptions {
			fmt.Fprintf(out, "\n%s.\n", assumption)
		}
		return
	}
	fmt.Fprintln(out)
	labels := make([]string, len(answer.Columns))
	for i, column := range answer.Columns {
		labels[i] = column.Label
		if column.Unit != "" && column.Unit != strings.ToLower(column.Label) {
			labels[i] += " (" + column.Unit + ")"
		}
	}
	rows := make([][]any, len(answer.Rows))
	for i, row := range answer.Rows {
		rows[i] = make([]any, len(row))
		for j, value := range row {
			rows[i][j] = shown(value, answer.Columns[j])
		}
	}
	printTable(out, labels, rows)
	printChart(out, answer)
	fmt.Fprintf(out, "\n%s %s\n", say("Understood:", "Compris :"), answer.Understood)
	for _, assumption := range answer.Assumptions {
		fmt.Fprintf(out, "  %s\n", assumption)
	}
	if answer.SQL != "" {
		fmt.Fprintf(out, "SQL: %s\n", answer.SQL)
	}
	source := answer.Source
	if answer.Drafter != "" {
		source = fmt.Sprintf(say("drafted by the language model %s", "proposé par le modèle de langage %s"), answer.Drafter)
	}
	fmt.Fprintf(out, "%s %s (%s), %s %s, run %s\n", say("From", "D'après"), answer.Data.View, source, say("refreshed", "mis à jour"), answer.Data.PublishedAt, answer.Data.RunID)
	for _, next := range answer.Suggestions {
		fmt.Fprintf(out, "  fmcg ask %q\n", next)
	}
}

// shown is a cell with its digits grouped, rounded for reading.
func shown(value any, column asking.Column) any {
	switch v := value.(type) {
	case float64:
		return grouped(fmt.Sprintf("%.2f", v))
	case json.Number:
		return grouped(v.String())
	case int64:
		if column.Name != "year" {
			return thousands(v)
		}
	}
	return value
}

const chartWidth = 40

// printChart draws one bar a row of the first figure of the chart, for the kinds that bars can stand for.
func printChart(out io.Writer, answer asking.Answer) {
	if answer.Chart == nil || len(answer.Chart.Y) == 0 || len(answer.Rows) < 2 || len(answer.Rows) > 60 {
		return
	}
	switch answer.Chart.Kind {
	case "counter", "table":
		return
	}
	at := -1
	var labelled []int
	for i, column := range answer.Columns {
		switch column.Name {
		case answer.Chart.Y[0]:
			at = i
		case answer.Chart.X, answer.Chart.Series:
			labelled = append(labelled, i)
		}
	}
	if at < 0 {
		return
	}
	values := make([]float64, len(answer.Rows))
	labels := make([]string, len(answer.Rows))
	most, wide := 0.0, 0
	for i, row := range answer.Rows {
		values[i] = barLength(row[at])
		most = max(most, values[i], -values[i])
		var parts []string
		for _, l := range labelled {
			parts = append(parts, fmt.Sprint(row[l]))
		}
		labels[i] = strings.Join(parts, " ")
		wide = max(wide, len([]rune(labels[i])))
	}
	if most == 0 {
		return
	}
	fmt.Fprintln(out)
	for i, value := range values {
		size := value / most * chartWidth
		bar := strings.Repeat("█", int(max(size, 0)))
		if value < 0 {
			bar = strings.Repeat("░", int(-size))
		}
		fmt.Fprintf(out, "  %s%s %s\n", labels[i], strings.Repeat(" ", wide-len([]rune(labels[i]))), bar)
	}
}

func barLength(value any) float64 {
	switch v := value.(type) {
	case json.Number:
		n, _ := v.Float64()
		return n
	case float64:
		return v
	case int64:
		return float64(v)
	case int32:
		return float64(v)
	}
	return 0
}
