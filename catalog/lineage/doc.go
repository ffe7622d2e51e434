// Package lineage tells which columns a column comes from, and through which SQL files, from the SQL itself: the engine's
// own parser gives the tree of each model's SELECT (json_serialize_sql), and the walk through it is here.
//
// Words: a model is a SQL file and the table or view of the same name. A source of a column is direct where values come from
// it (identity, transformation, aggregation) and indirect where it decides which values or which rows there are (join,
// filter, group, sort, window, condition): the terms of OpenLineage. What decides which rows a table has is told once, as
// the sources of the column "*" (Rows), and not again at each of its columns.
//
// The walk knows the constructs that it knows. Whatever else it meets - a table function, a macro, a part of the tree that a
// newer engine adds - makes the columns concerned untraced, with the reason; and the columns that it finds are held against
// those that the engine itself finds in the model (describe, on an empty engine with all tables). Nothing is left out silently.
//
// Start reading at Read, then walker.query (query.go), walker.from (from.go) and walker.value (expression.go); a flow (flow.go)
// is what they return. Lineage.Trace (graph.go) follows columns through the models; a Graph is shown as text
// and Mermaid (show.go), and drawn (draw.go, layout.go).
package lineage
