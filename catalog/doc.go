// Package catalog is the reading side: it opens the published file read-only and answers from it. It knows nothing of
// how the file was made; the file and the journal are all that it shares with package pipeline, and neither imports the
// other (a test holds that border).
//
// A Warehouse is one release. Start reading at Open, then Summarize (what an operator sees in fmcg status), Query,
// Trace (from a row of gold back to the delivered records), Lineage (from a column back to those it is made of, by the SQL
// that the release holds; package lineage) and Describe (the catalog of its tables; document.go writes it).
package catalog
