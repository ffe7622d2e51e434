package catalog

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// ReplaceFile writes a file beside the one it then takes the place of, with the rights of that: a reader sees the old one or the new.
func ReplaceFile(path string, content []byte) (err error) {
	mode := fs.FileMode(0o644)
	if was, err := os.Stat(path); err == nil {
		mode = was.Mode().Perm()
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
	_, err = file.Write(content)
	if err = errors.Join(err, file.Chmod(mode), file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
