package web_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/web"
)

func TestAnAddressOfOthersIsRefusedUnlessItSaysWhoMay(t *testing.T) {
	users := usersFile(t, "olga")
	for name, config := range map[string]struct {
		web.Config
		refused bool
	}{
		"every address":        {web.Config{Address: "0.0.0.0:0"}, true},
		"no host":              {web.Config{Address: ":0"}, true},
		"IPv6":                 {web.Config{Address: "[::]:0"}, true},
		"a name":               {web.Config{Address: "sales.example.com:0"}, true},
		"with users":           {web.Config{Address: "0.0.0.0:0", Users: users}, false},
		"with a proxy":         {web.Config{Address: "0.0.0.0:0", TrustedProxy: []string{"10.0.0.7"}}, false},
		"this machine":         {web.Config{Address: "127.0.0.1:0"}, false},
		"this machine by name": {web.Config{Address: "localhost:0"}, false},
		"this machine, IPv6":   {web.Config{Address: "[::1]:0"}, false},
		"nothing said":         {web.Config{}, false},
	} {
		config.Warehouse = filepath.Join(t.TempDir(), "fmcg.duckdb")
		if _, err := web.New(t.Context(), config.Config); errors.Is(err, web.ErrOpenToOthers) != config.refused || !config.refused && err != nil {
			t.Errorf("%s: %v, want refused %v", name, err, config.refused)
		}
	}
}

func TestSettingsThatCannotHoldAreRefused(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, []byte("olga:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, config := range map[string]web.Config{
		"no port":                  {Address: "127.0.0.1"},
		"a proxy that is none":     {TrustedProxy: []string{"proxy.example.com"}},
		"a certificate alone":      {TLSCert: "server.pem"},
		"operators without users":  {Operators: []string{"olga"}},
		"users that are not there": {Users: filepath.Join(t.TempDir(), "nobody")},
		"users without bcrypt":     {Users: plain},
		"a file of nobody":         {Users: usersFile(t)},
	} {
		config.Warehouse = filepath.Join(t.TempDir(), "fmcg.duckdb")
		if _, err := web.New(t.Context(), config); err == nil {
			t.Errorf("%s: is served", name)
		}
	}
}

// total asks for the revenue, and returns it with the run that it is of.
func (s *served) total(t testing.TB) (run, revenue string, err error) {
	answer, err := http.Post(s.URL+"/api/ask", "application/json", strings.NewReader(`{"question": "total revenue"}`))
	if err != nil {
		return "", "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		return "", "", fmt.Errorf("%d %s %w", answer.StatusCode, body, err)
	}
	var told ask.Answer
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&told); err != nil {
		return "", "", err
	}
	return told.Data.RunID, fmt.Sprint(told.Rows[0][0]), nil
}

// Each release has its own revenue, so that an answer that mixes two is found.
func TestReleasesAreSwitchedUnderLoadWithoutABrokenOrMixedAnswer(t *testing.T) {
	held := newWarehouse(t)
	const releases = 5
	want := map[string]string{}
	publish := func(n int) string {
		run := fmt.Sprintf("2025120%dT000000000Z-00000%[1]d", n)
		held.publish(t, run, fmt.Sprintf("update gold.vw_fact_orders_enriched set total_amount_inr = case when date = '2025-01-01' and product_code = 'A1001' and customer_code = '700001' then %d else 0 end", n*1000),
			"insert into gold.vw_fact_orders_enriched by name select '2025-01-01'::date as date, 'A1001' as product_code, 'X' as customer_code, 2025 as year, "+fmt.Sprint(n)+" as total_amount_inr")
		return run
	}
	first := publish(1)
	server := start(t, configOf(held))
	seen, revenue, err := server.total(t)
	if err != nil || seen != first {
		t.Fatalf("run %s, want %s (%v)", seen, first, err)
	}
	want[seen] = revenue
	var stop atomic.Bool
	var mu sync.Mutex
	var asking sync.WaitGroup
	asked := 0
	for range 4 {
		asking.Go(func() {
			for !stop.Load() {
				run, revenue, err := server.total(t)
				mu.Lock()
				asked++
				switch before, known := want[run]; {
				case err != nil:
					t.Errorf("an answer was broken: %v", err)
				case !known:
					want[run] = revenue
				case before != revenue:
					t.Errorf("run %s has the revenue %s and %s", run, before, revenue)
				}
				mu.Unlock()
			}
		})
	}
	for n := 2; n <= releases; n++ {
		run := publish(n)
		for now := ""; now != run; { // until it is taken up
			if now, _, err = server.total(t); err != nil {
				t.Fatal(err)
			}
		}
	}
	stop.Store(true)
	asking.Wait()
	different := map[string]bool{}
	for _, revenue := range want {
		different[revenue] = true
	}
	if len(different) != releases || asked < releases {
		t.Errorf("%d releases with %d revenues in %d answers: %v", len(want), len(different), asked, want)
	}
	if _, metrics := server.get(t, "/metrics"); !strings.Contains(metrics, "\nfmcg_releases_open 1\n") {
		t.Error("releases that nobody needs are still open")
	}
}

