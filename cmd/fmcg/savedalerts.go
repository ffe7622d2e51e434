package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/fmcg/fmcg/catalog/guard"
	"github.com/fmcg/fmcg/catalog/saved"
	"github.com/fmcg/fmcg/pipeline/notify"
)

func (a *app) savedQueries() *saved.Store { return saved.Beside(a.settings.Warehouse, a.now) }

// savedFigures asks the published file for what the alerts among the saved queries are about, as the page that made them did.
func (a *app) savedFigures(ctx context.Context, path string, limit time.Duration) (figures []notify.Figure) {
	add := func(rule notify.AlertRule, value float64, err error) {
		if err != nil {
			a.log.Warn("an alert gives no figure", "alert", rule.Name, "err", err)
		}
		figures = append(figures, notify.Figure{Rule: rule, Value: value, Err: err})
	}
	queries, err := a.savedQueries().List()
	if err != nil { // its alerts must not fall silent unseen
		add(notify.AlertRule{Name: "saved queries"}, 0, err)
	}
	queries = slices.DeleteFunc(queries, func(q saved.Query) bool { return q.Alert == nil })
	if len(queries) == 0 {
		return figures
	}
	db, openErr := guard.Open(ctx, path, guard.Limits{Time: limit, Threads: a.settings.Threads})
	if openErr == nil {
		defer func() { _ = db.Close() }()
	}
	for _, q := range queries {
		rule := notify.AlertRule{Name: q.Name, Query: q.SQL, Below: q.Alert.Below, Above: q.Alert.Above, Repeat: q.Alert.Repeat}
		value, err := 0.0, openErr
		if slices.ContainsFunc(a.alertNames(), func(name string) bool { return strings.EqualFold(name, q.Name) }) {
			rule.Name += " (saved query)"
			err = errors.New("fmcg.yaml has an alert of this name; rename one of the two")
		}
		if err == nil {
			value, err = savedFigure(ctx, db, q.SQL)
		}
		add(rule, value, err)
	}
	return figures
}

func savedFigure(ctx context.Context, db *guard.DB, query string) (float64, error) {
	table, err := db.QueryPublished(ctx, query, 2)
	if err != nil {
		return 0, err
	}
	return table.Number()
}

// alertNames are the names that alerts have by configuration, and the one that each warehouse has.
func (a *app) alertNames() []string {
	names := []string{notify.QuarantineFigure}
	for _, rule := range a.settings.Alerts {
		names = append(names, rule.Name)
	}
	return names
}
