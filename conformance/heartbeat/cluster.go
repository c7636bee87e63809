package heartbeat

import (
	"fmt"
	"slices"
	"time"

	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/clock/clocktest"
	"github.com/lockstep-tla/lockstep/impl/environment/network"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	hb "github.com/lockstep-tla/lockstep/impl/heartbeat"
	"github.com/lockstep-tla/lockstep/trace"
)

const ms = time.Millisecond

func inMs(n int) time.Duration { return time.Duration(n) * ms }

// cluster is nodes on a network in virtual time. Nothing in it depends on goroutines:
// the same calls give the same trace.
type cluster struct {
	toolbox.Script
	*environment
	sim   *toolbox.Cluster[hb.Heartbeat]
	nodes map[string]*node
	phi   *hb.PhiOptions
}

// node is one node of the cluster, through all its incarnations.
type node struct {
	*cluster
	name         string
	clock        *clocktest.Clock
	incarnations hb.Incarnations
	hb           *hb.Node             // nil while it is crashed
	due          time.Duration        // when it wants its next tick
	inbox        []hb.Heartbeat       // what came while it was paused
	known        map[string]hb.Status // of its peers, as its OnChange was told
	flushed      chan struct{}        // ends its flush; nil where there is none
	toolbox.Outbox[hb.Heartbeat]
}

func newCluster(e *environment, seed int64, phi *hb.PhiOptions) *cluster {
	c := &cluster{
		environment: e, phi: phi, nodes: map[string]*node{},
		sim: toolbox.NewCluster(seed, networktest.Faults{}, func(h hb.Heartbeat) (from, to string) { return h.From, h.To }),
	}
	c.sim.OnTime = func(now time.Duration) { e.tick(int(now.Milliseconds())) }
	c.sim.OnSend = c.underWay
	for _, name := range e.names() {
		c.nodes[name] = &node{cluster: c, name: name, clock: clocktest.New(c.sim.Net.Now), incarnations: hb.IncarnationsInMemory()}
		c.sim.Add(name, c.nodes[name])
	}
	return c
}

// underWay notes that more copies of a message are under way, or fewer. If there are none
// the message is gone. In a calm environment it would be gone soon anyway, and need not be
// recorded.
func (c *cluster) underWay(h hb.Heartbeat, more int) {
	if f := c.flying[h]; f != nil {
		f.copies += more
		if f.copies == 0 && !c.calm {
			c.Allow(c.lose(h), hb.ErrNotAllowed) // it is owed: Tick will show that the network has broken its word
		}
	}
}

// run lets so much time pass.
func (c *cluster) run(length time.Duration) { c.Must(c.sim.Run(length)) }

// calmly makes the network one that keeps its word, and the environment calm, in which
// no node stands still.
func (c *cluster) calmly() {
	for _, name := range c.names() {
		if c.paused[name] {
			c.nodes[name].catchUp(true)
		}
	}
	c.sim.Net.Heal()
	c.sim.Net.Change(networktest.Faults{MaxDelay: inMs(c.times.delay)})
	for _, name := range c.names() {
		c.sim.Net.Lose(name) // what would come too late
	}
	c.Must(c.beCalm())
}

// settle lets so much time pass that every watcher must be right.
func (c *cluster) settle() {
	c.run(inMs(c.times.bound() + 1))
	c.end()
}

// start starts nodes, for the first time or again.
func (c *cluster) start(names ...string) {
	for _, name := range names {
		n := c.nodes[name]
		o := hb.Options{
			Name: name, Endpoint: endpoint{node: n}, SendTo: map[string]string{}, Phi: c.phi,
			Incarnations: n.incarnations, Clock: n.clock, OnChange: n.told, Trace: c.rec,
		}
		c.times.of(&o)
		n.known = map[string]hb.Status{}
		for _, to := range c.watchers {
			if to != name && slices.Contains(c.senders, name) {
				o.SendTo[to] = to
			}
		}
		if slices.Contains(c.watchers, name) {
			o.Watch = others(c.senders, name)
			for _, peer := range o.Watch {
				n.known[peer] = hb.Up
			}
		}
		c.started(name)
		var err error
		n.hb, err = hb.New(o)
		c.Must(err)
		n.due = c.sim.Net.Now()
	}
}

