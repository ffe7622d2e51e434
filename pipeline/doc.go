// Package pipeline is the writing side, and the only writer: it brings the published file up to date with the lake and
// the SQL tree.
//
// The way of the data: package lake lists what was delivered; a Plan holds it against the ledger in the published file;
// a private clone of the release is opened; the tasks of the job run, each when those it needs have (flow.go): a task reads
// its new files into bronze (load.go, read.go), enters them into the ledger (ledger.go), and builds the models of the SQL
// tree that follow from them (job.go); the checks run (checks.go, those that are handed over in checks_file.go); the run is
// recorded in the file itself (record.go), and the release is sealed and published by swapping one link (publish.go). Start
// reading at Refresh. What stops a run is in stop.go, how one that failed is gone on from in repair.go.
//
// Words: a model is a file of sql/bronze, silver, gold or ops, and the table or view of the same name (model.go reads its
// head). A model that is judged tells in its column outcome what becomes of each row it read: loaded, duplicate, superseded
// or quarantined. The scope of a run is the files and months that new files touch; it goes to the SQL as the variables
// files and months, which are null when a model is built anew. A task is a set of models that the job names; it runs in a
// session of the engine of its own, beside others. A release is one whole database file in a folder of its own.
//
// Describe tells the order and the types of the SQL tree to who runs it elsewhere (package spark). UnitTest (unit.go) runs the models on the small tables of testdata/sql instead. An error of the SQL has its place in the
// file (place.go).
//
// The laws of DESIGN are held by tests named after them: incremental_test.go (4, 5, 7), publish_test.go (1, 2, 3), flow_test.go
// (2 and 5 for tasks and repairs),
// rules_test.go (6, and the business rules against package oracle), s3_test.go (4, 10), sql_test.go (8, 9).
//
// Caveats: one refresh of a warehouse at a time (lock.go); a full rebuild needs every file that was ever loaded to be in
// the lake, or the word that their rows may go.
package pipeline
