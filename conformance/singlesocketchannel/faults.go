package singlesocketchannel

import (
	"context"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/proxy"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
)

// operation is one thing that happens in a run, or one request of a client.
type operation struct {
	Kind, Node uint8
	Text       uint8
	Patience   uint8 // how long a client waits for its answer; mostly until it comes
	Bytes      uint8
}

// client sends requests one after the other, and compares what it is told.
func (c *cluster) client(ch *ssc.Channel, operations []operation, allowed ...error) {
	for _, op := range operations {
		ctx, cancel := patience.Context(c.ctx)
		may := allowed
		if op.Patience%8 == 0 {
			ctx, cancel = context.WithTimeout(ctx, time.Duration(op.Patience)*20*time.Microsecond)
			may = []error{ssc.ErrNotSent, ssc.ErrUnknown}
		}
		r := request{body: toolbox.Pick(texts, op.Text)}
		var err error
		if r.Future, err = ch.Send(ctx, []byte(r.body)); err == nil {
			err = r.wait(ctx)
		}
		c.Allow(err, may...)
		cancel()
	}
}

// work lets clients at both nodes send requests.
func (c *cluster) work(seed int64, clients, times int, allowed ...error) {
	for i, node := range names {
		ch := c.through(node)
		for n := range clients {
			work := toolbox.Workload[operation](seed*100+int64(50*i+n), times, times)
			c.clients.Go(func() { c.client(ch, work, allowed...) })
		}
	}
}

func faultless(string) proxy.Plan { return proxy.Faultless }

func faults(ctx context.Context, run conformance.Run) error {
	plan := func(to string) proxy.Plan { return proxy.Seeded(run.Seed*10+int64(to[0]), 4, 600) }
	return inCluster(ctx, run, "faults", 20*time.Millisecond, plan, func(c *cluster) {
		c.work(run.Seed, 3, 5)
		c.clients.Wait()
		c.quiet()
	})
}

func restarts(ctx context.Context, run conformance.Run) error {
	return inCluster(ctx, run, "restarts", 50*time.Millisecond, faultless, func(c *cluster) {
		for i, op := range toolbox.Workload[operation](run.Seed, 3, 3) {
			// The outcome of what was sent to the process that ends may be unknown.
			c.work(run.Seed+int64(i), 6, 4, ssc.ErrUnknown, ssc.ErrClosed)
			c.reads("b", c.hosts["b"].read.Load()+int64(op.Bytes)+1)
			c.restart(toolbox.Pick(names, op.Text))
			c.clients.Wait()
		}
		for _, node := range names { // the end of the last process may not be detected yet
			c.answered(c.send(c.through(node), 2), ssc.ErrUnknown)
		}
		c.quiet()
	})
}

// quiet lets an observer say that nothing is owed, when both nodes have sent a last request. It
// comes behind all others, and so does its answer.
func (c *cluster) quiet() {
	for _, node := range names {
		c.exchange(c.through(node), 1)
	}
	c.channel(names[0], "").Quiet()
}

// incidents are things that go wrong between two nodes, one a run.
var incidents = []func(*cluster){
	twoWriters, helloIsLate, writeTakesLong,
}

func incident(ctx context.Context, run conformance.Run) error {
	return inCluster(ctx, run, "incidents", time.Minute, faultless, func(c *cluster) {
		toolbox.Pick(incidents, run.Seed-1)(c)
		c.quiet()
	})
}

// twoWriters holds the write of a frame while another frame is due.
func twoWriters(c *cluster) {
	ch, writes := c.direct("a"), &c.hosts["a"].writes
	c.exchange(ch, 1)
	writes.Hold()
	sent := c.send(ch, 1)
	c.eventually("a writes", func() bool { return writes.Arrived() > 0 })
	sent = append(sent, c.send(ch, 1)...)
	time.Sleep(20 * time.Millisecond) // the time for a second writer, if there were one
	n := writes.Arrived()
	c.Check(n == 1, "%d goroutines write to one socket", n)
	writes.Open()
	c.answered(sent)
}

// helloIsLate lets the connection of a arrive when b has made one itself.
func helloIsLate(c *cluster) {
	c.hosts["b"].proxy.Hold()
	sent := c.send(c.through("a"), 1)
	c.eventually("a has dialled", func() bool { return c.hosts["b"].proxy.Open() == 1 })
	c.exchange(c.direct("b"), 1)
	c.answered(sent)
	c.hosts["b"].proxy.Release()
	c.eventually("b rejects the connection", func() bool { return c.hosts["b"].proxy.Open() == 0 })
	c.exchange(c.through("a"), 2)
}

// writeTakesLong holds the writes of a until their time is over.
func writeTakesLong(c *cluster) {
	c.options.WriteTimeout = 20 * time.Millisecond
	c.restart("a")
	ch, writes := c.direct("a"), &c.hosts["a"].writes
	c.exchange(ch, 1)
	writes.Hold()
	sent := c.send(ch, 2)
	c.eventually("a writes", func() bool { return writes.Arrived() > 0 })
	time.Sleep(c.options.WriteTimeout + time.Millisecond)
	writes.Open() // its deadline is over
	c.answered(sent)
}
