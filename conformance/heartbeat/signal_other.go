//go:build !unix

package heartbeat

import (
	"errors"
	"os"
)

var errNoSignals = errors.New("heartbeat: this system cannot make a process stand still")

func suspend(*os.Process) error { return errNoSignals }
func proceed(*os.Process) error { return errNoSignals }
