package s3test

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// supportsAttributes says whether the file system of dir has extended attributes for users.
func supportsAttributes(dir string) bool {
	probe := filepath.Join(dir, ".attributes")
	if err := os.WriteFile(probe, nil, 0o600); err != nil {
		return false
	}
	defer os.Remove(probe)
	return unix.Setxattr(probe, "user.fmcg", []byte("1"), 0) == nil
}
