package gossipdissemination

import (
	"context"

	fuzz "github.com/google/gofuzz"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	gossip "github.com/lockstep-tla/lockstep/impl/gossipdissemination"
	"github.com/lockstep-tla/lockstep/trace"
)

// story takes three nodes to the places at which the rules are needed. Messages
// are handed over one by one.
func story(_ context.Context, run conformance.Run) error {
	nodes := names(5)
	return recorded(run.Path, header("story", run.Seed, nodes, values), func(rec *trace.Recorder) error {
		w := newWorld(rec, run.Seed, nodes)
		for _, chapter := range []func(a, b, c *gossip.Core) error{
			w.holes, w.copies, w.restarts, w.opinions, w.suspicion, w.farewell,
		} {
			if err := chapter(w.nodes[0], w.nodes[1], w.nodes[2]); err != nil {
				return err
			}
			if err := w.settle(8); err != nil {
				return err
			}
		}
		return nil
	})
}

// exchange lets one node gossip with another, with nothing lost on the way.
func (w *world) exchange(from, to *gossip.Core) error {
	if err := w.gossip(from, to.Name()); err != nil {
		return err
	}
	return w.deliver(w.net.Now())
}

// answer returns what a node answers to another's digest, not sent yet.
func (w *world) answer(to, of *gossip.Core) (*gossip.Message, error) {
	m, err := of.Digest(to.Name(), nil)
	if err != nil {
		return nil, err
	}
	w.note(m)
	return w.take(m)
}

// holes: a small message takes the oldest versions, and a late one does not make
// a hole.
func (w *world) holes(a, b, _ *gossip.Core) error {
	for _, c := range []*gossip.Core{a, b} {
		if err := w.start(c); err != nil {
			return err
		}
	}
	if err := w.exchange(b, a); err != nil {
		return err
	}
	for i, key := range keys {
		if err := b.Update(key, values[i]); err != nil {
			return err
		}
	}
	w.fit = oldest
	defer func() { w.fit = gossip.Everything }()
	if err := w.exchange(a, b); err != nil {
		return err
	}
	// What was sent after the first of the updates arrives when a has forgotten
	// everything.
	late, err := w.answer(b, a)
	if err != nil {
		return err
	}
	if err := a.Crash(); err != nil {
		return err
	}
	if err := w.start(a); err != nil {
		return err
	}
	if late, err = w.take(late); err != nil {
		return err
	}
	w.send(late)
	return w.deliver(w.net.Now())
}

// oldest is the Fit of a message that has room for one version of each owner.
func oldest(n *gossip.News) gossip.Cut {
	cut := gossip.Cut{}
	for _, owner := range n.Who {
		cut[owner] = int(n.Stops(owner)[0])
	}
	return cut
}

// copies: a message does not change when its sender does.
func (w *world) copies(a, b, _ *gossip.Core) error {
	if err := a.Crash(); err != nil {
		return err
	}
	if err := w.start(a); err != nil {
		return err
	}
	asks, err := w.answer(a, b)
	if err != nil {
		return err
	}
	late, err := w.take(asks)
	if err != nil {
		return err
	}
	if err := b.Update(keys[1], values[5]); err != nil {
		return err
	}
	rest, err := w.take(late) // as it is now, not as it would be encoded
	if err != nil {
		return err
	}
	w.send(rest)
	return w.deliver(w.net.Now())
}

// restarts: others remember more of the old life than there is of the new one;
// a third node finds both by the seed.
func (w *world) restarts(a, b, c *gossip.Core) error {
	if err := b.Crash(); err != nil {
		return err
	}
	if err := b.Start(); err != nil {
		return err
	}
	if err := w.exchange(a, b); err != nil {
		return err
	}
	if err := w.exchange(b, a); err != nil {
		return err
	}
	if err := w.start(c); err != nil {
		return err
	}
	return w.exchange(c, a)
}

// opinions: a delta that begins too late brings no values, but an opinion.
func (w *world) opinions(a, b, c *gossip.Core) error {
	for i, key := range keys {
		if i == len(keys)-1 {
			if err := w.settle(8); err != nil {
				return err
			}
		}
		if err := b.Update(key, values[i]); err != nil {
			return err
		}
	}
	if err := w.exchange(b, a); err != nil {
		return err
	}
	if err := a.Suspect(b.Name()); err != nil {
		return err
	}
	late, err := w.answer(a, c)
	if err != nil {
		return err
	}
	if err := c.Crash(); err != nil {
		return err
	}
	if err := w.start(c); err != nil {
		return err
	}
	w.fit = oldest
	defer func() { w.fit = gossip.Everything }()
	if err := w.exchange(b, c); err != nil {
		return err
	}
	rest, err := w.take(late)
	w.send(rest)
	return err
}

