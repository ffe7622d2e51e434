package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// UnitResult is what one unit test of a model found.
type UnitResult struct {
	Case    string    `json:"case"` // its folder, silver/orders/blank_quantity_is_missing_quantity
	Passed  bool      `json:"passed"`
	Columns []string  `json:"columns,omitempty"` // compared
	Same    int       `json:"same"`              // rows that were expected and came
	Diff    []DiffRow `json:"diff,omitempty"`
	Error   string    `json:"error,omitempty"` // why it did not run
	Seconds float64   `json:"seconds"`
}

// DiffRow is a row that was expected and did not come, or came and was not expected. A value that is nil is null.
type DiffRow struct {
	Expected bool      `json:"expected"`
	Values   []*string `json:"values"`
}

// UnitTest runs the models of the SQL tree on the small tables of cases, each on an otherwise empty engine, and compares
// their rows with the expected ones: all rows, in the columns that expected.csv has. pattern chooses cases by their path,
// nil all. The error of cases that fail has the code ChecksFailed; their results say why.
//
// The input CSV of a case are named after the tables; those that are missing are empty. A row of bronze that does not say
// its file is in TABLE.csv, at its own line, and files of bronze that ops.files.csv does not tell are loaded ones.
func UnitTest(ctx context.Context, config Config, cases fs.FS, pattern *regexp.Regexp) (results []UnitResult, err error) {
	config = config.withDefaults()
	tree, err := LoadTree(config.SQL)
	if err != nil {
		return nil, err
	}
	e, err := openEngine(ctx, "", false, config.Engine)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	corrections, err := os.MkdirTemp("", "fmcg-corrections-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(corrections)) }()
	if err := e.createEmptyTables(ctx, &tree, corrections); err != nil {
		return nil, err
	}
	found, err := readCases(cases, tree, pattern)
	if err != nil {
		return nil, err
	}
	var failed []string
	for _, one := range found {
		started := config.Now()
		result, err := e.runCase(ctx, one)
		if ctx.Err() != nil {
			return results, ctx.Err()
		}
		if err != nil {
			result.Passed, result.Error = false, err.Error()
		}
		result.Seconds = config.Now().Sub(started).Seconds()
		results = append(results, result)
		if !result.Passed {
			failed = append(failed, result.Case)
		}
	}
	if failed != nil {
		return results, &Error{Op: "test the SQL", Code: ChecksFailed, Hint: "mend the SQL, or the case if the rule has changed",
			Err: fmt.Errorf("%d of %d cases failed: %s", len(failed), len(results), strings.Join(failed, ", "))}
	}
	return results, nil
}

// createEmptyTables makes the tables that models read: bronze and ops by the migrations, all others as their SELECT
// describes them.
func (e *engine) createEmptyTables(ctx context.Context, tree *Tree, corrections string) error {
	if err := extractCorrections(*tree, corrections); err != nil {
		return err
	}
	if _, err := e.migrate(ctx, tree.Migrations); err != nil {
		return err
	}
	if err := tree.resolve(ctx, e); err != nil {
		return err
	}
	if err := e.exec(ctx, "set variable corrections = ?", corrections); err != nil {
		return err
	}
	if err := e.setScope(ctx, nil, nil); err != nil {
		return err
	}
	for _, model := range tree.Models {
		if model.Load == ByFile {
			continue
		}
		var columns []string
		for _, column := range model.stored() {
			columns = append(columns, quoteName(column.Name))
		}
		create := fmt.Sprintf("create table %s as select %s from (%s\n) limit 0", model.Table, strings.Join(columns, ", "), model.SQL)
		if err := e.exec(ctx, create); err != nil {
			return sqlError(model.Path, err).locate(model.SQL)
		}
	}
	return nil
}

// runCase runs a case in a transaction that is rolled back, so that all tables are empty again.
func (e *engine) runCase(ctx context.Context, one *unitCase) (result UnitResult, err error) {
	result.Case = one.path
	if err := e.exec(ctx, "begin transaction"); err != nil {
		return result, err
	}
	defer func() {
		err = errors.Join(err, e.exec(context.WithoutCancel(ctx), "rollback"), e.setScope(context.WithoutCancel(ctx), nil, nil))
	}()
	if err := e.enterInputs(ctx, one); err != nil {
		return result, err
	}
	if one.corrections != nil {
		restore, failure := e.useCorrections(ctx, one)
		if failure != nil {
			return result, failure
		}
		defer func() { err = errors.Join(err, restore()) }()
	}
	if err := e.setScope(ctx, one.files, one.months); err != nil {
		return result, fmt.Errorf("%s: %w", variablesFile, err)
	}
	if err := e.exec(ctx, "create temporary table actual as "+one.model.SQL); err != nil {
		return result, sqlError(one.model.Path, err).locate(one.model.SQL)
	}
	want, got, err := e.bothSides(ctx, one)
	if err != nil {
		return result, err
	}
	result.Columns = one.expected.columns
	result.Diff = difference(want, got)
	for _, row := range result.Diff {
		if !row.Expected {
			result.Same--
		}
	}
	result.Same += len(got)
	result.Passed = len(result.Diff) == 0
	return result, nil
}

// enterInputs fills the tables that the case gives.
func (e *engine) enterInputs(ctx context.Context, one *unitCase) error {
	files := sheet{columns: []string{"table_name", "file_name"}}
	for _, table := range one.model.Reads {
		input, given := one.inputs[table]
		name, isBronze := strings.CutPrefix(table, "bronze.")
		if !given {
			continue
		}
		if isBronze {
			input = asDelivered(name, input)
			for _, row := range input.rows {
				entry := []*string{&name, row[input.column("file_name")]}
				if !slices.ContainsFunc(files.rows, func(known []*string) bool { return *known[1] == *entry[1] && *known[0] == name }) {
					files.rows = append(files.rows, entry)
				}
			}
		}
		if err := e.enter(ctx, table, input); err != nil {
			return err
		}
	}
	if told, given := one.inputs["ops.files"]; given {
		files = told
	}
	for _, table := range one.model.readsOps {
		input := one.inputs[table]
		if table == "ops.files" {
			input = withDefaults(files, [][2]string{{"source", "child"}, {"uri", ""}, {"file_size", "0"}, {"last_modified", "2025-01-01"}, {"etag", ""},
				{"state", "loaded"}, {"rows_read", "0"}, {"run_id", ""}, {"loaded_at", "2025-01-01"}})
		}
		if err := e.enter(ctx, table, input); err != nil {
			return err
		}
	}
	return nil
}

// useCorrections has the model read the correction file of the case, until it is restored.
func (e *engine) useCorrections(ctx context.Context, one *unitCase) (restore func() error, err error) {
	var former string
	if err := e.conn.GetContext(ctx, &former, "select getvariable('corrections')"); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "fmcg-corrections-")
	if err != nil {
		return nil, err
	}
	restore = func() error {
		return errors.Join(e.exec(context.WithoutCancel(ctx), "set variable corrections = ?", former), os.RemoveAll(dir))
	}
	err = extractCorrections(Tree{Corrections: map[string][]byte{one.model.Name + ".csv": one.corrections}}, dir)
	if err == nil {
		err = e.exec(ctx, "set variable corrections = ?", dir)
	}
	if err != nil {
		return nil, errors.Join(err, restore())
	}
	return restore, nil
}

