package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The company's own questions, over its own data, where both are at hand: each gets the rows of the SQL that stands beside it,
// or is asked back or refused where it should be.
func TestTheCompanysQuestionsAreAnswered(t *testing.T) {
	questions := os.Getenv("FMCG_ASK_QUESTIONS")
	lake := os.Getenv("FMCG_REAL_LAKE")
	if questions == "" || lake == "" {
		t.Skip("DID NOT RUN: FMCG_ASK_QUESTIONS names no file of the company's questions, or FMCG_REAL_LAKE not its lake")
	}
	warehouse := filepath.Join(t.TempDir(), "fmcg.duckdb")
	fmcg := func(args ...string) []byte {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), append(args, "--warehouse", warehouse), strings.NewReader(""), &stdout, &stderr); code != 0 {
			t.Fatalf("fmcg %v: exit code %d\n%s", args, code, stderr.String())
		}
		return stdout.Bytes()
	}
	fmcg("refresh", "--lake", lake)
	var report struct {
		Asked int `json:"asked"`
		Right int `json:"right"`
	}
	text := fmcg("ask", "--benchmark", questions, "--format", "json")
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&report); err != nil && err != io.EOF {
		t.Fatal(err)
	}
	if report.Asked == 0 || report.Right != report.Asked {
		t.Errorf("%d of %d right:\n%s", report.Right, report.Asked, text)
	}
}
