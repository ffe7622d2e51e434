package semantic

import (
	"slices"
	"strings"
)

// mostNear are the names that a refusal offers.
const mostNear = 12

// Near says which of the known names somebody may have meant, as the end of a refusal: those that differ by a few letters or hold
// what was written, else all, as far as they are few.
func Near(name string, known []string) string {
	wanted := strings.ToLower(strings.TrimSpace(name))
	var near []string
	for _, other := range known {
		lower := strings.ToLower(other)
		if Distance(wanted, lower, 2) <= 2 || len(wanted) > 2 && strings.Contains(lower, wanted) || len(lower) > 2 && strings.Contains(wanted, lower) {
			near = append(near, other)
		}
	}
	switch {
	case len(known) == 0:
		return ""
	case len(near) > 0:
		return "; did you mean " + strings.Join(near[:min(len(near), mostNear)], ", ") + "?"
	case len(known) > mostNear:
		return "; there are " + strings.Join(slices.Sorted(slices.Values(known))[:mostNear], ", ") + " …"
	}
	return "; there are " + strings.Join(known, ", ")
}
