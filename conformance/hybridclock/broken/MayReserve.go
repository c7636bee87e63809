//go:build ignore

// The reservation follows the physical clock, also back.
//
// expect: refused at Reserve (guard)

package hybridclock

func (c *Core) MayReserve(upTo uint64) bool { return upTo != c.bound }
