package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/fmcg/fmcg/pipeline/journal"
)

// actsOnPage is how many acts of operators the page of the job shows; the API has more.
const actsOnPage = 20

// jobShown is what the job's page shows.
type jobShown struct {
	jobAnswer
	Graph graph
	Lake  string
	Acts  []journal.Act
	May   map[string]bool
}

// jobPage is the job: when it runs, what a run may be told, who did what to it, its tasks and their SQL.
func (s *Server) jobPage(v *visit) error {
	answer, err := v.jobAnswer()
	if err != nil {
		return err
	}
	shown := jobShown{jobAnswer: answer, Graph: drawGraph(answer.Job, nil), Lake: s.config.Operations.Lake, May: v.may()}
	if shown.Acts, err = s.activity(actsOnPage); err != nil {
		return err
	}
	return v.page("job", page{Title: v.T("job.title"), Section: "runs", Data: shown})
}

// Due is a due time as a clock of its zone shows it.
func (v *visit) Due(at time.Time) string { return at.Format("2006-01-02 15:04 MST") }

// asked is a form: of a run, or of a schedule.
type askedForm struct {
	Schedule          // of a run, only its parameters
	IsNew    bool     // of a schedule that is added
	Tasks    []string // that there are
	Usual    string   // what after_load is unless it is told otherwise
	Next     []time.Time
	Wrong    *Mistake // what cannot be so
	Dear     []string // what a person must say to be sure of
	Shown    bool     // the next times were asked for
}

// Has says that a task is chosen.
func (f askedForm) Has(task string) bool { return slices.Contains(f.Parameters.Tasks, task) }

// IsWrong says that a field cannot be as it is.
func (f askedForm) IsWrong(field string) bool { return f.Wrong != nil && f.Wrong.Field == field }

// form is a form with what was sent.
func (v *visit) form(sent url.Values) askedForm {
	form := askedForm{Schedule: Schedule{Name: sent.Get("name"), Expression: sent.Get("schedule"), Timezone: sent.Get("timezone"), Poll: sent.Get("poll"), Settle: sent.Get("settle"),
		On: sent.Get("on") != "", Parameters: Parameters{Full: sent.Get("full") != "", AcceptMissing: sent.Get("accept_missing") != "", AfterLoad: sent.Get("after_load"), Tasks: sent["task"]}},
		IsNew: sent.Get("new") != ""}
	return v.completed(form)
}

func (v *visit) completed(form askedForm) askedForm {
	for _, task := range v.server.job(v.Context()).Tasks {
		form.Tasks = append(form.Tasks, task.Name)
	}
	for _, parameter := range v.server.config.Operations.Parameters {
		if parameter.Name == "after_load" {
			form.Usual = parameter.Default
		}
	}
	return form
}

// runForm asks what a run is to be told.
func (s *Server) runForm(v *visit) error {
	if s.config.Operations.Start == nil {
		return notHere
	}
	return v.showForm("start", v.form(nil))
}

func (v *visit) showForm(name string, form askedForm) error {
	status := http.StatusOK
	if form.Wrong != nil && v.Method == http.MethodPost {
		status = http.StatusUnprocessableEntity
	}
	return v.pageStatus(status, name, page{Title: v.T("job." + name), Section: "runs", Scripts: []string{"job.js"}, Data: form})
}

// startFromPage starts a run. One that costs much or takes something away is started once a person says to be sure.
func (s *Server) startFromPage(v *visit) error {
	if err := v.ParseForm(); err != nil {
		return badForm(err)
	}
	form := v.form(v.PostForm)
	if form.Dear = form.Parameters.Dear(); len(form.Dear) > 0 && v.PostForm.Get("sure") == "" {
		return v.showForm("start", form)
	}
	run, err := v.start(Asked{Parameters: form.Parameters})
	if mistake := (Mistake{}); errors.As(err, &mistake) {
		form.Wrong = &mistake
		return v.showForm("start", form)
	}
	return v.leadTo("/runs/"+run, err)
}

// The kinds of a schedule that is added, and what its form begins with.
var kinds = map[string]Schedule{
	"times": {Expression: "02:00", On: true},
	"files": {Poll: "5m", Settle: "2m", On: true},
}

// scheduleForm edits a schedule, or a new one; with its next times where they are asked for.
func (s *Server) scheduleForm(v *visit) error {
	if !v.may()["schedule"] {
		return notHere
	}
	sent := v.URL.Query()
	if sent.Get("preview") != "" {
		form := v.form(sent)
		form.Shown = true
		form.Wrong, form.Next = v.tried(form)
		return v.showForm("schedule", form)
	}
	if name := sent.Get("name"); name != "" {
		found, err := s.schedule(name)
		if err != nil {
			return err
		}
		return v.showForm("schedule", v.completed(askedForm{Schedule: found, Next: found.Next}))
	}
	fresh := kinds[cmp.Or(sent.Get("kind"), "times")]
	all, err := s.schedules()
	if err != nil {
		return err
	}
	if fresh.Poll == "" && len(all.Schedules) > 0 {
		fresh.Timezone = all.Schedules[0].Timezone
	}
	return v.showForm("schedule", v.completed(askedForm{Schedule: fresh, IsNew: true}))
}

// tried is what is wrong with a form, or when it would be due.
func (v *visit) tried(form askedForm) (*Mistake, []time.Time) {
	if form.IsNew {
		if _, err := v.server.schedule(form.Name); err == nil {
			return &Mistake{Field: "name", Text: v.T("job.taken", form.Name)}, nil
		}
	}
	next, err := v.preview(form.Schedule)
	var mistake Mistake
	if errors.As(err, &mistake) {
		return &mistake, nil
	}
	return nil, next
}

// scheduleFromPage adds or changes a schedule.
func (s *Server) scheduleFromPage(v *visit) error {
	if err := v.ParseForm(); err != nil {
		return badForm(err)
	}
	form := v.form(v.PostForm)
	if form.Wrong, form.Next = v.tried(form); form.Wrong != nil {
		return v.showForm("schedule", form)
	}
	if form.Dear = form.Parameters.Dear(); len(form.Dear) > 0 && v.PostForm.Get("sure") == "" {
		return v.showForm("schedule", form)
	}
	return v.leadTo("/job#schedules", v.setSchedule(form.Schedule))
}

// switchFromPage turns a schedule on or off.
func (s *Server) switchFromPage(v *visit) error {
	if err := v.ParseForm(); err != nil {
		return badForm(err)
	}
	one, err := s.schedule(v.PathValue("name"))
	if err != nil {
		return err
	}
	one.On = v.PostForm.Get("on") != ""
	return v.leadTo("/job#schedules", v.setSchedule(one))
}

func (s *Server) removeFromPage(v *visit) error {
	return v.leadTo("/job#schedules", v.removeSchedule(v.PathValue("name")))
}

func (s *Server) pauseFromPage(v *visit) error {
	if err := v.ParseForm(); err != nil {
		return badForm(err)
	}
	return v.leadTo("/job", v.pause(v.PostForm.Get("reason")))
}

func (s *Server) resumeFromPage(v *visit) error { return v.leadTo("/job", v.resume()) }
