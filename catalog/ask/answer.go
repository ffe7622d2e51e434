package ask

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// Statuses of an answer.
const (
	StatusAnswered = "answered"
	StatusClarify  = "clarify"
	StatusRefused  = "refused"
)

// Answer is what a question gets.
type Answer struct {
	Question     string   `json:"question"`
	Language     string   `json:"language"`
	Status       string   `json:"status"`
	Source       string   `json:"source"`            // verified, grammar or drafted; "" where there is no answer
	Drafter      string   `json:"drafter,omitempty"` // the language model, of drafted answers
	Understood   string   `json:"understood"`
	Words        []Word   `json:"words"` // of the question, in order
	SQL          string   `json:"sql"`
	Columns      []Column `json:"columns"`
	Rows         [][]any  `json:"rows"`
	Truncated    bool     `json:"truncated"`
	Chart        *Chart   `json:"chart"`
	Charts       []Chart  `json:"charts"` // all that can show the rows, Chart first
	Text         string   `json:"text"`
	Assumptions  []string `json:"assumptions"`
	Unrecognised []string `json:"unrecognised"`
	Choices      []Choice `json:"choices"`
	Suggestions  []string `json:"suggestions"`
	Data         Data     `json:"data"`
	ElapsedMS    float64  `json:"elapsed_ms"`
}

// LongestQuestion is the most letters of a question.
const LongestQuestion = 1000

// Ask answers a question; previous are the questions before it, oldest first. An error is of the engine, never of the
// question.
func (e *Engine) Ask(ctx context.Context, question string, previous ...string) (Answer, error) {
	started := e.now()
	answer, err := e.ask(ctx, question, previous)
	answer.ElapsedMS = float64(e.now().Sub(started)) / float64(time.Millisecond)
	return answer, err
}

func (e *Engine) ask(ctx context.Context, question string, previous []string) (Answer, error) {
	question = strings.TrimSpace(question)
	if len(question) > LongestQuestion {
		question = strings.ToValidUTF8(question[:LongestQuestion], "")
		answer := e.blank(question, english)
		answer.Status, answer.Text = StatusRefused, fmt.Sprintf("A question has at most %d letters", LongestQuestion)
		return answer, nil
	}
	if v, p := e.verifiedAs(question, previous); v != nil {
		return e.answerVerified(ctx, v, p)
	}
	p := e.understand(ctx, question, previous)
	answer, err := e.answer(ctx, question, p)
	if err != nil && p.instead != nil && ctx.Err() == nil {
		e.drafting.Log.Warn("a draft does not run", "question", question, "err", err)
		p.instead.note = p.say("A language model was asked too; what it drafted does not run", "Un modèle de langage a été consulté aussi ; sa proposition ne s'exécute pas")
		return e.answer(ctx, question, p.instead)
	}
	return answer, err
}

// answer says what was understood, or why nothing was.
func (e *Engine) answer(ctx context.Context, question string, p *parser) (Answer, error) {
	answer := e.blank(question, p.language)
	if p.stop != nil {
		answer.Status, answer.Text = p.stop.status, sentence(p.stop.text)
		if p.stop.choices != nil {
			answer.Choices = p.stop.choices
		}
		for _, word := range append(p.stop.unrecognised, p.stop.word) {
			if word != "" && !slices.Contains(answer.Unrecognised, word) {
				answer.Unrecognised = append(answer.Unrecognised, word)
			}
		}
		if p.note != "" {
			answer.Assumptions = append(answer.Assumptions, p.note)
		}
		answer.Words = p.said(answer.Unrecognised)
		return answer, ctx.Err()
	}
	answer.Status, answer.Source = StatusAnswered, SourceGrammar
	if p.instead != nil {
		answer.Source, answer.Drafter = "drafted", e.drafting.Model
	}
	answer.Words = p.said(nil)
	b := &builder{Engine: e, language: p.language, q: p.q}
	answer.Understood = b.understood()
	answer.Assumptions = append(answer.Assumptions, p.assumptions...)
	if done := e.about(&answer, b); done {
		return answer, nil
	}
	answer.SQL = b.build()
	result, err := e.db.Query(ctx, answer.SQL)
	if err != nil {
		return answer, fmt.Errorf("%s: %w", answer.SQL, err)
	}
	answer.Columns, answer.Rows, answer.Truncated = b.columns, exact(result.Rows, result.Types), result.Truncated
	if len(b.columns) != len(result.Columns) {
		answer.Columns = e.described(result.Columns, result.Types, p.language)
	}
	answer.finish(b)
	return answer, nil
}

