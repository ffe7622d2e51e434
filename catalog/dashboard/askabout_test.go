package dashboard_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/ask/asktest"
	"github.com/fmcg/fmcg/catalog/dashboard"
)

func engine(t testing.TB, h house) *ask.Engine {
	t.Helper()
	e, err := ask.New(t.Context(), h.db, h.model, ask.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Whatever is selected, the question about a tile is answered, with the tile's own figures.
func TestAskAnswersTheQuestionAboutATileWithItsFigures(t *testing.T) {
	for name, h := range houses(t) {
		t.Run(name, func(t *testing.T) {
			e, values, asked := engine(t, h), h.values(t), 0
			rapid.Check(t, func(r *rapid.T) {
				selection, err := dashboard.ParseSelection(anySelection(r, values), h.model)
				if err != nil {
					r.Fatal(err)
				}
				page := rapid.SampledFrom(h.board.Pages).Draw(r, "page")
				tile := rapid.SampledFrom(page.Tiles).Draw(r, "tile")
				language := rapid.SampledFrom([]string{"en", "fr"}).Draw(r, "language")
				result, err := h.source.Tile(t.Context(), h.board, page.ID, tile.ID, selection, language)
				if err != nil {
					r.Fatal(err)
				}
				for _, question := range h.source.AskAbout(e, &tile, selection, language) {
					answer, err := e.Ask(t.Context(), question)
					if err != nil || answer.Status != ask.StatusAnswered {
						r.Fatalf("%q: %s %s %v", question, answer.Status, answer.Text, err)
					}
					if problem := differ(t, tile, result, answer); problem != "" {
						r.Fatalf("%q under %s: %s\n%s\n%s", question, selection.Encode(), problem, result.SQL, answer.SQL)
					}
					asked++
				}
			})
			if asked < 20 {
				t.Errorf("only %d questions were asked", asked)
			}
		})
	}
}

// differ compares an answer with a tile by the names of what the rows are of.
func differ(t testing.TB, tile dashboard.Tile, result dashboard.Result, answer ask.Answer) string {
	named := func(columns []ask.Column, row []any) (key string) {
		for i, c := range columns {
			if slices.Contains(append([]string{"month"}, tile.By...), c.Name) {
				key += fmt.Sprint(c.Name, "=", row[i], " ")
			}
		}
		return key
	}
	switch {
	case len(result.Rows) == 0:
		for _, row := range answer.Rows {
			if slices.ContainsFunc(row, func(v any) bool { return v != nil && float(t, v) != 0 }) {
				return fmt.Sprintf("the answer has %v", row)
			}
		}
		return ""
	case tile.Kind == dashboard.KindCounters:
		for _, c := range result.Counters {
			if c.Measure == answer.Columns[0].Name && fmt.Sprint(c.Value) == fmt.Sprint(answer.Rows[0][0]) {
				return ""
			}
		}
		return fmt.Sprintf("the answer is %v", answer.Rows)
	case tile.Kind == dashboard.KindConcentration:
		for i, name := range tile.By {
			if answer.Columns[0].Name == name && fmt.Sprint(result.Rows[i][at(result, "make_80")]) == fmt.Sprint(len(answer.Rows)) {
				return ""
			}
		}
		return fmt.Sprintf("the answer has %d rows", len(answer.Rows))
	case len(answer.Rows) != len(result.Rows):
		return fmt.Sprintf("%d rows, the answer %d", len(result.Rows), len(answer.Rows))
	}
	figures := map[string][]any{}
	for _, row := range answer.Rows {
		figures[named(answer.Columns, row)] = row
	}
	for _, row := range result.Rows {
		key := named(result.Columns, row)
		for i, c := range answer.Columns {
			column := at(result, strings.Replace(c.Name, "cv_pct", "variation_pct", 1))
			if column < 0 || c.Type != "number" {
				continue
			}
			found := figures[key]
			if found == nil {
				return key + "is not in the answer"
			}
			got, want := float(t, row[column]), float(t, found[i])
			if !same(got, want) && !(math.IsNaN(got) && math.IsNaN(want)) {
				return fmt.Sprintf("%s%s %v, the answer %v", key, c.Name, row[column], found[i])
			}
		}
	}
	return ""
}

func TestTheQuestionsAboutTheBuiltInBoardAreInWords(t *testing.T) {
	h := open(t, asktest.File(t))
	e := engine(t, h)
	selection := dashboard.Selection{}.With("channel", "Direct").With("quarter", "2025-Q3")
	for id, want := range map[string][]string{
		"figures": {"revenue for channel Direct Q3 2025", "quantity sold for channel Direct Q3 2025", "unique customers for channel Direct Q3 2025",
			"average selling price for channel Direct Q3 2025", "average list price for channel Direct Q3 2025"},
		"top_products":    {"top 10 products by revenue for channel Direct Q3 2025"},
		"categories":      {"top 20 categories by revenue for channel Direct Q3 2025"},
		"monthly_revenue": {"revenue by month for channel Direct Q3 2025"},
		"dependence":      {"which products make 80% of revenue for channel Direct Q3 2025", "which customers make 80% of revenue for channel Direct Q3 2025"},
		"variability":     {"volatility of revenue by division for channel Direct Q3 2025"},
	} {
		for _, page := range h.board.Pages {
			if tile := page.Tile(id); tile != nil {
				if got := h.source.AskAbout(e, tile, selection, "en"); !slices.Equal(got, want) {
					t.Errorf("%s: %q, want %q", id, got, want)
				}
			}
		}
	}
	for _, page := range h.board.Pages {
		for _, tile := range page.Tiles {
			for _, language := range []string{"en", "fr"} {
				if got := h.source.AskAbout(e, &tile, selection, language); len(got) == 0 {
					t.Errorf("nothing can be asked about %s in %s", tile.ID, language)
				}
			}
			if got := h.source.AskAbout(e, &tile, selection.With("customer", nil), "en"); got != nil {
				t.Errorf("rows without a customer cannot be asked for, but %q", got)
			}
		}
	}
}

// A customer may be called like a year, a channel or another customer. Then either ask reads the name, or there is no question.
func TestANameThatReadsAsSomethingElseIsAskedForWithItsOwnFiguresOrNotAtAll(t *testing.T) {
	names := []string{"2024", "Direct", "FITNESSWORLD", "Fitnessworld", "month", "excluding Direct", "top 3"}
	var statements []string
	for i, name := range names {
		statements = append(statements, fmt.Sprintf("update gold.vw_fact_orders_enriched set customer = '%s' where customer_code = '7000%02d'", name, i+1))
	}
	h := open(t, asktest.File(t, statements...))
	e, tile := engine(t, h), h.board.Page("overview").Tile("figures")
	for _, name := range names {
		selection := dashboard.Selection{}.With("customer", name)
		result, err := h.source.Tile(t.Context(), h.board, "overview", "figures", selection, "en")
		if err != nil {
			t.Fatal(err)
		}
		for _, question := range h.source.AskAbout(e, tile, selection, "en") {
			answer, err := e.Ask(t.Context(), question)
			if err != nil || answer.Status != ask.StatusAnswered {
				t.Fatalf("%q: %s %v", question, answer.Text, err)
			}
			if problem := differ(t, *tile, result, answer); problem != "" {
				t.Errorf("%q: %s\n%s", question, problem, answer.SQL)
			}
		}
	}
}
