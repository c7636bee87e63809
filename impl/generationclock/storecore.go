package generationclock

import "github.com/lockstep-tla/lockstep/trace"

// StoreCore is a fenced resource without goroutines, files and network: the steps
// of the spec's store. Only one goroutine at a time may use it.
type StoreCore struct{ Holder }

// NewStoreCore returns a store that has not started: its first step is Restart.
func NewStoreCore(name string, rec *trace.Recorder) *StoreCore {
	c := &StoreCore{Holder{name: name, rec: rec}}
	c.viewer = c
	return c
}

// Adopt raises the fence to the newer number that a write brings.
func (c *StoreCore) Adopt(m *Message) error {
	if !c.isFor(m) || !IsNewer(c.Gen, m.Gen) {
		return ErrNotAllowed
	}
	c.Gen = m.Gen
	c.step("Adopt").Heard(m.Sent).Object("message", m).State(c)
	return nil
}

// Apply makes a write of the present leader.
func (c *StoreCore) Apply(m *Message) error {
	if m.Type != Write || !c.MayApply(m) {
		return ErrNotAllowed
	}
	c.take("Apply", m)
	return nil
}

// Restart begins the store's next incarnation with what it finds on its disk.
func (c *StoreCore) Restart(kept Record) {
	c.disk, c.Record = kept, Record{FenceStartsAt(kept), kept.Entry}
	c.step("Restart").Object("kept", kept).State(c)
}

// MayApply says whether a write may be applied: only one of the generation that
// the store knows. The leader cannot check that in its place, since it does not
// know that it was deposed while the write was under way.
func (c *StoreCore) MayApply(m *Message) bool { return m.Gen == c.Gen }

// View adds what the spec's View(node) has of a store.
func (c *StoreCore) View(o *trace.Object) {
	o.Count("gen", c.Gen)
	o.Object("entry", c.Entry)
	o.Object("disk", c.disk)
}
