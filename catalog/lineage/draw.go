package lineage

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"strings"

	"github.com/goccy/go-graphviz"
)

// SVG draws the graph from left to right by Graphviz, which lies within the program; the same graph gives the same drawing.
func (g Graph) SVG(ctx context.Context) ([]byte, error) {
	engine, err := graphviz.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("start the drawing engine: %w", err)
	}
	defer engine.Close()
	graph, err := graphviz.ParseBytes([]byte(g.dot()))
	if err != nil {
		return nil, fmt.Errorf("draw: %w", err)
	}
	defer graph.Close()
	var drawn bytes.Buffer
	if err := engine.Render(ctx, graph, graphviz.SVG, &drawn); err != nil {
		return nil, fmt.Errorf("draw: %w", err)
	}
	return drawn.Bytes(), nil
}

// dot is the graph in Graphviz's language: a box a table, with a line a column.
func (g Graph) dot() string {
	var b strings.Builder
	b.WriteString("digraph lineage {\n  rankdir=LR; ranksep=0.9; nodesep=0.25; bgcolor=white; newrank=true;\n" +
		"  node [shape=plain, fontname=\"Helvetica\", fontsize=11];\n  edge [color=\"#666666\", arrowsize=0.6];\n")
	names, columns := g.tables()
	place, ranks := map[Column]string{}, map[string][]string{}
	for i, table := range names {
		ranks[layer(table)] = append(ranks[layer(table)], fmt.Sprintf("t%d", i))
		fmt.Fprintf(&b, "  t%d [tooltip=%q, label=<<TABLE BORDER=\"0\" CELLBORDER=\"1\" CELLSPACING=\"0\" CELLPADDING=\"5\" COLOR=\"#888888\">", i, table)
		link := ""
		if g.Link != nil && layer(table) != "source" {
			link = fmt.Sprintf(" HREF=\"%s\"", html.EscapeString(g.Link(table)))
		}
		weight := [2]string{"", ""}
		if table == g.root.Table {
			weight = [2]string{"<B>", "</B>"}
		}
		fmt.Fprintf(&b, "<TR><TD PORT=\"t\" BGCOLOR=\"%s\"%s>%s%s%s</TD></TR>", colours[layer(table)], link, weight[0], html.EscapeString(table), weight[1])
		place[Column{Table: table}] = fmt.Sprintf("t%d:t", i)
		for j, name := range columns[table] {
			text := html.EscapeString(name)
			if name == Rows {
				text = "<I>rows</I>"
			}
			if (Column{table, name}) == g.root {
				text = "<B>" + text + "</B>"
			}
			fmt.Fprintf(&b, "<TR><TD PORT=\"c%d\" ALIGN=\"LEFT\" BGCOLOR=\"white\">%s</TD></TR>", j, text)
			place[Column{table, name}] = fmt.Sprintf("t%d:c%d", i, j)
		}
		b.WriteString("</TABLE>>];\n")
	}
	for _, at := range [][2]string{{"source", "min"}, {"bronze", "same"}} { // what is delivered stands in columns
		if tables := ranks[at[0]]; len(tables) > 0 {
			fmt.Fprintf(&b, "  {rank=%s; %s}\n", at[1], strings.Join(tables, "; "))
		}
	}
	for _, edge := range g.Edges {
		if edge.implied() {
			continue
		}
		style := ""
		if edge.Use != 0 && !edge.Use.Direct() {
			style = ", style=dashed"
		}
		fmt.Fprintf(&b, "  %s:e -> %s:w [tooltip=%q%s];\n", place[edge.From], place[edge.To], strings.TrimSpace(edge.Use.String()+" sql/"+edge.File), style)
	}
	b.WriteString("}\n")
	return b.String()
}
