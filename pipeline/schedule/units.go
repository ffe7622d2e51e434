package schedule

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"
)

// Command is what a system's scheduler is to run.
type Command struct {
	Program   string // absolute path
	Arguments []string
	Dir       string // absolute path
}

const (
	unitName    = "fmcg"
	description = "FMCG INCREMENTAL UPDATE"
	logName     = "refresh.log"
)

// Printers are the system's schedulers that Units writes for.
var Printers = []string{"systemd", "cron", "launchd"}

// Units writes what has a system's scheduler run a command by the timetable: units of systemd, lines for a crontab, or a
// property list of launchd.
func Units(printer string, t Timetable, command Command) (string, error) {
	switch printer {
	case "systemd":
		return systemd(t, command), nil
	case "cron":
		return crontab(t, command), nil
	case "launchd":
		return launchd(t, command)
	}
	return "", fmt.Errorf("--print %q is none of %s", printer, strings.Join(Printers, ", "))
}

func systemd(t Timetable, command Command) string {
	var calendar strings.Builder
	for _, one := range t.days() {
		fmt.Fprintf(&calendar, "OnCalendar=%s*-%s-%s %s:%s:00 %s\n", weekdays(one.weekdays), numbers(one.months), numbers(one.days),
			numbers(one.hours), numbers(one.minutes), t.Timezone)
	}
	words := []string{}
	for _, word := range append([]string{command.Program}, command.Arguments...) {
		words = append(words, quoteSystemd(word))
	}
	return fmt.Sprintf(`# /etc/systemd/system/%[1]s.service
[Unit]
Description=%[2]s
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
WorkingDirectory=%[3]s
ExecStart=%[4]s

# /etc/systemd/system/%[1]s.timer; then: systemctl daemon-reload && systemctl enable --now %[1]s.timer
[Unit]
Description=%[2]s

[Timer]
%[5]sPersistent=true

[Install]
WantedBy=timers.target
`, unitName, description, strings.ReplaceAll(command.Dir, "%", "%%"), strings.Join(words, " "), calendar.String())
}

// quoteSystemd writes a word of a command line so that systemd reads it as it is.
func quoteSystemd(word string) string {
	escaped := strings.NewReplacer(`%`, `%%`, `$`, `$$`, `\`, `\\`, `"`, `\"`).Replace(word)
	if escaped == word && !strings.ContainsAny(word, " \t';") {
		return word
	}
	return `"` + escaped + `"`
}

func crontab(t Timetable, command Command) string {
	line := "cd " + quoteShell(command.Dir) + " && " + quoteShell(command.Program)
	for _, word := range command.Arguments {
		line += " " + quoteShell(word)
	}
	return fmt.Sprintf(`# crontab -e. cronie (Fedora, RHEL, SUSE, Arch) knows CRON_TZ; the cron of Debian and Ubuntu does not, and takes the time as one
# of the machine's own zone. cron makes up for no run that was missed.
CRON_TZ=%s
%s %s >> %s 2>&1
`, t.Timezone, t.fields, strings.ReplaceAll(line, "%", `\%`), logName)
}

func quoteShell(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-./:=@,+%", r)
	}
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool { return !plain(r) }) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// mostIntervals bounds a property list to what one would still read.
const mostIntervals = 500

func launchd(t Timetable, command Command) (string, error) {
	var intervals []string
	for _, one := range t.days() {
		intervals = append(intervals, one.intervals()...)
	}
	if len(intervals) > mostIntervals {
		return "", fmt.Errorf("launchd would need %d times for schedule %q; it has no ranges: let fmcg schedule run as the daemon instead", len(intervals), t.Expression)
	}
	var words strings.Builder
	for _, word := range append([]string{command.Program}, command.Arguments...) {
		fmt.Fprintf(&words, "\t\t<string>%s</string>\n", escapeXML(word))
	}
	return fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>
<!-- ~/Library/LaunchAgents/%[1]s.plist; then: launchctl bootstrap gui/$(id -u) ~/Library/LaunchAgents/%[1]s.plist
     launchd knows no time zones: it takes these times, which are meant in %[2]s, as times of the machine's own zone.
     A run missed while the machine slept is made up for when it wakes; one missed while it was off is not. -->
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key>
	<string>%[1]s</string>
	<key>ProgramArguments</key>
	<array>
%[3]s	</array>
	<key>WorkingDirectory</key>
	<string>%[4]s</string>
	<key>StandardOutPath</key>
	<string>%[5]s</string>
	<key>StandardErrorPath</key>
	<string>%[5]s</string>
	<key>StartCalendarInterval</key>
	<array>
%[6]s	</array>
</dict>
</plist>
`, "fmcg.refresh", t.Timezone, words.String(), escapeXML(command.Dir), escapeXML(command.Dir+"/"+logName), strings.Join(intervals, "")), nil
}

func escapeXML(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a strings.Builder takes all
	return b.String()
}

// matching is a set of times as schedulers other than cron know them: what is in all five lists. An empty list means any.
type matching struct {
	minutes, hours, days, months, weekdays []int
}

// days returns the timetable as one matching, or as two where cron takes either of two restrictions of the day.
func (t Timetable) days() []matching {
	of := func(bits uint64, first, count int) (set []int) {
		for value := first; value < first+count; value++ {
			if bits&(1<<value) != 0 {
				set = append(set, value)
			}
		}
		if len(set) == count {
			return nil
		}
		return set
	}
	all := matching{of(t.cron.Minute, 0, 60), of(t.cron.Hour, 0, 24), of(t.cron.Dom, 1, 31), of(t.cron.Month, 1, 12), of(t.cron.Dow, 0, 7)}
	if all.days == nil || all.weekdays == nil {
		return []matching{all}
	}
	byDay, byWeekday := all, all
	byDay.weekdays, byWeekday.days = nil, nil
	return []matching{byDay, byWeekday}
}

// intervals writes each combination as launchd takes it.
func (m matching) intervals() []string {
	found := []string{""}
	for _, part := range []struct {
		key    string
		values []int
	}{{"Month", m.months}, {"Day", m.days}, {"Weekday", m.weekdays}, {"Hour", m.hours}, {"Minute", m.minutes}} {
		if part.values == nil {
			continue
		}
		var longer []string
		for _, start := range found {
			for _, value := range part.values {
				longer = append(longer, fmt.Sprintf("%s<key>%s</key><integer>%d</integer>", start, part.key, value))
			}
		}
		found = longer
	}
	for i, text := range found {
		found[i] = "\t\t<dict>" + text + "</dict>\n"
	}
	return found
}

func numbers(values []int) string {
	if values == nil {
		return "*"
	}
	return joined(values, func(value int) string { return fmt.Sprintf("%02d", value) })
}

func weekdays(values []int) string {
	if values == nil {
		return ""
	}
	return joined(values, func(value int) string { return time.Weekday(value).String()[:3] }) + " "
}

func joined(values []int, write func(int) string) string {
	words := []string{}
	for _, value := range values {
		words = append(words, write(value))
	}
	return strings.Join(words, ",")
}
