package iceberg

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/apache/iceberg-go"
	"github.com/google/uuid"
)

// RunProperty is where a snapshot says which run of fmcg its rows are of.
const RunProperty = "fmcg.run"

// Hint is the file that names the newest version.
const Hint = "metadata/version-hint.text"

// MetadataPath is the file of a version.
func MetadataPath(version int) string { return fmt.Sprintf("metadata/v%d.metadata.json", version) }

// Column is one column of a table, with its type in the engine.
type Column struct{ Name, Type, Comment string }

// File is a Parquet file that a snapshot adds.
type File struct {
	Path       string // within the location
	Rows, Size int64
	Year       *int // of all its rows, nil where they have none
}

// Written is a file that a commit makes, by its path within the location.
type Written struct {
	Path string
	Body []byte
}

// Table is one table at its location: what is there now, and the shape that the next snapshot gives it.
type Table struct {
	version int
	meta    metadata
}

// Open reads the metadata of a version, or makes a new table of version 0.
func Open(location string, version int, body []byte) (*Table, error) {
	if version == 0 {
		return &Table{meta: metadata{
			FormatVersion: formatVersion, TableUUID: uuid.NewString(), Location: location,
			LastPartitionID: firstPartition - 1, SortOrders: json.RawMessage(`[{"order-id": 0, "fields": []}]`), Refs: map[string]ref{},
			Snapshots: []snapshot{}, SnapshotLog: []logged{}, MetadataLog: []loggedMetadata{},
			CurrentSchemaID: -1, DefaultSpecID: -1, unknown: map[string]json.RawMessage{},
		}}, nil
	}
	meta, err := parseMetadata(body)
	if err == nil && meta.Location != location {
		err = fmt.Errorf("it says that it lies at %s: a table of Iceberg cannot be moved", meta.Location)
	}
	if err != nil {
		return nil, fmt.Errorf("%s/%s: %w", location, MetadataPath(version), err)
	}
	return &Table{version, meta}, nil
}

// Run returns the run that the rows are of which readers see, "" for a new table and for rows that another program wrote.
func (t *Table) Run() string {
	if now := t.meta.current(); now != nil {
		return now.Summary[RunProperty]
	}
	return ""
}

// Version returns the number of the newest metadata, 0 for a new table.
func (t *Table) Version() int { return t.version }

// DataPath is the folder of the next snapshot's files, which are of a run: no other snapshot has one in it.
func (t *Table) DataPath(run string) string { return fmt.Sprintf("data/%s-v%d", run, t.version+1) }

// firstPartition is the least id of a partition's field, by Iceberg's rules.
const firstPartition = 1000

// Shape gives the table its columns, its comment, and the column whose year parts its rows: a number or a date, "" for none.
func (t *Table) Shape(columns []Column, comment, year string) error {
	var fields []iceberg.NestedField
	now := t.meta.schema()
	for _, column := range columns {
		kind, err := typeOf(column)
		if err != nil {
			return err
		}
		field := iceberg.NestedField{Name: column.Name, Type: kind, Doc: column.Comment}
		if now != nil {
			if former, found := now.FindFieldByName(column.Name); found && former.Type.Equals(kind) {
				field.ID = former.ID
			}
		}
		if field.ID == 0 {
			t.meta.LastColumnID++
			field.ID = t.meta.LastColumnID
		}
		fields = append(fields, field)
	}
	if now == nil || !slices.EqualFunc(now.Fields(), fields, func(a, b iceberg.NestedField) bool { return a.Equals(b) && a.Doc == b.Doc }) {
		id := 0
		for _, schema := range t.meta.Schemas {
			id = max(id, schema.ID+1)
		}
		t.meta.Schemas, t.meta.CurrentSchemaID = append(t.meta.Schemas, iceberg.NewSchema(id, fields...)), id
	}
	t.meta.Properties = withComment(t.meta.Properties, comment)
	return t.partition(year)
}

func withComment(properties map[string]string, comment string) map[string]string {
	if properties == nil {
		properties = map[string]string{}
	}
	if properties["comment"] = comment; comment == "" {
		delete(properties, "comment")
	}
	return properties
}

