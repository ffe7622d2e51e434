// Package schedule is the daemon that runs the job every night: at the due times of a timetable, and when new files lie in
// the lake, if so configured. It knows neither the job nor the lake; both are handed in as functions (Config).
//
// Words: a timetable is a cron expression in a time zone (timetable.go). A due time is handled once a run that began at or
// after it has ended, well or not, or once it was skipped. The state, schedule.json beside the warehouse, remembers the last
// handled one and the pause (state.go). Whatever lies between it and now is made up for by one run: after an outage, a
// sleep, a pause, a jump of the clock forwards, a run that was cut off.
//
// The scheduler (scheduler.go) looks at the clock every half minute, because a timer knows nothing of a machine that slept
// or of a clock that was set. A clock that goes back by less than believable repeats no due time. One that goes back
// further was wrong before: due times from now on count again, so that no day is lost to the wrong clock.
//
// Units (units.go) writes the same timetable for systemd, cron and launchd, for those who prefer them.
//
// Start reading at Run.
package schedule
