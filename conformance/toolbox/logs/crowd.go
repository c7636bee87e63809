package logs

import (
	"context"
	"errors"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/trace"
)

// Crowd is a program in which goroutines add to a log in real files at the same time, and
// others work beside them.
type Crowd struct {
	Name   string // of the scenario
	Header Header
	Node   string
	// Acknowledged is the field of the view that says up to where entries are acknowledged.
	Acknowledged string
	Writers      int // goroutines
	Each         int // entries that each of them adds
	Rounds       int // how often the log is opened
	// Open is the start of a process. Its Next is called by the writers.
	Open func(rec *trace.Recorder, fs disk.FS, folder string, n int) (*Process, error)
	// Nondeterministic is that of the scenario.
	Nondeterministic bool
}

// Scenario is the crowd as a scenario. What a writer was told is held against the trace.
func (c *Crowd) Scenario(runs int, about string) conformance.Scenario {
	return conformance.Scenario{Name: c.Name, About: about, Runs: runs, Nondeterministic: c.Nondeterministic, Run: c.run}
}

func (c *Crowd) run(ctx context.Context, run conformance.Run) error {
	return toolbox.RecordAnswers(run, c.Header.Of(c.Name, run.Seed), func(rec *trace.Recorder, answers *toolbox.Answers) error {
		for range c.Rounds {
			b := &beside{flushes: make(chan struct{})}
			p, err := c.Open(rec, disktest.Intercept(disk.OS{}, disktest.Failpoint{Before: b.before}), run.Dir, int(run.Seed))
			if err != nil {
				return err
			}
			told := func(index uint64) {
				answers.Told(rec, c.Node, "an entry is acknowledged", func(state *trace.Record) bool {
					return state.String("mode") == "up" && state.Uint(c.Acknowledged) >= index
				})
			}
			err = toItsEnd(ctx, rec, run.Path, c.Node, func() error { return errors.Join(b.run(p, func() error { return c.work(ctx, p, told) }), p.Settle()) })
			if err == nil {
				err = ClaimEnd(rec, run.Path, c.Node)
			}
			if err := errors.Join(err, p.Close()); err != nil {
				return err
			}
		}
		return nil
	})
}

// work lets all goroutines do theirs.
func (c *Crowd) work(ctx context.Context, p *Process, told func(index uint64)) error {
	return toolbox.Concurrently(c.Writers+len(p.Beside), func(i int) error {
		if i >= c.Writers {
			return p.Beside[i-c.Writers](ctx)
		}
		for range c.Each {
			index, err := p.Next(i)
			for err != nil && errors.Is(err, p.Truncated) {
				index, err = p.Next(i)
			}
			if err = errors.Join(err, ctx.Err()); err != nil {
				return err
			}
			told(index)
		}
		return nil
	})
}

// beside calls a Process's Flushing while its flushes are under way.
type beside struct{ flushes chan struct{} }

// before gives Flushing time to come before the flush has ended.
func (b *beside) before(op disktest.Op) error {
	if op.Kind == disktest.Sync {
		select {
		case b.flushes <- struct{}{}:
			time.Sleep(time.Millisecond)
		default: // it is not called, or busy
		}
	}
	return nil
}

// run calls Flushing until the work is done.
func (b *beside) run(p *Process, work func() error) (err error) {
	if p.Flushing == nil {
		return work()
	}
	done, failed := make(chan struct{}), make(chan error, 1)
	go func() {
		var err error
		for n := 0; ; n++ {
			select {
			case <-done:
				failed <- err
				return
			case <-b.flushes:
			case <-time.After(5 * time.Millisecond): // there may be nothing to flush before it was called
			}
			err = errors.Join(err, p.Flushing(n))
		}
	}()
	err = work()
	close(done)
	return errors.Join(err, <-failed)
}

// Truncating is for the Flushing of a log that holds back its entries. Each third time it
// truncates what the log holds back, and otherwise it lets go what is there. Held says from
// which entry on the log holds back, and up to which. The log refuses with tooLate to truncate
// what it has let go meanwhile.
func Truncating(held func() (from, upTo uint64), truncateFrom, letGo func(uint64) error, tooLate error) func(n int) error {
	return func(n int) error {
		from, upTo := held()
		if n%3 == 0 {
			return toolbox.Allow(truncateFrom(from), tooLate)
		}
		return letGo(upTo)
	}
}
