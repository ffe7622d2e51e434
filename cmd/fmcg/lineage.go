package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/lineage"
)

const (
	formatMermaid  = "mermaid"
	formatSVG      = "svg"
	formatMarkdown = "markdown"
	formatHTML     = "html"
)

func (a *app) lineageCommand() *cobra.Command {
	var question lineage.Question
	command := &cobra.Command{
		Use:   "lineage [TABLE[.COLUMN]]",
		Short: "Say what a table or column comes from and what comes of it, and through which SQL files",
		Long: "Reads the lineage from the SQL that the published file was made with or, with --sql DIR, from a tree's. TABLE is schema and\n" +
			"name, gold.fact_orders; without a schema it is a table of gold. A column's direct sources, which its values come from, are\n" +
			"followed to the delivered files; what only decides which values and rows there are (joins, filters, groups) is listed, and\n" +
			"followed with --indirect. What can't be traced is said, with the reason.",
		Example: "  fmcg lineage gold.vw_fact_orders_enriched.total_amount_inr\n" +
			"  fmcg lineage silver.orders --downstream --depth 1\n" +
			"  fmcg lineage --format svg > lineage.svg",
		Args: cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			tree, err := a.sqlTree()
			if err != nil {
				return err
			}
			warehouse, err := catalog.Open(command.Context(), a.settings.Warehouse)
			if err != nil {
				return usageError{err}
			}
			defer func() { _ = warehouse.Close() }()
			read, err := warehouse.Lineage(command.Context(), tree)
			if err != nil {
				return err
			}
			if len(args) > 0 {
				question.Table, question.Column = splitColumn(args[0])
			}
			graph, err := read.Trace(question)
			if err != nil {
				return usageError{err}
			}
			switch a.settings.Format {
			case formatJSON:
				return printJSON(a.stdout, graph)
			case formatMermaid:
				graph.WriteMermaid(a.stdout)
			case formatSVG:
				return graph.WriteSVG(a.stdout)
			default:
				graph.WriteText(a.stdout)
			}
			return nil
		},
	}
	flags := command.Flags()
	flags.BoolVar(&question.Up, "upstream", false, "only what it comes from")
	flags.BoolVar(&question.Down, "downstream", false, "only what comes of it")
	flags.IntVar(&question.Depth, "depth", 0, "steps to follow, 0 for all")
	flags.BoolVar(&question.Indirect, "indirect", false, "follow what decides values and rows, too")
	addFormatFlag(flags, formatText, formatJSON, formatMermaid, formatSVG)
	return command
}

// splitColumn parts "gold.fact_orders.date" into table and column; a name without a schema is a table of gold.
func splitColumn(name string) (table, column string) {
	parts := strings.SplitN(name, ".", 3)
	switch len(parts) {
	case 1:
		return "gold." + name, ""
	case 2:
		return name, ""
	}
	return parts[0] + "." + parts[1], parts[2]
}