// asDelivered gives rows of bronze what the reading of a file gives them: empty texts in place of nulls, and their place.
func asDelivered(name string, input sheet) sheet {
	empty := ""
	for _, row := range input.rows {
		for i := range row {
			if row[i] == nil {
				row[i] = &empty
			}
		}
	}
	numbered := input.column("line") < 0
	input = withDefaults(input, [][2]string{{"read_timestamp", "2025-01-01"}, {"file_name", name + ".csv"}, {"file_size", "0"}, {"line", ""}})
	for i := range input.rows {
		if numbered {
			line := strconv.Itoa(i + 2) // the header is line 1
			input.rows[i][input.column("line")] = &line
		}
	}
	return input
}

// withDefaults adds the columns that a sheet has not.
func withDefaults(given sheet, defaults [][2]string) sheet {
	filled := sheet{columns: slices.Clone(given.columns)}
	for _, row := range given.rows {
		filled.rows = append(filled.rows, slices.Clone(row))
	}
	for _, column := range defaults {
		if given.column(column[0]) >= 0 {
			continue
		}
		filled.columns = append(filled.columns, column[0])
		for i := range filled.rows {
			filled.rows[i] = append(filled.rows[i], &column[1])
		}
	}
	return filled
}

// enter inserts the rows of a sheet; the table casts them.
func (e *engine) enter(ctx context.Context, table string, input sheet) error {
	if len(input.rows) == 0 {
		return nil
	}
	var columns, rows []string
	for _, column := range input.columns {
		columns = append(columns, quoteName(column))
	}
	for _, row := range input.rows {
		var values []string
		for _, value := range row {
			if value == nil {
				values = append(values, "null")
			} else {
				values = append(values, quoteText(*value))
			}
		}
		rows = append(rows, "("+strings.Join(values, ", ")+")")
	}
	err := e.exec(ctx, fmt.Sprintf("insert into %s (%s) values %s", table, strings.Join(columns, ", "), strings.Join(rows, ", ")))
	if err != nil {
		message, _, _ := readShown(err.Error())
		return fmt.Errorf("%s.csv: %s", table, message)
	}
	return nil
}

