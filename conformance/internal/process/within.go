package process

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"
)

// Limit bounds what a process may take, together with all that it starts. A bound of 0
// is none.
type Limit struct {
	// Processor is the processor time of all of them.
	Processor time.Duration
	// Idle is the time during which none of them wanted a processor. A process that
	// waits for what never comes is idle; one that waits for its turn on a busy machine
	// is not.
	Idle time.Duration
	// Wall is the time on the clock. It depends on what else the machine does.
	Wall time.Duration
	// Before is the processor time that was taken before, which does not count.
	Before time.Duration
}

// Usage is what a process took.
type Usage struct{ Processor, Idle time.Duration }

var (
	// ErrUsedUp is wrapped by the error of a process that took more processor time, or
	// was idle for longer, than its Limit says. It would have on a quiet machine, too.
	ErrUsedUp = errors.New("it does not end")
	// ErrLate is wrapped by the error of a process that was ended by Limit.Wall. That may
	// be the machine's doing.
	ErrLate = errors.New("it took too long")
)

// Within runs the command that cmd makes until it ends, its context is done, or it is
// over its limit. No process that the command starts outlives the call. Where the system
// does not tell what other processes take, only Limit.Wall ends it, and all time on the
// clock counts as idle.
func Within(ctx context.Context, limit Limit, cmd func(context.Context) *exec.Cmd) (Usage, error) {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	c := cmd(ctx)
	isolate(c)
	c.WaitDelay = goodbye
	began := time.Now()
	if err := c.Start(); err != nil {
		return Usage{}, err
	}
	defer endGroup(c)
	watched := make(chan Usage, 1)
	over, stop := context.WithCancel(ctx)
	go func() { watched <- Watch(over, c.Process.Pid, limit, end) }()
	err := c.Wait()
	stop()
	usage := <-watched
	usage.Processor = max(usage.Processor, c.ProcessState.UserTime()+c.ProcessState.SystemTime())
	if !CanMeter {
		usage.Idle = time.Since(began)
	}
	if cause := context.Cause(ctx); errors.Is(cause, ErrUsedUp) || errors.Is(cause, ErrLate) {
		err = cause
	}
	return usage, err
}

// look is how often a process is looked at.
const look = 200 * time.Millisecond

// Watch looks at a process that leads a process group, until ctx is done. It calls over
// when the group is over its limit, with an error that wraps ErrUsedUp or ErrLate.
func Watch(ctx context.Context, pid int, limit Limit, over func(error)) (u Usage) {
	began := time.Now()
	looks := time.NewTicker(look)
	defer looks.Stop()
	for {
		select {
		case <-ctx.Done():
			return u
		case <-looks.C:
		}
		if processor, wants, ok := meter(pid); ok {
			u.Processor = max(u.Processor, processor-limit.Before) // a child that was killed no longer counts
			if !wants {
				u.Idle += look
			}
		}
		if err := limit.check(u, time.Since(began)); err != nil {
			over(err)
			return u
		}
	}
}

func (l Limit) check(u Usage, wall time.Duration) error {
	second := func(d time.Duration) time.Duration { return d.Round(time.Second) }
	switch {
	case 0 < l.Processor && l.Processor < u.Processor:
		return fmt.Errorf("%w: it was given %s of processor time", ErrUsedUp, second(l.Processor))
	case 0 < l.Idle && l.Idle < u.Idle:
		return fmt.Errorf("%w: it was given %s to wait for others", ErrUsedUp, second(l.Idle))
	case 0 < l.Wall && l.Wall < wall:
		return fmt.Errorf("%w: %s, with %s of processor time", ErrLate, second(l.Wall), second(u.Processor))
	}
	return nil
}
