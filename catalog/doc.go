// Package catalog is the reading side: it opens the published file read-only and answers from it. It knows nothing of
// how the file was made; the file and the journal are all that it shares with package pipeline, and neither imports the
// other (a test holds that border).
//
// A Warehouse is one release. Start reading at Open, then Summarize (what an operator sees in fmcg status), Query, Trace (from
// a row of gold back to the delivered records), Quarantine (what was set aside, what is at stake, and which correction is
// plain), Lineage (from a column back to those it is made of, by the SQL that the release holds; package lineage) and
// Describe (the catalog of its tables; document.go writes it), ExportGold (gold as open Parquet files). Diff compares
// two releases, or any two published files.
//
// CheckFiles, CheckStates and Accounts are what is known of the quality of a release.
//
// A Run is what the events of a run add up to (Run.Apply), of one in progress (Follower) as of a past one (History, which
// reads the journals beside the warehouse, and ops.runs of the published file where a journal is gone). A Job is what all runs
// do, task by task, by the SQL that the release holds.
package catalog
