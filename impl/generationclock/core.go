package generationclock

import (
	"slices"

	"github.com/lockstep-tla/lockstep/trace"
)

// Role is what a node is at present.
type Role string

// The roles of a node.
const (
	Follower  Role = "follower"
	Candidate Role = "candidate"
	Leader    Role = "leader"
)

// Core is a node without goroutines, files and network: a method for each step of
// the spec, and one for each of its rules. A step that the present state does not
// allow returns ErrNotAllowed and changes nothing. Only one goroutine at a time may
// use it.
//
// The owner of a Core makes its Memory durable after Stand, Adopt and Accept, and
// calls Persist when the flush has returned. Until then the Core sends nothing.
type Core struct {
	Holder
	nodes int // how many there are in the cluster, this one included
	role  Role
	voted string   // the candidate for which it votes in this generation
	votes []string // the voters of a candidate, sorted
}

// NewCore returns a node of a cluster that has not started: its first step is Restart.
// nodes is the size of the cluster.
func NewCore(name string, nodes int, rec *trace.Recorder) *Core {
	c := &Core{Holder: Holder{name: name, rec: rec}, nodes: nodes, role: Follower}
	c.viewer = c
	return c
}

// Role returns what the node is at present.
func (c *Core) Role() Role { return c.role }

// Stand begins an election in which this node is the candidate.
func (c *Core) Stand() error {
	if c.role == Leader {
		return ErrNotAllowed
	}
	c.Gen = Raised(c.Gen)
	c.role, c.voted, c.votes = Candidate, c.name, []string{c.name}
	c.step("Stand").State(c)
	return nil
}

// Ask returns the candidate's message to all other nodes.
func (c *Core) Ask() (*Message, error) {
	if c.role != Candidate || !c.IsPersisted() {
		return nil, ErrNotAllowed
	}
	return c.send("Ask", &Message{Type: Ask, Gen: c.Gen}), nil
}

// Grant returns this node's vote in the present generation.
func (c *Core) Grant() (*Message, error) {
	if c.voted == "" || c.voted == c.name || !c.IsPersisted() {
		return nil, ErrNotAllowed
	}
	return c.send("Grant", &Message{Type: Grant, Gen: c.Gen, To: c.voted}), nil
}

// Count takes a vote for this candidate.
func (c *Core) Count(m *Message) error {
	if m.Type != Grant || m.To != c.name || c.role != Candidate || !c.IsVoteFor(m) {
		return ErrNotAllowed
	}
	if at, found := slices.BinarySearch(c.votes, m.From); !found { // a vote may come twice
		c.votes = slices.Insert(c.votes, at, m.From)
	}
	c.step("Count").Heard(m.Sent).Object("message", m).State(c)
	return nil
}

// Lead makes a candidate with enough votes the leader.
func (c *Core) Lead() error {
	if c.role != Candidate || !HasQuorum(len(c.votes), c.nodes) {
		return ErrNotAllowed
	}
	c.role = Leader
	c.step("Lead").State(c)
	return nil
}

// Beat returns the leader's heartbeat to all other nodes.
func (c *Core) Beat() (*Message, error) {
	return c.says("Beat", &Message{Type: Beat, Gen: c.Gen})
}

// Order returns the leader's order to all nodes, itself included.
func (c *Core) Order(value string) (*Message, error) {
	return c.says("Order", &Message{Type: Order, Gen: c.Gen, Value: value})
}

// Write returns the leader's write to a store.
func (c *Core) Write(store, value string) (*Message, error) {
	return c.says("Write", &Message{Type: Write, Gen: c.Gen, To: store, Value: value})
}

func (c *Core) says(step string, m *Message) (*Message, error) {
	if c.role != Leader || !c.IsPersisted() {
		return nil, ErrNotAllowed
	}
	return c.send(step, m), nil
}

// Adopt takes over the newer number that a message brings, whatever else the
// message says. To adopt the number of a candidate that asks is to vote for it.
func (c *Core) Adopt(m *Message) error {
	if !c.isFor(m) || !IsNewer(c.Gen, m.Gen) {
		return ErrNotAllowed
	}
	c.Gen = m.Gen
	c.role, c.voted, c.votes = c.RoleAfterAdopting(), "", nil
	if m.Type == Ask {
		c.voted = m.From
	}
	c.step("Adopt").Heard(m.Sent).Object("message", m).State(c)
	return nil
}

// Accept takes an order of the present leader.
func (c *Core) Accept(m *Message) error {
	if m.Type != Order || !c.MayAccept(m) {
		return ErrNotAllowed
	}
	c.take("Accept", m)
	return nil
}

// Restart begins the node's next incarnation with what it finds on its disk.
func (c *Core) Restart(kept Record) {
	c.disk, c.Record = kept, Record{StartsAt(kept), kept.Entry}
	c.role, c.voted, c.votes = Follower, "", nil
	c.step("Restart").Object("kept", kept).State(c)
}

// IsVoteFor says whether a vote counts: in the election for which it was given,
// and in no later one.
func (c *Core) IsVoteFor(m *Message) bool { return m.Gen == c.Gen }

// RoleAfterAdopting is what a node is when it has learned of a newer generation:
// also a leader leads no more.
func (c *Core) RoleAfterAdopting() Role { return Follower }

// MayAccept says whether an order may be accepted: only one of the node's own
// generation, however the node learned of that.
func (c *Core) MayAccept(m *Message) bool { return m.Gen == c.Gen }

// View adds what the spec's View(node) has of a node.
func (c *Core) View(o *trace.Object) {
	voted := c.voted
	if voted == "" {
		voted = NoNode
	}
	o.Count("gen", c.Gen)
	o.Object("entry", c.Entry)
	o.Object("disk", c.disk)
	o.String("role", string(c.role))
	o.String("voted", voted)
	o.Set("votes", c.votes...)
}
