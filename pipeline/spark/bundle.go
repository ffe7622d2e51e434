package spark

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fmcg/fmcg/pipeline"
)

// SQLGlotVersion is the one transpiler that the idioms are tested with.
const SQLGlotVersion = "30.30.0"

// DefaultPython is looked for on the PATH.
const DefaultPython = "python3"

// Names in a bundle.
const (
	Package    = "fmcg_spark"                    // the runner, the SQL and the manifest: a Python package
	Archive    = Package + ".zip"                // the same, for spark-submit --py-files
	Main       = "run.py"                        // what is submitted
	Wheel      = Package + "-1-py3-none-any.whl" // the same, for pip and services that take wheels; its command is fmcg-spark
	manifested = "manifest.json"                 // of the package
	replaced   = "fmcg_spark_before"             // a former package, for a moment
)

//go:embed transpile/*.py
var transpiler embed.FS

//go:embed runner/*.py
var runner embed.FS

// Config is what a bundle may be told.
type Config struct {
	Pipeline pipeline.Config // its SQL tree; lake and warehouse are not looked at
	Python   string          // an interpreter that has sqlglot; default: python3
	Version  string          // of the program
}

// Bundle writes a folder that spark-submit runs: the SQL files of the tree transpiled to Spark SQL, a manifest and the runner.
// What is not tested on both engines is refused, all of it at once. A former bundle in the folder is replaced.
func Bundle(ctx context.Context, config Config, dir string) (Manifest, error) {
	described, err := pipeline.Describe(ctx, config.Pipeline)
	if err != nil {
		return Manifest{}, err
	}
	turned, err := Transpile(ctx, config.Python, described)
	if err != nil {
		return Manifest{}, err
	}
	m := manifest(described, config.Version)
	files, err := contents(described.Tree, turned, m)
	if err != nil {
		return m, err
	}
	return m, write(dir, files)
}

