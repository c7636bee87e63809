package singlesocketchannel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
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
}

// host is where the processes of one name run.
type host struct {
	*ssc.Node
	incarnation uint64
	proxy       *proxy.Proxy // the way to it
	read        atomic.Int64 // bytes
	writes      toolbox.Gate // in front of its sockets
}

// inCluster records what do does with the nodes, whose heartbeats are so far apart.
func inCluster(ctx context.Context, run conformance.Run, scenario string, heartbeat time.Duration, plan func(to string) proxy.Plan, do func(*cluster)) error {
	return toolbox.Record(run, header(scenario, run.Seed), func(rec *trace.Recorder) (err error) {
		c := &cluster{ctx: ctx, hosts: map[string]*host{}, options: ssc.Options{
			Heartbeat: heartbeat, Silence: missed, ConnectTimeout: max(40*heartbeat, 200*time.Millisecond),
			WriteTimeout: max(10*heartbeat, time.Second), Backoff: 5 * time.Millisecond,
			MaxMessage: maxMessage, Window: window, Room: room, Buffer: 16,
			Trace: func(string) *trace.Recorder { return rec },
		}}
		defer func() { err = errors.Join(c.close(), c.Err()) }()
		for _, name := range names {
			c.hosts[name] = &host{}
			c.start(name, plan(name))
		}
		if c.Err() == nil {
			do(c)
		}
		return nil
	})
}

func (c *cluster) close() (err error) {
	for _, h := range c.hosts {
		h.writes.Open()
		if h.Node != nil {
			err = errors.Join(err, h.Close())
		}
	}
	c.clients.Wait()
	for _, h := range c.hosts {
		if h.proxy != nil {
			err = errors.Join(err, h.proxy.Close())
		}
	}
	return err
}

// start starts a process of that name. The plan is for the first one.
func (c *cluster) start(name string, plan proxy.Plan) {
	h, o := c.hosts[name], c.options
	h.incarnation++
	o.Incarnation, o.Network = h.incarnation, h.network(c.ctx)
	n, err := ssc.Listen(name, "127.0.0.1:0", c.handle, o)
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

// network is TCP that counts what is read, and holds writes.
func (h *host) network(ctx context.Context) ssc.Network {
	return networktest.Intercept(ssc.TCP{}, func(conn net.Conn) net.Conn {
		return &networktest.Conn{
			Conn:      conn,
			AfterRead: func(p []byte) { h.read.Add(int64(len(p))) },
			BeforeWrite: func([]byte) error {
				h.writes.Pass(ctx)
				return nil
			},
		}
	})
}

// restart ends a process and starts the next one.
func (c *cluster) restart(name string) {
	c.Must(c.hosts[name].Close())
	c.start(name, nil)
}

func (c *cluster) channel(name, addr string) *ssc.Channel {
	ch, err := c.hosts[name].Peer(other(name), addr)
	c.Must(err)
	return ch
}

// through is the way from a node to the other one through the proxy, and direct that
// without it.
func (c *cluster) through(name string) *ssc.Channel {
	return c.channel(name, c.hosts[other(name)].proxy.Addr())
}
func (c *cluster) direct(name string) *ssc.Channel {
	return c.channel(name, c.hosts[other(name)].Addr().String())
}

// handle answers with the request, as in the spec.
func (c *cluster) handle(_ context.Context, _ string, request []byte) ([]byte, error) {
	return request, nil
}

func (c *cluster) eventually(what string, holds func() bool) {
	c.Must(patience.Eventually(c.ctx, what, holds))
}

// reads waits until a node has read the given number of bytes in all.
func (c *cluster) reads(node string, bytes int64) {
	c.eventually(fmt.Sprintf("%s has read %d bytes", node, bytes), func() bool { return c.hosts[node].read.Load() >= bytes })
}

// request is one that was sent.
type request struct {
	*ssc.Future
	body string
}

// send sends requests, with bodies from the first one on.
func (c *cluster) send(ch *ssc.Channel, count int) (sent []request) {
	ctx, cancel := patience.Context(c.ctx)
	defer cancel()
	for _, body := range texts[:count] {
		f, err := ch.Send(ctx, []byte(body))
		if c.Must(err); err == nil {
			sent = append(sent, request{Future: f, body: body})
		}
	}
	return sent
}

// answered waits for the answers, each of which must be that to its own request, or one
// of these errors.
func (c *cluster) answered(sent []request, allowed ...error) {
	ctx, cancel := patience.Context(c.ctx)
	defer cancel()
	for _, r := range sent {
		c.Allow(r.wait(ctx), allowed...)
	}
}

func (r request) wait(ctx context.Context) error {
	answer, err := r.Wait(ctx)
	if err == nil && string(answer) != r.body {
		err = errors.New("this is the answer to another request")
	}
	if err != nil {
		return fmt.Errorf("request %q, answer %q: %w", r.body, answer, err)
	}
	return nil
}

// exchange sends requests and waits for their answers.
func (c *cluster) exchange(ch *ssc.Channel, count int) { c.answered(c.send(ch, count)) }
