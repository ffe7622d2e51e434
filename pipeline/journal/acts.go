package journal

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// ActsFile is the name of the file of operators' acts beside the warehouse.
const ActsFile = "activity.jsonl"

// Acts of operators.
const (
	RunAsked        = "run"             // Run; Parameters: what it was told otherwise than usual
	RepairAsked     = "repair"          // Run; Detail: the run that it goes on from
	CancelAsked     = "cancel"          // Run
	SchedulePaused  = "pause"           // Detail: the reason
	ScheduleResumed = "resume"          //
	ScheduleAdded   = "schedule_add"    // Schedule; Detail: what it is
	ScheduleChanged = "schedule_change" // Schedule; Detail: what it is, Before: what it was
	ScheduleRemoved = "schedule_remove" // Schedule; Before: what it was
)

// Act is one line of the file: what somebody did to the job.
type Act struct {
	At         time.Time      `json:"at"`
	By         string         `json:"by"`
	Act        string         `json:"act"`
	Run        string         `json:"run,omitempty"`
	Schedule   string         `json:"schedule,omitempty"`
	Detail     string         `json:"detail,omitempty"`
	Before     string         `json:"before,omitempty"`
	Parameters map[string]any `json:"parameters,omitempty"`
}

// Note appends an act to the file in dir, the folder of the warehouse, in one write.
func Note(dir string, act Act) (err error) {
	act.At = act.At.UTC()
	line, err := json.Marshal(act)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Join(dir, ActsFile), os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o644)
	if err != nil {
		return fmt.Errorf("note who did it: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	end, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	last := []byte{'\n'}
	if end > 0 {
		if _, err := file.ReadAt(last, end-1); err != nil {
			return err
		}
	}
	if last[0] != '\n' { // a crash cut the line before short: this one is not to be lost with it
		line = append([]byte{'\n'}, line...)
	}
	_, err = file.Write(append(line, '\n'))
	return err
}

// Acts returns the newest acts, at most so many, newest first. A line that was cut short is left out.
func Acts(dir string, most int) ([]Act, error) {
	file, err := os.Open(filepath.Join(dir, ActsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var acts []Act
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var act Act
		if json.Unmarshal(lines.Bytes(), &act) == nil && act.Act != "" {
			acts = append(acts, act)
		}
		if len(acts) > 2*most {
			acts = slices.Delete(acts, 0, len(acts)-most)
		}
	}
	slices.Reverse(acts)
	return acts[:min(most, len(acts))], lines.Err()
}
