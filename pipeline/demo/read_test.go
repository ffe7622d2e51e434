package demo

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"io"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"
)

// file is one file as a sink got it.
type file struct {
	body     string
	modified time.Time
	nth      int
}

// write makes a lake in memory.
func write(t *testing.T, cfg Config) (map[string]file, Summary) {
	t.Helper()
	files := map[string]file{}
	sum, err := Write(t.Context(), cfg, func(_ context.Context, path string, body []byte, modified time.Time) error {
		if _, twice := files[path]; twice {
			t.Errorf("%s was written twice", path)
		}
		files[path] = file{string(body), modified, len(files)}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files, sum
}

// smallest is the smallest lake that promises all of its dirt.
var smallest = Config{Days: 30, RowsPerDay: 1}

func byBaseName(files map[string]file) map[string]file {
	named := map[string]file{}
	for name, f := range files {
		named[path.Base(name)] = f
	}
	return named
}

// tableOf is the table that a path belongs to.
func tableOf(name string) string {
	if rest, parent := strings.CutPrefix(name, "parent/"); parent {
		return "parent_" + regexp.MustCompile(`^[a-z]+(_[a-z]+)*`).FindString(strings.NewReplacer("_later", "", "_corrected", "", ".csv", "").Replace(rest))
	}
	return strings.Split(name, "/")[1]
}

// recordsOf reads the files that load, each delivered file once. A record that was never closed is one.
func recordsOf(t *testing.T, files map[string]file) map[string][][]string {
	t.Helper()
	all := map[string][][]string{}
	for name, f := range files {
		rejected := regexp.MustCompile(`_(popup|cafe|kiosk|fair)\.csv$|store_visits|README|DS_Store`)
		if rejected.MatchString(name) {
			continue
		}
		if _, moved := files[strings.Replace(name, "/landing/", "/processed/", 1)]; moved && strings.Contains(name, "/landing/") {
			continue
		}
		var body io.Reader = strings.NewReader(strings.TrimPrefix(f.body, "\ufeff"))
		if strings.HasSuffix(name, ".gz") {
			zip, err := gzip.NewReader(bytes.NewReader([]byte(f.body)))
			if err != nil {
				t.Fatal(err)
			}
			body = zip
		}
		in := csv.NewReader(body)
		in.FieldsPerRecord = -1
		in.LazyQuotes = true // else what is never closed is no record
		records, err := in.ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all[name] = records
	}
	return all
}

// sortedByTime lists the names of the files in the order in which the sink got them.
func sortedByTime(files map[string]file, of map[string][][]string) []string {
	names := make([]string, len(files))
	for name, f := range files {
		if _, in := of[name]; in {
			names[f.nth] = name
		}
	}
	var sorted []string
	for _, name := range names {
		if name != "" {
			sorted = append(sorted, name)
		}
	}
	return sorted
}
