package heartbeat

import (
	"fmt"
	"time"

	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/network"
	hb "github.com/lockstep-tla/lockstep/impl/heartbeat"
	"github.com/lockstep-tla/lockstep/trace"
)

// node is one node of the cluster, through all its incarnations. To hb.Node it is its clocks,
// and its end of the network.
type node struct {
	network.Endpoint // that it listens to, if it does so by itself
	*cluster
	name         string
	incarnations hb.Incarnations
	read         func() int      // the time, when it asks for it
	hb           *hb.Node        // nil while it is crashed
	down         map[string]bool // peers, as its OnChange was told
}

// start starts a node, for the first time or again.
func (c *cluster) start(name string) (err error) {
	if c.alive[name] {
		return hb.ErrNotAllowed
	}
	n, t := c.nodes[name], c.times
	o := hb.Options{
		Name: name, Endpoint: n, SendTo: map[string]string{}, Watch: c.watched(name),
		Interval: inMs(t.interval), Delay: inMs(t.delay), Timeout: inMs(t.ceiling),
		CheckEvery: inMs(t.checkEvery), Tolerance: inMs(t.tolerance),
		Incarnations: n.incarnations, Clock: n, OnChange: n.told, Trace: c.rec,
	}
	if t.floor < t.ceiling { // it believes in deviations so small that it would like windows below the floor
		o.Phi = &hb.PhiOptions{MinDeviation: 2}
	}
	for _, to := range c.hearers(name) {
		o.SendTo[to] = to
	}
	n.down = map[string]bool{}
	n.hb, err = hb.New(o)
	c.alive[name], c.disturbed = err == nil, c.now
	return err
}

// Monotonic and Wall implement clock.Clock.
func (n *node) Monotonic() time.Duration { return inMs(n.read()) }
func (n *node) Wall() time.Time          { return time.UnixMilli(int64(n.read() + n.wall[n.name].(int))) }

// Send implements network.Endpoint.
func (n *node) Send(_ string, datagram []byte) error {
	h, err := hb.Decode(datagram)
	if err == nil {
		n.sent(h)
	}
	return err
}

// told notes a change that OnChange was told. The step before has brought it.
func (n *node) told(change hb.Change) {
	n.Check(n.down[change.Peer] == (change.Status == hb.Up), "%s was told again: %v", n.name, change)
	n.down[change.Peer] = change.Status == hb.Down
	n.answers.Told(n.rec, n.name, fmt.Sprintf("OnChange was told %v", change), func(state *trace.Record) bool {
		p := state.Record("peers").Record(change.Peer)
		return p.String("status") == string(change.Status) && p.Uint("incarnation") == max(change.Incarnation, n.before)-n.before
	})
}

// compare holds what OnChange was told so far, and the trace shows, against Status.
func (n *node) compare() {
	for _, peer := range n.watched(n.name) {
		status, err := n.hb.Status(peer)
		n.Check(err == nil && n.down[peer] == (status == hb.Down), "Status of %s at %s is %s (%v)", peer, n.name, status, err)
	}
}

// act lets the node do what is due.
func (n *node) act() {
	n.Must(toolbox.ErrOf(n.hb.SendIfDue()))
	n.hb.CheckIfDue()
	n.compare()
}

// arrive lets a message arrive, unless its receiver does not listen.
func (c *cluster) arrive(f *flight) error {
	return allow(c.works(f.To), func() {
		f.owed = false
		c.Must(c.nodes[f.To].hb.Handle(f.Encode()))
		c.nodes[f.To].compare()
	})
}

// flush lets the node wait for its disk, until it calls unblock.
func (n *node) flush() (unblock func()) {
	unblock = n.hb.Block()
	n.answers.Told(n.rec, n.name, "a flush has begun", toolbox.Shows("busy", true))
	return unblock
}
