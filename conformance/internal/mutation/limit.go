package mutation

import (
	"time"

	child "github.com/lockstep-tla/lockstep/conformance/internal/process"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/trace"
)

// A mutant may make a model, a search or a run much larger, or endless. What it does is
// given up when it takes this many times as much as the same does without it, and the
// grace. That is processor time, which does not depend on how busy the machine is, and of
// the code also the time in which a run waits for nothing but itself. Time on the clock
// ends only what neither of them ends, at far times their sum, and gives no verdict.
const (
	patience = 4
	far      = 100
)

var grace = 20 * time.Second // tests set it

// A trace of a mutant is replayed up to this many times the length of the longest trace
// without it; a file may grow to as many times the size of the largest. Up to the least
// ones all are small.
const (
	longer     = 10
	leastSteps = 2000
	leastBytes = 16 << 20
)

// allowed is what a mutant may take for what takes this long without it.
func allowed(d time.Duration) time.Duration { return patience*d + grace }

// measure returns the processor time that a mutant may take for work that runs TLC. The
// work is done on the pattern as it is. What the store has is done anew: it took no time.
func measure(c *run.Runner, name string, work func(*run.Runner) error) (time.Duration, error) {
	anew := *c.TLC
	anew.Store = anew.Store.Fresh()
	runner := c.Named(name)
	runner.TLC, runner.Stats = &anew, &run.Stats{}
	err := work(runner)
	c.Stats.Add(runner.Stats)
	return allowed(runner.Stats.Processor()), err
}

// within is a runner whose runs of TLC take no more processor time than this, and are
// ended by the clock only in the far end, unless the user has set an earlier one.
func within(c *run.Runner, name string, limit time.Duration) *run.Runner {
	runner := c.Named(name)
	runner.Processor = limit
	if last := far * limit; runner.Timeout == 0 || last < runner.Timeout {
		runner.Timeout = last
	}
	return runner
}

// limitOf is what a mutant may take for what took this much without it.
func limitOf(u child.Usage) child.Limit {
	l := child.Limit{Processor: allowed(u.Processor), Idle: allowed(u.Idle)}
	l.Wall = far * (l.Processor + l.Idle)
	return l
}

// bounds are those of the traces of a mutant.
type bounds struct {
	steps int
	bytes int64
}

// boundsOf are the bounds that follow from the traces without mutants.
func boundsOf(traces []*trace.Trace, largest int64) bounds {
	b := bounds{leastSteps, max(leastBytes, longer*largest)}
	for _, t := range traces {
		b.steps = max(b.steps, longer*len(t.Events))
	}
	return b
}

// cut is a trace as far as it is replayed, and whether that is not all of it.
func (b bounds) cut(t *trace.Trace) (*trace.Trace, bool) {
	if len(t.Events) <= b.steps {
		return t, false
	}
	part := *t
	part.Events = t.Events[:b.steps]
	return &part, true
}
