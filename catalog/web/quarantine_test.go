package web_test

import (
	"encoding/csv"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/catalog"
)

type report struct {
	Total                                         catalog.Stake
	ByReason, ByTable, ByMonth, ByProduct, ByFile []catalog.Stake
}

func (s *served) report(t testing.TB, query string) report {
	t.Helper()
	var found struct {
		Total     catalog.Stake   `json:"total"`
		ByReason  []catalog.Stake `json:"by_reason"`
		ByTable   []catalog.Stake `json:"by_table"`
		ByMonth   []catalog.Stake `json:"by_month"`
		ByProduct []catalog.Stake `json:"by_product"`
		ByFile    []catalog.Stake `json:"by_file"`
	}
	s.fetch(t, "/api/catalog/quarantine?"+query, &found)
	return report(found)
}

// Each way to narrow the quarantine divides the same rows and the same value; what a step says is there is what the next one has, in
// the sums, in the rows and in the file that can be downloaded.
func TestTheQuarantineAddsUpHoweverItIsNarrowed(t *testing.T) {
	held := ofALake(t)
	server := start(t, exploring(held))
	whole := server.report(t, "")
	if want := held.ask(t, "select count(*) from ops.quarantine")[0][0]; whole.Total.Rows != want {
		t.Errorf("%d rows, want %v, which ops.quarantine has", whole.Total.Rows, want)
	}
	if len(whole.ByReason) < 5 || len(whole.ByMonth) < 2 || whole.Total.AmountINR == nil {
		t.Fatalf("too little to prove anything on: %+v", whole)
	}
	adds := func(t *testing.T, name string, total catalog.Stake, parts []catalog.Stake) {
		t.Helper()
		rows, amount := int64(0), new(big.Rat)
		for _, part := range parts {
			rows += part.Rows
			if part.AmountINR != nil {
				one, _ := new(big.Rat).SetString(part.AmountINR.String())
				amount.Add(amount, one)
			}
		}
		want := new(big.Rat)
		if total.AmountINR != nil {
			want, _ = want.SetString(total.AmountINR.String())
		}
		if rows != total.Rows || amount.Cmp(want) != 0 {
			t.Errorf("by %s: %d rows, %s INR, want %d, %s", name, rows, amount.FloatString(2), total.Rows, want.FloatString(2))
		}
	}
	queries := []string{""}
	for _, stake := range whole.ByReason {
		queries = append(queries, url.Values{"reason": {stake.Reason}, "table": {stake.Table}}.Encode())
	}
	for _, stake := range whole.ByMonth {
		queries = append(queries, url.Values{"month": {stake.Month}}.Encode())
	}
	queries = append(queries, url.Values{"reason": {whole.ByReason[0].Reason}, "month": {whole.ByMonth[0].Month}, "file": {whole.ByFile[0].File}}.Encode())
	said := map[string]catalog.Stake{}
	for i, stake := range whole.ByReason {
		said[queries[1+i]] = stake
	}
	for _, query := range queries {
		t.Run(query, func(t *testing.T) {
			found := server.report(t, query)
			if stake, isSaid := said[query]; isSaid {
				stake.Table, stake.Reason = "", ""
				if diff := cmp.Diff(stake, found.Total); diff != "" {
					t.Errorf("(-the step before says +this one):\n%s", diff)
				}
			}
			for name, parts := range map[string][]catalog.Stake{"reason": found.ByReason, "table": found.ByTable, "month": found.ByMonth, "file": found.ByFile} {
				adds(t, name, found.Total, parts)
			}
			_, body := server.get(t, "/api/catalog/quarantine/rows?format=csv&"+query)
			records, err := csv.NewReader(strings.NewReader(body)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			if got := int64(len(records) - 1); got != found.Total.Rows {
				t.Errorf("the file has %d rows, want %d", got, found.Total.Rows)
			}
		})
	}
}

// A reader meets a reason by words, not by its code, and learns what would correct it.
func TestEveryReasonOfTheSQLTreeHasWordsInBothLanguages(t *testing.T) {
	reasons := map[string]bool{"malformed_line": true}
	files, err := filepath.Glob("../../sql/silver/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	outcomes := map[string]bool{"quarantined": true, "duplicate": true, "superseded": true, "loaded": true}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(body), "as reason") && !strings.Contains(string(body), "outcome") {
			continue
		}
		for _, found := range regexp.MustCompile(`then '([a-z_]+)'`).FindAllStringSubmatch(string(body), -1) {
			if !outcomes[found[1]] {
				reasons[found[1]] = true
			}
		}
	}
	if len(reasons) < 10 {
		t.Fatalf("only these reasons were found: %v", reasons)
	}
	for _, language := range []string{"en", "fr"} {
		body, err := os.ReadFile("messages/" + language + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		for reason := range reasons {
			for _, key := range []string{"reason.", "cure."} {
				if !strings.Contains(string(body), "\n"+key+reason+": ") {
					t.Errorf("messages/%s.yaml has no %s%s", language, key, reason)
				}
			}
		}
	}
}
