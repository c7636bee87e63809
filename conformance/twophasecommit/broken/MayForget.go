//go:build ignore

// Forgets a decision after a while, whoever may still have to ask for it.
//
// expect: refused at Complete (guard)
package twophasecommit

func (c *Coordinator) MayForget(n uint64) bool { return true }
