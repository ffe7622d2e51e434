package ask

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// figure is a number as people read it: ₹40,166,491,590 (40.17 B).
func (b *builder) figure(value any, unit string) string {
	n, ok := toNumber(value)
	if !ok {
		return b.word("nothing", "rien")
	}
	switch {
	case unit == "%":
		return b.sign(n) + b.group(math.Abs(n), 1) + " %"
	case strings.HasPrefix(unit, "INR"):
		places := 0
		if math.Abs(n) < 100000 {
			places = 2
		}
		return b.sign(n) + "₹" + b.group(math.Abs(n), places) + b.compact(n)
	case n == math.Trunc(n):
		return b.sign(n) + b.group(math.Abs(n), 0) + b.compact(n)
	}
	return b.sign(n) + b.group(math.Abs(n), 2)
}

func (b *builder) sign(n float64) string {
	if n < 0 {
		return "-"
	}
	return ""
}

func toNumber(value any) (float64, bool) {
	switch v := value.(type) {
	case json.Number:
		n, err := v.Float64()
		return n, err == nil
	case float64:
		return v, !math.IsNaN(v)
	case float32:
		return float64(v), true
	case int64:
		return float64(v), true
	case int32:
		return float64(v), true
	case int:
		return float64(v), true
	}
	return 0, false
}

// group puts separators between digits: by thousands, or by lakh and crore.
func (b *builder) group(n float64, places int) string {
	text := strconv.FormatFloat(n, 'f', places, 64)
	whole, rest, dotted := strings.Cut(text, ".")
	step, out := 3, ""
	for len(whole) > step {
		out = b.word(",", "\u202f") + whole[len(whole)-step:] + out
		whole = whole[:len(whole)-step]
		if b.indian {
			step = 2
		}
	}
	out = whole + out
	if dotted {
		out += b.word(".", ",") + rest
	}
	return out
}

func (b *builder) compact(n float64) string {
	units := []struct {
		size float64
		name string
	}{{1e9, b.word("B", "Md")}, {1e6, "M"}}
	if b.indian {
		units[0].size, units[0].name, units[1].size, units[1].name = 1e7, "crore", 1e5, "lakh"
	}
	for _, u := range units {
		if math.Abs(n) >= u.size {
			return " (" + b.sign(n) + b.group(math.Abs(n)/u.size, 2) + " " + u.name + ")"
		}
	}
	return ""
}

// cellText is a cell that is no figure.
func (b *builder) cellText(column Column, value any) string {
	text := fmt.Sprint(value)
	if value == nil {
		return b.word("(none)", "(aucun)")
	}
	if column.Type == "date" && len(text) >= 7 {
		year, _ := strconv.Atoi(text[:4])
		month, _ := strconv.Atoi(text[5:7])
		if month >= 1 {
			return monthLabelIn(monthIndex(year, month), b.language)
		}
	}
	switch n, _ := strconv.Atoi(text); column.Name {
	case "month_of_year":
		if n >= 1 && n <= 12 {
			return monthLabels[b.language][n-1]
		}
	case "month_name": // of the view, in English
		if at := slices.Index(monthLabels[english], text); at >= 0 {
			return monthLabels[b.language][at]
		}
	}
	if column.Name == "quarter" && len(text) == 7 {
		return b.word("Q", "T") + text[6:] + " " + text[:4]
	}
	return text
}
