package heartbeat

import (
	"context"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	hb "github.com/lockstep-tla/lockstep/impl/heartbeat"
)

// fixed are the times of runs with a fixed window, and adaptive of those in
// which each window is learnt. In crowded ones a heartbeat may be overtaken by the next,
// also in a calm network.
var (
	crowded  = times{interval: 40, checkEvery: 100, tolerance: 50, delay: 60, floor: 300, ceiling: 300}
	fixed    = times{interval: 100, checkEvery: 100, tolerance: 50, delay: 20, floor: 300, ceiling: 300}
	adaptive = times{interval: 100, checkEvery: 50, tolerance: 50, delay: 20, floor: 121, ceiling: 500}
)

// chosen are the times that a seed stands for. The learning detector believes in
// deviations so small that it would like windows below the floor.
func chosen(seed int64) (times, *hb.PhiOptions) {
	switch {
	case seed%2 == 0:
		return adaptive, &hb.PhiOptions{MinDeviation: 2}
	case seed%8 == 7:
		return crowded, nil
	}
	return fixed, nil
}

// inCluster records what do does with the nodes of a cluster.
func inCluster(run conformance.Run, scenario string, do func(*cluster)) error {
	t, phi := chosen(run.Seed)
	return inEnvironment(run, scenario, t, []string{"a", "b"}, []string{"a", "w"}, func(e *environment) error {
		c := newCluster(e, run.Seed, phi)
		do(c)
		return c.Err()
	})
}

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
	return inCluster(run, "faults", func(c *cluster) {
		if run.Seed%4 == 0 { // windows are learnt from peers that are heard regularly for long
			c.start(c.names()...)
			c.sim.Net.Change(networktest.Faults{MinDelay: 20 * ms, MaxDelay: 20 * ms})
			c.run(1400 * ms)
		}
		c.sim.Net.Change(networktest.Faults{Lose: 10, Repeat: 20, MaxDelay: 150 * ms})
		for _, op := range toolbox.Workload[operation](run.Seed, 12, 18) {
			if c.Must(ctx.Err()); c.Err() != nil {
				return
			}
			c.happens(op)
			c.run(inMs(int(op.Length % 200)))
		}
		c.calmly()
		for _, op := range toolbox.Workload[operation](run.Seed+1000, 2, 2) { // crashes and starts go on
			c.turn(toolbox.Pick(c.names(), op.Node))
			c.run(inMs(int(op.Length % 500)))
		}
		c.settle()
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
	case kind < 6 && c.alive[name]:
		if c.paused[name] {
			c.proceed(name, op.Choice%2 == 0)
		} else {
			c.Must(c.pause(name))
		}
	case kind == 6:
		c.set(name, toolbox.Pick(offsets, op.Choice))
	case kind == 7 && c.nodes[name].works():
		c.flush(name)
	case kind == 8:
		c.sim.Net.Cut(name, other) // one way
	case kind == 9:
		c.sim.Net.Partition([]string{name}, []string{other})
	case kind == 10:
		c.sim.Net.Heal()
	}
}
