package feedback_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/ask/asktest"
	"github.com/fmcg/fmcg/catalog/ask/feedback"
	"github.com/fmcg/fmcg/catalog/guard"
	"github.com/fmcg/fmcg/catalog/semantic"
)

// Some laws are about processes: this test binary runs itself as a writer to the store of this warehouse.
const writerVariable = "FMCG_TEST_FEEDBACK"

const each = 40 // verdicts that a writer gives

func TestMain(m *testing.M) {
	if warehouse := os.Getenv(writerVariable); warehouse != "" {
		if err := write(warehouse, fmt.Sprint(os.Getpid())); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

func write(warehouse, by string) error {
	store := feedback.Beside(warehouse, time.Now)
	for i := range each {
		if _, err := store.Record(context.Background(), feedback.Feedback{By: by, Verdict: feedback.Bad, Question: fmt.Sprintf("question %d? %s", i, strings.Repeat("é", 3000))}); err != nil {
			return err
		}
	}
	return nil
}

// today is what the clock of a test shows.
func today() time.Time { return time.Date(2026, 1, 31, 10, 0, 0, 0, time.UTC) }

func read(t *testing.T, store *feedback.Store) feedback.Book {
	t.Helper()
	book, err := store.Read()
	if err != nil {
		t.Fatal(err)
	}
	return book
}

func TestWhatSeveralProcessesAndRoutinesRecordAtOnceIsAllKept(t *testing.T) {
	warehouse := filepath.Join(t.TempDir(), "fmcg.duckdb")
	var writers sync.WaitGroup
	for i := range 3 {
		writers.Go(func() {
			command := exec.CommandContext(t.Context(), os.Args[0])
			command.Env = append(os.Environ(), writerVariable+"="+warehouse)
			if output, err := command.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, output)
			}
		})
		writers.Go(func() {
			if err := write(warehouse, fmt.Sprint("routine ", i)); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	book := read(t, feedback.Beside(warehouse, today))
	ids, by := map[string]bool{}, map[string]int{}
	for _, f := range book.Feedback {
		ids[f.ID] = true
		by[f.By]++
	}
	if len(book.Feedback) != 6*each || len(ids) != 6*each || len(by) != 6 || len(book.Broken) > 0 {
		t.Errorf("%d verdicts, %d ids, by %v, broken lines %v", len(book.Feedback), len(ids), by, book.Broken)
	}
	if waiting := book.Waiting(); len(waiting) != each || waiting[0].Times != 6 {
		t.Errorf("%d items wait", len(waiting))
	}
}

func TestALineThatWasCutOffLosesNoOther(t *testing.T) {
	store := feedback.Beside(filepath.Join(t.TempDir(), "fmcg.duckdb"), today)
	first, err := store.Record(t.Context(), feedback.Feedback{By: "anna", Verdict: feedback.Bad, Question: "first"})
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(store.Path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(content) - 1 {
		if err := os.WriteFile(store.Path, append(append([]byte{}, content...), content[:cut+1]...), 0o600); err != nil {
			t.Fatal(err)
		}
		second, err := store.Record(t.Context(), feedback.Feedback{By: "anna", Verdict: feedback.Bad, Question: "second"})
		if err != nil {
			t.Fatal(err)
		}
		book := read(t, store)
		if cut == len(content)-2 { // all but the line's end: it can be read
			book.Feedback = book.Feedback[1:]
			book.Broken = append(book.Broken, 2)
		}
		if diff := cmp.Diff(feedback.Book{Feedback: []feedback.Feedback{first, second}, Broken: []int{2}}, book); diff != "" {
			t.Fatalf("cut at %d: %s", cut, diff)
		}
	}
}

func TestAStoreWithoutAFileIsEmptyAndAForeignLineIsNamed(t *testing.T) {
	store := feedback.Beside(filepath.Join(t.TempDir(), "fmcg.duckdb"), today)
	if diff := cmp.Diff(feedback.Book{}, read(t, store)); diff != "" {
		t.Error(diff)
	}
	if err := os.WriteFile(store.Path, []byte("{}\n\n{\"feedback\":{\"question\":\"no id\"}}\nnonsense\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(feedback.Book{Broken: []int{1, 3, 4}}, read(t, store)); diff != "" {
		t.Error(diff)
	}
}

// desk is one over the published file of package ask's tests.
func desk(t *testing.T) *feedback.Desk {
	t.Helper()
	path := asktest.File(t)
	db, err := guard.Open(t.Context(), path, guard.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	model, err := semantic.Open("")
	if err != nil {
		t.Fatal(err)
	}
	engine, err := ask.New(t.Context(), db, model, ask.Config{Now: today})
	if err != nil {
		t.Fatal(err)
	}
	return &feedback.Desk{Store: feedback.Beside(path, today), Engine: engine, Verified: filepath.Join(filepath.Dir(path), "verified.yaml")}
}

func mark(t *testing.T, d *feedback.Desk, verdict feedback.Verdict, question string, previous ...string) feedback.Feedback {
	t.Helper()
	kept, err := d.Record(t.Context(), feedback.Mark{Verdict: verdict, Question: question, Previous: previous, By: "anna"})
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

func TestAnAcceptedQuestionIsWrittenAndAllThatWaitsOnItIsClosed(t *testing.T) {
	d := desk(t)
	good := mark(t, d, feedback.Good, "CA par canal", "CA en 2025") // no follow-up: it stands on its own
	other := mark(t, d, feedback.Good, "quantity by platform")
	follow := mark(t, d, feedback.Good, "and by platform?", "revenue in 2025")
	bad := mark(t, d, feedback.Bad, "Quantity by platform!")
	for _, id := range []string{other.ID, follow.ID[:7]} {
		proposed, err := d.Propose(t.Context(), id, "")
		if err != nil {
			t.Fatal(err)
		}
		if proposed.Answer.Source != ask.SourceVerified || len(proposed.Answer.Rows) == 0 {
			t.Errorf("%+v", proposed.Answer)
		}
		if _, err := d.Accept(t.Context(), proposed, "berta"); err != nil {
			t.Fatal(err)
		}
	}
	model := semantic.Model{}
	if err := model.AddVerified(d.Verified); err != nil {
		t.Fatal(err)
	}
	want := []semantic.Verified{
		{Question: "quantity by platform", Language: "en", SQL: other.SQL, ReviewedBy: "berta", ReviewedAt: "2026-01-31T10:00:00Z", Place: d.Verified + ":4"},
		{Question: "and by platform?", Language: "en", Previous: []string{"revenue in 2025"}, SQL: follow.SQL, ReviewedBy: "berta", ReviewedAt: "2026-01-31T10:00:00Z", Place: d.Verified + ":9"},
	}
	if diff := cmp.Diff(want, model.Verified); diff != "" {
		t.Error(diff)
	}
	book := read(t, d.Store)
	if waiting := book.Waiting(); len(waiting) != 1 || waiting[0].ID != good.ID {
		t.Errorf("%v wait", waiting)
	}
	if got, want := book.Reviews[0].IDs, []string{other.ID, bad.ID}; !cmp.Equal(got, want) {
		t.Errorf("closed %v, want %v", got, want)
	}
}

func TestWhatIsUnfitIsNotAcceptedAndWritesNothing(t *testing.T) {
	d := desk(t)
	good := mark(t, d, feedback.Good, "revenue by channel").ID
	moving := mark(t, d, feedback.Good, "revenue last month").ID
	bad := mark(t, d, feedback.Bad, "profit by channel").ID
	taken := mark(t, d, feedback.Bad, "total revenues by year").ID // verified in the model
	const from = " from gold.vw_fact_orders_enriched"
	for _, c := range []struct{ id, sql, want string }{
		{moving, "", "its time moves with the data"},
		{bad, "", "give the SQL that answers it"},
		{good, "select * from bronze.orders", "it reads bronze.orders"},
		{good, "select profit" + from, "the engine rejects its SQL"},
		{good, "select 1; select 2", "it is 2 statements"},
		{good, "select channel" + from + " where year = 1999", "its SQL returns no rows"},
		{taken, "select year, sum(sold_quantity)" + from + " group by year", "has it with another SQL"},
	} {
		proposed, err := d.Propose(t.Context(), c.id, c.sql)
		if err == nil {
			_, err = d.Accept(t.Context(), proposed, "berta")
		}
		if !errors.Is(err, feedback.ErrUnfit) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.sql, err, c.want)
		}
	}
	if _, err := os.Stat(d.Verified); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("written: %v", err)
	}
	if waiting := read(t, d.Store).Waiting(); len(waiting) != 4 {
		t.Errorf("%v wait", waiting)
	}
	if _, err := d.Propose(t.Context(), moving, "select sum(total_amount_inr) as revenue"+from+" where date = (select max(date)"+from+")"); err != nil {
		t.Errorf("SQL that finds the month itself: %v", err)
	}
}

func TestAnAcceptanceThatWasCutOffIsFinishedByAnother(t *testing.T) {
	d := desk(t)
	good := mark(t, d, feedback.Good, "revenue by channel")
	if err := semantic.WriteVerified(d.Verified, semantic.Verified{Question: "Revenue by channel?", Language: "en", SQL: good.SQL}); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(d.Verified)
	if err != nil {
		t.Fatal(err)
	}
	proposed, err := d.Propose(t.Context(), good.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Accept(t.Context(), proposed, "berta"); err != nil {
		t.Fatal(err)
	}
	if after, err := os.ReadFile(d.Verified); err != nil || string(after) != string(before) {
		t.Errorf("written again: %s, %v", after, err)
	}
	if _, err := d.Accept(t.Context(), proposed, "carl"); !errors.Is(err, feedback.ErrUnknown) {
		t.Errorf("accepted twice: %v", err)
	}
}

func TestVerdictsAndReviewsThatMakeNoSenseAreRefused(t *testing.T) {
	d := desk(t)
	for _, question := range []string{"profit by channel", "revenue by blorptech", ""} {
		if _, err := d.Record(t.Context(), feedback.Mark{Verdict: feedback.Good, Question: question, By: "anna"}); !errors.Is(err, feedback.ErrNotAnswered) {
			t.Errorf("%q: %v", question, err)
		}
	}
	for _, question := range []string{"total revenues by year", "when were the data last refreshed?"} { // verified; without SQL
		mark(t, d, feedback.Good, question)
	}
	if waiting := read(t, d.Store).Waiting(); len(waiting) != 0 {
		t.Errorf("%v wait", waiting)
	}
	item, err := d.Store.Reject(t.Context(), mark(t, d, feedback.Bad, "revenue").ID, "berta", "it is right")
	if err != nil || item.Question != "revenue" {
		t.Errorf("%+v, %v", item, err)
	}
	for _, id := range []string{item.ID, "", "zz"} {
		if _, err := d.Store.Reject(t.Context(), id, "berta", ""); !errors.Is(err, feedback.ErrUnknown) {
			t.Errorf("%q: %v", id, err)
		}
	}
}
