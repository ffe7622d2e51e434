package schedule_test

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/pipeline/schedule"
)

var command = schedule.Command{Program: "/srv/fmcg/bin/fmcg", Arguments: []string{"refresh"}, Dir: "/srv/fmcg"}

func units(t *testing.T, printer, expression, zone string, command schedule.Command) string {
	t.Helper()
	text, err := schedule.Units(printer, parse(t, expression, zone), command)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

var calendarLine = regexp.MustCompile(`(?m)^OnCalendar=(.*)$`)

func TestSystemdUnderstandsTheTimetableAsItIsMeant(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("DID NOT RUN: systemd-analyze is not here")
	}
	for _, expression := range []string{"02:00", "*/15 * * * *", "0 9-17/2 * * MON-FRI", "30 4 1,15 2 *", "5 0 * * 0"} {
		timetable := parse(t, expression, "Asia/Kolkata")
		line := calendarLine.FindStringSubmatch(units(t, "systemd", expression, "Asia/Kolkata", command))
		out, err := exec.Command("systemd-analyze", "calendar", "--iterations=5", "--base-time=2026-11-20 12:00:00 UTC", line[1]).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", line[1], err, out)
		}
		got := regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`).FindAllString(string(out), -1)
		var want []string
		at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
		for range 5 {
			at = timetable.Next(at)
			want = append(want, at.UTC().Format("2006-01-02 15:04:05 UTC"))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-ours +systemd's):\n%s\n%s", line[1], diff, out)
		}
	}
}

func TestTwoRestrictionsOfTheDayAreTwoLinesOfOneTimer(t *testing.T) {
	var got []string
	for _, line := range calendarLine.FindAllStringSubmatch(units(t, "systemd", "0 2 1 * MON", "Europe/Berlin", command), -1) {
		got = append(got, line[1])
	}
	want := []string{"*-*-01 02:00:00 Europe/Berlin", "Mon *-*-* 02:00:00 Europe/Berlin"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A crontab's line is run by a shell, once cron has taken the backslashes from its percent signs.
func TestTheLineForCronRunsTheCommandWordForWord(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "it's 100% odd")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "a program")
	writeFile(t, program, "#!/bin/sh\nprintf '%s\\n' \"$PWD\" \"$@\"\n")
	if err := os.Chmod(program, 0o755); err != nil {
		t.Fatal(err)
	}
	words := []string{"refresh", "--lake", "s3://bucket/a b", "--warehouse", "$HOME/`x`", ""}
	text := units(t, "cron", "30 4 1,15 * *", "UTC", schedule.Command{Program: program, Arguments: words, Dir: dir})
	lines := strings.Split(strings.TrimSpace(text), "\n")
	line, found := strings.CutPrefix(lines[len(lines)-1], "30 4 1,15 * * ")
	if !found || lines[len(lines)-2] != "CRON_TZ=UTC" {
		t.Fatal(text)
	}
	if strings.Contains(strings.ReplaceAll(line, `\%`, ""), "%") {
		t.Errorf("cron takes %% for a line end: %s", line)
	}
	if out, err := exec.Command("sh", "-c", strings.ReplaceAll(line, `\%`, "%")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got, err := os.ReadFile(filepath.Join(dir, "refresh.log"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append([]string{dir}, words...), strings.Split(strings.TrimSuffix(string(got), "\n"), "\n")); diff != "" {
		t.Error(diff)
	}
}

func TestThePropertyListOfLaunchdIsWellFormedAndHasEachTime(t *testing.T) {
	odd := schedule.Command{Program: "/srv/a & b/fmcg", Arguments: []string{"refresh", "--sql", "<tree>"}, Dir: "/srv/a & b"}
	text := units(t, "launchd", "0,30 2 1 * MON,TUE", "UTC", odd)
	decoder := xml.NewDecoder(strings.NewReader(text))
	var words []string
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if data, isData := token.(xml.CharData); isData && strings.TrimSpace(string(data)) != "" {
			words = append(words, string(data))
		}
	}
	for _, want := range []string{odd.Program, "<tree>", odd.Dir, odd.Dir + "/refresh.log"} {
		if !strings.Contains(strings.Join(words, "\n"), want) {
			t.Errorf("%q is not in it", want)
		}
	}
	if got, want := strings.Count(text, "<key>Minute</key>"), 2*1+2*2; got != want { // on the 1st, and on two weekdays
		t.Errorf("%d times, want %d:\n%s", got, want, text)
	}
	if _, err := schedule.Units("launchd", parse(t, "*/2 0-20 * * *", "UTC"), odd); err == nil || !strings.Contains(err.Error(), "630 times") {
		t.Errorf("more times than one would read: %v", err)
	}
	if _, err := schedule.Units("at", parse(t, "02:00", "UTC"), odd); err == nil || !strings.Contains(err.Error(), "systemd, cron, launchd") {
		t.Errorf("a scheduler that is not known: %v", err)
	}
}
