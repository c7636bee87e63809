package lamportclock

import (
	"slices"

	"github.com/lockstep-tla/lockstep/trace"
)

// Core is a server without goroutines, files and network: a method for each
// step of the spec, and one for each of its rules. A step that the present
// state does not allow returns ErrNotAllowed and changes nothing. Only one
// goroutine at a time may use it.
//
// Its log is what must be durable. A step that adds to it says so, and the
// caller writes the entry, and calls Sync when a flush has returned.
//
// What always holds:
//
//  1. The stamps in the log grow, and the last of them is the clock's time.
//  2. An answer that is owed waits for an entry of the log, or for none.
type Core struct {
	name    string
	rec     *trace.Recorder
	up      bool
	clock   uint64
	log     []Entry
	durable int
	owed    []Answer
}

// Answer is what the server owes to a request.
type Answer struct {
	Request *Request
	At      uint64 // the stamp of the write, or as of which is read
	Index   int    // how much of the log must be durable before it may leave
}

// NewCore returns a server that is up and has an empty log.
func NewCore(name string, rec *trace.Recorder) *Core {
	return &Core{name: name, rec: rec, up: true}
}

// Log returns the entries of the log. They must not be changed.
func (c *Core) Log() []Entry { return c.log }

// Durable returns how many of them are known to be durable.
func (c *Core) Durable() int { return c.durable }

// Owed returns the answers that are owed. They must not be changed.
func (c *Core) Owed() []Answer { return c.owed }

// Write takes a request to write. It adds a version to the log. The clock moves in
// the same step, because a stamp is taken once.
func (c *Core) Write(m *Request) (Answer, error) {
	if !c.receives(m) || m.Kind != Write {
		return Answer{}, ErrNotAllowed
	}
	stamp := c.StampOf(m.Stamp)
	c.log = append(c.log, Entry{Stamp: stamp, Key: m.Key, Value: m.Value})
	c.clock = stamp
	a := c.owe(m, stamp, len(c.log))
	c.heard("Write", m)
	return a, nil
}

// Read takes a request to read. It adds a mark to the log if the request moves
// the clock.
func (c *Core) Read(m *Request) (Answer, error) {
	if !c.receives(m) || m.Kind == Write {
		return Answer{}, ErrNotAllowed
	}
	stamp := c.ReadMoves(m.Stamp)
	if c.MustMark(stamp) {
		c.log = append(c.log, Entry{Stamp: stamp, Mark: true, Key: m.Key})
	}
	c.clock = stamp
	at := stamp
	if m.Kind == Snapshot {
		at = m.Stamp
	}
	a := c.owe(m, at, c.reaching(at))
	c.heard("Read", m)
	return a, nil
}

// Sync is taken when a flush that covers the first n entries has returned.
func (c *Core) Sync(n int) error {
	if !c.up || n <= c.durable || n > len(c.log) {
		return ErrNotAllowed
	}
	c.durable = n
	c.step("Sync").Int("upTo", n).State(c)
	return nil
}

// Reply lets an answer leave, if it may, and returns the message.
func (c *Core) Reply(a Answer) (*Reply, error) {
	at := slices.Index(c.owed, a)
	if at < 0 || !c.May(a) {
		return nil, ErrNotAllowed
	}
	m := c.ReplyTo(a)
	c.owed = slices.Delete(c.owed, at, at+1)
	c.step("Reply").Object("message", m).State(c)
	m.Sent = c.rec.Stamp()
	return m, nil
}

// May reports whether an answer may leave.
func (c *Core) May(a Answer) bool {
	if a.Request.Kind == Write {
		return c.MayAcknowledge(a)
	}
	return c.MayAnswer(a)
}

// Crash is the end of the process, as its successor finds it: these entries are
// left of the log, all of them durable.
func (c *Core) Crash(left []Entry) error {
	if !c.up {
		return ErrNotAllowed
	}
	c.up, c.clock, c.owed = false, 0, nil
	c.log, c.durable = slices.Clone(left), len(left)
	c.step("Crash").Int("left", len(left)).State(c)
	return nil
}

