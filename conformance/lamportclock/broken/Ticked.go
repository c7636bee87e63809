//go:build ignore

// The stamp is given, and the clock is left for later, so that a second request finds it where it was.
//
// expect: refused at Write (state)

package lamportclock

func (c *Core) Ticked(stamp uint64) uint64 { return c.clock }
