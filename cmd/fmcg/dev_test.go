//go:build unix

package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	sqltree "github.com/fmcg/fmcg/sql"
)

// An engineer's terminal: each save is built and compared, one that fails is said, and Ctrl-C ends it.
func TestDevWatchBuildsOnEverySave(t *testing.T) {
	dir := t.TempDir()
	tree := filepath.Join(dir, "sql")
	if err := os.CopyFS(tree, sqltree.Files); err != nil {
		t.Fatal(err)
	}
	fmcg := func(args ...string) *exec.Cmd {
		command := exec.Command("fmcg", args...)
		command.Dir = dir
		return command
	}
	for _, args := range [][]string{{"demo", "lake", "--days", "20", "--rows-per-day", "10"}, {"refresh", "--lake", "lake"}} {
		if output, err := fmcg(args...).CombinedOutput(); err != nil {
			t.Fatalf("fmcg %v: %v\n%s", args, err, output)
		}
	}
	watching := fmcg("dev", "--sql", "sql", "--watch")
	stdout, err := watching.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	watching.Stderr = &stderr
	if err := watching.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = watching.Process.Kill() })
	lines := bufio.NewScanner(stdout)
	next := func() (printed string) {
		for lines.Scan() {
			if strings.Contains(lines.Text(), "watching") {
				return printed
			}
			printed += lines.Text() + "\n"
		}
		t.Fatalf("it ended: %s", stderr.String())
		return ""
	}
	next() // nothing is edited yet
	orders := filepath.Join(tree, "silver", "orders.sql")
	body, err := os.ReadFile(orders)
	if err != nil {
		t.Fatal(err)
	}
	save := func(text string) {
		if err := os.WriteFile(orders, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	save(strings.Replace(string(body), "not between 1 and 1000000000000", "not between 1 and 2", 1))
	if printed := next(); !strings.Contains(printed, "silver.orders") || !strings.Contains(printed, "total_amount_inr") {
		t.Errorf("after a save it shows no difference:\n%s", printed)
	}
	save(string(body) + "\nlimit no_such_column\n")
	next()
	save(strings.Replace(string(body), "not between 1 and 1000000000000", "not between 1 and 3", 1))
	if printed := next(); !strings.Contains(printed, "silver.orders") {
		t.Errorf("after a mended save it shows no difference:\n%s", printed)
	}
	if err := watching.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := watching.Wait(); err != nil {
		t.Errorf("after Ctrl-C: %v", err)
	}
	if !strings.Contains(stderr.String(), "sql/silver/orders.sql:") {
		t.Errorf("the save that fails is not said with its place:\n%s", stderr.String())
	}
}
