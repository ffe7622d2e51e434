package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fmcg/fmcg/pipeline"
	"github.com/fmcg/fmcg/pipeline/demo"
	"github.com/fmcg/fmcg/pipeline/schedule"
)

// daemon is a running `fmcg schedule`.
type daemon struct {
	t    *testing.T
	stop context.CancelFunc
	said *bufio.Scanner
	code chan int
}

func startDaemon(t *testing.T, args ...string) *daemon {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	reading, writing := io.Pipe()
	d := &daemon{t: t, stop: stop, said: bufio.NewScanner(reading), code: make(chan int, 1)}
	go func() {
		d.code <- run(ctx, args, strings.NewReader(""), io.Discard, writing)
		_ = writing.Close()
	}()
	t.Cleanup(func() { stop(); _ = reading.Close() })
	return d
}

// until reads what the daemon says, to a line that has a text; it returns that line.
func (d *daemon) until(text string) string {
	d.t.Helper()
	var lines []string
	for d.said.Scan() {
		lines = append(lines, d.said.Text())
		if strings.Contains(d.said.Text(), text) {
			return d.said.Text()
		}
	}
	d.t.Fatalf("it ended without %q:\n%s", text, strings.Join(lines, "\n"))
	return ""
}

func (d *daemon) wantEnd(want int) {
	d.t.Helper()
	d.stop()
	for d.said.Scan() {
		continue
	}
	if got := <-d.code; got != want {
		d.t.Errorf("exit code %d, want %d", got, want)
	}
}

func TestTheDaemonRefreshesForWhatIsDueAndForNewFilesAndIsTheOnlyOne(t *testing.T) {
	dir := t.TempDir()
	lake, warehouse := filepath.Join(dir, "lake"), filepath.Join(dir, "warehouse", "fmcg.duckdb")
	if _, err := demo.Write(t.Context(), demo.Config{Days: 30, RowsPerDay: 20}, demo.FolderSink(lake)); err != nil {
		t.Fatal(err)
	}
	state, err := json.Marshal(schedule.State{Progress: map[string]schedule.Progress{schedule.Default: {Expression: "02:00", Timezone: "Asia/Kolkata", Handled: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}}})
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, schedule.StatePath(warehouse), string(state))

	args := []string{"schedule", "--config", filepath.Join(dir, "fmcg.yaml"), "--lake", lake, "--warehouse", warehouse, "--schedule-poll", "50ms", "--schedule-settle", "0s"}
	writeFile(t, filepath.Join(dir, "fmcg.yaml"), "")
	first := startDaemon(t, args...)
	first.until("due times passed without a run")
	first.until("published run")
	first.until("run succeeded (catch-up)")

	var its strings.Builder // what it was started with is told, not what is configured now
	if code := run(t.Context(), []string{"schedule", "--status", "--schedule", "09:00", "--config", filepath.Join(dir, "fmcg.yaml"), "--warehouse", warehouse}, nil, &its, &its); code != 0 ||
		!strings.Contains(its.String(), "Schedule default: 02:00 Asia/Kolkata.") {
		t.Errorf("status of a scheduler with other times, code %d:\n%s", code, its.String())
	}

	second := startDaemon(t, args...)
	second.until(fmt.Sprintf("has a scheduler already: started %s", time.Now().UTC().Format("2006-01-02")))
	second.wantEnd(int(pipeline.Busy))
	var out strings.Builder
	if code := run(t.Context(), []string{"schedule", "--status", "--config", filepath.Join(dir, "fmcg.yaml"), "--warehouse", warehouse}, nil, &out, &out); code != 0 ||
		!strings.Contains(out.String(), fmt.Sprintf("process %d on ", os.Getpid())) || !strings.Contains(out.String(), "Last run: catch-up, ") {
		t.Errorf("status, code %d:\n%s", code, out.String())
	}

	writeFile(t, filepath.Join(lake, "child", "orders", "landing", "orders_2026_11_19.csv"), "order_id,order_placement_date,customer_id,product_id,order_qty\n")
	first.until("run succeeded (new file)")
	first.wantEnd(0)
	if got := column(t, warehouse, "select trigger from ops.runs order by run_id"); strings.Join(got, ", ") != "catch-up, new file" {
		t.Errorf("published runs: %v", got)
	}
}
