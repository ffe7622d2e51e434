package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/catalog"
)

const defaultQueryRows = 1000

func (a *app) queryCommand() *cobra.Command {
	var most int
	var asCSV bool
	command := &cobra.Command{
		Use:   "query SQL",
		Short: "Run a read-only query on the published file (SQL - reads standard input)",
		Args:  cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			query := args[0]
			if query == "-" {
				text, err := io.ReadAll(a.stdin)
				if err != nil {
					return err
				}
				query = string(text)
			}
			warehouse, err := catalog.Open(command.Context(), a.settings.Warehouse)
			if err != nil {
				return usageError{err}
			}
			defer func() { _ = warehouse.Close() }()
			started := a.now()
			result, err := warehouse.Query(command.Context(), query, most)
			if err != nil {
				return err
			}
			took := a.now().Sub(started)
			freshness, err := warehouse.Freshness(command.Context())
			if err != nil {
				return err
			}
			switch {
			case asCSV:
				err = printCSV(a.stdout, result)
			case a.settings.Format == formatJSON:
				err = printJSON(a.stdout, result)
			default:
				printTable(a.stdout, result.Columns, result.Rows)
			}
			cut := ""
			if result.Truncated {
				cut = " (cut; --rows 0 gives all)"
			}
			fmt.Fprintf(a.stderr, "%s rows%s in %.3f s; refreshed %s by run %s\n", thousands(int64(len(result.Rows))), cut, took.Seconds(),
				ago(a.now(), freshness.RefreshedAt), freshness.Run)
			return err
		},
	}
	command.Flags().IntVar(&most, "rows", defaultQueryRows, "most rows to show, 0 for all")
	command.Flags().BoolVar(&asCSV, "csv", false, "write CSV")
	return command
}

func (a *app) traceCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "trace TABLE KEY",
		Short: "From a row of gold back to its delivered records and files",
		Long: "Shows the delivered records that a row of gold was made of. KEY is the key of the table, its columns separated by\n" +
			"commas; a month may be written 2025-07:\n" + catalog.TraceUsage(),
		Args: cobra.ExactArgs(2),
		RunE: func(command *cobra.Command, args []string) error {
			warehouse, err := catalog.Open(command.Context(), a.settings.Warehouse)
			if err != nil {
				return usageError{err}
			}
			defer func() { _ = warehouse.Close() }()
			result, err := warehouse.Trace(command.Context(), args[0], args[1])
			if err != nil {
				return usageError{err}
			}
			if a.settings.Format == formatJSON {
				return printJSON(a.stdout, result)
			}
			if len(result.Rows) == 0 {
				return usageError{fmt.Errorf("%s has no delivered records for %s; members of a dimension may be inferred, with none", args[0], strings.TrimSpace(args[1]))}
			}
			printTable(a.stdout, result.Columns, result.Rows)
			return nil
		},
	}
}
