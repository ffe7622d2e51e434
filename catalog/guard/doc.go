// Package guard lets SQL read what is published, and nothing else, whoever wrote it. What was drafted - by the grammar, an
// engineer's verified question, a language model - reads the one view (Query); a person reads all published tables, with more
// functions (QueryPublished, published.go).
//
// Two walls stand one behind the other. Check has the engine parse a statement and judges its tree, not its words: one
// SELECT, from what may be read and its own subqueries alone, with functions and kinds of expressions that are
// on a list (allowed.go); what the list does not name is refused, new kinds of a newer engine included. Open is the second:
// an engine of its own that has the published file attached read-only, reaches no other file, host or extension, cannot be
// reconfigured, and gives up at limits of memory, time and rows, or when its caller does.
//
// Caveat: memory of single values is not counted by the engine's limit, so what makes texts and lists long (repeat, lpad, printf,
// many concatenations) is not on the list, and what gathers a column into one value stands alone (gatherers).
//
// A refusal is a code with arguments, for translation, with its text in English and its place (refusal.go).
//
// Start reading at Check, then Open, DB.Query and DB.QueryPublished. Reads tells which tables a statement names.
package guard
