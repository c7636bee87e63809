package twophasecommit

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	"github.com/lockstep-tla/lockstep/impl/lowwatermark"
	tpc "github.com/lockstep-tla/lockstep/impl/twophasecommit"
	"github.com/lockstep-tla/lockstep/trace"
)

// interval is the time between two ticks.
const interval = 10 * time.Millisecond

// action is one thing that happens to a cluster, as the fuzzer makes it.
type action struct {
	Kind   uint8
	Node   uint8
	Choice uint8
	Plan   [3]struct{ Key, Value uint8 }
}

// order is one operation of a client: a value to put, or "" to get one. Without a key
// the client stops for good.
type order struct{ key, value string }

func (a action) plan() (plan []order) {
	for _, p := range a.Plan[:1+a.Choice%3] {
		o := order{key: keys[int(p.Key)%3]}
		if p.Value%3 > 0 {
			o.value = toolbox.Pick(values, p.Value)
		}
		plan = append(plan, o)
	}
	if a.Choice%16 == 0 {
		plan = append(plan, order{})
	}
	return plan
}

// cluster is a coordinator, three participants and clients on a simulated network, each
// node with a disk of its own.
type cluster struct {
	*toolbox.Cluster[tpc.Message]
	nodes   map[string]*node
	clients *clients
	plans   map[uint64][]order // what each client has still to do
	waited  map[uint64]int     // for how many ticks each has waited for an answer
	seed    int64              // of what a crash leaves
}

// faults lets random things happen to a cluster that is not to be relied on.
func faults(ctx context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("faults", run.Seed), func(rec *trace.Recorder) error {
		c, err := newCluster(rec, run.Seed)
		if err != nil {
			return err
		}
		for i, a := range toolbox.Workload[action](run.Seed, 14, 18) {
			c.seed = run.Seed*1000 + int64(i)
			if err := errors.Join(ctx.Err(), c.do(a)); err != nil {
				return err
			}
			if err := c.Run(time.Duration(1+a.Choice%4) * interval); err != nil {
				return err
			}
		}
		return c.end()
	})
}

func newCluster(rec *trace.Recorder, seed int64) (*cluster, error) {
	f := networktest.Faults{Lose: int(seed%4) * 5, Repeat: 20, MaxDelay: 2 * interval}
	c := &cluster{clients: newClients(rec), plans: map[uint64][]order{}, waited: map[uint64]int{}}
	c.Cluster = toolbox.NewCluster(seed, f, func(m tpc.Message) (from, to string) { return m.From, m.To })
	c.Every, c.OnError = interval, c.failed
	c.clients.next, c.clients.tick = c.next, c.tick
	var err error
	c.nodes, err = newNodes(rec, toolbox.Pick(policies, seed), participants...)
	if err != nil {
		return nil, err
	}
	for _, name := range nodes() {
		c.Add(name, c.nodes[name])
	}
	c.Add(client, c.clients)
	return c, recoverAll(c.nodes)
}

func (c *cluster) do(a action) error {
	name := toolbox.Pick(nodes(), a.Node)
	n := c.nodes[name]
	if a.Choice%4 == 0 && n.Up() {
		if err := n.log.Snapshot(); err != nil && !errors.Is(err, disk.ErrNoSpace) { // the log stays as it is
			return c.failed(name, err)
		}
	}
	switch kind := a.Kind % 8; {
	case kind < 4:
		if c.clients.begun < 6 { // more may begin, if the coordinator crashes in between
			c.plans[uint64(c.clients.begun+1)] = a.plan()
			c.clients.begin(int64(a.Choice % mostAges))
		}
	case kind == 4:
		switch {
		case !n.Up():
		case a.Choice%2 == 0:
			n.disk.HaltAfter(int(a.Choice / 2 % 3))
		default:
			names, err := n.disk.List(segments)
			n.disk.Fail(filepath.Join(segments, slices.Max(names)), a.Choice/2)
			return err
		}
	case kind == 5 && n.Up():
		return c.crash(name)
	default:
		return recoverAll(c.nodes)
	}
	return nil
}

// failed sorts out the errors of nodes: one whose disk has stopped or failed is dead.
func (c *cluster) failed(name string, err error) error {
	if n := c.nodes[name]; n != nil && (n.disk.Halted() || errors.Is(err, lowwatermark.ErrPoisoned)) {
		return c.crash(name)
	}
	return err
}

// crash ends a node. What it was writing may be there or not.
func (c *cluster) crash(name string) error {
	c.Net.Lose(name)
	return c.nodes[name].crash(func(d *disktest.Disk) {
		d.CrashRandomly(c.seed, disktest.Survival(c.seed%5))
		d.LimitSpace(-1)
	})
}

// next lets a client do what is next in its plan. At the end it commits.
func (c *cluster) next(s *tpc.Session) error {
	n := s.Ref().Number
	plan := c.plans[n]
	c.waited[n] = 0
	var err error
	switch {
	case len(plan) == 0:
		err = s.AskCommit()
	case plan[0].key == "":
		return nil
	case plan[0].value == "":
		err = s.Get(plan[0].key)
	default:
		err = s.Put(plan[0].key, plan[0].value)
	}
	if errors.Is(err, tpc.ErrNotAllowed) {
		return nil // an older answer has come again
	}
	if len(plan) > 0 {
		c.plans[n] = plan[1:]
	}
	return err
}

// tick lets a client ask again, and give up when it has waited for 12 ticks, unless it
// has stopped.
func (c *cluster) tick(s *tpc.Session) error {
	n := s.Ref().Number
	c.waited[n]++
	switch {
	case s.Outcome() != "", len(c.plans[n]) > 0 && c.plans[n][0].key == "":
	case c.waited[n]%12 == 0:
		return s.TimeOut()
	default:
		s.Again()
	}
	return nil
}

// end repairs everything and waits for much longer than any node is patient. Then all
// is over.
func (c *cluster) end() error {
	c.Net.Heal()
	c.Net.Change(networktest.Faults{MaxDelay: interval / 4})
	for _, n := range c.nodes {
		n.disk.HaltAfter(-1) // a stop that has not come by now does not come
	}
	for down := true; down; { // a failure of a disk may still come, once
		if err := recoverAll(c.nodes); err != nil {
			return err
		}
		if err := c.Run(10 * patience * interval); err != nil {
			return err
		}
		down = slices.ContainsFunc(nodes(), func(name string) bool { return !c.nodes[name].Up() })
	}
	return c.clients.over(c.nodes)
}
