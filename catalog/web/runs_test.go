package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/pipeline/journal"
)

// runsTables are what a published file holds of its runs and of its SQL.
const runsTables = `create table ops.runs (run_id varchar, job varchar, trigger varchar, started_by varchar, parameters json, state varchar, started_at timestamp,
		finished_at timestamp, files_loaded bigint, rows_read bigint, rows_quarantined bigint);
	insert into ops.runs values ('20251128T020000000Z-000001', 'FMCG INCREMENTAL UPDATE', 'schedule', 'night@server', '{"full": false}', 'succeeded',
		'2025-11-28 02:00:00', '2025-11-28 02:01:00', 3, 120, 4);
	create table ops.run_tasks (run_id varchar, task varchar, state varchar, started_at timestamp, finished_at timestamp, rows_read bigint, rows_written bigint);
	insert into ops.run_tasks values ('20251128T020000000Z-000001', 'dim_processing_customer', 'succeeded', '2025-11-28 02:00:01', '2025-11-28 02:00:30', 120, 116);
	create table ops.check_results (run_id varchar, check_name varchar, severity varchar, state varchar, failing_rows bigint);
	insert into ops.check_results values ('20251128T020000000Z-000001', 'price_gaps', 'warn', 'failed', 2);
	create table ops.sql_files (path varchar, sql varchar);
	create table gold.fact_orders as select 1 as sold_quantity;
	insert into ops.sql_files values ('gold/fact_orders.sql', '-- task: fact_processing_orders' || chr(10) || 'select' || chr(10) || '    1 as sold_quantity -- <b>not bold</b>'),
		('gold/later.sql', '-- task: reporting' || chr(10) || 'select sold_quantity from gold.fact_orders');
	create table gold.later as select 1 as sold_quantity;`

// at is the clock of journals: a second an event.
func at(start string) func() time.Time {
	now, err := time.Parse(time.RFC3339, start)
	return func() time.Time {
		if err != nil {
			panic(err)
		}
		now = now.Add(time.Second)
		return now
	}
}

// journalled writes the journal of a run, and returns what writes more.
func (w warehouse) journalled(t testing.TB, run, start string, events ...journal.Event) func(...journal.Event) {
	t.Helper()
	writer, err := journal.Create(w.dir, run, at(start))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = writer.Close() })
	write := func(events ...journal.Event) {
		t.Helper()
		for _, event := range events {
			if _, err := writer.Write(event); err != nil {
				t.Fatal(err)
			}
		}
	}
	write(events...)
	return write
}

// holds takes the lock of the warehouse for a run, until the test ends or it is given back.
func (w warehouse) holds(t testing.TB, run string) (release func() error) {
	t.Helper()
	release, err := journal.Lock(context.WithoutCancel(t.Context()), w.path(), journal.Holder{Run: run, StartedBy: "olga"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = release() })
	return release
}

// Runs of the tests' history.
const (
	failedRun    = "20251129T020000000Z-000002"
	cancelledRun = "20251130T020000000Z-000003"
	goingRun     = "20251201T020000000Z-000004"
)

// lives writes the journals of a run that failed, with texts as hostile as a lake's, and of one that was cancelled.
func (w warehouse) lives(t testing.TB) {
	t.Helper()
	w.journalled(t, failedRun, "2025-11-29T02:00:00Z",
		journal.Event{Kind: journal.RunStarted, Name: "schedule", By: "night@server", Parameters: map[string]any{"full": false, "parent": "s3://lake/parent"}},
		journal.Event{Kind: journal.Step, Name: "run the tasks"},
		journal.Event{Kind: journal.TaskStarted, Task: "fact_processing_orders", Files: 1, Models: 1},
		journal.Event{Kind: journal.FileRead, Task: "fact_processing_orders", Name: "<script>alert(2)</script>.csv", Rows: 7, Detail: "not a <b>CSV</b>"},
		journal.Event{Kind: journal.ModelStarted, Task: "fact_processing_orders", Name: "gold/fact_orders.sql"},
		journal.Event{Kind: journal.TaskFinished, Task: "fact_processing_orders", State: journal.Failed, Detail: "no such column <i>"},
		journal.Event{Kind: journal.CheckDone, Name: "price_gaps", State: "held", Severity: "warn"},
		journal.Event{Kind: journal.Warning, Detail: filepath.Join(w.dir, "fmcg.wal") + " is set aside"},
		journal.Event{Kind: journal.RunFinished, State: journal.Failed, Code: 1, Name: "sql/gold/fact_orders.sql", Line: 3, Detail: "run sql/gold/fact_orders.sql:3: no such column <script>alert(3)</script>"},
	)
	w.journalled(t, cancelledRun, "2025-11-30T02:00:00Z",
		journal.Event{Kind: journal.RunStarted, Name: "page", By: "olga", Repairs: failedRun},
		journal.Event{Kind: journal.CancelRequested, By: "victor", Detail: "page"},
		journal.Event{Kind: journal.RunFinished, State: journal.Cancelled, Code: 130, Detail: "cancelled by victor (page)"},
	)
}

// message is one of a stream.
type message struct{ ID, Event, Data string }

// stream follows a run.
type stream struct {
	lines *bufio.Reader
	body  io.ReadCloser
}

