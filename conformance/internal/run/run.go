// Package run runs TLC, a limited number of processes at once.
package run

import (
	"context"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

// Runner holds code against specs with one installation of TLC. It is safe
// for concurrent use; each call runs TLC processes of its own.
type Runner struct {
	TLC      *tlc.TLC
	MemoryMB int           // heap of one TLC run; 0 leaves it to the adapter
	Timeout  time.Duration // of one TLC run; 0 means none
	Parallel int           // how many TLC processes may run at once; 0 means one
	// Progress, if set, is told now and then how much of the present work is
	// done; a total of 0 is one that is not known. It may be called from
	// several goroutines at once.
	Progress func(work string, done, total int)

	once  sync.Once
	slots chan struct{} // holds a token for each TLC process that runs
}

func (c *Runner) Advance(work string, done, total int) {
	if c.Progress != nil {
		c.Progress(work, done, total)
	}
}

func (c *Runner) Turns() chan struct{} {
	c.once.Do(func() {
		if c.slots == nil {
			c.slots = make(chan struct{}, max(c.Parallel, 1))
		}
	})
	return c.slots
}

// Named is the same checker, whose work goes under a name.
func (c *Runner) Named(name string) *Runner {
	return &Runner{
		TLC: c.TLC, MemoryMB: c.MemoryMB, Timeout: c.Timeout, Parallel: c.Parallel, slots: c.Turns(),
		Progress: func(work string, done, total int) { c.Advance(name+": "+work, done, total) },
	}
}

// Run waits for its turn and runs TLC.
func (c *Runner) Run(ctx context.Context, job tlc.Job) (*tlc.Result, error) {
	slots := c.Turns()
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	job.Workers = max(job.Workers, 1)
	if job.MemoryMB == 0 {
		job.MemoryMB = c.MemoryMB
	}
	if job.Timeout == 0 {
		job.Timeout = c.Timeout
	}
	return c.TLC.Run(ctx, job)
}

// Settings are those of a Checker, for one in another process.
type Settings struct {
	TLC      *tlc.TLC
	MemoryMB int
	Timeout  time.Duration
}
