package gossipdissemination

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	gossip "github.com/lockstep-tla/lockstep/impl/gossipdissemination"
	"github.com/lockstep-tla/lockstep/trace"
)

// walk is a cluster to which random things happen.
type walk struct {
	*cluster
	random *rand.Rand
	budget gossip.Budget
}

func newWalk(rec *trace.Recorder, seed int64, names []string, budget gossip.Budget) *walk {
	return &walk{newCluster(rec, names), rand.New(rand.NewPCG(uint64(seed), 26)), budget}
}

// often says how often each thing happens.
var often = toolbox.Often(map[string]int{
	"arrive": 10, "late": 6, "lose": 1, "gossip": 8, "exchange": 6,
	"update": 6, "crash": 1, "restart": 3, "suspect": 6, "leave": 1,
})

// operation is one thing that happens to the cluster.
type operation struct {
	Kind, Node, Other, Key, Value, Message uint8
}

// faults lets random things happen to three to five nodes: a message may arrive at any
// time, and again, or be lost. Then the nodes must come to agree. Some stay down, and
// the seed does not.
func faults(ctx context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("faults", run.Seed, nodes, values), func(rec *trace.Recorder) error {
		budget := gossip.Within(toolbox.Pick([]int{50, 100, 1400}, run.Seed))
		w := newWalk(rec, run.Seed, nodes[:3+run.Seed%3], budget)
		err := w.converge(len(w.nodes), 30)
		for _, op := range toolbox.Workload[operation](run.Seed, 100, 140) {
			if err == nil {
				err = errors.Join(ctx.Err(), toolbox.Allow(w.happens(op), gossip.ErrNotAllowed))
			}
		}
		if err != nil {
			return err
		}
		return w.converge(1+w.random.IntN(len(w.nodes)), 30)
	})
}

// happens lets one thing happen. It returns gossip.ErrNotAllowed if that is impossible now.
func (w *walk) happens(op operation) error {
	n, other := toolbox.Pick(w.nodes, op.Node), toolbox.Pick(w.nodes, op.Other).Name()
	switch toolbox.Pick(often, op.Kind) {
	case "arrive":
		return toolbox.ErrOf(w.receive(toolbox.Latest(w.sent, op.Message).Message))
	case "late":
		return toolbox.ErrOf(w.receive(toolbox.Pick(w.sent, op.Message).Message))
	case "lose":
		w.lose(toolbox.Pick(w.sent, op.Message))
		return nil
	case "gossip":
		return toolbox.ErrOf(w.sends(n.Digest(other, w.about(n))))
	case "exchange":
		return w.exchange(n, other, func(sender *gossip.Core) {
			if w.random.IntN(2) == 0 {
				_ = w.update(sender, op) // it may have left
			}
		})
	case "crash":
		return n.Crash()
	case "restart":
		return errors.Join(toolbox.Allow(n.Crash(), gossip.ErrNotAllowed), start(n))
	case "suspect":
		if n.DeclareDead(other) == nil {
			return nil
		}
		return n.Suspect(other)
	case "leave":
		return n.Leave()
	}
	return w.update(n, op)
}

func (w *walk) update(n *gossip.Core, op operation) error {
	return n.Update(toolbox.Pick(keys, op.Key), toolbox.Pick(values, op.Value))
}

// start starts a node, which publishes its address.
func start(n *gossip.Core) error { return errors.Join(n.Start(), n.Update("address", "0")) }

// about chooses the owners of a digest: all, or some.
func (w *walk) about(n *gossip.Core) map[string]bool {
	if w.random.IntN(2) == 0 {
		return nil
	}
	about := map[string]bool{}
	for _, owner := range n.Owners() {
		about[owner] = w.random.IntN(3) > 0
	}
	return about
}

// receive lets a message arrive. A node that learns from it that it is suspected refutes
// that.
func (w *walk) receive(m *gossip.Message) (*gossip.Message, error) {
	n := w.named(m.To)
	step := n.Answer
	if m.Kind == gossip.KindDelta {
		step = n.Merge
	}
	answer, err := w.sends(step(m, w.budget))
	return answer, errors.Join(err, toolbox.Allow(n.Refute(), gossip.ErrNotAllowed))
}

// exchange sends a digest of all to another node, and lets all arrive that follows from it.
// While a message is under way, its sender does something else.
func (w *walk) exchange(n *gossip.Core, other string, meanwhile func(sender *gossip.Core)) error {
	m, err := w.sends(n.Digest(other, nil))
	for err == nil && m != nil {
		meanwhile(w.named(m.From))
		m, err = w.receive(m)
	}
	return err
}

// converge starts the first nodes, and lets all exchange what they know until they agree,
// which is recorded. After too many rounds it is recorded all the same: the spec refuses it.
func (w *walk) converge(first, rounds int) error {
	for _, n := range w.nodes[:first] {
		if !n.Up() {
			if err := start(n); err != nil {
				return err
			}
		}
	}
	for ; rounds > 0 && !agreed(w.nodes); rounds-- {
		for _, n := range running(w.nodes) {
			peers := slices.DeleteFunc(slices.Clone(w.nodes), func(o *gossip.Core) bool { return !n.MayContact(o.Name()) })
			if len(peers) == 0 {
				continue
			}
			peer := toolbox.Pick(peers, w.random.IntN(len(peers))).Name()
			if err := toolbox.Allow(w.exchange(n, peer, func(*gossip.Core) {}), gossip.ErrNotAllowed); err != nil {
				return err
			}
		}
	}
	agree(w.rec, w.nodes)
	return nil
}

// fifty lets fifty nodes find each other by one seed. A message has room for all of them.
func fifty(_ context.Context, run conformance.Run) error {
	all := toolbox.Names("n", 50)
	return toolbox.Record(run, header("fifty", run.Seed, all, values[:1]), func(rec *trace.Recorder) error {
		return newWalk(rec, run.Seed, all, gossip.Everything).converge(len(all), 5)
	})
}
