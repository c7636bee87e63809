// Package process starts the running program again in another role. It ends a
// process together with all processes that it has started.
package process

import (
	"os/exec"
	"time"
)

// goodbye is the time that a process may take to end after SIGTERM.
const goodbye = 3 * time.Second

// RunWhole runs cmd until it ends or its context is done. No process that cmd
// starts outlives the call.
func RunWhole(cmd *exec.Cmd) error {
	isolate(cmd)
	cmd.WaitDelay = goodbye
	defer endGroup(cmd)
	return cmd.Run()
}