// contents are the files of the package by their path in it.
func contents(tree pipeline.Tree, turned map[string]string, m Manifest) (map[string][]byte, error) {
	files := map[string][]byte{}
	for name := range m.Sources {
		if correction, found := strings.CutPrefix(name, "corrections/"); found {
			files[name] = tree.Corrections[correction]
			continue
		}
		files["sql/"+name] = fmt.Appendf(nil, "-- Made from sql/%s by fmcg spark bundle: edit that file, not this one.\n\n%s", name, turned[name])
	}
	body, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, err
	}
	files[manifested] = append(body, '\n')
	modules, err := fs.Glob(runner, "runner/*.py")
	if err != nil {
		return nil, err
	}
	for _, module := range modules {
		if files[path.Base(module)], err = runner.ReadFile(module); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// write writes the folder: the package, the same as an archive, and what is submitted.
func write(dir string, files map[string][]byte) (err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	fresh, err := os.MkdirTemp(dir, "."+Package+"-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(fresh)) }()
	packed := map[string][]byte{} // by their path in the archive
	for name, body := range files {
		at := filepath.Join(fresh, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(at, body, 0o644); err != nil {
			return err
		}
		packed[Package+"/"+name] = body
	}
	archive, err := zipped(packed)
	if err != nil {
		return err
	}
	record := []byte(dist + "RECORD,,\n")
	for _, name := range slices.Sorted(maps.Keys(packed)) {
		record = fmt.Appendf(record, "%s,,\n", name)
	}
	for _, name := range slices.Sorted(maps.Keys(wheelFiles)) {
		record = fmt.Appendf(record, "%s,,\n", name)
	}
	wheel, err := zipped(packed, wheelFiles, map[string][]byte{dist + "RECORD": record})
	if err != nil {
		return err
	}
	if err := os.Chmod(fresh, 0o755); err != nil {
		return err
	}
	target, before := filepath.Join(dir, Package), filepath.Join(dir, replaced)
	if err := os.RemoveAll(before); err != nil {
		return err
	}
	if err := os.Rename(target, before); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(fresh, target); err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(dir, Archive), archive, 0o644), os.WriteFile(filepath.Join(dir, Wheel), wheel, 0o644),
		os.WriteFile(filepath.Join(dir, Main), files[Main], 0o644), os.RemoveAll(before))
}

// wheelFiles make an archive of the package a wheel.
var wheelFiles = map[string][]byte{
	dist + "METADATA":         []byte("Metadata-Version: 2.1\nName: fmcg-spark\nVersion: 1\nSummary: The SQL of fmcg on Apache Spark\nRequires-Python: >=3.10\n"),
	dist + "WHEEL":            []byte("Wheel-Version: 1.0\nGenerator: fmcg\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
	dist + "entry_points.txt": []byte("[console_scripts]\nfmcg-spark = fmcg_spark.command:run\n"),
}

const dist = Package + "-1.dist-info/"

// zipped returns an archive. No file of it has a time: the same files are the same bytes.
func zipped(parts ...map[string][]byte) ([]byte, error) {
	files := map[string][]byte{}
	for _, part := range parts {
		maps.Copy(files, part)
	}
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		entry, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
		if err != nil {
			return nil, err
		}
		if _, err := entry.Write(files[name]); err != nil {
			return nil, err
		}
	}
	err := archive.Close()
	return packed.Bytes(), err
}

// mistake is a place in a file that the transpiler refuses.
type mistake struct {
	Path    string `json:"path"`
	Line    int    `json:"line"`
	What    string `json:"what"`
	Instead string `json:"instead"`
}

// Transpile returns the Spark SQL of the models and checks of a tree by their path in it ("silver/orders.sql"), and of the
// idioms by theirs.
func Transpile(ctx context.Context, python string, described pipeline.Description) (map[string]string, error) {
	idioms, err := Idioms()
	if err != nil {
		return nil, err
	}
	var files []Idiom
	for _, model := range described.Tree.Models {
		files = append(files, Idiom{Path: model.Path, SQL: model.SQL})
	}
	for _, check := range described.Tree.Checks {
		files = append(files, Idiom{Path: check.Path, SQL: check.SQL})
	}
	columns := map[string]map[string]map[string]string{} // schema, table, column: type
	for name, known := range described.Columns {
		schema, table, _ := strings.Cut(name, ".")
		if columns[schema] == nil {
			columns[schema] = map[string]map[string]string{}
		}
		columns[schema][table] = map[string]string{}
		for _, column := range known {
			columns[schema][table][column.Name] = column.Type
		}
	}
	request, err := json.Marshal(map[string]any{"files": files, "idioms": idioms, "columns": columns})
	if err != nil {
		return nil, err
	}
	output, err := runTranspiler(ctx, cmp.Or(python, DefaultPython), request)
	if err != nil {
		return nil, err
	}
	var answer struct {
		SQLGlot  string            `json:"sqlglot"`
		Files    map[string]string `json:"files"`
		Mistakes []mistake         `json:"mistakes"`
	}
	if err := json.Unmarshal(output, &answer); err != nil {
		return nil, fmt.Errorf("read what the transpiler says: %w", err)
	}
	if len(answer.Mistakes) > 0 {
		return nil, refusal(answer.Mistakes)
	}
	return answer.Files, nil
}

// refusal tells every mistake with its place and what to write instead.
func refusal(mistakes []mistake) error {
	slices.SortStableFunc(mistakes, func(a, b mistake) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line))
	})
	var lines []string
	for _, m := range mistakes {
		at := m.Path
		if !strings.HasPrefix(at, "idioms/") {
			at = place("sql/"+at, m.Line)
		}
		lines = append(lines, fmt.Sprintf("%s: %s\n    instead: %s", at, m.What, m.Instead))
	}
	return &pipeline.Error{Op: "bundle for Spark", Code: pipeline.WrongUse, Hint: "only what is tested to mean the same in DuckDB and Spark goes into a bundle",
		Err: fmt.Errorf("%d places are not portable:\n%s", len(lines), strings.Join(lines, "\n"))}
}

// missingModule is the exit code of the transpiler when Python lacks sqlglot, or has another version.
const missingModule = 3

func runTranspiler(ctx context.Context, python string, request []byte) (output []byte, err error) {
	dir, err := os.MkdirTemp("", "fmcg-transpile-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.CopyFS(dir, transpiler); err != nil {
		return nil, err
	}
	var complaint bytes.Buffer
	command := exec.CommandContext(ctx, python, "-B", filepath.Join(dir, "transpile", "transpile.py"), SQLGlotVersion)
	command.Stdin, command.Stderr = bytes.NewReader(request), &complaint
	output, err = command.Output()
	var ended *exec.ExitError
	said := strings.TrimSpace(complaint.String())
	switch {
	case err == nil:
		return output, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case !errors.As(err, &ended) || ended.ExitCode() == missingModule:
		return nil, &pipeline.Error{Op: "bundle for Spark", Subject: "with " + python, Code: pipeline.WrongUse, Err: errors.New(cmp.Or(said, err.Error())),
			Hint: fmt.Sprintf("python3 -m pip install sqlglot==%s (3.9 or newer), or name a Python that has it: --python FILE; make spark-bundle fetches it into .tools/", SQLGlotVersion)}
	}
	return nil, &pipeline.Error{Op: "bundle for Spark", Subject: "with " + python, Err: errors.New(cmp.Or(said, err.Error()))}
}
