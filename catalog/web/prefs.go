package web

import (
	"net/http"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// prefs are the reader's habits: from a cookie where they were chosen, else from the browser.
type prefs struct {
	Language string // en, fr
	Indian   bool   // figures in lakh and crore
	Theme    string // auto, light, dark
}

var (
	languages = []string{"en", "fr"}
	themes    = []string{"auto", "light", "dark"}
	units     = []string{"million", "crore"}
	offered   = language.NewMatcher([]language.Tag{language.English, language.French})
)

const prefsCookie = "fmcg_prefs"

func (p prefs) orDefault() prefs {
	if p.Language == "" {
		p.Language = languages[0]
	}
	if p.Theme == "" {
		p.Theme = themes[0]
	}
	return p
}

// Units is the name of the units of large figures.
func (p prefs) Units() string {
	if p.Indian {
		return units[1]
	}
	return units[0]
}

// Locale is the name by which Intl formats figures.
func (p prefs) Locale() string {
	if p.Indian && p.Language == "en" {
		return "en-IN"
	}
	return p.Language
}

// readPrefs reads the habits. What a cookie holds was sent by a client: only what is offered is taken.
func (s *Server) readPrefs(v *visit) error {
	wanted, _, _ := language.ParseAcceptLanguage(v.Request.Header.Get("Accept-Language"))
	_, index, _ := offered.Match(wanted...)
	v.prefs = prefs{Language: languages[index]}
	if len(wanted) > 0 {
		region, confidence := wanted[0].Region()
		v.prefs.Indian = confidence == language.Exact && region.String() == "IN"
	}
	if cookie, err := v.Cookie(prefsCookie); err == nil {
		for _, part := range strings.Split(cookie.Value, ".") {
			v.prefs.take(part)
		}
	}
	v.prefs = v.prefs.orDefault()
	return nil
}

// take sets what a word means.
func (p *prefs) take(word string) {
	switch {
	case slices.Contains(languages, word):
		p.Language = word
	case slices.Contains(themes, word):
		p.Theme = word
	case slices.Contains(units, word):
		p.Indian = word == "crore"
	}
}

// setPreferences keeps what was chosen in a cookie, and leads back to the page.
func (s *Server) setPreferences(v *visit) error {
	if err := v.ParseForm(); err != nil {
		return badForm(err)
	}
	for _, name := range []string{"language", "theme", "units"} {
		v.prefs.take(v.PostForm.Get(name))
	}
	const year = 365 * 24 * 60 * 60
	http.SetCookie(v, &http.Cookie{Name: prefsCookie, Value: v.prefs.Language + "." + v.prefs.Theme + "." + v.prefs.Units(), Path: "/", MaxAge: year,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: v.secure})
	http.Redirect(v, v.Request, localPath(v.PostForm.Get("next")), http.StatusSeeOther)
	return nil
}
