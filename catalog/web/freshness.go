package web

import (
	"context"
	"sync"
	"time"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/guard"
	"github.com/fmcg/fmcg/pipeline/journal"
)

// checked is how many checks of a release held, and how many did not. It is told by the release, which never changes.
type checked struct {
	Held   int `json:"held"`
	Warned int `json:"warned"` // of severity warn
	Failed int `json:"failed"` // of severity error
}

// Known says that the release tells of its checks at all.
func (c checked) Known() bool { return c.Held+c.Warned+c.Failed > 0 }

// readChecked counts the checks of a release.
func readChecked(ctx context.Context, db *guard.DB) (checked, error) {
	const told = `select count(*) from duckdb_tables() where database_name = current_database() and schema_name = 'ops' and table_name = 'check_results'`
	const count = `select count(*) filter (where state = 'held'), count(*) filter (where state <> 'held' and severity <> 'error'),
			count(*) filter (where state <> 'held' and severity = 'error')
		from ops.check_results where run_id = (select run_id from ops.freshness)`
	found, err := catalog.Fetch(ctx, db, told, 1)
	if err != nil || found.Rows[0][0] == int64(0) {
		return checked{}, err
	}
	if found, err = catalog.Fetch(ctx, db, count, 1); err != nil {
		return checked{}, err
	}
	number := func(i int) int { n, _ := found.Rows[0][i].(int64); return int(n) }
	return checked{number(0), number(1), number(2)}, nil
}

// freshness is how far the data that are served go, and whether they are as they should be.
type freshness struct {
	Through     string    `json:"data_through"` // a month, 2025-11
	RefreshedAt time.Time `json:"refreshed_at"` // UTC
	Checks      checked   `json:"checks"`
	Late        *lateness `json:"late"`    // null: they are not late
	Refused     *refused  `json:"refused"` // null: the last run is not one that checks refused
}

// lateness is since when newer data were to be expected.
type lateness struct {
	Due time.Time `json:"due"`
}

// refused is a run that published nothing, because checks failed.
type refused struct {
	Run    string   `json:"run"`
	Checks []string `json:"checks"`
}

// Failed are how many checks failed: of the release, and of a run after it that they refused.
func (f freshness) Failed() int {
	if f.Refused == nil {
		return f.Checks.Failed
	}
	return f.Checks.Failed + len(f.Refused.Checks)
}

// RefreshedText says when the data were refreshed, by UTC; app.js says it by the reader's clock.
func (p page) RefreshedText() string {
	at, now := p.Fresh.RefreshedAt.UTC(), p.server.now().UTC()
	clock := at.Format("15:04 UTC")
	switch days := now.Truncate(24*time.Hour).Sub(at.Truncate(24*time.Hour)) / (24 * time.Hour); days {
	case 0:
		return p.T("js.freshToday", clock)
	case 1:
		return p.T("js.freshYesterday", clock)
	}
	return p.T("js.freshOn", at.Format(time.DateOnly), clock)
}

// ChecksText says what became of the checks.
func (p page) ChecksText() string {
	found, failed := p.Fresh.Checks, p.Fresh.Failed()
	switch {
	case failed == 1:
		return p.T("fresh.failed_one")
	case failed > 1:
		return p.T("fresh.failed", failed)
	case found.Warned == 1:
		return p.T("fresh.warned_one")
	case found.Warned > 1:
		return p.T("fresh.warned", found.Warned)
	}
	return p.T("fresh.held")
}

func (v *visit) freshness(release *Release) freshness {
	found := freshness{Through: release.Data.LastMonth, Checks: release.checked}
	found.RefreshedAt, _ = time.Parse(time.RFC3339, release.Data.PublishedAt) // the zero time is not late
	known := v.server.lately.of(v.server.now(), release.Data.RunID, func() lately {
		return lately{v.server.late(found.RefreshedAt), v.server.refusedRun(release.Data.RunID)}
	})
	found.Late, found.Refused = known.late, known.refused
	return found
}

// late says since when newer data are overdue, by the schedule that is kept. nil: they are not, or nobody promised any.
func (s *Server) late(refreshedAt time.Time) *lateness {
	if s.config.Operations.Overdue == nil || refreshedAt.IsZero() {
		return nil
	}
	due, err := s.config.Operations.Overdue(refreshedAt)
	if err != nil {
		s.log.Warn("cannot tell whether the data are late", "error", err)
	}
	if err != nil || due.IsZero() {
		return nil
	}
	return &lateness{due}
}

// refusedRun is the last run that has ended, if it came after the release and checks refused it.
func (s *Server) refusedRun(published string) *refused {
	history, err := catalog.OpenHistory(context.Background(), s.config.Warehouse)
	if err != nil {
		s.log.Debug("cannot tell what became of the last run", "error", err)
		return nil
	}
	defer func() { _ = history.Close() }()
	for run, err := range history.All(context.Background()) {
		if err != nil || run.ID <= published {
			return nil
		}
		if run.FinishedAt == nil {
			continue // it is going
		}
		found := refused{Run: run.ID}
		for _, check := range run.Checks {
			if check.State != "held" && check.Severity == "error" {
				found.Checks = append(found.Checks, check.Name)
			}
		}
		if run.State != journal.Failed || len(found.Checks) == 0 {
			return nil
		}
		return &found
	}
	return nil
}

// latelyFor is how long what was found of the last runs is believed.
const latelyFor = 15 * time.Second

// lately is what the last runs say of a release.
type lately struct {
	late    *lateness
	refused *refused
}

// latelyKept keeps what was found last: every page asks.
type latelyKept struct {
	mu    sync.Mutex
	at    time.Time
	run   string // of the release
	found lately
}

func (l *latelyKept) of(now time.Time, run string, look func() lately) lately {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.at.IsZero() || l.run != run || now.Sub(l.at) > latelyFor {
		l.at, l.run, l.found = now, run, look()
	}
	return l.found
}
