package semantic

import "strings"

// Quote is a text as an SQL literal.
func Quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// Condition is the SQL that keeps the rows where an expression has one of the values, or none of them.
func Condition(expr string, values []string, negated bool) string {
	quoted := make([]string, len(values))
	for i, value := range values {
		quoted[i] = Quote(value)
	}
	switch {
	case len(quoted) == 1 && negated:
		return expr + " <> " + quoted[0]
	case len(quoted) == 1:
		return expr + " = " + quoted[0]
	case negated:
		return expr + " not in (" + strings.Join(quoted, ", ") + ")"
	}
	return expr + " in (" + strings.Join(quoted, ", ") + ")"
}
