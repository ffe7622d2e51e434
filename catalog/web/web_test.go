package web_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
	"golang.org/x/crypto/bcrypt"

	"github.com/fmcg/fmcg/catalog/ask/asktest"
	"github.com/fmcg/fmcg/catalog/web"
)

// hostile are customers that a lake may hold.
const hostile = `insert into gold.vw_fact_orders_enriched
	select date, product_code, code, date_key, year, month_name, month_short_name, quarter, year_quarter, name, market, platform, channel, division, category, product, variant,
		1000000000, 100, 100000000000
	from gold.vw_fact_orders_enriched, (values ('999998', '<script>alert(1)</script>'), ('999999', '=cmd|''/c calc''!A1')) as hostile(code, name)
	where date = '2025-11-01' and product_code = 'A1001' and customer_code = (select min(customer_code) from gold.vw_fact_orders_enriched where date = '2025-11-01' and product_code = 'A1001');`

// warehouse is a published path, as a refresh makes it: a link to a release.
type warehouse struct{ dir string }

func newWarehouse(t testing.TB) warehouse {
	dir := t.TempDir()
	t.Cleanup(func() { // read-only files, which a Windows can't remove
		_ = filepath.Walk(dir, func(path string, _ os.FileInfo, _ error) error { _ = os.Chmod(path, 0o755); return nil })
	})
	return warehouse{dir}
}

func (w warehouse) path() string { return filepath.Join(w.dir, "fmcg.duckdb") }

// publish makes a release of the small view, changed by the statements, and swaps the link to it.
func (w warehouse) publish(t testing.TB, run string, statements ...string) {
	t.Helper()
	release := filepath.Join("releases", run, "fmcg.duckdb")
	if err := os.MkdirAll(filepath.Join(w.dir, "releases", run), 0o755); err != nil {
		t.Fatal(err)
	}
	asktest.Write(t, filepath.Join(w.dir, release), append(statements, "update ops.freshness set run_id = '"+run+"'")...)
	next := filepath.Join(w.dir, "next")
	for _, err := range []error{os.Chmod(filepath.Join(w.dir, release), 0o444), os.Symlink(release, next), os.Rename(next, w.path())} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// configOf serves a warehouse to whoever is at this machine.
func configOf(w warehouse) web.Config { return web.Config{Warehouse: w.path(), Version: "test"} }

// clock moves on by a second each time it is read, so that nobody is limited, or stands still until it is told.
type clock struct {
	base  time.Time
	step  int64
	ticks atomic.Int64
}

func (c *clock) now() time.Time { return c.base.Add(time.Duration(c.ticks.Add(c.step)) * time.Second) }

func newClock(step int64) *clock {
	return &clock{base: time.Date(2025, 12, 1, 12, 0, 0, 0, time.UTC), step: step}
}

// served is a server that runs.
type served struct {
	*web.Server
	URL  string
	log  *lockedText
	stop func() error // asks it to stop, and waits until it has
}

// start runs a server on a port of its own. It is stopped when the test ends.
func start(t testing.TB, config web.Config) *served {
	t.Helper()
	log := &lockedText{}
	if config.Address == "" {
		config.Address = "127.0.0.1:0"
	}
	if config.Now == nil {
		config.Now = newClock(1).now
	}
	config.Follow = 10 * time.Millisecond
	config.Log = slog.New(slog.NewTextHandler(log, nil))
	server, err := web.New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	address, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- server.Run(ctx, func(at string) { address <- at }) }()
	s := &served{Server: server, log: log}
	s.stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
		if strings.Contains(log.String(), "panic") {
			t.Errorf("a handler panicked:\n%s", log)
		}
	})
	select {
	case s.URL = <-address:
	case err := <-ended:
		ended <- err
		t.Fatal(err)
	}
	return s
}

func (s *served) host() string { _, host, _ := strings.Cut(s.URL, "://"); return host }

// lockedText is a log that may be read while it is written.
type lockedText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// password is that of all users of tests.
const password = "correct horse"

// usersFile is an htpasswd file of viewers and operators.
func usersFile(t testing.TB, names ...string) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for _, name := range names {
		lines.WriteString(name + ":" + string(hash) + "\n")
	}
	path := filepath.Join(t.TempDir(), "users.htpasswd")
	if err := os.WriteFile(path, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// get asks for an address and returns status and body.
func (s *served) get(t testing.TB, path string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return read(t, request)
}

func read(t testing.TB, request *http.Request) (int, string) {
	t.Helper()
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// dial opens a connection to the server.
func (s *served) dial(t testing.TB) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", s.host())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}
