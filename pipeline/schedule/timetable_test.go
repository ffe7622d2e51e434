package schedule_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fmcg/fmcg/pipeline/schedule"
)

// zones have, or had since 1975, changes of every kind: none, of an hour, of half an hour, at midnight, over midnight, twice
// and four times a year, whole days left out at the date line.
var zones = []string{
	"UTC", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tokyo", "Asia/Tehran", "Asia/Amman", "Asia/Beirut", "Asia/Gaza", "Asia/Jerusalem", "Asia/Pyongyang",
	"Europe/Berlin", "Europe/London", "Europe/Dublin", "Europe/Istanbul", "Europe/Moscow", "Europe/Lisbon", "Africa/Cairo", "Africa/Casablanca",
	"Africa/Khartoum", "America/New_York", "America/Los_Angeles", "America/St_Johns", "America/Sao_Paulo", "America/Asuncion", "America/Santiago",
	"America/Havana", "America/Nuuk", "America/Scoresbysund", "America/Caracas", "America/Adak", "Antarctica/Troll", "Atlantic/Azores", "Australia/Sydney",
	"Australia/Lord_Howe", "Australia/Adelaide", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Apia", "Pacific/Fakaofo", "Pacific/Kiritimati",
	"Pacific/Kwajalein", "Pacific/Easter", "Pacific/Norfolk", "Pacific/Fiji",
}

func parse(t *testing.T, expression, zone string) schedule.Timetable {
	t.Helper()
	timetable, err := schedule.Parse(expression, zone)
	if err != nil {
		t.Fatal(err)
	}
	return timetable
}

// dues returns all due times of a span.
func dues(timetable schedule.Timetable, from, to time.Time) (found []time.Time) {
	for due := timetable.Next(from.Add(-time.Second)); due.Before(to); due = timetable.Next(due) {
		found = append(found, due)
	}
	return found
}

const day, clock = "2006-01-02", "15:04"

// expectedDaily watches a clock minute by minute: on each day that it shows, the run is due when it first shows the time;
// where it never does, in the first minute after, or the last one of the day.
func expectedDaily(zone *time.Location, wanted string, from, to time.Time) (expected []string) {
	var today, best string
	var at, last time.Time
	due := func() {
		if today == "" {
			return
		}
		if best < wanted {
			at = last
		}
		expected = append(expected, at.Format(time.RFC3339))
	}
	seen := map[string]bool{}
	for minute := from; minute.Before(to); minute = minute.Add(time.Minute) {
		local := minute.In(zone)
		if date := local.Format(day); date != today {
			if seen[date] {
				continue // an overlap over midnight shows the end of yesterday again
			}
			due()
			seen[date] = true
			today, best, at = date, "", time.Time{}
		}
		last = local
		if shown := local.Format(clock); best < wanted {
			best, at = shown, local
		}
	}
	due()
	return expected
}

func TestADailyTimetableIsDueExactlyOnceOnEachLocalDayOfAnyZoneAndYear(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(zones).Draw(t, "zone")
		year := rapid.IntRange(1975, 2040).Draw(t, "year")
		wanted := fmt.Sprintf("%02d:%02d", rapid.SampledFrom([]int{0, 1, 2, 3, 12, 22, 23}).Draw(t, "hour"), rapid.SampledFrom([]int{0, 1, 15, 30, 59}).Draw(t, "minute"))
		timetable, err := schedule.Parse(wanted, name)
		if err != nil {
			t.Fatal(err)
		}
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		from := time.Date(year, 1, 1, 0, 0, 0, 0, zone)
		to := time.Date(year+1, 1, 1, 0, 0, 0, 0, zone)
		var got []string
		for _, due := range dues(timetable, from, to) {
			got = append(got, due.Format(time.RFC3339))
		}
		if diff := cmp.Diff(expectedDaily(zone, wanted, from, to), got); diff != "" {
			t.Errorf("-a clock watched by the minute +Next:\n%s", diff)
		}
	})
}

