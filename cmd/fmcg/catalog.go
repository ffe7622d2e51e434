package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/catalog"
)

func (a *app) catalogCommand() *cobra.Command {
	var noValues bool
	var file string
	command := &cobra.Command{
		Use:   "catalog [TABLE]",
		Short: "Describe the tables and columns of the published file: comments, figures, values, lineage, SQL",
		Long: "Lists the tables or describes one: its columns with types, comments, share of nulls, distinct values (estimated beyond 100,000\n" +
			"rows), least, greatest and most frequent values, and what they come from. Values of text are shown of silver and gold only,\n" +
			"samples only of columns with at most 50 values; --no-values shows none. --format html makes one page for offline use.",
		Example: "  fmcg catalog gold.dim_products\n" +
			"  fmcg catalog --format html --out catalog.html",
		Args: cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			warehouse, err := catalog.Open(command.Context(), a.settings.Warehouse)
			if err != nil {
				return usageError{err}
			}
			defer func() { _ = warehouse.Close() }()
			var only []string
			if len(args) > 0 {
				name := args[0]
				if !strings.Contains(name, ".") {
					name = "gold." + name
				}
				only = append(only, name)
			}
			described, err := warehouse.Describe(command.Context(), !noValues, only...)
			if err != nil {
				return usageIfUnknown(err)
			}
			if file == "" {
				return a.writeCatalog(command.Context(), a.stdout, warehouse, described, len(only) > 0)
			}
			out, err := os.Create(file)
			if err != nil {
				return usageError{fmt.Errorf("--out: %w", err)}
			}
			return errors.Join(a.writeCatalog(command.Context(), out, warehouse, described, len(only) > 0), out.Close())
		},
	}
	command.Flags().BoolVar(&noValues, "no-values", false, "show no values, only figures")
	command.Flags().StringVar(&file, "out", "", "write to a file")
	addFormatFlag(command.Flags(), formatText, formatJSON, formatMarkdown, formatHTML)
	return command
}

func usageIfUnknown(err error) error {
	if errors.Is(err, catalog.ErrUnknownTable) {
		return usageError{err}
	}
	return err
}

func (a *app) writeCatalog(ctx context.Context, out io.Writer, warehouse *catalog.Warehouse, described catalog.Catalog, single bool) error {
	switch a.settings.Format {
	case formatJSON:
		return printJSON(out, described)
	case formatMarkdown:
		return described.WriteMarkdown(out)
	case formatHTML:
		var drawing []byte
		if !single && described.Note == "" {
			var err error
			if drawing, err = warehouse.Drawing(ctx); err != nil {
				return err
			}
		}
		return described.WriteHTML(out, drawing)
	}
	if single {
		a.printProfile(out, described.Tables[0])
	} else {
		var rows [][]any
		for _, table := range described.Tables {
			rows = append(rows, []any{table.Table, table.Kind, int(table.Rows), len(table.Columns), a.builtText(table), firstSentence(table.Comment)})
		}
		printTable(out, []string{"table", "kind", "rows", "columns", "built", "one row is"}, rows)
	}
	if described.Note != "" {
		fmt.Fprintln(a.stderr, described.Note)
	}
	return nil
}

func (a *app) builtText(table catalog.Profile) string {
	if table.BuiltAt == nil {
		return ""
	}
	return ago(a.now(), *table.BuiltAt)
}

// firstSentence is the beginning of a comment: what one row is stands there.
func firstSentence(comment string) string {
	sentence, _, _ := strings.Cut(comment, ". ")
	return strings.TrimSuffix(sentence, ".")
}

func (a *app) printProfile(out io.Writer, table catalog.Profile) {
	fmt.Fprintf(out, "%s, a %s of %s rows", table.Table, table.Kind, thousands(table.Rows))
	if built := a.builtText(table); built != "" {
		fmt.Fprintf(out, ", built %s", built)
	}
	fmt.Fprintf(out, "\n%s\n\n", table.Comment)
	var rows [][]any
	for _, column := range table.Columns {
		rows = append(rows, []any{column.Name, column.Type, column.Comment, column.NullText(), column.DistinctText(), column.ValuesText()})
	}
	printTable(out, []string{"column", "type", "holds", "null", "distinct", "values"}, rows)
	fmt.Fprintln(out)
	for _, neighbours := range []struct {
		title  string
		tables []string
	}{{"made of", table.Upstream}, {"read by", table.Downstream}} {
		if len(neighbours.tables) > 0 {
			fmt.Fprintf(out, "%s: %s\n", neighbours.title, strings.Join(neighbours.tables, ", "))
		}
	}
	if table.SQL != "" {
		fmt.Fprintf(out, "\nsql/%s\n\n%s\n", table.File, strings.TrimSpace(table.SQL))
	}
}