// Start begins the server's next incarnation.
func (c *Core) Start() error {
	if c.up {
		return ErrNotAllowed
	}
	c.up, c.clock = true, c.StartsAt()
	c.step("Start").State(c)
	return nil
}

// StampOf is the stamp of a write: it comes from the clock and nothing else.
func (c *Core) StampOf(heard uint64) uint64 { return NextStamp(c.clock, heard) }

// ReadMoves is where the clock stands after a read: a later write must not appear in
// its answer.
func (c *Core) ReadMoves(heard uint64) uint64 { return max(c.clock, heard) }

// MustMark reports whether the log must note how far a read has moved the clock, so
// that a crash does not move it back.
func (c *Core) MustMark(stamp uint64) bool { return stamp > c.last().Stamp }

// MayAcknowledge reports whether a write may be acknowledged: only when no crash can
// undo it.
func (c *Core) MayAcknowledge(a Answer) bool { return a.Index <= c.durable }

// MayAnswer reports whether a reader may get its answer: only when everything up
// to its stamp is durable, and the stamp itself.
func (c *Core) MayAnswer(a Answer) bool { return a.Index <= c.durable }

// StartsAt is where the clock begins after a crash: where the stored stamps end.
func (c *Core) StartsAt() uint64 { return c.last().Stamp }

// LeavesAt is the stamp that an answer carries: the clock's time when it leaves.
// There may be later versions by then, and the client comes after them.
func (c *Core) LeavesAt(a Answer) uint64 { return c.clock }

// AsOf returns the newest version of a key as of a stamp.
func (c *Core) AsOf(key string, at uint64) Version {
	for _, e := range slices.Backward(c.log) {
		if e.Stamp <= at && e.Key == key && !e.Mark {
			return Version{e.Stamp, c.name, e.Value}
		}
	}
	return Version{}
}

// ReplyTo returns the message that an answer would be if it left now.
func (c *Core) ReplyTo(a Answer) *Reply {
	m := a.Request
	r := &Reply{
		Kind: m.Kind, From: c.name, To: m.From, Number: m.Number, Key: m.Key,
		Stamp: c.LeavesAt(a), At: a.At,
	}
	if m.Kind == Write {
		e := c.log[a.Index-1]
		r.Version = Version{e.Stamp, c.name, e.Value}
	} else {
		r.Version = c.AsOf(m.Key, a.At)
	}
	return r
}

// owe notes an answer. To be asked twice for the same is to owe it once.
func (c *Core) owe(m *Request, at uint64, index int) Answer {
	for _, a := range c.owed {
		if a.At == at && a.Index == index && a.Request.From == m.From && a.Request.Number == m.Number {
			return a
		}
	}
	a := Answer{m, at, index}
	c.owed = append(c.owed, a)
	return a
}

// reaching is how much of the log must be durable so that everything up to a
// stamp is.
func (c *Core) reaching(at uint64) int {
	if at == 0 {
		return 0
	}
	for i, e := range c.log {
		if e.Stamp >= at {
			return i + 1
		}
	}
	return len(c.log)
}

func (c *Core) receives(m *Request) bool { return c.up && m.To == c.name }

func (c *Core) last() Entry {
	if len(c.log) == 0 {
		return Entry{}
	}
	return c.log[len(c.log)-1]
}

func (c *Core) step(name string) *trace.Step { return c.rec.Step(name).String("node", c.name) }

func (c *Core) heard(name string, m *Request) {
	c.step(name).Heard(m.Sent).Object("message", m).State(c)
}

// View adds what the spec's View(node) has of a server.
func (c *Core) View(o *trace.Object) {
	mode := "down"
	if c.up {
		mode = "up"
	}
	o.String("mode", mode)
	o.Count("clock", c.clock)
	o.Int("length", len(c.log))
	o.Object("last", c.last())
	o.Int("durable", c.durable)
	o.Int("owed", len(c.owed))
}