// finish adds what is made from the columns and rows.
func (answer *Answer) finish(b *builder) {
	chart, others, note := b.chartOf(answer.Columns, answer.Rows)
	if note != "" {
		answer.Assumptions = append(answer.Assumptions, note)
	}
	answer.Chart, answer.Charts = &chart, others
	answer.Assumptions = append(answer.Assumptions, b.incomplete()...)
	answer.Text = b.text(answer.Columns, answer.Rows, answer.Truncated) + b.correlationText(chart, answer.Columns, answer.Rows)
	answer.Suggestions = b.suggestions(b)
}

func (e *Engine) blank(question, language string) Answer {
	return Answer{Question: question, Language: language, Words: []Word{}, Charts: []Chart{}, Columns: []Column{}, Rows: [][]any{}, Assumptions: []string{}, Unrecognised: []string{}, Choices: []Choice{},
		Suggestions: []string{}, Data: e.Data}
}

// read parses a question after those before it, by the grammar alone.
func (e *Engine) read(question string, previous []string) *parser {
	var before *Query
	for _, earlier := range previous {
		if p := e.parse(earlier, before); p.stop == nil {
			q := p.q
			before = &q
		}
	}
	return e.parse(question, before)
}

// understand reads a question; what the grammar asks back may be drafted, and what is still asked back has choices.
func (e *Engine) understand(ctx context.Context, question string, previous []string) *parser {
	var before *Query
	for i, earlier := range previous {
		if p := e.draft(ctx, e.parse(earlier, before), previous[:i]); p.stop == nil {
			q := p.q
			before = &q
		}
	}
	p := e.draft(ctx, e.parse(question, before), previous)
	p.offer()
	return p
}

// parse reads a question into a Query, or into what stops it.
func (e *Engine) parse(question string, previous *Query) *parser {
	question = strings.TrimSpace(question)
	language := e.detect(question)
	p := &parser{Engine: e, question: question, language: language, previous: previous, tokens: e.tokens(question, language, previous != nil)}
	p.assumeSpellings()
	if len(p.tokens) == 0 {
		p.ask("", "There is no question", "Il n'y a pas de question")
		return p
	}
	p.read()
	if p.stop == nil && previous != nil {
		p.follow()
	}
	if p.stop == nil {
		p.finish()
	}
	if p.stop != nil && p.stop.status == StatusClarify {
		for _, t := range p.tokens {
			if t.Role == roleUnknown {
				p.stop.unrecognised = append(p.stop.unrecognised, t.Text)
			}
		}
	}
	return p
}

func (p *parser) assumeSpellings() {
	for _, t := range p.tokens {
		if t.Corrected != "" && t.Role != roleValue {
			p.assume("“%s” is read as “%s”", "« %s » est lu comme « %s »", t.Text, t.Corrected)
		}
	}
}

var frenchOnly = "éèêàùçôîâœ"

// detect tells the language by the words that only one of the two has.
func (e *Engine) detect(question string) string {
	words := split(question)
	balance := 0
	for i := range words {
		for n := 1; n <= 3 && i+n <= len(words); n++ {
			phrase := make([]string, n)
			for k := range phrase {
				phrase[k] = words[i+k].norm
			}
			languages := map[string]bool{}
			for _, found := range e.lexicon.lookup(phrase) {
				languages[found.Language] = true
			}
			switch {
			case languages[both] || languages[english] == languages[french]:
			case languages[english]:
				balance--
			default:
				balance++
			}
		}
		switch e.lexicon.months[words[i].norm].language {
		case english:
			balance--
		case french:
			balance++
		}
	}
	if strings.ContainsAny(strings.ToLower(question), frenchOnly) {
		balance += 2
	}
	if balance > 0 {
		return french
	}
	return english
}

