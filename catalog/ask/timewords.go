package ask

// timeWords is a period as it was said, before it is known which data it is about.
type timeWords struct {
	year    int // 0: not said
	part    Period
	hasPart bool   // part holds months of a year, 0 to 11
	unit    string // of a relative one: month, quarter, half, year
	last    int    // the last so many units; with year or of: within it
	offset  int    // units before the current one
	first   int    // the first so many units of the year
	toDate  bool   // this year, up to the last month
	before  bool   // said as "previous": relative to what it is compared with, if there is such a thing
	current bool
	isLast  bool
	all     bool
	that    bool // that month, the same month: the one that was named before
	same    bool // the same months as of the other period, in the year, or offset years before
}

// fixedTimes are the meanings of phrases that name a period.
var fixedTimes = map[string]timeWords{
	"year_to_date":        {unit: "year", toDate: true, current: true},
	"quarter_to_date":     {unit: "quarter", toDate: true, current: true},
	"last_year":           {unit: "year", offset: 1, isLast: true},
	"this_year":           {unit: "year", current: true},
	"this_half":           {unit: "half", current: true},
	"this_quarter":        {unit: "quarter", current: true},
	"this_month":          {unit: "month", current: true},
	"year_before_last":    {unit: "year", offset: 2, isLast: true},
	"quarter_before_last": {unit: "quarter", offset: 1},
	"month_before_last":   {unit: "month", offset: 1},
	"last_12_months":      {unit: "month", last: 12, isLast: true},
	"all":                 {all: true},
}

func unitMonths(unit string) int {
	switch unit {
	case "quarter":
		return 3
	case "half":
		return 6
	case "year":
		return 12
	}
	return 1
}

// grain is the unit of a whole year, quarter or month that was said; "" for others.
func (t timeWords) grain() string {
	switch {
	case t.all || t.last > 0 || t.first > 0 || t.toDate || t.that || t.same:
		return ""
	case t.hasPart:
		return t.part.grain()
	case t.year > 0:
		return "year"
	}
	return t.unit
}

// resolve makes months of a period that was said; lastMonth anchors what is relative. ok is false where a year is missing.
func (t timeWords) resolve(firstMonth, lastMonth, year int) (Period, bool) {
	switch {
	case t.all:
		return Period{From: firstMonth, To: lastMonth}, true
	case t.hasPart:
		if t.year == 0 {
			t.year = year
		}
		return Period{From: t.year*12 + t.part.From, To: t.year*12 + t.part.To}, t.year > 0
	case t.that, t.same: // relate finds what it is
		return Period{}, false
	case t.first > 0:
		return Period{From: t.year * 12, To: t.year*12 + t.first*unitMonths(t.unit) - 1}, true
	case t.year > 0 && t.last > 0:
		end := t.year*12 + 11
		return Period{From: end - t.last*unitMonths(t.unit) + 1, To: end}, true
	case t.year > 0:
		return Period{From: t.year * 12, To: t.year*12 + 11}, true
	}
	n := unitMonths(t.unit)
	start := lastMonth - lastMonth%n
	switch {
	case t.last > 0 && t.unit == "month":
		return Period{From: lastMonth - t.last + 1, To: lastMonth}, true
	case t.last > 0:
		return Period{From: start - (t.last-1)*n, To: lastMonth}, true
	case t.toDate:
		return Period{From: start, To: lastMonth}, true
	}
	start -= t.offset * n
	return Period{From: start, To: start + n - 1}, true
}
