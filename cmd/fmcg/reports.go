package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fmcg/fmcg/catalog/semantic"
	"github.com/fmcg/fmcg/catalog/web"
	"github.com/fmcg/fmcg/pipeline"
	"github.com/fmcg/fmcg/pipeline/notify"
)

// reportConfig is a report that is made after each run that published.
type reportConfig struct {
	Name     string      `koanf:"name"`
	Board    string      `koanf:"board"`    // the first when empty
	Pages    []string    `koanf:"pages"`    // all when empty
	Select   string      `koanf:"select"`   // as in the address of a dashboard
	Language string      `koanf:"language"` // en when empty
	Units    string      `koanf:"units"`    // as settings.Indian says when empty
	Formats  []string    `koanf:"formats"`  // html when empty
	Out      string      `koanf:"out"`      // path without its ending, with places; defaultOut when empty
	Always   bool        `koanf:"always"`   // after runs that found nothing new, too
	Email    reportEmail `koanf:"email"`
}

// reportEmail is who gets a report, by the server of notify.email.
type reportEmail struct {
	To []string `koanf:"to"`
}

// Places within reportConfig.Out, and what it is when it is not said.
const (
	placeMonth = "{month}" // the last with data, 2025-11
	placeDate  = "{date}"  // of the refresh, 2025-12-01, UTC
	placeRun   = "{run}"
	defaultOut = "reports/"
)

var somePlace = regexp.MustCompile(`\{[^}]*\}`)

// reportTime limits the making of one report.
const reportTime = 5 * time.Minute

// reportTypes are the media types of a report's formats.
var reportTypes = map[string]string{reportHTML: "text/html", reportPDF: "application/pdf", reportPNG: "image/png"}

// validateReports names what is wrong with reports, as far as that can be said without the data.
func validateReports(reports []reportConfig, told notify.Config) error {
	var mistakes []error
	seen := map[string]bool{}
	for i, report := range reports {
		wrong := func(format string, args ...any) {
			mistakes = append(mistakes, fmt.Errorf("reports: "+cmp.Or(report.Name, fmt.Sprintf("number %d", i+1))+": "+format, args...))
		}
		switch {
		case report.Name == "":
			wrong("it has no name")
		case strings.ContainsAny(report.Name, `/\`):
			wrong("a name holds no / or \\")
		case seen[report.Name]:
			wrong("the name is taken")
		}
		seen[report.Name] = true
		for _, format := range report.Formats {
			if !slices.Contains(reportFormats, format) {
				wrong("format %q is none of %s", format, strings.Join(reportFormats, ", "))
			}
		}
		for _, place := range somePlace.FindAllString(report.Out, -1) {
			if !slices.Contains([]string{placeMonth, placeDate, placeRun}, place) {
				wrong("out: %s is none of %s, %s, %s", place, placeMonth, placeDate, placeRun)
			}
		}
		if _, err := selectionOf(report.Select); err != nil {
			wrong("select: %w", err)
		}
		if !slices.Contains([]string{"", unitsMillion, unitsCrore}, report.Units) {
			wrong("units %q is none of %s, %s", report.Units, unitsMillion, unitsCrore)
		}
		if !slices.Contains([]string{"", "en", "fr"}, report.Language) {
			wrong("language %q is none of en, fr", report.Language)
		}
		if len(report.Email.To) > 0 && told.Email.Host == "" {
			wrong("email: no mail server is named; see notify.email")
		}
		for _, address := range report.Email.To {
			if _, err := mail.ParseAddress(address); err != nil {
				wrong("email: %q is no address", address)
			}
		}
	}
	return errors.Join(mistakes...)
}

// reportsAfterRun makes and sends the reports of a run that ended well. What goes wrong with one is logged and told, and changes
// nothing of the run.
func (a *app) reportsAfterRun(ctx context.Context, config pipeline.Config, result pipeline.Result, failure error) {
	if failure != nil {
		return
	}
	for _, report := range a.settings.Reports {
		if !result.Published && !report.Always {
			continue
		}
		files, err := a.makeAndSend(ctx, report)
		if err == nil {
			a.log.Info("report made", "report", report.Name, "files", files)
			continue
		}
		a.log.Warn("a report is not made or sent", "report", report.Name, "err", err)
		told, _ := notify.New(a.settings.Notify, os.LookupEnv) // afterRun has said what is wrong
		for _, delivery := range told.Send(context.WithoutCancel(ctx), a.endOf(ctx, config, result, nil, pipeline.Done).ReportFailed(report.Name, err)) {
			if delivery.Err != nil {
				a.log.Warn("not told", "err", delivery.Err)
			}
		}
	}
}

// sendReport makes and sends a report of fmcg.yaml now.
func (a *app) sendReport(ctx context.Context, name string) error {
	var names []string
	for _, report := range a.settings.Reports {
		if report.Name == name {
			files, err := a.makeAndSend(ctx, report)
			for _, file := range files {
				fmt.Fprintf(a.stdout, "Wrote %s.\n", file)
			}
			if err == nil && len(report.Email.To) > 0 {
				fmt.Fprintf(a.stdout, "Sent to %s.\n", strings.Join(report.Email.To, ", "))
			}
			return err
		}
		names = append(names, report.Name)
	}
	if names == nil {
		return usageError{errors.New("no reports are configured; fmcg init writes a fmcg.yaml that shows how")}
	}
	return usageError{fmt.Errorf("reports has no %q%s", name, semantic.Near(name, names))}
}

// makeAndSend writes the files of a report and sends them, and returns those that are written.
func (a *app) makeAndSend(ctx context.Context, report reportConfig) (written []string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, reportTime, fmt.Errorf("it was given up after %s", reportTime))
	defer cancel()
	options, err := a.reportOptions(reportFlags{board: report.Board, pages: report.Pages, query: report.Select, language: report.Language, units: report.Units})
	if err != nil {
		return nil, err
	}
	made, err := a.report(ctx, a.settings.Warehouse, options)
	if err != nil {
		return nil, err
	}
	formats := report.Formats
	if len(formats) == 0 {
		formats = []string{reportHTML}
	}
	base := strings.NewReplacer(placeMonth, made.LastMonth, placeDate, made.RefreshedAt[:len(time.DateOnly)], placeRun, made.Run).
		Replace(cmp.Or(report.Out, defaultOut+report.Name+"-"+placeMonth))
	if err := os.MkdirAll(filepath.Dir(base), 0o755); err != nil {
		return nil, err
	}
	var files []notify.MailFile
	var problems []error
	for _, format := range formats { // a browser that is missing keeps nobody from the HTML
		body, err := a.printReport(ctx, made, format)
		if err == nil {
			err = writeFileWhole(base+"."+format, body)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", format, err))
			continue
		}
		written = append(written, base+"."+format)
		files = append(files, notify.MailFile{Name: filepath.Base(base) + "." + format, Type: reportTypes[format], Body: body})
	}
	if len(report.Email.To) > 0 && len(files) > 0 {
		problems = append(problems, a.mailReport(ctx, report, made, files))
	}
	return written, errors.Join(problems...)
}

func (a *app) mailReport(ctx context.Context, report reportConfig, made *web.Report, files []notify.MailFile) error {
	told, err := notify.New(a.settings.Notify, os.LookupEnv)
	if sent := told.Mail(ctx, notify.Mail{To: report.Email.To, Subject: made.Subject, Text: made.Text, HTML: made.Letter, Files: files}); sent != nil {
		return errors.Join(sent, err)
	}
	return nil
}
