// Package run runs TLC and limits the number of its processes.
package run

import (
	"context"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

// Runner runs TLC from one installation. It is safe for concurrent use; each
// call runs TLC processes of its own.
type Runner struct {
	TLC      *tlc.TLC
	MemoryMB int           // heap of one TLC run; 0 leaves the choice to package tlc
	Timeout  time.Duration // of one TLC run; 0 means none
	// Processor is the processor time of one TLC run; 0 means no limit. See tlc.Job.
	Processor time.Duration
	Parallel  int // how many TLC processes may run at once; 0 means one
	// Progress, if set, is called from time to time with the amount of work
	// that is done. A total of 0 means that the total is unknown. Several
	// goroutines may call it at once.
	Progress func(work string, done, total int)
	Stats    *Stats // counts the runs; nil counts none

	once  sync.Once
	slots chan struct{} // holds a token for each TLC process that runs
}

// Advance reports progress, if Progress is set.
func (c *Runner) Advance(work string, done, total int) {
	if c.Progress != nil {
		c.Progress(work, done, total)
	}
}

// Turns returns the channel that holds a token for each TLC process that runs.
// A caller that starts TLC in another way sends a token, and receives it back
// at the end.
func (c *Runner) Turns() chan struct{} {
	c.once.Do(func() {
		if c.slots == nil {
			c.slots = make(chan struct{}, max(c.Parallel, 1))
		}
	})
	return c.slots
}

// Named returns a Runner with the same limit that reports its progress under a
// name.
func (c *Runner) Named(name string) *Runner {
	return &Runner{
		TLC: c.TLC, MemoryMB: c.MemoryMB, Timeout: c.Timeout, Processor: c.Processor, Parallel: c.Parallel, slots: c.Turns(), Stats: c.Stats,
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
	if job.Processor == 0 {
		job.Processor = c.Processor
	}
	r, err := c.TLC.Run(ctx, job)
	if err == nil {
		if c.Processor == 0 {
			NameLimit(r)
		}
		c.Stats.add(&job, r)
	}
	return r, err
}

// NameLimit adds to the message of a run that took too long how the user of the
// command gives it more time.
func NameLimit(r *tlc.Result) {
	if r.Outcome == tlc.TimedOut {
		r.Message += "; -timeout sets this limit"
	}
}

// Settings are those of a Runner for another process.
type Settings struct {
	TLC      *tlc.TLC
	MemoryMB int
	Timeout  time.Duration
}
