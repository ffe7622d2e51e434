//go:build !unix

package notify

import "os/exec"

// killGroup leaves the command to be killed alone, where there are no process groups.
func killGroup(*exec.Cmd) {}
