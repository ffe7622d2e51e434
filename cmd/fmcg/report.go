package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/catalog/browser"
	"github.com/fmcg/fmcg/catalog/dashboard"
	"github.com/fmcg/fmcg/catalog/semantic"
	"github.com/fmcg/fmcg/catalog/web"
	"github.com/fmcg/fmcg/pipeline"
)

// Formats of a report, by the ending of a file.
const (
	reportHTML = "html"
	reportPDF  = "pdf"
	reportPNG  = "png"
)

var reportFormats = []string{reportHTML, reportPDF, reportPNG}

// Units of large figures in a report.
const (
	unitsMillion = "million"
	unitsCrore   = "crore"
)

// reportFlags say what a report of the command line shows.
type reportFlags struct {
	board, query, language, units, release, send string
	pages, filters                               []string
}

func (a *app) reportCommand() *cobra.Command {
	var given reportFlags
	command := &cobra.Command{
		Use:   "report [FILE.html|FILE.pdf|FILE.png ...]",
		Short: "Write the dashboard as one self-contained HTML file, PDF or PNG",
		Long: "Writes the dashboard as one HTML file that needs no server and no network: charts, the table and the SQL behind each, what it\n" +
			"is narrowed to, how fresh it is and how the checks ended. PDF (A4 across) and PNG are made where Chromium, Chrome or Edge is\n" +
			"installed. Without FILE it is BOARD-MONTH.html here, of the last month with data.\n\n" +
			"  fmcg report sales.html sales.pdf\n" +
			"  fmcg report q3.pdf --page overview --filter quarter=2025-Q3 --filter channel=Retailer --language fr\n" +
			"  fmcg report q3.html --select \"quarter=2025-Q3&compare=year\"       # the address of a dashboard, after its ?\n" +
			"  fmcg report --send monthly                                        # one of reports in fmcg.yaml, as after a run",
		RunE: func(command *cobra.Command, files []string) error {
			if given.send != "" {
				if len(files) > 0 {
					return usageError{errors.New("--send makes what reports in fmcg.yaml says of it: name no files")}
				}
				return a.sendReport(command.Context(), given.send)
			}
			return a.writeReports(command.Context(), given, files)
		},
	}
	flags := command.Flags()
	flags.StringVar(&given.board, "board", "", "dashboard; default: the first")
	flags.StringSliceVar(&given.pages, "page", nil, "pages of it, of which each may be given; default: all")
	flags.StringVar(&given.query, "select", "", "what it is narrowed to, as in the address of a dashboard: \"channel=Retailer&year=2025\"")
	flags.StringArrayVar(&given.filters, "filter", nil, "DIMENSION=VALUE, which may be given several times; month=2025-07 or month=2025-07..2025-09")
	flags.StringVar(&given.language, "language", "en", "en or fr")
	flags.StringVar(&given.units, "units", "", "million or crore; default: as indian in fmcg.yaml says")
	flags.StringVar(&given.release, "run", "", "a kept release by its run, instead of the published one (fmcg rollback --list)")
	flags.StringVar(&given.send, "send", "", "make this report of fmcg.yaml and send it, now")
	flags.String("dashboards", "", "a folder of dashboards (*.yaml) instead of the built-in one")
	flags.String("model", "", "a metric view instead of the built-in one")
	flags.String("browser", "", "a Chromium, Chrome or Edge for PDF and PNG; default: one of PATH")
	return command
}

// writeReports makes a report and writes it to each file.
func (a *app) writeReports(ctx context.Context, given reportFlags, files []string) error {
	options, err := a.reportOptions(given)
	if err != nil {
		return usageError{err}
	}
	formats := make([]string, len(files))
	for i, file := range files {
		if formats[i] = strings.TrimPrefix(strings.ToLower(filepath.Ext(file)), "."); !slices.Contains(reportFormats, formats[i]) {
			return usageError{fmt.Errorf("%s: a report is FILE.%s", file, strings.Join(reportFormats, ", FILE."))}
		}
	}
	warehouse := a.settings.Warehouse
	if given.release != "" {
		releases, err := pipeline.Releases(warehouse)
		if err != nil {
			return err
		}
		if warehouse, err = fileOf(warehouse, releases, given.release); err != nil {
			return err
		}
	}
	made, err := a.report(ctx, warehouse, options)
	if err != nil {
		return usageError{err}
	}
	if len(files) == 0 {
		files, formats = []string{made.Board + "-" + made.LastMonth + ".html"}, []string{reportHTML}
	}
	for i, file := range files {
		body, err := a.printReport(ctx, made, formats[i])
		if err != nil {
			return err
		}
		if err := writeFileWhole(file, body); err != nil {
			return fmt.Errorf("write %s: %w", file, err)
		}
		fmt.Fprintf(a.stdout, "Wrote %s (%s): %s, data through %s, run %s.\n", file, bytesText(int64(len(body))), made.Title, made.LastMonth, made.Run)
	}
	return nil
}

// reportOptions reads what the command line narrows a report to.
func (a *app) reportOptions(given reportFlags) (web.ReportOptions, error) {
	options := web.ReportOptions{Board: given.board, Pages: given.pages, Language: given.language, Indian: a.settings.Indian}
	if given.units != "" {
		if given.units != unitsMillion && given.units != unitsCrore {
			return options, fmt.Errorf("--units %q is none of %s, %s", given.units, unitsMillion, unitsCrore)
		}
		options.Indian = given.units == unitsCrore
	}
	var err error
	if options.Select, err = selectionOf(given.query); err != nil {
		return options, fmt.Errorf("--select: %w", err)
	}
	for _, filter := range given.filters {
		name, value, found := strings.Cut(filter, "=")
		if !found {
			return options, fmt.Errorf("--filter %q: write DIMENSION=VALUE, such as channel=Retailer", filter)
		}
		if name == "month" {
			from, to, isRange := strings.Cut(value, "..")
			if !isRange {
				to = from
			}
			options.Select["from"], options.Select["to"] = []string{from}, []string{to}
			continue
		}
		options.Select.Add(name, value)
	}
	return options, nil
}

// selectionOf reads the query of a dashboard's address, or the whole address.
func selectionOf(query string) (url.Values, error) {
	if _, after, found := strings.Cut(query, "?"); found {
		query = after
	}
	return url.ParseQuery(query)
}

// report makes a report of a published file, or of a kept release.
func (a *app) report(ctx context.Context, warehouse string, options web.ReportOptions) (*web.Report, error) {
	model, err := semantic.Open(a.settings.Model)
	if err != nil {
		return nil, err
	}
	boards, err := dashboard.Open(a.settings.Dashboards, model)
	if err != nil {
		return nil, fmt.Errorf("dashboards %s: %w", a.settings.Dashboards, err)
	}
	return web.MakeReport(ctx, web.Config{Warehouse: warehouse, Model: model, Dashboards: boards, Now: a.now}, options)
}

// printReport is a report in a format.
func (a *app) printReport(ctx context.Context, made *web.Report, format string) ([]byte, error) {
	if format == reportHTML {
		return made.HTML, nil
	}
	found, err := browser.Find(a.settings.Browser)
	if err != nil {
		return nil, err
	}
	if format == reportPDF {
		return found.PDF(ctx, made.HTML)
	}
	return found.PNG(ctx, made.HTML)
}

// writeFileWhole writes a file whole or not at all.
func writeFileWhole(path string, body []byte) error {
	return writeWhole(path, func(out *os.File) error {
		_, err := out.Write(body)
		return err
	})
}