// exact makes decimals numbers of JSON with all their places.
func exact(rows [][]any, types []string) [][]any {
	out := make([][]any, len(rows))
	for i, row := range rows {
		out[i] = make([]any, len(row))
		for j, value := range row {
			kind := ""
			if j < len(types) {
				kind = types[j]
			}
			switch v := value.(type) {
			case string:
				if strings.HasPrefix(kind, "DECIMAL") || kind == "HUGEINT" {
					out[i][j] = json.Number(v)
					continue
				}
			case *big.Int:
				out[i][j] = json.Number(v.String())
				continue
			case time.Time:
				out[i][j] = v.Format(time.DateOnly)
				continue
			}
			out[i][j] = value
		}
	}
	return out
}

// described are the columns of SQL that the grammar did not write.
func (e *Engine) described(names, types []string, language string) []Column {
	var out []Column
	for i, name := range names {
		column := Column{Name: name, Label: name, Type: "text"}
		switch kind := types[i]; {
		case kind == "DATE":
			column.Type = "date"
		case strings.HasPrefix(kind, "DECIMAL") || strings.HasSuffix(kind, "INT") || kind == "INTEGER" || kind == "DOUBLE":
			column.Type = "number"
		}
		if m := e.Model.Measure(name); m != nil {
			column.Label, column.Unit = m.Label(language), m.Unit
		} else if d := e.Model.Dimension(name); d != nil {
			column.Label = d.Label(language)
		}
		out = append(out, column)
	}
	return out
}

// about answers what needs no SQL: the age of the data, meanings, what can be asked.
func (e *Engine) about(answer *Answer, b *builder) bool {
	columns := func(names ...string) {
		for _, name := range names {
			answer.Columns = append(answer.Columns, Column{Name: name, Label: name, Type: "text"})
		}
	}
	switch b.q.Kind {
	case KindRefresh:
		columns("published_at", "run_id", "last_month")
		answer.Rows = [][]any{{e.Data.PublishedAt, e.Data.RunID, e.Data.LastMonth}}
		answer.Text = fmt.Sprintf(b.word("The data were last refreshed %s by run %s; their last month is %s.", "Dernière mise à jour des données : %s, par l'exécution %s ; leur dernier mois est %s."),
			e.Data.PublishedAt, e.Data.RunID, monthLabelIn(e.last, b.language))
	case KindMeaning:
		columns("name", "meaning", "sql")
		name, comment, expr := b.q.Subject, "", b.expr(b.q.Subject)
		if m := e.Model.Measure(name); m != nil {
			comment, expr = m.Meaning(b.language), m.Expr
		} else if d := e.Model.Dimension(name); d != nil {
			comment = d.Meaning(b.language)
		}
		label := e.measureLabelIn(name, b.language)
		if label == name {
			label = e.dimensionLabelIn(name, b.language)
		}
		answer.Rows = [][]any{{label, comment, expr}}
		answer.Text = strings.TrimSpace(fmt.Sprintf(b.word("%s: %s (%s)", "%s : %s (%s)"), label, comment, expr))
	case KindColumns:
		columns("name", "kind", "meaning")
		for i := range e.Model.Measures {
			m := &e.Model.Measures[i]
			answer.Rows = append(answer.Rows, []any{m.Label(b.language), b.word("measure", "mesure"), m.Meaning(b.language)})
		}
		for i := range e.Model.Dimensions {
			d := &e.Model.Dimensions[i]
			answer.Rows = append(answer.Rows, []any{d.Label(b.language), b.word("dimension", "dimension"), d.Meaning(b.language)})
		}
		answer.Text = b.word("These measures and dimensions can be asked for.", "Ces mesures et dimensions peuvent être demandées.")
	default:
		return false
	}
	answer.Chart = &Chart{Kind: "table", Y: []string{}}
	answer.Charts = []Chart{*answer.Chart}
	answer.Suggestions = e.suggestions(b)
	return true
}

func sentence(text string) string {
	text = strings.TrimSpace(text)
	if strings.HasSuffix(text, "?") || strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}
