package versionvector

import (
	"maps"
	"slices"

	"github.com/lockstep-tla/lockstep/trace"
)

// Core is a replica of one key without goroutines, files and network: a method for each
// step of the spec. A step that the present state does not allow returns ErrNotAllowed
// and changes nothing. Only one goroutine at a time may use it.
//
// The owner of a Core makes its Store durable and calls Flush when that has succeeded.
// After a crash it calls Restart, with a number of an incarnation that none had before.
type Core struct {
	name   string
	latest Vector          // of each replica, the latest incarnation that this one knows; durable
	heard  map[string]bool // the others that knew that too, and all that they had then is here
	store  State           // in memory
	disk   State           // known to be durable
	rec    *trace.Recorder
}

// Reply is what a client has read of a key. Its next write of the key brings it back. The
// zero Reply is for a client that has read nothing.
type Reply struct {
	Values  []string    `json:"values"`        // the siblings, in ascending order
	Context Vector      `json:"context"`       // what the client has seen now
	Latest  Vector      `json:"latest"`        // the latest incarnations that the replica knew
	Sent    trace.Stamp `json:"sent,omitzero"` // the step that sent it, where steps are recorded
}

// NewCore returns a replica in its first incarnation, as are its peers.
func NewCore(name string, peers []string, rec *trace.Recorder) *Core {
	c := &Core{name: name, latest: Vector{name: 1}, heard: map[string]bool{}, rec: rec}
	for _, peer := range peers {
		c.latest[peer] = 1
	}
	return c
}

// Name returns the replica's name.
func (c *Core) Name() string { return c.name }

// Incarnation returns the number of the incarnation.
func (c *Core) Incarnation() uint64 { return c.latest[c.name] }

// Latest returns the latest incarnation of each replica that this one knows.
func (c *Core) Latest() Vector { return c.latest }

// actor is the replica's name as an actor in this incarnation.
func (c *Core) actor() string { return actorOf(c.name, c.Incarnation()) }

// Store returns what is in memory.
func (c *Core) Store() State { return c.store }

// Disk returns what is known to be durable.
func (c *Core) Disk() State { return c.disk }

// Read returns all siblings and the context.
func (c *Core) Read() Reply {
	read := Reply{Values: c.store.Values(), Context: SeenByReader(c.store), Latest: c.latest}
	c.step("Read").Object("answer", c.store).Object("context", read.Context).Object("latest", c.latest).State(c)
	read.Sent = c.rec.Stamp()
	return read
}

// Put accepts a write of a client, with what it has read before. No value may be written
// twice where steps are recorded: the spec tells writes apart by their values.
func (c *Core) Put(read Reply, value string) error {
	if !c.MayTake(read.Context, read.Latest) {
		return ErrNotAllowed
	}
	c.store = c.store.put(c.actor(), c.SeenByWriter(read.Context), value)
	put := c.step("Put")
	if len(read.Context) > 0 { // else it may be the zero Reply, which no step has sent
		put.Heard(read.Sent)
	}
	put.Object("context", read.Context).Object("latest", read.Latest).String("value", value).State(c)
	return nil
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

// Restart begins an incarnation with what the disk has kept, and with the latest
// incarnations that it knows, its own too.
func (c *Core) Restart(kept State, latest Vector) error {
	if !c.IsNewName(latest[c.name]) {
		return ErrNotAllowed
	}
	c.latest, c.heard, c.store, c.disk = latest, map[string]bool{}, kept, kept
	c.step("Restart").Object("kept", kept).Object("latest", latest).State(c)
	return nil
}

// Prunable returns the number up to which all incarnations of a replica have ended, and
// have no value here; 0 if none has an entry.
func (c *Core) Prunable(of string) (upTo uint64) {
	for _, number := range c.store.incarnations(of) {
		if number >= c.latest[of] || len(c.store[actorOf(of, number)].Values) > 0 {
			break
		}
		upTo = number
	}
	return upTo
}

// Prune removes the entries of the incarnations of a replica up to a number. All their
// writes were seen, and are replaced.
func (c *Core) Prune(of string, upTo uint64) error {
	if upTo == 0 || !c.MayPrune() || !slices.Contains(c.store.incarnations(of), upTo) || upTo > c.Prunable(of) {
		return ErrNotAllowed
	}
	c.store = Join(c.store, State{floorOf(of): {N: upTo}})
	c.step("Prune").String("of", of).Uint("upTo", upTo).State(c)
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
	return c.sent(&Message{Type: Ask, From: c.name, To: to, Context: ContextOf(c.store), Latest: c.latest}), nil
}

// Answer returns a message with all that this replica has, to one that has asked and is
// behind.
func (c *Core) Answer(m *Message) (*Message, error) {
	if m.Type != Ask || m.To != c.name || !IsBehind(m.Context, ContextOf(c.store)) {
		return nil, ErrNotAllowed
	}
	c.hearAsk(m)
	c.step("Answer").Heard(m.Sent).Object("message", m).State(c)
	return c.sent(c.stateTo(m.From)), nil
}

// Ignore notes that a replica has asked and has seen all that this one has.
func (c *Core) Ignore(m *Message) error {
	if m.Type != Ask || m.To != c.name || IsBehind(m.Context, ContextOf(c.store)) {
		return ErrNotAllowed
	}
	c.hearAsk(m)
	c.step("Ignore").Heard(m.Sent).Object("message", m).State(c)
	return nil
}

// Merge joins the state of another replica to this one.
func (c *Core) Merge(m *Message) error {
	if m.Type != Whole || m.To != c.name || !c.MayTake(ContextOf(m.State), m.Latest) {
		return ErrNotAllowed
	}
	c.store = Join(c.store, m.State)
	c.hear(m)
	c.step("Merge").Heard(m.Sent).Object("message", m).State(c)
	return nil
}

// Learn notes the latest incarnations that a message says. They must be durable, and all
// that was in memory too.
func (c *Core) Learn(m *Message) error {
	if m.To != c.name || !c.IsNews(m) || !c.MayLearn() {
		return ErrNotAllowed
	}
	c.latest, c.heard = c.Learned(m.Latest), map[string]bool{}
	c.step("Learn").Heard(m.Sent).Object("message", m).State(c)
	return nil
}

// IsNews says whether a message's sender knows a later incarnation of some replica.
func (c *Core) IsNews(m *Message) bool { return IsBehind(c.latest, c.Learned(m.Latest)) }

// Learned returns the latest incarnations that this replica or another one knows.
func (c *Core) Learned(latest Vector) Vector {
	all := make(Vector, len(c.latest))
	for replica, number := range c.latest {
		all[replica] = max(number, latest[replica])
	}
	return all
}

// hear notes that all that the sender of a message had is here, if it knew as much of the
// ends of incarnations.
func (c *Core) hear(m *Message) {
	if !IsBehind(m.Latest, c.latest) {
		c.heard[m.From] = true
	}
}

func (c *Core) hearAsk(m *Message) {
	if !IsBehind(ContextOf(c.store), m.Context) {
		c.hear(m)
	}
}

func (c *Core) stateTo(to string) *Message {
	return &Message{Type: Whole, From: c.name, To: to, State: c.store, Latest: c.latest}
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
	o.Object("latest", c.latest)
	o.Set("heard", slices.Sorted(maps.Keys(c.heard))...)
}
