package gossipdissemination

import (
	"maps"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	gossip "github.com/lockstep-tla/lockstep/impl/gossipdissemination"
	"github.com/lockstep-tla/lockstep/trace"
)

// cluster is the cores of some nodes, and the messages between them. A core decides what
// its node may do, and the run which of the messages arrive, and when.
type cluster struct {
	rec   *trace.Recorder
	nodes []*gossip.Core
	sent  []message // those that may still arrive, each once
}

// message is a message under way. If it shares memory with its sender it may change until
// it arrives.
type message struct {
	*gossip.Message
	encoding string // when it was sent
}

func newCluster(rec *trace.Recorder, names []string) *cluster {
	c := &cluster{rec: rec}
	for _, name := range names {
		c.nodes = append(c.nodes, gossip.NewCore(gossip.CoreConfig{
			Name: name, Seeds: names[:1], Trace: rec, Counts: len(names) > 8,
		}))
	}
	return c
}

func (c *cluster) named(name string) *gossip.Core {
	return c.nodes[slices.IndexFunc(c.nodes, func(n *gossip.Core) bool { return n.Name() == name })]
}

// newSystem is the bounded model's cluster, driven step by step.
func newSystem(rec *trace.Recorder) (conformance.System, error) {
	c := newCluster(rec, []string{"a", "b"})
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
		"Lose":        c.ofMessage(func(m message, _ *trace.Record) error { c.lose(m); return nil }),
		"Agree":       toolbox.Claim(func() bool { return agreed(c.nodes) }, func() { agree(rec, c.nodes) }),
	}}, nil
}

// ofNode is a step of a node.
func (c *cluster) ofNode(step func(*gossip.Core, *trace.Record) error) toolbox.Step {
	return func(a *trace.Record) error { return step(c.named(a.String("node")), a) }
}

// ofMessage is a step with a message that may still arrive.
func (c *cluster) ofMessage(step func(message, *trace.Record) error) toolbox.Step {
	return func(a *trace.Record) error {
		m, ok := toolbox.Find(c.sent, a.Value("message"))
		if !ok {
			return gossip.ErrNotAllowed
		}
		return step(m, a)
	}
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
	return toolbox.ErrOf(c.sends(n.Digest(a.String("to"), about)))
}

// sends notes that a message may arrive from now on, if there is one.
func (c *cluster) sends(m *gossip.Message, err error) (*gossip.Message, error) {
	if m != nil {
		now := message{m, string(m.Encode(nil))}
		c.sent = append(c.without(now), now)
	}
	return m, err
}

func (c *cluster) without(m message) []message {
	return slices.DeleteFunc(c.sent, func(other message) bool { return other.encoding == m.encoding })
}

// lose records that a message does not arrive any more.
func (c *cluster) lose(m message) {
	c.sent = c.without(m)
	c.rec.Step("Lose").String("node", environment).Object("message", m).State(c)
}

// View is the cluster's View(environment): how many messages may arrive.
func (c *cluster) View(o *trace.Object) { o.Int("messages", len(c.sent)) }

// receive is a step of a node, Answer or Merge, with a message that arrives.
type receive func(*gossip.Core, *gossip.Message, gossip.Budget) (*gossip.Message, error)

// arrives is such a step, with the truncation of the answer. The message comes as bytes.
func (c *cluster) arrives(step receive) toolbox.Step {
	return c.ofMessage(func(sent message, a *trace.Record) error {
		given := gossip.Truncation{}
		truncation := a.Record("truncation")
		for _, owner := range truncation.Names() {
			given[owner] = truncation.Int(owner)
		}
		m, err := gossip.Decode(sent.Encode(nil))
		if err != nil {
			return err
		}
		return toolbox.ErrOf(c.sends(step(c.named(m.To), m, func(*gossip.Updates) gossip.Truncation { return given })))
	})
}

// agreed says whether all nodes that are up know the same, and none is suspected.
func agreed(nodes []*gossip.Core) bool {
	up := running(nodes)
	return !slices.ContainsFunc(up, func(n *gossip.Core) bool {
		status := n.DigestOf(n.Name()).Status
		return !same(n, up[0]) || status != gossip.Alive && status != gossip.Left
	})
}

func running(nodes []*gossip.Core) []*gossip.Core {
	return slices.DeleteFunc(slices.Clone(nodes), func(n *gossip.Core) bool { return !n.Up() })
}

func same(a, b *gossip.Core) bool {
	return slices.Equal(a.Owners(), b.Owners()) && !slices.ContainsFunc(a.Owners(), func(owner string) bool {
		x, _ := a.Entry(owner)
		y, _ := b.Entry(owner)
		return x.Digest != y.Digest || !maps.Equal(x.Vals, y.Vals)
	})
}

// agree records that all nodes that are up agree.
func agree(rec *trace.Recorder, nodes []*gossip.Core) {
	rec.Step("Agree").String("node", observer).State(observed(nodes))
}

// observed is the cluster's View(observer).
type observed []*gossip.Core

// View adds the names of the nodes that are up.
func (all observed) View(o *trace.Object) {
	var live []string
	for _, n := range running(all) {
		live = append(live, n.Name())
	}
	o.Set("live", live...)
}
