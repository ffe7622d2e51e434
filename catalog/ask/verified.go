package ask

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/guard"
	"github.com/fmcg/fmcg/catalog/semantic"
)

// Sources of an answer.
const (
	SourceGrammar  = "grammar"
	SourceVerified = "verified"
)

// byWording finds verified questions by semantic.WordingAfter.
func byWording(list []semantic.Verified) map[string]*semantic.Verified {
	found := map[string]*semantic.Verified{}
	for i := range list {
		for _, wording := range list[i].Wordings() {
			found[semantic.WordingAfter(list[i].Previous, wording)] = &list[i]
		}
	}
	return found
}

// WithVerified is the same engine, with other verified questions.
func (e *Engine) WithVerified(list []semantic.Verified) *Engine {
	other, model := *e, *e.Model
	model.Verified = list
	other.Model, other.verified = &model, byWording(list)
	return &other
}

// verifiedAs is the verified question that a question is, and how the grammar reads it; nil if it is none: word by word, after
// the same questions before it. One that stands on its own is also found after others, unless it reads as a follow-up of them.
func (e *Engine) verifiedAs(question string, previous []string) (*semantic.Verified, *parser) {
	if v := e.verified[semantic.WordingAfter(previous, question)]; v != nil {
		return v, e.read(question, previous)
	}
	if v := e.verified[semantic.WordingAfter(nil, question)]; v != nil {
		if p := e.read(question, previous); !p.kept {
			return v, p
		}
	}
	return nil, nil
}

// Try answers a question as it would be answered if it were verified.
func (e *Engine) Try(ctx context.Context, v semantic.Verified) (Answer, error) {
	return e.answerVerified(ctx, &v, e.read(v.Question, v.Previous))
}

// Follows says that a question is read as a follow-up of those before it, oldest first.
func (e *Engine) Follows(question string, previous ...string) bool {
	return e.read(question, previous).kept
}

// answerVerified answers with the SQL that an engineer has checked. Where the grammar reads the question and comes to the
// same rows, what it says of them holds too; else the answer says no more than its columns and rows do.
func (e *Engine) answerVerified(ctx context.Context, v *semantic.Verified, p *parser) (Answer, error) {
	answer := e.blank(p.question, p.language)
	answer.Status, answer.Source, answer.SQL, answer.Words = StatusAnswered, SourceVerified, strings.TrimSpace(v.SQL), p.said(nil)
	result, err := e.db.Query(ctx, answer.SQL)
	if err != nil {
		return answer, fmt.Errorf("the verified question %q: its SQL no longer runs; mend it in %s: %w", v.Question, v.Place, err)
	}
	r, err := e.reading(ctx, p, answer.SQL, result)
	if err != nil {
		return answer, err
	}
	b := &builder{Engine: e, language: v.Language}
	by := strings.TrimSpace(v.ReviewedBy + " " + v.ReviewedAt)
	if by != "" {
		by = ", " + by
	}
	answer.Understood = fmt.Sprintf(b.word("The verified question “%s”%s", "La question vérifiée « %s »%s"), v.Question, by)
	answer.Rows, answer.Truncated = exact(result.Rows, result.Types), result.Truncated
	if r.agrees {
		b = r.builder
		answer.Understood = b.understood()
		answer.Assumptions = append(answer.Assumptions, p.assumptions...)
	} else if r.builder != nil {
		answer.Assumptions = append(answer.Assumptions, fmt.Sprintf(b.word("The verified SQL goes another way than the words do: %s", "Le SQL vérifié diffère de ce que disent les mots : %s"), r.builder.understood()))
	}
	answer.Language = b.language
	answer.Columns = e.described(result.Columns, result.Types, b.language)
	for i, at := range r.columns {
		answer.Columns[at] = b.columns[i]
	}
	if v.Chart != "" {
		b.q.Chart = v.Chart
	}
	answer.finish(b)
	return answer, nil
}

// reading is what the grammar makes of a verified question.
type reading struct {
	builder *builder // nil: it does not read the question, or answers it without SQL
	table   catalog.Table
	agrees  bool  // it comes to the same rows
	columns []int // where each of its columns stands in the verified result, if it agrees
}

