package oracle

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// Date is a day, or a month by its first day.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// String is the date as the engine writes a DATE: 2025-07-05.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

func (d Date) compare(other Date) int {
	return cmp.Or(cmp.Compare(d.Year, other.Year), cmp.Compare(d.Month, other.Month), cmp.Compare(d.Day, other.Day))
}

func (d Date) firstOfMonth() Date { return Date{d.Year, d.Month, 1} }

func (d Date) quarter() string { return fmt.Sprintf("Q%d", (int(d.Month)+2)/3) }

const firstYear, lastYear = 2000, 2100

// dateOf is the day in that year, month and day; ok is false where the calendar, or 2000 to 2100, has none.
func dateOf(year, month, day int) (date Date, ok bool) {
	real := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	ok = year >= firstYear && year <= lastYear && real.Month() == time.Month(month) && real.Day() == day
	return Date{year, time.Month(month), day}, ok
}

// figures reads the figures of a text that is written exactly as the form says: y, M and d stand for one digit each, anything else for itself.
func figures(text, form string) (year, month, day int, ok bool) {
	if len(text) != len(form) {
		return 0, 0, 0, false
	}
	for i := range len(form) {
		figure := int(text[i]) - '0'
		isFigure := figure >= 0 && figure <= 9
		switch {
		case form[i] == 'y' && isFigure:
			year = year*10 + figure
		case form[i] == 'M' && isFigure:
			month = month*10 + figure
		case form[i] == 'd' && isFigure:
			day = day*10 + figure
		case form[i] == 'y', form[i] == 'M', form[i] == 'd', form[i] != text[i]:
			return 0, 0, 0, false
		}
	}
	return year, month, day, true
}

const slashForm = "dd/MM/yyyy"

// readFigures reads a date of figures: the four forms of prices, slash dates day first.
func readFigures(text string) (date Date, ok bool) {
	for _, form := range []string{"yyyy-MM-dd", "yyyy/MM/dd", slashForm, "dd-MM-yyyy"} {
		if year, month, day, fits := figures(text, form); fits {
			return dateOf(year, month, day)
		}
	}
	return Date{}, false
}

// readDate reads a date in one of the five forms, a weekday before it or none; slash dates day first.
func readDate(text string) (date Date, ok bool) {
	text = withoutWeekday(text)
	if date, ok = readFigures(text); ok {
		return date, true
	}
	return readNamedMonth(text)
}

// readOrderDate is readDate for a line of an order file. A slash date of which both readings are dates is
// read month first if that gives the file's own date; the zero Date says that the file has none.
func readOrderDate(text string, fileDate Date) (date Date, ok bool) {
	date, ok = readDate(text)
	if first, second, year, isSlash := slashFigures(text); ok && isSlash {
		if monthFirst, valid := dateOf(year, first, second); valid && monthFirst == fileDate {
			return monthFirst, true
		}
	}
	return date, ok
}

func slashFigures(text string) (first, second, year int, ok bool) {
	year, second, first, ok = figures(withoutWeekday(text), slashForm)
	return first, second, year, ok
}

// readNamedMonth reads MMMM dd, yyyy: a full English month name in any case, one blank, and figures.
func readNamedMonth(text string) (date Date, ok bool) {
	name, rest, _ := strings.Cut(text, " ")
	year, _, day, ok := figures(rest, "dd, yyyy")
	if !ok {
		return Date{}, false
	}
	name = strings.ToLower(name)
	for month := time.January; month <= time.December; month++ {
		if name == strings.ToLower(month.String()) {
			return dateOf(year, int(month), day)
		}
	}
	return Date{}, false
}

// withoutWeekday takes a weekday before a date away: a full English name in any case, a comma, and blanks or none.
// Whether the date falls on that day is not asked.
func withoutWeekday(text string) string {
	name, rest, found := strings.Cut(text, ",")
	if !found {
		return text
	}
	date := strings.TrimLeft(rest, " \t\r\n")
	name = strings.ToLower(name)
	for day := time.Sunday; day <= time.Saturday; day++ {
		if name == strings.ToLower(day.String()) {
			return date
		}
	}
	return text
}

// fileDate is the YYYY_MM_DD after the first "orders_" that one follows in a file's name; the zero Date where there is none or it is no date.
func fileDate(name string) Date {
	const mark, form = "orders_", "yyyy_MM_dd"
	for start := range name {
		rest, marked := strings.CutPrefix(name[start:], mark)
		if !marked || len(rest) < len(form) {
			continue
		}
		if year, month, day, fits := figures(rest[:len(form)], form); fits {
			if date, ok := dateOf(year, month, day); ok {
				return date
			}
			return Date{}
		}
	}
	return Date{}
}
