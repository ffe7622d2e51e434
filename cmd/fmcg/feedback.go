package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	asking "github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/ask/feedback"
)

// feedbackFlags are what fmcg ask is told about answers.
type feedbackFlags struct {
	good, bad, review         bool
	accept, reject, query, by string
	note                      string
}

func (f *feedbackFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.good, "good", false, "keep that the answer is good; it then waits for a review")
	flags.BoolVar(&f.bad, "bad", false, "keep that the answer is bad")
	flags.StringVar(&f.note, "note", "", "why, with --good, --bad and --reject")
	flags.StringVar(&f.by, "by", "", "who says so; default: the user of the system")
	flags.BoolVar(&f.review, "review", false, "list what waits for a review")
	flags.StringVar(&f.accept, "accept", "", "with --review: make the question with this id a verified one")
	flags.StringVar(&f.reject, "reject", "", "with --review: close what has this id")
	flags.StringVar(&f.query, "query", "", "with --accept: the SQL that answers it, in place of its own")
}

// validate says what does not go together.
func (f *feedbackFlags) validate(question bool) error {
	switch {
	case f.good && f.bad:
		return errors.New("an answer is --good or --bad, not both")
	case f.review && (f.good || f.bad || question):
		return errors.New("--review takes no question and no verdict: fmcg ask --review [--accept ID | --reject ID]")
	case !f.review && (f.accept != "" || f.reject != ""):
		return errors.New("--accept and --reject belong to --review")
	case f.accept != "" && f.reject != "":
		return errors.New("one is accepted or rejected, not both")
	case f.query != "" && f.accept == "":
		return errors.New("--query belongs to --review --accept ID")
	case f.note != "" && !f.good && !f.bad && f.reject == "":
		return errors.New("--note belongs to --good, --bad or --reject")
	}
	return nil
}

func (a *app) feedbackStore() *feedback.Store { return feedback.Beside(a.settings.Warehouse, a.now) }

func (a *app) feedbackDesk(engine *asking.Engine) *feedback.Desk {
	return &feedback.Desk{Store: a.feedbackStore(), Engine: engine, Verified: a.verifiedFile()}
}

// misused marks the errors that whoever typed the command can mend.
func misused(err error) error {
	if errors.Is(err, feedback.ErrNotAnswered) || errors.Is(err, feedback.ErrUnknown) || errors.Is(err, feedback.ErrUnfit) {
		return usageError{err}
	}
	return err
}

// mark keeps a verdict on the answer to a question.
func (a *app) mark(ctx context.Context, desk *feedback.Desk, f feedbackFlags, question string, previous []string) error {
	mark := feedback.Mark{Verdict: feedback.Bad, Question: question, Previous: previous, By: cmp.Or(f.by, whoami()), Note: f.note}
	if f.good {
		mark.Verdict = feedback.Good
	}
	kept, err := desk.Record(ctx, mark)
	if err != nil {
		return misused(err)
	}
	if a.settings.Format == formatJSON {
		return printJSON(a.stdout, kept)
	}
	fmt.Fprintf(a.stdout, "Marked %s by %s, %s: %s\n", kept.Verdict, kept.By, kept.At.Format(time.RFC3339), kept.Question)
	for _, before := range kept.Previous {
		fmt.Fprintf(a.stdout, "  after: %s\n", before)
	}
	if kept.Note != "" {
		fmt.Fprintf(a.stdout, "  note: %s\n", kept.Note)
	}
	switch {
	case kept.Status != asking.StatusAnswered:
		fmt.Fprintf(a.stdout, "  it is not answered: %s\n", kept.Status)
	case kept.SQL != "":
		fmt.Fprintf(a.stdout, "  SQL: %s\n", kept.SQL)
	}
	switch {
	case kept.Verdict == feedback.Good && kept.Source == asking.SourceVerified:
		fmt.Fprintln(a.stdout, "It is a verified question already.")
	case kept.Verdict == feedback.Good && kept.SQL == "":
		fmt.Fprintln(a.stdout, "It is answered without SQL, so that there is nothing to review.")
	default:
		fmt.Fprintf(a.stdout, "It waits for an engineer's review as %s: fmcg ask --review\n", kept.ID)
	}
	return nil
}

