//go:build ignore

// Requests wait for the linger although no more come.
//
// expect: refused at Tick (guard)

package requestbatch

func (c *Core) MustFlush() bool { return false }
