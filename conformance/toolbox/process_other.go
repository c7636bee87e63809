//go:build !unix

package toolbox

import "errors"

var errNoSignals = errors.New("this system cannot make a process stand still")

// Suspend makes the process stand still.
func (p *Process) Suspend() error { return errNoSignals }

// Continue lets a process go on that was suspended.
func (p *Process) Continue() error { return errNoSignals }
