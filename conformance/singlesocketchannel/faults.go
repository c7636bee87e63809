package singlesocketchannel

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/channels"
	"github.com/lockstep-tla/lockstep/impl/environment/proxy"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
	"github.com/lockstep-tla/lockstep/trace"
)

// patience is how long a run waits for other goroutines and the network.
var patience toolbox.Patience

// cluster is two nodes on TCP, each behind a proxy, and a trace of what they do.
type cluster struct {
	toolbox.Script // of all goroutines of the run
	ctx            context.Context
	options        ssc.Options
	hosts          map[string]*host
	clients        sync.WaitGroup
	asking         atomic.Int64 // clients that have requests left
}

// host is where the processes of one name run.
type host struct {
	*ssc.Node
	incarnation uint64
	proxy       *proxy.Proxy // the way to it
	handled     atomic.Int64 // requests
}

// faults lets clients ask while connections break.
func faults(ctx context.Context, run conformance.Run) error {
	plan := func(to string) proxy.Plan { return proxy.Seeded(run.Seed*10+int64(to[0]), 4, 600) }
	return inCluster(ctx, run, "faults", 20*time.Millisecond, plan, func(c *cluster) {
		c.work(run.Seed, 3, 5)
		c.clients.Wait()
	})
}

// restarts replaces processes while clients ask.
func restarts(ctx context.Context, run conformance.Run) error {
	plan := func(string) proxy.Plan { return proxy.Faultless }
	return inCluster(ctx, run, "restarts", 50*time.Millisecond, plan, func(c *cluster) {
		for i, op := range toolbox.Workload[operation](run.Seed, 3, 3) {
			// The outcome of what was sent to the process that ends may be unknown.
			c.work(run.Seed+int64(i), 6, 4, ssc.ErrUnknown, ssc.ErrClosed)
			b := c.hosts["b"]
			enough := b.handled.Load() + int64(op.Bytes%16)
			// A connection that counts as dead on a slow machine takes many requests with it.
			c.Must(patience.Eventually(ctx, "b has handled more, or the clients have ended", func() bool {
				return b.handled.Load() >= enough || c.asking.Load() == 0
			}))
			ends := toolbox.Pick(names, op.Text)
			c.Must(c.hosts[ends].Close())
			c.start(ends, nil)
			c.clients.Wait()
		}
		c.last(ssc.ErrUnknown) // the end of a process may not be detected yet
		c.last(ssc.ErrUnknown)
	})
}

// inCluster records what do does with the nodes, whose heartbeats are so far apart. Of a connection's
// writes each twentieth fails. At the end both send a last request, which comes behind all others, as
// its answer does, and an observer says that nothing is owed.
func inCluster(ctx context.Context, run conformance.Run, scenario string, heartbeat time.Duration, plan func(to string) proxy.Plan, do func(*cluster)) error {
	return toolbox.Record(run, header(scenario, run.Seed), func(rec *trace.Recorder) (err error) {
		c := &cluster{ctx: ctx, hosts: map[string]*host{}, options: ssc.Options{
			Heartbeat: heartbeat, Silence: missed, ConnectTimeout: max(40*heartbeat, 200*time.Millisecond),
			WriteTimeout: max(10*heartbeat, time.Second), Backoff: 5 * time.Millisecond,
			MaxMessage: maxMessage, Window: window, Room: room, Buffer: 16, Network: channels.Failing(20),
			Trace: func(string) *trace.Recorder { return rec },
		}}
		defer func() { err = errors.Join(c.close(), c.Err()) }()
		before := toolbox.CountFrom(rec, run.Seed)
		for _, name := range names {
			c.hosts[name] = &host{incarnation: before + 1} // as if that many had ended
			if c.start(name, plan(name)); c.Err() != nil {
				return nil
			}
		}
		do(c)
		c.last()
		c.channel(names[0], "").Quiet()
		return nil
	})
}

func (c *cluster) close() (err error) {
	c.clients.Wait()
	for _, h := range c.hosts {
		if h.proxy != nil {
			err = errors.Join(err, h.Close(), h.proxy.Close())
		}
	}
	return err
}

// start starts a process of that name. The plan is for the first one.
func (c *cluster) start(name string, plan proxy.Plan) {
	h, o := c.hosts[name], c.options
	h.incarnation++
	o.Incarnation = h.incarnation
	n, err := ssc.Listen(name, "127.0.0.1:0", func(_ context.Context, _ string, request []byte) ([]byte, error) {
		h.handled.Add(1)
		return request, nil // as in the spec
	}, o)
	if c.Must(err); err != nil {
		return
	}
	h.Node = n
	if h.proxy == nil {
		h.proxy, err = proxy.New(n.Addr().String(), plan)
		c.Must(err)
	}
	h.proxy.Retarget(n.Addr().String())
	c.channel(name, "") // it is there from now on, also for the trace
}

func (c *cluster) channel(name, addr string) *ssc.Channel {
	ch, err := c.hosts[name].Peer(other(name), addr)
	c.Must(err)
	return ch
}

// through is the way from a node to the other one through the proxy.
func (c *cluster) through(name string) *ssc.Channel {
	return c.channel(name, c.hosts[other(name)].proxy.Addr())
}

// operation is one thing that happens in a run, or one request of a client.
type operation struct {
	Kind, Node uint8
	Text       uint8
	Patience   uint8 // how long a client waits for its answer; mostly until it comes
	Bytes      uint8
}

// work lets clients at both nodes send requests through the proxies.
func (c *cluster) work(seed int64, clients, times int, allowed ...error) {
	for i, node := range names {
		ch := c.through(node)
		for n := range clients {
			c.asking.Add(1)
			c.clients.Go(func() {
				defer c.asking.Add(-1)
				for _, op := range toolbox.Workload[operation](seed*100+int64(50*i+n), times, times) {
					c.request(ch, op, allowed...)
				}
			})
		}
	}
}

// last lets each node send a request, and waits for the answer.
func (c *cluster) last(allowed ...error) {
	for _, node := range names {
		c.request(c.through(node), operation{Patience: 1}, allowed...)
	}
}

// request sends a request and waits for its answer, which must be that to this request.
func (c *cluster) request(ch *ssc.Channel, op operation, allowed ...error) {
	ctx, cancel := patience.Context(c.ctx)
	defer cancel()
	if op.Patience%8 == 0 {
		ctx, cancel = context.WithTimeout(ctx, time.Duration(op.Patience)*20*time.Microsecond)
		defer cancel()
		allowed = []error{ssc.ErrNotSent, ssc.ErrUnknown}
	}
	text := toolbox.Pick(texts, op.Text)
	answer, err := ch.Request(ctx, []byte(text))
	c.Check(err != nil || string(answer) == text, "request %q, answer %q", text, answer)
	c.Allow(err, allowed...)
}