// reading compares the result of a verified question with that of the grammar's own SQL.
func (e *Engine) reading(ctx context.Context, p *parser, verified string, result catalog.Table) (r reading, err error) {
	if p.stop != nil || e.about(&Answer{}, &builder{Engine: e, language: p.language, q: p.q}) {
		return r, nil
	}
	r.builder = &builder{Engine: e, language: p.language, q: p.q}
	own := r.builder.build()
	r.table = result
	if strings.Join(strings.Fields(own), " ") != strings.Join(strings.Fields(verified), " ") {
		if r.table, err = e.db.Query(ctx, own); err != nil {
			return r, fmt.Errorf("%s: %w", own, err)
		}
	}
	columns, missing := pick(r.table.Columns, r.table.Rows, result.Rows, false)
	r.agrees = missing == "" && len(r.builder.columns) == len(r.table.Columns)
	if r.agrees && len(result.Rows) > 0 {
		r.columns = columns
	}
	return r, nil
}

// Moves says that the grammar's SQL for a question depends on how far the data go: "last month", "this year". Verified once, it
// would answer for the same months for good.
func (e *Engine) Moves(question string, previous ...string) bool {
	now, later := *e, *e
	later.last += 12 // whole years, so that the month, the quarter and the year are others
	var sql [2]string
	for i, engine := range []*Engine{&now, &later} {
		if p := engine.read(question, previous); p.stop == nil && !engine.about(&Answer{}, &builder{Engine: engine, language: p.language, q: p.q}) {
			sql[i] = (&builder{Engine: engine, language: p.language, q: p.q}).build()
		}
	}
	return sql[0] != sql[1]
}

// Broken is a verified question that no longer gets its answer.
type Broken struct {
	Place    string `json:"place"` // file and line
	Question string `json:"question"`
	Problem  string `json:"problem"`
}

const noRows = "its SQL returns no rows"

// CheckVerified runs all verified questions: the SQL of each must run under the guard and return rows, and where the grammar
// answers the question by itself, one of the two results must hold the other. A question about a period that the data do not
// reach may go without rows. An error is of the engine, never of a question.
func CheckVerified(ctx context.Context, db *guard.DB, model *semantic.Model) (found []Broken, err error) {
	e, err := New(ctx, db, model, Config{})
	if errors.Is(err, ErrEmpty) {
		for _, v := range model.Verified {
			found = append(found, Broken{v.Place, v.Question, noRows})
		}
		return found, nil
	}
	if err != nil {
		return nil, err
	}
	for _, v := range model.Verified {
		broken, err := e.broken(ctx, v)
		if err != nil {
			return nil, fmt.Errorf("the verified question %q: %w", v.Question, err)
		}
		found = append(found, broken...)
	}
	return found, nil
}

// broken says what is wrong with a verified question, in which of its wordings.
func (e *Engine) broken(ctx context.Context, v semantic.Verified) (found []Broken, err error) {
	result, err := e.db.Query(ctx, v.SQL)
	if problem := ProblemOf(err); problem != "" {
		return []Broken{{v.Place, v.Question, problem}}, nil
	}
	if err != nil {
		return nil, err
	}
	if p := e.read(v.Question, v.Previous); len(result.Rows) == 0 {
		if p.stop != nil && p.stop.outside {
			return nil, nil
		}
		return []Broken{{v.Place, v.Question, noRows}}, nil
	}
	for _, wording := range v.Wordings() {
		r, err := e.reading(ctx, e.read(wording, v.Previous), v.SQL, result)
		if err != nil {
			return nil, err
		}
		if r.agrees || r.builder == nil || result.Truncated || r.table.Truncated {
			continue
		}
		_, missing := pick(r.table.Columns, r.table.Rows, result.Rows, false)
		if _, other := pick(result.Columns, result.Rows, r.table.Rows, false); other != "" {
			found = append(found, Broken{v.Place, wording, "the question's own words come to another result than its SQL: " + missing})
		}
	}
	return found, nil
}

// ProblemOf says why a statement does not run, where the statement is to blame: the guard refuses it, the engine rejects it,
// it takes too long or too much. It is "" for other errors.
func ProblemOf(err error) string {
	refusal, rejected := (*guard.Refusal)(nil), (*duckdb.Error)(nil)
	switch {
	case errors.As(err, &refusal):
		return "its SQL may not run: " + refusal.Reason
	case errors.As(err, &rejected):
		return "the engine rejects its SQL: " + strings.SplitN(rejected.Msg, "\n", 2)[0]
	case errors.Is(err, guard.ErrTooLong), errors.Is(err, guard.ErrTooMuch):
		return err.Error()
	}
	return ""
}
