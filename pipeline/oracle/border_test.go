package oracle

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// imports gives the import paths of a Go file.
func imports(t *testing.T, path string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, spec := range parsed.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, name)
	}
	return all
}

func TestTheOracleSharesNoCodeWithWhatItJudges(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, path := range files {
		for _, name := range imports(t, path) {
			if host, _, _ := strings.Cut(name, "/"); strings.Contains(host, ".") || name == "C" {
				t.Errorf("%s imports %s: a second computation that leans on other code than the standard library's can be wrong with it", path, name)
			}
		}
	}
}

func TestNothingButTestsImportsTheOracle(t *testing.T) {
	const oracle = "github.com/fmcg/fmcg/pipeline/oracle"
	seen := 0
	for _, side := range []string{"cmd", "sql", "pipeline", "catalog"} {
		err := filepath.WalkDir(filepath.Join("../..", side), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			seen++
			for _, name := range imports(t, path) {
				if name == oracle {
					t.Errorf("%s imports %s: the rules are in sql/, the oracle is for tests", path, oracle)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen == 0 {
		t.Error("no Go file was looked at")
	}
}
