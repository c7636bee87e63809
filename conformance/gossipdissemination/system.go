package gossipdissemination

import (
	"maps"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	gossip "github.com/lockstep-tla/lockstep/impl/gossipdissemination"
	"github.com/lockstep-tla/lockstep/trace"
)

// newSystem is the bounded model's cluster, driven step by step. A core decides what its
// node may do. Here the system decides only which messages may arrive: those that were
// sent.
func newSystem(rec *trace.Recorder) (conformance.System, error) {
	c := newCluster(rec, 1, []string{"a", "b"})
	type core = *gossip.Core
	return &toolbox.Steps{Refusal: gossip.ErrNotAllowed, Take: map[string]toolbox.Step{
		"Start":       c.ofNode(func(n core, _ *trace.Record) error { return n.Start() }),
		"Update":      c.ofNode(func(n core, a *trace.Record) error { return n.Update(a.String("key"), a.String("value")) }),
		"Refute":      c.ofNode(func(n core, _ *trace.Record) error { return n.Refute() }),
		"Leave":       c.ofNode(func(n core, _ *trace.Record) error { return n.Leave() }),
		"Crash":       c.ofNode(func(n core, _ *trace.Record) error { return n.Crash() }),
		"Suspect":     c.ofNode(func(n core, a *trace.Record) error { return n.Suspect(a.String("other")) }),
		"DeclareDead": c.ofNode(func(n core, a *trace.Record) error { return n.DeclareDead(a.String("other")) }),
		"Digest":      c.ofNode(c.digest),
		"Answer":      c.arrives(core.Answer),
		"Merge":       c.arrives(core.Merge),
		"Lose": func(a *trace.Record) error {
			m, ok := c.underWay(a)
			if !ok {
				return gossip.ErrNotAllowed
			}
			c.lose(string(m.Encode(nil)))
			return nil
		},
		"Agree": func(*trace.Record) error {
			if !agreed(c.cores()) {
				return gossip.ErrNotAllowed
			}
			agree(rec, c.cores())
			return nil
		},
	}}, nil
}

// ofNode is a step of a node.
func (c *cluster) ofNode(step func(*gossip.Core, *trace.Record) error) toolbox.Step {
	return func(a *trace.Record) error { return step(c.byName[a.String("node")].Core, a) }
}

// digest sends a digest, if it is about owners that the node knows.
func (c *cluster) digest(n *gossip.Core, a *trace.Record) error {
	about := map[string]bool{}
	owners := a.Record("about")
	for _, owner := range owners.Names() {
		about[owner] = owners.Bool(owner)
	}
	if !slices.Equal(slices.Sorted(maps.Keys(about)), n.Owners()) {
		return gossip.ErrNotAllowed
	}
	m, err := n.Digest(a.String("to"), about)
	c.byName[n.Name()].sends(m)
	return err
}

// underWay returns the message that the arguments show, if it may arrive.
func (c *cluster) underWay(a *trace.Record) (*gossip.Message, bool) {
	return toolbox.Find(slices.Collect(maps.Values(c.sent)), a.Value("message"))
}

// arrives is a step that takes a message, if it is under way.
func (c *cluster) arrives(step func(*gossip.Core, *gossip.Message, gossip.Budget) (*gossip.Message, error)) toolbox.Step {
	return c.ofNode(func(n *gossip.Core, a *trace.Record) error {
		sent, ok := c.underWay(a)
		if !ok {
			return gossip.ErrNotAllowed
		}
		given := gossip.Truncation{}
		truncation := a.Record("truncation")
		for _, owner := range truncation.Names() {
			given[owner] = truncation.Int(owner)
		}
		m, err := gossip.Decode(sent.Encode(nil))
		if err != nil {
			return err
		}
		answer, err := step(n, m, func(*gossip.Updates) gossip.Truncation { return given })
		c.byName[n.Name()].sends(answer)
		return err
	})
}
