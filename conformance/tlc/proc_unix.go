//go:build unix && !linux

package tlc

import (
	"os/exec"
	"syscall"
)

// isolate puts cmd into a process group of its own, so that the terminal's
// Ctrl-C does not reach it before us and all of it can be ended at once.
func isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = waitDelay
}

// separate is isolate: no process ends another one here by ending itself.
func separate(cmd *exec.Cmd) { isolate(cmd) }

func holdThread() (release func()) { return func() {} }
