package pipeline

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Files of a unit test's folder beside the inputs, which are named after their tables.
const (
	expectedFile  = "expected.csv"
	variablesFile = "variables.csv"
)

// orderColumn of expected.csv says the place of a row in the result, from 1.
const orderColumn = "order"

// unitCase is one folder of unit tests: SCHEMA/MODEL/NAME.
type unitCase struct {
	path     string
	model    *Model
	inputs   map[string]sheet // by table
	expected sheet
	files    []string // of the variables; nil: all
	months   []string

	corrections []byte // the correction file of the model's name; nil: that of the tree
}

// sheet is a CSV file: an empty field is nil, "" within quotes is the empty text.
type sheet struct {
	columns []string
	rows    [][]*string
}

func (s sheet) column(name string) int { return slices.Index(s.columns, name) }

// readCases reads the folders whose path matches a pattern; all mistakes are told at once.
func readCases(cases fs.FS, tree Tree, pattern *regexp.Regexp) ([]*unitCase, error) {
	folders, err := fs.Glob(cases, "*/*/*")
	if err != nil {
		return nil, err
	}
	models := map[string]*Model{}
	for _, model := range tree.Models {
		models[strings.TrimSuffix(model.Path, ".sql")] = model
	}
	var found []*unitCase
	var mistakes []error
	said := map[string]bool{}
	for _, folder := range folders {
		if pattern != nil && !pattern.MatchString(folder) {
			continue
		}
		model := path.Dir(folder)
		one := &unitCase{path: folder, model: models[model], inputs: map[string]sheet{}}
		switch {
		case said[model]:
		case one.model == nil:
			said[model] = true
			mistakes = append(mistakes, fmt.Errorf("%s: no file %s.sql in the SQL tree", model, model))
		case one.model.Load == ByFile:
			said[model] = true
			mistakes = append(mistakes, fmt.Errorf("%s: a model loaded by file reads the lake and has no unit tests", model))
		default:
			mistakes = append(mistakes, one.read(cases))
			found = append(found, one)
		}
	}
	switch {
	case len(folders) == 0:
		mistakes = append(mistakes, errors.New("no cases: a case is a folder SCHEMA/MODEL/NAME with "+expectedFile))
	case len(found) == 0 && len(said) == 0:
		mistakes = append(mistakes, fmt.Errorf("none of %d cases matches %s", len(folders), pattern))
	}
	if err := errors.Join(mistakes...); err != nil {
		return nil, &Error{Op: "read the unit tests", Hint: "mend the folders named above", Code: WrongUse, Err: err}
	}
	return found, nil
}

func (c *unitCase) read(cases fs.FS) error {
	entries, err := fs.ReadDir(cases, c.path)
	if err != nil {
		return fmt.Errorf("%s: a case is a folder: %w", c.path, err)
	}
	hasExpected := false
	for _, entry := range entries {
		name := path.Join(c.path, entry.Name())
		body, err := fs.ReadFile(cases, name)
		if err != nil {
			return err
		}
		if entry.Name() == "corrections."+c.model.Name+".csv" {
			c.corrections = body
			continue
		}
		read, err := readSheet(body)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		table, isTable := strings.CutSuffix(entry.Name(), ".csv")
		switch {
		case entry.Name() == expectedFile:
			c.expected, hasExpected = read, true
		case entry.Name() == variablesFile:
			if err := c.setVariables(read); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		case isTable && slices.Contains(c.model.inputs(), table):
			c.inputs[table] = read
		default:
			return fmt.Errorf("%s: not one of %s, %s, corrections.%s.csv and the tables that %s reads: %s",
				name, expectedFile, variablesFile, c.model.Name, c.model.Path, strings.Join(c.model.inputs(), ", "))
		}
	}
	if !hasExpected {
		return fmt.Errorf("%s: no %s", c.path, expectedFile)
	}
	return nil
}

// inputs are the tables that the model reads, those of ops included.
func (m *Model) inputs() []string { return slices.Concat(m.Reads, m.readsOps) }

func (c *unitCase) setVariables(values sheet) error {
	if !slices.Equal(values.columns, []string{"name", "value"}) {
		return errors.New("its columns are name, value; a row is one value of a list")
	}
	for _, row := range values.rows {
		if row[0] == nil || row[1] == nil {
			return errors.New("a row has no name or no value")
		}
		switch *row[0] {
		case "files":
			c.files = append(c.files, *row[1])
		case "months":
			c.months = append(c.months, *row[1])
		default:
			return fmt.Errorf("variable %q is none of files, months", *row[0])
		}
	}
	return nil
}

func readSheet(body []byte) (sheet, error) {
	var read sheet
	reader := csv.NewReader(bytes.NewReader(body))
	columns, err := reader.Read()
	if errors.Is(err, io.EOF) {
		return read, errors.New("no header line")
	}
	if err != nil {
		return read, err
	}
	read.columns = columns
	lines := bytes.Split(body, []byte{'\n'})
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return read, nil
		}
		if err != nil {
			return read, err
		}
		row := make([]*string, len(record))
		for i := range record {
			line, column := reader.FieldPos(i)
			quoted := column <= len(lines[line-1]) && lines[line-1][column-1] == '"'
			if record[i] != "" || quoted {
				row[i] = &record[i]
			}
		}
		read.rows = append(read.rows, row)
	}
}
