package pipeline

import (
	"context"
	"fmt"
	"unicode/utf8"
)

// FileCheck is a check that whoever runs the job hands over, because what it asks is not the pipeline's business. It looks at
// a finished file as a reader does: at the build before it is published, at the published file in Test.
type FileCheck struct {
	Name        string
	Description string // what breaks for whom when it fails
	Severity    Severity
	Columns     []string
	Run         func(ctx context.Context, file string) (rows [][]string, err error) // the offending rows, in the order of Columns
}

// runFileChecks runs them on a file that nobody writes; done is called after each.
func runFileChecks(ctx context.Context, checks []FileCheck, file string, done func(CheckResult)) ([]CheckResult, error) {
	var results []CheckResult
	for _, check := range checks {
		rows, err := check.Run(ctx, file)
		if err != nil {
			return nil, fmt.Errorf("run the check %s: %w", check.Name, err)
		}
		result := CheckResult{Name: check.Name, Description: check.Description, Severity: check.Severity, Held: len(rows) == 0, FailingRows: int64(len(rows))}
		for _, row := range rows[:min(len(rows), firstRows)] {
			values := make([]any, len(row))
			for i, value := range row {
				values[i] = shortened(value)
			}
			result.Columns, result.FirstRows = check.Columns, append(result.FirstRows, values)
		}
		done(result)
		results = append(results, result)
	}
	return results, nil
}

// shortened is a text that is kept in a result.
func shortened(text string) string {
	if utf8.RuneCountInString(text) > longestValue {
		return string([]rune(text)[:longestValue]) + "…"
	}
	return text
}

// checkFile runs the checks that look at a finished file: the build is written, let go of for that long, and opened again.
func (r *refresh) checkFile(ctx context.Context, done func(CheckResult)) ([]CheckResult, error) {
	if len(r.config.FileChecks) == 0 {
		return nil, nil
	}
	if err := r.writeFile(ctx); err != nil {
		return nil, err
	}
	results, err := runFileChecks(ctx, r.config.FileChecks, r.release.path, done)
	if err != nil {
		return nil, err
	}
	return results, r.openFile(ctx)
}
