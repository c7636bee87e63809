//go:build unix

package process

import (
	"fmt"
	"os/exec"
	"os/signal"
	"syscall"
)

// isolate puts cmd into a process group of its own. The terminal's Ctrl-C then
// does not reach it before us, and the whole group can be ended at once.
func isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
}

// endGroup ends the rest of a command's process group.
func endGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
}

// LimitFiles limits the size of files, in bytes, that this process and its
// children write. A write beyond the limit fails.
func LimitFiles(size int64) error {
	signal.Ignore(syscall.SIGXFSZ) // the write's error says enough
	limit := syscall.Rlimit{Cur: uint64(size), Max: uint64(size)}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return fmt.Errorf("limit the size of files: %w", err)
	}
	return nil
}
