package lineage

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Question says what to trace, and how far.
type Question struct {
	Table    string // "gold.fact_orders"; "" for all tables
	Column   string // "" for the table as a whole
	Up, Down bool
	Depth    int  // steps at most; < 1 for all
	Indirect bool // follow what decides values and rows, too
}

// Graph is the answer. Its nodes are tables or, where a column was asked for, columns.
type Graph struct {
	Of       string              `json:"of,omitempty"`
	Edges    []Edge              `json:"edges"`
	Deciding []Edge              `json:"deciding"` // indirect ones to what was asked for, which were not followed
	Untraced map[string][]string `json:"untraced"` // columns and tables whose sources are not all known, and why
	Files    map[string]string   `json:"files"`    // SQL file by table
	Link     func(Column) string `json:"-"`        // where a table of a drawing, or a column, leads to; nil or "" for nowhere
	root     Column
	columns  bool
}

// Edge leads from a source to what is made of it.
type Edge struct {
	From Column `json:"from"`
	To   Column `json:"to"`
	Use  Use    `json:"use,omitempty"`
	File string `json:"file"` // the SQL file that makes it so
}

// implied says that the edge leads from the rows of a table to a column of it; a drawing leaves it out.
func (e Edge) implied() bool { return e.From.Table == e.To.Table && e.From.Name == Rows }

// Trace answers a question.
func (l *Lineage) Trace(q Question) (Graph, error) {
	if !q.Up && !q.Down {
		q.Up, q.Down = true, true
	}
	graph := Graph{Edges: []Edge{}, Deciding: []Edge{}, Untraced: map[string][]string{}, Files: map[string]string{}, root: Column{q.Table, q.Column}, columns: q.Column != ""}
	switch {
	case q.Column != "":
		graph.Of = graph.root.String()
	case q.Table != "":
		graph.Of = q.Table
	}
	if err := l.knows(q.Table, q.Column); err != nil {
		return graph, err
	}
	edges := l.tableEdges()
	if graph.columns {
		edges = l.columnEdges()
	}
	met := map[Column]bool{graph.root: true}
	if q.Table == "" {
		graph.Edges = edges
	}
	if q.Up && q.Table != "" {
		graph.follow(edges, q, met, func(e Edge) (Column, Column) { return e.To, e.From })
	}
	if q.Down && q.Table != "" {
		graph.follow(edges, q, met, func(e Edge) (Column, Column) { return e.From, e.To })
	}
	if graph.columns && !q.Indirect {
		for _, edge := range edges {
			if edge.Use.Direct() || edge.implied() {
				continue
			}
			decidesRoot := edge.To == graph.root || edge.To == (Column{q.Table, Rows})
			if q.Up && decidesRoot || q.Down && edge.From == graph.root {
				graph.Deciding = append(graph.Deciding, edge)
			}
		}
	}
	for _, edge := range graph.Edges {
		met[edge.From], met[edge.To] = true, true
	}
	l.annotate(&graph, met, q.Table == "")
	return graph, nil
}

// follow adds the edges that lead on from the root, a step at a time.
func (g *Graph) follow(edges []Edge, q Question, met map[Column]bool, ends func(Edge) (near, far Column)) {
	byNear := map[Column][]Edge{}
	for _, edge := range edges {
		near, _ := ends(edge)
		byNear[near] = append(byNear[near], edge)
	}
	seen, taken := map[Column]bool{g.root: true}, map[[2]Column]bool{}
	for _, edge := range g.Edges {
		taken[[2]Column{edge.From, edge.To}] = true
	}
	at := []Column{g.root}
	for step := 1; len(at) > 0 && (q.Depth < 1 || step <= q.Depth); step++ {
		var next []Column
		for _, column := range at {
			for _, edge := range byNear[column] {
				if g.columns && !q.Indirect && !edge.Use.Direct() {
					continue
				}
				if key := [2]Column{edge.From, edge.To}; !taken[key] {
					taken[key] = true
					g.Edges = append(g.Edges, edge)
				}
				if _, far := ends(edge); !seen[far] {
					seen[far] = true
					next = append(next, far)
				}
			}
		}
		at = next
	}
}

// tableEdges are those between tables; a table is written as a column without a name.
func (l *Lineage) tableEdges() []Edge {
	var edges []Edge
	for _, model := range l.Models {
		for _, table := range model.readsAll() {
			edges = append(edges, Edge{From: Column{Table: table}, To: Column{Table: model.Table}, File: model.Path})
		}
	}
	return edges
}

// readsAll are the tables that a model reads, and the files.
func (m Model) readsAll() []string {
	found := map[string]bool{}
	for _, table := range m.Reads {
		found[table] = true
	}
	for _, column := range m.Columns {
		for _, source := range column.Sources {
			if IsFile(source.Table) {
				found[source.Table] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// IsFile says that a source is a file that the SQL reads.
func IsFile(table string) bool { return strings.HasSuffix(table, ")") }

// columnEdges are those between columns. What decides the rows of a table decides each of its columns.
func (l *Lineage) columnEdges() []Edge {
	var edges []Edge
	for _, model := range l.Models {
		for _, source := range model.Rows {
			edges = append(edges, Edge{From: source.Column, To: Column{model.Table, Rows}, Use: source.Use, File: model.Path})
		}
		for _, column := range model.Columns {
			to := Column{model.Table, column.Name}
			for _, source := range column.Sources {
				edges = append(edges, Edge{From: source.Column, To: to, Use: source.Use, File: model.Path})
			}
			edges = append(edges, Edge{From: Column{model.Table, Rows}, To: to, Use: Filter, File: model.Path})
		}
	}
	return edges
}

// knows says whether there is such a table and column.
func (l *Lineage) knows(table, column string) error {
	if table == "" {
		return nil
	}
	model, isModel := l.model(table)
	other, isOther := l.other[table]
	names := other.names()
	if !isModel && !isOther {
		return fmt.Errorf("there is no table %s; there are %s", table, strings.Join(l.Tables(), ", "))
	}
	for _, made := range model.Columns {
		names = append(names, made.Name)
	}
	if column != "" && column != Rows && !slices.Contains(names, column) {
		return fmt.Errorf("%s has no column %s; it has %s", table, column, strings.Join(names, ", "))
	}
	return nil
}

// Tables are all tables, models or not, by name.
func (l *Lineage) Tables() []string {
	tables := slices.Collect(maps.Keys(l.other))
	for _, model := range l.Models {
		tables = append(tables, model.Table)
	}
	slices.Sort(tables)
	return tables
}

// annotate adds the files and the gaps of what is in the graph.
func (l *Lineage) annotate(g *Graph, met map[Column]bool, all bool) {
	for table, other := range l.other {
		switch {
		case !all && !touches(met, table):
		case other.View || layer(table) != "ops":
			g.Untraced[table] = []string{"no SQL file of it is at hand; a refresh of chosen tasks leaves it for the next refresh to build"}
		default:
			g.Untraced[table] = []string{"no SQL file makes it: the program itself writes it"}
		}
	}
	for _, model := range l.Models {
		for _, column := range model.Columns {
			if len(column.Untraced) > 0 && (all || met[Column{model.Table, column.Name}] || met[Column{Table: model.Table}]) {
				g.Untraced[model.Table+"."+column.Name] = column.Untraced
			}
		}
		if all || touches(met, model.Table) {
			g.Files[model.Table] = model.Path
			if len(model.Untraced) > 0 {
				g.Untraced[model.Table+"."+Rows] = model.Untraced
			}
		}
	}
}

func touches(met map[Column]bool, table string) bool {
	for column := range met {
		if column.Table == table {
			return true
		}
	}
	return false
}
