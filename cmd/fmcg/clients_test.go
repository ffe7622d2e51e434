package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/catalog"
)

// client is another program that opens the published file. Its reader (testdata/clients) takes a file and, to attach it instead
// of opening it, an alias; it answers the queries of its standard input, a line each.
type client struct {
	name    string
	command []string
	env     string
	needs   string // what make tools fetches for it
}

func clients(t *testing.T) []client {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	tools, readers := filepath.Join(root, ".tools"), filepath.Join(root, "testdata", "clients")
	jar := filepath.Join(tools, "jdbc", "duckdb_jdbc.jar")
	all := []client{
		{
			name:    "JDBC, as DBeaver",
			command: []string{"java", "-Djava.io.tmpdir=" + t.TempDir(), "-cp", jar, filepath.Join(readers, "jdbc", "Reader.java")},
			needs:   jar,
		},
		{
			name:    "Node.js",
			command: []string{"node", filepath.Join(readers, "node", "reader.mjs")},
			needs:   filepath.Join(readers, "node", "node_modules", "@duckdb", "node-api"),
		},
	}
	for _, version := range []string{"1.2", "1.3", "1.4", "1.5"} {
		folder := filepath.Join(tools, "python", version)
		all = append(all, client{
			name:    "Python " + version,
			command: []string{"python3", "-B", filepath.Join(readers, "python", "reader.py")},
			env:     "PYTHONPATH=" + folder,
			needs:   filepath.Join(folder, "duckdb"),
		})
	}
	return all
}

// read returns the client's answers to the queries.
func (c client) read(t *testing.T, queries []string, args ...string) []string {
	t.Helper()
	if _, err := os.Stat(c.needs); err != nil {
		t.Fatalf("the client is missing (%v); run: make tools", err)
	}
	var stderr bytes.Buffer
	command := exec.CommandContext(t.Context(), c.command[0], append(c.command[1:], args...)...)
	command.Env = append(os.Environ(), c.env)
	command.Stdin = strings.NewReader(strings.Join(queries, "\n") + "\n")
	command.Stderr = &stderr
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", command, err, output, stderr.String())
	}
	return strings.Split(strings.TrimSpace(string(output)), "\n")
}

// Old engines, other languages, another file name, another catalog name: the views must name no catalog and need no extension.
func TestOtherClientsReadInThePublishedFileWhatGoReads(t *testing.T) {
	link := publishDemo(t)
	copied := filepath.Join(t.TempDir(), "renamed.duckdb")
	copyFile(t, link, copied)
	queries := clientQueries(t, link)
	want := answersOfGo(t, link, queries)
	for i, query := range queries {
		t.Logf("%s: %s", query, want[i])
	}

	ways := []struct {
		name  string
		args  []string
		holds string // the catalog that holds the tables; none: the one that was opened
	}{
		{"opened by its published path", []string{link}, "fmcg."},
		{"copied under another name", []string{copied}, ""},
		{"attached under another alias", []string{link, "other"}, "other."},
	}
	for _, client := range clients(t) {
		for _, way := range ways {
			t.Run(client.name+" "+way.name, func(t *testing.T) {
				t.Parallel()
				var there []string
				for _, query := range queries {
					there = append(there, strings.ReplaceAll(query, " from ", " from "+way.holds))
				}
				if diff := cmp.Diff(want, client.read(t, there, way.args...)); diff != "" {
					t.Errorf("it reads (+) what Go does not (-):\n%s", diff)
				}
			})
		}
	}
}

// clientQueries asks for totals, for every row of all that analysts read, and for the types that old clients might not know. Of a
// single row the values are compared as text, so the engine is to write them.
func clientQueries(t *testing.T, file string) []string {
	t.Helper()
	queries := []string{
		"select count(*), cast(sum(total_amount_inr) as varchar), cast(max(date) as varchar) from gold.vw_fact_orders_enriched",
		"select run_id, cast(refreshed_at as varchar), cast(data_through as varchar), cast(last_order_day as varchar) from ops.freshness",
		"select count(*), cast(sum(rows_read) as varchar), cast(sum(rows_loaded) as varchar) from ops.row_accounts",
		"select reason, cast(row as varchar) from ops.quarantine order by table_name, file_name, line limit 1",
		"select table_name, file_name, line, reason, row, quarantined_at from ops.quarantine",
		"select * from ops.row_accounts",
		"select * from ops.files",
		"select * from ops.check_results",
	}
	tables := ask(t, file, "select table_name from information_schema.tables where table_schema = 'gold' order by table_name")
	for _, row := range tables.Rows {
		queries = append(queries, fmt.Sprintf("select * from gold.%s", row[0]))
	}
	return queries
}

// answersOfGo answers as the readers do, and makes sure that there is something to read.
func answersOfGo(t *testing.T, file string, queries []string) []string {
	t.Helper()
	var answers []string
	for _, query := range queries {
		table := ask(t, file, query)
		if len(table.Rows) == 0 {
			t.Errorf("%s: no rows", query)
		}
		if query == "select * from gold.vw_fact_orders_enriched" && len(table.Columns) != 20 {
			t.Errorf("%s: %d columns, want 20", query, len(table.Columns))
		}
		answer := fmt.Sprintf("%d\t%d", len(table.Columns), len(table.Rows))
		if len(table.Rows) == 1 {
			for _, value := range table.Rows[0] {
				answer += fmt.Sprintf("\t%v", value)
			}
		}
		answers = append(answers, answer)
	}
	return answers
}

func ask(t *testing.T, file, query string) catalog.Table {
	t.Helper()
	warehouse, err := catalog.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = warehouse.Close() }()
	table, err := warehouse.Query(t.Context(), query, 0)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return table
}

// publishDemo refreshes a warehouse from a small demo lake and returns the published path, a link. When the test is over the checks
// must still hold.
func publishDemo(t *testing.T) string {
	t.Helper()
	lake, link := filepath.Join(t.TempDir(), "lake"), filepath.Join(t.TempDir(), "fmcg.duckdb")
	command := func(ctx context.Context, args ...string) {
		t.Helper()
		var stderr bytes.Buffer
		if code := run(ctx, args, strings.NewReader(""), io.Discard, &stderr); code != 0 {
			t.Fatalf("fmcg %s: exit code %d\n%s", strings.Join(args, " "), code, stderr.String())
		}
	}
	command(t.Context(), "demo", lake, "--days", "40", "--rows-per-day", "100")
	command(t.Context(), "refresh", "--lake", lake, "--warehouse", link)
	t.Cleanup(func() { command(context.Background(), "test", "--warehouse", link) })

	target, err := os.Readlink(link)
	if err != nil {
		t.Fatal(err)
	}
	if filepath.IsAbs(target) || filepath.Base(target) != filepath.Base(link) {
		t.Errorf("the published path leads to %s, want a relative path that ends in %s", target, filepath.Base(link))
	}
	return link
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	body, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, body, 0o755); err != nil {
		t.Fatal(err)
	}
}
