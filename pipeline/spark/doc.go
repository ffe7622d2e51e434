// Package spark takes the SQL tree to a company that outgrows one machine: a folder that spark-submit runs on any cluster,
// with the same files transpiled, a manifest and a small runner. Nothing distributed is written here, and sql/ stays the only
// place of a rule.
//
// # The way of a file
//
// [Bundle] asks package pipeline for the tree, its order and its types; transpile/ (Python and sqlglot, both needed only
// when a bundle is made) turns each SELECT into Spark SQL; [Manifest] tells the runner what the heads of the files say; runner/
// (PySpark, nothing else) lists and reads the lake, runs the SELECTs in order and writes bronze, silver, gold and ops.
//
// # The allow-list
//
// A transpiler turns some of what it does not know silently into something else. So the idioms in idioms/ are queries
// that both engines are tested to answer alike, with the values in which they could differ, and they are the allow-list: each
// node of a file of the tree must have the shape, and each function, operator and cast the kinds of operands, that some
// idiom has. What none shows is refused with its place and what to write instead. To allow more, add an idiom.
//
// # What is written twice
//
// How a delivered file is cut into records (pipeline's read and inspect) and how rows enter their tables (its job and
// ledger) exist in runner/ once more, since they move bytes and not rules. The tests hold them against each other: gold,
// quarantine and accounts of the same lake must be equal, row for row.
//
// Start reading at [Bundle], then transpile/transpile.py and runner/job.py.
package spark
