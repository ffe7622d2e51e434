package web

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/saved"
)

func (s *Server) queries() *saved.Store { return saved.Beside(s.config.Warehouse, s.now) }

// who is the reader, to the saved queries.
func (v *visit) who() saved.Who { return saved.Who{Name: v.by(), Operator: v.role >= operator} }

// savedQuery is a query as a reader has it.
type savedQuery struct {
	saved.Query
	MayChange bool `json:"may_change"`
}

func (v *visit) savedQuery(q saved.Query) savedQuery { return savedQuery{q, v.who().May(q)} }

// queryRefusal is what a client is told of a saved query that could not be.
func (v *visit) queryRefusal(err error) error {
	for known, refused := range map[error]refusal{
		saved.ErrUnknown:  {http.StatusNotFound, "no_query", err},
		saved.ErrNotYours: {http.StatusForbidden, "not_yours", err},
		saved.ErrTaken:    {http.StatusConflict, "name_taken", err},
	} {
		if errors.Is(err, known) {
			return refused
		}
	}
	switch {
	case errors.Is(err, saved.ErrChanged):
		return explained{refusal: refusal{http.StatusConflict, "query_changed", err}, text: firstLine(strings.TrimPrefix(err.Error(), saved.ErrChanged.Error()+", "))}
	case errors.Is(err, saved.ErrWrong):
		return explained{refusal: refusal{http.StatusUnprocessableEntity, "wrong_query", err}, text: firstLine(strings.TrimPrefix(err.Error(), saved.ErrWrong.Error()+": "))}
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return refusal{http.StatusInternalServerError, "not_kept", err}
	}
	return err
}

// answerQuery answers with a saved query, or with what kept it from being.
func (v *visit) answerQuery(status int, q saved.Query, err error) error {
	if err != nil {
		return v.queryRefusal(err)
	}
	return v.jsonStatus(status, v.savedQuery(q))
}

// apiQueries are the saved queries, those with some words, if any are given.
func (s *Server) apiQueries(v *visit) error {
	queries, err := s.queries().List()
	if err != nil {
		return err
	}
	found := []savedQuery{}
	for _, q := range saved.Search(queries, v.URL.Query().Get("q")) {
		found = append(found, v.savedQuery(q))
	}
	return v.json(struct {
		Queries []savedQuery `json:"queries"`
	}{found})
}

// find is the saved query of the address.
func (v *visit) find() (saved.Query, error) {
	queries, err := v.server.queries().List()
	if err != nil {
		return saved.Query{}, err
	}
	i := slices.IndexFunc(queries, func(q saved.Query) bool { return q.ID == v.PathValue("id") })
	if i < 0 {
		return saved.Query{}, v.queryRefusal(saved.ErrUnknown)
	}
	return queries[i], nil
}

func (s *Server) apiQuery(v *visit) error {
	q, err := v.find()
	if err != nil {
		return err
	}
	return v.json(v.savedQuery(q))
}

// querySent is a saved query as a client writes it.
type querySent struct {
	Version     int    `json:"version"` // that was seen
	Name        string `json:"name"`
	Description string `json:"description"`
	SQL         string `json:"sql"`
}

func (s *Server) apiSaveQuery(v *visit) error {
	var sent querySent
	if err := v.readJSON(&sent); err != nil {
		return err
	}
	q, err := s.queries().Create(v.Context(), saved.Query{Name: strings.TrimSpace(sent.Name), Description: strings.TrimSpace(sent.Description), SQL: sent.SQL}, v.who())
	v.noteQuery("save", q, err)
	return v.answerQuery(http.StatusCreated, q, err)
}

// apiChangeQuery changes a query. One that is an alert must still give a number, under a name that is no other alert's.
func (s *Server) apiChangeQuery(v *visit, release *Release) error {
	var sent querySent
	if err := v.readJSON(&sent); err != nil {
		return err
	}
	was, err := v.find()
	if err != nil {
		return err
	}
	change := func(q *saved.Query) {
		q.Name, q.Description, q.SQL = strings.TrimSpace(sent.Name), strings.TrimSpace(sent.Description), sent.SQL
	}
	if was.Alert != nil && v.who().May(was) {
		changed := was
		change(&changed)
		if _, err := v.tryAlert(release, changed); err != nil {
			return err
		}
	}
	q, err := s.queries().Change(v.Context(), was.ID, sent.Version, v.who(), change)
	v.noteQuery("change", q, err)
	return v.answerQuery(http.StatusOK, q, err)
}

