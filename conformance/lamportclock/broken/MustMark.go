//go:build ignore

// How far a read has moved the clock is kept in memory only.
//
// expect: refused at Read (state)

package lamportclock

func (c *Core) MustMark(stamp uint64) bool { return false }
