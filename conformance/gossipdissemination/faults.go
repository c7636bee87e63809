package gossipdissemination

import (
	"context"
	"errors"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	gossip "github.com/lockstep-tla/lockstep/impl/gossipdissemination"
	"github.com/lockstep-tla/lockstep/trace"
)

// operation is one thing that happens to the cluster.
type operation struct {
	Kind, Node, Other, Key, Value uint8
}

// faults lets random things happen to a cluster. Then all faults end, and the nodes
// must agree.
func faults(ctx context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("faults", run.Seed, nodes, values), func(rec *trace.Recorder) error {
		ops := toolbox.Workload[operation](run.Seed, 10, 20)
		c := newCluster(rec, run.Seed, nodes)
		c.members = c.members[:3+run.Seed%3]
		c.budget = gossip.Within(toolbox.Pick([]int{50, 100, 1400}, run.Seed))
		c.window = 2 + int(run.Seed%7)
		c.simulate(run.Seed, networktest.Faults{Lose: int(ops[0].Value) % 40, Repeat: 20, MaxDelay: 3 * round})
		err := start(c.members)
		for _, op := range ops {
			if err == nil {
				err = errors.Join(ctx.Err(), toolbox.Allow(c.happens(op), gossip.ErrNotAllowed))
			}
			if err == nil && op.Kind%2 == 0 {
				err = c.pass()
			}
		}
		if err != nil {
			return err
		}
		c.network.Net.Heal()
		back := c.members[:1] // some nodes stay down, but no seed does
		if ops[0].Kind%2 == 0 {
			back = c.members
		}
		if err := start(back); err != nil {
			return err
		}
		return c.settle(30, c.pass)
	})
}

// happens does one thing. It returns gossip.ErrNotAllowed if that is impossible now.
func (c *cluster) happens(op operation) error {
	m, other := toolbox.Pick(c.members, op.Node), toolbox.Pick(c.members, op.Other).Name()
	switch op.Kind % 16 {
	case 0, 1:
		return m.Crash()
	case 2, 3, 4:
		if m.Up() {
			return gossip.ErrNotAllowed
		}
		return m.starts()
	case 5:
		return m.Suspect(other)
	case 6:
		if err := m.Suspect(other); err != nil {
			return err
		}
		return m.DeclareDead(other)
	case 7:
		if m == c.members[0] {
			return gossip.ErrNotAllowed // the seed stays
		}
		return m.Leave()
	case 8:
		at := 1 + int(op.Other)%(len(c.members)-1)
		c.network.Net.Partition(nodes[:at], nodes[at:])
		return nil
	case 9:
		c.network.Net.Heal()
		return nil
	}
	return m.Update(toolbox.Pick(keys, op.Key), toolbox.Pick(values, op.Value))
}

// fifty lets fifty nodes find each other by one seed. A message has room for all of
// them.
func fifty(_ context.Context, run conformance.Run) error {
	all := toolbox.Names("n", 50)
	return toolbox.Record(run, header("fifty", run.Seed, all, values[:1]), func(rec *trace.Recorder) error {
		c := newCluster(rec, run.Seed, all)
		c.simulate(run.Seed, networktest.Faults{})
		if err := start(c.members); err != nil {
			return err
		}
		return c.settle(5, c.pass)
	})
}
