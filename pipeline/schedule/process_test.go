package schedule_test

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"

	"github.com/fmcg/fmcg/pipeline"
	"github.com/fmcg/fmcg/pipeline/demo"
	"github.com/fmcg/fmcg/pipeline/journal"
	"github.com/fmcg/fmcg/pipeline/lake"
	"github.com/fmcg/fmcg/pipeline/schedule"
)

// Some laws are about processes: this test binary runs itself as a scheduler of the real job.
const errandVariable = "FMCG_TEST_SCHEDULER"

// errand is what such a process is told.
type errand struct {
	Lake      string
	Warehouse string
	Now       time.Time // what its clock shows, all the time
	Step      string    // of the run, at which to do How
	How       string    // "kill" itself, or "wait" to be stopped
}

func TestMain(m *testing.M) {
	if text := os.Getenv(errandVariable); text != "" {
		var task errand
		if err := json.Unmarshal([]byte(text), &task); err != nil {
			panic(err)
		}
		os.Exit(task.run())
	}
	flag.Parse()
	asked := false
	flag.Visit(func(given *flag.Flag) { asked = asked || given.Name == "rapid.checks" })
	if !asked { // each case watches a clock for a year, or schedules for days
		if err := flag.Set("rapid.checks", "15"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

func (task errand) run() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	err := schedule.Run(ctx, schedule.Config{
		Warehouse: task.Warehouse, StartedBy: "another process",
		Configured: []schedule.Schedule{{Name: schedule.Default, Expression: "02:00", Timezone: "UTC"}},
		Now:        func() time.Time { return task.Now },
		Say:        func(format string, arguments ...any) { fmt.Printf(format+"\n", arguments...) },
		Job: func(ctx context.Context, start schedule.Start) error {
			_, err := pipeline.Refresh(ctx, pipeline.Config{
				Lake:      lake.Config{Parent: filepath.Join(task.Lake, "parent"), Child: filepath.Join(task.Lake, "child")},
				Warehouse: task.Warehouse, Trigger: start.Trigger,
				Observe: func(event journal.Event) {
					if event.Kind != journal.Step || event.Name != task.Step {
						return
					}
					fmt.Println("at " + event.Name)
					if task.How == "kill" {
						_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
						select {} // until the kernel has done it
					}
					<-ctx.Done()
				},
			})
			return err
		},
	})
	if err != nil {
		fmt.Println(err)
	}
	var locked *schedule.LockedError
	switch {
	case errors.As(err, &locked):
		return int(pipeline.Busy)
	case errors.Is(err, context.Canceled):
		return int(pipeline.Cancelled)
	}
	return int(pipeline.CodeOf(err))
}

// process is an errand at work.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdout *bufio.Reader
	said   []string
}

func (task errand) start(t *testing.T) *process {
	t.Helper()
	text, err := json.Marshal(task)
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, cmd: exec.Command(os.Args[0])}
	p.cmd.Env = append(os.Environ(), errandVariable+"="+string(text))
	p.cmd.Stderr = os.Stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdout = bufio.NewReader(stdout)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill(); _, _ = p.cmd.Process.Wait() })
	return p
}

// until reads what the process says, to a line that begins so.
func (p *process) until(start string) {
	p.t.Helper()
	for {
		line, err := p.stdout.ReadString('\n')
		p.said = append(p.said, line)
		if strings.HasPrefix(line, start) {
			return
		}
		if err != nil {
			p.t.Fatalf("it ended without %q:\n%s", start, strings.Join(p.said, ""))
		}
	}
}

// wantExit waits for the end; -1 is that of a killed process.
func (p *process) wantExit(want int) {
	p.t.Helper()
	rest, _ := io.ReadAll(p.stdout)
	p.said = append(p.said, string(rest))
	_ = p.cmd.Wait()
	if got := p.cmd.ProcessState.ExitCode(); got != want {
		p.t.Fatalf("exit code %d, want %d:\n%s", got, want, strings.Join(p.said, ""))
	}
}

func (p *process) signal(signal os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		p.t.Fatal(err)
	}
}

