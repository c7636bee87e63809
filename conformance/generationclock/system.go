package generationclock

import (
	"errors"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	gc "github.com/lockstep-tla/lockstep/impl/generationclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// cluster is the cores of three nodes and a store, with a network that keeps every
// message. What is durable, and what a crash leaves, is decided here.
type cluster struct {
	rec     *trace.Recorder
	nodes   map[string]*gc.Core
	store   *gc.StoreCore
	holders map[string]holder // all of them
	sent    []*gc.Message
}

// holder is what nodes and store have in common.
type holder interface {
	Adopt(m *gc.Message) error
	Refuse(m *gc.Message) (*gc.Message, error)
	Acknowledge() (*gc.Message, error)
	Persist() error
	Disk() gc.Record
	Memory() gc.Record
	Restart(kept gc.Record)
}

func newCluster(rec *trace.Recorder) *cluster {
	c := &cluster{rec: rec, nodes: map[string]*gc.Core{}, store: gc.NewStoreCore(store, rec), holders: map[string]holder{}}
	c.holders[store] = c.store
	for _, name := range nodes {
		c.nodes[name] = gc.NewCore(name, len(nodes), rec)
		c.holders[name] = c.nodes[name]
	}
	return c
}

// take takes a step of a holder, which may be about a value or a message. It puts the message
// that is sent on the network, and returns it.
func (c *cluster) take(name, step, value string, m *gc.Message) (sent *gc.Message, err error) {
	n, h := c.nodes[name], c.holders[name]
	send := map[string]func() (*gc.Message, error){
		"Ask": n.Ask, "Grant": n.Grant, "Beat": n.Beat, "Acknowledge": h.Acknowledge,
		"Order":  func() (*gc.Message, error) { return n.Order(value) },
		"Write":  func() (*gc.Message, error) { return n.Write(store, value) },
		"Refuse": func() (*gc.Message, error) { return h.Refuse(m) },
	}[step]
	if send == nil {
		return nil, toolbox.Command(step, map[string]func() error{
			"Stand": n.Stand, "Lead": n.Lead, "Persist": h.Persist,
			"Count":  func() error { return n.Count(m) },
			"Adopt":  func() error { return h.Adopt(m) },
			"Accept": func() error { return n.Accept(m) },
			"Apply":  func() error { return c.store.Apply(m) },
		})
	}
	if sent, err = send(); err == nil {
		c.sent = append(c.sent, sent)
	}
	return sent, err
}

// newSystem is the bounded model's cluster, driven step by step. Another one takes each step
// first and records nothing: a message that is not the one shown must not be sent.
func newSystem(rec *trace.Recorder) (conformance.System, error) {
	c, first := newCluster(rec), newCluster(nil)
	table := map[string]toolbox.Step{
		"Restart": func(a *trace.Record) error { return errors.Join(first.restart(a), c.restart(a)) },
		"End":     toolbox.Claim(c.idle, func() { end(rec, c.store) }),
	}
	for _, step := range strings.Fields("Stand Lead Persist Ask Grant Beat Acknowledge Order Write Count Adopt Accept Apply Refuse") {
		table[step] = func(a *trace.Record) error {
			value, m, shown, err := c.about(step, a)
			if err != nil {
				return err
			}
			name := a.String("node")
			sent, err := first.take(name, step, value, m)
			if err == nil && shown != nil {
				_, err = toolbox.Sent([]*gc.Message{sent}, shown)
			}
			if err != nil {
				return err
			}
			return toolbox.ErrOf(c.take(name, step, value, m))
		}
	}
	return &toolbox.Steps{Refusal: gc.ErrNotAllowed, Take: table}, nil
}

// about returns the value and the message that a step is about, and the message that it sends.
func (c *cluster) about(step string, a *trace.Record) (value string, m *gc.Message, sends trace.Value, err error) {
	switch step {
	case "Stand", "Lead", "Persist":
	case "Ask", "Grant", "Beat", "Acknowledge":
		sends = a.Value("message")
	case "Order", "Write":
		value, sends = a.Record("message").String("value"), a.Value("message")
	default:
		var ok bool
		if m, ok = toolbox.Find(c.sent, a.Value("message")); !ok {
			err = gc.ErrNotAllowed // it was never sent
		}
		if step == "Refuse" {
			sends = a.Value("answer")
		}
	}
	return value, m, sends, err
}

// restart begins a holder's next process with what a crash may have left.
func (c *cluster) restart(a *trace.Record) error {
	h := c.holders[a.String("node")]
	kept, ok := toolbox.Find([]gc.Record{h.Disk(), h.Memory()}, a.Value("kept"))
	if !ok {
		return gc.ErrNotAllowed
	}
	h.Restart(kept)
	return nil
}

// newest is the greatest number that a node knows.
func (c *cluster) newest() (gen uint64) {
	for _, n := range c.nodes {
		gen = max(gen, n.Gen)
	}
	return gen
}

// idle says whether nothing is left to do.
func (c *cluster) idle() bool {
	for _, h := range c.holders {
		if h.Disk() != h.Memory() {
			return false
		}
	}
	for _, n := range c.nodes {
		if n.Role() == gc.Candidate || n.Role() == gc.Leader && n.Gen < c.newest() {
			return false
		}
	}
	applied := c.store.Disk()
	return !slices.ContainsFunc(c.sent, func(m *gc.Message) bool {
		return m.Type == gc.Write && m.Gen >= applied.Gen && m.Gen != applied.Entry.Gen
	})
}

// end records that nothing is left to do.
func end(rec *trace.Recorder, of trace.Viewer) {
	rec.Step("End").String("node", store).State(of)
}
