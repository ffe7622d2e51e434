// Package guard lets SQL read the one view, and nothing else, whoever drafted it: the grammar, an engineer's verified
// question, a language model, a person.
//
// Two walls stand one behind the other. Check has the engine parse a statement and judges its tree, not its words: one
// SELECT, from gold.vw_fact_orders_enriched and its own subqueries alone, with functions and kinds of expressions that are
// on a list (allowed.go); what the list does not name is refused, new kinds of a newer engine included. Open is the second:
// an engine of its own that has the published file attached read-only, reaches no other file, host or extension, cannot be
// reconfigured, and gives up at limits of memory, time and rows, or when its caller does.
//
// Caveat: memory of single texts is not counted by the engine's limit, so what makes texts long (repeat, lpad, printf,
// many concatenations) is not on the list.
//
// Start reading at Check, then Open and DB.Query.
package guard
