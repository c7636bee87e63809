package singlesocketchannel

import (
	"errors"
	"slices"
)

// isDialling says whether this end is making that connection.
func (c *Core) isDialling(conn Connection) bool { return c.dial != nil && *c.dial == conn }

// Dial begins a connection.
func (c *Core) Dial() (Connection, error) {
	if c.over || len(c.open) > 0 || c.dial != nil {
		return Connection{}, ErrNotAllowed
	}
	epoch := c.seen + 1
	if epoch%2 == 1 != c.odd {
		epoch++
	}
	conn := Connection{Incarnation: c.incarnation, Epoch: epoch}
	c.dial, c.seen = &conn, epoch
	c.step("Dial").State(c)
	return conn, nil
}

// DialFails gives up the connection that is being made.
func (c *Core) DialFails(conn Connection) error {
	if !c.isDialling(conn) {
		return ErrNotAllowed
	}
	c.dial = nil
	c.step("DialFails").State(c)
	return nil
}

// Accept takes a connection that the other end has dialled, in the place of any
// that this end has or is making. The outcome of requests that were sent to
// another process than the dialling one is unknown from now on.
func (c *Core) Accept(conn Connection) error {
	if c.over || !c.IsNewer(conn) {
		return ErrNotAllowed
	}
	c.seen = conn.Epoch
	lost := c.openTo(conn, conn.Incarnation)
	c.on("Accept", conn).State(c)
	settleAll(lost)
	return nil
}

// Reject tells the other end that its connection comes too late. It returns the
// newest epoch, which is what the other end is told.
func (c *Core) Reject(conn Connection) (uint64, error) {
	if c.over || c.IsNewer(conn) {
		return 0, ErrNotAllowed
	}
	c.on("Reject", conn).State(c)
	return c.seen, nil
}

// Open takes the connection that this end has dialled and the other end has
// accepted. The process there is the one with the given incarnation.
func (c *Core) Open(conn Connection, incarnation uint64) error {
	if !c.isDialling(conn) {
		return ErrNotAllowed
	}
	lost := c.openTo(conn, incarnation)
	c.on("Open", conn).Count("process", incarnation).State(c)
	settleAll(lost)
	return nil
}

// Refused gives up the connection that this end has dialled: the other end has
// seen a newer epoch.
func (c *Core) Refused(conn Connection, newest uint64) error {
	if !c.isDialling(conn) {
		return ErrNotAllowed
	}
	c.dial = nil
	c.seen = max(c.seen, newest)
	c.on("Refused", conn).Uint("newest", newest).State(c)
	return nil
}

// openTo opens a connection to a process, and returns the requests that only
// another process could have answered.
func (c *Core) openTo(conn Connection, incarnation uint64) (lost []*Request) {
	c.open = append(slices.DeleteFunc(c.open, func(old Connection) bool { return c.IsSuperseded(old, conn) }), conn)
	c.dial = nil
	var left []*Request
	for _, r := range c.pending {
		if c.MayResend(r, incarnation) {
			left = append(left, r)
		} else {
			lost = append(lost, r)
		}
	}
	c.pending = left
	c.todo = c.Unanswered()
	if incarnation != c.other {
		c.other, c.taken, c.inbox, c.kept = incarnation, 0, nil, nil
	}
	c.outbox, c.writing, c.missed = nil, false, 0
	return lost
}

func settleAll(lost []*Request) {
	for _, r := range lost {
		r.settle(nil, ErrUnknown)
	}
}

// MissHeartbeat counts an interval in which nothing was received.
func (c *Core) MissHeartbeat(conn Connection) error {
	if !c.IsCurrent(conn) || c.IsDead() {
		return ErrNotAllowed
	}
	c.missed = min(c.missed+1, c.limits.Silence)
	c.step("MissHeartbeat").State(c)
	return nil
}

// TimeOut ends a connection whose other end is dead.
func (c *Core) TimeOut(conn Connection) error {
	return c.disconnect("TimeOut", c.IsCurrent(conn) && c.IsDead())
}

// Lose ends a connection on which reading or writing has failed.
func (c *Core) Lose(conn Connection) error { return c.disconnect("Lose", c.IsCurrent(conn)) }

// Stall ends a connection on which a write was not over in time: the other end
// reads too slowly, or not at all.
func (c *Core) Stall(conn Connection) error { return c.disconnect("Stall", c.IsCurrent(conn)) }

// disconnect takes a step that ends the open connection, if it may.
func (c *Core) disconnect(step string, may bool) error {
	if !may {
		return ErrNotAllowed
	}
	c.closed()
	c.step(step).State(c)
	return nil
}

func (c *Core) closed() {
	c.open, c.todo, c.outbox, c.writing, c.missed = nil, nil, nil, false, 0
}

// Restart begins another process of this name, which knows nothing of the last
// one.
func (c *Core) Restart() {
	*c = Core{name: c.name, odd: c.odd, limits: c.limits, rec: c.rec, incarnation: c.incarnation + 1}
	c.step("Restart").State(c)
}

// Quiet records, for an observer, that no caller waits at either end, and that all requests
// were handled.
func (c *Core) Quiet() { c.step("Quiet").State(c) }

// End is the end of the process, as far as this channel goes. Nothing is
// recorded: the other end detects it in its own time, and the next process of
// this name begins with Restart.
func (c *Core) End() {
	for _, r := range c.pending {
		if c.WasSent(r) {
			r.settle(nil, errors.Join(ErrUnknown, ErrClosed))
		} else {
			r.settle(nil, errors.Join(ErrNotSent, ErrClosed))
		}
	}
	c.closed()
	c.dial, c.pending, c.inbox, c.kept, c.over = nil, nil, nil, nil, true
}
