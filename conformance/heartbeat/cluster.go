package heartbeat

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/network"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	hb "github.com/lockstep-tla/lockstep/impl/heartbeat"
	"github.com/lockstep-tla/lockstep/trace"
)

// times are the spec's constants that are times, in milliseconds.
type times struct{ interval, checkEvery, tolerance, delay, floor, ceiling int }

// bound is the spec's Bound: so long after a disturbance every watcher is right.
func (t times) bound() int { return t.delay + t.ceiling + t.checkEvery }

func inMs(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// cluster is nodes in their environment: what the spec knows of it, kept by what runs them.
// Nothing in it decides what a node does. In traces the node of the environment is "environment".
type cluster struct {
	toolbox.Script
	rec      *trace.Recorder
	answers  *toolbox.Answers
	times    times
	senders  []string
	watchers []string
	nodes    map[string]*node
	before   uint64 // the number of incarnations that each node has had before the run

	now       int
	calm      bool
	disturbed int
	alive     map[string]bool
	paused    map[string]bool
	wall      map[string]trace.Value // the offset of each node's wall clock
	flying    []*flight
}

// flight is a message under way. After its time it is gone; and until it has arrived for the
// first time, it is owed to its receiver. One that the endpoint did not send is lost soon.
type flight struct {
	hb.Heartbeat
	by           int
	owed, unsent bool
}

// offsets are what wall clocks are set to.
var offsets = []int{0, 40, 3_600_000}

// inCluster records what do does with nodes that have not started; first is for CountFrom.
func inCluster(run conformance.Run, scenario string, first int64, t times, senders, watchers []string, do func(*cluster) error) error {
	h := trace.Header{
		Spec: "HeartBeat", Scenario: scenario, Seed: run.Seed,
		Constants: map[string]trace.Value{
			"Sender": trace.Values(senders), "Watcher": trace.Values(watchers),
			"Interval": t.interval, "CheckEvery": t.checkEvery, "Tolerance": t.tolerance, "Delay": t.delay,
			"Floor": t.floor, "Ceiling": t.ceiling, "Offset": trace.Values(offsets), "Leap": 1_000_000,
		},
	}
	return toolbox.RecordAnswers(run, h, func(rec *trace.Recorder, answers *toolbox.Answers) error {
		return do(newCluster(rec, answers, toolbox.CountFrom(rec, first), t, senders, watchers))
	})
}

func newCluster(rec *trace.Recorder, answers *toolbox.Answers, before uint64, t times, senders, watchers []string) *cluster {
	c := &cluster{
		rec: rec, answers: answers, before: before, times: t, senders: senders, watchers: watchers, nodes: map[string]*node{},
		alive: map[string]bool{}, paused: map[string]bool{}, wall: map[string]trace.Value{},
	}
	for _, name := range slices.Concat(senders, watchers) {
		c.wall[name] = 0
		c.nodes[name] = &node{cluster: c, name: name, incarnations: hb.IncarnationsInMemory(), read: func() int { return c.now }}
		c.Must(c.nodes[name].incarnations.Begin(before))
	}
	return c
}

func (c *cluster) names() []string { return slices.Sorted(maps.Keys(c.wall)) }

// watched are the senders that a node watches, and hearers the watchers that it sends to.
func (c *cluster) watched(n string) []string { return others(n, c.watchers, c.senders) }
func (c *cluster) hearers(n string) []string { return others(n, c.senders, c.watchers) }

func others(n string, among, all []string) []string {
	if !slices.Contains(among, n) {
		return nil
	}
	return toolbox.Without(all, n)
}

// works says whether a node does in time what is due.
func (c *cluster) works(n string) bool { return c.alive[n] && !c.paused[n] }

// View is what the spec calls View("environment").
func (c *cluster) View(o *trace.Object) {
	owed := slices.DeleteFunc(slices.Clone(c.flying), func(f *flight) bool { return !f.owed })
	o.Int("now", c.now).Bool("calm", c.calm).Value("wall", c.wall).Int("messages", len(c.flying)).Int("owed", len(owed))
	o.Set("alive", slices.Sorted(maps.Keys(c.alive))...).Set("paused", slices.Sorted(maps.Keys(c.paused))...)
}

func (c *cluster) step(name string) *trace.Step {
	return c.rec.Step(name).String("node", "environment")
}

// allow takes a step of the environment where the spec allows it.
func allow(allowed bool, take func()) error {
	if !allowed {
		return hb.ErrNotAllowed
	}
	take()
	return nil
}

// tick lets time pass, if there is any. The spec says whether the nodes have done what they must.
func (c *cluster) tick(to int) {
	if to > c.now {
		c.now = to
		c.flying = slices.DeleteFunc(c.flying, func(f *flight) bool { return f.by < to })
		c.step("Tick").Int("to", to).State(c)
	}
}

func (c *cluster) beCalm() error {
	return allow(!c.calm, func() {
		c.calm, c.disturbed = true, c.now
		clear(c.paused)
		for _, f := range c.flying {
			f.by = c.now + c.times.delay
		}
		c.step("Calm").State(c)
	})
}

func (c *cluster) pause(n string) error {
	return allow(!c.calm && c.works(n), func() {
		c.paused[n] = true
		c.step("Pause").String("target", n).State(c)
	})
}

func (c *cluster) resume(n string) error {
	return allow(c.paused[n], func() {
		delete(c.paused, n)
		c.step("Resume").String("target", n).State(c)
	})
}

func (c *cluster) setClock(n string, offset int) error {
	return allow(c.wall[n] != offset, func() {
		c.wall[n] = offset
		c.step("SetClock").String("target", n).Int("offset", offset).State(c)
	})
}

func (c *cluster) crash(n string) error {
	return allow(c.alive[n], func() {
		delete(c.alive, n)
		delete(c.paused, n)
		c.disturbed = c.now
		c.flying = slices.DeleteFunc(c.flying, func(f *flight) bool { return f.To == n })
		c.step("Crash").String("target", n).State(c)
		c.nodes[n].hb = nil
	})
}

// lose takes a message that is under way.
func (c *cluster) lose(f *flight) error {
	return allow(f != nil && !f.owed, func() {
		c.flying = slices.DeleteFunc(c.flying, func(other *flight) bool { return f.Heartbeat == other.Heartbeat })
		c.step("Lose").Object("message", &f.Heartbeat).State(c)
	})
}

// end records that now everything must be as it should. The spec says whether it is.
func (c *cluster) end() { c.step("End").State(c) }

// sent notes that a heartbeat is under way.
func (c *cluster) sent(h hb.Heartbeat) *flight {
	f := &flight{Heartbeat: h, by: math.MaxInt, owed: c.calm && c.alive[h.To]}
	if c.calm {
		f.by = c.now + c.times.delay
	}
	c.flying = append(c.flying, f)
	return f
}

// deadline is how long time may pass: until something is due, or an owed message must arrive.
func (c *cluster) deadline() int {
	to := math.MaxInt
	for name, n := range c.nodes {
		if c.works(name) {
			n.hb.Observe(func(core *hb.Core) {
				if c.hearers(name) != nil {
					to = min(to, int(core.Sent())+c.times.interval)
				}
				if c.watched(name) != nil {
					to = min(to, int(core.LastCheck())+c.times.checkEvery)
				}
			})
		}
	}
	for _, f := range c.flying {
		if f.owed {
			to = min(to, f.by)
		}
	}
	return to
}

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
	unreachable  string          // to whom its endpoint fails to send, unless the message is owed
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
		Incarnations: hb.IncarnationsFile("no folder/number"), Clock: n, OnChange: n.told, Trace: c.rec,
	}
	if t.floor < t.ceiling { // it believes in deviations so small that it would like windows below the floor
		o.Phi = &hb.PhiOptions{MinDeviation: 2}
	}
	for _, to := range c.hearers(name) {
		o.SendTo[to] = to
	}
	n.down = map[string]bool{}
	c.Refused(toolbox.ErrOf(hb.New(o)), hb.ErrIncarnations) // there is no folder, and nothing has happened
	o.Incarnations = n.incarnations
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
	n.Must(err)
	if f := n.sent(h); h.To == n.unreachable && !f.owed {
		f.unsent = true
		return networktest.ErrNotSent
	}
	return nil
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

// act lets the node do what is due. It must say that it could not send a message, which is lost.
func (n *node) act() {
	_, err := n.hb.SendIfDue()
	if i := slices.IndexFunc(n.flying, func(f *flight) bool { return f.unsent }); i >= 0 {
		n.Refused(err, networktest.ErrNotSent)
		err = n.lose(n.flying[i])
	}
	n.Must(err)
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
