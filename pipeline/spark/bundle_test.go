package spark

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/pipeline"
)

func TestTheTreeIsPortableAndTheManifestTellsItsOrder(t *testing.T) {
	withSQLGlot(t)
	dir := t.TempDir()
	m, err := Bundle(t.Context(), Config{}, dir)
	if err != nil {
		t.Fatal(err)
	}
	placed := map[string]bool{}
	for _, table := range m.Ops {
		placed[table.Table] = true
	}
	for _, model := range m.Models {
		for _, table := range model.Reads {
			if !placed[table] {
				t.Errorf("%s reads %s, which is not before it", model.Table.Table, table)
			}
		}
		placed[model.Table.Table] = true
		body, err := os.ReadFile(filepath.Join(dir, Package, model.SQL))
		if err != nil {
			t.Fatal(err)
		}
		if source := strings.TrimPrefix(model.SQL, "sql/"); m.Sources[source] == "" || !strings.HasPrefix(string(body), "-- Made from sql/"+source) {
			t.Errorf("%s does not say what it was made from, or the manifest lacks its hash", model.SQL)
		}
	}
	if !placed["gold.vw_fact_orders_enriched"] {
		t.Error("the view is not in the manifest")
	}
}

func TestTheSameTreeIsTheSameBundleByteForByte(t *testing.T) {
	withSQLGlot(t)
	dir := t.TempDir()
	var bundles []map[string]string
	for range 2 { // the second over the first
		if _, err := Bundle(t.Context(), Config{}, dir); err != nil {
			t.Fatal(err)
		}
		found := map[string]string{}
		if err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			body, err := os.ReadFile(path)
			found[path] = hash(string(body))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		bundles = append(bundles, found)
	}
	if diff := gocmp.Diff(bundles[0], bundles[1]); diff != "" {
		t.Errorf("-first +second:\n%s", diff)
	}
}

func TestABundleIsInstalledByPipToo(t *testing.T) {
	withSQLGlot(t)
	dir, installed := t.TempDir(), t.TempDir()
	m, err := Bundle(t.Context(), Config{Version: "tested"}, dir)
	if err != nil {
		t.Fatal(err)
	}
	if output, err := exec.Command("python3", "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", installed, filepath.Join(dir, Wheel)).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	command := exec.Command("python3", "-c", "from fmcg_spark.bundle import Bundle; m = Bundle().manifest; print(m['version'], len(m['models']), len(Bundle().sql(m['models'][0])) > 0)")
	command.Env = append(os.Environ(), "PYTHONPATH="+installed)
	output, err := command.CombinedOutput()
	if want := fmt.Sprintf("tested %d True\n", len(m.Models)); err != nil || string(output) != want {
		t.Errorf("it says %q (%v), want %q", output, err, want)
	}
	if _, err := os.Stat(filepath.Join(installed, "bin", "fmcg-spark")); err != nil {
		t.Errorf("no command: %v", err)
	}
}

func TestWhatNoIdiomShowsIsRefusedWithItsPlaceAndWhatToWriteInstead(t *testing.T) {
	withSQLGlot(t)
	described, err := pipeline.Describe(t.Context(), pipeline.Config{})
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		query   string
		line    int
		instead string
	}{
		"distinct on":                      {"select distinct on (product_code)\n    product_code as a\nfrom gold.fact_orders\norder by product_code", 1, "qualify row_number()"},
		"arg_max":                          {"select\n    arg_max(product_code, date) as a\nfrom gold.fact_orders", 2, "qualify row_number()"},
		"list slice":                       {"select\n    product_code[1:2] as a\nfrom gold.fact_orders", 2, "substr"},
		"division":                         {"select\n    sold_quantity / 2 as a\nfrom gold.fact_orders", 2, "multiply instead"},
		"unguarded cast":                   {"select try_cast(product_code as integer) as a\nfrom gold.fact_orders", 1, "regexp_full_match"},
		"unguarded date":                   {"select\n    cast(try_strptime(product_code, '%Y-%m-%d') as date) as a\nfrom gold.fact_orders", 2, "case when regexp_full_match(product_code, '[0-9]{4}-[0-9]{2}-[0-9]{2}')"},
		"format of a date":                 {"select case when regexp_full_match(product_code, '[0-9]+') then try_strptime(product_code, '%j') end as a\nfrom gold.fact_orders", 1, "%Y-%m-%d"},
		"lookahead":                        {"select regexp_extract(product_code, '(?=a)b', 1) as a\nfrom gold.fact_orders", 1, "use literals, classes"},
		"first match only":                 {"select regexp_replace(product_code, 'a', 'b', 'i') as a\nfrom gold.fact_orders", 1, "say 'g'"},
		"today":                            {"select current_date as a", 1, "handed over"},
		"group by all":                     {"select date as a, count(*) as b\nfrom gold.fact_orders\ngroup by all", 1, "name the columns"},
		"an operator on other kinds":       {"select\n    product_code\n    || date as a\nfrom gold.fact_orders", 2, "add one there"},
		"a text cast to a date":            {"select cast(product_code as date) as a\nfrom gold.fact_orders", 1, "add one there"},
		"an unknown function":              {"select levenshtein(product_code, 'a') as a\nfrom gold.fact_orders", 1, "add one there"},
		"no SQL that the transpiler reads": {"select 1 as a,\n    2 + as b", 2, "add one there"},
		"a variable used in another way":   {"select list_contains(getvariable('months'), date) as a\nfrom gold.fact_orders", 1, "coalesce(list_contains"},
	}
	for name, test := range tests {
		described.Tree.Models = append(described.Tree.Models, &pipeline.Model{Path: name, SQL: test.query})
	}
	_, err = Transpile(t.Context(), "", described)
	var wrong *pipeline.Error
	if !errors.As(err, &wrong) || wrong.Code != pipeline.WrongUse {
		t.Fatalf("error %v, want one of wrong use", err)
	}
	lines := strings.Split(err.Error(), "\n")
	for name, test := range tests {
		begins, found := fmt.Sprintf("sql/%s:%d: ", name, test.line), false
		for i, line := range lines {
			found = found || strings.HasPrefix(line, begins) && strings.Contains(lines[i+1], test.instead)
		}
		if !found {
			t.Errorf("%s: want %q and below it %q, in\n%v", name, begins, test.instead, err)
		}
	}
}

func TestAPythonWithoutSQLGlotIsNamedWithWhatToDo(t *testing.T) {
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "sqlglot.py"), []byte("__version__ = '1.2.3'\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PYTHONPATH", other)
	for python, want := range map[string]string{"python3": "sqlglot 1.2.3, not " + SQLGlotVersion, filepath.Join(other, "no-python"): "no-python"} {
		_, err := Bundle(t.Context(), Config{Python: python}, t.TempDir())
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "pip install sqlglot=="+SQLGlotVersion) || !strings.Contains(err.Error(), "--python") {
			t.Errorf("with %s: error %v, want it to say %q and how to install", python, err, want)
		}
	}
}