func TestADailyTimeInAGapOrAnOverlapIsDueOnce(t *testing.T) {
	for _, c := range []struct{ zone, expression, day, want string }{
		{"Europe/Berlin", "02:30", "2026-03-29", "2026-03-29T03:00:00+02:00"},
		{"Europe/Berlin", "02:30", "2026-10-25", "2026-10-25T02:30:00+02:00"},
		{"America/New_York", "02:30", "2026-03-08", "2026-03-08T03:00:00-04:00"},
		{"America/New_York", "30 1 * * *", "2026-11-01", "2026-11-01T01:30:00-04:00"},
		{"Australia/Lord_Howe", "02:15", "2026-10-04", "2026-10-04T02:30:00+11:00"},
		{"Australia/Lord_Howe", "01:45", "2026-04-05", "2026-04-05T01:45:00+11:00"},
		{"America/Sao_Paulo", "00:00", "2018-11-04", "2018-11-04T01:00:00-02:00"},
		{"America/Nuuk", "23:30", "2024-03-30", "2024-03-30T22:59:00-02:00"},
		{"Pacific/Apia", "02:00", "2011-12-30", ""},                           // a day that there was not
		{"Europe/Berlin", "02:00", "2040-12-31", "2040-12-31T02:00:00+01:00"}, // the last day of a leap year, after those that zone files list
		{"Asia/Kolkata", "2:00", "2026-03-29", "2026-03-29T02:00:00+05:30"},
	} {
		timetable := parse(t, c.expression, c.zone)
		noon, err := time.ParseInLocation(day, c.day, timetable.In(time.Time{}).Location())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, due := range dues(timetable, noon.Add(-48*time.Hour), noon.Add(48*time.Hour)) {
			if due.Format(day) == c.day {
				got = append(got, due.Format(time.RFC3339))
			}
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s %s: due %v, want %s", c.expression, c.zone, got, c.want)
		}
	}
}

func TestATimetableWithoutHoursGoesByElapsedTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		timetable, err := schedule.Parse("*/15 * * * *", rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		from := time.Date(rapid.IntRange(1996, 2036).Draw(t, "year"), 1, 1, 0, 0, 0, 0, time.UTC)
		before := timetable.Next(from)
		for before.Before(from.AddDate(1, 0, 0)) {
			next := timetable.Next(before)
			if passed := next.Sub(before); passed != 15*time.Minute {
				t.Fatalf("%s after %s", passed, before)
			}
			before = next
		}
	})
}

// Wherever counting begins, the due times are the same.
func TestNextIsTheFirstDueTimeAfterAnyTimeBeforeIt(t *testing.T) {
	expressions := []string{"02:30", "0 0,12 * * *", "*/20 1-3 * * *", "17 * * * *", "30 2 * * SUN", "0 2 1,15 * MON", "@weekly", "0 23-1 * * *", "0 2 29 2 *"}
	rapid.Check(t, func(t *rapid.T) {
		timetable, err := schedule.Parse(rapid.SampledFrom(expressions).Draw(t, "expression"), rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		start := time.Unix(rapid.Int64Range(0, 2_200_000_000).Draw(t, "start"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds"))
		next := timetable.Next(start)
		if !next.After(start) {
			t.Fatalf("%s is not after %s", next, start)
		}
		between := start.Add(time.Duration(rapid.Int64Range(0, int64(next.Sub(start))-1).Draw(t, "later")))
		if again := timetable.Next(between); !again.Equal(next) {
			t.Fatalf("from %s: %s; from %s: %s", start, next, between, again)
		}
	})
}

func TestEitherDayCountsWhereDayOfMonthAndDayOfWeekAreGiven(t *testing.T) {
	timetable := parse(t, "0 2 1 * MON", "UTC")
	var got []string
	for _, due := range dues(timetable, time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 9, 0, 0, 0, 0, time.UTC)) {
		got = append(got, due.Format("Mon 2"))
	}
	if diff := cmp.Diff([]string{"Mon 30", "Tue 1", "Mon 7"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsNoTimetableIsRefusedWithItsReason(t *testing.T) {
	for _, c := range []struct{ expression, zone, want string }{
		{"", "UTC", "neither HH:MM nor a cron expression"},
		{"24:00", "UTC", `"24:00"`},
		{"02:60", "UTC", `"02:60"`},
		{"0 2 * *", "UTC", "neither HH:MM nor"},
		{"0 2 30 2 *", "UTC", "no such day"},
		{"@every 5m", "UTC", "use */N"},
		{"TZ=UTC 0 2 * * *", "UTC", "name the time zone apart"},
		{"0 25 * * *", "UTC", "25"},
		{"02:00", "Asia/Bombay_", "Asia/Kolkata"},
		{"02:00", "", "IANA"},
		{"02:00", "Local", "IANA"},
	} {
		_, err := schedule.Parse(c.expression, c.zone)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q %q: %v, want %s", c.expression, c.zone, err, c.want)
		}
	}
}
