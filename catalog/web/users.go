package web

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
	"github.com/tg123/go-htpasswd"
	"golang.org/x/crypto/bcrypt"
)

// Sessions. Their names bind the cookie to this host, where it came by TLS.
const (
	sessionLife  = 12 * time.Hour
	sessionName  = "fmcg_session"
	longestName  = 200
	longestWord  = 72 // bytes of a password, which bcrypt looks at
	keyOfUser    = "user"
	keyOfEdition = "edition"
)

// users are who may log in, and who has. An edited file of users ends all sessions.
type users struct {
	path     string
	sessions *scs.SessionManager
	checking chan struct{} // a password costs as much as it is meant to: so many at a time

	mu      sync.Mutex
	file    *htpasswd.File
	names   map[string]bool
	read    time.Time
	edition int
}

// openUsers reads an htpasswd file.
func openUsers(path string) (*users, error) {
	u := &users{path: path, sessions: scs.New(), checking: make(chan struct{}, 2)}
	u.sessions.Store = memstore.New()
	u.sessions.Lifetime = sessionLife
	u.sessions.HashTokenInStore = true
	u.sessions.Cookie.Name, u.sessions.Cookie.HttpOnly, u.sessions.Cookie.SameSite, u.sessions.Cookie.Persist = sessionName, true, http.SameSiteLaxMode, false
	return u, u.reload()
}

// reload reads the file if it changed.
func (u *users) reload() error {
	at := modified(u.path)
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.file != nil && at.Equal(u.read) {
		return nil
	}
	u.read = at
	text, err := os.ReadFile(u.path)
	if err != nil {
		return fmt.Errorf("read users: %w", err)
	}
	names, wrong := map[string]bool{}, error(nil)
	for line := range strings.Lines(string(text)) {
		if name, _, found := strings.Cut(strings.TrimSpace(line), ":"); found && !strings.HasPrefix(name, "#") {
			names[name] = true
		}
	}
	file, err := htpasswd.NewFromReader(bytes.NewReader(text), []htpasswd.PasswdParser{htpasswd.AcceptBcrypt}, func(err error) { wrong = errors.Join(wrong, err) })
	switch {
	case err != nil:
		return fmt.Errorf("read users: %w", err)
	case wrong != nil:
		return fmt.Errorf("read users: %s has a line that is no name with a bcrypt hash (htpasswd -B makes one)", u.path)
	case len(names) == 0:
		return fmt.Errorf("read users: %s names nobody; htpasswd -B %[1]s NAME adds somebody", u.path)
	}
	u.file, u.names = file, names
	u.edition++
	return nil
}

// now is which edition of the file holds.
func (u *users) now() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.edition
}

// match says that a password is that of a name. It takes as long where the name is not known.
func (u *users) match(name, password string) bool {
	u.mu.Lock()
	file, known := u.file, u.names[name]
	u.mu.Unlock()
	if !known {
		_ = bcrypt.CompareHashAndPassword(nobody(), []byte(password))
		return false
	}
	return file.Match(name, password)
}

// nobody is what the password of a name that is not known is compared with, so that it takes as long.
var nobody = sync.OnceValue(func() []byte {
	hash, _ := bcrypt.GenerateFromPassword([]byte("nobody"), bcrypt.DefaultCost)
	return hash
})

// check compares a password.
func (u *users) check(v *visit, name, password string) error {
	wrong := refusal{http.StatusUnauthorized, "wrong_password", nil}
	if name == "" || len(name) > longestName || len(password) > longestWord {
		return wrong
	}
	right, allowed := v.server.limits.allowLogin(v.client, name, v.server.now())
	if !allowed {
		v.server.metrics.limited.Inc()
		return refusal{http.StatusTooManyRequests, "too_many_logins", nil}
	}
	select {
	case u.checking <- struct{}{}:
		defer func() { <-u.checking }()
	case <-v.Context().Done():
		return v.Context().Err()
	}
	if !u.match(name, password) {
		v.server.log.Warn("wrong password", "id", v.ID, "client", v.client)
		return wrong
	}
	right()
	return nil
}

