package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/saved"
)

const defaultQueryRows = 1000

func (a *app) queryCommand() *cobra.Command {
	var most int
	var asCSV, list bool
	var name string
	command := &cobra.Command{
		Use:   "query SQL | --saved NAME | --list-saved",
		Short: "Run a read-only query on the published file (SQL - reads standard input)",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			if list {
				return a.listSaved()
			}
			query, err := a.queryText(args, name)
			if err != nil {
				return err
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
	command.Flags().StringVar(&name, "saved", "", "run the saved query of this name, or with this id")
	command.Flags().BoolVar(&list, "list-saved", false, "list the saved queries")
	command.MarkFlagsMutuallyExclusive("saved", "list-saved")
	return command
}

// queryText is the SQL that was given, or that of a saved query.
func (a *app) queryText(args []string, name string) (string, error) {
	switch {
	case (len(args) == 1) == (name != ""):
		return "", usageError{errors.New("give SQL, or --saved NAME, one of them")}
	case name != "":
		queries, err := a.savedQueries().List()
		if err != nil {
			return "", err
		}
		found, err := saved.Find(queries, name)
		if err != nil {
			return "", usageError{fmt.Errorf("%w; fmcg query --list-saved lists them", err)}
		}
		return found.SQL, nil
	case args[0] == "-":
		text, err := io.ReadAll(a.stdin)
		return string(text), err
	}
	return args[0], nil
}

func (a *app) listSaved() error {
	queries, err := a.savedQueries().List()
	if err != nil {
		return err
	}
	if a.settings.Format == formatJSON {
		return printJSON(a.stdout, append([]saved.Query{}, queries...))
	}
	var rows [][]any
	for _, q := range queries {
		alert := ""
		if q.Alert != nil {
			alert = "alert"
		}
		rows = append(rows, []any{q.Name, q.By, q.ChangedAt.UTC().Format(time.DateOnly), alert, q.Description})
	}
	printTable(a.stdout, []string{"name", "by", "changed", "", "description"}, rows)
	return nil
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
