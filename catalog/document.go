package catalog

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/fmcg/fmcg/catalog/lineage"
)

//go:embed document.html
var page string

// WriteHTML writes the catalog as one page that needs nothing beside it. The drawing is that of the lineage, "" for none.
func (c Catalog) WriteHTML(out io.Writer, drawing []byte) error {
	functions := template.FuncMap{
		"count": countText, "times": timeText, "day": dayText, "anchor": anchor,
	}
	parsed, err := template.New("catalog").Funcs(functions).Parse(page)
	if err != nil {
		return err
	}
	return parsed.Execute(out, map[string]any{"Catalog": c, "RefreshedAt": &c.Freshness.RefreshedAt, "Layers": c.byLayer(), "Drawing": template.HTML(drawing)})
}

// layerOfTables is a schema with its tables.
type layerOfTables struct {
	Name   string
	Tables []Profile
}

func (c Catalog) byLayer() []layerOfTables {
	var found []layerOfTables
	for _, table := range c.Tables {
		if len(found) == 0 || found[len(found)-1].Name != table.Schema() {
			found = append(found, layerOfTables{Name: table.Schema()})
		}
		last := &found[len(found)-1]
		last.Tables = append(last.Tables, table)
	}
	return found
}

// WriteMarkdown writes the catalog as Markdown.
func (c Catalog) WriteMarkdown(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Catalog\n\nRefreshed %s UTC by run %s; data through %s.\n", timeText(&c.Freshness.RefreshedAt), c.Freshness.Run, dayText(c.Freshness.DataThrough))
	cell := strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;").Replace
	for _, table := range c.Tables {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n", table.Table, cell(table.Comment))
		fmt.Fprintf(&b, "%s of %s rows", table.Kind, countText(table.Rows))
		if table.BuiltAt != nil {
			fmt.Fprintf(&b, ", built %s UTC", timeText(table.BuiltAt))
		}
		fmt.Fprint(&b, ".")
		for _, neighbours := range []struct {
			title  string
			tables []string
		}{{"Made of", table.Upstream}, {"Read by", table.Downstream}} {
			if len(neighbours.tables) > 0 {
				fmt.Fprintf(&b, " %s %s.", neighbours.title, strings.Join(neighbours.tables, ", "))
			}
		}
		fmt.Fprint(&b, "\n\n| column | type | holds | null | distinct | values | comes from |\n|---|---|---|---:|---:|---|---|\n")
		for _, column := range table.Columns {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", cell(column.Name), cell(column.Type), cell(column.Comment), column.NullText(),
				column.DistinctText(), cell(column.ValuesText()), cell(column.FromText()))
		}
		if table.SQL != "" {
			fmt.Fprintf(&b, "\nsql/%s:\n\n```sql\n%s\n```\n", table.File, strings.TrimSpace(table.SQL))
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// Drawing draws how the tables of the release are made of each other; each leads to its part of the page.
func (w *Warehouse) Drawing(ctx context.Context) ([]byte, error) {
	read, err := w.Lineage(ctx, nil)
	if err != nil {
		return nil, err
	}
	graph, err := read.Trace(lineage.Question{})
	if err != nil {
		return nil, err
	}
	graph.Link = func(at lineage.Column) string { return "#" + anchor(at.Table) }
	var drawing bytes.Buffer
	err = graph.WriteSVG(&drawing)
	return drawing.Bytes(), err
}

func anchor(table string) string { return strings.ReplaceAll(table, ".", "-") }

// ValuesText is what the values of a column are: all of few, the most frequent of some, else the least and the greatest.
func (c ColumnProfile) ValuesText() string {
	switch {
	case len(c.Samples) > 0 && int64(len(c.Samples)) >= c.Distinct:
		return strings.Join(c.Samples, ", ")
	case c.Min == nil || c.Max == nil:
		return ""
	case len(c.Samples) > 0 && c.Type == "VARCHAR":
		return strings.Join(c.Samples, ", ") + ", …"
	}
	return shortened(*c.Min) + " … " + shortened(*c.Max)
}

// shortened shortens a value that would not fit.
func shortened(text string) string {
	if runes := []rune(text); len(runes) > longestSample {
		return string(runes[:longestSample-1]) + "…"
	}
	return text
}

// DistinctText is the number of distinct values, with ~ where it is estimated.
func (c ColumnProfile) DistinctText() string {
	if c.IsApprox {
		return "~" + countText(c.Distinct)
	}
	return countText(c.Distinct)
}

// FromText are the direct sources of the column, and why others may be missing.
func (c ColumnProfile) FromText() string {
	var names []string
	for _, source := range c.Sources {
		if source.Use.Direct() {
			names = append(names, source.String())
		}
	}
	for _, reason := range c.Untraced {
		names = append(names, "untraced: "+reason)
	}
	return strings.Join(names, ", ")
}

func countText(number int64) string {
	digits := strconv.FormatInt(number, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// NullText is the share of nulls in percent; only none is 0.
func (c ColumnProfile) NullText() string {
	switch share := c.NullShare; {
	case share == 0:
		return "0"
	case share < 0.001:
		return "<0.1 %"
	case share > 0.999 && share < 1:
		return ">99.9 %"
	}
	return strconv.FormatFloat(c.NullShare*100, 'f', 1, 64) + " %"
}

func timeText(at *time.Time) string {
	if at == nil {
		return ""
	}
	return at.UTC().Format("2006-01-02 15:04")
}

func dayText(at *time.Time) string {
	if at == nil {
		return "no day"
	}
	return at.Format(time.DateOnly)
}
