package singlesocketchannel

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
	conn := Connection{Life: c.life, Epoch: epoch}
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

// Accept takes a connection that the other end has dialled. Whatever this end
// had or was making is given up for it. All that was sent to another process
// than this one has no outcome any more.
func (c *Core) Accept(conn Connection) error {
	if c.over || !c.IsNewer(conn) {
		return ErrNotAllowed
	}
	c.seen = conn.Epoch
	lost := c.openTo(conn, conn.Life)
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

// Open is when the other end has taken the connection that this end has
// dialled. The process there is the one with the given life.
func (c *Core) Open(conn Connection, life uint64) error {
	if !c.isDialling(conn) {
		return ErrNotAllowed
	}
	lost := c.openTo(conn, life)
	c.on("Open", conn).Uint("process", life).State(c)
	settleAll(lost)
	return nil
}

// Refused is when the other end has not taken it, because it has seen a newer
// epoch.
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
func (c *Core) openTo(conn Connection, life uint64) (lost []*Request) {
	c.open = append(c.Beside(), conn)
	c.dial = nil
	var left []*Request
	for _, r := range c.pending {
		if c.MayResend(r, life) {
			left = append(left, r)
		} else {
			lost = append(lost, r)
		}
	}
	c.pending = left
	c.todo = c.Unanswered()
	if life != c.other {
		c.other, c.taken, c.inbox, c.kept = life, 0, nil, nil
	}
	c.outbox, c.writing, c.silent = nil, false, 0
	return lost
}

func settleAll(lost []*Request) {
	for _, r := range lost {
		r.settle(nil, ErrUnknown)
	}
}

// Quiet is an interval in which nothing was heard.
func (c *Core) Quiet(conn Connection) error {
	if !c.IsCurrent(conn) || c.IsDead() {
		return ErrNotAllowed
	}
	c.silent = min(c.silent+1, c.limits.Silence)
	c.step("Quiet").State(c)
	return nil
}

// TimeOut ends a connection whose other end is dead.
func (c *Core) TimeOut(conn Connection) error {
	if !c.IsCurrent(conn) || !c.IsDead() {
		return ErrNotAllowed
	}
	c.closed()
	c.step("TimeOut").State(c)
	return nil
}

// Lose ends a connection on which reading or writing has failed.
func (c *Core) Lose(conn Connection) error {
	if !c.IsCurrent(conn) {
		return ErrNotAllowed
	}
	c.closed()
	c.step("Lose").State(c)
	return nil
}

// Stall ends a connection on which a write was not over in time: the other end
// reads too slowly, or not at all.
func (c *Core) Stall(conn Connection) error {
	if !c.IsCurrent(conn) {
		return ErrNotAllowed
	}
	c.closed()
	c.step("Stall").State(c)
	return nil
}

func (c *Core) closed() {
	c.open, c.todo, c.outbox, c.writing, c.silent = nil, nil, nil, false, 0
}

// Restart is when there is another process of this name, which knows nothing.
func (c *Core) Restart() {
	*c = Core{name: c.name, odd: c.odd, limits: c.limits, rec: c.rec, life: c.life + 1}
	c.step("Restart").State(c)
}

// End is the end of the process, as far as this channel goes. Nothing is
// recorded: the others notice in their own time, and the next process of this
// name begins with Restart.
func (c *Core) End() {
	for _, r := range c.pending {
		if c.WasSent(r) {
			r.settle(nil, joined(ErrUnknown, ErrClosed))
		} else {
			r.settle(nil, joined(ErrNotSent, ErrClosed))
		}
	}
	c.closed()
	c.dial, c.pending, c.inbox, c.kept, c.over = nil, nil, nil, nil, true
}
