package generationclock

import (
	"github.com/lockstep-tla/lockstep/trace"
)

// Record is what a holder of a number must find again after a crash.
type Record struct {
	Gen   uint64 `json:"gen"`   // the greatest number that it has adopted
	Entry Entry  `json:"entry"` // the last order accepted, or the last write applied
}

// Entry is an order of a leader that a node has accepted, or a write that a store
// has applied. The zero Entry is none.
type Entry struct {
	Gen   uint64 `json:"gen"`
	From  string `json:"from"` // the leader
	Value string `json:"value"`
}

// View implements trace.Viewer.
func (r Record) View(o *trace.Object) {
	o.Count("gen", r.Gen)
	o.Object("entry", r.Entry)
}

// View implements trace.Viewer.
func (e Entry) View(o *trace.Object) {
	if e == (Entry{}) {
		e.From, e.Value = NoNode, NoValue
	}
	o.Count("gen", e.Gen)
	o.String("from", e.From)
	o.String("value", e.Value)
}

// Holder is whatever keeps a number, without goroutines, files and network: the
// part that a node's Core and a StoreCore share. A step that the present state
// does not allow returns ErrNotAllowed and changes nothing.
type Holder struct {
	name   string
	rec    *trace.Recorder
	viewer trace.Viewer // the Core or StoreCore that this is a part of
	Record              // in memory
	disk   Record       // known to be durable
}

// Disk returns what is known to be durable.
func (h *Holder) Disk() Record { return h.disk }

// Memory returns what a flush is to make durable.
func (h *Holder) Memory() Record { return h.Record }

// Persist is taken when a flush of all that is in memory has returned.
func (h *Holder) Persist() error {
	if h.disk == h.Record {
		return ErrNotAllowed
	}
	h.disk = h.Record
	h.step("Persist").State(h.viewer)
	return nil
}

// Acknowledge returns the answer to the leader whose order or write came last.
func (h *Holder) Acknowledge() (*Message, error) {
	if h.Entry == (Entry{}) || !h.IsPersisted() {
		return nil, ErrNotAllowed
	}
	return h.send("Acknowledge", &Message{Type: Done, To: h.Entry.From, Gen: h.Entry.Gen, Value: h.Entry.Value}), nil
}

// Refuse returns the answer to a message whose number is stale.
func (h *Holder) Refuse(m *Message) (*Message, error) {
	if !m.wantsAnswer() || !h.isFor(m) || !IsStale(h.Gen, m.Gen) || !h.IsPersisted() {
		return nil, ErrNotAllowed
	}
	answer := &Message{Type: Refused, From: h.name, To: m.From, Gen: h.RefusalNumber(m), Refused: m.Gen}
	h.step("Refuse").Heard(m.Sent).Object("message", m).Object("answer", answer).State(h.viewer)
	answer.Sent = h.rec.Stamp()
	return answer, nil
}

// IsPersisted says whether a message may mention what is in memory: only what is
// durable, because a crash must not take it back.
func (h *Holder) IsPersisted() bool { return h.disk == h.Record }

// RefusalNumber is the number that a refusal carries. The sender of a stale
// message learns from it what has replaced its own.
func (h *Holder) RefusalNumber(_ *Message) uint64 { return h.Gen }

// take keeps an order or a write as the last entry.
func (h *Holder) take(step string, m *Message) {
	h.Entry = Entry{Gen: m.Gen, From: m.From, Value: m.Value}
	h.step(step).Heard(m.Sent).Object("message", m).State(h.viewer)
}

// isFor says whether a message can have been meant for this holder.
func (h *Holder) isFor(m *Message) bool {
	switch m.Type {
	case Ask, Beat:
		return h.isNode() && m.From != h.name
	case Order:
		return h.isNode()
	}
	return m.To == h.name
}

func (h *Holder) isNode() bool {
	_, ok := h.viewer.(*Core)
	return ok
}

func (h *Holder) step(name string) *trace.Step { return h.rec.Step(name).String("node", h.name) }

// send records a step that sends a message.
func (h *Holder) send(step string, m *Message) *Message {
	m.From = h.name
	h.step(step).Object("message", m).State(h.viewer)
	m.Sent = h.rec.Stamp()
	return m
}
