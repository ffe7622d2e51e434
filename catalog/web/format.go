package web

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"github.com/fmcg/fmcg/catalog/ask"
)

// Figure is a number with its digits grouped, in the reader's habit; other values as they are. static/format.js writes the
// same.
func (v *visit) Figure(value any, column ask.Column) string {
	amount, isNumber := toFloat(value)
	switch {
	case value == nil:
		return "–"
	case column.Type == "date" && (column.Name == "month" || column.Name == "date"):
		if month, found := strings.CutSuffix(fmt.Sprint(value), "-01"); found {
			return v.Month(month)
		}
		return fmt.Sprint(value)
	case !isNumber || column.Type == "text" || column.Type == "date" || column.Name == "year" || strings.HasPrefix(column.Name, "year_"):
		return fmt.Sprint(value)
	}
	printer := message.NewPrinter(language.MustParse(v.prefs.Locale()))
	places := 2
	if amount == math.Trunc(amount) && column.Unit != "%" || math.Abs(amount) >= 100_000 {
		places = 0
	}
	text := printer.Sprint(number.Decimal(amount, number.MaxFractionDigits(places), number.MinFractionDigits(places)))
	switch {
	case strings.HasPrefix(column.Unit, "INR"):
		if rest, negative := strings.CutPrefix(text, "-"); negative {
			return "-₹" + rest
		}
		return "₹" + text
	case column.Unit == "%":
		return text + " %"
	}
	return text
}

// Heading is a column's label with its unit, where the figures do not show it.
func (v *visit) Heading(column ask.Column) string {
	if column.Unit == "" || column.Unit == "INR" || column.Unit == "%" || strings.EqualFold(column.Unit, column.Label) {
		return column.Label
	}
	return column.Label + " (" + column.Unit + ")"
}

// mostShown are the rows of a table that a page brings along as text; results.js shows the others when they are wanted.
const mostShown = 100

// mostCarried are the rows that a page brings along at all; a download has them all.
const mostCarried = 2000

// Carried are the rows that a page brings along.
func (v *visit) Carried(rows [][]any) [][]any { return rows[:min(len(rows), mostCarried)] }

// Shown are the first rows.
func (v *visit) Shown(rows [][]any) [][]any { return rows[:min(len(rows), mostShown)] }

// Count is a number of things.
func (v *visit) Count(n int) string { return v.Figure(n, ask.Column{Type: "number"}) }

// Moment is a time to the minute.
func (v *visit) Moment(at time.Time) string { return v.When(at.Format(time.RFC3339)) }

// IsNumber says that a value stands to the right.
func (v *visit) IsNumber(value any, column ask.Column) bool {
	_, isNumber := toFloat(value)
	return isNumber && column.Type != "text" && column.Type != "date"
}

func toFloat(value any) (float64, bool) {
	switch value := value.(type) {
	case json.Number:
		amount, err := value.Float64()
		return amount, err == nil
	case float64:
		return value, !math.IsNaN(value)
	case float32:
		return float64(value), true
	case int64:
		return float64(value), true
	case int32:
		return float64(value), true
	case int:
		return float64(value), true
	}
	return 0, false
}

// Month is a month, written 2025-07, by its name.
func (v *visit) Month(text string) string {
	at, err := time.Parse("2006-01", text)
	if err != nil {
		return text
	}
	return fmt.Sprintf("%s %d", v.T(fmt.Sprintf("month.%d", at.Month())), at.Year())
}

// When is a time, written as RFC 3339, to the minute.
func (v *visit) When(text string) string {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return text
	}
	return at.UTC().Format("2006-01-02 15:04 UTC")
}
