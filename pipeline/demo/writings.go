package demo

import "time"

// writing is one way in which the child writes a date.
type writing struct {
	name   string // as the rules name the form
	layout string // Go's layout
	share  int    // in thousandths of the lines
}

// writings are the five forms, with and without a weekday. Each says which day it means without knowing the file.
var writings = []writing{
	{"yyyy/MM/dd", "2006/01/02", 310},
	{"yyyy-MM-dd", "2006-01-02", 180},
	{"dd-MM-yyyy", "02-01-2006", 160},
	{"dd/MM/yyyy", "02/01/2006", 150},
	{"MMMM dd, yyyy", "January 02, 2006", 40},
	{"weekday, yyyy/MM/dd", "Monday, 2006/01/02", 10},
	{"weekday, yyyy-MM-dd", "Monday, 2006-01-02", 10},
	{"weekday, dd-MM-yyyy", "Monday, 02-01-2006", 10},
	{"weekday, dd/MM/yyyy", "Monday, 02/01/2006", 10},
	{"weekday, MMMM dd, yyyy", "Monday, January 02, 2006", 120},
}

// monthFirst is the writing of a till set up abroad. Only the file's own date tells it from day first.
var monthFirst = writing{"MM/dd/yyyy", "01/02/2006", 40}

// readsBothWays reports whether a slash date of the day is a valid other day as well.
func readsBothWays(d time.Time) bool { return d.Day() <= 12 && d.Day() != int(d.Month()) }

// writingsOn returns the writings in use on a day: month first only where the rules can tell it.
func writingsOn(d time.Time) []writing {
	if readsBothWays(d) {
		return append(writings[:len(writings):len(writings)], monthFirst)
	}
	return writings
}
