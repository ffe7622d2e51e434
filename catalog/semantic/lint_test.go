package semantic_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// small is a model without the aliases of values that the view in small does not have.
func small(t *testing.T) *semantic.Model {
	t.Helper()
	model := builtIn(t)
	model.Aliases = []semantic.Alias{{Dimension: "platform", Value: "E-Commerce", Names: []string{"online"}}}
	model.Spellings = map[string]string{"bangalore": "bengaluru"}
	return model
}

func lint(t *testing.T, model *semantic.Model) []string {
	t.Helper()
	findings, err := semantic.Lint(t.Context(), engine(t), model)
	if err != nil {
		t.Fatal(err)
	}
	found := []string{}
	for _, finding := range findings {
		found = append(found, fmt.Sprint(finding))
	}
	return found
}

func TestTheBuiltInModelFitsTheView(t *testing.T) {
	if diff := cmp.Diff([]string{}, lint(t, small(t))); diff != "" {
		t.Error(diff)
	}
}

func TestLintFindsWhatOnlyTheViewShows(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*semantic.Model)
		want  string
	}{
		"a column that is not there":       {func(m *semantic.Model) { m.Measure("revenue").Expr = "sum(amount)" }, "measure revenue: the engine rejects it"},
		"a measure that is no aggregate":   {func(m *semantic.Model) { m.Measure("quantity").Expr = "sold_quantity" }, "measure quantity: the engine rejects it"},
		"a dimension that is not there":    {func(m *semantic.Model) { m.Dimension("market").Expr = "country" }, "dimension market: the engine rejects it"},
		"a dimension that reads elsewhere": {func(m *semantic.Model) { m.Dimension("market").Expr = "(select 1 from ops.runs)" }, "dimension market: it reads ops.runs"},
		"a dimension of a refused function": {func(m *semantic.Model) { m.Dimension("market").Expr = "getenv('HOME')" },
			"dimension market: the function getenv is not allowed"},
		"another source":                    {func(m *semantic.Model) { m.Source = "gold.fact_orders" }, "source and filter: it reads gold.fact_orders"},
		"a filter that is none":             {func(m *semantic.Model) { m.Filter = "nonsense = 1" }, "source and filter: the engine rejects it"},
		"a calculation that does not parse": {func(m *semantic.Model) { m.Calculations[0].Expr = "100 * {measure" }, "calculation share:"},
		"a measure that does not add up": {func(m *semantic.Model) { m.Measure("average_selling_price").Additive = true },
			"measure average_selling_price: it is said to add up, but its sum over"},
		"an alias of no value":     {func(m *semantic.Model) { m.Aliases[0].Value = "Market Place" }, "value Market Place of platform: there is no such value"},
		"an alias that is a value": {func(m *semantic.Model) { m.Aliases[0].Names = []string{"sportshub"} }, `"sportshub" is a value itself, of customer`},
		"an alias of two values": {func(m *semantic.Model) {
			m.Aliases = append(m.Aliases, semantic.Alias{Dimension: "platform", Value: "Sports Bar", Names: []string{"Online"}})
		}, `"Online" is also an alias of E-Commerce`},
		"an alias that names a measure": {func(m *semantic.Model) { m.Aliases[0].Names = []string{"turnover"} }, `measure revenue: "turnover" is also a value of platform, E-Commerce`},
		"a spelling of no word":         {func(m *semantic.Model) { m.Spellings["bombay"] = "mumbai" }, "spelling bombay: no value has the word mumbai"},
		"verified SQL that is refused":  {func(m *semantic.Model) { m.Verified[0].SQL = "select * from bronze.orders" }, "verified question Show me total revenues by quarter: it reads bronze.orders"},
		"verified SQL that is rejected": {func(m *semantic.Model) { m.Verified[1].SQL = "select x from " + m.Source }, "verified question What are the total revenues by year?: the engine rejects it"},
	} {
		t.Run(name, func(t *testing.T) {
			model := small(t)
			c.spoil(model)
			if got := lint(t, model); !slices.ContainsFunc(got, func(finding string) bool { return strings.Contains(finding, c.want) }) {
				t.Errorf("got %q, want %s", got, c.want)
			}
		})
	}
}
