package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/pipeline"
)

func (a *app) lakeCommand() *cobra.Command {
	var head int
	command := &cobra.Command{
		Use:   "lake [TABLE]",
		Short: "Say what lies in the lake: files, sizes, their state in the ledger",
		Long: "Lists the files of the lake, or of one table (customers, products, gross_price, orders, parent_dim_customers,\n" +
			"parent_dim_products, parent_dim_gross_price, parent_fact_orders). --head N shows the first N lines of each as delivered.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			config, err := a.pipelineConfig()
			if err != nil {
				return err
			}
			table := ""
			if len(args) > 0 {
				table = strings.TrimPrefix(args[0], "bronze.")
			}
			found, err := pipeline.LookAtLake(command.Context(), config, table, head)
			if err != nil {
				return err
			}
			if a.settings.Format == formatJSON {
				return printJSON(a.stdout, found)
			}
			if head > 0 {
				for _, file := range found.Files {
					fmt.Fprintf(a.stdout, "== %s\n%s\n", file.URI, strings.Join(file.Head, "\n"))
				}
				return nil
			}
			var rows [][]any
			for _, file := range found.Files {
				rows = append(rows, []any{file.Table, file.Name, int(file.Size), file.LastModified.Format("2006-01-02 15:04:05"), file.State})
			}
			printTable(a.stdout, []string{"table", "file", "bytes", "last modified (UTC)", "state"}, rows)
			for _, name := range found.Missing {
				fmt.Fprintf(a.stdout, "gone from the lake, rows kept: %s\n", name)
			}
			for _, warning := range found.Warnings {
				fmt.Fprintf(a.stdout, "warning: %s\n", warning)
			}
			for _, object := range found.Ignored {
				fmt.Fprintf(a.stdout, "ignored: %s (%s)\n", object.URI, object.Why)
			}
			return nil
		},
	}
	command.Flags().IntVar(&head, "head", 0, "show the first N lines of each file as delivered")
	return command
}
