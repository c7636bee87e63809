//go:build ignore

// An answer carries the stamp of what it answers, though the clock has gone on.
//
// expect: refused at Reply (guard)

package lamportclock

func (c *Core) LeavesAt(a Answer) uint64 { return a.At }
