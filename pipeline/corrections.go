package pipeline

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// correctionMistakes tells what is wrong with the correction files of a tree. People edit them, in spreadsheets too, and the
// engine maps their columns by position: a header in another order would correct the wrong thing without a word.
func correctionMistakes(corrections map[string][]byte, models []*Model) (mistakes []error) {
	for _, name := range slices.Sorted(maps.Keys(corrections)) {
		path, table := "corrections/"+name, "silver."+strings.TrimSuffix(name, ".csv")
		at := slices.IndexFunc(models, func(model *Model) bool { return model.Table == table })
		if at < 0 {
			mistakes = append(mistakes, fmt.Errorf("%s: no file silver/%s.sql reads it", path, strings.TrimSuffix(name, ".csv")))
			continue
		}
		var columns []string
		for _, column := range models[at].Columns {
			columns = append(columns, column.Name)
		}
		if err := checkCorrection(corrections[name], columns); err != nil {
			mistakes = append(mistakes, fmt.Errorf("%s: %w", path, err))
		}
	}
	return mistakes
}

// checkCorrection holds a correction file against the columns of its model: the header, the fields of each line, and that a
// line has its reason where there is a column for it.
func checkCorrection(body []byte, columns []string) error {
	reader := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff"))))
	reader.FieldsPerRecord = len(columns)
	reason := slices.Index(columns, reasonColumn)
	for first := true; ; first = false {
		record, err := reader.Read()
		var wrong *csv.ParseError
		switch {
		case errors.Is(err, io.EOF) && !first:
			return nil
		case errors.Is(err, io.EOF):
			return fmt.Errorf("it is empty; its header is %s", strings.Join(columns, ","))
		case errors.As(err, &wrong):
			return fmt.Errorf("line %d: %w; its columns are %s", wrong.Line, wrong.Err, strings.Join(columns, ","))
		case err != nil:
			return err
		}
		line, _ := reader.FieldPos(0)
		if first && !slices.Equal(record, columns) {
			return fmt.Errorf("line %d: the header is %s, not %s", line, strings.Join(columns, ","), strings.Join(record, ","))
		}
		if reason >= 0 && strings.TrimSpace(record[reason]) == "" {
			return fmt.Errorf("line %d: it has no reason", line)
		}
	}
}
