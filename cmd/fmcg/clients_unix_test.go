//go:build unix

package main

import (
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"
)

const (
	openVariable = "FMCG_TEST_OPEN" // makes the test below open this file, as the process that it starts as another user
	nobody       = 65534
)

// Law 3: the mode 0444 keeps other programs from opening the file read-write. It does not hold root back, so the test opens the
// file in a process of an ordinary user.
func TestAnOrdinaryUserOpensThePublishedFileOnlyToRead(t *testing.T) {
	if name := os.Getenv(openVariable); name != "" {
		openAndCount(t, name)
		return
	}
	link := publishDemo(t)
	program := filepath.Join(t.TempDir(), "fmcg.test")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	copyFile(t, self, program)
	for _, file := range []string{link, program} {
		letIn(t, filepath.Dir(file))
	}

	open := func(name string) (string, error) {
		command := exec.Command(program, "-test.run", "^"+t.Name()+"$")
		command.Env = append(os.Environ(), openVariable+"="+name, "HOME="+t.TempDir())
		command.Dir = "/"
		if os.Geteuid() == 0 {
			command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		}
		output, err := command.CombinedOutput()
		return string(output), err
	}
	if output, err := open(link + "?access_mode=READ_ONLY"); err != nil {
		t.Errorf("reading: %v\n%s", err, output)
	}
	for _, file := range []string{link, resolved(t, link)} {
		output, err := open(file + "?access_mode=READ_WRITE")
		if err == nil || !strings.Contains(output, "Permission denied") {
			t.Errorf("%s opened read-write: want Permission denied, got %v\n%s", file, err, output)
		}
	}
	for _, folder := range []string{filepath.Dir(link), filepath.Dir(resolved(t, link))} {
		if logs, _ := filepath.Glob(filepath.Join(folder, "*.wal")); logs != nil {
			t.Errorf("left beside the file: %v", logs)
		}
	}
}

func openAndCount(t *testing.T, name string) {
	db, err := sql.Open("duckdb", name)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var rows int
	if err := db.QueryRow("select count(*) from gold.vw_fact_orders_enriched").Scan(&rows); err != nil || rows == 0 {
		t.Fatalf("%d rows, %v", rows, err)
	}
}

// letIn lets every user into a folder made by t.TempDir, whose parent is closed to them.
func letIn(t *testing.T, folder string) {
	t.Helper()
	for _, folder := range []string{folder, filepath.Dir(folder)} {
		if err := os.Chmod(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func resolved(t *testing.T, link string) string {
	t.Helper()
	path, err := filepath.EvalSymlinks(link)
	if err != nil {
		t.Fatal(err)
	}
	return path
}
