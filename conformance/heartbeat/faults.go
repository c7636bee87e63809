package heartbeat

import (
	"context"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	hb "github.com/lockstep-tla/lockstep/impl/heartbeat"
)

// With fixed times the windows are fixed, with adaptive ones they are learnt. With crowded ones
// a heartbeat may be overtaken by the next, also in a calm network.
var (
	crowded  = times{interval: 60, checkEvery: 100, tolerance: 50, delay: 80, floor: 300, ceiling: 300}
	fixed    = times{interval: 100, checkEvery: 100, tolerance: 50, delay: 20, floor: 300, ceiling: 300}
	adaptive = times{interval: 100, checkEvery: 50, tolerance: 50, delay: 20, floor: 121, ceiling: 500}
)

// operation is one thing that happens in a run.
type operation struct {
	Kind   uint8
	Node   uint8
	Other  uint8
	Choice uint8
	Length uint16
}

// faults lets everything go wrong that can. Then the environment becomes calm, and a
// node crashes, and another one starts.
func faults(ctx context.Context, run conformance.Run) error {
	t := toolbox.Pick([]times{adaptive, fixed, adaptive, crowded}, run.Seed)
	return inCluster(run, "faults", t, []string{"a", "b"}, []string{"a", "w"}, func(c *cluster) error {
		if run.Seed%4 == 0 { // windows are learnt from peers that are heard regularly for long
			for _, name := range c.names() {
				c.start(name)
			}
			c.pass(1400)
		}
		c.net.Change(networktest.Faults{Lose: 10, Repeat: 20, MaxDelay: inMs(150)})
		for _, op := range toolbox.Workload[operation](run.Seed, 12, 18) {
			if c.Must(ctx.Err()); c.Err() != nil {
				return c.Err()
			}
			c.happens(op)
			c.pass(int(op.Length % 200))
		}
		c.net.Heal()
		c.net.Change(networktest.Faults{MaxDelay: inMs(t.delay)})
		c.Must(c.beCalm())
		for _, op := range toolbox.Workload[operation](run.Seed+1000, 2, 2) { // crashes and starts go on
			c.turn(toolbox.Pick(c.names(), op.Node))
			c.pass(int(op.Length % 500))
		}
		c.pass(t.bound() + 1)
		c.end()
		return c.Err()
	})
}

// turn crashes a node, or starts it if it has crashed.
func (c *cluster) turn(name string) {
	if c.alive[name] {
		c.kill(name)
	} else {
		c.start(name)
	}
}

// happens does one thing.
func (c *cluster) happens(op operation) {
	name, other := toolbox.Pick(c.names(), op.Node), toolbox.Pick(c.names(), op.Other)
	switch kind := op.Kind % 12; {
	case kind < 4:
		if kind == 0 || !c.alive[name] {
			c.turn(name)
		}
	case kind < 6 && c.paused[name]:
		c.Must(c.resume(name))
		if op.Choice%2 == 0 { // it looks at what has come before it looks at its clock
			c.arrivals()
		}
	case kind < 6 && c.alive[name]:
		c.Must(c.pause(name))
	case kind == 6:
		offset := toolbox.Pick(offsets, op.Choice)
		c.nodes[name].clock.Set(inMs(offset))
		c.Allow(c.setClock(name, offset), hb.ErrNotAllowed) // it was set like that
	case kind == 7 && c.nodes[name].works():
		c.nodes[name].flush()
	case kind == 8 || kind == 9:
		c.net.Cut(name, other) // one way
	case kind == 10:
		c.net.Heal()
	}
}

// pass lets so much time pass, with all that is due and all that arrives until then.
func (c *cluster) pass(length int) {
	for end := c.now + length; ; {
		next := end
		for _, name := range c.names() {
			if n := c.nodes[name]; n.works() {
				if n.due <= c.now {
					n.act()
				}
				next = min(next, n.due)
			}
		}
		c.arrivals()
		for _, f := range c.flying {
			for _, at := range f.copies {
				if at > c.now {
					next = min(next, at)
				}
			}
		}
		if c.now == end {
			return
		}
		c.tick(next)
	}
}

// arrivals lets all copies arrive whose time it is, unless their receiver stands still. A
// message of which none is left is lost. In a calm environment it would be gone soon anyway.
func (c *cluster) arrivals() {
	for _, f := range slices.Clone(c.flying) {
		n := c.nodes[f.To]
		f.copies = slices.DeleteFunc(f.copies, func(at int) bool {
			arrives := at <= c.now && !c.paused[f.To]
			if arrives && n.hb != nil {
				n.handle(f)
			}
			return arrives
		})
		if len(f.copies) == 0 && !c.calm {
			c.Must(c.lose(f.Heartbeat))
		}
	}
}
