//go:build unix

package notify

import (
	"os/exec"
	"syscall"
)

// killGroup makes a command the head of a process group, which is killed as a whole.
func killGroup(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
}