// listWaiting shows what waits for a review. It needs no published file.
func (a *app) listWaiting() error {
	store := a.feedbackStore()
	book, err := store.Read()
	if err != nil {
		return err
	}
	if len(book.Broken) > 0 {
		fmt.Fprintf(a.stderr, "lines that cannot be read are left out of %s: %s\n", store.Path, strings.Trim(fmt.Sprint(book.Broken), "[]"))
	}
	items := book.Waiting()
	if a.settings.Format == formatJSON {
		return printJSON(a.stdout, map[string]any{"waiting": items, "broken_lines": append([]int{}, book.Broken...)})
	}
	if len(items) == 0 {
		fmt.Fprintln(a.stdout, "Nothing waits for a review.")
		return nil
	}
	for i, item := range items {
		if i == 0 || items[i-1].Verdict != item.Verdict {
			fmt.Fprintln(a.stdout, map[feedback.Verdict]string{
				feedback.Good: "Marked good, to become verified questions:", feedback.Bad: "Marked bad:"}[item.Verdict])
		}
		a.printItem(item)
	}
	fmt.Fprintln(a.stdout, "\nfmcg ask --review --accept ID makes one a verified question (--query SQL with other SQL), --reject ID closes it.")
	return nil
}

func (a *app) printItem(item feedback.Item) {
	times := ""
	if item.Times > 1 {
		times = fmt.Sprintf(" (%d times)", item.Times)
	}
	fmt.Fprintf(a.stdout, "  %s  %s%s\n", item.ID, item.Question, times)
	for _, before := range item.Previous {
		fmt.Fprintf(a.stdout, "      after: %s\n", before)
	}
	if item.SQL == "" {
		fmt.Fprintf(a.stdout, "      it was not answered: %s\n", item.Status)
	} else {
		fmt.Fprintf(a.stdout, "      SQL (%s): %s\n", item.Source, item.SQL)
	}
	for _, note := range item.Notes {
		fmt.Fprintf(a.stdout, "      note: %s\n", note)
	}
	fmt.Fprintf(a.stdout, "      by %s, last %s\n", strings.Join(item.By, ", "), ago(a.now(), item.Last))
}

// decide accepts or rejects one. What is accepted is shown first as it will be answered.
func (a *app) decide(ctx context.Context, desk *feedback.Desk, f feedbackFlags) error {
	by := cmp.Or(f.by, whoami())
	if f.reject != "" {
		item, err := desk.Store.Reject(ctx, f.reject, by, f.note)
		if err != nil {
			return misused(err)
		}
		if a.settings.Format == formatJSON {
			return printJSON(a.stdout, map[string]any{"rejected": item})
		}
		fmt.Fprintf(a.stdout, "Rejected: %s\n", item.Question)
		return nil
	}
	proposed, err := desk.Propose(ctx, f.accept, f.query)
	if err != nil {
		return misused(err)
	}
	if a.settings.Format != formatJSON {
		printAnswer(a.stdout, proposed.Answer, proposed.Item.Previous)
		fmt.Fprintln(a.stdout)
	}
	accepted, err := desk.Accept(ctx, proposed, by)
	if err != nil {
		return misused(err)
	}
	if a.settings.Format == formatJSON {
		return printJSON(a.stdout, map[string]any{"accepted": accepted, "answer": proposed.Answer, "file": desk.Verified})
	}
	fmt.Fprintf(a.stdout, "Verified by %s: %s\nIt is in %s.\n", accepted.ReviewedBy, accepted.Question, desk.Verified)
	return nil
}
