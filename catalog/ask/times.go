package ask

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

var (
	yearWord    = regexp.MustCompile(`^(19|20)\d\d$`)
	quarterWord = regexp.MustCompile(`^[qt]([1-4])$`)
	halfWord    = regexp.MustCompile(`^[hs]([12])$`)
	dateKey     = regexp.MustCompile(`^(20\d\d)(0[1-9]|1[0-2])$`)
	fillers     = map[string]bool{"the": true, "of": true, "de": true, "du": true, "l": true, "la": true, "le": true, "les": true, "d": true, "in": true, "year": true, "annee": true, "calendar": true, "en": true, "full": true, "most": true}
)

func (x *lexer) at(i int) string {
	if i < len(x.words) {
		return x.words[i].norm
	}
	return ""
}

func (x *lexer) phrase(at int, want []string) bool {
	for i, w := range want {
		if x.at(at+i) != w {
			return false
		}
	}
	return true
}

// yearAt reads a year at a word: 2025, '25 after a quarter or month, with "of", "de", "the year" before it.
func (x *lexer) yearAt(at int) (int, int) {
	n := 0
	for n < 3 && fillers[x.at(at+n)] {
		n++
	}
	text := x.at(at + n)
	if yearWord.MatchString(text) && !(x.isScale(at + n + 1)) {
		year, _ := strconv.Atoi(text)
		return year, n + 1
	}
	if n == 0 && len(text) == 2 && at < len(x.words) {
		if year, err := strconv.Atoi(text); err == nil && year >= 20 && year < 40 && !x.isScale(at+1) && x.at(at+1) != "%" && x.lexicon.units[x.at(at+1)] == "" {
			return 2000 + year, 1
		}
	}
	return 0, 0
}

func quarterPart(q int) Period { return Period{From: 3 * (q - 1), To: 3*q - 1} }
func halfPart(h int) Period    { return Period{From: 6 * (h - 1), To: 6*h - 1} }

// timeAt reads one period at a word, and the number of words it takes.
func (x *lexer) timeAt(at int) (timeWords, int) {
	for _, fixed := range x.lexicon.times {
		if x.phrase(at, fixed.phrase) {
			if n := len(fixed.phrase); fixed.means.toDate && fixed.means.unit == "year" {
				return x.toDateOf(fixed.means, at, n)
			} else {
				return fixed.means, n
			}
		}
	}
	if when, n := x.sameAt(at); n > 0 {
		return when, n
	}
	text := x.at(at)
	if m := dateKey.FindStringSubmatch(text); m != nil {
		year, _ := strconv.Atoi(m[1])
		month, _ := strconv.Atoi(m[2])
		return timeWords{year: year, part: Period{From: month - 1, To: month - 1}, hasPart: true}, 1
	}
	if part, n := x.partAt(at); n > 0 {
		when := timeWords{part: part, hasPart: true}
		if year, k := x.yearAt(at + n); k > 0 {
			when.year = year
			n += k
		}
		for _, fixed := range x.lexicon.times { // june 2025 ytd
			if fixed.means.toDate && fixed.means.unit == "year" && x.phrase(at+n, fixed.phrase) {
				when.part.From = 0
				return when, n + len(fixed.phrase)
			}
		}
		if when.year == 0 && x.at(at) == "may" && !(x.words[at].text == "May") {
			return timeWords{}, 0
		}
		if when.year == 0 && (x.at(at) == "mar" || x.at(at) == "second") {
			return timeWords{}, 0
		}
		return when, n
	}
	if yearWord.MatchString(text) && !x.isScale(at+1) {
		year, _ := strconv.Atoi(text)
		if m, err := strconv.Atoi(x.at(at + 1)); err == nil && at+1 < len(x.words) && x.words[at+1].glue && m >= 1 && m <= 12 && len(x.at(at+1)) <= 2 {
			n := 2
			return timeWords{year: year, part: Period{From: m - 1, To: m - 1}, hasPart: true}, n
		}
		if x.at(at+1) == "/" {
			if m, err := strconv.Atoi(x.at(at + 2)); err == nil && m >= 1 && m <= 12 {
				return timeWords{year: year, part: Period{From: m - 1, To: m - 1}, hasPart: true}, 3
			}
		}
		if part, n := x.partAt(at + 1); n > 0 && !x.words[at+1].open {
			if _, again := x.yearAt(at + 1 + n); again == 0 && x.at(at+1) != "second" {
				return timeWords{year: year, part: part, hasPart: true}, 1 + n
			}
		}
		return timeWords{year: year}, 1
	}
	if m, err := strconv.Atoi(text); err == nil && m >= 1 && m <= 12 && x.at(at+1) == "/" && yearWord.MatchString(x.at(at+2)) {
		year, _ := strconv.Atoi(x.at(at + 2))
		return timeWords{year: year, part: Period{From: m - 1, To: m - 1}, hasPart: true}, 3
	}
	if m, err := strconv.Atoi(text); err == nil && m >= 1 && m <= 12 && len(text) <= 2 && at+1 < len(x.words) && x.words[at+1].glue && yearWord.MatchString(x.at(at+1)) {
		year, _ := strconv.Atoi(x.at(at + 1))
		return timeWords{year: year, part: Period{From: m - 1, To: m - 1}, hasPart: true}, 2
	}
	if when, n := x.yearNamed(at); n > 0 {
		return when, n
	}
	return x.relativeAt(at)
}