func TestAFileThatIsNoneLeavesTheReleaseBeforeIt(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001")
	server := start(t, configOf(held))
	broken := filepath.Join(held.dir, "broken.duckdb")
	next := filepath.Join(held.dir, "next")
	for _, err := range []error{os.WriteFile(broken, []byte("no database"), 0o444), os.Symlink("broken.duckdb", next), os.Rename(next, held.path())} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for !strings.Contains(server.log.String(), "cannot serve the new release") {
		if status, _ := server.get(t, "/readyz"); status != http.StatusOK {
			t.Fatalf("readyz is %d", status)
		}
	}
	if run, _, err := server.total(t); err != nil || run != "20251201T000000000Z-000001" {
		t.Errorf("run %s (%v)", run, err)
	}
}

func TestAThousandConnectionsAtOnceAreAnsweredOrToldToWait(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001")
	config := configOf(held)
	time := newClock(0)
	config.Now = time.now
	server := start(t, config)
	const connections = 1000
	begin := make(chan struct{})
	var asking sync.WaitGroup
	statuses := make([]int, connections)
	for i := range connections {
		conn := server.dial(t)
		asking.Go(func() {
			<-begin
			fmt.Fprintf(conn, "GET /ask?q=total+revenue HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
			if answer, err := http.ReadResponse(bufio.NewReader(conn), nil); err == nil {
				statuses[i] = answer.StatusCode
				_, _ = io.Copy(io.Discard, answer.Body)
				_ = answer.Body.Close()
			}
		})
	}
	close(begin)
	asking.Wait()
	count := map[int]int{}
	for _, status := range statuses {
		count[status]++
	}
	if count[http.StatusOK] == 0 || count[http.StatusTooManyRequests] == 0 || count[http.StatusOK]+count[http.StatusTooManyRequests] != connections {
		t.Errorf("answers by status: %v, want 200 and 429 alone", count)
	}
	time.ticks.Add(60)
	if status, _ := server.get(t, "/ask?q=total+revenue"); status != http.StatusOK {
		t.Errorf("a minute later: %d", status)
	}
}

func TestHugeHeadersAreRefusedAndTheServerGoesOn(t *testing.T) {
	server := start(t, configOf(newWarehouse(t)))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Huge", strings.Repeat("x", 60<<10))
	if status, _ := read(t, request); status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("status %d", status)
	}
	if status, _ := server.get(t, "/healthz"); status != http.StatusOK {
		t.Errorf("afterwards %d", status)
	}
}

// It takes as long as the server waits for a header.
func TestSlowClientsAreGivenUpAndHoldNobodyUp(t *testing.T) {
	t.Parallel()
	server := start(t, configOf(newWarehouse(t)))
	slow := server.dial(t)
	for range 100 {
		fmt.Fprint(server.dial(t), "GET /healthz HTTP/1.1\r\nHo")
	}
	fmt.Fprint(slow, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
	if status, _ := server.get(t, "/healthz"); status != http.StatusOK {
		t.Errorf("beside slow clients: %d", status)
	}
	if _, err := io.ReadAll(slow); err != nil { // until the server closes it
		t.Error(err)
	}
}

func TestPasswordsAreTriedSlowly(t *testing.T) {
	config := configOf(newWarehouse(t))
	config.Users = usersFile(t, "olga")
	time := newClock(0)
	config.Now = time.now
	server := start(t, config)
	try := func(word string) int {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/api/status", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.SetBasicAuth("olga", word)
		status, _ := read(t, request)
		return status
	}
	for range 20 {
		if status := try(password); status != http.StatusOK {
			t.Fatalf("the right password: %d", status)
		}
	}
	for range 5 {
		if status := try("wrong"); status != http.StatusUnauthorized {
			t.Fatalf("a wrong one: %d", status)
		}
	}
	if status := try(password); status != http.StatusTooManyRequests {
		t.Errorf("the right one after five wrong ones: %d", status)
	}
	time.ticks.Add(60)
	if status := try(password); status != http.StatusOK {
		t.Errorf("a minute later: %d", status)
	}
}

func TestAnEditedUsersFileEndsSessions(t *testing.T) {
	config := configOf(newWarehouse(t))
	config.Users = usersFile(t, "olga", "victor")
	server := start(t, config)
	browser := newBrowser(t, true)
	login, err := browser.PostForm(server.URL+"/login", map[string][]string{"name": {"victor"}, "password": {password}})
	if err != nil {
		t.Fatal(err)
	}
	_ = login.Body.Close()
	status := func() int {
		answer, err := browser.Get(server.URL + "/api/status")
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		return answer.StatusCode
	}
	if got := status(); got != http.StatusOK {
		t.Fatalf("logged in: %d", got)
	}
	if err := os.Rename(usersFile(t, "olga"), config.Users); err != nil {
		t.Fatal(err)
	}
	for status() == http.StatusOK { // until it is read; else the test never ends
	}
	if got := status(); got != http.StatusUnauthorized {
		t.Errorf("without victor in the file: %d", got)
	}
}
