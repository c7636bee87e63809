package majorityquorum

import (
	"errors"
	"maps"
	"slices"

	rwl "github.com/lockstep-tla/lockstep/impl/requestwaitinglist"
	"github.com/lockstep-tla/lockstep/trace"
)

// Outcome is how an operation has ended.
type Outcome string

// The outcomes of an operation.
const (
	Done    Outcome = "done"
	Failed  Outcome = "failed"  // nothing was written, and never will be
	Unknown Outcome = "unknown" // the put may have reached a replica
)

// The kinds of operations and their phases, beside the types of the requests.
const (
	read  = "read"
	write = "write"
	over  = "over"
)

// operation is what a client does, with the call that is its present phase.
type operation struct {
	kind, phase string
	value       string // to be written
	call        uint64
	cell        Cell // the newest that was seen, or the one that is put
	quorum      int
	yes, no     map[string]bool
	ended       string // how the call has ended
	outcome     Outcome

	number uint64            // of the call in the list
	keys   map[string]uint64 // of its requests there
}

// Core is a client without goroutines, clock and network: a method for each step of the
// spec, and a function for each of its rules. Its calls wait in a request waiting list, which
// counts each voter once and ends a call as soon as that is certain. A step that the present
// state does not allow returns ErrNotAllowed and changes nothing. Only one goroutine at a
// time may use it.
type Core struct {
	name        string
	nodes       []string
	voters      map[string]bool
	writeQuorum int
	regular     bool
	rec         *trace.Recorder

	calls *rwl.Core
	now   uint64 // of the list's clock, which stands still until a call expires
	op    operation
	own   uint64 // the number of the last version that it has chosen
}

