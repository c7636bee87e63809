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
	toolbox.Script // of the goroutine that leads the run
	ctx            context.Context
	options        ssc.Options
	nodes          map[string]*ssc.Node
	incarnations   map[string]uint64
	proxies        map[string]*proxy.Proxy // the way to a node
	sockets        map[string]*sockets

	held    atomic.Bool   // handlers wait at the gate
	gate    chan struct{} // lets one of them go on
	arrived chan string   // what has come to a handler that waits
	clients sync.WaitGroup
	mu      sync.Mutex
	wrong   error // the first wrong results of clients
}

// inCluster records what do does with the nodes, whose heartbeats are so far apart.
func inCluster(ctx context.Context, run conformance.Run, scenario string, heartbeat time.Duration, plan func(to string) proxy.Plan, do func(*cluster)) error {
	return toolbox.Record(run, header(scenario, run.Seed), func(rec *trace.Recorder) (err error) {
		c := &cluster{
			ctx: ctx, nodes: map[string]*ssc.Node{}, incarnations: map[string]uint64{},
			proxies: map[string]*proxy.Proxy{}, sockets: map[string]*sockets{},
			gate: make(chan struct{}, 1000), arrived: make(chan string, 1000),
			options: ssc.Options{
				Heartbeat: heartbeat, Silence: missed, ConnectTimeout: max(40*heartbeat, 200*time.Millisecond),
				WriteTimeout: max(10*heartbeat, time.Second), Backoff: 5 * time.Millisecond,
				MaxMessage: maxMessage, Window: window, Room: room, Buffer: 16,
				Trace: func(string) *trace.Recorder { return rec },
			},
		}
		defer func() { err = errors.Join(err, c.close()) }()
		for _, name := range names {
			c.sockets[name] = &sockets{}
			c.start(name, plan(name))
		}
		if c.Err() == nil {
			do(c)
		}
		return c.Err()
	})
}

func (c *cluster) close() (err error) {
	for _, s := range c.sockets {
		s.proceed()
	}
	for _, n := range c.nodes {
		err = errors.Join(err, n.Close())
	}
	c.clients.Wait()
	for _, p := range c.proxies {
		err = errors.Join(err, p.Close())
	}
	return errors.Join(err, c.wrong)
}

// start starts a process of that name. The plan is for the first one.
func (c *cluster) start(name string, plan proxy.Plan) {
	c.incarnations[name]++
	o := c.options
	o.Incarnation, o.Network = c.incarnations[name], c.sockets[name].network()
	n, err := ssc.Listen(name, "127.0.0.1:0", c.handle, o)
	if c.Must(err); err != nil {
		return
	}
	c.nodes[name] = n
	if c.proxies[name] == nil {
		c.proxies[name], err = proxy.New(n.Addr().String(), plan)
		c.Must(err)
	}
	c.proxies[name].Retarget(n.Addr().String())
	c.channel(name, "") // it is there from now on, also for the trace
}

// restart ends a process and starts the next one.
func (c *cluster) restart(name string) {
	c.Must(c.nodes[name].Close())
	c.start(name, nil)
}

func (c *cluster) channel(name, addr string) *ssc.Channel {
	ch, err := c.nodes[name].Peer(other(name), addr)
	c.Must(err)
	return ch
}

// through is the way from a node to the other one through the proxy, and direct that
// without it.
func (c *cluster) through(name string) *ssc.Channel {
	return c.channel(name, c.proxies[other(name)].Addr())
}
func (c *cluster) direct(name string) *ssc.Channel {
	return c.channel(name, c.nodes[other(name)].Addr().String())
}

// handle answers with the request, as in the spec.
func (c *cluster) handle(ctx context.Context, _ string, request []byte) ([]byte, error) {
	if c.held.Load() {
		c.arrived <- string(request)
		select {
		case <-c.gate:
		case <-ctx.Done():
		}
	}
	return request, nil
}

// proceed lets all handlers go on.
func (c *cluster) proceed() {
	c.held.Store(false)
	for range cap(c.gate) {
		select {
		case c.gate <- struct{}{}:
		default:
			return
		}
	}
}

// handling waits for a request that comes to a handler that is held.
func (c *cluster) handling() {
	_, err := toolbox.Waiting(c.ctx, &patience, "a request comes to the handler", c.arrived)
	c.Must(err)
}

func (c *cluster) eventually(what string, holds func() bool) {
	c.Must(patience.Eventually(c.ctx, what, holds))
}

func (c *cluster) read(node string) int64 { return c.sockets[node].read.Load() }

// reads waits until a node has read the given number of bytes in all.
func (c *cluster) reads(node string, bytes int64) {
	c.eventually(fmt.Sprintf("%s has read %d bytes", node, bytes), func() bool { return c.read(node) >= bytes })
}

// note keeps what went wrong in a goroutine.
func (c *cluster) note(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wrong = errors.Join(c.wrong, err)
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
		if f, err := ch.Send(ctx, []byte(body)); err == nil {
			sent = append(sent, request{Future: f, body: body})
		} else {
			c.Must(err)
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

// sockets are those of one node. They count what is read, and hold writes.
type sockets struct {
	read    atomic.Int64 // bytes
	writing atomic.Int32 // writes that are held
	mu      sync.Mutex
	held    chan struct{} // closed when writes may go on; nil: none is held
}

func (s *sockets) network() ssc.Network {
	return networktest.Intercept(ssc.TCP{}, func(conn net.Conn) net.Conn {
		return &networktest.Conn{Conn: conn, AfterRead: func(p []byte) { s.read.Add(int64(len(p))) }, BeforeWrite: s.wait}
	})
}

// hold holds all writes, until proceed.
func (s *sockets) hold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = make(chan struct{})
}

func (s *sockets) proceed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held != nil {
		close(s.held)
		s.held = nil
	}
}

func (s *sockets) wait([]byte) error {
	s.mu.Lock()
	held := s.held
	s.mu.Unlock()
	if held != nil {
		s.writing.Add(1)
		<-held
		s.writing.Add(-1)
	}
	return nil
}
