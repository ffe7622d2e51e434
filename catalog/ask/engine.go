package ask

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/fmcg/fmcg/catalog/guard"
	"github.com/fmcg/fmcg/catalog/semantic"
)

// Engine answers questions about one release. It is made once for it and may be used by many at a time.
type Engine struct {
	Model *semantic.Model
	Index *semantic.Index
	Data  Data

	db          *guard.DB
	now         func() time.Time
	lexicon     *lexicon
	verified    map[string]*semantic.Verified // by wording
	first, last int                           // months of the data, see Period
	valueWords  map[string]bool               // that values and their other names are made of
	valueNames  map[string]bool               // whole, without spaces
	indian      bool
	drafting    *drafting // nil: the grammar alone
}

// Data says which data an answer is from.
type Data struct {
	RunID       string `json:"run_id"`
	PublishedAt string `json:"published_at"`
	LastMonth   string `json:"last_month"`
	View        string `json:"view"`
}

// Config is what an Engine may be told.
type Config struct {
	Indian  bool             // figures in lakh and crore
	Now     func() time.Time // for elapsed_ms
	Drafter *Drafter         // asked about what the grammar asks back; nil is none
}

// ErrEmpty says that the view has nothing in it.
var ErrEmpty = errors.New("has no rows: there is nothing to ask yet")

// New reads the values of the release and the words of the model.
func New(ctx context.Context, db *guard.DB, model *semantic.Model, config Config) (*Engine, error) {
	e := &Engine{Model: model, db: db, now: config.Now, indian: config.Indian, lexicon: newLexicon(model), verified: byWording(model.Verified)}
	if e.now == nil {
		e.now = time.Now
	}
	var err error
	if e.Index, err = semantic.BuildIndex(ctx, db, model); err != nil {
		return nil, err
	}
	e.knowValues()
	if err := e.readData(ctx); err != nil {
		return nil, err
	}
	e.drafting, err = e.newDrafting(config.Drafter)
	return e, err
}

// WithIndian is the same engine, with figures in lakh and crore or without.
func (e *Engine) WithIndian(indian bool) *Engine {
	other := *e
	other.indian = indian
	return &other
}

func (e *Engine) readData(ctx context.Context) error {
	row, err := e.db.QueryContext(ctx, "select cast(min(date) as date), cast(max(date) as date) from "+e.Model.Source)
	if err != nil {
		return err
	}
	defer row.Close()
	var first, last sql.NullTime
	if row.Next() {
		if err := row.Scan(&first, &last); err != nil {
			return err
		}
	}
	if err := row.Err(); err != nil {
		return err
	}
	if !last.Valid {
		return fmt.Errorf("%s %w", e.Model.Source, ErrEmpty)
	}
	e.first, e.last = monthIndex(first.Time.Year(), int(first.Time.Month())), monthIndex(last.Time.Year(), int(last.Time.Month()))
	e.Data = Data{LastMonth: last.Time.Format("2006-01"), View: e.Model.Source}
	fresh, err := e.db.QueryContext(ctx, "select run_id, refreshed_at from ops.freshness")
	if err != nil {
		return fmt.Errorf("read ops.freshness: %w", err)
	}
	defer fresh.Close()
	for fresh.Next() {
		var at time.Time
		if err := fresh.Scan(&e.Data.RunID, &at); err != nil {
			return err
		}
		e.Data.PublishedAt = at.UTC().Format(time.RFC3339)
	}
	return fresh.Err()
}

// knowValues notes the words of all values, so that only word runs that can name one are looked up.
func (e *Engine) knowValues() {
	e.valueWords, e.valueNames = map[string]bool{}, map[string]bool{}
	note := func(name string) {
		compact := ""
		for _, w := range split(name) {
			e.valueWords[w.norm], e.valueWords[singular(w.norm)] = true, true
			if !joins(w.norm) {
				compact += w.norm
			}
		}
		e.valueNames[compact], e.valueNames[singular(compact)] = true, true
	}
	for i := range e.Model.Dimensions {
		if d := &e.Model.Dimensions[i]; d.Kind != semantic.KindTime {
			for _, value := range e.Index.Values(d.Name) {
				note(value)
			}
		}
	}
	for _, alias := range e.Model.Aliases {
		for _, name := range alias.Names {
			note(name)
		}
	}
	for from, to := range e.Model.Spellings {
		e.valueWords[from] = e.valueWords[to]
	}
}
