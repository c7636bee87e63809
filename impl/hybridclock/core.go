package hybridclock

import "github.com/lockstep-tla/lockstep/trace"

// Core is a clock without goroutines, files and time: a method for each step of the
// spec. A step that the present state does not allow returns ErrNotAllowed and changes
// nothing. Only one goroutine at a time may use it.
//
// The owner of a Core calls Read when the physical clock has another reading than
// before. After Reserve it makes the reservation durable, and then calls Persist.
type Core struct {
	name      string
	maxOffset uint64 // in milliseconds, as all that follows
	rec       *trace.Recorder

	physical uint64 // the last reading of the physical clock
	latest   Stamp  // the greatest stamp that was given, or may have been
	bound    uint64 // the last millisecond that is reserved on the disk
	asked    uint64 // the one that is being written, or bound
}

// NewCore returns a clock that has not started: its first step is Restart.
func NewCore(name string, maxOffset uint64, rec *trace.Recorder) *Core {
	return &Core{name: name, maxOffset: maxOffset, rec: rec}
}

// Reserved returns the last millisecond that is reserved on the disk, and the one that
// is being written, or again the first.
func (c *Core) Reserved() (bound, asked uint64) { return c.bound, c.asked }

// Read takes a new reading of the physical clock, which may have been set back.
func (c *Core) Read(reading uint64) error {
	if reading == c.physical {
		return ErrNotAllowed
	}
	c.physical = reading
	c.step("Read").Uint("reading", reading).State(c)
	return nil
}

// Now returns the stamp of an event on this node.
func (c *Core) Now() (Stamp, error) {
	next := WithPhysical(NextStamp(c.latest, 0), c.physical)
	if !c.MayGive(next) {
		return 0, ErrNotAllowed
	}
	c.latest = next
	c.step("Now").State(c)
	return next, nil
}

// Receive returns the stamp of the receipt of a stamp.
func (c *Core) Receive(heard Stamp) (Stamp, error) {
	next := WithPhysical(NextStamp(c.latest, heard), c.physical)
	if !IsNear(heard.Wall(), c.physical, c.maxOffset) || !c.MayGive(next) {
		return 0, ErrNotAllowed
	}
	c.latest = next
	c.step("Receive").Uint("stamp", uint64(heard)).State(c)
	return next, nil
}

// Refuse returns the error for a stamp that is too far ahead. The clock stays as it is.
func (c *Core) Refuse(heard Stamp) (*AheadError, error) {
	if IsNear(heard.Wall(), c.physical, c.maxOffset) {
		return nil, ErrNotAllowed
	}
	c.step("Refuse").Uint("stamp", uint64(heard)).State(c)
	return &AheadError{Wall: heard.Wall(), Physical: c.physical, MaxOffset: c.maxOffset}, nil
}

// Reserve begins to write a reservation. The clock goes on meanwhile.
func (c *Core) Reserve(upTo uint64) error {
	if c.asked != c.bound || !c.MayReserve(upTo) || !IsNear(upTo, c.physical, c.maxOffset) {
		return ErrNotAllowed
	}
	c.asked = upTo
	c.step("Reserve").Uint("upTo", upTo).State(c)
	return nil
}

// Persist is taken when the reservation that was asked for is durable.
func (c *Core) Persist() error {
	if c.asked == c.bound {
		return ErrNotAllowed
	}
	c.bound = c.asked
	c.step("Persist").State(c)
	return nil
}

// Restart begins the next process with the reservation that it finds on the disk.
func (c *Core) Restart(kept uint64) {
	c.physical, c.latest = 0, StartsAt(kept)
	c.bound, c.asked = kept, kept
	c.step("Restart").Uint("kept", kept).State(c)
}

// Idle says whether the node waits for no flush.
func (c *Core) Idle() bool { return c.asked == c.bound }

// Quiet records, for an observer, that the node waits for no flush.
func (c *Core) Quiet() { c.step("Quiet").State(c) }

// MayGive says whether a stamp may be given out: when its millisecond is reserved, and
// no crash can take that back.
func (c *Core) MayGive(s Stamp) bool { return s.Wall() <= c.bound }

// MayReserve says whether a reservation may take the place of the last one: only a
// greater one, also when the physical clock was set back.
func (c *Core) MayReserve(upTo uint64) bool { return upTo > c.bound }

func (c *Core) step(name string) *trace.Step { return c.rec.Step(name).String("node", c.name) }

// View adds what the spec's View(node) has.
func (c *Core) View(o *trace.Object) {
	o.Uint("physical", c.physical)
	o.Uint("latest", uint64(c.latest))
	o.Uint("bound", c.bound)
	o.Uint("asked", c.asked)
}
