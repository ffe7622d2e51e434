package lineage

import (
	"fmt"
	"html"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	lineHeight = 22.0
	charWidth  = 6.7 // about, of a sans-serif at 12 px, bold ones included
	padding    = 8.0
)

// WriteSVG draws the graph from left to right: a box a table, with a line a column; the same graph gives the same drawing.
// Its parts have classes, by which a page may colour them otherwise: edge, indirect, box, head and the layer, chosen, column.
func (g Graph) WriteSVG(out io.Writer) error {
	names, columns := g.tables()
	boxes := map[string]*box{}
	for _, table := range names {
		widest := utf8.RuneCountInString(table)
		for _, name := range columns[table] {
			widest = max(widest, utf8.RuneCountInString(name))
		}
		boxes[table] = &box{name: table, width: float64(widest)*charWidth + 2*padding, height: lineHeight * float64(1+len(columns[table]))}
	}
	var between [][2]string
	met := map[[2]string]bool{}
	for _, edge := range g.Edges {
		if pair := [2]string{edge.From.Table, edge.To.Table}; pair[0] != pair[1] && !met[pair] {
			met[pair] = true
			between = append(between, pair)
		}
	}
	if len(boxes) == 0 {
		return fmt.Errorf("there is nothing to draw")
	}
	placed := newLayout(boxes, between)

	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" class="lineage" font-family="Helvetica, Arial, sans-serif" font-size="12">`+"\n",
		placed.width, placed.height, placed.width, placed.height)
	b.WriteString(`<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip" d="M0 0L8 4L0 8z" fill="#666"/></marker></defs>` + "\n" +
		`<rect class="ground" width="100%" height="100%" fill="#fff"/>` + "\n")
	for _, edge := range g.Edges {
		if edge.From.Table == edge.To.Table {
			continue // what the rows of a table decide is plain
		}
		dashed := ` class="edge"`
		if edge.Use != 0 && !edge.Use.Direct() {
			dashed = ` class="edge indirect" stroke-dasharray="4 3"`
		}
		title := strings.TrimSpace(fmt.Sprintf("%s → %s %s sql/%s", g.name(edge.From), g.name(edge.To), edge.Use, edge.File))
		fmt.Fprintf(&b, `<path d="%s" fill="none" stroke="#666"%s marker-end="url(#arrow)"><title>%s</title></path>`+"\n",
			placed.path(edge, columns), dashed, html.EscapeString(title))
	}
	for _, table := range names {
		g.writeBox(&b, boxes[table], columns[table])
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(out, b.String())
	return err
}

func (g Graph) writeBox(b *strings.Builder, at *box, columns []string) {
	weight, chosen := "", ""
	if at.name == g.root.Table {
		weight, chosen = ` font-weight="bold"`, " chosen"
	}
	fmt.Fprintf(b, `<rect class="box" x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="3" fill="#fff" stroke="#888"/>`+"\n", at.x, at.y, at.width, at.height)
	title := fmt.Sprintf(`<rect class="head %s%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="3" fill="%s" stroke="#888"/><text x="%.1f" y="%.1f" text-anchor="middle" fill="#111"%s>%s</text>`,
		layer(at.name), chosen, at.x, at.y, at.width, lineHeight, colours[layer(at.name)], at.x+at.width/2, at.y+15, weight, html.EscapeString(at.name))
	link := func(column Column, drawn string) {
		if g.Link != nil && layer(at.name) != "source" {
			if address := g.Link(column); address != "" {
				drawn = fmt.Sprintf(`<a href="%s">%s</a>`, html.EscapeString(address), drawn)
			}
		}
		b.WriteString(drawn + "\n")
	}
	link(Column{Table: at.name}, title)
	for i, name := range columns {
		style, text := ` class="column"`, name
		if (Column{at.name, name}) == g.root {
			style = ` class="column chosen" font-weight="bold"`
		}
		if name == Rows {
			style, text = ` class="column" font-style="italic"`, "rows"
		}
		link(Column{at.name, name}, fmt.Sprintf(`<text x="%.1f" y="%.1f" fill="#111"%s>%s</text>`, at.x+padding, at.y+lineHeight*float64(i+1)+15, style, html.EscapeString(text)))
	}
}

// path is the way of an edge: from the right of its source, through the layers between, to the left of its target.
func (l *layout) path(edge Edge, columns map[string][]string) string {
	port := func(column Column) float64 {
		line := 0.0
		for i, name := range columns[column.Table] {
			if name == column.Name {
				line = float64(i + 1)
			}
		}
		return l.tables[column.Table].y + lineHeight*(line+0.5)
	}
	from, to := l.tables[edge.From.Table], l.tables[edge.To.Table]
	x, y := from.x+from.width, port(edge.From)
	var b strings.Builder
	fmt.Fprintf(&b, "M%.1f %.1fH%.1f", x, y, from.right)
	x = from.right
	curve := func(toX, toY float64) {
		bend := (toX - x) / 2
		fmt.Fprintf(&b, "C%.1f %.1f %.1f %.1f %.1f %.1f", x+bend, y, toX-bend, toY, toX, toY)
		x, y = toX, toY
	}
	for _, pass := range l.passing[[2]string{edge.From.Table, edge.To.Table}] {
		curve(pass.x, pass.middle())
		x = pass.x + pass.width
		fmt.Fprintf(&b, "H%.1f", x)
	}
	curve(to.x, port(edge.To))
	return b.String()
}
