package majorityquorum

import "github.com/lockstep-tla/lockstep/trace"

// ReplicaCore is a replica without goroutines, files and network: a method for each step of
// the spec. A step that the present state does not allow returns ErrNotAllowed and changes
// nothing. Only one goroutine at a time may use it. Its owner makes Memory durable after
// Store, and calls Persist when the flush has returned.
type ReplicaCore struct {
	name      string
	mem, disk Cell
	rec       *trace.Recorder
}

// NewReplicaCore returns a replica that has not started: its first step is Restart.
func NewReplicaCore(name string, rec *trace.Recorder) *ReplicaCore {
	return &ReplicaCore{name: name, rec: rec}
}

// Memory and Disk are the cells in memory and on the disk.
func (c *ReplicaCore) Memory() Cell { return c.mem }
func (c *ReplicaCore) Disk() Cell   { return c.disk }

// Answer returns the answer to a get.
func (c *ReplicaCore) Answer(m *Message) (*Message, error) {
	if m.Type != Get || m.To != c.name {
		return nil, ErrNotAllowed
	}
	c.step("Answer").Heard(m.Sent).Object("request", m).State(c)
	return m.answer(Have, c.mem, c.rec.Stamp()), nil
}

// Store takes the cell of a put into memory.
func (c *ReplicaCore) Store(m *Message) error {
	if m.Type != Put || m.To != c.name || !c.MayStore(m.Cell) {
		return ErrNotAllowed
	}
	c.mem = m.Cell
	c.step("Store").Heard(m.Sent).Object("request", m).State(c)
	return nil
}

// Persist is taken when the cell in memory is durable.
func (c *ReplicaCore) Persist() error {
	if c.disk == c.mem {
		return ErrNotAllowed
	}
	c.disk = c.mem
	c.step("Persist").State(c)
	return nil
}

// Acknowledge returns the yes to a put.
func (c *ReplicaCore) Acknowledge(m *Message) (*Message, error) {
	if m.Type != Put || m.To != c.name || !c.MayAcknowledge(m.Cell) {
		return nil, ErrNotAllowed
	}
	c.step("Acknowledge").Heard(m.Sent).Object("request", m).State(c)
	return m.answer(Stored, m.Cell, c.rec.Stamp()), nil
}

// Restart begins the replica's next process with what it finds on its disk.
func (c *ReplicaCore) Restart(kept Cell) {
	c.mem, c.disk = kept, kept
	c.step("Restart").Object("kept", kept).State(c)
}

func (c *ReplicaCore) step(name string) *trace.Step { return c.rec.Step(name).String("node", c.name) }

// View implements trace.Viewer: the spec's View(node) of a replica.
func (c *ReplicaCore) View(o *trace.Object) { o.Object("mem", c.mem).Object("disk", c.disk) }
