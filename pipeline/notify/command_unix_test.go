//go:build unix

package notify

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestACommandGetsTheMessageAndItsMainFieldsInTheEnvironment(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	script := `cat > "$0"; echo "$FMCG_EVENT $FMCG_EXIT_CODE $FMCG_RUN" > "$0.env"`
	if err := sendOne(t, newNotifiers(t, Config{Command: Command{Run: []string{"sh", "-c", script, out}}}), failureEvent()); err != nil {
		t.Fatal(err)
	}
	var event Event
	body, err := os.ReadFile(out)
	if err = errors.Join(err, json.Unmarshal(body, &event)); err != nil {
		t.Fatal(err)
	}
	environment, err := os.ReadFile(out + ".env")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.TrimSpace(string(environment)), "failure 4 "+failedRun().ID; event.Error != failedRun().Error || got != want {
		t.Errorf("event %+v, environment %q, want %q", event, got, want)
	}
}

func TestACommandThatFailsIsRunOnceAndItsErrorSaysWhatItSaid(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	script := `echo once >> "$0"; echo no paper >&2; exit 3`
	err := sendOne(t, newNotifiers(t, Config{Command: Command{Run: []string{"sh", "-c", script, out}}}), failureEvent())
	if err == nil || !strings.Contains(err.Error(), "exit status 3: no paper") {
		t.Errorf("error %v, want one with what it said", err)
	}
	if got, err := os.ReadFile(out); err != nil || string(got) != "once\n" {
		t.Errorf("it ran %q, %v", got, err)
	}
}

// What the command starts holds the other end of a pipe, which is at its end once that is gone.
func TestACommandWhoseTimeIsUpIsKilledWithWhatItStarted(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	type reading struct {
		text []byte
		err  error
	}
	read := make(chan reading, 1)
	go func() {
		file, err := os.Open(pipe) // waits for somebody who writes
		if err != nil {
			read <- reading{nil, err}
			return
		}
		defer file.Close()
		err = file.SetReadDeadline(time.Now().Add(20 * time.Second))
		text, readErr := io.ReadAll(file)
		read <- reading{text, errors.Join(err, readErr)}
	}()
	script := `(echo begun; exec sleep 1000) > "$0" & wait`
	err := sendOne(t, newNotifiers(t, Config{Timeout: time.Second, Command: Command{Run: []string{"sh", "-c", script, pipe}}}), failureEvent())
	if err == nil || !strings.Contains(err.Error(), "its time was up") {
		t.Errorf("error %v, want one that says that time was up", err)
	}
	if got := <-read; got.err != nil || string(got.text) != "begun\n" {
		t.Errorf("what the command started wrote %q and lives on: %v", got.text, got.err)
	}
}
