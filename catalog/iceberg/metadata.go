package iceberg

import (
	"encoding/json"
	"fmt"
	"maps"

	"github.com/apache/iceberg-go"
)

// metadata is what vN.metadata.json holds. What others write into it and we do not know of stays.
type metadata struct {
	FormatVersion      int                     `json:"format-version"`
	TableUUID          string                  `json:"table-uuid"`
	Location           string                  `json:"location"`
	LastSequenceNumber int64                   `json:"last-sequence-number"`
	LastUpdated        int64                   `json:"last-updated-ms"`
	LastColumnID       int                     `json:"last-column-id"`
	Schemas            []*iceberg.Schema       `json:"schemas"`
	CurrentSchemaID    int                     `json:"current-schema-id"`
	Specs              []iceberg.PartitionSpec `json:"partition-specs"`
	DefaultSpecID      int                     `json:"default-spec-id"`
	LastPartitionID    int                     `json:"last-partition-id"`
	Properties         map[string]string       `json:"properties"`
	CurrentSnapshotID  *int64                  `json:"current-snapshot-id,omitempty"`
	Snapshots          []snapshot              `json:"snapshots"`
	SnapshotLog        []logged                `json:"snapshot-log"`
	MetadataLog        []loggedMetadata        `json:"metadata-log"`
	SortOrders         json.RawMessage         `json:"sort-orders"`
	DefaultSortOrderID int                     `json:"default-sort-order-id"`
	Refs               map[string]ref          `json:"refs"`

	unknown map[string]json.RawMessage
}

type snapshot struct {
	ID             int64             `json:"snapshot-id"`
	ParentID       *int64            `json:"parent-snapshot-id,omitempty"`
	SequenceNumber int64             `json:"sequence-number"`
	At             int64             `json:"timestamp-ms"`
	ManifestList   string            `json:"manifest-list"`
	Summary        map[string]string `json:"summary"`
	SchemaID       *int              `json:"schema-id,omitempty"`
}

type logged struct {
	ID int64 `json:"snapshot-id"`
	At int64 `json:"timestamp-ms"`
}

type loggedMetadata struct {
	File string `json:"metadata-file"`
	At   int64  `json:"timestamp-ms"`
}

// ref is a branch or tag; the branch main is what readers see.
type ref struct {
	ID   int64  `json:"snapshot-id"`
	Type string `json:"type"`

	MaxRefAge       *int64 `json:"max-ref-age-ms,omitempty"`
	MaxSnapshotAge  *int64 `json:"max-snapshot-age-ms,omitempty"`
	MinSnapshotKept *int   `json:"min-snapshots-to-keep,omitempty"`
}

const formatVersion = 2

func parseMetadata(body []byte) (m metadata, err error) {
	if err := json.Unmarshal(body, &m); err != nil {
		return m, err
	}
	if m.FormatVersion != formatVersion {
		return m, fmt.Errorf("it has Iceberg's format version %d, want %d", m.FormatVersion, formatVersion)
	}
	if err := json.Unmarshal(body, &m.unknown); err != nil {
		return m, err
	}
	return m, nil
}

func (m metadata) marshal() ([]byte, error) {
	type plain metadata
	known, err := json.Marshal(plain(m))
	if err != nil {
		return nil, err
	}
	all := maps.Clone(m.unknown)
	if err := json.Unmarshal(known, &all); err != nil {
		return nil, err
	}
	return json.MarshalIndent(all, "", "  ")
}

// current returns the snapshot that readers see, nil in a new table.
func (m metadata) current() *snapshot {
	for i := range m.Snapshots {
		if m.CurrentSnapshotID != nil && m.Snapshots[i].ID == *m.CurrentSnapshotID {
			return &m.Snapshots[i]
		}
	}
	return nil
}

func (m metadata) schema() *iceberg.Schema {
	for _, schema := range m.Schemas {
		if schema.ID == m.CurrentSchemaID {
			return schema
		}
	}
	return nil
}

func (m metadata) spec(id int) (iceberg.PartitionSpec, error) {
	for _, spec := range m.Specs {
		if spec.ID() == id {
			return spec, nil
		}
	}
	return iceberg.PartitionSpec{}, fmt.Errorf("its metadata lack the partition spec %d", id)
}
