//go:build ignore

// Closes transactions that have only begun.
//
// expect: refused at Close (guard)
package twophasecommit

func (c *Coordinator) MayClose(n uint64) bool { return n <= c.count }