func (s *served) stream(t testing.TB, run, after string) *stream {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/api/runs/"+run+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	if after != "" {
		request.Header.Set("Last-Event-ID", after)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	if kind := answer.Header.Get("Content-Type"); answer.StatusCode != http.StatusOK || !strings.HasPrefix(kind, "text/event-stream") {
		t.Fatalf("status %d, %s", answer.StatusCode, kind)
	}
	return &stream{bufio.NewReader(answer.Body), answer.Body}
}

// next is the next message; false at the end of the stream.
func (s *stream) next(t testing.TB) (found message, is bool) {
	t.Helper()
	for {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			return found, false
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "id":
			found.ID = value
		case "event":
			found.Event = value
		case "data":
			found.Data = value
		case "":
			if found.Data != "" {
				return found, true
			}
		}
	}
}

// kinds are the events of the next messages.
func (s *stream) kinds(t testing.TB, count int) (kinds []string) {
	t.Helper()
	for range count {
		next, is := s.next(t)
		if !is {
			t.Fatalf("the stream ended after %v", kinds)
		}
		var event journal.Event
		if err := json.Unmarshal([]byte(next.Data), &event); err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, next.ID+" "+event.Kind)
	}
	return kinds
}

func TestARunIsFollowedFromItsStartToItsEnd(t *testing.T) {
	held := newWarehouse(t)
	release := held.holds(t, goingRun)
	write := held.journalled(t, goingRun, "2025-12-01T02:00:00Z", journal.Event{Kind: journal.RunStarted, Name: "page", By: "olga"})
	server := start(t, configOf(held))
	followed := server.stream(t, goingRun, "")
	got := followed.kinds(t, 1)
	write(journal.Event{Kind: journal.TaskStarted, Task: "dim_processing_customer"}, journal.Event{Kind: journal.FileRead, Task: "dim_processing_customer", Name: "<b>.csv", Rows: 3})
	got = append(got, followed.kinds(t, 2)...)
	write(journal.Event{Kind: journal.RunFinished, State: journal.Succeeded})
	got = append(got, followed.kinds(t, 1)...)
	if diff := cmp.Diff([]string{"1 run_started", "2 task_started", "3 file_read", "4 run_finished"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	end, _ := followed.next(t)
	if want := (message{Event: "end", Data: `{"run":"` + goingRun + `","state":"succeeded"}`}); end != want {
		t.Errorf("it ends with %+v, want %+v", end, want)
	}
	if more, is := followed.next(t); is {
		t.Errorf("after the end comes %+v", more)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	again := server.stream(t, goingRun, "3")
	if got := again.kinds(t, 1); got[0] != "4 run_finished" {
		t.Errorf("after event 3 comes %s", got)
	}
}

func TestTheStreamOfARunWhoseProcessDiedEndsSo(t *testing.T) {
	held := newWarehouse(t)
	release := held.holds(t, goingRun)
	held.journalled(t, goingRun, "2025-12-01T02:00:00Z", journal.Event{Kind: journal.RunStarted, Name: "page", By: "olga"})
	followed := start(t, configOf(held)).stream(t, goingRun, "")
	followed.kinds(t, 1)
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if got := followed.kinds(t, 1); got[0] != "2 run_finished" {
		t.Errorf("it tells of %s", got)
	}
	if end, _ := followed.next(t); end.Event != "end" || !strings.Contains(end.Data, journal.Failed) {
		t.Errorf("it ends with %+v", end)
	}
}

func TestAServerThatStopsEndsTheStreamsOfARunThatGoesOn(t *testing.T) {
	held := newWarehouse(t)
	held.holds(t, goingRun)
	held.journalled(t, goingRun, "2025-12-01T02:00:00Z", journal.Event{Kind: journal.RunStarted, Name: "page", By: "olga"})
	server := start(t, configOf(held))
	followed := server.stream(t, goingRun, "")
	followed.kinds(t, 1)
	if err := server.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	if next, is := followed.next(t); is {
		t.Errorf("after the stop comes %+v", next)
	}
	if strings.Contains(server.log.String(), "cut off") {
		t.Errorf("it was cut off:\n%s", server.log)
	}
}

// A stream outlives the limits of other answers, and a client that is gone leaves its place to others.
func TestAsManyMayFollowAsThereArePlacesAndEachPlaceIsGivenBack(t *testing.T) {
	held := newWarehouse(t)
	held.holds(t, goingRun)
	held.journalled(t, goingRun, "2025-12-01T02:00:00Z", journal.Event{Kind: journal.RunStarted, Name: "page", By: "olga"})
	server := start(t, configOf(held))
	const places = 100
	var all []*stream
	for range places {
		followed := server.stream(t, goingRun, "")
		followed.kinds(t, 1)
		all = append(all, followed)
	}
	if status, body := server.get(t, "/api/runs/"+goingRun+"/events"); status != http.StatusServiceUnavailable || !strings.Contains(body, "too_many_streams") {
		t.Errorf("one more: %d %s", status, body)
	}
	if err := all[0].body.Close(); err != nil {
		t.Fatal(err)
	}
	for tries := 0; ; tries++ {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/api/runs/"+goingRun+"/events", nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			return
		}
		if tries == 1000 {
			t.Fatal("its place is not given back")
		}
	}
}
