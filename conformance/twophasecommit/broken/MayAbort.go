//go:build ignore

// Aborts a transaction that takes too long, decided or not.
//
// expect: refused at Abort (guard)
package twophasecommit

func (c *Coordinator) MayAbort(n uint64) bool { return c.all[n] != nil }
