package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/ask/feedback"
	"github.com/fmcg/fmcg/catalog/browser/browsertest"
	sqltree "github.com/fmcg/fmcg/sql"
)

var update = flag.Bool("update", false, "rewrite the expected outputs within testdata/scripts")

func TestMain(m *testing.M) {
	testscript.Main(browsertest.M{M: m}, map[string]func(){
		"fmcg": main,
	})
}

// The command line, as testdata/scripts use it: each script is named after what it proves and brings its lake with it. Beside
// testscript's own commands they have those of scriptCommands.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "..", "testdata", "scripts"),
		Cmds:                scriptCommands,
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

var scriptCommands = map[string]func(*testscript.TestScript, bool, []string){
	"exits":   exits,
	"sqltree": copySQLTree,
	"append":  appendLine,
	"listing": list,
	"lastrun": lastRunInState,
	"drafter": startDrafter,
	"waiting": waitingID,
	"serving": serveInScript,
	"api":     postToAPI,
}

// exits CODE COMMAND ARGS... runs a command, which must end with that exit code.
func exits(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// serving starts fmcg serve, at the address that it puts into $URL, until the script ends.
func serveInScript(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) > 0 {
		ts.Fatalf("usage: serving")
	}
	command := exec.Command("fmcg", "serve", "--address", "127.0.0.1:0")
	command.Dir = ts.MkAbs(".")
	out, err := command.StdoutPipe()
	ts.Check(err)
	ts.Check(command.Start())
	ts.Defer(func() { _ = command.Process.Kill(); _ = command.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	ts.Check(err)
	_, url, _ := strings.Cut(strings.TrimSpace(line), " at ")
	ts.Setenv("URL", url)
}

// api PATH JSON FILE posts to what is served and keeps the answer in a file, and its id in $ID.
func postToAPI(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 3 {
		ts.Fatalf("usage: api PATH JSON FILE")
	}
	answer, err := http.Post(ts.Getenv("URL")+args[0], "application/json", strings.NewReader(args[1]))
	ts.Check(err)
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	ts.Check(err)
	if answer.StatusCode >= http.StatusBadRequest {
		ts.Fatalf("%s: %s\n%s", args[0], answer.Status, body)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), body, 0o644))
	var found struct{ ID string }
	ts.Check(json.Unmarshal(body, &found))
	if found.ID != "" {
		ts.Setenv("ID", found.ID)
	}
}

// sqltree DIR writes the embedded SQL tree to a folder, for an engineer to edit.
func copySQLTree(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 1 {
		ts.Fatalf("usage: sqltree DIR")
	}
	ts.Check(os.CopyFS(ts.MkAbs(args[0]), sqltree.Files))
}

// drafter FILE starts a language model that always writes what the file says, and configures it.
func startDrafter(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 1 {
		ts.Fatalf("usage: drafter FILE")
	}
	draft := ts.ReadFile(args[0])
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"object": "chat.completion", "choices": []any{
			map[string]any{"index": 0, "finish_reason": "stop", "message": map[string]any{"role": "assistant", "content": draft}}}})
	}))
	ts.Defer(server.Close)
	ts.Setenv("FMCG_ASK_BASE_URL", server.URL+"/v1")
	ts.Setenv("FMCG_ASK_MODEL", "stub-1")
}

// append FILE LINE adds a line to a file.
func appendLine(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 2 {
		ts.Fatalf("usage: append FILE LINE")
	}
	file, err := os.OpenFile(ts.MkAbs(args[0]), os.O_APPEND|os.O_WRONLY, 0)
	ts.Check(err)
	_, err = fmt.Fprintln(file, args[1])
	ts.Check(errors.Join(err, file.Close()))
}

// listing DIR FILE writes what lies in a folder to a file: a line for each file, with its hash, or where its link leads.
func list(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 2 {
		ts.Fatalf("usage: listing DIR FILE")
	}
	dir := ts.MkAbs(args[0])
	var lines strings.Builder
	ts.Check(filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		relative, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if entry.Type()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(path)
			fmt.Fprintf(&lines, "%s -> %s\n", relative, target)
			return err
		}
		body, err := os.ReadFile(path)
		fmt.Fprintf(&lines, "%s %x\n", relative, sha256.Sum256(body))
		return err
	}))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(lines.String()), 0o644))
}

// lastrun STATE sets $RUN to the id of the last run in that state.
func lastRunInState(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 1 {
		ts.Fatalf("usage: lastrun STATE")
	}
	ts.Check(ts.Exec("fmcg", "runs", "--limit", "0", "--format", "json"))
	var listed struct{ Runs []catalog.Run }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &listed))
	for _, run := range listed.Runs {
		if run.State == args[0] {
			ts.Setenv("RUN", run.ID)
			return
		}
	}
	ts.Fatalf("no run is %s", args[0])
}

// waiting QUESTION NAME sets $NAME to the id under which a question waits for a review.
func waitingID(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 2 {
		ts.Fatalf("usage: waiting QUESTION NAME")
	}
	ts.Check(ts.Exec("fmcg", "ask", "--review", "--format", "json"))
	var listed struct{ Waiting []feedback.Item }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &listed))
	for _, item := range listed.Waiting {
		if item.Question == args[0] {
			ts.Setenv(args[1], item.ID)
			return
		}
	}
	ts.Fatalf("%q does not wait for a review", args[0])
}
