package heartbeat

import (
	"context"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	hb "github.com/lockstep-tla/lockstep/impl/heartbeat"
)

// With fixed times the windows are fixed, with adaptive ones they are learnt. With crowded ones
// a heartbeat may be overtaken by the next, also in a calm network.
var (
	crowded  = times{interval: 60, checkEvery: 100, tolerance: 50, delay: 80, floor: 300, ceiling: 300}
	fixed    = times{interval: 100, checkEvery: 100, tolerance: 50, delay: 20, floor: 300, ceiling: 300}
	adaptive = times{interval: 100, checkEvery: 50, tolerance: 50, delay: 20, floor: 121, ceiling: 500}
)

// often says how often the loop does each thing.
var often = toolbox.Often(map[string]int{
	"tick": 30, "act": 20, "arrive": 15, "lose": 6, "start": 2,
	"crash": 1, "pause": 1, "resume": 2, "set": 1, "flush": 1,
})

// operation is one thing that the loop does.
type operation struct {
	What, Choice uint8
	Length       uint16
}

// loop does anything at any time, also when the environment has become calm, in virtual time.
// What goes wrong lasts until something ends it.
func loop(_ context.Context, run conformance.Run) error {
	t := toolbox.Pick([]times{adaptive, fixed, adaptive, crowded}, run.Seed)
	return inCluster(run, "loop", run.Seed, t, []string{"a", "b"}, []string{"a", "w"}, func(c *cluster) error {
		if run.Seed%4 == 0 { // windows are learnt from peers that are heard regularly for long
			for _, name := range c.names() {
				c.Must(c.start(name))
			}
			c.pass(1400)
		}
		all := toolbox.Workload[operation](run.Seed, 500, 500)
		toolbox.Walk(&c.Script, all[:400], hb.ErrNotAllowed, c.happens)
		c.Must(c.beCalm())
		toolbox.Walk(&c.Script, all[400:], hb.ErrNotAllowed, c.happens)
		c.pass(t.bound() + 1)
		c.end()
		return c.Err()
	})
}

// happens does one thing.
func (c *cluster) happens(op operation) error {
	name := toolbox.Pick(c.names(), op.Choice)
	switch what := toolbox.Pick(often, op.What); {
	case what == "tick":
		c.tick(min(c.deadline(), c.now+1+int(op.Length%150)))
	case what == "act" && c.works(name):
		c.nodes[name].unreachable = toolbox.Pick([]string{"w", "", "a", "", "", "", "", ""}, op.Length)
		c.nodes[name].act()
	case what == "arrive" && len(c.flying) > 0:
		return c.arrive(toolbox.Pick(c.flying, op.Choice))
	case what == "lose" && len(c.flying) > 0:
		return c.lose(toolbox.Pick(c.flying, op.Choice))
	case what == "start":
		return c.start(name)
	case what == "crash":
		return c.crash(name)
	case what == "pause":
		return c.pause(name)
	case what == "resume":
		return c.resume(name)
	case what == "set":
		return c.setClock(name, toolbox.Pick(offsets, op.Length))
	case what == "flush" && c.works(name):
		unblock := c.nodes[name].flush()
		c.pass(int(op.Length % 300))
		if op.Length%4 == 0 {
			return c.crash(name)
		}
		unblock()
	}
	return nil
}

// pass lets so much time pass, in which all nodes do what is due, and messages take no time.
// If a node does not, time passes all the same, and the spec refuses that.
func (c *cluster) pass(length int) {
	for end := c.now + length; c.now < end; {
		for _, name := range c.names() {
			if c.works(name) {
				c.nodes[name].act()
			}
		}
		for _, f := range slices.Clone(c.flying) {
			c.Allow(c.arrive(f), hb.ErrNotAllowed)
			c.Allow(c.lose(f), hb.ErrNotAllowed)
		}
		c.tick(min(end, max(c.now+1, c.deadline())))
	}
}
