package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/fmcg/fmcg/catalog"
)

func describe(t *testing.T, file string, values bool) catalog.Catalog {
	t.Helper()
	warehouse, err := catalog.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = warehouse.Close() }()
	described, err := warehouse.Describe(t.Context(), values)
	if err != nil {
		t.Fatal(err)
	}
	return described
}

func TestTheCatalogSaysWhatTheTablesHold(t *testing.T) {
	file := publishDemo(t)
	described := describe(t, file, true)
	warehouse, err := catalog.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = warehouse.Close() }()
	first := func(query string, args ...any) []any {
		found, err := warehouse.Query(t.Context(), query, 1, args...)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		return found.Rows[0]
	}
	if len(described.Tables) < len(designed) {
		t.Errorf("only %d tables", len(described.Tables))
	}
	shown := 0
	for _, table := range described.Tables {
		if table.Comment == "" || table.SQL == "" && table.Schema() != "ops" || len(table.Columns) == 0 {
			t.Errorf("%s: comment %q, %d columns, SQL %.20q", table.Table, table.Comment, len(table.Columns), table.SQL)
		}
		for _, column := range table.Columns {
			row := first(fmt.Sprintf(`select count(*), count(*) filter ("%[1]s" is null), (select count(*) from (select distinct "%[1]s" from %[2]s where "%[1]s" is not null)),
				cast(min("%[1]s") as varchar), cast(max("%[1]s") as varchar) from %[2]s`, column.Name, table.Table))
			got := []any{table.Rows, column.Nulls, column.Distinct}
			if fmt.Sprint(got) != fmt.Sprint(row[:3]) {
				t.Errorf("%s.%s: rows, nulls, distinct %v, want %v", table.Table, column.Name, got, row[:3])
			}
			if column.Comment == "" {
				t.Errorf("%s.%s has no comment", table.Table, column.Name)
			}
			if column.Min == nil {
				continue
			}
			shown++
			if *column.Min != row[3] || *column.Max != row[4] {
				t.Errorf("%s.%s: %s to %s, want %v to %v", table.Table, column.Name, *column.Min, *column.Max, row[3], row[4])
			}
			for _, sample := range column.Samples {
				if found := first(fmt.Sprintf(`select count(*) from %s where left(cast("%s" as varchar), 60) = $1`, table.Table, column.Name), sample)[0]; found == int64(0) {
					t.Errorf("%s.%s has no value %s", table.Table, column.Name, sample)
				}
			}
		}
	}
	if shown < 100 {
		t.Errorf("values of %d columns only", shown)
	}
}

// What was delivered and set aside may hold anything: it is counted and not quoted.
func TestTheCatalogQuotesNoTextThatWasDelivered(t *testing.T) {
	file := publishDemo(t)
	for _, table := range describe(t, file, true).Tables {
		for _, column := range table.Columns {
			text := column.Type == "VARCHAR" || column.Type == "JSON"
			if quoted := column.Min != nil || len(column.Samples) > 0; quoted && text && (table.Schema() == "bronze" || table.Schema() == "ops") {
				t.Errorf("%s.%s is quoted", table.Table, column.Name)
			}
		}
	}
	for _, table := range describe(t, file, false).Tables {
		for _, column := range table.Columns {
			if column.Min != nil || column.Max != nil || len(column.Samples) > 0 {
				t.Errorf("%s.%s is quoted, though no value was to be", table.Table, column.Name)
			}
		}
	}
}

func TestThePageOfTheCatalogTakesTextAsText(t *testing.T) {
	evil := `<script>alert("1")</script>`
	described := catalog.Catalog{Tables: []catalog.Profile{{Table: "gold.t", Kind: "table", Comment: evil, SQL: evil, File: "gold/t.sql",
		Columns: []catalog.ColumnProfile{{Name: evil, Type: "VARCHAR", Comment: evil, Samples: []string{evil}, Distinct: 1}}}}}
	var page, markdown bytes.Buffer
	if err := described.WriteHTML(&page, nil); err != nil {
		t.Fatal(err)
	}
	if err := described.WriteMarkdown(&markdown); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(page.String(), evil) || strings.Count(page.String(), "&lt;script&gt;alert") < 4 {
		t.Error("the page holds a script of the data")
	}
	if before, _, _ := strings.Cut(markdown.String(), "```sql"); strings.Contains(before, "<script>") {
		t.Error("the Markdown holds a script of the data")
	}
}
