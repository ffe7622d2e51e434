package dashboard_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/catalog/dashboard"
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

func load(t *testing.T, files map[string]string) ([]*dashboard.Board, error) {
	t.Helper()
	tree := fstest.MapFS{}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return dashboard.Load(tree, builtIn(t))
}

const minimal = `title: {en: Mine, fr: Le mien}
pages:
  - id: one
    title: {en: One, fr: Un}
    tiles:
      - id: sales
        title: {en: Sales, fr: Ventes}
        kind: ranking
        by: [channel]
        measures: [revenue]
`

func TestTheBuiltInBoardShowsAllThatTheOldOneDid(t *testing.T) {
	boards, err := dashboard.Open("", builtIn(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(boards) != 1 || boards[0].ID != "sales" || boards[0].Title.In("en") != "FMCG Sales Insights" || boards[0].Title.In("fr") == boards[0].Title.In("en") {
		t.Fatalf("boards %+v", boards)
	}
	var shown []string
	for _, page := range boards[0].Pages {
		for _, tile := range page.Tiles {
			shown = append(append(shown, tile.By...), tile.Measures...)
			shown = append(shown, string(tile.Kind))
		}
	}
	for _, want := range []string{"product", "customer", "variant", "channel", "division", "category", "market", "platform", "month", "revenue", "quantity", "unique_customers",
		"average_selling_price", "average_list_price", "counters", "ranking", "concentration", "series", "seasonality", "scatter", "variation"} {
		if !slices.Contains(shown, want) {
			t.Errorf("no tile has %s", want)
		}
	}
}

func TestBoardsOfAFolderTakeThePlaceOfTheBuiltInOne(t *testing.T) {
	boards, err := load(t, map[string]string{"b.yaml": minimal, "a.yaml": minimal, "notes.txt": "not one"})
	if err != nil {
		t.Fatal(err)
	}
	if len(boards) != 2 || boards[0].ID != "a" || boards[1].ID != "b" {
		t.Fatalf("boards %+v", boards)
	}
	tile := boards[0].Page("one").Tile("sales")
	if tile.Chart != "bar" || tile.Order != "desc" || tile.Width != "half" {
		t.Errorf("defaults are not filled in: %+v", tile)
	}
	if want := []string{"year", "quarter", "month", "market", "platform", "channel", "customer", "division", "category", "product", "variant"}; !cmp.Equal(want, boards[0].Filters) {
		t.Errorf("filters %q", boards[0].Filters)
	}
	for name, files := range map[string]map[string]string{"no folder": nil, "no boards": {"notes.txt": ""}} {
		if _, err := load(t, files); err == nil {
			t.Errorf("%s is no error", name)
		}
	}
	if _, err := dashboard.Open("testdata/nowhere", builtIn(t)); err == nil {
		t.Error("a folder that is not there is no error")
	}
}

func TestEveryMistakeIsNamedAtOnceWithItsLine(t *testing.T) {
	_, err := load(t, map[string]string{"mine.yaml": `title: {en: Mine}
filters: [month, colour, channel, channel, month_of_year]
pages:
  - id: Page One
    title: {en: One, fr: Un, de: Eins}
    tiles:
      - id: a
        title: {en: A, fr: A}
        kind: pie
        by: [channel]
        measures: [revenue]
      - id: a
        title: {en: A, fr: A}
        kind: ranking
        by: [channel, month]
        measures: [profit, revenue, revenue]
        limit: 0
        order: up
      - id: b
        title: {en: B, fr: B}
        kind: series
        by: [channel]
        measures: [revenue, quantity]
        limit: 5
        width: wide
      - id: c
        title: {en: C, fr: C}
        kind: concentration
        by: [product]
        measures: [unique_customers]
        chart: bar
      - title: {en: D, fr: D}
        kind: scatter
        by: [product]
        measures: [revenue]
        share: true
  - id: empty
    title: {en: E, fr: E}
  - id: report
    title: {en: R, fr: R}
`, "other.yaml": strings.ReplaceAll(minimal, "measures:", "mesures:")})
	var mistakes semantic.Mistakes
	if !errors.As(err, &mistakes) {
		t.Fatalf("error %v", err)
	}
	want := []string{
		`mine.yaml:1: a title in fr is missing`,
		`mine.yaml:2: colour is no dimension of the model`,
		`mine.yaml:2: the filter channel is there twice`,
		`mine.yaml:2: month_of_year is a season; the times that can be filtered by are year, quarter, month`,
		`mine.yaml:4: an id is small letters, digits, - and _, at most 40, not "Page One"`,
		`mine.yaml:5: de is not one of the languages en, fr`,
		`mine.yaml:9: kind "pie" is none of concentration, counters, ranking, scatter, seasonality, series, variation`,
		`mine.yaml:12: the id a is there twice`,
		`mine.yaml:15: month is a time; a tile of the kind ranking is by what is sold, and to whom`,
		`mine.yaml:16: profit is no measure of the model`,
		`mine.yaml:16: the measure revenue is there twice`,
		`mine.yaml:17: limit is 1 to 1000`,
		`mine.yaml:18: "up" is none of desc, asc`,
		`mine.yaml:22: a series goes along one of year, quarter, month`,
		`mine.yaml:23: a tile of the kind series has 1 measures, not 2`,
		`mine.yaml:24: a tile of the kind series has no limit`,
		`mine.yaml:25: "wide" is none of half, full, third`,
		`mine.yaml:30: unique_customers does not add up, so that there are no shares of it`,
		`mine.yaml:31: "bar" is none of table`,
		`mine.yaml:32: a tile has no id`,
		`mine.yaml:35: a tile of the kind scatter has 2 to 3 measures, not 1`,
		`mine.yaml:36: a tile of the kind scatter has no share`,
		`mine.yaml:37: page empty has no tiles`,
		`mine.yaml:39: the id report is taken: a board's report has that address`,
		`mine.yaml:39: page report has no tiles`,
		`other.yaml:6: a tile of the kind ranking has 1 to 8 measures, not 0`,
		`other.yaml:10: field mesures not found`,
	}
	var got []string
	for _, m := range mistakes {
		got = append(got, m.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAFileThatIsNoYAMLIsAMistakeToo(t *testing.T) {
	_, err := load(t, map[string]string{"broken.yaml": "title: {en", "fine.yaml": minimal})
	if mistakes := (semantic.Mistakes)(nil); !errors.As(err, &mistakes) || len(mistakes) != 1 || mistakes[0].File != "broken.yaml" {
		t.Errorf("error %v", err)
	}
	if _, err := load(t, map[string]string{"Mine Own.yaml": minimal}); err == nil || !strings.Contains(err.Error(), "the name of the file") {
		t.Errorf("error %v", err)
	}
}
