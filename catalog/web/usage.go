package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// How long reads are remembered, how many days count for what is most used, and how often they are written down.
const (
	usageDays   = 90
	recentDays  = 30
	usageWrites = time.Minute
)

// usage counts how often people read each table, a day at a time: by SQL, questions, dashboards, or a look at its rows. It is kept
// beside the published file. It is told for convenience: what cannot be read or written is logged, and fails nothing.
type usage struct {
	path string
	now  func() time.Time
	log  *slog.Logger

	mu      sync.Mutex
	kept    reads // as they stand in the file
	added   reads // since they were written
	written time.Time
	failed  bool // it was logged
}

// reads are how often tables were read, by table and day, 2025-11-30.
type reads map[string]map[string]int64

func (r reads) add(table, day string, times int64) {
	if r[table] == nil {
		r[table] = map[string]int64{}
	}
	r[table][day] += times
}

// usageFile is what stands in the file.
type usageFile struct {
	Tables reads `json:"tables"`
}

func newUsage(path string, now func() time.Time, log *slog.Logger) *usage {
	u := &usage{path: path, now: now, log: log, added: reads{}}
	u.kept = u.read()
	return u
}

// read reads the file; what cannot be read is as if nothing was.
func (u *usage) read() reads {
	var found usageFile
	body, err := os.ReadFile(u.path)
	if err == nil {
		err = json.Unmarshal(body, &found)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		u.log.Warn("cannot read how often tables were read; counting begins anew", "file", u.path, "error", err)
		return reads{}
	}
	if found.Tables == nil {
		return reads{}
	}
	return found.Tables
}

// note counts a read of some tables.
func (u *usage) note(tables ...string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	day := u.now().UTC().Format(time.DateOnly)
	for _, table := range tables {
		u.added.add(table, day, 1)
	}
}

// recent is how often a table was read on each of the last days, the oldest first, and in all of them.
func (u *usage) recent(table string) (days []int64, total int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	today := u.now().UTC()
	for ago := recentDays - 1; ago >= 0; ago-- {
		day := today.AddDate(0, 0, -ago).Format(time.DateOnly)
		times := u.kept[table][day] + u.added[table][day]
		days, total = append(days, times), total+times
	}
	return days, total
}

// flush adds the counts to the file, if there are any and it is time to; at the end it always is. Another server may have written.
func (u *usage) flush(atEnd bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	now := u.now()
	if len(u.added) == 0 || !atEnd && now.Sub(u.written) < usageWrites {
		return
	}
	u.written = now
	all := u.read()
	for table, days := range u.added {
		for day, times := range days {
			all.add(table, day, times)
		}
	}
	oldest := now.UTC().AddDate(0, 0, -usageDays).Format(time.DateOnly)
	for table, days := range all {
		maps.DeleteFunc(days, func(day string, _ int64) bool { return day < oldest })
		if len(days) == 0 {
			delete(all, table)
		}
	}
	err := writeWhole(u.path, usageFile{all})
	if err == nil {
		u.kept, u.added = all, reads{}
	} else if !u.failed {
		u.log.Warn("cannot keep how often tables were read; it is forgotten when the server stops", "file", u.path, "error", err)
	}
	u.failed = err != nil
}

// writeWhole writes a value as JSON into a file, whole or not at all.
func writeWhole(path string, value any) (err error) {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	_, err = file.Write(append(body, '\n'))
	if err = errors.Join(err, file.Chmod(0o644), file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(file.Name(), path)
}
