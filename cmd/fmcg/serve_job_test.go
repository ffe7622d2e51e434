package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/pipeline"
	"github.com/fmcg/fmcg/pipeline/schedule"
	sqltree "github.com/fmcg/fmcg/sql"
)

// serving is a running `fmcg serve` with an operator, olga, and a viewer, victor.
type serving struct {
	t         *testing.T
	url       string
	warehouse string
	sql       string
}

const servedPassword = "correct horse"

func startServing(t *testing.T, more ...string) *serving {
	t.Helper()
	dir := t.TempDir()
	s := &serving{t: t, warehouse: filepath.Join(dir, "fmcg.duckdb"), sql: filepath.Join(dir, "sql")}
	lake := filepath.Join(dir, "lake")
	if code := run(t.Context(), []string{"demo", lake, "--days", "10", "--rows-per-day", "20"}, strings.NewReader(""), io.Discard, io.Discard); code != 0 {
		t.Fatalf("fmcg demo: exit code %d", code)
	}
	if err := os.CopyFS(s.sql, sqltree.Files); err != nil {
		t.Fatal(err)
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(servedPassword), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	users := filepath.Join(dir, "users.htpasswd")
	writeFile(t, users, "olga:"+string(hash)+"\nvictor:"+string(hash)+"\n")
	ctx, stop := context.WithCancel(context.Background())
	reading, writing := io.Pipe()
	ended := make(chan int, 1)
	var said bytes.Buffer
	go func() {
		ended <- run(ctx, append([]string{"serve", "--address", "127.0.0.1:0", "--lake", lake, "--warehouse", s.warehouse, "--sql", s.sql, "--users", users, "--operators", "olga"}, more...),
			strings.NewReader(""), writing, &said)
		_ = writing.Close()
	}()
	t.Cleanup(func() {
		stop()
		if code := <-ended; code != 0 {
			t.Errorf("fmcg serve: exit code %d\n%s", code, &said)
		}
		_ = filepath.Walk(dir, func(path string, _ fs.FileInfo, _ error) error { _ = os.Chmod(path, 0o755); return nil })
	})
	line, err := bufio.NewReader(reading).ReadString('\n')
	if err != nil {
		t.Fatalf("fmcg serve says nothing: %v", err)
	}
	s.url = strings.TrimSpace(line[strings.LastIndexByte(line, ' ')+1:])
	return s
}

// send sends a request as a user, and reads the answer's JSON into a value, if there is one.
func (s *serving) send(user, method, path, body string, into any) int {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.SetBasicAuth(user, servedPassword)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if into != nil {
		if err := json.Unmarshal(text, into); err != nil {
			s.t.Fatalf("%s %s answers %d %s", method, path, answer.StatusCode, text)
		}
	}
	return answer.StatusCode
}

// start starts a run, or a repair, and returns its id.
func (s *serving) start(path string) string {
	s.t.Helper()
	var begun struct{ Run string }
	if status := s.send("olga", "POST", path, "", &begun); status != http.StatusCreated {
		s.t.Fatalf("POST %s: %d", path, status)
	}
	return begun.Run
}

// follow reads the events of a run to their end, calling seen with each, and returns the state that it ends in.
func (s *serving) follow(id string, seen func(kind, name string)) string {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+"/api/runs/"+id+"/events", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	request.SetBasicAuth("victor", servedPassword)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 1<<20)
	ends := false
	for lines.Scan() {
		text, isData := strings.CutPrefix(lines.Text(), "data: ")
		ends = ends || lines.Text() == "event: end"
		if !isData {
			continue
		}
		var event struct{ Kind, Name, State string }
		if err := json.Unmarshal([]byte(text), &event); err != nil {
			s.t.Fatal(err)
		}
		if ends {
			return event.State
		}
		seen(event.Kind, event.Name)
	}
	s.t.Fatalf("the stream of %s ends in its middle: %v", id, lines.Err())
	return ""
}

func nothing(string, string) {}