func (c *cluster) kill(name string) {
	c.nodes[name].hb, c.nodes[name].inbox = nil, nil
	c.nodes[name].flushed = nil // the goroutine that waits belongs to a process that is dead
	c.sim.Net.Lose(name)
	c.Must(c.crash(name))
}

// proceed lets a node go on that was paused. It may look at its clock first, or at what
// has come meanwhile.
func (c *cluster) proceed(name string, clockFirst bool) {
	c.nodes[name].catchUp(clockFirst)
	c.Must(c.resume(name))
}

// catchUp does what is due at a node that stood still.
func (n *node) catchUp(clockFirst bool) {
	if clockFirst {
		n.Must(n.Tick())
	}
	for _, h := range n.inbox {
		n.Must(n.handle(h))
	}
	n.inbox = nil
	n.Must(n.Tick())
}

// flush lets a node wait for a flush, until the next call, or until it is killed. Meanwhile
// it is busy.
func (c *cluster) flush(name string) {
	n, busy := c.nodes[name], make(chan struct{})
	if n.flushed != nil {
		n.flushed <- struct{}{}
		<-n.flushed
		n.flushed = nil
		c.answers.Told(c.rec, name, "Do has returned", toolbox.Shows("busy", false))
		return
	}
	flushed := make(chan struct{})
	n.flushed = flushed
	go func(node *hb.Node) {
		node.Do(func() {
			close(busy)
			<-flushed
		})
		close(flushed)
	}(n.hb)
	<-busy
	c.answers.Told(c.rec, name, "Do has called the work", toolbox.Shows("busy", true))
}

// set sets a node's wall clock.
func (c *cluster) set(name string, offset int) {
	c.nodes[name].clock.Set(inMs(offset))
	c.Allow(c.setClock(name, offset), hb.ErrNotAllowed) // it was set like that
}

func (n *node) works() bool { return n.hb != nil && !n.paused[n.name] }

// Due implements toolbox.Waker.
func (n *node) Due() (time.Duration, bool) { return n.due, n.works() }

// Tick implements toolbox.Node.
func (n *node) Tick() error {
	next, err := n.hb.SendIfDue()
	n.sim.Send(n.Messages()...) // before what it does next
	n.due = n.sim.Net.Now() + min(next, n.hb.CheckIfDue())
	n.compare()
	return err
}

// Receive implements toolbox.Node.
func (n *node) Receive(h hb.Heartbeat) error {
	switch {
	case n.hb == nil:
		n.underWay(h, -1)
	case n.paused[n.name]:
		n.inbox = append(n.inbox, h)
	default:
		return n.handle(h)
	}
	return nil
}

func (n *node) handle(h hb.Heartbeat) error {
	n.arrived(h)
	err := n.hb.Handle(h.Encode())
	n.underWay(h, -1)
	n.compare()
	return err
}

// told notes a change that OnChange was told. The step before has brought it.
func (n *node) told(change hb.Change) {
	n.Check(n.known[change.Peer] != change.Status, "%s was told again: %v", n.name, change)
	n.known[change.Peer] = change.Status
	n.answers.Told(n.rec, n.name, fmt.Sprintf("OnChange was told %v", change), func(state *trace.Record) bool {
		p := state.Record("peers").Record(change.Peer)
		return p.String("status") == string(change.Status) && p.Uint("incarnation") == change.Incarnation
	})
}

// compare holds what OnChange was told so far against Status, and against the trace.
func (n *node) compare() {
	for peer, known := range n.known {
		status, err := n.hb.Status(peer)
		n.Check(err == nil && status == known, "Status of %s at %s is %s (%v), OnChange was told %s", peer, n.name, status, err, known)
		n.answers.Told(n.rec, n.name, fmt.Sprintf("OnChange was told that %s is %s", peer, known), func(state *trace.Record) bool {
			return state.Record("peers").Record(peer).String("status") == string(known)
		})
	}
}

// endpoint is a node's end of the simulated network, to which the node only sends.
type endpoint struct {
	network.Endpoint
	node *node
}

func (e endpoint) Send(_ string, datagram []byte) error {
	h, err := hb.Decode(datagram)
	if err == nil {
		e.node.sent(h)
		e.node.Post(h)
	}
	return err
}