// newErrand publishes a small lake, adds a file to it, and leaves a due time without a run.
func newErrand(t *testing.T) errand {
	t.Helper()
	dir := t.TempDir()
	task := errand{Lake: filepath.Join(dir, "lake"), Warehouse: filepath.Join(dir, "warehouse", "fmcg.duckdb"), Now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	if _, err := demo.Write(t.Context(), demo.Config{Days: 30, RowsPerDay: 20}, demo.FolderSink(task.Lake)); err != nil {
		t.Fatal(err)
	}
	if _, err := pipeline.Refresh(t.Context(), pipeline.Config{
		Lake:      lake.Config{Parent: filepath.Join(task.Lake, "parent"), Child: filepath.Join(task.Lake, "child")},
		Warehouse: task.Warehouse,
	}); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(task.Lake, "child", "orders", "landing", "orders_2026_11_19.csv"), "order_id,order_placement_date,customer_id,product_id,order_qty\n")
	state, err := json.Marshal(schedule.State{Progress: map[string]schedule.Progress{schedule.Default: {Expression: "02:00", Timezone: "UTC", Handled: task.Now.Add(-34 * time.Hour)}}})
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, schedule.StatePath(task.Warehouse), string(state))
	return task
}

func (task errand) release(t *testing.T) string {
	t.Helper()
	target, err := os.Readlink(task.Warehouse)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// history are the triggers of the published runs; the file must open for that.
func (task errand) history(t *testing.T) string {
	t.Helper()
	db, err := sql.Open("duckdb", filepath.Join(filepath.Dir(task.Warehouse), task.release(t))+"?access_mode=READ_ONLY")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var found string
	err = db.QueryRow(`select string_agg(trigger, ', ' order by run_id) from ops.runs`).Scan(&found)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestAKilledSchedulerIsMadeUpForOnceAndThePublishedFileIsWhole(t *testing.T) {
	for _, step := range []string{pipeline.StepTasks, pipeline.StepPublish, pipeline.StepPrune} {
		t.Run(step, func(t *testing.T) {
			task := newErrand(t)
			before := task.release(t)
			killed := task
			killed.Step, killed.How = step, "kill"
			killed.start(t).wantExit(-1)
			if published := task.release(t) != before; published != (step == pipeline.StepPrune) {
				t.Errorf("killed at %q: published %v", step, published)
			}
			task.history(t)
			if _, running := schedule.Running(task.Warehouse); running {
				t.Error("the dead one is said to schedule")
			}

			next := task.start(t)
			next.until("run succeeded (catch-up)")
			next.signal(syscall.SIGTERM)
			next.wantExit(0)
			if begun := strings.Count(strings.Join(next.said, ""), "run begins"); begun != 1 {
				t.Errorf("%d runs:\n%s", begun, next.said)
			}
			if got := task.history(t); got != "refresh, catch-up" {
				t.Errorf("published runs: %s", got)
			}
		})
	}
}

func TestAStoppedSchedulerCutsItsRunOffAndTheNextOneMakesUpForIt(t *testing.T) {
	task := newErrand(t)
	before := task.release(t)
	stopped := task
	stopped.Step, stopped.How = pipeline.StepChecks, "wait"
	first := stopped.start(t)
	first.until("at " + pipeline.StepChecks)
	first.signal(syscall.SIGTERM)
	first.wantExit(int(pipeline.Cancelled))
	if task.release(t) != before {
		t.Error("it published")
	}
	next := task.start(t)
	next.until("run succeeded (catch-up)")
	next.signal(syscall.SIGTERM)
	next.wantExit(0)
}

func TestASecondSchedulerIsRefusedAndTheLockEndsWithItsProcess(t *testing.T) {
	task := newErrand(t)
	if err := schedule.Pause(task.Warehouse, "test", "", task.Now); err != nil {
		t.Fatal(err)
	}
	first := task.start(t)
	first.until("paused by test")
	second := task.start(t)
	second.wantExit(int(pipeline.Busy))
	if want := fmt.Sprintf("by another process, process %d on", first.cmd.Process.Pid); !strings.Contains(strings.Join(second.said, ""), want) {
		t.Errorf("the second does not name the first (%s):\n%s", want, second.said)
	}
	first.signal(os.Kill)
	first.wantExit(-1)
	third := task.start(t)
	third.until("paused by test")
	third.signal(syscall.SIGTERM)
	third.wantExit(0)
}