// suspicion: one who is suspected, and buried, hears of it and refutes it.
func (w *world) suspicion(a, b, c *gossip.Core) error {
	if err := a.Suspect(b.Name()); err != nil {
		return err
	}
	if err := w.exchange(a, c); err != nil {
		return err
	}
	if err := a.Bury(b.Name()); err != nil {
		return err
	}
	if err := w.exchange(a, b); err != nil {
		return err
	}
	return w.exchange(b, c) // who still has it from a
}

// farewell: of who has left a stone remains.
func (w *world) farewell(a, b, c *gossip.Core) error {
	if err := c.Leave(); err != nil {
		return err
	}
	if err := w.exchange(c, a); err != nil {
		return err
	}
	if err := w.exchange(b, a); err != nil {
		return err
	}
	return c.Crash()
}

// operation is one thing that happens to the world; gofuzz fills it in.
type operation struct {
	Kind, Node, Other, Key, Value uint8
}

// faults lets random things happen to a cluster, and then nothing any more.
func faults(ctx context.Context, run conformance.Run) error {
	nodes := names(5)
	return recorded(run.Path, header("faults", run.Seed, nodes, values), func(rec *trace.Recorder) error {
		w := newWorld(rec, run.Seed, nodes)
		w.nodes = w.nodes[:3+run.Seed%3]
		w.fit = gossip.Within([]int{50, 100, 1400}[run.Seed%3])
		w.about = 2 + int(run.Seed%7)
		var ops []operation
		fuzz.NewWithSeed(run.Seed).NilChance(0).NumElements(10, 20).Fuzz(&ops)
		w.net.Change(networktest.Faults{Lose: int(ops[0].Value) % 40, Repeat: 20, MaxDelay: 3 * round})
		for _, c := range w.nodes {
			if err := w.start(c); err != nil {
				return err
			}
		}
		for _, op := range ops {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := allowed(w.happen(op)); err != nil {
				return err
			}
			if op.Kind%2 == 0 {
				if err := w.round(); err != nil {
					return err
				}
			}
		}
		w.net.Heal()
		for _, c := range w.nodes {
			if !c.Up() && (c == w.nodes[0] || ops[0].Kind%2 == 0) {
				if err := w.start(c); err != nil {
					return err
				}
			}
		}
		return w.settle(30)
	})
}

// happen does one thing.
func (w *world) happen(op operation) error {
	c := w.nodes[int(op.Node)%len(w.nodes)]
	other := w.nodes[int(op.Other)%len(w.nodes)].Name()
	switch op.Kind % 16 {
	case 0, 1:
		return c.Crash()
	case 2, 3, 4:
		if c.Up() {
			return gossip.ErrNotAllowed
		}
		return w.start(c)
	case 5:
		return c.Suspect(other)
	case 6:
		if err := c.Suspect(other); err != nil {
			return err
		}
		return c.Bury(other)
	case 7:
		if c == w.nodes[0] {
			return gossip.ErrNotAllowed
		}
		return c.Leave()
	case 8:
		at := 1 + int(op.Other)%(len(w.nodes)-1)
		var sides [2][]string
		for i, n := range w.nodes {
			side := 0
			if i >= at {
				side = 1
			}
			sides[side] = append(sides[side], n.Name())
		}
		w.net.Partition(sides[0], sides[1])
		return nil
	case 9:
		w.net.Heal()
		return nil
	}
	return c.Update(keys[int(op.Key)%len(keys)], values[int(op.Value)%len(values)])
}

// fifty lets fifty nodes find each other by one seed. A message has room for
// all of them.
func fifty(_ context.Context, run conformance.Run) error {
	nodes := names(50)
	return recorded(run.Path, header("fifty", run.Seed, nodes, values[:1]), func(rec *trace.Recorder) error {
		w := newWorld(rec, run.Seed, nodes)
		for _, c := range w.nodes {
			if err := w.start(c); err != nil {
				return err
			}
		}
		return w.settle(5)
	})
}
