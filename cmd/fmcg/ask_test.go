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
	if questions == "" {
		t.Skip("DID NOT RUN: FMCG_ASK_QUESTIONS names no file of the company's questions")
	}
	answered(t, os.Getenv("FMCG_REAL_LAKE"), questions)
}

// Questions that people wrote who had never seen the grammar, in testdata/ask/strangers_*.jsonl, over the company's data.
func TestStrangersQuestionsAreAnswered(t *testing.T) {
	files, err := filepath.Glob("../../testdata/ask/strangers_*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no questions of strangers: %v", err)
	}
	answered(t, os.Getenv("FMCG_REAL_LAKE"), files...)
}

// answered fails with each file of which not all questions are right, on a warehouse of the company's lake.
func answered(t *testing.T, lake string, files ...string) {
	t.Helper()
	if lake == "" {
		t.Skip("DID NOT RUN: FMCG_REAL_LAKE does not name the company's lake")
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
	for _, file := range files {
		var report struct {
			Asked int `json:"asked"`
			Right int `json:"right"`
		}
		text := fmcg("ask", "--benchmark", file, "--format", "json")
		if err := json.NewDecoder(bytes.NewReader(text)).Decode(&report); err != nil && err != io.EOF {
			t.Fatal(err)
		}
		if report.Asked == 0 || report.Right != report.Asked {
			t.Errorf("%s: %d of %d right:\n%s", file, report.Right, report.Asked, text)
		}
	}
}
