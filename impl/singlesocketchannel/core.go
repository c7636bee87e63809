package singlesocketchannel

import (
	"slices"

	"github.com/lockstep-tla/lockstep/trace"
)

// Connection is the name of a connection: the process that has dialled it, and
// its epoch. The end whose name comes first chooses odd epochs, the other one even
// epochs, so the epoch tells which end has dialled.
type Connection struct{ Incarnation, Epoch uint64 }

// View adds the connection as the spec has it.
func (c Connection) View(o *trace.Object) {
	o.Count("incarnation", c.Incarnation).Uint("epoch", c.Epoch)
}

// Request is one that this end has made.
type Request struct {
	number uint64
	body   []byte
	to     uint64 // the process that it was sent to; 0: none

	done   chan struct{} // closed when the rest is set
	answer []byte
	err    error
}

// message is a request of the other end, or the answer to it.
type message struct {
	number uint64
	body   []byte
	failed bool // the answer is an error
}

// Limits are the bounds of a Core.
type Limits struct {
	Window     int // requests that are not answered
	Room       int // requests of the other end that are not handled
	Silence    int // intervals without a word after which the other end is dead
	MaxMessage int // bytes of a request or an answer
}

// Core is one end of a channel without goroutines, locks, clock and sockets: a
// method for each step of the spec, and one for each of its rules. Use it with a
// transport of your own; with TCP use Node and Channel. A step that the present state does not allow returns ErrNotAllowed and changes
// nothing.
//
// Only one goroutine at a time may use a Core.
type Core struct {
	name   string
	odd    bool // its epochs are
	limits Limits
	rec    *trace.Recorder

	incarnation uint64
	seen        uint64      // the newest epoch that it knows
	dial        *Connection // the one that it is making
	open        []Connection
	other       uint64 // the process at the other end; 0: not known

	asked   uint64
	pending []*Request // not answered, by number
	todo    []*Request // of those, what this connection has not carried yet

	taken  uint64    // the last request taken in
	inbox  []message // not handled
	kept   []message // answers that may be asked for again
	outbox []message // answers to be sent

	writing bool
	missed  int
	over    bool // closed for good
}

// NewCore returns the end of a channel named name; the other one is named peer.
// No two processes of the same name may have the same incarnation.
func NewCore(name, peer string, incarnation uint64, limits Limits, rec *trace.Recorder) *Core {
	return &Core{name: name, odd: name < peer, incarnation: incarnation, limits: limits, rec: rec}
}

// The rules. Each is one reason why this works.

// IsNewer says whether a connection that the other end makes counts more than
// what this end has seen: that decides between two that are made at once, and
// against one that comes late.
func (c *Core) IsNewer(conn Connection) bool { return conn.Epoch > c.seen }

// IsSuperseded says whether an open connection ends because a newer one is there.
func (c *Core) IsSuperseded(old, by Connection) bool { return old.Epoch < by.Epoch }

// IsCurrent says whether anything may be taken from a connection: only from the
// open one.
func (c *Core) IsCurrent(conn Connection) bool { return len(c.open) == 1 && c.open[0] == conn }

// MayWrite says whether a frame may be begun: when the last one is finished.
func (c *Core) MayWrite() bool { return !c.writing }

// Fits says whether a message of that length may be sent.
func (c *Core) Fits(length int) bool { return length <= c.limits.MaxMessage }

// HasRoom says whether there may be one more request: not if it were too far
// ahead of the oldest that is not answered. Those between may have been given
// up, but the other end still has them.
func (c *Core) HasRoom() bool {
	return len(c.pending) == 0 || c.asked+1 < c.pending[0].number+uint64(c.limits.Window)
}

// MayRead says whether one more request of the other end may be taken in: not
// if too many are not handled.
func (c *Core) MayRead() bool { return len(c.inbox) < c.limits.Room }

// IsDead says whether the other end has been silent for too long.
func (c *Core) IsDead() bool { return c.missed >= c.limits.Silence }

// Unanswered is the order in which a new connection carries what the last one
// has left: the old order, before all that is new.
func (c *Core) Unanswered() []*Request { return slices.Clone(c.pending) }

// MayResend says whether a request may go to a process: not if it was sent to
// another one, because this end cannot know what that one did.
func (c *Core) MayResend(r *Request, to uint64) bool { return r.to == 0 || r.to == to }

// IsNew says whether a request is to be handled, and was not here before.
func (c *Core) IsNew(number uint64) bool { return number > c.taken }

// MayForget says whether an answer need not be kept, nor be sent: the other end
// does not wait for it.
func (c *Core) MayForget(number, oldest uint64) bool { return number < oldest }

// WasSent says whether a request may have arrived.
func (c *Core) WasSent(r *Request) bool { return r.to != 0 }

// step begins to record a step.
func (c *Core) step(name string) *trace.Step { return c.rec.Step(name).String("node", c.name) }

// on begins to record a step on a connection.
func (c *Core) on(name string, conn Connection) *trace.Step {
	s := c.step(name)
	if s == nil {
		return nil
	}
	return s.Object("connection", conn)
}

// View adds what the spec's View(node) has.
func (c *Core) View(o *trace.Object) {
	var dial uint64
	if c.dial != nil {
		dial = c.dial.Epoch
	}
	o.Count("incarnation", c.incarnation).Uint("seen", c.seen).Uint("dial", dial)
	o.Objects("open", len(c.open), func(i int) trace.Viewer { return c.open[i] })
	o.Count("peer", c.other).Uint("asked", c.asked)
	number := func(r *Request) uint64 { return r.number }
	o.Uints("pending", each(c.pending, number)...)
	o.Counts("to", each(c.pending, func(r *Request) uint64 { return r.to })...)
	var last string // the text of the request that was made last
	if n := len(c.pending); n > 0 {
		last = text(c.pending[n-1].body)
	}
	o.String("last", last).Uints("todo", each(c.todo, number)...)
	o.Uint("taken", c.taken)
	of := func(m message) uint64 { return m.number }
	o.Uints("inbox", each(c.inbox, of)...)
	o.Uints("kept", each(c.kept, of)...)
	o.Uints("outbox", each(c.outbox, of)...)
	o.Bool("writing", c.writing).Int("missed", c.missed)
}

func each[T any](items []T, f func(T) uint64) []uint64 {
	list := make([]uint64, len(items))
	for i := range items {
		list[i] = f(items[i])
	}
	return list
}

// settle gives a request its answer.
func (r *Request) settle(answer []byte, err error) {
	r.answer, r.err = answer, err
	close(r.done)
}

// without takes one out of a list, at the front without moving the others.
func without[T any](items []T, gone func(T) bool) []T {
	switch i := slices.IndexFunc(items, gone); i {
	case -1:
		return items
	case 0:
		var none T
		items[0] = none
		return items[1:]
	default:
		return slices.Delete(items, i, i+1)
	}
}

// Result returns what the caller of a request is told, and whether it has been told
// anything yet.
func (r *Request) Result() (answer []byte, err error, told bool) {
	select {
	case <-r.done:
		return r.answer, r.err, true
	default:
		return nil, nil, false
	}
}
