package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/semantic"
	"github.com/fmcg/fmcg/catalog/sheet"
	"github.com/fmcg/fmcg/pipeline/lake"
)

const exportParquet = "parquet"

// exportKinds are what rows are exported as, by the ending of the file.
var exportKinds = []string{exportParquet, "csv", "xlsx"}

// exportFlags say what is exported to one file, and as what.
type exportFlags struct{ table, query, kind string }

func (a *app) exportCommand() *cobra.Command {
	var given exportFlags
	command := &cobra.Command{
		Use:   "export URL | export --table TABLE|--query SQL FILE",
		Short: "Write the published gold, one table, or any query as open files: Parquet, Iceberg, CSV, XLSX",
		Long: "With URL alone, a folder or s3://bucket/prefix: writes each table and view of gold as Parquet to URL/releases/RUN/gold/TABLE,\n" +
			"rows that have a year in year=YEAR below it. When all of it is there, URL/current is swapped to name RUN: who reads the\n" +
			"release that it names never sees a half. Former releases stay. With --format iceberg each is the table URL/gold/TABLE,\n" +
			"parted by year, and the release its next snapshot. All files of all tables are written before the first table is\n" +
			"committed. Former snapshots stay, for time travel, until they are expired.\n\n" +
			"With --table or --query: writes all rows of it to FILE, or to s3://bucket/key, as its ending says (.parquet, .csv, .xlsx) or\n" +
			"--format; to a folder, under the table's name. The file is whole or as it was. The query is read-only, as in fmcg query.\n" +
			"Parquet has the types of the columns; in CSV and XLSX texts that a spreadsheet would run begin with an apostrophe.\n\n" +
			"  fmcg export s3://bucket/open\n" +
			"  fmcg export --table gold.dim_products products.xlsx\n" +
			"  fmcg export --query \"select channel, sum(total_amount_inr) as revenue from gold.vw_fact_orders_enriched group by all\" channels.csv",
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			if given != (exportFlags{}) {
				if command.Flags().Changed("format") {
					given.kind = a.settings.Format
				}
				return a.exportRows(command.Context(), given, args[0])
			}
			switch a.settings.Format {
			case exportParquet:
				return a.exportRelease(command.Context(), args[0])
			case formatIceberg:
				return a.exportIceberg(command.Context(), args[0])
			}
			return usageError{fmt.Errorf("all of gold is exported as %s or %s; as %s one table (--table) or the rows of a query (--query)", exportParquet, formatIceberg, a.settings.Format)}
		},
	}
	flags := command.Flags()
	addFormatFlag(flags, exportParquet, formatIceberg, "csv", "xlsx")
	flags.StringVar(&given.table, "table", "", "one table or view, such as gold.dim_products")
	flags.StringVar(&given.query, "query", "", "the rows of a query; - reads standard input")
	return command
}

// exportRelease writes all of gold.
func (a *app) exportRelease(ctx context.Context, url string) error {
	export, err := a.exportGold(ctx, url)
	if err != nil {
		return err
	}
	if export.Tables == nil {
		fmt.Fprintf(a.stdout, "Nothing new: %s is what %s names already.\n", export.Run, currentRelease)
		return nil
	}
	var rows [][]any
	for _, table := range export.Tables {
		rows = append(rows, []any{"gold." + table.Table, table.Rows})
	}
	printTable(a.stdout, []string{"table", "rows"}, rows)
	fmt.Fprintf(a.stdout, "Wrote %s/releases/%s, which %s names now.\n", strings.TrimSuffix(url, "/"), export.Run, currentRelease)
	return nil
}

// exportRows writes the rows of a table or query to one file.
func (a *app) exportRows(ctx context.Context, given exportFlags, target string) error {
	if (given.table == "") == (given.query == "") {
		return usageError{errors.New("give --table or --query, one of them, with a file; a folder or s3:// address alone takes all of gold")}
	}
	if given.query == "-" {
		text, err := io.ReadAll(a.stdin)
		if err != nil {
			return err
		}
		given.query = string(text)
	}
	kind, target, err := exportedAs(given, target)
	if err != nil {
		return usageError{err}
	}
	var rows, size int64
	if object, isObject := strings.CutPrefix(target, "s3://"); isObject {
		rows, size, err = a.exportObject(ctx, given, kind, object)
	} else {
		rows, size, err = a.exportFile(ctx, given, kind, target)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "Wrote %s: %s rows, %s.\n", target, thousands(rows), bytesText(size))
	return nil
}

