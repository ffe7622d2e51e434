package semantic

// Distance is the number of letters that must be changed, added, dropped or swapped with their neighbour to make one text
// of the other (Damerau and Levenshtein, each letter edited once). It stops at most + 1.
func Distance(a, b string, most int) int {
	from, to := []rune(a), []rune(b)
	if len(from)-len(to) > most || len(to)-len(from) > most {
		return most + 1
	}
	before, last, row := make([]int, len(to)+1), make([]int, len(to)+1), make([]int, len(to)+1)
	for j := range last {
		last[j] = j
	}
	for i, letter := range from {
		row[0] = i + 1
		least := row[0]
		for j, other := range to {
			change := 1
			if letter == other {
				change = 0
			}
			row[j+1] = min(last[j]+change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && letter == to[j-1] && from[i-1] == other {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
			least = min(least, row[j+1])
		}
		if least > most {
			return most + 1
		}
		before, last, row = last, row, before
	}
	return min(last[len(to)], most+1)
}
