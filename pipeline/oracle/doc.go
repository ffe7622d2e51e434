// Package oracle computes the warehouse a second time: from the lake's CSV files to the gold tables, the quarantine and
// the row accounts, in plain Go, sharing neither SQL nor code with the pipeline.
//
// It is for tests only. Nothing in the program imports it; tests compare what it says with what a refresh has published,
// row for row. Two computations that agree can still both be wrong, but not by the same slip: so nothing here is to be
// taken from sql/ or from package pipeline, and nothing there from here. Where the two differ, RULES.md decides.
//
// Its words are those of RULES.md. A file of the lake is loaded as a sheet or rejected whole; a sheet has rows; each row
// is judged (a reason, or a clean value), the values that passed are settled (loaded, duplicate or superseded), and the
// book keeps the account of it all. The gold tables are made from the loaded values.
//
//	lake.go     which files belong to which table, which of two is newer
//	csv.go      bytes to records, and which records are malformed
//	sheet.go    records to rows of a table, and which files are rejected whole
//	values.go   texts, identifiers, quantities, prices
//	dates.go    dates and their forms
//	corrections.go  what the business decided case by case
//	child.go, parent.go  the reasons and the cleaning, a function a table
//	book.go     the same key twice; accounts and quarantine
//	gold.go     the gold tables and the view
//	rows.go     the tables as texts, to compare with a query's answer
//
// Start reading at [Compute]. It takes the lake as it lies: a file that has disappeared or was withdrawn is
// no part of the answer, and the times of files are those of the folder. It holds everything in memory.
package oracle
