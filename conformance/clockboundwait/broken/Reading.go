//go:build ignore

// The stamp is the middle of the interval.
//
// expect: refused at Begin (state), Ask (state)

package clockboundwait

func (c *Core) Reading() uint64 { return (c.now.Earliest + c.now.Latest) / 2 }