// toDateOf reads what a year to date ends with: ytd june 2025, year to date 2024.
func (x *lexer) toDateOf(means timeWords, at, n int) (timeWords, int) {
	skip := n
	for slices.Contains([]string{"to", "till", "until", "through", "as", "of", "for", "in", "up", "end", "a", "fin"}, x.at(at+skip)) {
		skip++
	}
	if part, k := x.partAt(at + skip); k > 0 {
		when := timeWords{part: Period{From: 0, To: part.To}, hasPart: true}
		year, more := x.yearAt(at + skip + k)
		when.year = year
		return when, skip + k + more
	}
	if year, k := x.yearAt(at + skip); k > 0 {
		return timeWords{year: year, part: Period{From: 0, To: x.last % 12}, hasPart: true}, skip + k
	}
	return means, n
}

// sameAt reads "le même mois", "même période de 2024", "same quarter last year".
func (x *lexer) sameAt(at int) (timeWords, int) {
	i := at
	for fillers[x.at(i)] && i < at+2 {
		i++
	}
	unit := x.lexicon.units[x.at(i+1)]
	if !x.relative(x.at(i), "same") || unit == "" && fold(x.at(i+1)) != "periode" && x.at(i+1) != "period" && x.at(i+1) != "epoque" {
		return timeWords{}, 0
	}
	i += 2
	if year, n := x.yearAt(i); n > 0 {
		return timeWords{same: true, unit: unit, year: year}, i + n - at
	}
	skip := i
	for fillers[x.at(skip)] && skip < i+2 {
		skip++
	}
	for _, from := range []int{i, skip} {
		if when, n := x.timeAt(from); n > 0 && when.unit == "year" && when.offset > 0 && !when.hasPart {
			return timeWords{same: true, unit: unit, offset: when.offset}, from + n - at
		}
	}
	for n := 4; n > 0; n-- { // même mois n-1
		if i+n <= len(x.words) && x.lexicon.has(x.norms(i, i+n), semantic.RoleStep) {
			return timeWords{same: true, unit: unit, offset: 1}, i + n - at
		}
	}
	return timeWords{that: true, unit: unit}, i - at
}

// yearNamed reads "the year 2024", "l'année 2024".
func (x *lexer) yearNamed(at int) (timeWords, int) {
	if x.at(at) == "calendar" || x.at(at) == "calender" {
		if when, n := x.yearNamed(at + 1); n > 0 {
			return when, n + 1
		}
		if yearWord.MatchString(x.at(at + 1)) {
			year, _ := strconv.Atoi(x.at(at + 1))
			return timeWords{year: year}, 2
		}
	}
	if x.lexicon.units[x.at(at)] == "year" && yearWord.MatchString(x.at(at+1)) && x.at(at) != "ans" {
		year, _ := strconv.Atoi(x.at(at + 1))
		return timeWords{year: year}, 2
	}
	return timeWords{}, 0
}

// partAt reads a quarter, a half or a month of a year.
func (x *lexer) partAt(at int) (Period, int) {
	text := x.at(at)
	if m := quarterWord.FindStringSubmatch(text); m != nil {
		return quarterPart(int(m[1][0] - '0')), 1
	}
	if m := halfWord.FindStringSubmatch(text); m != nil {
		return halfPart(int(m[1][0] - '0')), 1
	}
	if unit := x.lexicon.units[text]; (unit == "quarter" || unit == "half") && len(x.at(at+1)) == 1 {
		if q, err := strconv.Atoi(x.at(at + 1)); err == nil && q >= 1 && q <= 4 && unit == "quarter" {
			return quarterPart(q), 2
		} else if err == nil && q >= 1 && q <= 2 && unit == "half" {
			return halfPart(q), 2
		}
	}
	if nth, ok := x.lexicon.ordinals[text]; ok {
		switch x.lexicon.units[x.at(at+1)] {
		case "quarter":
			return quarterPart(nth), 2
		case "half":
			if nth <= 2 {
				return halfPart(nth), 2
			}
		}
	}
	if m, ok := x.lexicon.months[text]; ok {
		return Period{From: m.number, To: m.number}, 1
	}
	if text == "month" || text == "mois" {
		skip := 1
		for x.at(at+skip) == "of" || x.at(at+skip) == "de" || x.at(at+skip) == "d" {
			skip++
		}
		if m, ok := x.lexicon.months[x.at(at+skip)]; ok {
			return Period{From: m.number, To: m.number}, skip + 1
		}
	}
	return Period{}, 0
}