// exportedAs is what is written, and to which file: in a folder, one that is named after the table.
func exportedAs(given exportFlags, target string) (kind, file string, err error) {
	info, err := os.Stat(target)
	isFolder := strings.HasSuffix(target, "/") || err == nil && info.IsDir()
	kind = given.kind
	switch ending := strings.TrimPrefix(strings.ToLower(path.Ext(target)), "."); {
	case kind == "" && isFolder:
		kind = exportParquet
	case kind == "":
		kind = ending
	}
	if !slices.Contains(exportKinds, kind) {
		return "", "", fmt.Errorf("%s: export as one of %s: end the file so, or say it by --format", target, strings.Join(exportKinds, ", "))
	}
	if isFolder {
		name := given.table
		if name == "" {
			name = "query"
		}
		target = strings.TrimSuffix(target, "/") + "/" + name + "." + kind
	}
	return kind, target, nil
}

// exportFile writes a file whole or not at all.
func (a *app) exportFile(ctx context.Context, given exportFlags, kind, path string) (rows, size int64, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return 0, 0, err
	}
	err = writeWhole(path, func(file *os.File) (err error) {
		exporter, err := catalog.OpenExporter(ctx, a.settings.Warehouse, file.Name())
		if err != nil {
			return usageError{err}
		}
		defer func() { err = errors.Join(err, exporter.Close()) }()
		if rows, err = writeRows(ctx, exporter, given, kind, file); err != nil {
			return err
		}
		info, err := os.Stat(file.Name())
		if err == nil {
			size = info.Size()
		}
		return err
	})
	return rows, size, err
}

// writeRows writes the rows and returns their number.
func writeRows(ctx context.Context, exporter *catalog.Exporter, given exportFlags, kind string, file *os.File) (rows int64, err error) {
	query, title := given.query, "query"
	if given.table != "" {
		if title, err = exportedTable(ctx, exporter, given.table); err != nil {
			return 0, err
		}
		schema, name, _ := strings.Cut(title, ".")
		query = fmt.Sprintf("from %q.%q", schema, name)
	}
	if kind == exportParquet {
		return exporter.Parquet(ctx, query)
	}
	err = exporter.Stream(ctx, query, func(found catalog.Rows) error {
		return sheet.Streams[kind](file, counted(found, &rows), title[:min(len(title), mostSheetName)])
	})
	return rows, err
}

// mostSheetName is how long the name of a sheet may be.
const mostSheetName = 31

// counted are rows that are counted while they go by.
func counted(found catalog.Rows, rows *int64) catalog.Rows {
	all := found.All
	found.All = func(yield func([]any, error) bool) {
		for row, err := range all {
			if err == nil {
				*rows++
			}
			if !yield(row, err) {
				return
			}
		}
	}
	return found
}

// exportedTable is a table by its whole name, or by the name that one schema alone has.
func exportedTable(ctx context.Context, exporter *catalog.Exporter, name string) (string, error) {
	tables, err := exporter.Tables(ctx)
	if err != nil {
		return "", err
	}
	var found []string
	for _, table := range tables {
		if strings.EqualFold(table, name) {
			return table, nil
		}
		if _, own, _ := strings.Cut(table, "."); strings.EqualFold(own, name) {
			found = append(found, table)
		}
	}
	switch len(found) {
	case 0:
		return "", usageError{fmt.Errorf("there is no table %q%s", name, semantic.Near(name, tables))}
	case 1:
		return found[0], nil
	}
	return "", usageError{fmt.Errorf("several tables are named %s: %s", name, strings.Join(found, ", "))}
}

// exportObject writes an object of S3: a file here, then the object at once.
func (a *app) exportObject(ctx context.Context, given exportFlags, kind, object string) (rows, size int64, err error) {
	folder, name := path.Split(object)
	if folder == "" || name == "" {
		return 0, 0, usageError{fmt.Errorf("s3://%s names no object: write s3://bucket/key", object)}
	}
	target, _, err := a.exportTarget(ctx, "s3://"+strings.TrimSuffix(folder, "/"))
	if err != nil {
		return 0, 0, err
	}
	dir, err := os.MkdirTemp("", "fmcg-export-")
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file := filepath.Join(dir, name)
	if rows, size, err = a.exportFile(ctx, given, kind, file); err != nil {
		return 0, 0, err
	}
	body, err := os.ReadFile(file)
	if err != nil {
		return 0, 0, err
	}
	return rows, size, target.Put(ctx, lake.SourceChild+"/"+name, body, a.now())
}
