package schedule

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	_ "time/tzdata" // zones exist on every machine

	"github.com/netresearch/go-cron"
)

// Defaults of a timetable.
const (
	DefaultExpression = "02:00"
	DefaultTimezone   = "Asia/Kolkata"
)

// Timetable says when runs are due.
//
// Each local time that it names is due once in a day, also where the clock changes: in an overlap when the clock shows it
// first; in a gap in the moment after the gap, or, where that is another day already, in the last minute before it. (The
// library counts in local time without changes, and first turns it into an instant: by itself it runs twice in an overlap.)
// An expression that names no hours (*/15 * * * *) is due whenever the clock shows it, twice in an overlap, not in a gap.
type Timetable struct {
	Expression string // as given
	Timezone   string
	fields     string             // the cron expression
	cron       *cron.SpecSchedule // in UTC, which stands for local time
	zone       *time.Location
}

// clockTime is the short form of a daily timetable.
var clockTime = regexp.MustCompile(`^([01]?\d|2[0-3]):([0-5]\d)$`)

// Parse reads HH:MM (daily), a cron expression of five fields, or @hourly, @daily, @weekly, @monthly, @yearly, in a zone
// of the IANA database. As in cron, a day counts if either of day of month and day of week matches where both are given.
func Parse(expression, timezone string) (Timetable, error) {
	t := Timetable{Expression: expression, Timezone: timezone}
	var err error
	if t.zone, err = time.LoadLocation(timezone); err != nil || timezone == "" || timezone == "Local" {
		return t, fmt.Errorf("time zone %q is none of the IANA database: name one such as Asia/Kolkata, Europe/Berlin, UTC", timezone)
	}
	mistake := func(err error) error {
		return fmt.Errorf("schedule %q is neither HH:MM nor a cron expression (minute hour day month weekday): %w", expression, err)
	}
	fields := strings.TrimSpace(expression)
	if parts := clockTime.FindStringSubmatch(fields); parts != nil {
		fields = parts[2] + " " + parts[1] + " * * *"
	}
	if strings.Contains(fields, "=") {
		return t, mistake(errors.New("name the time zone apart from it"))
	}
	parser, err := cron.TryNewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor | cron.DowOrDom)
	if err != nil {
		return t, err
	}
	const leapYears = 12 // the 29th of February may be eight years away
	parsed, err := parser.WithMaxSearchYears(leapYears).Parse(fields)
	if err != nil {
		return t, mistake(err)
	}
	spec, isSpec := parsed.(*cron.SpecSchedule)
	if !isSpec {
		return t, mistake(errors.New("@every names no times; use */N"))
	}
	spec.Location = time.UTC
	t.fields, t.cron = fields, spec
	if spec.Next(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return t, mistake(errors.New("there is no such day"))
	}
	return t, nil
}

// Next returns the first due time after a time.
func (t Timetable) Next(after time.Time) time.Time {
	at := after.In(t.zone)
	if t.everyHour() {
		return t.nextShown(at)
	}
	for wall := t.cron.Next(wallOf(at)); ; wall = t.cron.Next(wall) {
		due := t.firstShown(wall)
		if !sameDay(due, wall) {
			due = due.Add(-time.Minute)
		}
		if due.After(after) && sameDay(due, wall) { // a zone that crosses the date line leaves out a day
			return due
		}
	}
}

// In returns the time as a clock of the timetable's zone shows it.
func (t Timetable) In(at time.Time) time.Time { return at.In(t.zone) }

func (t Timetable) String() string { return t.Expression + " " + t.Timezone }

// everyHour says that the expression names no hours.
func (t Timetable) everyHour() bool {
	const hours = 1<<24 - 1
	return t.cron.Hour&hours == hours
}

// wallOf returns what a clock shows, as a time in UTC, which has no gaps and no overlaps.
func wallOf(at time.Time) time.Time {
	return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), time.UTC)
}

func sameDay(a, b time.Time) bool { return a.YearDay() == b.YearDay() && a.Year() == b.Year() }

// firstShown returns the first instant at which a clock of the zone shows wall or later.
func (t Timetable) firstShown(wall time.Time) time.Time {
	const farthest = 26 * time.Hour // beyond any zone's distance from UTC
	for at := wall.Add(-farthest).In(t.zone); ; {
		_, offset := at.Zone()
		end := sameOffsetUntil(at)
		shown := wall.Add(-time.Duration(offset) * time.Second).In(t.zone)
		if shown.Before(at) {
			shown = at
		}
		if end.IsZero() || shown.Before(end) {
			return shown
		}
		at = end
	}
}

// nextShown returns the first instant after a time at which a clock shows one of the cron expression's times.
func (t Timetable) nextShown(at time.Time) time.Time {
	for wall := wallOf(at); ; {
		_, offset := at.Zone()
		end := sameOffsetUntil(at)
		shown := t.cron.Next(wall).Add(-time.Duration(offset) * time.Second).In(t.zone)
		if end.IsZero() || shown.Before(end) {
			return shown
		}
		at, wall = end, wallOf(end).Add(-time.Second)
	}
}

// sameOffsetUntil returns a later time until which the zone's clock does not change; zero for ever. It may change still
// later. (ZoneBounds, of Go 1.26, ends each year after 365 days: on the last day of a leap year its end is past already.)
func sameOffsetUntil(at time.Time) time.Time {
	_, end := at.ZoneBounds()
	if !end.IsZero() && !end.After(at) {
		return at.Add(time.Hour)
	}
	return end
}
