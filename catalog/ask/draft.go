package ask

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// Drafter is a language model that may draft the Query of a question that the grammar asks back. It is told names, never
// rows, and what it drafts is answered only if it holds to the same rules as what the grammar reads.
type Drafter struct {
	Model string // its name, said with each answer
	// Draft returns the JSON text that the model writes for a schema.
	Draft func(ctx context.Context, system, user string, schema map[string]any) ([]byte, error)
	Log   *slog.Logger // why there was no draft; nil is nowhere
}

// drafting is a Drafter at work on one release: what it was asked once is not asked again.
type drafting struct {
	Drafter
	system string
	schema map[string]any

	mu   sync.Mutex
	made map[string]drafted
}

// drafted is what came of one question: a Query, or why the draft is none.
type drafted struct {
	query  Query
	claims []claim
	err    error
}

// mostDrafts are kept; beyond, all are forgotten.
const mostDrafts = 1000

func (e *Engine) newDrafting(drafter *Drafter) (*drafting, error) {
	if drafter == nil {
		return nil, nil
	}
	d := &drafting{Drafter: *drafter, schema: e.draftSchema(), made: map[string]drafted{}}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	var err error
	d.system, err = e.draftSystem()
	return d, err
}

// errUnfit is of drafts that do not hold, as against an endpoint that gives none.
var errUnfit = errors.New("the draft does not hold")

func unfit(text string, args ...any) error {
	return fmt.Errorf("%w: "+text, append([]any{errUnfit}, args...)...)
}

// draft is a question with its drafted Query in place of what stopped the grammar; p itself, with a note, where no draft holds.
func (e *Engine) draft(ctx context.Context, p *parser, earlier []string) *parser {
	if e.drafting == nil || p.stop == nil || e.verified[semantic.WordingAfter(earlier, p.question)] != nil {
		return p
	}
	known := p.skeleton()
	if known == nil {
		return p
	}
	found, err := e.drafting.of(ctx, p, known, earlier)
	if err == nil {
		var whole *parser
		if whole, err = p.drafted(known, found); err == nil {
			return whole
		}
	}
	if ctx.Err() != nil { // nobody waits for it any more
		return p
	}
	e.drafting.Log.Warn("no draft", "question", p.question, "model", e.drafting.Model, "err", err)
	if errors.Is(err, errUnfit) {
		p.note = fmt.Sprintf(p.say("The language model %s was asked too; what it drafted does not hold for the whole question", "Le modèle de langage %s a été consulté aussi ; sa proposition ne tient pas pour toute la question"), e.drafting.Model)
	} else {
		p.note = fmt.Sprintf(p.say("The language model %s was asked too and gave no draft", "Le modèle de langage %s a été consulté aussi, sans proposition"), e.drafting.Model)
	}
	return p
}

// of is the draft of a question after others: the first that was made stays the one.
func (d *drafting) of(ctx context.Context, p *parser, known *skeleton, earlier []string) (drafted, error) {
	key := fmt.Sprintf("%q", slices.Concat(earlier, []string{p.question}))
	d.mu.Lock()
	found, made := d.made[key]
	d.mu.Unlock()
	if made {
		return found, found.err
	}
	sent, err := p.draftQuestion(known, earlier)
	if err != nil {
		return found, err
	}
	reply, err := d.Draft(ctx, d.system, sent, d.schema)
	if err != nil {
		return found, err // not kept: the endpoint may be back the next time
	}
	found.query, found.claims, found.err = p.readDraft(reply)
	d.mu.Lock()
	defer d.mu.Unlock()
	if first, made := d.made[key]; made {
		return first, first.err
	}
	if len(d.made) >= mostDrafts {
		clear(d.made)
	}
	d.made[key] = found
	return found, found.err
}

// drafted takes a drafted Query through the laws and the steps that one of the grammar goes through.
func (p *parser) drafted(known *skeleton, found drafted) (*parser, error) {
	whole := &parser{Engine: p.Engine, question: p.question, language: p.language, previous: p.previous, tokens: known.tokens, kept: true, instead: p,
		negated: -1, shareAt: -1, measureAt: -1, rankAt: -1, groupAt: -1, targetAt: -1}
	whole.q = found.query.clone()
	if err := wellFormed(&whole.q, p.isDimension); err != nil {
		return nil, err
	}
	if err := p.holdsKnown(known, &whole.q); err != nil {
		return nil, err
	}
	readings, err := p.accountDraft(&whole.q, found.claims)
	if err != nil {
		return nil, err
	}
	whole.assume("%s, a language model, drafted how this question is read; please check that “Understood” is what you mean",
		"%s, un modèle de langage, a proposé cette lecture de la question ; vérifiez que « Compris » est bien votre demande", p.drafting.Model)
	whole.assumptions = append(append(whole.assumptions, known.assumptions...), readings...)
	whole.setGroups = whole.q.Groups
	for _, step := range []func(){whole.defaults, whole.validate, whole.fit, whole.effect} {
		if step(); whole.stop != nil {
			return nil, unfit("%s", whole.stop.text)
		}
	}
	return whole, nil
}

// skeleton is what the grammar understands of a question once the words that it does not know are left out. A draft may add
// to it, and must hold all of it.
type skeleton struct {
	*parser
	all []*Token // the words left out included
}

// skeleton is nil where no draft may stand in: what is refused, what only the person who asks can tell (which of several
// values, which year), names that are not in the data, and what is asked back on purpose.
func (p *parser) skeleton() *skeleton {
	if p.stop.status != StatusClarify || len(p.tokens) == 0 || len(p.question) > LongestQuestion {
		return nil
	}
	s := &skeleton{parser: &parser{Engine: p.Engine, question: p.question, language: p.language, previous: p.previous}, all: p.Engine.tokens(p.question, p.language, p.previous != nil)}
	for i, t := range s.all {
		switch {
		case t.Role == roleUnknown && i > 0 && isName(t.Text):
			return nil
		case t.Role == semantic.RoleVague && t.Meaning == "profitable":
			return nil
		case t.Role == roleUnknown && len(t.values) > 0: // a word or a value, both near
			return nil
		case t.Role != roleUnknown && t.Role != semantic.RoleVague:
			s.tokens = append(s.tokens, t)
		}
	}
	s.start()
	steps := s.steps()
	for i, step := range steps {
		if i == len(steps)-closing { // what was assumed of the rest may be otherwise in the draft
			s.assumptions = nil
			s.assumeSpellings()
		}
		step()
		whole := i >= len(steps)-closing // of the periods and values all is needed
		if s.stop != nil && (s.stop.status == StatusRefused || whole) {
			return nil
		}
		s.stop = nil
	}
	if len(s.q.values(false)) > mostValues {
		return nil
	}
	return s
}

// isName says that a word is written like a name or a code, Flipkart or X200: nothing that a figure could be called.
func isName(word string) bool {
	first, _ := utf8.DecodeRuneInString(word)
	return unicode.IsUpper(first) && strings.ContainsFunc(word, unicode.IsLower) || strings.ContainsFunc(word, unicode.IsDigit)
}

// decode reads one JSON value strictly.
func decode(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON value")
	}
	return nil
}
