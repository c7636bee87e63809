//go:build ignore

// Forgets a decision after a while, though a participant may still inquire about it.
//
// expect: refused at Complete (guard)
package twophasecommit

func (c *Coordinator) MayForget(n uint64) bool { return true }
