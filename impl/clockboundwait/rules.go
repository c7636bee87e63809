package clockboundwait

// IsFresh says whether the clock was read after the last request came.
func (c *Core) IsFresh() bool { return c.fresh }

// Reading is the moment that a stamp is made of. The true time is not later.
func (c *Core) Reading() uint64 { return c.now.Latest }

// NextStamp returns a stamp greater than all that the node has given, also if its clock stands
// still or goes back. It is Hybrid Clock's rule, with a counter of one value.
func NextStamp(before, reading uint64) uint64 { return max(before+1, reading) }

// IsPast says whether a stamp has passed: the whole interval is later. The beginning
// of the interval may be the true time.
func (c *Core) IsPast(stamp uint64) bool { return c.now.Earliest > stamp }

// MayCommit says whether a write may become visible, and its client be told so.
func (c *Core) MayCommit(version uint64) bool { return c.IsPast(version) }

// MayServe says whether no later write can get a stamp that is not above the read's.
func (c *Core) MayServe(r Request) bool { return c.IsPast(r.Stamp) }

// IsSettled says whether no write is pending that may yet be visible to a read.
func (c *Core) IsSettled(r Request) bool {
	return len(c.pending) == 0 || c.pending[0].version > r.Stamp
}

// ReadsAt is the stamp at which a read sees the versions: its own.
func (c *Core) ReadsAt(r Request) uint64 { return r.Stamp }
