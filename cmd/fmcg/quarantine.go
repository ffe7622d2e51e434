package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/sheet"
)

// mostStakes is how many products and files are shown to people.
const mostStakes = 10

func (a *app) quarantineCommand() *cobra.Command {
	var filter catalog.QuarantineFilter
	var rows bool
	var export, out string
	command := &cobra.Command{
		Use:   "quarantine",
		Short: "Say what is in quarantine, what is at stake, and what would correct it",
		Long: "Sums up the rows that did not pass by reason, product and file, with the pieces they hold and their value: each order\n" +
			"line once, at the list price of its year. A price that waits in quarantine with its product counts; a row without any\n" +
			"is unpriced. Where a correction is plain from the data, the line to add to the SQL tree is shown; the business confirms it.",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if (export == "") != (out == "") {
				return usageError{errors.New("--export csv|xlsx and --out FILE go together")}
			}
			write := sheet.Formats[export]
			if export != "" && write == nil {
				return usageError{fmt.Errorf("--export %q is none of csv, xlsx", export)}
			}
			warehouse, err := catalog.Open(command.Context(), a.settings.Warehouse)
			if err != nil {
				return usageError{err}
			}
			defer func() { _ = warehouse.Close() }()
			tree, err := a.ownOrEmbeddedTree()
			if err != nil {
				return err
			}
			view, err := warehouse.Quarantine(command.Context(), tree)
			if err != nil {
				return err
			}
			defer func() { _ = view.Close() }()
			if !rows && export == "" {
				report, err := view.Report(command.Context(), filter)
				if err != nil {
					return err
				}
				if a.settings.Format == formatJSON {
					return printJSON(a.stdout, report)
				}
				a.printQuarantine(report)
				return nil
			}
			found, err := view.Rows(command.Context(), filter)
			if err != nil {
				return err
			}
			switch {
			case export != "":
				if err := writeWhole(out, func(file *os.File) error { return write(file, found, "quarantine") }); err != nil {
					return fmt.Errorf("export to %s: %w", out, err)
				}
				fmt.Fprintf(a.stderr, "%s rows written to %s\n", thousands(int64(len(found.Rows))), out)
			case a.settings.Format == formatJSON:
				return printJSON(a.stdout, found)
			default:
				printTable(a.stdout, found.Columns, found.Rows)
			}
			return nil
		},
	}
	flags := command.Flags()
	flags.StringVar(&filter.Reason, "reason", "", "rows set aside for this reason, unknown_product")
	flags.StringVar(&filter.Table, "table", "", "rows of this table of bronze, orders")
	flags.StringVar(&filter.File, "file", "", "rows of this file, orders_2025_07_05.csv")
	flags.StringVar(&filter.Product, "product", "", "rows of this product, by its code or the child's number")
	flags.StringVar(&filter.Month, "month", "", "rows whose day is in this month, 2025-07; none: those without a day that can be read")
	flags.BoolVar(&rows, "rows", false, "show the rows themselves")
	flags.StringVar(&export, "export", "", "write the rows to a file: csv or xlsx")
	flags.StringVar(&out, "out", "", "the file to write")
	return command
}

func (a *app) printQuarantine(report catalog.QuarantineReport) {
	if report.Total.Rows == 0 {
		fmt.Fprintln(a.stdout, "Nothing that was asked for is in quarantine.")
		return
	}
	fmt.Fprintf(a.stdout, "In quarantine: %s.\n", stakeText(report.Total))
	for _, part := range []struct {
		stakes []catalog.Stake
		most   int
		header []string
		cells  func(catalog.Stake) []any
	}{
		{report.ByReason, len(report.ByReason), []string{"table", "reason"}, func(s catalog.Stake) []any { return []any{s.Table, s.Reason} }},
		{report.ByProduct, mostStakes, []string{"product", "name"}, func(s catalog.Stake) []any { return []any{s.Product, cmp.Or(s.Name, "in no master")} }},
		{report.ByFile, mostStakes, []string{"table", "file"}, func(s catalog.Stake) []any { return []any{s.Table, s.File} }},
	} {
		if len(part.stakes) == 0 {
			continue
		}
		var rows [][]any
		for _, stake := range part.stakes[:min(len(part.stakes), part.most)] {
			rows = append(rows, append(part.cells(stake), int(stake.Rows), int(stake.Repeated), number(stake.Quantity), number(stake.AmountINR), int(stake.Unpriced)))
		}
		fmt.Fprintln(a.stdout)
		printTable(a.stdout, append(part.header, "rows", "repeated", "quantity", "INR", "unpriced"), rows)
		if more := len(part.stakes) - part.most; more > 0 {
			fmt.Fprintf(a.stdout, " and %d more; --format json has them all\n", more)
		}
	}
	for _, suggestion := range report.Suggestions {
		tree := strings.TrimSuffix(cmp.Or(a.settings.SQL, "sql"), "/")
		fmt.Fprintf(a.stdout, "\nProduct %s: %s.\nA row of the product master has no number, and this one fits: %s.\n"+
			"Once the business has confirmed it, add this line to %s/%s, and fmcg refresh --sql %s:\n\n    %s\n",
			suggestion.ProductID, stakeText(suggestion.Waiting), suggestion.Why, tree, suggestion.File, tree, suggestion.Line)
	}
}

// stakeText says what is at stake: "2,646 rows, 211 of them repeated; 310,000 pieces, 73,470,000.00 INR".
func stakeText(stake catalog.Stake) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s rows", thousands(stake.Rows))
	if stake.Repeated > 0 {
		fmt.Fprintf(&text, ", %s of them repeated", thousands(stake.Repeated))
	}
	if stake.Quantity == nil {
		return text.String()
	}
	fmt.Fprintf(&text, "; %s pieces", number(stake.Quantity))
	if stake.AmountINR != nil {
		fmt.Fprintf(&text, " worth %s INR", number(stake.AmountINR))
	}
	if stake.PriceWaits > 0 {
		fmt.Fprintf(&text, " (the prices of %s rows are in quarantine too)", thousands(stake.PriceWaits))
	}
	if stake.Unpriced > 0 {
		fmt.Fprintf(&text, "; no price is known for %s rows", thousands(stake.Unpriced))
	}
	return text.String()
}

// number groups the digits of an exact number: 1,234.50.
func number(value *json.Number) any {
	if value == nil {
		return nil
	}
	whole, fraction, found := strings.Cut(value.String(), ".")
	if found {
		fraction = "." + fraction
	}
	return groupDigits(whole) + fraction
}
