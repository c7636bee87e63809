package clockboundwait

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	cbw "github.com/lockstep-tla/lockstep/impl/clockboundwait"
	"github.com/lockstep-tla/lockstep/impl/environment/clock/clocktest"
	"github.com/lockstep-tla/lockstep/impl/environment/registertest"
	"github.com/lockstep-tla/lockstep/trace"
)

// clock is a node's clock. Its caller has the node's lock.
type clock struct{ *clocktest.Bounded }

// Now implements clockboundwait.Clock.
func (c clock) Now() (now cbw.Interval) {
	now.Earliest, now.Latest = c.Read()
	return now
}

// clients write and read on nodes, and note what they are told.
type clients struct {
	registertest.Histories // by node and key
	nodes                  map[string]*cbw.Node
	answers                *toolbox.Answers
	recorded               interface{ Steps() int }
	patient                func(ctx context.Context, patience int) (context.Context, context.CancelFunc)

	mu     sync.Mutex
	gaveUp []cbw.Request // the reads whose clients did not wait
}

// open opens the node with this index. The clock of n1 is ahead of its interval by excess, and that
// of n2 behind it.
func (c *clients) open(i int, seed int64, width uint64, excess int64, truth func() uint64, o cbw.Options) (err error) {
	o.Name, o.Clock = nodes[i], clock{clocktest.NewBounded(2*seed+int64(i), width, excess*int64(1-2*i), truth)}
	c.nodes[o.Name], err = cbw.Open(o)
	return err
}

// put writes a value. A write that was abandoned must never be read.
func (c *clients) put(ctx context.Context, client int, home, key, value string) error {
	op := c.Call(client, value)
	version, err := c.nodes[home].Put(ctx, key, value)
	if err != nil {
		return toolbox.Allow(err, cbw.ErrAbandoned)
	}
	c.Return(home+key, op, nil)
	c.answers.FromStep(c.recorded, fmt.Sprint(home, " has written ", version), func(step string, args, _ *trace.Record) bool {
		return step == "Commit" && args.String("node") == home && args.Uint("version") == version
	})
	return nil
}

// get reads a key of the home node, with a stamp of another one.
func (c *clients) get(ctx context.Context, client int, name, home, key string) error {
	op := c.Call(client, nil)
	r, err := c.nodes[name].Ask(home, key)
	if err != nil {
		return err
	}
	e, err := c.nodes[home].Get(ctx, r)
	if errors.Is(err, context.DeadlineExceeded) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.gaveUp = append(c.gaveUp, r)
		return nil
	}
	if err != nil {
		return err
	}
	c.Return(home+key, op, e.Value)
	c.answers.FromStep(c.recorded, fmt.Sprint(home, " has answered ", e.Version, " at ", r.Stamp), func(step string, args, _ *trace.Record) bool {
		return step == "Serve" && args.String("node") == home && args.String("from") == name &&
			args.Uint("stamp") == r.Stamp && args.Uint("answer") == e.Version
	})
	return nil
}

// work lets a client do random operations.
func (c *clients) work(ctx context.Context, seed int64, client, n int) (err error) {
	for i, op := range toolbox.Workload[operation](seed*10+int64(client), n, n) {
		ctx, done := c.patient(ctx, int(op.Time)%40)
		name, home, key := toolbox.Pick(nodes, op.Node), toolbox.Pick(nodes, op.Home), toolbox.Pick(keys, op.Key)
		if op.What%2 == 0 {
			err = errors.Join(err, c.put(ctx, client, home, key, fmt.Sprint(client, i)))
		} else {
			err = errors.Join(err, c.get(ctx, client, name, home, key))
		}
		done()
	}
	return err
}

// rest comes for the reads that were given up, and closes the nodes. Nothing waits then. The trace
// claims that in any case, so that a read which is never answered is refused.
func (c *clients) rest(ctx context.Context, truth *Truth) (err error) {
	for _, r := range c.gaveUp {
		ctx, done := c.patient(ctx, 39)
		err = errors.Join(err, toolbox.ErrOf(c.nodes[r.To].Get(ctx, r)))
		done()
	}
	truth.End()
	return errors.Join(err, c.Judge(), c.nodes["n1"].Close(), c.nodes["n2"].Close())
}

// virtual is nodes in virtual time. It goes on by one when all clients sleep, so that none passes
// between a reading of a clock and the step that records it.
type virtual struct {
	clients
	Truth
	*clocktest.Sleepers
}

// newVirtual opens the nodes, whose clocks err beyond their bounds by excess.
func newVirtual(seed, excess int64, awake int, rec *trace.Recorder, answers *toolbox.Answers) (v *virtual, err error) {
	v = &virtual{Truth: Truth{Rec: rec}, clients: clients{nodes: map[string]*cbw.Node{}, answers: answers, recorded: rec}}
	v.patient = clocktest.WithPatience
	v.Sleepers = clocktest.NewSleepers(awake, func() { _ = v.Tick(v.Now + 1) })
	now := func() uint64 { return v.Now } // its caller is awake
	sleep := func(ctx context.Context, _ time.Duration) error { return v.Sleep(ctx) }
	for i, name := range nodes {
		err = errors.Join(err, v.open(i, seed, widths[name], excess, now, cbw.Options{Sleep: sleep, Trace: rec}))
	}
	return v, err
}

// goroutines are clients of both nodes. Some give up.
func goroutines(ctx context.Context, run conformance.Run) error {
	return toolbox.RecordAnswers(run, header("goroutines", run.Seed), func(rec *trace.Recorder, answers *toolbox.Answers) error {
		const clients = 4
		v, err := newVirtual(run.Seed, 0, clients, rec, answers)
		if err != nil {
			return err
		}
		err = toolbox.Concurrently(clients, func(client int) error {
			defer v.Add(-1)
			return v.work(ctx, run.Seed, client, 6)
		})
		v.Add(1)
		return errors.Join(err, v.rest(ctx, &v.Truth))
	})
}
