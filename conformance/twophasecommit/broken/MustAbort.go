//go:build ignore

// Recovers what was decided, and leaves the rest to a time-out.
//
// expect: refused at Recover (state)
package twophasecommit

func (c *Coordinator) MustAbort(n uint64) bool { return false }
