package demo

import (
	"context"
	"os"
	"path/filepath"
	"time"
)

// FolderSink writes the lake below dir, which it makes. A file appears whole or not at all, under a name that nobody takes for
// a table until it is complete, and carries the modified time it was given. Files of a former
// lake in dir that the new one has no name for stay.
func FolderSink(dir string) Sink {
	return func(_ context.Context, path string, body []byte, modified time.Time) error {
		target := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		part, err := os.CreateTemp(filepath.Dir(target), ".demo-*.part")
		if err != nil {
			return err
		}
		defer os.Remove(part.Name()) // finds nothing once renamed
		if _, err := part.Write(body); err != nil {
			part.Close()
			return err
		}
		if err := part.Close(); err != nil {
			return err
		}
		if err := os.Chmod(part.Name(), 0o644); err != nil {
			return err
		}
		if err := os.Chtimes(part.Name(), modified, modified); err != nil {
			return err
		}
		return os.Rename(part.Name(), target)
	}
}