// read reads a run.
func (s *serving) read(id string) (found struct {
	Run catalog.Run
	SQL *struct {
		File, Text string
		Line       int
	} `json:"error_sql"`
}) {
	s.t.Helper()
	if status := s.send("victor", "GET", "/api/runs/"+id, "", &found); status != http.StatusOK {
		s.t.Fatalf("run %s: %d", id, status)
	}
	return found
}

// edit puts a file of the SQL tree into another form.
func (s *serving) edit(file string, change func(string) string) {
	s.t.Helper()
	path := filepath.Join(s.sql, filepath.FromSlash(file))
	body, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	if changed := change(string(body)); changed != string(body) {
		writeFile(s.t, path, changed)
		return
	}
	s.t.Fatalf("%s is unchanged", file)
}

func TestAnOperatorRunsCancelsAndRepairsFromThePagesAndAViewerDoesNot(t *testing.T) {
	s := startServing(t)
	first := s.start("/api/runs")
	var steps []string
	if state := s.follow(first, func(kind, name string) {
		if kind == "step" {
			steps = append(steps, name)
		}
	}); state != "succeeded" || len(steps) == 0 || steps[0] != "look at the lake" {
		t.Fatalf("the first run is %s after %v", state, steps)
	}
	if run := s.read(first).Run; run.StartedBy != "olga" || run.Trigger != "page" || len(run.Checks) == 0 || run.RowsRead == 0 {
		t.Errorf("it was started by %s (%s), with %d checks and %d rows", run.StartedBy, run.Trigger, len(run.Checks), run.RowsRead)
	}
	if release, err := os.Readlink(s.warehouse); err != nil || !strings.Contains(release, first) {
		t.Errorf("published is %s (%v), want run %s", release, err, first)
	}

	// A query as long as the sun shines is stopped by an operator alone.
	original := ""
	s.edit("gold/sb_dim_products.sql", func(text string) string {
		original = text
		return text + "\nwhere (select count(*) from range(100000000) as a cross join range(100000000) as b where a.range <> b.range + 1) > 0\n"
	})
	second := s.start("/api/runs")
	going := make(chan struct{})
	ended := make(chan string, 1)
	go func() {
		ended <- s.follow(second, func(kind, name string) {
			if kind == "model_started" && strings.HasSuffix(name, "gold/sb_dim_products.sql") {
				close(going)
			}
		})
	}()
	select {
	case <-going:
	case state := <-ended:
		t.Fatalf("the endless run is %s: %s", state, s.read(second).Run.Error)
	}
	for _, act := range []string{"/api/runs", "/api/runs/" + second + "/cancel", "/api/runs/" + second + "/repair"} {
		if status := s.send("victor", "POST", act, "", nil); status != http.StatusForbidden {
			t.Errorf("a viewer's POST %s: %d", act, status)
		}
	}
	if status := s.send("olga", "POST", "/api/runs", "", nil); status != http.StatusConflict {
		t.Errorf("a run beside it: %d", status)
	}
	if status := s.send("olga", "POST", "/api/runs/"+first+"/cancel", "", nil); status != http.StatusConflict {
		t.Errorf("cancelling one that ended: %d", status)
	}
	if status := s.send("olga", "POST", "/api/runs/"+second+"/cancel", "", nil); status != http.StatusOK {
		t.Fatalf("cancelling: %d", status)
	}
	if state := <-ended; state != "cancelled" {
		t.Errorf("the run that was cancelled is %s", state)
	}
	if by := s.read(second).Run.CancelledBy; by != "olga (page)" {
		t.Errorf("it was cancelled by %q", by)
	}

	// One that fails says where.
	s.edit("gold/sb_dim_products.sql", func(string) string { return strings.Replace(original, "select", "select no_such_column,", 1) })
	third := s.start("/api/runs")
	if state := s.follow(third, nothing); state != "failed" {
		t.Errorf("the run of wrong SQL is %s", state)
	}
	failed := s.read(third)
	if failed.SQL == nil || failed.SQL.Line != failed.Run.ErrorLine || !strings.Contains(strings.Split(failed.SQL.Text, "\n")[failed.SQL.Line-1], "no_such_column") {
		t.Errorf("it failed in %+v, line %d of %s: %s", failed.SQL, failed.Run.ErrorLine, failed.Run.ErrorFile, failed.Run.Error)
	}
	if release, _ := os.Readlink(s.warehouse); !strings.Contains(release, first) {
		t.Errorf("published is %s, want still run %s", release, first)
	}

	// And is repaired, once.
	s.edit("gold/sb_dim_products.sql", func(string) string { return original + "\n-- mended\n" })
	fourth := s.start("/api/runs/" + third + "/repair")
	if state := s.follow(fourth, nothing); state != "succeeded" {
		t.Errorf("the repair is %s: %s", state, s.read(fourth).Run.Error)
	}
	if run := s.read(fourth).Run; run.Repairs != third || run.StartedBy != "olga" {
		t.Errorf("it repairs %q, by %s", run.Repairs, run.StartedBy)
	}
	if by := s.read(third).Run.RepairedBy; len(by) != 1 || by[0] != fourth {
		t.Errorf("the failed run is repaired by %v", by)
	}
	if status := s.send("olga", "POST", "/api/runs/"+fourth+"/repair", "", nil); status != http.StatusConflict {
		t.Errorf("repairing what succeeded: %d", status)
	}
}

