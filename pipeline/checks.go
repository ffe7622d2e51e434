package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// CheckResult is what one check found.
type CheckResult struct {
	Name        string   `json:"check"`
	Description string   `json:"description"`
	Severity    Severity `json:"severity"`
	Held        bool     `json:"held"`
	FailingRows int64    `json:"failing_rows"`

	// The first of the rows that it returned, at most firstRows, as text, null as nil; none where it held.
	Columns   []string `json:"columns,omitempty"`
	FirstRows [][]any  `json:"first_rows,omitempty"`
}

const (
	firstRows    = 5   // kept in a result
	rowsInError  = 3   // told in an error
	longestValue = 120 // characters of a value that is kept
)

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
			return nil, e.checkError(ctx, check, err)
		}
		result := CheckResult{Name: check.Name, Description: check.Description, Severity: check.Severity, Held: failing == 0, FailingRows: failing}
		if !result.Held {
			if result.Columns, result.FirstRows, err = e.firstRows(ctx, check); err != nil {
				return nil, e.checkError(ctx, check, err)
			}
		}
		done(result)
		results = append(results, result)
	}
	return results, nil
}

// firstRows returns the first rows of a check in the order of their values, which is the same in every run.
func (e *engine) firstRows(ctx context.Context, check *Check) (columns []string, found [][]any, err error) {
	rows, err := e.conn.QueryxContext(ctx, fmt.Sprintf("select cast(columns(*) as varchar) from (%s) order by all limit %d", check.SQL, firstRows))
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	if columns, err = rows.Columns(); err != nil {
		return nil, nil, err
	}
	for rows.Next() {
		row, err := rows.SliceScan()
		if err != nil {
			return nil, nil, err
		}
		for i, value := range row {
			if text, isText := value.(string); isText {
				row[i] = shortened(text)
			}
		}
		found = append(found, row)
	}
	return columns, found, rows.Err()
}

// told is what an error says of a check that failed: "name: 2 rows. Description", and a line for each of the first rows.
func (c CheckResult) told() string {
	text := fmt.Sprintf("%s: %d rows. %s", c.Name, c.FailingRows, c.Description)
	for _, row := range c.FirstRows[:min(len(c.FirstRows), rowsInError)] {
		var cells []string
		for i, value := range row {
			if value == nil {
				value = "null"
			}
			cells = append(cells, fmt.Sprintf("%s %v", c.Columns[i], value))
		}
		text += "\n    " + strings.Join(cells, ", ")
	}
	return text
}

// checkError is an error of a check's SQL, with its place.
func (e *engine) checkError(ctx context.Context, check *Check, err error) error {
	failure := sqlError(check.Path, err)
	if _, parsing := readsOf(ctx, e, check.SQL); failure.atParseError(parsing, check.SQL) {
		return failure
	}
	return failure.locate(check.SQL)
}

// checksError is the error of a refresh whose checks of severity error do not hold; nil when they do.
func checksError(results []CheckResult) error {
	var failed []string
	for _, result := range results {
		if !result.Held && result.Severity == SeverityError {
			failed = append(failed, result.told())
		}
	}
	if failed == nil {
		return nil
	}
	return &Error{Op: "check", Code: ChecksFailed, Err: errors.New(strings.Join(failed, "\n")),
		Hint: "nothing was published; the check says what it means (one of SQL in its head, in sql/checks): mend what it names, and refresh again"}
}

// Find returns a check of the tree by name.
func (t Tree) Find(check string) (*Check, error) {
	var known []string
	for _, one := range t.Checks {
		if one.Name == check {
			return one, nil
		}
		known = append(known, one.Name)
	}
	return nil, &Error{Op: "find the check", Subject: check, Code: WrongUse, Err: errors.New("there is none of that name"),
		Hint: "a check is a file of sql/checks: " + strings.Join(known, ", ")}
}

// pick leaves the checks of those names, of the tree and of the files; none leaves all.
func (c *Config) pick(tree *Tree, names []string) error {
	if len(names) == 0 {
		return nil
	}
	var ofSQL []*Check
	var ofFile []FileCheck
	for _, name := range names {
		if at := slices.IndexFunc(c.FileChecks, func(check FileCheck) bool { return check.Name == name }); at >= 0 {
			ofFile = append(ofFile, c.FileChecks[at])
			continue
		}
		check, err := tree.Find(name)
		if err != nil {
			return err
		}
		ofSQL = append(ofSQL, check)
	}
	tree.Checks, c.FileChecks = ofSQL, ofFile
	return nil
}

// Test runs the checks on the published file, all or those named.
func Test(ctx context.Context, config Config, names ...string) ([]CheckResult, error) {
	config = config.withDefaults()
	tree, err := LoadTree(config.SQL)
	if err != nil {
		return nil, err
	}
	if err := config.pick(&tree, names); err != nil {
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
	ignore := func(CheckResult) {}
	results, err := e.runChecks(ctx, tree, ignore)
	var broken *Error
	if errors.As(err, &broken) {
		broken.Hint = "mend the SQL; where the file was made with another tree (fmcg plan says), fmcg refresh brings it up to date"
	}
	if err != nil {
		return nil, err
	}
	ofFile, err := runFileChecks(ctx, config.FileChecks, path, ignore)
	if err != nil {
		return nil, err
	}
	results = append(results, ofFile...)
	return results, checksError(results)
}
