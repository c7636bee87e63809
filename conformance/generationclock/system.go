package generationclock

import (
	"fmt"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	gc "github.com/lockstep-tla/lockstep/impl/generationclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// cluster is the cores of three nodes and a store, with a network that keeps every
// message. What is durable, and what a crash leaves, is decided here.
type cluster struct {
	nodes map[string]*gc.Core
	store *gc.StoreCore
	sent  []*gc.Message
}

func newCluster(rec *trace.Recorder) *cluster {
	c := &cluster{nodes: map[string]*gc.Core{}, store: gc.NewStoreCore(store, rec)}
	for _, name := range nodes {
		c.nodes[name] = gc.NewCore(name, len(nodes), rec)
	}
	return c
}

// holder is what nodes and store have in common.
func (c *cluster) holder(name string) *gc.Holder {
	if n := c.nodes[name]; n != nil {
		return &n.Holder
	}
	return &c.store.Holder
}

func (c *cluster) adopt(name string, m *gc.Message) error {
	if n := c.nodes[name]; n != nil {
		return n.Adopt(m)
	}
	return c.store.Adopt(m)
}

func (c *cluster) restart(name string, kept gc.Record) {
	if n := c.nodes[name]; n != nil {
		n.Restart(kept)
	} else {
		c.store.Restart(kept)
	}
}

// send puts a message on the network.
func (c *cluster) send(m *gc.Message, err error) error {
	if err == nil {
		c.sent = append(c.sent, m)
	}
	return err
}

// newSystem is the bounded model's cluster, driven step by step.
func newSystem(rec *trace.Recorder) (conformance.System, error) {
	c := newCluster(rec)
	type node = *gc.Core
	return &toolbox.Steps{Refusal: gc.ErrNotAllowed, Take: map[string]toolbox.Step{
		"Stand": c.ofNode(node.Stand),
		"Lead":  c.ofNode(node.Lead),
		"Ask":   c.sends(node.AskOf, node.Ask),
		"Grant": c.sends(node.GrantOf, node.Grant),
		"Beat":  c.sends(node.BeatOf, node.Beat),
		"Order": func(a *trace.Record) error {
			value := a.Record("message").String("value")
			return c.sends(
				func(n node) *gc.Message { return n.OrderOf(value) },
				func(n node) (*gc.Message, error) { return n.Order(value) })(a)
		},
		"Write": func(a *trace.Record) error {
			value := a.Record("message").String("value")
			return c.sends(
				func(n node) *gc.Message { return n.WriteOf(store, value) },
				func(n node) (*gc.Message, error) { return n.Write(store, value) })(a)
		},
		"Count":  c.arrives(func(name string, m *gc.Message) error { return c.nodes[name].Count(m) }),
		"Accept": c.arrives(func(name string, m *gc.Message) error { return c.nodes[name].Accept(m) }),
		"Apply":  c.arrives(func(_ string, m *gc.Message) error { return c.store.Apply(m) }),
		"Adopt":  c.arrives(c.adopt),
		"Refuse": func(a *trace.Record) error {
			answer := a.Value("answer")
			return c.arrives(func(name string, m *gc.Message) error {
				if !shown(answer, c.holder(name).RefusalOf(m)) {
					return gc.ErrNotAllowed
				}
				return c.send(c.holder(name).Refuse(m))
			})(a)
		},
		"Acknowledge": func(a *trace.Record) error {
			h := c.holder(a.String("node"))
			if !shown(a.Value("message"), h.DoneOf()) {
				return gc.ErrNotAllowed
			}
			return c.send(h.Acknowledge())
		},
		"Persist": func(a *trace.Record) error { return c.holder(a.String("node")).Persist() },
		"Restart": func(a *trace.Record) error {
			name, kept := a.String("node"), a.Value("kept")
			for _, r := range []gc.Record{c.holder(name).Disk(), c.holder(name).Memory()} {
				if shown(kept, r) {
					c.restart(name, r)
					return nil
				}
			}
			return gc.ErrNotAllowed // no crash leaves that
		},
	}}, nil
}

// ofNode is a step that needs nothing but its node.
func (c *cluster) ofNode(step func(*gc.Core) error) toolbox.Step {
	return func(a *trace.Record) error { return step(c.nodes[a.String("node")]) }
}

// sends is a step by which a node sends the message that is shown.
func (c *cluster) sends(preview func(*gc.Core) *gc.Message, step func(*gc.Core) (*gc.Message, error)) toolbox.Step {
	return func(a *trace.Record) error {
		n := c.nodes[a.String("node")]
		if n == nil {
			return fmt.Errorf("no node %q", a.String("node"))
		}
		if !shown(a.Value("message"), preview(n)) {
			return gc.ErrNotAllowed // another message than the node has to send
		}
		return c.send(step(n))
	}
}

// arrives is a step that takes the message that is shown.
func (c *cluster) arrives(step func(name string, m *gc.Message) error) toolbox.Step {
	return func(a *trace.Record) error {
		m, ok := toolbox.Find(c.sent, a.Value("message"))
		if !ok {
			return gc.ErrNotAllowed // it was never sent
		}
		return step(a.String("node"), m)
	}
}

// shown says whether a trace shows something like that.
func shown(want trace.Value, v trace.Viewer) bool {
	have, err := trace.ValueOf(v)
	return err == nil && trace.Equal(have, want)
}
