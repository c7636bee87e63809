//go:build unix

package toolbox

import "syscall"

// Suspend makes the process stand still.
func (p *Process) Suspend() error { return p.cmd.Process.Signal(syscall.SIGSTOP) }

// Continue lets a process go on that was suspended.
func (p *Process) Continue() error { return p.cmd.Process.Signal(syscall.SIGCONT) }
