package lineage

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// WriteText draws the graph as a tree for people: what it comes from, and what comes of it.
func (g Graph) WriteText(out io.Writer) {
	if g.Of == "" {
		sources := map[string][]string{}
		for _, edge := range g.Edges {
			sources[edge.To.Table] = append(sources[edge.To.Table], edge.From.Table)
		}
		for _, table := range slices.Sorted(maps.Keys(sources)) {
			fmt.Fprintf(out, "%s ← %s%s\n", table, strings.Join(sources[table], ", "), g.madeBy(table))
		}
		g.writeGaps(out)
		return
	}
	fmt.Fprintln(out, g.Of+g.madeBy(g.root.Table))
	for _, way := range []struct {
		title string
		ends  func(Edge) (near, far Column)
	}{
		{"comes from", func(e Edge) (Column, Column) { return e.To, e.From }},
		{"goes to", func(e Edge) (Column, Column) { return e.From, e.To }},
	} {
		byNear := map[Column][]Edge{}
		for _, edge := range g.Edges {
			near, _ := way.ends(edge)
			byNear[near] = append(byNear[near], edge)
		}
		if len(byNear[g.root]) > 0 {
			fmt.Fprintf(out, "\n%s\n", way.title)
			g.writeBranch(out, byNear, g.root, "  ", map[Column]bool{g.root: true}, way.ends)
		}
	}
	g.writeDeciding(out, "which values and rows there are is decided by", func(e Edge) (Column, bool) {
		return e.From, e.To.Table == g.root.Table && e.To != g.root || e.To == g.root
	})
	g.writeDeciding(out, "it decides values or rows of", func(e Edge) (Column, bool) { return e.To, e.From == g.root })
	g.writeGaps(out)
}

func (g Graph) madeBy(table string) string {
	if file, ok := g.Files[table]; ok {
		return "  (sql/" + file + ")"
	}
	return ""
}

func (g Graph) writeBranch(out io.Writer, byNear map[Column][]Edge, at Column, indent string, above map[Column]bool, ends func(Edge) (Column, Column)) {
	edges := byNear[at]
	for i, edge := range edges {
		_, far := ends(edge)
		twig, next := "├─ ", "│  "
		if i == len(edges)-1 {
			twig, next = "└─ ", "   "
		}
		use := ""
		if edge.Use != 0 {
			use = "  " + edge.Use.String()
		}
		again := ""
		if above[far] && len(byNear[far]) > 0 {
			again = "  (as above)"
		}
		fmt.Fprintf(out, "%s%s%s%s  sql/%s%s\n", indent, twig, g.name(far), use, edge.File, again)
		if !above[far] {
			above[far] = true
			g.writeBranch(out, byNear, far, indent+next, above, ends)
		}
	}
}

// writeDeciding lists indirect edges, a line a table.
func (g Graph) writeDeciding(out io.Writer, title string, other func(Edge) (Column, bool)) {
	uses := map[string]map[string]Use{} // by table and column
	for _, edge := range g.Deciding {
		column, ok := other(edge)
		if !ok {
			continue
		}
		if uses[column.Table] == nil {
			uses[column.Table] = map[string]Use{}
		}
		uses[column.Table][column.Name] |= edge.Use
	}
	if len(uses) > 0 {
		fmt.Fprintf(out, "\n%s\n", title)
	}
	for _, table := range slices.Sorted(maps.Keys(uses)) {
		var columns []string
		for _, name := range slices.Sorted(maps.Keys(uses[table])) {
			columns = append(columns, fmt.Sprintf("%s (%s)", name, uses[table][name]))
		}
		fmt.Fprintf(out, "  %s: %s\n", table, strings.Join(columns, ", "))
	}
}

func (g Graph) writeGaps(out io.Writer) {
	if len(g.Untraced) == 0 {
		return
	}
	fmt.Fprintln(out, "\nuntraced: there may be more than is shown here")
	for _, column := range slices.Sorted(maps.Keys(g.Untraced)) {
		fmt.Fprintf(out, "  %s: %s\n", column, strings.Join(g.Untraced[column], "; "))
	}
}

func (g Graph) name(column Column) string {
	if column.Name == "" {
		return column.Table
	}
	return column.String()
}

// tables are the tables of the graph in order of their first edge, with the columns met.
func (g Graph) tables() (names []string, columns map[string][]string) {
	columns = map[string][]string{}
	add := func(column Column) {
		if _, met := columns[column.Table]; !met {
			names = append(names, column.Table)
			columns[column.Table] = nil
		}
		if column.Name != "" && !slices.Contains(columns[column.Table], column.Name) {
			columns[column.Table] = append(columns[column.Table], column.Name)
		}
	}
	if g.root.Table != "" {
		add(g.root)
	}
	for _, edge := range g.Edges {
		add(edge.From)
		add(edge.To)
	}
	slices.Sort(names)
	return names, columns
}

// WriteMermaid writes the graph as a Mermaid flowchart.
func (g Graph) WriteMermaid(out io.Writer) {
	names, columns := g.tables()
	number := map[Column]string{}
	id := func(column Column) string {
		if number[column] == "" {
			number[column] = fmt.Sprintf("n%d", len(number))
		}
		return number[column]
	}
	quote := strings.NewReplacer(`"`, "#quot;", "<", "#lt;", ">", "#gt;").Replace
	fmt.Fprintln(out, "flowchart LR")
	for i, table := range names {
		if !g.columns {
			fmt.Fprintf(out, "    %s[\"%s\"]:::%s\n", id(Column{Table: table}), quote(table), layer(table))
			continue
		}
		fmt.Fprintf(out, "    subgraph t%d[\"%s\"]\n", i, quote(table))
		for _, name := range columns[table] {
			fmt.Fprintf(out, "        %s[\"%s\"]:::%s\n", id(Column{table, name}), quote(name), layer(table))
		}
		fmt.Fprintln(out, "    end")
	}
	for _, edge := range g.Edges {
		if edge.implied() {
			continue
		}
		arrow := "-->"
		if edge.Use != 0 && !edge.Use.Direct() {
			arrow = "-.->"
		}
		fmt.Fprintf(out, "    %s %s %s\n", id(edge.From), arrow, id(edge.To))
	}
	for _, name := range slices.Sorted(maps.Keys(colours)) {
		fmt.Fprintf(out, "    classDef %s fill:%s,stroke:#555,color:#111\n", name, colours[name])
	}
}

// layer is the schema of a table; what is no table of the warehouse is a source.
func layer(table string) string {
	schema, _, _ := strings.Cut(table, ".")
	if _, known := colours[schema]; known && !IsFile(table) {
		return schema
	}
	return "source"
}

var colours = map[string]string{"source": "#eeeeee", "bronze": "#f0d2b8", "silver": "#dde3ea", "gold": "#f7e3a1", "ops": "#d7ead7"}