func TestAnOperatorPausesAndResumesTheScheduleFromThePages(t *testing.T) {
	s := startServing(t)
	type act struct{ By, Reason string }
	var job struct {
		Schedule struct {
			Schedules []struct{ Name, Schedule string }
			Next      []struct{ Schedule string }
			Scheduler *struct{}
			Paused    *act
			Resumed   *act
		}
	}
	if status := s.send("victor", "GET", "/api/job", "", &job); status != http.StatusOK || len(job.Schedule.Schedules) != 1 ||
		job.Schedule.Schedules[0].Schedule != schedule.DefaultExpression || len(job.Schedule.Next) != dueShown {
		t.Errorf("%d %+v", status, job)
	}
	for _, act := range []string{"/api/job/pause", "/api/job/resume"} {
		if status := s.send("victor", "POST", act, "{}", nil); status != http.StatusForbidden {
			t.Errorf("a viewer's POST %s: %d", act, status)
		}
	}
	if s.send("olga", "POST", "/api/job/pause", `{"reason": "moving <b>"}`, &job); job.Schedule.Paused == nil || *job.Schedule.Paused != (act{"olga", "moving <b>"}) {
		t.Errorf("paused %+v", job.Schedule.Paused)
	}
	if state, err := schedule.Read(s.warehouse); err != nil || state.Paused == nil || state.Paused.By != "olga" {
		t.Errorf("the scheduler reads %+v (%v)", state, err)
	}
	job.Schedule.Paused = nil
	if s.send("olga", "POST", "/api/job/resume", "", &job); job.Schedule.Paused != nil || job.Schedule.Resumed == nil || job.Schedule.Resumed.By != "olga" {
		t.Errorf("resumed %+v", job.Schedule)
	}
}

func TestAServerThatCannotScheduleEndsAndSaysWhy(t *testing.T) {
	s := startServing(t, "--scheduler")
	for begun := time.Now(); ; {
		if _, running := schedule.Running(s.warehouse); running {
			break
		}
		if time.Since(begun) > time.Minute {
			t.Fatal("it schedules nothing")
		}
	}
	for want, args := range map[int][]string{
		int(pipeline.Busy):     {"--lake", filepath.Dir(s.warehouse)},
		int(pipeline.WrongUse): {},
	} {
		var said bytes.Buffer
		warehouse := s.warehouse
		if len(args) == 0 {
			warehouse = filepath.Join(t.TempDir(), "fmcg.duckdb")
		}
		code := run(t.Context(), append([]string{"serve", "--address", "127.0.0.1:0", "--scheduler", "--warehouse", warehouse}, args...), strings.NewReader(""), io.Discard, &said)
		text := map[int]string{int(pipeline.Busy): "has a scheduler already", int(pipeline.WrongUse): "no lake"}[want]
		if code != want || !strings.Contains(said.String(), text) {
			t.Errorf("exit code %d, want %d and %q:\n%s", code, want, text, &said)
		}
	}
}