// NewCore returns a client that does nothing yet. Its options are not looked at.
func NewCore(o Options) *Core {
	o = o.withDefaults()
	c := &Core{
		name: o.Name, nodes: slices.Concat(o.Voters, o.Followers), voters: map[string]bool{},
		writeQuorum: o.WriteQuorum, regular: o.Regular, rec: o.Trace,
		calls: rwl.NewCore(o.Name, nil), op: operation{kind: "none", phase: over, outcome: Done},
	}
	for _, node := range o.Voters {
		c.voters[node] = true
	}
	must(c.calls.Restart(1)) // a client's name is that of its process
	must(c.calls.Lead())
	return c
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// Read begins a read.
func (c *Core) Read() error {
	if c.op.phase != over {
		return ErrNotAllowed
	}
	c.begin(read, string(Get), "", Cell{}, ReadQuorum(len(c.voters), c.writeQuorum))
	c.step("Read").State(c)
	return nil
}

// Write begins a write.
func (c *Core) Write(value string) error {
	if c.op.phase != over {
		return ErrNotAllowed
	}
	c.begin(write, string(Get), value, Cell{}, ReadQuorum(len(c.voters), c.writeQuorum))
	c.step("Write").String("value", value).State(c)
	return nil
}

// begin begins a phase: a call to all voters.
func (c *Core) begin(kind, phase, value string, cell Cell, quorum int) {
	group := slices.DeleteFunc(slices.Clone(c.nodes), func(n string) bool { return !c.HasVote(n) })
	number, err := c.calls.Begin(group, quorum, 1)
	must(err) // the options were checked
	c.op = operation{
		kind: kind, phase: phase, value: value, call: c.op.call + 1, cell: cell, quorum: quorum,
		yes: map[string]bool{}, no: map[string]bool{}, number: number, keys: map[string]uint64{},
	}
	for _, node := range group {
		id, err := c.calls.Ask(number, node)
		must(err)
		c.op.keys[node] = id.Number
	}
}

// Requests returns the requests of the present phase whose answers are awaited, for the
// transport. They may be sent any number of times. Followers get puts, too; their answers
// do not count.
func (c *Core) Requests() []*Message {
	var all []*Message
	for _, node := range c.nodes {
		key := c.op.keys[node]
		if !c.waits() || c.op.yes[node] || c.op.no[node] || key == 0 && c.op.phase == string(Get) {
			continue
		}
		m := &Message{Type: Type(c.op.phase), From: c.name, To: node, Call: c.op.call, Key: key, Sent: c.rec.Stamp()}
		if m.Type == Put {
			m.Cell = c.op.cell
		}
		all = append(all, m)
	}
	return all
}

func (c *Core) waits() bool { return c.op.phase != over && c.op.ended == "" }

// Receive takes an answer. One that is late, or comes again, changes nothing.
func (c *Core) Receive(m *Message) error {
	if m.To != c.name || m.isRequest() {
		return ErrNotAllowed
	}
	if c.calls.Receive(rwl.ID{Incarnation: c.calls.Incarnation(), Number: m.Key}, m.From, true) != 0 {
		c.op.yes[m.From] = true
		if c.op.phase == string(Get) {
			c.op.cell = Newest(c.op.cell, m.Cell)
		}
		c.settle()
	}
	c.step("Receive").Heard(m.Sent).Object("answer", m).State(c)
	return nil
}

// Fail says that a request will not be answered, or was refused.
func (c *Core) Fail(request *Message) error {
	if _, _, err := c.calls.SendFails(request.Key); err != nil {
		return ErrNotAllowed // it is late
	}
	c.op.no[request.To] = true
	c.settle()
	c.step("Fail").String("replica", request.To).State(c)
	return nil
}

// Expire ends the call: its time is over.
func (c *Core) Expire() error {
	if !c.waits() {
		return ErrNotAllowed
	}
	c.now++
	must(errors.Join(c.calls.Tick(c.now), c.calls.Sweep()))
	c.settle()
	c.step("Expire").State(c)
	return nil
}

// settle notes whether the call has ended.
func (c *Core) settle() {
	if e, err := c.calls.Tell(); err == nil {
		c.op.ended = string(e.Outcome)
	}
}

// Ended says whether the operation's call has ended.
func (c *Core) Ended() bool { return c.op.ended != "" }

func (c *Core) got(kind string) bool {
	return c.op.kind == kind && c.op.phase == string(Get) && c.op.ended == string(rwl.Success)
}

// Choose lets a writer choose a version, and put it.
func (c *Core) Choose() error {
	if !c.got(write) {
		return ErrNotAllowed
	}
	c.own = NextNumber(c.op.cell.Number, c.own)
	cell := Cell{Version{c.own, c.name}, c.op.value}
	c.begin(write, string(Put), c.op.value, cell, Needs(c.writeQuorum, len(c.op.no)))
	c.step("Choose").State(c)
	return nil
}

// WriteBack lets a reader put what it is about to return.
func (c *Core) WriteBack() error {
	if !c.got(read) || !c.WritesBack() {
		return ErrNotAllowed
	}
	c.begin(read, string(Put), "", c.op.cell, Needs(c.writeQuorum, len(c.op.no)))
	c.step("WriteBack").State(c)
	return nil
}

// Return ends the operation. The caller is told the outcome, and the cell that was read or
// written.
func (c *Core) Return() (Outcome, Cell, error) {
	if c.op.phase == over || c.op.ended == "" {
		return "", Cell{}, ErrNotAllowed
	}
	switch success := c.op.ended == string(rwl.Success); {
	case success && c.op.phase == string(Get) && (c.op.kind == write || c.WritesBack()):
		return "", Cell{}, ErrNotAllowed
	case success:
		c.op.outcome = Done
	case c.op.kind == write && c.op.phase == string(Put):
		c.op.outcome = OutcomeOfPut(c.op.ended)
	default:
		c.op.outcome = Failed
	}
	if c.op.outcome == Failed {
		c.op.cell = Cell{}
	}
	c.op.phase = over
	c.step("Return").State(c)
	return c.op.outcome, c.op.cell, nil
}

func (c *Core) step(name string) *trace.Step { return c.rec.Step(name).String("node", c.name) }

// View implements trace.Viewer: the spec's View(node) of a client.
func (c *Core) View(o *trace.Object) {
	o.String("kind", c.op.kind).String("phase", c.op.phase).String("value", c.op.value).Uint("call", c.op.call)
	o.Object("cell", c.op.cell).Int("quorum", c.op.quorum)
	o.Set("yes", slices.Sorted(maps.Keys(c.op.yes))...).Set("no", slices.Sorted(maps.Keys(c.op.no))...)
	o.String("ended", c.op.ended).String("outcome", string(c.op.outcome)).Uint("own", c.own)
}