// relativeAt reads what is said from the last month on: last 6 months, this year, les 6 derniers mois, 3 months ago.
func (x *lexer) relativeAt(at int) (timeWords, int) {
	i := at
	count := 0
	counted := func() bool {
		if v, ok := digits(x.at(i)); ok && v == float64(int(v)) && v >= 1 && v < 121 && !strings.ContainsAny(x.at(i), ".,") {
			count = int(v)
			i++
			return true
		}
		if v, ok := x.lexicon.numbers[x.at(i)]; ok && v >= 2 {
			count = int(v)
			i++
			return true
		}
		return false
	}
	for x.at(i) == "the" || x.at(i) == "les" || x.at(i) == "le" || x.at(i) == "la" || x.at(i) == "l" || x.at(i) == "most" && x.at(i+1) == "recent" {
		if x.at(i) == "la" && x.at(i+1) != "derniere" {
			return timeWords{}, 0
		}
		i++
	}
	counted()
	adjective := x.at(i)
	if x.at(i) == "il" && x.at(i+1) == "y" && x.at(i+2) == "a" { // il y a 3 mois
		i += 3
		if x.lexicon.numbers[x.at(i)] == 1 {
			count = 1
			i++
		}
		if count == 1 || counted() {
			if unit := x.lexicon.units[x.at(i)]; unit != "" {
				return timeWords{unit: unit, offset: count}, i + 1 - at
			}
		}
		return timeWords{}, 0
	}
	if count > 0 {
		if _, n := x.partAt(i + 2); n > 0 && x.lexicon.units[x.at(i)] == "month" && slices.Contains([]string{"to", "ending", "until", "till", "through"}, x.at(i+1)) { // the 6 months to September 2025
			return timeWords{unit: "month", last: count, isLast: true}, i + 1 - at
		}
		if unit := x.lexicon.units[x.at(i)]; unit != "" && x.at(i+1) == "ago" {
			return timeWords{unit: unit, offset: count}, i + 2 - at
		}
	}
	switch {
	case x.relative(adjective, "last") || x.relative(adjective, "previous"):
		i++
		counted()
		for x.at(i) == "full" || x.at(i) == "complete" || x.at(i) == "calendar" {
			i++
		}
		unit := x.lexicon.units[x.at(i)]
		if unit == "" || count == 0 && (adjective == "derniers" || adjective == "dernieres") { // how many?
			return timeWords{}, 0
		}
		i++
		when := timeWords{unit: unit, isLast: x.relative(adjective, "last"), before: x.relative(adjective, "previous")}
		if count > 0 {
			when.last = count
		}
		if year, n := x.yearAt(i); n > 0 && unit != "year" && (fillers[x.at(i)] || x.relative(adjective, "last")) {
			when.year = year
			i += n
			if when.last == 0 {
				when.last = 1
			}
		} else if unit == "year" && count == 0 {
			when.offset = 1
		}
		return when, i - at
	case x.relative(adjective, "this") && i == at+boolInt(x.at(at) == "the") || adjective == "current":
		unit := x.lexicon.units[x.at(i+1)]
		if unit == "" {
			return timeWords{}, 0
		}
		if x.at(i+2) == "ci" {
			i++
		}
		if x.at(i+2) == "la" && x.words[i+2].glue { // ce mois-là
			return timeWords{unit: unit, that: true}, i + 3 - at
		}
		return timeWords{unit: unit, current: true}, i + 2 - at
	case adjective == "first" || adjective == "premier" || adjective == "premiers" || adjective == "premieres":
		i++
		counted()
		unit := x.lexicon.units[x.at(i)]
		if unit == "" || count == 0 || unit == "year" {
			return timeWords{}, 0
		}
		if year, n := x.yearAt(i + 1); n > 0 {
			return timeWords{unit: unit, first: count, year: year}, i + 1 + n - at
		}
		return timeWords{}, 0
	}
	unit := x.lexicon.units[adjective]
	if unit != "" && count == 0 { // mois dernier, année précédente
		next := x.at(i + 1)
		if x.relative(next, "last") && next != "last" && next != "past" && next != "recent" || x.relative(next, "previous") && next != "previous" && next != "prior" {
			when := timeWords{unit: unit, isLast: x.relative(next, "last"), before: x.relative(next, "previous")}
			if unit == "year" {
				when.offset = 1
			}
			return when, i + 2 - at
		}
	}
	if unit != "" && count > 0 && strings.HasPrefix(x.at(i+1), "glissant") && !slices.ContainsFunc(x.words, func(w word) bool { return strings.HasPrefix(w.norm, "moy") }) {
		return timeWords{unit: unit, last: count, isLast: true}, i + 2 - at // sur 12 mois glissants: their total
	}
	if unit != "" && count > 0 { // 6 mois derniers
		if next := x.at(i + 1); next == "derniers" || next == "dernieres" {
			return timeWords{unit: unit, last: count, isLast: true}, i + 2 - at
		}
	}
	return timeWords{}, 0
}

// relative says that a word is one of last, previous or this.
func (x *lexer) relative(word, meaning string) bool { return x.lexicon.relatives[word] == meaning }

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
