package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// CheckResult is what one check found.
type CheckResult struct {
	Name        string   `json:"check"`
	Description string   `json:"description"`
	Severity    Severity `json:"severity"`
	Held        bool     `json:"held"`
	FailingRows int64    `json:"failing_rows"`
}

// State is the word of ops.check_results for it.
func (c CheckResult) State() string {
	if c.Held {
		return "held"
	}
	return "failed"
}

// runChecks runs the checks of a tree on an open database; done is called after each.
func (e *engine) runChecks(ctx context.Context, tree Tree, done func(CheckResult)) ([]CheckResult, error) {
	var results []CheckResult
	for _, check := range tree.Checks {
		failing, err := e.number(ctx, fmt.Sprintf("select count(*) from (%s\n)", check.SQL))
		if err != nil {
			failure := sqlError(check.Path, err)
			if _, parsing := readsOf(ctx, e, check.SQL); failure.atParseError(parsing, check.SQL) {
				return nil, failure
			}
			return nil, failure.locate(check.SQL)
		}
		result := CheckResult{Name: check.Name, Description: check.Description, Severity: check.Severity, Held: failing == 0, FailingRows: failing}
		done(result)
		results = append(results, result)
	}
	return results, nil
}

// checksError is the error of a refresh whose checks of severity error do not hold; nil when they do.
func checksError(results []CheckResult) error {
	var failed []string
	for _, result := range results {
		if !result.Held && result.Severity == SeverityError {
			failed = append(failed, fmt.Sprintf("%s: %d rows. %s", result.Name, result.FailingRows, result.Description))
		}
	}
	if failed == nil {
		return nil
	}
	return &Error{Op: "check", Code: ChecksFailed, Err: errors.New(strings.Join(failed, "; ")),
		Hint: "nothing was published; read the head of the check in sql/checks, mend the file or the SQL it names, and refresh again"}
}

// Test runs the checks on the published file.
func Test(ctx context.Context, config Config) ([]CheckResult, error) {
	config = config.withDefaults()
	tree, err := LoadTree(config.SQL)
	if err != nil {
		return nil, err
	}
	path, err := filepath.EvalSymlinks(config.Warehouse)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &Error{Op: "open", Subject: config.Warehouse, Hint: "fmcg refresh makes it", Code: WrongUse, Err: errors.New("nothing is published there")}
	}
	if err != nil {
		return nil, err
	}
	e, err := openEngine(ctx, path, true, config.Engine)
	if err != nil {
		return nil, err
	}
	defer func() { _ = e.close() }()
	results, err := e.runChecks(ctx, tree, func(CheckResult) {})
	if err != nil {
		return nil, err
	}
	return results, checksError(results)
}
