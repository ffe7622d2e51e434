package semantic_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/catalog/semantic"
)

func TestAVerifiedQuestionIsReadAsItWasWrittenAndTheFileAroundItStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "verified.yaml")
	want := []semantic.Verified{
		{Question: "Ventes : “été” & 'hiver'?", Language: "fr", SQL: "select 1\nfrom gold.vw_fact_orders_enriched -- two lines", ReviewedBy: "anna@desk", ReviewedAt: "2026-01-31T10:00:00Z", Place: path + ":4"},
		{Question: "and by channel?", Language: "en", Also: []string{"by channel?"}, Previous: []string{"revenue in 2025"}, SQL: "select 2", Chart: "pie", ReviewedBy: "#1: @boss", ReviewedAt: "2026-02-01", Place: path + ":11"},
	}
	if err := semantic.WriteVerified(path, want[0]); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.TrimRight(string(content), "\n") + " # a remark without a line's end"
	if err := os.WriteFile(path, []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := semantic.WriteVerified(path, want[1]); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(after), edited+"\n") {
		t.Errorf("what was there is not as it was:\n%s", after)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	model := builtIn(t)
	built := len(model.Verified)
	if err := model.AddVerified(path); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, model.Verified[built:]); diff != "" {
		t.Error(diff)
	}
}

func TestAFileThatIsNotThereHoldsNoVerifiedQuestions(t *testing.T) {
	model := builtIn(t)
	before := len(model.Verified)
	if err := model.AddVerified(filepath.Join(t.TempDir(), "none.yaml")); err != nil || len(model.Verified) != before {
		t.Errorf("%d questions, %v", len(model.Verified)-before, err)
	}
}

func TestEachMistakeInVerifiedQuestionsIsNamedWithItsLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "verified.yaml")
	for content, want := range map[string]string{
		`- question: a
  language: en
  sql: select 1
- question: "A!"
  language: en
  sql: select 2
- question: b
  language: de
  sql: select 3
- question: Total REVENUES by year, please
  language: en
  sql: select 4
- question: c
  language: en
  chart: cake
  sql: select 5
  reviewed_at: yesterday
`: `FILE:4: "A!" is verified twice, first in FILE:1
FILE:7: a verified question has a question, a language (en, fr) and its sql
FILE:10: "Total REVENUES by year, please" is verified twice, first in lexicon.yaml:LINE
FILE:13: chart "cake" is none of counter, bar, line, area, pie, histogram, scatter, heatmap, table
FILE:13: reviewed_at "yesterday" is neither a day, 2025-12-31, nor a time, 2025-12-31T15:04:05Z`,
		"- question: a\n  language: en\n  sql: select 1\n  reviewedby: me\n  also: b\n": "FILE:4: field reviewedby not found\nFILE:5: cannot unmarshal !!str `b` into []string",
		"- question: a\n  sql: [\n": "FILE:2: did not find expected node content",
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		model := builtIn(t)
		err := model.AddVerified(path)
		if err == nil {
			t.Errorf("no mistake in\n%s", content)
			continue
		}
		for _, v := range model.Verified {
			if strings.HasPrefix(v.Place, "lexicon.yaml") && v.Question == "What are the total revenues by year?" {
				want = strings.ReplaceAll(want, "lexicon.yaml:LINE", v.Place)
			}
		}
		if diff := cmp.Diff(strings.ReplaceAll(want, "FILE", path), err.Error()); diff != "" {
			t.Error(diff)
		}
		if mistakes := (semantic.Mistakes)(nil); !errors.As(err, &mistakes) {
			t.Errorf("%T", err)
		}
	}
}

func TestAQuestionIsNotAddedToAFileThatIsNoPlainList(t *testing.T) {
	path := filepath.Join(t.TempDir(), "verified.yaml")
	for _, content := range []string{"verified: []\n", "[{question: a, language: en, sql: select 1}]\n", "- question: [\n"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := semantic.WriteVerified(path, semantic.Verified{Question: "b", SQL: "select 2"}); err == nil || !strings.Contains(err.Error(), "add it by hand") {
			t.Errorf("%q: %v", content, err)
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != content {
			t.Errorf("%q became %q, %v", content, after, err)
		}
	}
}
