//go:build ignore

// After a crash the clock begins from zero.
//
// expect: refused at Start (state)

package lamportclock

func (c *Core) StartsAt() uint64 { return 0 }
