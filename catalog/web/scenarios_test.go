package web_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/fmcg/fmcg/catalog/web"
)

// scenario is a file of testdata/http: a server and what it is asked. All steps of a name in "as" share their cookies.
type scenario struct {
	Published bool
	Lake      bool // published by the program, from a made-up lake
	Writes    bool // beside the warehouse, which is then one of its own
	Users     []string
	Operators []string
	Hosts     []string
	Proxy     []string
	Alerts    []string
	Steps     []step
}

// step is one request and what must come of it.
type step struct {
	Name   string
	As     string // whose browser; "" has no cookies
	Login  string // a name and the right password are sent along with the request
	Get    string
	Post   string
	Put    string
	Delete string
	Send   map[string]string // headers
	Form   map[string]string
	JSON   string
	Status int
	Header map[string]string // regular expressions
	Has    []string
	Lacks  []string
	Keep   map[string]string // a regular expression whose group is kept; later steps write it as {name}
}

// Scenarios are data: a new one is a file, no Go. Every answer of the API is held against the description too.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/http/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios (%v)", err)
	}
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001", hostile, runsTables)
	held.lives(t)
	held.acts(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var told scenario
			decoder := yaml.NewDecoder(bytes.NewReader(body))
			decoder.KnownFields(true)
			if err := decoder.Decode(&told); err != nil {
				t.Fatal(err)
			}
			config := web.Config{Warehouse: held.path(), Operators: told.Operators, Alerts: told.Alerts, Hosts: told.Hosts, TrustedProxy: told.Proxy, Version: "test",
				Operations: operating()}
			if !told.Published {
				config.Warehouse = filepath.Join(t.TempDir(), "fmcg.duckdb")
			}
			if told.Lake {
				config.Warehouse, config.Operations.SQL = ofALake(t).path(), os.DirFS("../../sql")
			}
			if told.Writes {
				own := newWarehouse(t)
				own.publish(t, "20251201T000000000Z-000001", hostile)
				config.Warehouse = own.path()
			}
			if len(told.Users) > 0 {
				config.Users = usersFile(t, told.Users...)
			}
			server := start(t, config)
			browsers, kept := map[string]*http.Client{}, map[string]string{}
			for _, step := range told.Steps {
				for name, value := range kept {
					for _, text := range []*string{&step.Get, &step.Post, &step.JSON} {
						*text = strings.ReplaceAll(*text, "{"+name+"}", value)
					}
				}
				if browsers[step.As] == nil {
					browsers[step.As] = newBrowser(t, step.As != "")
				}
				t.Run(step.Name, func(t *testing.T) { step.run(t, server, browsers[step.As], kept) })
			}
		})
	}
}

func newBrowser(t testing.TB, keepsCookies bool) *http.Client {
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if keepsCookies {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		browser.Jar = jar
	}
	return browser
}

func (s step) run(t *testing.T, server *served, browser *http.Client, kept map[string]string) {
	request := s.request(t, server.URL)
	sent := request.Clone(t.Context())
	answer, err := browser.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != s.Status {
		t.Errorf("status %d, want %d\n%s", answer.StatusCode, s.Status, body)
	}
	for name, want := range s.Header {
		if got := strings.Join(answer.Header.Values(name), "\n"); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("header %s is %q, want %s", name, got, want)
		}
	}
	for _, want := range s.Has {
		if !strings.Contains(string(body), want) {
			t.Errorf("no %q in\n%s", want, body)
		}
	}
	for _, not := range s.Lacks {
		if strings.Contains(string(body), not) {
			t.Errorf("%q in\n%s", not, body)
		}
	}
	for name, pattern := range s.Keep {
		found := regexp.MustCompile(pattern).FindSubmatch(body)
		if found == nil {
			t.Fatalf("nothing to keep as %s in\n%s", name, body)
		}
		kept[name] = string(found[1])
	}
	if strings.Contains(string(body), ".duckdb") {
		t.Errorf("a path in\n%s", body)
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	described(t, sent, answer)
}

func (s step) request(t *testing.T, url string) *http.Request {
	method, path, body := http.MethodGet, s.Get, ""
	for verb, given := range map[string]string{http.MethodPost: s.Post, http.MethodPut: s.Put, http.MethodDelete: s.Delete} {
		if given != "" {
			method, path = verb, given
		}
	}
	kind := ""
	if s.Form != nil {
		values := make([]string, 0, len(s.Form))
		for name, value := range s.Form {
			if value == "{password}" {
				value = password
			}
			values = append(values, name+"="+strings.NewReplacer("%", "%25", "&", "%26", "+", "%2B", " ", "+").Replace(value))
		}
		body, kind = strings.Join(values, "&"), "application/x-www-form-urlencoded"
	}
	if s.JSON != "" {
		body, kind = s.JSON, "application/json"
		var size int
		if n, _ := fmt.Sscanf(s.JSON, "{%d bytes}", &size); n == 1 {
			body = `{"question": "` + strings.Repeat("x", size) + `"}`
		}
	}
	request, err := http.NewRequestWithContext(t.Context(), method, url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	for name, value := range s.Send {
		if name == "Host" {
			request.Host = value
		}
		request.Header.Set(name, value)
	}
	if s.Login != "" {
		request.SetBasicAuth(s.Login, password)
	}
	return request
}
