// Package process starts the running program again in another role, and ends
// processes with all that they have started.
package process

import (
	"os/exec"
	"time"
)

// goodbye is how long a process that was asked to end may take to do so.
const goodbye = 3 * time.Second

// RunWhole runs cmd to its end, or to that of its context, with all processes
// that it starts: none of them outlives the call.
func RunWhole(cmd *exec.Cmd) error {
	isolate(cmd)
	cmd.WaitDelay = goodbye
	defer endGroup(cmd)
	return cmd.Run()
}
