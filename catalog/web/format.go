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
