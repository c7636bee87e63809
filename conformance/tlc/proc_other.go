//go:build !unix

package tlc

import "os/exec"

// isolate leaves it to os/exec to end the process: there are no process groups.
func isolate(cmd *exec.Cmd) { cmd.WaitDelay = waitDelay }

func separate(cmd *exec.Cmd) { isolate(cmd) }

func holdThread() (release func()) { return func() {} }
