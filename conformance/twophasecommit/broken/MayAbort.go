//go:build ignore

// Aborts what takes too long without a look at what was decided.
//
// expect: refused at Abort (guard)
package twophasecommit

func (c *Coordinator) MayAbort(n uint64) bool { return c.all[n] != nil }
