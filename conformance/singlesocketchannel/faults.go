package singlesocketchannel

import (
	"context"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/proxy"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
)

// operation is one request of a client.
type operation struct {
	Text     uint8
	Patience uint8 // how long its client waits for the answer; mostly until it comes
	Bytes    uint8
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
	})
}

// incidents are things that go wrong between two nodes, one a run.
var incidents = []func(*cluster){
	oldReader, twoWriters, deadEnd, lostAnswer, processEnds, helloIsLate, socketIsHalfOpen, writeTakesLong,
}

func incident(ctx context.Context, run conformance.Run) error {
	n := int(run.Seed-1) % len(incidents)
	heartbeat := time.Minute
	if n == 2 {
		heartbeat = 10 * time.Millisecond // deadEnd waits for some of them
	}
	return inCluster(ctx, run, "incidents", heartbeat, faultless, incidents[n])
}

const (
	frameSize    = 4 + 1 + 8 + 8                 // of a frame without a body, in bytes
	greetingSize = frameSize + 19 + 2*(1+1) + 16 // of a greeting between a and b
)

// sizeOf returns the size in bytes of the first count requests.
func sizeOf(count int) (size int64) {
	for _, t := range texts[:count] {
		size += int64(frameSize + len(t))
	}
	return size
}

// oldReader leaves a reader of b with a request for which there is no room, and then
// replaces its connection.
func oldReader(c *cluster) {
	c.handlers.Hold()
	sent := c.send(c.through("a"), room+1)
	c.reads("b", greetingSize+sizeOf(room+1))
	c.hosts["b"].proxy.CutClients()
	c.reads("b", 2*(greetingSize+sizeOf(room+1)))
	c.handlers.Open()
	c.answered(sent)
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

// deadEnd holds everything on its way to b and back.
func deadEnd(c *cluster) {
	ch, back := c.through("a"), c.channel("b", "")
	c.exchange(ch, 2)
	c.hosts["b"].proxy.Hold()
	c.eventually("both ends detect it", func() bool { return !ch.Connected() && !back.Connected() })
	c.hosts["b"].proxy.Release()
	c.exchange(ch, 2)
}

// lostAnswer cuts the connection when b has handled a request, and before the answer
// reaches a.
func lostAnswer(c *cluster) {
	ch := c.through("a")
	c.exchange(ch, 1)
	c.handlers.Hold()
	sent := c.send(ch, 2)
	c.handling(1)
	c.reads("b", greetingSize+sizeOf(1)+sizeOf(2))
	c.hosts["b"].proxy.Hold()
	c.handlers.PassOne(c.ctx)
	c.handling(2) // the first is done, the second has begun
	c.hosts["b"].proxy.Cut()
	c.hosts["b"].proxy.Release()
	c.handlers.Open()
	c.answered(sent)
}

// processEnds ends b while it handles a request, and then a.
func processEnds(c *cluster) {
	c.handlers.Hold()
	ch := c.through("a")
	sent := c.send(ch, 1)
	c.handling(1)
	c.Must(c.hosts["b"].Close())
	c.eventually("a detects it", func() bool { return !ch.Connected() })
	c.start("b", nil)
	c.handlers.Open()
	for _, r := range sent {
		c.Refused(r.wait(c.ctx), ssc.ErrUnknown)
	}
	c.exchange(ch, 2)
	c.restart("a") // it has not seen any epoch
	c.exchange(c.through("a"), 2)
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

// socketIsHalfOpen lets b lose a connection that a still has open, and dial.
func socketIsHalfOpen(c *cluster) {
	c.exchange(c.through("a"), 2)
	c.hosts["b"].proxy.CutServers()
	back := c.direct("b")
	c.eventually("b detects it", func() bool { return !back.Connected() })
	c.exchange(back, 2)
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
