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
	nodes   map[string]*gc.Core
	store   *gc.StoreCore
	holders map[string]holder // all of them
	sent    []*gc.Message
}

// holder is what nodes and store have in common.
type holder interface {
	Adopt(m *gc.Message) error
	Refuse(m *gc.Message) (*gc.Message, error)
	RefusalOf(m *gc.Message) *gc.Message
	Acknowledge() (*gc.Message, error)
	DoneOf() *gc.Message
	Persist() error
	Disk() gc.Record
	Memory() gc.Record
	Restart(kept gc.Record)
}

func newCluster(rec *trace.Recorder) *cluster {
	c := &cluster{nodes: map[string]*gc.Core{}, store: gc.NewStoreCore(store, rec), holders: map[string]holder{}}
	c.holders[store] = c.store
	for _, name := range nodes {
		c.nodes[name] = gc.NewCore(name, len(nodes), rec)
		c.holders[name] = c.nodes[name]
	}
	return c
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
		"Adopt":  c.arrives(func(name string, m *gc.Message) error { return c.holders[name].Adopt(m) }),
		"Refuse": func(a *trace.Record) error {
			answer := a.Value("answer")
			return c.arrives(func(name string, m *gc.Message) error {
				if !toolbox.IsShown(answer, c.holders[name].RefusalOf(m)) {
					return gc.ErrNotAllowed
				}
				return c.send(c.holders[name].Refuse(m))
			})(a)
		},
		"Acknowledge": func(a *trace.Record) error {
			h := c.holders[a.String("node")]
			if !toolbox.IsShown(a.Value("message"), h.DoneOf()) {
				return gc.ErrNotAllowed
			}
			return c.send(h.Acknowledge())
		},
		"Persist": func(a *trace.Record) error { return c.holders[a.String("node")].Persist() },
		"Restart": func(a *trace.Record) error {
			h, kept := c.holders[a.String("node")], a.Value("kept")
			for _, r := range []gc.Record{h.Disk(), h.Memory()} {
				if toolbox.IsShown(kept, r) {
					h.Restart(r)
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
		if !toolbox.IsShown(a.Value("message"), preview(n)) {
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
