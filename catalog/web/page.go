package web

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/fmcg/fmcg/catalog/ask"
)

//go:embed templates/*.html
var templateFiles embed.FS

// page is what a template is given: the visit, whose methods format and translate, and the page's own data.
type page struct {
	*visit
	Title   string
	Section string // of the navigation, "ask"
	Scripts []string
	Data    any

	Release *ask.Data // the newest; nil where nothing is published
	Fresh   freshness // of it
}

// loadPages parses each template with the layout and the parts (templates that begin with _).
func loadPages() (map[string]*template.Template, error) {
	functions := template.FuncMap{
		"json": func(value any) (string, error) { // for a data attribute, which the template escapes
			text, err := json.Marshal(value)
			return string(text), err
		},
		"list":   func(values ...any) []any { return values },
		"same":   strings.EqualFold,
		"layOut": layOut,
		"result": func(charts []ask.Chart, columns []ask.Column, rows [][]any) map[string]any { // for results.js
			return map[string]any{"charts": charts, "columns": columns, "rows": rows}
		},
	}
	base, err := template.New("layout.html").Funcs(functions).ParseFS(templateFiles, "templates/layout.html", "templates/_*.html")
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, err
	}
	pages := map[string]*template.Template{}
	for _, name := range names {
		short := strings.TrimSuffix(path.Base(name), ".html")
		if short == "layout" || strings.HasPrefix(short, "_") {
			continue
		}
		own, err := base.Clone()
		if err == nil {
			own, err = own.ParseFS(templateFiles, name)
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		pages[short] = own
	}
	return pages, nil
}

// page answers with a page, whole or not at all.
func (v *visit) page(name string, page page) error { return v.pageStatus(http.StatusOK, name, page) }

func (v *visit) pageStatus(status int, name string, page page) error {
	page.visit = v
	if release, done, err := v.server.releases.acquire(); err == nil {
		data := release.Data
		page.Release, page.Fresh = &data, v.freshness(release)
		done()
	}
	var body bytes.Buffer
	if err := v.server.pages[name].Execute(&body, page); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	v.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.Header().Set("Vary", "Cookie, Accept-Language")
	v.WriteHeader(status)
	_, _ = v.Write(body.Bytes()) // the client may be gone
	return nil
}

// Prefs are the reader's habits.
func (p page) Prefs() prefs { return p.prefs }

// User is who is logged in, "" where nobody has to.
func (p page) User() string { return p.user }

// CanLogOut says that there is a session to end.
func (p page) CanLogOut() bool {
	return p.user != "" && p.server.users != nil && p.server.users.token(p.visit) != ""
}

// IsOperator says that the reader may do what viewers may not.
func (p page) IsOperator() bool { return p.role >= operator }

// IsViewer says that the reader may see the data.
func (p page) IsViewer() bool { return p.role >= viewer }

// Here is the address of the page, to come back to.
func (p page) Here() string {
	if p.Method != http.MethodGet {
		return "/"
	}
	return p.URL.RequestURI()
}

// Static is the address of a file of static/ or assets/.
func (p page) Static(file string) string { return p.server.static.address(file) }

// HasCharts says that the library of charts is embedded.
func (p page) HasCharts() bool { return p.server.static.has(chartLibrary) }

// HasEditor says that the editor of SQL is embedded.
func (p page) HasEditor() bool { return p.server.static.has(editorLibrary) }

// ScriptMessages are the texts that scripts show.
func (p page) ScriptMessages() map[string]string { return p.scriptMessages() }

// Age says how long ago the data were published, roughly.
func (p page) Age() string {
	if p.Release == nil {
		return ""
	}
	at, err := time.Parse(time.RFC3339, p.Release.PublishedAt)
	if err != nil {
		return p.Release.PublishedAt
	}
	passed := p.server.now().Sub(at)
	switch {
	case passed < time.Hour:
		return p.T("age.minutes", max(0, int(passed.Minutes())))
	case passed < 48*time.Hour:
		return p.T("age.hours", int(passed.Hours()))
	}
	return p.T("age.days", int(passed.Hours()/24))
}

// home leads to the first page.
func (s *Server) home(v *visit) error {
	http.Redirect(v, v.Request, "/dashboard", http.StatusSeeOther)
	return nil
}

// aboutPage says what the pages show and how old it is.
func (s *Server) aboutPage(v *visit) error {
	return v.page("about", page{Title: v.T("about.title"), Section: "about"})
}
