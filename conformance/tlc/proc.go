package tlc

import (
	"os/exec"
	"time"
)

// waitDelay is how long the pipes of a killed process may stay open, held by a
// process that it has started itself.
const waitDelay = 5 * time.Second

// runLocked runs cmd to its end.
func runLocked(cmd *exec.Cmd) error {
	start, wait := launch(cmd)
	if err := <-start; err != nil {
		return err
	}
	return wait()
}

// launch starts cmd on a thread that is kept as long as the process lives. The
// channel says whether it has started; if so, wait must be called once, after
// all that comes through pipes has been read.
func launch(cmd *exec.Cmd) (started <-chan error, wait func() error) {
	start, read, ended := make(chan error, 1), make(chan struct{}), make(chan error, 1)
	go func() {
		defer holdThread()()
		err := cmd.Start()
		start <- err
		if err != nil {
			return
		}
		<-read
		ended <- cmd.Wait()
	}()
	return start, func() error {
		close(read)
		return <-ended
	}
}
