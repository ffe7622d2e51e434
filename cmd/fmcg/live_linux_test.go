package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"github.com/fmcg/fmcg/pipeline/journal"
)

// demoLake writes a lake and returns its folder and the path of a warehouse to be.
func demoLake(t *testing.T) (lake, warehouse string) {
	t.Helper()
	lake, warehouse = filepath.Join(t.TempDir(), "lake"), filepath.Join(t.TempDir(), "fmcg.duckdb")
	if code := run(t.Context(), []string{"demo", lake, "--days", "40", "--rows-per-day", "100"}, strings.NewReader(""), io.Discard, io.Discard); code != 0 {
		t.Fatalf("fmcg demo: exit code %d", code)
	}
	return lake, warehouse
}

// terminal is a pseudo-terminal whose screen is read while a command writes to it.
type terminal struct {
	tty   *os.File
	bytes chan []byte
}

func newTerminal(t *testing.T, width, height uint16) *terminal {
	t.Helper()
	ours, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ours.Close() })
	if err := pty.Setsize(ours, &pty.Winsize{Cols: width, Rows: height}); err != nil {
		t.Fatal(err)
	}
	found := &terminal{tty: tty, bytes: make(chan []byte, 1)}
	go func() {
		all, _ := io.ReadAll(ours) // ends with EIO once the other side is closed
		found.bytes <- all
	}()
	return found
}

// screen closes the terminal and returns all that was written to it, and the lines that stand on it in the end.
func (s *terminal) screen(t *testing.T) (written string, lines []string) {
	t.Helper()
	if err := s.tty.Close(); err != nil {
		t.Fatal(err)
	}
	all := <-s.bytes
	return string(all), onScreen(t, string(all))
}

var escape = regexp.MustCompile(`^\x1b\[(\d*)([A-Za-z])`)

// onScreen does what a terminal does with the few sequences that the live table may use; any other is an error.
func onScreen(t *testing.T, written string) []string {
	t.Helper()
	lines, row, column := [][]rune{nil}, 0, 0
	for len(written) > 0 {
		if match := escape.FindStringSubmatch(written); match != nil {
			switch number, _ := strconv.Atoi(match[1]); match[2] {
			case "A":
				row = max(0, row-number)
			case "J":
				lines = append(lines[:row], lines[row][:min(column, len(lines[row]))])
			case "m": // a colour
			default:
				t.Errorf("the sequence %q is not one that leaves a terminal sane", match[0])
			}
			written = written[len(match[0]):]
			continue
		}
		letter := []rune(written)[0]
		written = written[len(string(letter)):]
		switch letter {
		case '\r':
			column = 0
		case '\n':
			if row++; row == len(lines) {
				lines = append(lines, nil)
			}
		case '\x1b':
			t.Fatalf("an unknown sequence: %q", written[:min(len(written), 10)])
		default:
			lines[row] = append(lines[row][:min(column, len(lines[row]))], letter)
			column++
		}
	}
	var texts []string
	for _, line := range lines {
		texts = append(texts, string(line))
	}
	return texts
}

func TestARefreshOnATerminalShowsOneTableThatStaysInItsPlace(t *testing.T) {
	lake, warehouse := demoLake(t)
	for _, width := range []uint16{120, 40} {
		terminal := newTerminal(t, width, 30)
		const before = "what stood there\n$ fmcg refresh"
		if _, err := io.WriteString(terminal.tty, before+"\n"); err != nil {
			t.Fatal(err)
		}
		var stdout bytes.Buffer
		command := exec.CommandContext(t.Context(), "fmcg", "refresh", "--full", "--lake", lake, "--warehouse", warehouse)
		command.Env = append(os.Environ(), "TERM=xterm")
		command.Stdout, command.Stderr = &stdout, terminal.tty
		err := command.Run()
		written, lines := terminal.screen(t)
		if err != nil {
			t.Fatalf("%v\n%s", err, written)
		}
		if got := strings.Join(lines[:2], "\n"); got != before {
			t.Errorf("above the table stands %q, want %q", got, before)
		}
		if !strings.Contains(written, "fact_processing_orders") {
			t.Errorf("no table of tasks was shown: %q", written)
		}
		for _, task := range append([]string{"run 2"}, column(t, warehouse, "select distinct task from ops.run_tasks")...) {
			seen := slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return !strings.HasPrefix(line, task) })
			if len(seen) > 1 || task == "run 2" && len(seen) != 1 {
				t.Errorf("at width %d %q stands on the screen %d times, want once:\n%s", width, task, len(seen), strings.Join(lines, "\n"))
			}
		}
		for _, line := range lines {
			if len([]rune(line)) >= int(width) {
				t.Errorf("at width %d a line is broken: %q", width, line)
			}
		}
		if last := lines[len(lines)-1]; last != "" {
			t.Errorf("the cursor stands after %q, want a line of its own", last)
		}
		if !strings.HasPrefix(stdout.String(), "Published ") || strings.Contains(stdout.String(), "\x1b") {
			t.Errorf("standard output is not the result alone:\n%q", stdout.String())
		}
	}
}

