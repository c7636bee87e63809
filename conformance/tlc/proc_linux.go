package tlc

import (
	"os/exec"
	"runtime"
	"syscall"
)

// separate puts cmd into a process group of its own, and leaves it to cmd to end
// when this process does.
func separate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = waitDelay
}

// isolate puts cmd into a process group of its own, so that the terminal's
// Ctrl-C does not reach it before us and all of it can be ended at once. The
// kernel ends it, too, should this process be killed.
func isolate(cmd *exec.Cmd) {
	separate(cmd)
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
}

// The death signal is sent when the thread that started the process ends, and
// not only when the whole program does. So that thread is held until then.
func holdThread() (release func()) {
	runtime.LockOSThread()
	return runtime.UnlockOSThread
}
