package versionvector

import (
	"fmt"

	"github.com/lockstep-tla/lockstep/trace"
)

// Core is a replica of one key without goroutines, files and network: a method for each
// step of the spec. A step that the present state does not allow returns ErrNotAllowed
// and changes nothing. Only one goroutine at a time may use it.
//
// The owner of a Core makes its Store durable and calls Flush when that has succeeded.
// After a crash it calls Restart, with a number of an incarnation that none had before.
type Core struct {
	name        string
	incarnation uint64
	store       State // in memory
	disk        State // known to be durable
	rec         *trace.Recorder
}

// Reply is what a client has read of a key. Its next write of the key brings it back. The
// zero Reply is for a client that has read nothing.
type Reply struct {
	Values  []string    `json:"values"`        // the siblings, in ascending order
	Context Vector      `json:"context"`       // what the client has seen now
	Sent    trace.Stamp `json:"sent,omitzero"` // the step that sent it, where steps are recorded
}

// NewCore returns a replica in its first incarnation.
func NewCore(name string, rec *trace.Recorder) *Core {
	return &Core{name: name, incarnation: 1, rec: rec}
}

// Name returns the replica's name.
func (c *Core) Name() string { return c.name }

// Incarnation returns the number of the incarnation.
func (c *Core) Incarnation() uint64 { return c.incarnation }

// actor is the replica's name as an actor in this incarnation.
func (c *Core) actor() string { return fmt.Sprint(c.name, ".", c.incarnation) }

// Store returns what is in memory.
func (c *Core) Store() State { return c.store }

// Disk returns what is known to be durable.
func (c *Core) Disk() State { return c.disk }

// Read returns all siblings and the context.
func (c *Core) Read() Reply {
	read := Reply{Values: c.store.Values(), Context: SeenByReader(c.store)}
	c.step("Read").Object("answer", c.store).Object("context", read.Context).State(c)
	read.Sent = c.rec.Stamp()
	return read
}

// Put accepts a write of a client, with what it has read before. No value may be written
// twice where steps are recorded: the spec tells writes apart by their values.
func (c *Core) Put(read Reply, value string) {
	c.store = c.store.put(c.actor(), c.SeenByWriter(read.Context), value)
	put := c.step("Put")
	if len(read.Context) > 0 { // else it may be the zero Reply, which no step has sent
		put.Heard(read.Sent)
	}
	put.Object("context", read.Context).String("value", value).State(c)
}

// Flush is taken when all that is in memory has become durable.
func (c *Core) Flush() error {
	if !c.IsDirty() {
		return ErrNotAllowed
	}
	c.disk = c.store
	c.step("Flush").State(c)
	return nil
}

// IsDirty says whether something in memory is not known to be durable.
func (c *Core) IsDirty() bool { return !c.disk.equal(c.store) }

// Restart begins an incarnation with what the disk has kept.
func (c *Core) Restart(kept State, incarnation uint64) error {
	if !c.IsNewName(incarnation) {
		return ErrNotAllowed
	}
	c.incarnation, c.store, c.disk = incarnation, kept, kept
	c.step("Restart").Object("kept", kept).Uint("incarnation", incarnation).State(c)
	return nil
}

// Send returns a message to another replica with all that this one has.
func (c *Core) Send(to string) (*Message, error) {
	if to == c.name || len(c.store) == 0 {
		return nil, ErrNotAllowed
	}
	c.step("Send").String("to", to).State(c)
	return c.sent(c.stateTo(to)), nil
}

// Ask returns a message to another replica with what this one has seen.
func (c *Core) Ask(to string) (*Message, error) {
	if to == c.name {
		return nil, ErrNotAllowed
	}
	c.step("Ask").String("to", to).State(c)
	return c.sent(&Message{Type: Ask, From: c.name, To: to, Context: ContextOf(c.store)}), nil
}

// Answer returns a message with all that this replica has, to one that has asked and is
// behind.
func (c *Core) Answer(m *Message) (*Message, error) {
	if m.Type != Ask || m.To != c.name || !IsBehind(m.Context, ContextOf(c.store)) {
		return nil, ErrNotAllowed
	}
	c.step("Answer").Heard(m.Sent).Object("message", m).State(c)
	return c.sent(c.stateTo(m.From)), nil
}

// Ignore notes that a replica has asked and has seen all that this one has.
func (c *Core) Ignore(m *Message) error {
	if m.Type != Ask || m.To != c.name || IsBehind(m.Context, ContextOf(c.store)) {
		return ErrNotAllowed
	}
	c.step("Ignore").Heard(m.Sent).Object("message", m).State(c)
	return nil
}

// Merge joins the state of another replica to this one.
func (c *Core) Merge(m *Message) error {
	if m.Type != Whole || m.To != c.name {
		return ErrNotAllowed
	}
	c.store = Join(c.store, m.State)
	c.step("Merge").Heard(m.Sent).Object("message", m).State(c)
	return nil
}

func (c *Core) stateTo(to string) *Message {
	return &Message{Type: Whole, From: c.name, To: to, State: c.store}
}

func (c *Core) step(name string) *trace.Step { return c.rec.Step(name).String("node", c.name) }

func (c *Core) sent(m *Message) *Message {
	m.Sent = c.rec.Stamp()
	return m
}

// View adds what the spec's View(node) has of a replica.
func (c *Core) View(o *trace.Object) {
	o.Object("store", c.store)
	o.Object("disk", c.disk)
	o.Uint("incarnation", c.incarnation)
}
