package semantic_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/catalog/semantic"
)

func builtIn(t testing.TB) *semantic.Model {
	t.Helper()
	model, err := semantic.Open("")
	if err != nil {
		t.Fatal(err)
	}
	return model
}

func TestTheBuiltInModelDefinesTheCompanysMeasures(t *testing.T) {
	model := builtIn(t)
	got := map[string]string{}
	for _, m := range model.Measures {
		got[m.Name] = fmt.Sprintf("%s, adds up: %t", m.Expr, m.Additive)
	}
	want := map[string]string{
		"revenue":               "sum(total_amount_inr), adds up: true",
		"quantity":              "sum(sold_quantity), adds up: true",
		"rows":                  "count(*), adds up: true",
		"unique_customers":      "count(distinct customer_code), adds up: false",
		"unique_products":       "count(distinct product), adds up: false",
		"unique_product_codes":  "count(distinct product_code), adds up: false",
		"average_selling_price": "sum(total_amount_inr) / nullif(sum(sold_quantity), 0), adds up: false",
		"average_list_price":    "avg(price_inr), adds up: false",
		"revenue_per_customer":  "sum(total_amount_inr) / nullif(count(distinct customer_code), 0), adds up: false",
		"lowest_list_price":     "min(price_inr), adds up: false",
		"highest_list_price":    "max(price_inr), adds up: false",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

var languages = []string{"en", "fr"}

func TestEachMeaningHasWordsInEachLanguage(t *testing.T) {
	model := builtIn(t)
	for _, role := range slices.Sorted(maps.Keys(semantic.Roles)) {
		for _, meaning := range semantic.Roles[role] {
			if role == semantic.RolePeriod {
				continue // what is regular is no phrase of its own: "last year" is last and year
			}
			for _, language := range languages {
				if !slices.ContainsFunc(model.Lexicon.Words, func(w semantic.Word) bool {
					return w.Role == role && w.Meaning == meaning && (w.Language == language || w.Language == "both")
				}) {
					t.Errorf("%s has no word for %s, %s", language, role, meaning)
				}
			}
		}
	}
	for _, language := range languages {
		for _, m := range model.Measures {
			if len(m.Names[language]) == 0 || m.Label(language) == "" {
				t.Errorf("measure %s has no name in %s", m.Name, language)
			}
		}
		for _, d := range model.Dimensions {
			if len(d.Names[language]) == 0 || d.Label(language) == "" {
				t.Errorf("dimension %s has no name in %s", d.Name, language)
			}
		}
	}
}

// A word that is left out must not mean anything: what it stands for would be dropped silently.
func TestNoiseMeansNothingElse(t *testing.T) {
	model := builtIn(t)
	content := []string{
		semantic.RoleMeasure, semantic.RoleDimension, semantic.RoleCalculation, semantic.RoleThreshold, semantic.RoleOrder, semantic.RoleNegation,
		semantic.RoleAbsent, semantic.RoleUnsafe, semantic.RoleVague,
	}
	for _, noise := range model.Lexicon.Words {
		if noise.Role != semantic.RoleNoise {
			continue
		}
		for _, word := range model.Lexicon.Words {
			if semantic.Normalize(word.Phrase) == semantic.Normalize(noise.Phrase) && word.Language == noise.Language && slices.Contains(content, word.Role) {
				t.Errorf("%q is noise in %s, and %s %s", noise.Phrase, noise.Language, word.Role, word.Meaning)
			}
		}
	}
}

func TestACalculationIsSQLOfAMeasure(t *testing.T) {
	got := builtIn(t).Calculation("growth").SQL(map[string]string{"measure": "sum(sold_quantity)", "time": "date", "n": "12"})
	want := "100.0 * (sum(sold_quantity) / nullif(lag(sum(sold_quantity), 12) over (order by date), 0) - 1)"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// files returns the built-in files with some lines replaced.
func files(t *testing.T, replaced map[string][2]string) fs.FS {
	t.Helper()
	edited := fstest.MapFS{}
	for _, name := range []string{"sales.yaml", "lexicon.yaml", "both.yaml", "en.yaml", "fr.yaml"} {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := string(content)
		if pair, ok := replaced[name]; ok {
			if !strings.Contains(text, pair[0]) {
				t.Fatalf("%s has no %q", name, pair[0])
			}
			text = strings.Replace(text, pair[0], pair[1], 1)
		}
		edited[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return edited
}

func TestAMistakeIsNamedWithItsLine(t *testing.T) {
	for name, c := range map[string]struct {
		file, old, new, want string
	}{
		"another version":                {"sales.yaml", `version: "1.1"`, `version: "2.0"`, `version "2.0" is not 1.1`},
		"no source":                      {"sales.yaml", "source: gold.vw_fact_orders_enriched", "", "source is missing"},
		"an unknown key":                 {"sales.yaml", "    expr: sum(sold_quantity)", "    expr: sum(sold_quantity)\n    sinonyms: [x]", "field sinonyms not found"},
		"a key of another kind":          {"sales.yaml", "    synonyms: [country, nation]", "    synonyms: {country: nation}", "cannot unmarshal"},
		"no expression":                  {"sales.yaml", "    expr: sum(sold_quantity)\n", "", "quantity has no expr"},
		"a name twice":                   {"sales.yaml", "  - name: quantity\n", "  - name: revenue\n", "revenue is defined twice"},
		"a join":                         {"sales.yaml", "dimensions:", "joins:\n  - name: x\ndimensions:", "joins are not supported"},
		"a window":                       {"sales.yaml", "    expr: sum(sold_quantity)", "    expr: sum(sold_quantity)\n    window: [{order: month, range: cumulative}]", "window of quantity is not supported"},
		"a format that is none":          {"sales.yaml", "type: currency", "type: money", `type "money" is none of`},
		"a currency without code":        {"sales.yaml", "      currency_code: INR\n", "", "a currency has a currency_code"},
		"eleven synonyms":                {"sales.yaml", "[country, nation]", "[a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11]", "market has 11 synonyms"},
		"one synonym of two":             {"sales.yaml", "[country, nation]", "[country, sales channel]", `is given twice for the role dimension`},
		"a measure named as a dimension": {"sales.yaml", "[country, nation]", "[country, turnover]", `is given twice`},
		"no YAML":                        {"sales.yaml", "dimensions:", "dimensions: [", "did not find expected"},
		"a measure of no view":           {"lexicon.yaml", "  quantity:\n    additive: true", "  quantities:\n    additive: true", "measure quantities is not in sales.yaml"},
		"a dimension of no view":         {"lexicon.yaml", "  division: {kind: text", "  divisions: {kind: text", "dimension divisions is not in sales.yaml"},
		"a kind that is none":            {"lexicon.yaml", "division: {kind: text", "division: {kind: texts", "kind is one of text, code and time"},
		"a time without grain":           {"lexicon.yaml", "{kind: time, grain: month,", "{kind: time,", "a time has a grain"},
		"a language that is none":        {"lexicon.yaml", "{kind: text, fr: {label: Division,", "{kind: text, de: {label: Division,", "de is neither a key nor one of the languages"},
		"a default of no measure":        {"lexicon.yaml", "measure: revenue #", "measure: profit #", `default measure "profit" is not in sales.yaml`},
		"a limit of none":                {"lexicon.yaml", "limit: 10 #", "limit: 0 #", "limit is a number above 0"},
		"a calculation of nothing":       {"lexicon.yaml", "expr: sum({measure}) over", "expr: sum(revenue) over", "has no {measure}"},
		"a value of no dimension":        {"lexicon.yaml", "  market:\n    India:", "  markets:\n    India:", "values of markets: there is no such text dimension"},
		"an alias that says nothing":     {"lexicon.yaml", "[inde,", "[INDIA,", `"INDIA" says nothing new of India`},
		"a verified question twice":      {"lexicon.yaml", "also: [total revenues by year]", "also: [Total Revenues by Quarter!]", "is verified twice"},
		"a role that is none":            {"en.yaml", "aggregate:", "aggregates:", "aggregates is not a role"},
		"a meaning that is none":         {"fr.yaml", "  median:", "  mediane:", "mediane is not a meaning of aggregate"},
		"no list":                        {"fr.yaml", "  median: [médian, médiane, médianes]", "  median: médiane", "median is a list of words"},
		"a word twice":                   {"fr.yaml", "[médian, médiane, médianes]", "[médiane, Mediane]", `"Mediane" is given twice`},
		"a word of two meanings":         {"en.yaml", "[median, middle]", "[median, mean]", `is given twice for the role aggregate`},
		"a word without letters":         {"en.yaml", "[median, middle]", `[median, "?!"]`, "has neither letters nor digits"},
	} {
		t.Run(name, func(t *testing.T) {
			edited := files(t, map[string][2]string{c.file: {c.old, c.new}})
			_, err := semantic.Load(edited)
			mistakes := semantic.Mistakes(nil)
			if !errors.As(err, &mistakes) {
				t.Fatalf("got %v, want mistakes", err)
			}
			found := slices.IndexFunc(mistakes, func(m semantic.Mistake) bool { return strings.Contains(m.Problem, c.want) })
			if found < 0 {
				t.Fatalf("got %v, want %s", err, c.want)
			}
			if mistakes[found].Line < 1 {
				t.Errorf("%v has no line", mistakes[found])
			}
		})
	}
}

func TestAllMistakesAreNamedAtOnceInTheirOrder(t *testing.T) {
	_, err := semantic.Load(files(t, map[string][2]string{
		"sales.yaml":   {"    expr: sum(sold_quantity)\n", ""},
		"lexicon.yaml": {"limit: 10 #", "limit: 0 #"},
		"en.yaml":      {"[median, middle]", "[median, Median]"},
		"fr.yaml":      {"[médian, médiane, médianes]", "[médiane, Mediane]"},
	}))
	want := strings.Join([]string{
		"sales.yaml:LINE: quantity has no expr",
		"lexicon.yaml:LINE: limit is a number above 0",
		`en.yaml:LINE: "Median" is given twice for the role aggregate, first in en.yaml:LINE (case, accents and dashes make no difference)`,
		`fr.yaml:LINE: "Mediane" is given twice for the role aggregate, first in fr.yaml:LINE (case, accents and dashes make no difference)`,
	}, "\n")
	line := func(file, text string) string {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		before, _, _ := strings.Cut(string(content), text)
		return fmt.Sprintf("%s:%d", file, strings.Count(before, "\n")+1)
	}
	for file, text := range map[string]string{"sales.yaml": "  - name: quantity\n", "lexicon.yaml": "limit: 10 #", "en.yaml": "[median, middle]", "fr.yaml": "[médian, médiane, médianes]"} {
		want = strings.ReplaceAll(want, file+":LINE", line(file, text))
	}
	if err == nil {
		t.Fatal("got no mistakes")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestAFileOfASettingReplacesTheBuiltInOneAndTheOthersStay(t *testing.T) {
	folder := t.TempDir()
	for name, pair := range map[string][2]string{"sales.yaml": {"display_name: Revenue\n", "display_name: Turnover\n"}, "fr.yaml": {"[médian, médiane, médianes]", "[médian, milieu]"}} {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(folder, name)
		if name == "sales.yaml" {
			to = filepath.Join(folder, "ours.yaml")
		}
		if err := os.WriteFile(to, []byte(strings.Replace(string(content), pair[0], pair[1], 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	model, err := semantic.Open(filepath.Join(folder, "ours.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := model.Measure("revenue").Label("en"), "Turnover"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, phrase := range []string{"milieu", "median"} { // of the edited French, of the built-in English
		if !slices.ContainsFunc(model.Lexicon.Words, func(w semantic.Word) bool { return w.Phrase == phrase && w.Meaning == "median" }) {
			t.Errorf("%s does not mean median", phrase)
		}
	}
	if _, err := semantic.Open(filepath.Join(folder, "none.yaml")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want %v", err, fs.ErrNotExist)
	}
}
