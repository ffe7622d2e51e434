package dashboard

import (
	"context"
	"errors"
	"fmt"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/singleflight"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/guard"
	"github.com/fmcg/fmcg/catalog/semantic"
)

// Source computes tiles from one release. It is made once for it and may be used by many at a time.
type Source struct {
	db          *guard.DB
	model       *semantic.Model
	first, last int    // months of the data, counted as ask.Period does
	unfinished  string // the last day there are orders of, where the last month goes on after it: "2025-11-12"
	results     *lru.Cache[string, catalog.Table]
	running     singleflight.Group
}

// RowsInMemory is what guard.Limits.Keep is best set to: a row takes some 22 bytes, and a query less than half of the time,
// measured on the company's view.
const RowsInMemory = 2_000_000

const (
	resultsKept     = 500   // by their SQL, in memory: some 100 MB at the very most
	valuesKept      = 4_000 // of a result that is kept
	queriesTogether = 4     // of one page
)

// ErrUnknown says that there is no such page, tile or dimension.
var ErrUnknown = errors.New("not in this dashboard")

// NewSource reads which months a release holds.
func NewSource(ctx context.Context, db *guard.DB, model *semantic.Model) (*Source, error) {
	results, err := lru.New[string, catalog.Table](resultsKept)
	if err != nil {
		return nil, err
	}
	s := &Source{db: db, model: model, results: results}
	table, err := catalog.Fetch(ctx, db, "select cast(min(date) as date) as first_month, cast(max(date) as date) as last_month from "+model.Source, 1)
	if err != nil {
		return nil, fmt.Errorf("read the months of %s: %w", model.Source, err)
	}
	first, _ := table.Rows[0][0].(string)
	last, ok := table.Rows[0][1].(string)
	if !ok {
		return nil, errors.New(model.Source + " has no rows: there is nothing to show yet")
	}
	s.first, s.last = monthOf(first), monthOf(last)
	return s, s.readFreshness(ctx)
}

// readFreshness finds out whether the last month goes on: after the last day with orders, or else after the refresh.
func (s *Source) readFreshness(ctx context.Context) error {
	table, err := catalog.Fetch(ctx, s.db, "select * from ops.freshness", 1)
	if err != nil {
		return fmt.Errorf("read ops.freshness: %w", err)
	}
	until := ""
	for i, column := range table.Columns {
		if text, ok := value(table, 0, i).(string); ok && (column == "last_order_day" || column == "refreshed_at" && until == "") {
			until = text[:min(len(text), len(time.DateOnly))]
		}
	}
	end := time.Date(s.last/12, time.Month(s.last%12+2), 0, 0, 0, 0, 0, time.UTC).Format(time.DateOnly) // its last day
	if start := end[:8] + "01"; until >= start && until < end {
		s.unfinished = until
	}
	return nil
}

// Data says which months a release holds.
type Data struct {
	FirstMonth string `json:"first_month"` // "2024-01"
	LastMonth  string `json:"last_month"`
	Unfinished string `json:"unfinished,omitempty"` // the last day with orders, where the last month goes on after it
}

// Data says which months there are.
func (s *Source) Data() Data {
	month := func(n int) string { return fmt.Sprintf("%04d-%02d", n/12, n%12+1) }
	return Data{FirstMonth: month(s.first), LastMonth: month(s.last), Unfinished: s.unfinished}
}

func value(table catalog.Table, row, column int) any {
	if row >= len(table.Rows) {
		return nil
	}
	return table.Rows[row][column]
}

// query runs SQL under guard. Equal SQL of one release has one result, which is kept, and is run once at a time.
func (s *Source) query(ctx context.Context, sql string) (catalog.Table, error) {
	if table, known := s.results.Get(sql); known {
		return table, nil
	}
	for {
		result := s.running.DoChan(sql, func() (any, error) {
			table, err := s.db.Query(ctx, sql)
			if err == nil && len(table.Rows)*len(table.Columns) <= valuesKept {
				s.results.Add(sql, table)
			}
			return table, err
		})
		select {
		case <-ctx.Done():
			return catalog.Table{}, ctx.Err()
		case done := <-result:
			if errors.Is(done.Err, context.Canceled) && ctx.Err() == nil {
				continue // the one that ran it went away
			}
			if done.Err != nil {
				return catalog.Table{}, fmt.Errorf("%s: %w", sql, done.Err)
			}
			return done.Val.(catalog.Table), nil
		}
	}
}

// Tile computes a tile of a page. ErrUnknown says that there is none of that name; any other error is of the engine or guard.
func (s *Source) Tile(ctx context.Context, board *Board, page, tile string, selection Selection, language string) (Result, error) {
	p := board.Page(page)
	if p == nil {
		return Result{}, fmt.Errorf("page %q: %w", page, ErrUnknown)
	}
	t := p.Tile(tile)
	if t == nil {
		return Result{}, fmt.Errorf("tile %q: %w", tile, ErrUnknown)
	}
	return s.compute(ctx, t, selection, language)
}

// Page computes all tiles of a page, in its order.
func (s *Source) Page(ctx context.Context, board *Board, page string, selection Selection, language string) ([]Result, error) {
	p := board.Page(page)
	if p == nil {
		return nil, fmt.Errorf("page %q: %w", page, ErrUnknown)
	}
	results := make([]Result, len(p.Tiles))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(queriesTogether)
	for i := range p.Tiles {
		group.Go(func() (err error) {
			results[i], err = s.compute(ctx, &p.Tiles[i], selection, language)
			return err
		})
	}
	return results, group.Wait()
}
