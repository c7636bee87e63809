package heartbeat

import (
	"fmt"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/clock/clocktest"
	"github.com/lockstep-tla/lockstep/impl/environment/network"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	hb "github.com/lockstep-tla/lockstep/impl/heartbeat"
	"github.com/lockstep-tla/lockstep/trace"
)

// leap is the longest Tick.
const leap = 1_000_000

// offsets are what wall clocks are set to.
var offsets = []int{0, 40, 3_600_000}

// cluster is nodes in their environment, whose time they read. All of it belongs to one
// goroutine: the same calls give the same trace.
type cluster struct {
	toolbox.Script
	*environment
	answers *toolbox.Answers
	net     *networktest.Conditions // which the messages of the nodes meet with
	nodes   map[string]*node
}

// node is one node of the cluster, through all its incarnations. To hb.Node it is the end of
// the network, to which that only sends.
type node struct {
	network.Endpoint
	*cluster
	name         string
	clock        *clocktest.Clock
	incarnations hb.Incarnations
	hb           *hb.Node             // nil while it is crashed
	due          int                  // when it wants to act next
	known        map[string]hb.Status // of its peers, as its OnChange was told
	unblock      func()               // ends its flush; nil where there is none
}

// inCluster records what do does with nodes that have not started.
func inCluster(run conformance.Run, scenario string, t times, senders, watchers []string, do func(*cluster) error) error {
	h := trace.Header{
		Spec: "HeartBeat", Scenario: scenario, Seed: run.Seed,
		Constants: map[string]trace.Value{
			"Sender": trace.Values(senders), "Watcher": trace.Values(watchers),
			"Interval": t.interval, "CheckEvery": t.checkEvery, "Tolerance": t.tolerance, "Delay": t.delay,
			"Floor": t.floor, "Ceiling": t.ceiling, "Offset": trace.Values(offsets), "Leap": leap,
		},
	}
	return toolbox.RecordAnswers(run, h, func(rec *trace.Recorder, answers *toolbox.Answers) error {
		c := &cluster{environment: newEnvironment(rec, t, senders, watchers), answers: answers, nodes: map[string]*node{}}
		c.net = networktest.NewConditions(run.Seed, networktest.Faults{})
		for _, name := range c.names() {
			clock := clocktest.New(func() time.Duration { return inMs(c.now) })
			c.nodes[name] = &node{cluster: c, name: name, clock: clock, incarnations: hb.IncarnationsInMemory()}
		}
		return do(c)
	})
}

// start starts a node, for the first time or again.
func (c *cluster) start(name string) {
	n, t := c.nodes[name], c.times
	o := hb.Options{
		Name: name, Endpoint: n, SendTo: map[string]string{}, Watch: c.watched(name),
		Interval: inMs(t.interval), Delay: inMs(t.delay), Timeout: inMs(t.ceiling),
		CheckEvery: inMs(t.checkEvery), Tolerance: inMs(t.tolerance),
		Incarnations: n.incarnations, Clock: n.clock, OnChange: n.told, Trace: c.rec,
	}
	if t.floor < t.ceiling { // it believes in deviations so small that it would like windows below the floor
		o.Phi = &hb.PhiOptions{MinDeviation: 2}
	}
	for _, to := range c.hearers(name) {
		o.SendTo[to] = to
	}
	n.known = map[string]hb.Status{}
	for _, peer := range o.Watch {
		n.known[peer] = hb.Up
	}
	var err error
	n.hb, err = hb.New(o)
	c.Must(err)
	c.started(name)
	n.due = c.now
}

func (c *cluster) kill(name string) {
	n := c.nodes[name]
	n.hb, n.unblock = nil, nil
	c.Must(c.crash(name))
}

// flush begins a flush of a node, or ends it.
func (n *node) flush() {
	begins := n.unblock == nil
	if begins {
		n.unblock = n.hb.Block()
	} else {
		n.unblock()
		n.unblock = nil
	}
	n.answers.Told(n.rec, n.name, "a flush begins or ends", toolbox.Shows("busy", begins))
}

func (n *node) works() bool { return n.hb != nil && !n.paused[n.name] }

// act lets the node do what is due.
func (n *node) act() {
	next, err := n.hb.SendIfDue()
	n.Must(err)
	n.due = n.now + int(min(next, n.hb.CheckIfDue()).Milliseconds())
	n.compare()
}

// Send implements network.Endpoint.
func (n *node) Send(_ string, datagram []byte) error {
	h, err := hb.Decode(datagram)
	if err == nil {
		f := n.sent(h)
		for _, delay := range n.net.Fate(h.From, h.To) {
			f.copies = append(f.copies, n.now+int(delay.Milliseconds()))
		}
	}
	return err
}

func (n *node) handle(f *flight) {
	f.owed = false
	n.Must(n.hb.Handle(f.Encode()))
	n.compare()
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

// compare holds what OnChange was told so far, and the trace shows, against Status.
func (n *node) compare() {
	for peer, known := range n.known {
		status, err := n.hb.Status(peer)
		n.Check(err == nil && status == known, "Status of %s at %s is %s (%v), OnChange was told %s", peer, n.name, status, err, known)
	}
}