// visitor is the user that a visit says it is of: by a name and password sent along, by a session, or nobody.
func (u *users) visitor(v *visit) (string, error) {
	if name, password, given := v.BasicAuth(); given {
		return name, u.check(v, name, password)
	}
	cookie, err := v.Cookie(sessionName)
	if err != nil {
		return "", nil
	}
	ctx, err := u.sessions.Load(v.Context(), cookie.Value)
	if err != nil {
		return "", err
	}
	if u.sessions.GetInt(ctx, keyOfEdition) != u.now() {
		return "", nil
	}
	return u.sessions.GetString(ctx, keyOfUser), nil
}

// begin makes a new session; one that was there ends, so that nobody can hand one to another.
func (u *users) begin(v *visit, name string) error {
	ctx, err := u.sessions.Load(v.Context(), u.token(v))
	if err != nil {
		return err
	}
	if err := u.sessions.RenewToken(ctx); err != nil {
		return err
	}
	u.sessions.Put(ctx, keyOfUser, name)
	u.sessions.Put(ctx, keyOfEdition, u.now())
	token, expiry, err := u.sessions.Commit(ctx)
	if err != nil {
		return err
	}
	u.setCookie(v, token, expiry)
	return nil
}

// end ends the session.
func (u *users) end(v *visit) error {
	ctx, err := u.sessions.Load(v.Context(), u.token(v))
	if err != nil {
		return err
	}
	u.setCookie(v, "", time.Time{})
	return u.sessions.Destroy(ctx)
}

func (u *users) token(v *visit) string {
	if cookie, err := v.Cookie(sessionName); err == nil {
		return cookie.Value
	}
	return ""
}

func (u *users) setCookie(v *visit, token string, expiry time.Time) {
	cookie := &http.Cookie{Name: sessionName, Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: v.secure, Expires: expiry}
	if token == "" {
		cookie.MaxAge = -1
	}
	http.SetCookie(v, cookie)
}

// loginPage asks for a name and password.
func (s *Server) loginPage(v *visit) error {
	next := localPath(v.URL.Query().Get("next"))
	if s.users == nil || v.role > anybody {
		http.Redirect(v, v.Request, next, http.StatusSeeOther)
		return nil
	}
	return v.page("login", page{Title: v.T("login.title"), Data: loginForm{Next: next}})
}

// loginForm is what the page of the login shows again.
type loginForm struct{ Next, Name, Problem string }

// login begins a session.
func (s *Server) login(v *visit) error {
	if s.users == nil {
		return notFound
	}
	if err := v.ParseForm(); err != nil {
		return badForm(err)
	}
	name, next := v.PostForm.Get("name"), localPath(v.PostForm.Get("next"))
	if err := s.users.check(v, name, v.PostForm.Get("password")); err != nil {
		refused := refusalOf(err)
		if refused.status >= http.StatusInternalServerError {
			return err
		}
		form := loginForm{Next: next, Name: name, Problem: v.T("error." + refused.code)}
		return v.pageStatus(refused.status, "login", page{Title: v.T("login.title"), Data: form})
	}
	if err := s.users.begin(v, name); err != nil {
		return err
	}
	s.log.Info("logged in", "id", v.ID, "user", name, "client", v.client)
	http.Redirect(v, v.Request, next, http.StatusSeeOther)
	return nil
}

// logout ends the session.
func (s *Server) logout(v *visit) error {
	if s.users != nil {
		if err := s.users.end(v); err != nil {
			return err
		}
	}
	http.Redirect(v, v.Request, "/login", http.StatusSeeOther)
	return nil
}

// localPath is a path of this server to go on to, whatever was given.
func localPath(given string) string {
	if !strings.HasPrefix(given, "/") || strings.HasPrefix(given, "//") || strings.ContainsAny(given, "\\\r\n\t") {
		return "/"
	}
	return given
}

func badForm(err error) error {
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return err
	}
	return badRequest.because("form: %w", err)
}