// partition has the next snapshot parted by the year of a column.
func (t *Table) partition(year string) error {
	var want iceberg.PartitionField
	if year != "" {
		field, found := t.meta.schema().FindFieldByName(year)
		if !found {
			return fmt.Errorf("it has no column %s to part it by", year)
		}
		want = iceberg.PartitionField{SourceIDs: []int{field.ID}, Name: year, Transform: iceberg.IdentityTransform{}}
		if !field.Type.Equals(iceberg.PrimitiveTypes.Int32) {
			want.Name, want.Transform = year+"_year", iceberg.YearTransform{}
		}
	}
	if now, err := t.meta.spec(t.meta.DefaultSpecID); err == nil {
		if year == "" && now.IsUnpartitioned() {
			return nil
		}
		if year != "" && now.NumFields() == 1 && now.Field(0).SourceID() == want.SourceID() && now.Field(0).Transform == want.Transform {
			return nil
		}
	}
	id := 0
	for _, spec := range t.meta.Specs {
		id = max(id, spec.ID()+1)
	}
	spec := iceberg.NewPartitionSpecID(id)
	if year != "" {
		t.meta.LastPartitionID++
		want.FieldID = t.meta.LastPartitionID
		spec = iceberg.NewPartitionSpecID(id, want)
	}
	t.meta.Specs, t.meta.DefaultSpecID = append(t.meta.Specs, spec), id
	return nil
}

// FieldIDs are the ids that the columns of Parquet files must bear.
func (t *Table) FieldIDs() map[string]int {
	ids := map[string]int{}
	for _, field := range t.meta.schema().Fields() {
		ids[field.Name] = field.ID
	}
	return ids
}

// Commit returns the files that put rows in the place of all rows, in the order in which to write them: the last is the
// commit. read returns a file that the table names, by its whole path.
func (t *Table) Commit(run string, at time.Time, files []File, read func(string) ([]byte, error)) ([]Written, error) {
	hash := sha256.Sum256(fmt.Appendf(nil, "%s %s v%d", t.meta.Location, run, t.version+1)) // the same commit, cut off and done again, is the same snapshot
	next := snapshot{
		ID: int64(binary.BigEndian.Uint64(hash[:8])>>1) | 1, SequenceNumber: t.meta.LastSequenceNumber + 1, At: at.UnixMilli(),
		SchemaID: &t.meta.CurrentSchemaID, Summary: map[string]string{"operation": "append", RunProperty: run, "engine-name": "fmcg"},
	}
	next.At = max(next.At, t.meta.LastUpdated+1) // a clock that was set back must not put a snapshot before its parent
	made := &commit{table: t, snapshot: &next, stem: fmt.Sprintf("metadata/%s-v%d", run, t.version+1)}
	var gone total
	if former := t.meta.current(); former != nil {
		next.ParentID, next.Summary["operation"] = &former.ID, "overwrite"
		var err error
		if gone, err = made.remove(former, read); err != nil {
			return nil, fmt.Errorf("read the snapshot %d that is to be replaced: %w", former.ID, err)
		}
	}
	come, err := made.add(files)
	if err != nil {
		return nil, err
	}
	for name, value := range map[string]int64{
		"added-data-files": come.files, "added-records": come.rows, "deleted-data-files": gone.files, "deleted-records": gone.rows,
		"total-data-files": come.files, "total-records": come.rows, "total-delete-files": 0, "total-position-deletes": 0, "total-equality-deletes": 0,
	} {
		next.Summary[name] = strconv.FormatInt(value, 10)
	}
	if next.ManifestList, err = made.list(); err != nil {
		return nil, err
	}
	meta := t.meta
	if t.version > 0 {
		meta.MetadataLog = append(slices.Clone(meta.MetadataLog), loggedMetadata{meta.Location + "/" + MetadataPath(t.version), meta.LastUpdated})
	}
	meta.Snapshots = append(slices.Clone(meta.Snapshots), next)
	meta.SnapshotLog = append(slices.Clone(meta.SnapshotLog), logged{next.ID, next.At})
	meta.CurrentSnapshotID, meta.LastSequenceNumber, meta.LastUpdated = &next.ID, next.SequenceNumber, next.At
	main := meta.Refs["main"]
	main.ID, main.Type = next.ID, "branch"
	meta.Refs["main"] = main
	body, err := meta.marshal()
	if err != nil {
		return nil, err
	}
	return append(made.written, Written{MetadataPath(t.version + 1), body}), nil
}