func TestWhereNoTableIsWantedATerminalGetsLines(t *testing.T) {
	lake, warehouse := demoLake(t)
	for _, c := range []struct{ variable, flag string }{
		{"TERM=dumb", "--no-progress=false"}, {"TERM=xterm", "--no-progress"}, {"FMCG_NO_PROGRESS=true", "--format=text"},
	} {
		terminal := newTerminal(t, 120, 30)
		command := exec.CommandContext(t.Context(), "fmcg", "refresh", "--lake", lake, "--warehouse", warehouse, c.flag)
		command.Env = append(os.Environ(), "TERM=xterm", c.variable)
		command.Stderr = terminal.tty
		err := command.Run()
		if written, _ := terminal.screen(t); err != nil || strings.Contains(written, "\x1b") || !strings.Contains(written, "look at the lake") {
			t.Errorf("%v: %v, %q", c, err, written)
		}
	}
	terminal := newTerminal(t, 120, 30)
	command := exec.CommandContext(t.Context(), "fmcg", "refresh", "--lake", lake, "--warehouse", warehouse)
	command.Env = append(os.Environ(), "TERM=xterm", "NO_COLOR=1")
	command.Stderr = terminal.tty
	err := command.Run()
	if written, _ := terminal.screen(t); err != nil || regexp.MustCompile(`\x1b\[\d+m`).MatchString(written) || !strings.Contains(written, "fact_processing_orders") {
		t.Errorf("with NO_COLOR: %v, %q", err, written)
	}
}

// held is a refresh that stands still in its middle: the pipe that it writes its lines to is full until it is drained.
type held struct {
	command *exec.Cmd
	lines   *os.File
	run     string
}

func hold(t *testing.T, lake, warehouse string) held {
	t.Helper()
	lines, theirs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lines.Close() })
	if _, err := unix.FcntlInt(theirs.Fd(), unix.F_SETPIPE_SZ, os.Getpagesize()); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "fmcg", "refresh", "-v", "--lake", lake, "--warehouse", warehouse)
	command.Stderr = theirs
	if err := errors.Join(command.Start(), theirs.Close()); err != nil {
		t.Fatal(err)
	}
	first := make([]byte, 1) // its first event: from now on it runs, and it can't write all of its lines
	if _, err := io.ReadFull(lines, first); err != nil {
		t.Fatal(err)
	}
	holder, isRunning := journal.RunningNow(warehouse)
	if !isRunning {
		t.Fatal("no refresh runs")
	}
	return held{command, lines, holder.Run}
}

// fmcg runs the program and returns its exit code and standard output.
func fmcg(t *testing.T, args ...string) (int, string) {
	t.Helper()
	var stdout bytes.Buffer
	code := run(t.Context(), args, strings.NewReader(""), &stdout, io.Discard)
	return code, stdout.String()
}

func TestAKilledRunIsShownAsDeadAndARunningOneAsRunning(t *testing.T) {
	lake, warehouse := demoLake(t)
	refresh := hold(t, lake, warehouse)
	if code, got := fmcg(t, "runs", "--warehouse", warehouse); code != 0 || !strings.Contains(got, refresh.run+"  running") {
		t.Errorf("exit code %d, want the run running:\n%s", code, got)
	}
	if err := refresh.command.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = refresh.command.Wait() // its state says killed, not more
	if code, got := fmcg(t, "runs", "--warehouse", warehouse); code != 0 || !strings.Contains(got, refresh.run+"  failed") {
		t.Errorf("exit code %d, want the run failed:\n%s", code, got)
	}
	if code, got := fmcg(t, "runs", refresh.run, "--warehouse", warehouse); code != 0 || !strings.Contains(got, "its process died at 20") {
		t.Errorf("exit code %d, want that its process died:\n%s", code, got)
	}
}

func TestAnotherTerminalFollowsARunToItsEndAndExitsWithItsCode(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(held) error
		code int
		want string
	}{
		{"that is published", func(h held) error { _, err := io.Copy(io.Discard, h.lines); return errors.Join(err, h.command.Wait()) }, 0, "succeeded"},
		{"that is killed", func(h held) error { err := h.command.Process.Kill(); _ = h.command.Wait(); return err }, 1, "failed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			lake, warehouse := demoLake(t)
			refresh := hold(t, lake, warehouse)
			// On a terminal, its table; it is known to follow once that is on the screen.
			ours, tty, err := pty.Open()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = ours.Close() }()
			var stdout bytes.Buffer
			follow := exec.CommandContext(t.Context(), "fmcg", "runs", "--follow", "--warehouse", warehouse)
			follow.Env = append(os.Environ(), "TERM=xterm")
			follow.Stdout, follow.Stderr = &stdout, tty
			if err := errors.Join(follow.Start(), tty.Close()); err != nil {
				t.Fatal(err)
			}
			var written []byte
			for chunk := make([]byte, 4096); !bytes.Contains(written, []byte("fact_processing_orders")); {
				n, err := ours.Read(chunk)
				if err != nil {
					t.Fatalf("%v after %q", err, written)
				}
				written = append(written, chunk[:n]...)
			}
			if err := c.end(refresh); err != nil {
				t.Fatal(err)
			}
			rest, _ := io.ReadAll(ours)
			err = follow.Wait()
			if got := follow.ProcessState.ExitCode(); got != c.code {
				t.Errorf("exit code %d (%v), want %d", got, err, c.code)
			}
			if !strings.Contains(stdout.String(), "run "+refresh.run+": "+c.want) {
				t.Errorf("standard output %q", stdout.String())
			}
			lines := onScreen(t, string(written)+string(rest))
			if !strings.HasPrefix(lines[0], "run "+refresh.run) || !strings.HasSuffix(lines[0], c.want) {
				t.Errorf("the screen at the end:\n%s", strings.Join(lines, "\n"))
			}
		})
	}
}
