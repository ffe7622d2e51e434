package pipeline_test

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/fmcg/fmcg/pipeline"
	"github.com/fmcg/fmcg/pipeline/journal"
	"github.com/fmcg/fmcg/pipeline/lake"
)

// The laws of publishing are tested with real processes: this test binary runs itself in one of these roles.
const roleVariable = "FMCG_TEST_ROLE"

// errand is what a process is told to do.
type errand struct {
	Role      string
	Parent    string
	Child     string
	Warehouse string
	At        int    // refresher: number of the event to stop at
	How       string // refresher: "kill" itself there, or "wait" for standard input to end
	Repair    bool   // refresher: it repairs the last run, if that failed
	Tree      string // refresher: a SQL tree to run
	FileLimit uint64 // refresher: no file may grow beyond this many bytes, as on a full disk
	SQL       string // reader and writer
}

func TestMain(m *testing.M) {
	if text := os.Getenv(roleVariable); text != "" {
		var task errand
		if err := json.Unmarshal([]byte(text), &task); err != nil {
			panic(err)
		}
		os.Exit(task.run())
	}
	// A case of law 5 takes some five seconds; -rapid.checks asks for more of them than these.
	if err := flag.Set("rapid.checks", "12"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func (task errand) run() int {
	switch task.Role {
	case "refresher":
		return task.refresh()
	case "reader":
		return task.read()
	case "writer":
		return task.write()
	}
	return 99
}

// refresh runs a refresh, and stops at the wanted event: the observer is called between two statements of the run.
func (task errand) refresh() int {
	if task.FileLimit > 0 {
		signal.Ignore(syscall.SIGXFSZ) // a write beyond the limit then fails, as on a full disk
		limit := syscall.Rlimit{Cur: task.FileLimit, Max: task.FileLimit}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			panic(err)
		}
	}
	events := 0
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	repaired := ""
	if task.Repair {
		repaired = pipeline.RepairLast
	}
	_, err := pipeline.Refresh(ctx, pipeline.Config{
		Repair:    repaired,
		SQL:       task.tree(),
		Lake:      lake.Config{Parent: task.Parent, Child: task.Child},
		Warehouse: task.Warehouse,
		StartedBy: "another process",
		Observe: func(event journal.Event) {
			events++
			if task.Tree != "" && event.Kind == journal.ModelStarted && event.Name == "gold/dim_date.sql" {
				fmt.Println("endless")
			}
			if events != task.At {
				return
			}
			fmt.Printf("at %s %s\n", event.Kind, event.Name)
			switch task.How {
			case "kill":
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {} // until the kernel has done it
			case "wait":
				_, _ = io.Copy(io.Discard, os.Stdin)
			}
		},
	})
	if err != nil {
		fmt.Println(err)
	}
	return int(pipeline.CodeOf(err))
}

// tree is the SQL that the refresher runs; nil: its own.
func (task errand) tree() fs.FS {
	if task.Tree == "" {
		return nil
	}
	return os.DirFS(task.Tree)
}

// read opens the published file, says so, and answers the query once for each line of standard input.
func (task errand) read() int {
	db, err := sql.Open("duckdb", task.Warehouse+"?access_mode=READ_ONLY")
	if err != nil {
		panic(err)
	}
	if err := db.Ping(); err != nil {
		panic(err)
	}
	fmt.Println("open")
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var answer string
		if err := db.QueryRow(task.SQL).Scan(&answer); err != nil {
			panic(err)
		}
		fmt.Println(answer)
	}
	return 0
}

// write opens the published file for writing, as nobody should, and dies with its log not written back.
func (task errand) write() int {
	db, err := sql.Open("duckdb", task.Warehouse)
	if err == nil {
		_, err = db.Exec(task.SQL)
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// process is a started errand.
type process struct {
	t      testing.TB
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
}

func (h *house) start(task errand, with ...func(*exec.Cmd)) *process {
	h.t.Helper()
	task.Parent, task.Child, task.Warehouse = filepath.Join(h.lake, "parent"), filepath.Join(h.lake, "child"), h.warehouse
	text, err := json.Marshal(task)
	if err != nil {
		h.t.Fatal(err)
	}
	p := &process{t: h.t, cmd: exec.Command(os.Args[0])}
	p.cmd.Env = append(os.Environ(), roleVariable+"="+string(text))
	p.cmd.Stderr = os.Stderr
	for _, change := range with {
		change(p.cmd)
	}
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		h.t.Fatal(err)
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	p.stdout = bufio.NewReader(stdout)
	if err := p.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = p.cmd.Process.Kill(); _, _ = p.cmd.Process.Wait() })
	return p
}

// line is the next line the process prints, "" when it ended.
func (p *process) line() string {
	line, _ := p.stdout.ReadString('\n')
	return strings.TrimSpace(line)
}

// ask makes a reader answer its query.
func (p *process) ask() string {
	p.t.Helper()
	if _, err := fmt.Fprintln(p.stdin); err != nil {
		p.t.Fatal(err)
	}
	return p.line()
}

// end closes standard input and waits; it returns what was printed and the exit code, -1 for a killed process.
func (p *process) end() (string, int) {
	p.t.Helper()
	_ = p.stdin.Close()
	rest, _ := io.ReadAll(p.stdout)
	_ = p.cmd.Wait()
	return string(rest), p.cmd.ProcessState.ExitCode()
}

// asOrdinaryUser runs a process as a user whom file modes bind; root is not bound by them.
func asOrdinaryUser(t testing.TB, folders ...string) func(*exec.Cmd) {
	t.Helper()
	if os.Getuid() != 0 {
		return func(*exec.Cmd) {}
	}
	const nobody = 65534
	binary := filepath.Join(t.TempDir(), "test")
	body, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(binary, body, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, folder := range append(folders, binary) {
		for dir := filepath.Dir(folder); dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
			if err := os.Chmod(dir, 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	return func(cmd *exec.Cmd) {
		cmd.Path, cmd.Args[0] = binary, binary
		cmd.Dir = "/"
		cmd.Env = append(cmd.Env, "HOME=/nonexistent")
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
}