// commit gathers the files of a snapshot.
type commit struct {
	table     *Table
	snapshot  *snapshot
	stem      string // of the names of its files
	manifests []iceberg.ManifestFile
	written   []Written
}

// total counts files and their rows.
type total struct{ files, rows int64 }

// add writes the manifest of what comes.
func (c *commit) add(files []File) (sum total, err error) {
	meta := c.table.meta
	spec, err := meta.spec(meta.DefaultSpecID)
	if err != nil || len(files) == 0 {
		return sum, err
	}
	return sum, c.manifest(spec, func(writer *iceberg.ManifestWriter) error {
		for _, file := range files {
			parts := map[int]any{}
			for _, field := range spec.Fields() {
				parts[field.FieldID] = nil
				if file.Year != nil {
					value := *file.Year
					if field.Transform == (iceberg.YearTransform{}) {
						value -= 1970
					}
					if value != int(int32(value)) {
						return fmt.Errorf("%s: no year that Iceberg knows: %d", file.Path, *file.Year)
					}
					parts[field.FieldID] = int32(value)
				}
			}
			built, err := iceberg.NewDataFileBuilder(spec, iceberg.EntryContentData, meta.Location+"/"+file.Path, iceberg.ParquetFile, parts, nil, nil, file.Rows, file.Size)
			if err != nil {
				return err
			}
			if err := writer.Add(iceberg.NewManifestEntry(iceberg.EntryStatusADDED, &c.snapshot.ID, nil, nil, built.Build())); err != nil {
				return err
			}
			sum = total{sum.files + 1, sum.rows + file.Rows}
		}
		return nil
	})
}

// remove writes a manifest of what goes for each that there is, so that readers of changes see it go.
func (c *commit) remove(former *snapshot, read func(string) ([]byte, error)) (sum total, err error) {
	body, err := read(former.ManifestList)
	if err != nil {
		return sum, err
	}
	manifests, err := iceberg.ReadManifestList(bytes.NewReader(body))
	if err != nil {
		return sum, fmt.Errorf("%s: %w", former.ManifestList, err)
	}
	for _, manifest := range manifests {
		if manifest.ManifestContent() != iceberg.ManifestContentData || !(manifest.HasAddedFiles() || manifest.HasExistingFiles()) {
			continue
		}
		if body, err = read(manifest.FilePath()); err != nil {
			return sum, err
		}
		entries, err := iceberg.ReadManifest(manifest, bytes.NewReader(body), true)
		if err != nil {
			return sum, fmt.Errorf("%s: %w", manifest.FilePath(), err)
		}
		spec, err := c.table.meta.spec(int(manifest.PartitionSpecID()))
		if err != nil {
			return sum, err
		}
		if err := c.manifest(spec, func(writer *iceberg.ManifestWriter) error {
			for _, entry := range entries {
				if err := writer.Delete(entry); err != nil {
					return err
				}
				sum = total{sum.files + 1, sum.rows + entry.DataFile().Count()}
			}
			return nil
		}); err != nil {
			return sum, err
		}
	}
	return sum, nil
}

// manifest writes one manifest.
func (c *commit) manifest(spec iceberg.PartitionSpec, fill func(*iceberg.ManifestWriter) error) error {
	var body bytes.Buffer
	writer, err := iceberg.NewManifestWriter(formatVersion, &body, spec, c.table.meta.schema(), c.snapshot.ID)
	if err != nil {
		return err
	}
	if err := errors.Join(fill(writer), writer.Close()); err != nil {
		return err
	}
	path := fmt.Sprintf("%s-m%d.avro", c.stem, len(c.manifests))
	manifest, err := writer.ToManifestFile(c.table.meta.Location+"/"+path, int64(body.Len()))
	if err != nil {
		return err
	}
	c.manifests, c.written = append(c.manifests, manifest), append(c.written, Written{path, body.Bytes()})
	return nil
}

// list writes the list of manifests and returns its whole path.
func (c *commit) list() (string, error) {
	var body bytes.Buffer
	if err := iceberg.WriteManifestList(formatVersion, &body, c.snapshot.ID, c.snapshot.ParentID, &c.snapshot.SequenceNumber, 0, c.manifests); err != nil {
		return "", err
	}
	path := c.stem + "-snap.avro"
	c.written = append(c.written, Written{path, body.Bytes()})
	return c.table.meta.Location + "/" + path, nil
}
