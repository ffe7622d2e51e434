// Package schedule is the daemon that runs the job every night: at the due times of its schedules, and when new files lie in
// the lake. It knows neither the job nor the lake; both are handed in as functions (Config).
//
// Words: a schedule has a timetable, which is a cron expression in a time zone (timetable.go), or waits for new files
// (arrivals.go), and says what its runs are told. There are those of the configuration, and those that operators made on a
// page, which take the place of a configured one of the same name (schedules.go). A due time is handled once a run that began
// at or after it has ended, well or not, or once it was skipped. The state, schedule.json beside the warehouse, holds what was
// made on pages, how far each schedule has come, and the pause (state.go). Whatever lies between the last handled time of a
// schedule and now is made up for by one run: after an outage, a sleep, a pause, a jump of the clock forwards, a run that was
// cut off. Schedules whose runs are told the same share it. Who changed something is in the file of acts (package journal).
//
// The scheduler (scheduler.go) looks at the clock (due.go) and at the state (takeup.go) every half minute, because a timer knows
// nothing of a machine that slept or of a clock that was set. A clock that goes back by less than believable repeats no due time. One that goes back
// further was wrong before: due times from now on count again, so that no day is lost to the wrong clock.
//
// Units (units.go) writes the same timetable for systemd, cron and launchd, for those who prefer them.
//
// Start reading at Run.
package schedule