// versionSent names a query as it was seen.
type versionSent struct {
	Version int `json:"version"`
}

func (s *Server) apiDeleteQuery(v *visit) error {
	var sent versionSent
	if err := v.readJSON(&sent); err != nil {
		return err
	}
	q, err := s.queries().Delete(v.Context(), v.PathValue("id"), sent.Version, v.who())
	v.noteQuery("delete", q, err)
	return v.answerQuery(http.StatusOK, q, err)
}

// noteQuery puts what was done to a saved query into the log.
func (v *visit) noteQuery(act string, q saved.Query, err error) {
	if err == nil {
		v.server.log.Info("saved query", "id", v.ID, "act", act, "query", q.Name, "by", v.by())
	}
}

// alertShown is an alert with the number that its query gives now.
type alertShown struct {
	Query savedQuery `json:"query"`
	Value *float64   `json:"value"` // null: it gives none
	State string     `json:"state"` // ok, below, above, failed
	Error string     `json:"error"` // why it gives none
}

// alertOf looks at an alert as the end of a run would.
func (v *visit) alertOf(release *Release, q saved.Query) (alertShown, error) {
	value, err := v.tryAlert(release, q)
	refused := refusal{}
	if errors.As(err, &refused) && refused.status == http.StatusUnprocessableEntity {
		return alertShown{Query: v.savedQuery(q), State: "failed", Error: problemOf(v, err)}, nil
	}
	if err != nil {
		return alertShown{}, err
	}
	return alertShown{v.savedQuery(q), &value, q.Alert.State(value), ""}, nil
}

// tryAlert is the number of a query that is to be an alert, or why it can be none.
func (v *visit) tryAlert(release *Release, q saved.Query) (float64, error) {
	if slices.ContainsFunc(v.server.config.Alerts, func(name string) bool { return strings.EqualFold(name, q.Name) }) {
		return 0, refusal{http.StatusConflict, "alert_taken", errors.New(q.Name)}
	}
	table, err := running(v, q.SQL, func(ctx context.Context) (catalog.Table, error) { return release.SQL.QueryPublished(ctx, q.SQL, 2) })
	if err != nil {
		return 0, err
	}
	value, err := table.Number()
	if err != nil {
		return 0, explained{refusal: refusal{http.StatusUnprocessableEntity, "no_number", err}, text: firstLine(err.Error())}
	}
	return value, nil
}

// apiAlert is an alert as it stands.
func (s *Server) apiAlert(v *visit, release *Release) error {
	q, err := v.find()
	if err != nil {
		return err
	}
	if q.Alert == nil {
		return refusal{http.StatusNotFound, "no_alert", errors.New(q.Name)}
	}
	shown, err := v.alertOf(release, q)
	if err != nil {
		return err
	}
	return v.json(shown)
}

// apiSetAlert makes a query an alert, or changes its thresholds. It is tried first.
func (s *Server) apiSetAlert(v *visit, release *Release) error {
	var sent struct {
		Version int      `json:"version"`
		Below   *float64 `json:"below"`
		Above   *float64 `json:"above"`
		Repeat  bool     `json:"repeat"`
	}
	if err := v.readJSON(&sent); err != nil {
		return err
	}
	q, err := v.find()
	if err != nil {
		return err
	}
	if _, err := v.tryAlert(release, q); err != nil {
		return err
	}
	q, err = s.queries().Change(v.Context(), q.ID, sent.Version, v.who(), func(q *saved.Query) {
		q.Alert = &saved.Alert{Below: sent.Below, Above: sent.Above, Repeat: sent.Repeat, By: v.by(), SetAt: s.now().UTC().Truncate(time.Second)}
	})
	if err != nil {
		return v.queryRefusal(err)
	}
	v.noteQuery("alert", q, nil)
	shown, err := v.alertOf(release, q)
	if err != nil {
		return err
	}
	return v.json(shown)
}

// apiRemoveAlert makes an alert a plain query again.
func (s *Server) apiRemoveAlert(v *visit) error {
	var sent versionSent
	if err := v.readJSON(&sent); err != nil {
		return err
	}
	q, err := s.queries().Change(v.Context(), v.PathValue("id"), sent.Version, v.who(), func(q *saved.Query) { q.Alert = nil })
	v.noteQuery("remove alert", q, err)
	return v.answerQuery(http.StatusOK, q, err)
}

// Threshold is a threshold as a reader writes it; "" where there is none.
func (v *visit) Threshold(value *float64) string {
	if value == nil {
		return ""
	}
	return strconv.FormatFloat(*value, 'f', -1, 64)
}
