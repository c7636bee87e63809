//go:build unix

package heartbeat

import (
	"os"
	"syscall"
)

// suspend makes a process stand still.
func suspend(p *os.Process) error { return p.Signal(syscall.SIGSTOP) }

// proceed lets it go on.
func proceed(p *os.Process) error { return p.Signal(syscall.SIGCONT) }