// bothSides returns the expected and the actual rows as texts of the same types.
func (e *engine) bothSides(ctx context.Context, one *unitCase) (want, got [][]*string, err error) {
	ordered := one.expected.column(orderColumn) >= 0 && !one.model.hasColumn(orderColumn)
	if ordered {
		if err := e.exec(ctx, `create or replace temporary table actual as select *, row_number() over (order by rowid) as "`+orderColumn+`" from actual`); err != nil {
			return nil, nil, err
		}
	}
	var columns []string
	for _, column := range one.expected.columns {
		if !one.model.hasColumn(column) && !(ordered && column == orderColumn) {
			return nil, nil, fmt.Errorf("%s: %s has no column %q", expectedFile, one.model.Path, column)
		}
		columns = append(columns, quoteName(column))
	}
	list := strings.Join(columns, ", ")
	if err := e.exec(ctx, fmt.Sprintf("create temporary table expected as select %s from actual limit 0", list)); err != nil {
		return nil, nil, err
	}
	if err := e.enter(ctx, "expected", one.expected); err != nil {
		return nil, nil, err
	}
	for i, column := range columns {
		columns[i] = "cast(" + column + " as varchar)"
	}
	for table, rows := range map[string]*[][]*string{"expected": &want, "actual": &got} {
		if *rows, err = e.textRows(ctx, fmt.Sprintf("select %s from %s", strings.Join(columns, ", "), table), len(columns)); err != nil {
			return nil, nil, err
		}
	}
	return want, got, nil
}

// textRows returns the rows of a query whose columns are texts.
func (e *engine) textRows(ctx context.Context, query string, columns int) (found [][]*string, err error) {
	rows, err := e.conn.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		row, into := make([]*string, columns), make([]any, columns)
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		found = append(found, row)
	}
	return found, rows.Err()
}

// difference returns the rows that only one side has, each as often as it has them more, those that are alike beside
// each other.
func difference(want, got [][]*string) (rows []DiffRow) {
	surplus, first := map[string]int{}, map[string][]*string{}
	count := func(rows [][]*string, step int) {
		for _, row := range rows {
			key := rowKey(row)
			surplus[key] += step
			first[key] = row
		}
	}
	count(want, 1)
	count(got, -1)
	for key, more := range surplus {
		for range max(more, -more) {
			rows = append(rows, DiffRow{Expected: more > 0, Values: first[key]})
		}
	}
	slices.SortStableFunc(rows, func(a, b DiffRow) int { return strings.Compare(rowKey(a.Values), rowKey(b.Values)) })
	return rows
}

func rowKey(row []*string) string {
	var key strings.Builder
	for _, value := range row {
		if value == nil {
			key.WriteString("null\x00")
		} else {
			key.WriteString("=" + *value + "\x00")
		}
	}
	return key.String()
}
