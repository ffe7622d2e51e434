// Package iceberg describes Parquet files as tables of Apache Iceberg (format version 2), so that Spark, Trino, DuckDB and
// others read them from a folder or bucket as they are, with no catalog server.
//
// # The way of a release
//
// [Open] takes what is at a table's place now, [Table.Shape] the columns it is to have: a column that stays keeps its id, by
// which readers find it in old and new files. The engine writes the files with these ids, and [Table.Commit] returns the
// snapshot that puts them in the place of all files before: a manifest for what comes and one for what goes, their list, and
// the metadata that names them. Nothing is read or written here but what the caller hands over.
//
// # The place
//
// A table is the folder LOCATION with data/ and metadata/. The highest metadata/vN.metadata.json is what it is now, and
// metadata/version-hint.text says N: the layout of Iceberg's own Hadoop catalog. So writing vN is the commit, whole or not at
// all; there must be one writer.
package iceberg
