//go:build unix

package toolbox

import (
	"errors"
	"os/exec"
	"syscall"
)

// Suspend makes the process stand still.
func (p *Process) Suspend() error { return p.cmd.Process.Signal(syscall.SIGSTOP) }

// Continue lets a process go on that was suspended.
func (p *Process) Continue() error { return p.cmd.Process.Signal(syscall.SIGCONT) }

// hasFailed says whether a process has ended in another way than by a kill.
func hasFailed(err error) bool {
	var exit *exec.ExitError
	return err != nil && (!errors.As(err, &exit) || exit.Exited())
}
