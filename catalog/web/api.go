package web

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"

	"go.yaml.in/yaml/v3"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/guard"
	"github.com/fmcg/fmcg/catalog/semantic"
	"github.com/fmcg/fmcg/catalog/sheet"
)

//go:embed openapi.yaml
var openAPISource []byte

// loadOpenAPI makes JSON of the description, which is written in YAML.
func loadOpenAPI() ([]byte, error) {
	var document map[string]any
	if err := yaml.Unmarshal(openAPISource, &document); err != nil {
		return nil, fmt.Errorf("read openapi.yaml: %w", err)
	}
	return json.Marshal(document)
}

func (s *Server) apiDocument(v *visit) error {
	v.Header().Set("Content-Type", "application/json; charset=utf-8")
	v.WriteHeader(http.StatusOK)
	_, _ = v.Write(s.openAPI)
	return nil
}

// status is how fresh the data are.
type status struct {
	Ready       bool   `json:"ready"`
	RunID       string `json:"run_id"`
	PublishedAt string `json:"published_at"`
	DataThrough string `json:"data_through"` // a month
	Version     string `json:"version"`
}

// apiStatus is asked by every open page, so that it takes up new data by itself.
func (s *Server) apiStatus(v *visit) error {
	found := status{Version: s.config.Version}
	if release, done, err := s.releases.acquire(); err == nil {
		defer done()
		found.Ready, found.RunID, found.PublishedAt, found.DataThrough = true, release.Data.RunID, release.Data.PublishedAt, release.Data.LastMonth
	}
	return v.json(found)
}

// mostPrevious is how many questions before a follow-up are looked at.
const mostPrevious = 10

// question is the body of a question.
type question struct {
	Question string   `json:"question"`
	Previous []string `json:"previous"`
	Units    string   `json:"units"` // million, crore; "" is the reader's habit
}

func (q question) check() error {
	switch {
	case q.Question == "":
		return badRequest.because("no question")
	case len(q.Previous) > mostPrevious:
		return badRequest.because("%d previous questions, at most %d are looked at", len(q.Previous), mostPrevious)
	}
	for _, text := range append([]string{q.Question}, q.Previous...) {
		if len(text) > ask.LongestQuestion {
			return badRequest.because("a question of %d letters", len(text))
		}
	}
	return nil
}

func (s *Server) apiAsk(v *visit, release *Release) error {
	var asked question
	if err := v.readJSON(&asked); err != nil {
		return err
	}
	answer, err := answerTo(v, release, asked)
	if err != nil {
		return err
	}
	return v.json(answer)
}

func answerTo(v *visit, release *Release, asked question) (ask.Answer, error) {
	if err := asked.check(); err != nil {
		return ask.Answer{}, err
	}
	habit := v.prefs
	habit.take(asked.Units)
	answer, err := release.Ask(habit.Indian).Ask(v.Context(), asked.Question, asked.Previous...)
	if err == nil && answer.Status == ask.StatusAnswered {
		v.server.usage.note(guard.View)
	}
	return answer, err
}

// apiExport gives the table of an answer to a spreadsheet.
func (s *Server) apiExport(v *visit, release *Release) error {
	values := v.URL.Query()
	format := values.Get("format")
	write, known := sheet.Formats[format]
	if !known {
		return badRequest.because("format %q", format)
	}
	answer, err := answerTo(v, release, question{Question: values.Get("q"), Previous: values["previous"]})
	if err != nil {
		return err
	}
	if answer.Status != ask.StatusAnswered {
		return refusal{http.StatusUnprocessableEntity, "not_answered", fmt.Errorf("%s", answer.Text)}
	}
	v.Header().Set("Content-Type", sheet.Kinds[format])
	v.Header().Set("Content-Disposition", `attachment; filename="fmcg-answer.`+format+`"`)
	return write(v, tableOf(answer), "answer")
}

// tableOf is the table of an answer under its labels.
func tableOf(answer ask.Answer) catalog.Table {
	table := catalog.Table{Rows: answer.Rows}
	for _, column := range answer.Columns {
		kind := map[string]string{"number": "DOUBLE", "date": "DATE"}[column.Type]
		if kind == "" {
			kind = "VARCHAR"
		}
		table.Columns, table.Types = append(table.Columns, column.Label), append(table.Types, kind)
	}
	return table
}

func (s *Server) apiComplete(v *visit, release *Release) error {
	typed := v.URL.Query().Get("q")
	if len(typed) > ask.LongestQuestion {
		return badRequest.because("%d letters", len(typed))
	}
	return v.json(struct {
		Completions []string `json:"completions"`
	}{release.Ask(v.prefs.Indian).Complete(typed)})
}

// apiValues are the values of a dimension, which of them begin with or hold a text.
func (s *Server) apiValues(v *visit, release *Release) error {
	name := v.URL.Query().Get("dimension")
	engine := release.Ask(false)
	dimension := engine.Model.Dimension(name)
	if dimension == nil || dimension.Kind == semantic.KindTime {
		return badRequest.because("dimension %q", name)
	}
	values := engine.Index.Values(name)
	if values == nil {
		values = []string{}
	}
	return v.json(struct {
		Dimension string   `json:"dimension"`
		Values    []string `json:"values"`
	}{name, values})
}

// known is what can be asked for: a measure or a dimension.
type known struct {
	Name    string   `json:"name"`
	Label   string   `json:"label"`
	Kind    string   `json:"kind"` // measure, text, code, time
	Unit    string   `json:"unit"`
	Comment string   `json:"comment"`
	SQL     string   `json:"sql"`
	Words   []string `json:"words"` // that people call it
}

// apiModel is all that Ask knows.
func (s *Server) apiModel(v *visit, release *Release) error {
	model := release.Ask(false).Model
	found := struct {
		View       string  `json:"view"`
		Measures   []known `json:"measures"`
		Dimensions []known `json:"dimensions"`
	}{View: model.Source}
	found.Measures, found.Dimensions = knownIn(model, v.prefs.Language)
	return v.json(found)
}

// knownIn are the measures and dimensions of a model, with the words of a language.
func knownIn(model *semantic.Model, language string) (measures, dimensions []known) {
	measures, dimensions = []known{}, []known{}
	for i := range model.Measures {
		m := &model.Measures[i]
		measures = append(measures, known{m.Name, m.Label(language), "measure", m.Unit, m.Meaning(language), m.Expr, orEmpty(m.Names[language])})
	}
	for i := range model.Dimensions {
		d := &model.Dimensions[i]
		dimensions = append(dimensions, known{d.Name, d.Label(language), string(d.Kind), "", d.Meaning(language), d.Expr, orEmpty(d.Names[language])})
	}
	return measures, dimensions
}

func orEmpty(texts []string) []string {
	if texts == nil {
		return []string{}
	}
	return texts
}
